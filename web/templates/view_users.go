package templates

// UsersView is the list of users.
type UsersView struct {
	URL      string // of the list, for the search form (GET)
	Query    string
	Hidden   []Hidden
	Selects  []Select
	Scope    string
	Announce string
	Chips    []Chip
	ClearURL string
	Note     Note
	Caption  string
	Rows     []UserRow
	Pager    Pager
	Empty    Empty
}

// Select is a field with choices.
type Select struct {
	Name, Label string
	Options     []Option
}

// UserRow is one user of the list.
type UserRow struct {
	Username, URL    string
	Name, Email, Org string
	States           []State
	Devices          string
}

// UserView is the page of one user.
type UserView struct {
	Crumbs      []Link
	Name        string
	States      []State
	Source      string
	Notes       []Note
	Facts       []Fact
	Roles       []string // at the backup service
	NoRoles     string   // instead of roles
	Devices     DevicesView
	DevicesText string
	AllDevices  Link
	History     []Step // of what the portal did; empty hides the panel
	AuditLink   Link
}
