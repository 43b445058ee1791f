package templates

// OverviewView is the first page.
type OverviewView struct {
	Scope       string // "Halden Maritime and 911 organizations below it"
	Waiting     []TodoItem
	WaitingText string // "1 to settle"
	Pictures    PicturesView
	Freshness   []Fact
	Notes       []Note // stale mirror, failed sync
	Recent      []Step
	RecentURL   string
	Empty       Empty // the mirror holds nothing yet
}

// PicturesView is the fleet in bars. While it is still being counted, the charts have their words and no figures.
type PicturesView struct {
	Later       string // where the finished pictures are fetched from; "" when these are
	Ages        Chart
	AgesText    string // "43,392 active devices"
	OS, Clients Chart
	Stored      Chart
	StoredText  string // "951.2 TB in all"
	States      Chart
	StatesText  string // "48,213"
	Facts       []Fact // with an alert, not connected, never backed up
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

// Chart is a set of bars, drawn and as a table.
type Chart struct {
	Key     string // unique on the page
	Label   string // what the bars are, with the figure of the whole; read out for the stacked bar, caption of the table
	Heading string // of the table's first column: "Operating system"
	Unit    string // of the table's figures: "Devices", "Stored"
	Whole   bool   // also draws all bars as one stacked bar above; their counts add up to the whole
	Devices bool   // the table has a column of how many devices, beside figures of something else
	Coming  bool   // the figures are still being counted
	Bars    []Bar
}

// Bar is one row of a chart and a link to what it counts; without an address it is drawn as text.
type Bar struct {
	Label, URL    string
	Count         int
	Figure, Share string // "34,902", "80.4 %"
	Devices       string // "1,204", in charts with that column
	Class         string // v1 to v5 (age of a backup), v0 otherwise
}
