package templates

// DevicesView is the list of devices.
type DevicesView struct {
	URL      string // of the list, for the search form (GET)
	Query    string
	Form     FilterForm
	Hidden   []Hidden // filters that the form keeps without showing them
	Orgs     []Option // organization select, parameter org; empty hides it
	Scope    string   // "1,914 devices match"
	Announce string   // the same for the live region
	Tools    DeviceTools
	Chips    []Chip
	ClearURL string
	Facets   FacetPanel
	Note     Note // stale list, filters that are not right
	Caption  string
	Columns  []Column
	Rows     [][]Cell // each as many as there are columns
	Picking  Picking
	Pager    Pager
	Empty    Empty
}

// DeviceTools are the links beside the heading. A link without an address is not drawn.
type DeviceTools struct {
	Views      []ViewLink // saved views, the person's own first
	SaveURL    string     // keeps the present list as a view
	ManageURL  string
	ColumnsURL string
	Exports    []Link
	NoExport   string // why there is none
	ExportNote string // what an export leaves out; may be ""
}

// ViewLink is one saved view in the menu.
type ViewLink struct {
	Name, URL string
	By        string // who shares it; "" for one's own
	Current   bool   // the list shows just this
}

// Column is the head of one column.
type Column struct {
	Key, Label, Class string
	Number            bool   // set flush right
	SortURL           string // "" when the list cannot be sorted by it
	Sorted            string // "ascending", "descending" or ""
}

// Cell is one value of a row: text, a link, a time or states.
type Cell struct {
	Text   string
	URL    string // makes the text the row's link
	ID     bool   // monospace with a copy button
	Time   Time
	States []State
}

// FilterForm is the panel of filters; its fields belong to the search form of the page.
type FilterForm struct {
	URL, ClearURL string
	Open          bool
	Help          string
	Groups        []FilterGroup
}

// FilterGroup is some fields that belong together.
type FilterGroup struct {
	Title  string
	Fields []FilterField
}

// FilterField is a text field, or with options a select.
type FilterField struct {
	Name, Label, Value, Example string
	Options                     []Option
	Problem                     string
}

// FacetPanel is the filters beside the list. With a CountURL their counts are fetched once the rows are drawn.
type FacetPanel struct {
	Facets   []Facet
	CountURL string
	ShowURL  string // draws the counts with the page, for who comes without script
}

// ColumnsView asks which columns a list has.
type ColumnsView struct {
	PostURL, BackURL string
	List             string // the list to go back to
	Columns          []ColumnChoice
}

// ColumnChoice is one column that may be chosen, and its place.
type ColumnChoice struct {
	Key, Label    string
	Chosen, Fixed bool // fixed ones are always there
}

// DeviceView is the page of one device.
type DeviceView struct {
	Crumbs      []Link // its organizations from the top; the page adds the device itself
	Name        string
	States      []State
	Source      string // "Live from the backup service, 0.2 s ago"
	Notes       []Note // stale, live read failed, no completed backup, an open operation
	Tabs        []Tab
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
	Page     bool // its address is a page that has no room in a dialog
}
