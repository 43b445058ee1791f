package templates

// CopyView copies settings to an organization: first the source is chosen, then the groups. One of the two is filled.
type CopyView struct {
	Head     SettingsHead
	BackURL  string
	Disabled string // why nothing can be copied now
	Source   CopySource
	Groups   CopyGroups
}

// CopySource asks for the organization to copy from.
type CopySource struct {
	URL     string   // GET, parameter from
	Options []Option // instead of a text field, where there are few
	None    string   // why there is nothing to choose
	Typed   string
	Problem string
	Matches []CopyMatch // of a text that several have
	More    string      // how many of them are not listed
}

// CopyMatch is one organization that a text found.
type CopyMatch struct {
	Link  Link
	Where string // its ancestors
}

// CopyGroups asks for the groups to copy.
type CopyGroups struct {
	PostURL  string
	From     string // the uid, carried in the field from
	Name     string
	OtherURL string // chooses another source
	Choices  []CopyChoice
	Problem  string
}

// CopyChoice is one group.
type CopyChoice struct {
	ID, Value, Label string
	Chosen           bool
}
