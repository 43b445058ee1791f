package templates

// OrganizationsView is the tree of organizations, or with Flat a list of some of them.
type OrganizationsView struct {
	URL      string // of the page, for the filter form (GET, parameter q)
	Query    string
	Hidden   []Hidden
	Scope    string // "912 organizations"
	Announce string
	Chips    []Chip
	ClearURL string
	Note     Note
	NewBelow Link // makes one below the root, or below the organization that the list is about; the zero value draws none
	Flat     bool
	Tree     OrgLevel
	Caption  string

	// Of the tree: what is open as the address says it, how many the address may name, and how many a level shows at first.
	Open, OpenLimit, LevelSize string
	Unfinished                 bool // not all that is open has room on the page
	Rows                       []OrgRow
	Pager                      Pager
	Empty                      Empty
}

// OrgLevel is a part of one level of the tree.
type OrgLevel struct {
	Items []OrgItem
	More  OrgMore // the zero value ends the level
}

// OrgItem is one organization of the tree. Its counts hold all that lies below it.
type OrgItem struct {
	UID, Name, URL                 string
	LevelURL                       string // answers its children as OrgChildren; "" when nothing lies below
	Unfinished                     bool   // is to be open, and what lies below did not fit
	State                          State  // the zero value is an ordinary one
	Busy                           State  // what is open on it; the zero value: nothing
	Level, Place, Size             string // aria-level, aria-posinset, aria-setsize
	Open                           bool
	Devices, Users, Alerts, Stored string // "" for none
	Below                          OrgLevel
}

// OrgMore leads to the rest of a level.
type OrgMore struct {
	Label     string // "Next 200 of 600"
	URL       string // the rest as a list
	LevelURL  string // the rest as OrgChildren
	FilterURL string // finds one of the level by its name
	Level     string

	Unfinished bool // the rest is to be on the screen, and did not fit
}

// OrgRow is one organization of a list.
type OrgRow struct {
	Name, URL                      string
	Where                          string // its ancestors: "Halden Maritime › Shipping"
	State                          State
	Busy                           State // what is open on it; the zero value: nothing
	Devices, Users, Alerts, Stored string
}

// OrganizationView is the page of one organization. The panels of the tab that is shown are filled.
type OrganizationView struct {
	Crumbs []Link
	Name   string
	States []State
	Source string
	Notes  []Note
	Tabs   []Tab

	Facts        []Fact
	Actions      []ActionItem
	Children     []OrgRow
	ChildrenText string
	ChildrenMore []Link
	NewBelow     Link // makes another one; the zero value draws none
	NoChildren   string

	Devices  *DevicesView
	Users    *UsersView
	Settings *SettingsView
	All      Link // the whole list behind the devices or users
	Related  Link // a report about them

	DiskAccess *DiskAccessView
	Drift      *DriftView

	Access     []AccessRow
	AccessText string // why there is nothing to show
	Activity   []Step
	NoActivity string
	Pager      Pager
}

// Tab is one part of a page, with an address of its own.
type Tab struct {
	Key, Label, URL, Figure string
	Current                 bool
}

// AccessRow is one role that reaches an organization.
type AccessRow struct {
	Role, Group string
	Held        Link   // where
	People      string // who of the group signed in lately; "" where that is not for the reader
}

// tab tells whether the part of that name is shown.
func (v OrganizationView) tab(key string) bool {
	for _, t := range v.Tabs {
		if t.Key == key {
			return t.Current
		}
	}
	return false
}
