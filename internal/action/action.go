package action

import (
	"cmp"
	"context"
	"time"

	"backup-portal/internal/backup"
	"backup-portal/internal/settings"
)

// Risk says how much a change can destroy.
type Risk string

// The three risks.
const (
	Low         Risk = "low"         // one thing, and easily made good
	High        Risk = "high"        // touches many, or is hard to undo; always asks for a reason
	Destructive Risk = "destructive" // data can be lost; always asks for a reason
)

// Target is the one thing that a change is about, in identifiers that leave the portal (never vendor row numbers).
type Target struct {
	Kind    string // the ID of its Kind
	ID      string // device GUID, orgUid
	Name    string // as shown when the form was drawn
	OrgUID  string // the organization it belonged to at that moment; an organization belongs to itself
	OrgName string
	OrgPath string // materialised path of that organization in the mirror
}

// State is what was freshly read about a target. Only what the kind of the target has is filled.
type State struct {
	ReadAt time.Time // from when on times in the future are counted
	Device backup.Device
	Org    backup.Org
	Below  Below // of Org
	Owner  Owner // of Device
	Holds  Holds // of the device's owner, or of everybody below the organization
	// HoldDays is how many days archives stay in cold storage before they are deleted for good; below 0 when not known.
	HoldDays int

	// Settings is the target's own document, and Defaults that of a device's organization: for actions with Documents, else nil.
	Settings, Defaults *settings.Sheet
	// Reach tells for an organization how far a change of what is inherited together goes.
	Reach map[settings.Inheritance]Reach
}

// Reach is what follows an organization in what is inherited together, the organization itself included.
type Reach struct {
	Orgs, Devices int
	Overriding    int // organizations below that have values of their own, and with them whatever follows them
	Unknown       int // of Orgs, those whose settings nobody has read yet: they are counted as following
}

// Owner is what a change of a device means to the person who has it.
type Owner struct {
	Known      bool // the rest was read
	OtherCount int  // other active devices of theirs
}

// Holds says who is on an active legal hold: the vendor refuses to deactivate them and their devices.
type Holds struct {
	Known   bool      // false: it could not be read
	Users   []string  // user names, sorted; the first 100
	Count   int       // of people
	Matters int       // open ones of the device's owner; of people below an organization they are not counted
	AsOf    time.Time // what is not from now but from the mirror is as old as this; zero: all of it was read live
}

// Below is what lies in the subtree of an organization, as the mirror knows it; devices as the vendor counts them when
// those are more.
type Below struct {
	Orgs, Blocked  int      // organizations below it, and how many of them are blocked
	Devices, Users int      // its own and all below
	Digest         string   // stands for the sorted uids of the organizations below
	Children       []string // names of those directly below
	Uncounted      bool     // the vendor did not tell how many devices there are now
	Use            Use
}

// Use is how much of what lies in a subtree is in use. It moves with ordinary activity, so no fingerprint holds it.
type Use struct {
	Known                      bool
	ActiveDevices, ActiveUsers int
	ManyUsers                  bool // there are more active users than were counted
	StoredBytes                int64
}

// Order is one change to make: an action on a target with its parameters and the state that was read for it.
type Order struct {
	Target Target
	Params map[string]string
	State  State
}

// Extent is how far a change reaches: what it may grow by between the asking and the running.
type Extent struct {
	Same    string `json:"same"` // what must be just so, as one text; a change of it is more than was agreed to
	Orgs    int    `json:"orgs,omitempty"`
	Devices int    `json:"devices,omitempty"`
	Users   int    `json:"users,omitempty"`
}

// Grew tells in words why one extent is more than another that people agreed to, or "". Less is not more.
func (e Extent) Grew(than Extent) string {
	switch {
	case e.Same != than.Same:
		return "It is not as it was when people agreed to it."
	case e.Orgs > than.Orgs:
		return "It reaches " + counted(e.Orgs-than.Orgs, "organization") + " more."
	case e.Devices > than.Devices:
		return "It reaches " + counted(e.Devices-than.Devices, "device") + " more."
	case e.Users > than.Users:
		return "It reaches " + counted(e.Users-than.Users, "user") + " more."
	}
	return ""
}

