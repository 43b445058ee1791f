package templates

// DevicesView is the list of devices.
type DevicesView struct {
	URL      string // of the list, for the search form (GET)
	Query    string
	Hidden   []Hidden // filters that the form keeps: those shown neither as field nor select
	Orgs     []Option // organization select, parameter org; empty hides it
	Scope    string   // "1,914 of 48,213 match"
	Announce string   // the same for the live region: "1,914 devices match"
	Chips    []Chip
	ClearURL string
	Facets   []Facet
	Note     Note // stale list, count stopped
	Caption  string
	Rows     []DeviceRow
	Pager    Pager
	Empty    Empty
}

// DeviceRow is one device of the list.
type DeviceRow struct {
	Name, URL string
	State     State
	Alert     string // what the alert says; "" for none
	Org, User string
	Connected Time
	BackedUp  Time
	Stored    string // "84.2 GB"
	Client    string // "11.5.0"
}

// DeviceView is the page of one device.
type DeviceView struct {
	Crumbs      []Link // its organizations from the top; the page adds the device itself
	Name        string
	States      []State
	Source      string // "Live from the backup service, 0.2 s ago"
	Notes       []Note // stale, live read failed, no completed backup, an open operation
	Facts       []Fact
	Backups     []BackupRow
	BackupsText string // "2 destinations, 149.7 GB stored"
	NoBackups   string // instead of rows
	Actions     []ActionItem
	ActionsText string // below the actions; may be ""
	History     []Step
	NoHistory   string // instead of steps
	AuditLink   Link   // "All 14 lines in the audit log"
}

// BackupRow is the backup of a device to one destination.
type BackupRow struct {
	Destination                  string
	Percent                      string // "62.4", 0 to 100, a decimal point
	PercentText                  string // "62.4 %"
	Selected, Left, Stored, Rate string
	Completed                    Time
	Now                          State
}

// ActionItem is one action with its button, enabled or saying why not.
type ActionItem struct {
	Key      string // "device-block": letters, digits and dashes, unique on the page
	Label    string // "Block"
	Button   string // "Block device…"
	URL      string // of the confirmation (GET)
	Why      string // what it does, or why it cannot be done now
	Disabled bool
}
