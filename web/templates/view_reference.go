package templates

// ReferenceView tells what the portal can change, and who has to agree to it.
type ReferenceView struct {
	Scope     string // "9 actions"
	Notes     []Note
	Contents  []ReferencePart
	Actions   []ReferenceAction
	Budget    []string // how much may be destroyed in a time, in sentences
	Approvals []string // what holds of every approval
}

// ReferencePart is one kind of thing with links to its actions.
type ReferencePart struct {
	Title string
	Links []Link
}

// ReferenceAction is one change.
type ReferenceAction struct {
	Key        string // "device-block", in the page's anchors
	Label      string
	Risk       State
	Doc        string
	Facts      []Fact
	Roles      []ReferenceRole // who may, weakest first
	Others     string          // who may not, in a sentence
	ShowWaits  bool            // somebody's rule has a time in which people agree or take back
	ShowPeople bool            // how many people are known
}

// ReferenceRole is what one role has to bring for an action.
type ReferenceRole struct {
	Role   string
	Yours  bool   // the reader holds it somewhere
	Where  string // "only below its organization"; "" for all that it reaches
	Needs  string // who has to agree: "one other person who may do it"
	Open   string // how long a request waits; "" when nobody is waited for
	Window string // the undo window; "" for none
	Reason string // "demanded", "as in “CHG-20417: lost”"
	People State  // known people who could decide, where they are fewest; without a Word when nobody has to
}
