// Package templates owns what a page looks like: a view model goes in, HTML comes out. It imports nothing of ours and
// must not know devices, permissions, clocks or routes: every text, figure, date and address arrives finished.
//
// There are three layers only: the layout, the pages and the parts. A fragment that htmx swaps is an exported
// component with an id, and the full page contains it.
package templates

import "slices"

// Page holds what every page shares. The handlers build it once per request.
type Page struct {
	Title     string // of the window, without the product name
	Current   string // key of the current NavItem, "" when none
	SignedIn  bool   // false draws the frame without search, navigation and account
	Demo      bool
	Person    Person
	Nav       []NavItem
	Banners   []Note // bands over the full width: read-only, database cannot be written
	Fresh     Fresh
	Query     string // what stands in the search field of the header
	RequestID string
	Zone      string // time zone of the times shown: "Europe/Oslo"
	Theme     string // "" follows the system; else "portal-light" or "portal-dark"
	Assets    AssetURLs
	Links     PageLinks
}

// AssetURLs are the hashed addresses of the static files.
type AssetURLs struct{ CSS, JS, HTMX, Icon string }

// PageLinks are the addresses that the frame itself needs.
type PageLinks struct {
	Home    string // of the product name
	Search  string // where the header's search field leads (GET, parameter q)
	SignOut string // answers a POST
}

// Person is who is signed in.
type Person struct {
	Name, Email string
	RoleLine    string // "admin", "org-manager in Shipping"
}

// NavItem is one entry of the main navigation.
type NavItem struct {
	Key        string // "overview", "devices", "audit"
	Label, URL string
	Shortcut   string // the letter after g; "" for none
	Count      string // "" for none
	CountTitle string // what the count means: "1 to settle"
}

// Fresh tells how old the lists are.
type Fresh struct {
	State    string // "ok", "warn" or "" (hidden)
	Text     string // "2 min ago"
	Title    string // exact time
	DateTime string // RFC 3339
	NextText string // "Next sync in 13 min"
	Problem  string // why the last sync failed; "" when it did not
	CanSync  bool
	SyncURL  string // answers a POST
}

// Link is a label with an address; without an address it is drawn as text, without a label not at all.
type Link struct{ Label, URL string }

// Button is a step a note or an empty list offers: a link, or with Post a form of one button.
type Button struct {
	Label, URL    string
	Post, Primary bool
}

// Time is a moment, ready to show. Without DateTime the text is drawn alone ("never").
type Time struct {
	Text     string // "9 d", "9 days ago"
	DateTime string // RFC 3339
	Title    string // exact time with its zone
}

// State is a shape and a word; the tone only repeats what they say.
type State struct {
	Shape string // ok off blocked deauth alert unknown running done fail wait hold info next
	Tone  string // ok warn bad info, or "" for none
	Word  string // "Active, blocked"
	Title string // more on hover; may be ""
}

// Note is a message above or between panels. The zero value draws nothing.
type Note struct {
	Kind    string // info, ok, warn, bad
	Shape   string // "" takes the usual shape of the kind
	Title   string // bold: what is the matter
	Text    string // what it means and what still works
	Detail  string // small: a request id, a cause
	Actions []Button
}

// Fact is a label with a value.
type Fact struct {
	Label string
	Value string
	URL   string // makes the value a link
	Title string // in full, when Value is cut or rounded
	Time  Time   // instead of Value
	State State  // instead of Value
	ID    bool   // monospace with a copy button
	Quote bool   // words a person wrote
}

// Step is one entry of a timeline: "Lead Text Link After", details below.
type Step struct {
	State  State // its Word is read out before the step
	Lead   string
	Text   string
	Link   Link
	After  string
	Detail string
	Quote  string // words a person wrote, drawn in quotation marks
	Links  []Link // below, beside Detail
	At     Time
	Coming bool // not reached yet
}

// Chip is one filter in use.
type Chip struct{ Key, Value, RemoveURL string }

// Hidden is a field a form carries without showing it.
type Hidden struct{ Name, Value string }

// Option is one choice of a select. Level indents it, 0 is the top.
type Option struct {
	Value, Label string
	Selected     bool
	Level        int
}

// Facet is one group of filters with counts.
type Facet struct {
	Title string
	Items []FacetItem
}

// FacetItem is one filter of a facet; its address adds the filter, or removes it when it is current.
type FacetItem struct {
	Label, Figure, URL string
	Current            bool
}

// Pager says which part of a list is shown and leads to the others. A link without an address is drawn as unavailable.
type Pager struct {
	Text  string // "1 to 50 of 1,914"
	Links []Link // First, Previous, Next
}

// leadsOn tells whether there is another page at all.
func (p Pager) leadsOn() bool {
	return slices.ContainsFunc(p.Links, func(l Link) bool { return l.URL != "" })
}

// Empty is drawn instead of rows. The zero value means there are rows.
type Empty struct {
	Title, Text string
	Actions     []Button
}

