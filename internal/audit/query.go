package audit

import "time"

// Query asks for lines, newest first. Filters that are zero do not filter; who may see which line always does.
//
// A line is visible to its reader when they are its actor, or when every organization it names is in their scope.
// A line that names none is visible only to its actor and with AllOrgs.
type Query struct {
	Viewer   string   // the reader's key; their own lines are always visible
	Scope    []string // materialised paths of the subtrees that the reader may see lines of
	AllOrgs  bool     // also lines without organizations, and of ones that are gone: admin or auditor at the root; with an empty Scope every line
	Own      bool     // only the reader's own lines
	Contacts bool     // the reader may see e-mails and addresses of others, so Who and Text may match them

	Who     string // part of the actor's name, or their exact key
	Action  string // exact catalogue id or event
	Target  string // exact id, or part of the name
	Outcome Outcome

	Within     string // path of an organization: lines that name it or one below it
	TargetKind string // exact, beside TargetID
	TargetID   string // exact id: unlike Target it finds nothing that only bears the id as its name
	Operation  string // exact id
	Under      string // exact id of the request that people agreed to: its own lines and those of its items
	Request    string // exact id
	After      time.Time
	Before     time.Time
	Text       string // part of action, actor's name, target, reason or detail

	WithoutSessions bool // leaves out sign-ins and ends of sessions, which are most lines of a quiet fleet
	Newest          int  // looks at so many newest lines only, whoever may see them; 0 = all

	BeforeSeq int64 // only lines older than this one: the next page; 0 starts at the newest
	Limit     int   // lines; 0 = 50
}
