package templates

// DiskAccessView is what the Macs of an organization tell of full disk access.
type DiskAccessView struct {
	Total      string // "214 Macs"
	Counts     []FacetItem
	Below      bool // the organizations below are in it
	Switchable bool // there are any below
	SwitchURL  string
	Notes      []Note
	Rows       []DiskAccessRow
	Pager      Pager
	Empty      Empty
	Export     Button
	ExportWhy  string // why this reader may not export
}

// DiskAccessRow is one Mac.
type DiskAccessRow struct {
	Name, URL     string
	State         State
	User, UserURL string
	Org           string // "" where all are of one organization
	Connected     Time
}