// Chart is a set of bars whose counts add up to the whole.
type Chart struct {
	Label string // what the bars are, with the figure of the whole; read out for the stacked bar
	Whole bool   // also draws all bars as one stacked bar above
	Bars  []Bar
}

// Bar is one row of a chart and a link to what it counts.
type Bar struct {
	Label, URL    string
	Count         int
	Figure, Share string // "34,902", "80.4 %"
	Class         string // v1 to v5 (age of a backup), v0 otherwise
}

// OverviewView is the first page.
type OverviewView struct {
	Scope       string // "Halden Maritime and 911 organizations below it"
	Waiting     []TodoItem
	WaitingText string // "1 to settle"
	States      Chart
	StatesText  string // "48,213"
	Facts       []Fact // with an alert, not connected, never backed up
	Ages        Chart
	AgesText    string // "43,392 active devices"
	Freshness   []Fact
	Notes       []Note // stale mirror, failed sync
	Recent      []Step
	RecentURL   string
	Empty       Empty // the mirror holds nothing yet
}

// TodoItem is one thing that waits for the person.
type TodoItem struct {
	State  State
	Link   Link
	Text   string // after the link
	Detail string
	At     Time
	Button Link
}

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

// ConfirmView asks before a change; the same form stands on a page and in the dialog.
type ConfirmView struct {
	Ask         string // "Block OSL-SHP-0412?"
	PostURL     string
	BackURL     string // where "Keep" leads
	OperationID string // carried in the field operation
	Hidden      []Hidden
	Problem     Note // why the last try was turned down
	Warning     Note // what can be lost; only for destructive actions
	Effect      string
	Facts       []Fact
	Undo        string // what takes it back, and what that leaves
	Required    bool   // the reason is required
	Reason      string // as typed
	ReasonError string
	Keep        string // "Keep as it is"
	Button      string // "Block device"
	Destructive bool
	Disabled    string // why it cannot be done now; then there is no button to do it
}

// OperationView is the permalink of one change.
type OperationView struct {
	ID      string
	Heading string // "Block TOS-LT-0442"
	State   State
	Note    Note
	Running bool
	PollURL string // answers OperationBody; used while running
	Day     string // "Sunday 22 November 2026, Europe/Oslo"
	Steps   []Step
	Settle  SettleView
	Undo    ActionItem // drawn when it has a Button
	About   []Fact
	Lines   []Link // audit lines
}

// SettleView is how an unknown outcome is settled. Shown is false for every other state.
type SettleView struct {
	Shown         bool
	CheckURL      string // POST
	CheckWhy      string // "Reads the device. Changes nothing.", or why not
	CheckDisabled bool
	Checked       string // "Checked 4 min ago: still no answer."
	HandURL       string // POST, fields outcome (succeeded, failed) and reason
	HandWhy       string
	HandDisabled  bool
	Succeeded     string // what choosing succeeded claims: "The device is blocked"
	Failed        string // "The device is not blocked"
	Outcome       string // as chosen
	OutcomeError  string
	Reason        string // as typed
	ReasonError   string
}

// AuditView is the audit log.
type AuditView struct {
	URL      string // of the page, for the search form (GET)
	Scope    string // "10 of 182,441 lines match"
	Announce string
	Who      string // fields who, action, target, outcome, after, before
	Action   string
	Target   string
	After    string // 2026-11-22, as typed
	Before   string
	Errors   []FieldError
	Actions  []string // known actions, offered while typing
	Outcomes []Option
	Chips    []Chip
	ClearURL string
	Note     Note // state of the last checkpoint
	Rows     []AuditRow
	Pager    Pager // Newest, Older
	Empty    Empty
}

// FieldError is what is wrong with one field, named like the field.
type FieldError struct{ Field, Text string }

// AuditRow is one line of the log; an open one shows its detail below.
type AuditRow struct {
	Seq       string // "182,441"
	URL       string // opens or closes the detail
	Open      bool
	At        Time // UTC
	Who       string
	Action    string
	Target    string
	TargetURL string
	Org       string
	Outcome   State
	Changes   []Change
	Facts     []Fact
}

// Change is one field before and after.
type Change struct{ Field, Before, After string }

// SignInView is the page for a visitor who is not signed in.
type SignInView struct {
	URL  string // starts the sign-in (GET)
	Note Note   // "Your session has ended."
	Help string // one sentence below the button; may be ""
}

// NoRoleView is for a person who signed in and may see nothing, or whose groups could not be read.
type NoRoleView struct {
	Name, Email string
	Groups      []string // as the provider sent them
	Ask         string   // whom to ask
}

// ErrorView is a page that could not be drawn.
type ErrorView struct {
	Status    int
	Heading   string // "There is no such page for you"
	Sentence  string
	Next      string // what to do now
	RequestID string // shown when the person should pass it on
	Back      Link
	Retry     Link
}

// SignOutView sends the person on to the provider's sign-out.
type SignOutView struct{ URL string }

// SessionExpiredView answers a POST whose session has ended; what was typed stays on the page.
type SessionExpiredView struct{ SignInURL string }