// Fact is one line of what a change touches, for confirmations and approval cards.
type Fact struct{ Name, Value string }

// Undo names the compensating action and says what it does not bring back, or why there is none.
type Undo struct {
	Action string // ID of the compensating action; empty when there is none
	Leaves string // what the compensating action does not bring back
	Why    string // why there is none

	// Until answers until when the compensating action brings back all that it can, by what was read before the change;
	// zero when no end is known. Nil: there is none.
	Until func(at time.Time, before State) time.Time
}

// Param is one field of an action's form.
type Param struct {
	Name, Label, Help string
	Required          bool
	Secret            bool // never stored, never audited, never together with approval

	MaxLength int                // characters; 0: no limit is told
	Multiline bool               // it may have several lines
	Initial   func(Order) string // what stands in the field to begin with: today's value; nil: nothing
}

// Action is one change that the portal can make.
type Action struct {
	ID     string // "device.block": never renamed, stands in the audit log
	Kind   Kind   // what it changes; with Verb it makes the route /devices/{guid}/block
	Verb   string
	Label  string // on the button: "Block device"
	Ask    string // on the confirmation: "Block this device?"
	Done   string // when it succeeded: "Device blocked"
	Failed string // when it did not: "Device not blocked"
	Past   string // after a person's name and before the target's: "blocked"
	Words  string // after "asked to" and before the target's name, where the verb does not say it: "change the settings of"
	Effect string // one sentence beside the button: what it does
	Risk   Risk
	Reason bool // a reason is demanded
	Params []Param
	// Changes says that the parameters are settings.Changes, by key, instead.
	Changes bool
	Bulk    bool
	Undo    Undo
	Calls   []string // API operations, as in the client's //api:op directives
	Doc     string   // a paragraph for the reference

	// Ready says why the action makes no sense now, or "".
	Ready func(Order) string
	// Impact says what else the change touches.
	Impact func(Order) []Fact
	// Fingerprint holds exactly the fields that the decision, the text and the impact use.
	Fingerprint func(Order) string
	// Extent is what people agree to beside the fingerprint: it may shrink without asking them again, never grow. Nil, as for
	// actions that nobody has to agree to, stands for the fingerprint itself on one device.
	Extent func(Order) Extent
	// Serial names what must not be changed by two calls at once, "" for nothing. Nil is "".
	Serial func(Order) string
	// Documents says that the settings documents are read for it: State.Settings, Defaults and Reach.
	Documents bool
	// Settings is what an order changes of the target's settings, each value with the one that was seen; nil: nothing. It goes
	// with Documents.
	Settings func(Order) settings.Changes
	// Weigh is how many devices the change counts for in the budget of changes that destroy nothing; nil: none.
	Weigh func(Order) int
	// Grows says that something new comes to be below the target: the mirror meets it before the outcome is told.
	Grows bool
	// Changed is what an audit line holds of the change: the named fields before and after, never a whole document.
	Changed func(Order) (before, after map[string]string)
	// Run sends the change: one vendor call, or several parts of which the first that fails ends it with a *Partly.
	Run func(context.Context, *backup.Writer, Order) error
	// Check reads back whether the change has happened.
	Check func(context.Context, *backup.Reader, Order) (Finding, error)
}

// To is what goes after "asked to" and before the target's name.
func (a Action) To() string { return cmp.Or(a.Words, a.Verb) }

// Finding is what a check reads back.
type Finding int

// The findings.
const (
	NotHappened Finding = iota
	InPart              // some of the parameters are in force
	Happened
)

// found is the finding of a change that has no parts.
func found(happened bool) Finding {
	if happened {
		return Happened
	}
	return NotHappened
}

// Partly is the error of a change of which some parts were carried out before one failed.
type Partly struct {
	Written []string // names of the Params that are in force
	Err     error    // of the part that failed; its outcome is that of the rest
}

func (p *Partly) Error() string { return "carried out in part: " + p.Err.Error() }

func (p *Partly) Unwrap() error { return p.Err }

// of lets a function of what was read alone stand where the whole order could be asked.
func of[T any](f func(State) T) func(Order) T {
	return func(o Order) T { return f(o.State) }
}
