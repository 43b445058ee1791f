package templates

// Picking lets a person choose rows of a list and start something with all of them. Without actions there are no boxes.
type Picking struct {
	URL     string // answers the GET with action and guid, one for each row that was chosen
	List    string // the list to come back to, carried in the field list
	AllURL  string // the same list with every row chosen, for who comes without script
	AllText string // "Select the 50 devices on this page"
	None    string // while nothing is chosen
	Picks   []Pick // one for each row
	Actions []PickAction
}

// Pick is the box of one row.
type Pick struct {
	Value, Label string // its id; "Select OSL-SHP-0412"
	Chosen       bool
}

// PickAction is one thing that can be done with all chosen rows.
type PickAction struct{ Value, Label string }

// chosen is how many rows are chosen already when the list is drawn.
func (p Picking) chosen() int {
	n := 0
	for _, pick := range p.Picks {
		if pick.Chosen {
			n++
		}
	}
	return n
}

// SeveralView asks before a change of several things: the form that stands beside the exact list of them.
type SeveralView struct {
	Crumbs  []Link // the list that they were chosen from
	Ask     string // "Deactivate 12 devices?"
	Scope   string // "11 of 12 will go"
	Title   string // over the form: "Ask to deactivate 11 devices"
	Form    ConfirmView
	Targets ImpactView
}

// NoSelectionView says why there is nothing to ask about.
type NoSelectionView struct {
	Heading string
	Empty   Empty
}
