package approval

// Where says where a role has to be held, seen from the organization of the target.
type Where string

// The places.
const (
	Anywhere Where = ""      // at the target's organization or above it
	Above    Where = "above" // strictly above it
	Root     Where = "root"  // at an organization without a parent
)

// Source is a kind of approver: a role held somewhere. Role "" is any role that may itself run the action.
type Source struct {
	Role  string `json:"role,omitempty"`
	Where Where  `json:"where,omitempty"`
}

// Group is one demand: so many people, each of whom is one of these.
type Group struct {
	Count int      `json:"count"`
	From  []Source `json:"from"`
}

// Need is what a request has to bring: every group is met, each by people of its own. The empty need asks for nobody.
type Need []Group

// People is how many approvers it takes in all.
func (n Need) People() int {
	people := 0
	for _, g := range n {
		people += g.Count
	}
	return people
}

// OneMore is the need with one more approver, any who may themselves run the action.
func (n Need) OneMore() Need {
	return append(append(Need(nil), n...), Group{Count: 1, From: []Source{{}}})
}

// Person is who asks or votes. Two of them are the same person by their key or by their e-mail address, however it is
// written: see Same.
type Person struct{ Key, Email string }

// Held is one role that a voter holds over one target, and that opens the action to them.
type Held struct {
	Role  string
	Above bool // strictly above the target's organization
	Root  bool
}

// Vote is a yes as it counts now: Standing has one entry for each target, with all the voter's roles over it. A vote that
// has no role over one of the targets does not count at all.
type Vote struct {
	Person   Person
	Standing [][]Held
}

// Verdict is the answer, with what is missing.
type Verdict struct {
	Met     bool
	Counted []bool // for each vote, whether it counts for something
	Missing Need   // the groups that are not met yet, with how many each of them lacks
}
