package templates

// DriftView is the report of the devices of an organization whose settings differ from its defaults.
type DriftView struct {
	URL, Query string // of the search form (GET, parameter q)
	Hidden     []Hidden
	Total      string // "312 values of 40 devices"
	Note       Note   // what is not known yet
	Fresh      string // "1,180 of 1,200 devices were compared."
	Oldest     Time   // comparison; without text: there is none
	Facet      Facet  // the settings, with how many values differ
	Chips      []Chip
	ClearURL   string
	Switchable bool // there are organizations below
	Below      bool // and they are in it
	SwitchURL  string
	Picking    Picking
	Rows       []DriftRow
	Pager      Pager
	Empty      Empty
	Export     Button
	ExportWhy  string // why this reader may not export
}

// DriftRow is one value of one device.
type DriftRow struct {
	Name, URL          string
	What               string
	OrgValue, OwnValue string
	Locked             State // the zero value: it is not
	User, Org          string
	Since              Time
}
