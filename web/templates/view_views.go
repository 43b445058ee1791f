package templates

// ViewsView is the page of saved views.
type ViewsView struct {
	Scope string // "3 views"
	Rows  []ViewRow
	Empty Empty
}

// ViewRow is one saved view.
type ViewRow struct {
	Name, URL string
	Owner     string // "You" for one's own
	Shared    string // with whom; "" for nobody
	Created   Time
	ChangeURL string // "" when the person may neither change nor delete it
}

// ViewForm keeps a list under a name, or changes such a view. With an Owner it is somebody else's.
type ViewForm struct {
	Title              string
	List               string // the list that a new view keeps
	Name               string
	Owner, Shared      string
	Shares             []Option
	ShareProblem       string // with the choice
	CanFind            bool   // there are more organizations than can be offered
	Find, FindProblem  string // what was typed to find one, and why it finds none
	Problem            string // why it was turned down
	PostURL, DeleteURL string // "" = not for this person
	OpenURL, BackURL   string
}
