package operation

import (
	"context"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
)

// State is where an operation stands; states.go holds the table of allowed moves.
type State string

// The states. Open ones (awaiting, scheduled, running, unknown) hold their target: one open operation per target.
const (
	Awaiting  State = "awaiting"
	Scheduled State = "scheduled"
	Running   State = "running"
	Succeeded State = "succeeded"
	Failed    State = "failed"
	Partial   State = "failed-in-part" // some parameters are in force, the others are not: Written tells
	Unknown   State = "unknown"
	Rejected  State = "rejected"
	Expired   State = "expired"
	Withdrawn State = "withdrawn"
	LeftOut   State = "left-out" // an item that was not sent: its target had changed, or the run stopped before it
)

// The states that only requests have.
const (
	Stopped State = "stopped" // at an item whose outcome is unknown, or by hand; the rest waits
	Ended   State = "ended"   // every item has its own outcome
)

// Person is who asked, kept with the operation as they were then.
type Person struct{ Key, Name, Email, Address string }

// Operation is one change on the road.
type Operation struct {
	ID      string // made when the form was drawn; posting it again shows this operation
	Version int64  // compare-and-set
	State   State
	Action  string // catalogue id
	Person  Person
	Reason  string
	Request string // id of the HTTP request that brought it

	TargetKind, TargetID, TargetName   string
	TargetOrgUID, TargetOrgName        string
	TargetOrgPath                      string // kept current by the store from the mirror when it is read
	Params                             map[string]string
	Written                            []string // of Params, those that it has put in force; of all of them nil when it changes no settings
	Fingerprint                        string
	Attempts                           int
	Detail                             string // last word on the outcome, safe to show
	Checked                            string // what the last check read, safe to show
	Created, Started, Deadline, Closed time.Time
	CheckedAt                          time.Time

	Under     string        // id of the request that it is an item of; "" when nobody else had to agree
	Position  int           // in that request
	Extent    action.Extent // what it reached when it was asked for
	Weight    int           // how many destructive targets it counts for; 0: it destroys nothing
	Reach     int           // how many devices it changes the settings of; 0: of none
	Serial    string        // no two operations with the same one run at the same time; "" runs beside all
	UndoUntil time.Time     // until when what undoes it brings everything back that it can; zero: no end is known
}

// Open tells whether the operation still holds its target.
func (o Operation) Open() bool {
	switch o.State {
	case Awaiting, Running, Unknown:
		return true
	}
	return false
}

// Event is one dated step of an operation, read from its audit lines, oldest first.
type Event struct {
	Seq  int64
	Line audit.Line
}

// Move is one change of state, written in one transaction with its audit line, compare-and-set on (ID, Version).
type Move struct {
	ID      string
	Version int64
	To      State
	Line    audit.Line
	// Limit, when not zero, sets the deadline to database time + Limit.
	Limit     time.Duration
	Attempts  int
	Detail    string
	Checked   string
	SetsCheck bool // Checked and CheckedAt are written
	UndoUntil time.Time
	Written   []string   // To an outcome: of the operation's Params, those that it has put in force
	Admission *Admission // To Running, of what a budget counts
}

// Admission decides whether an item may begin, on what others have begun, while nobody else asks or begins: of two that
// are within the budget one by one, the second is decided after the first. Its error is that of the move.
type Admission struct {
	Spending Spending
	Under    string // the item's request, which is not counted
	Decide   func(policy.Spent) error
}

// Store keeps operations. Each method is one transaction named after what happened.
type Store interface {
	// Begin inserts an operation in state Running with its intent line and a deadline of database time + limit.
	// When the id exists the stored operation is answered with existed=true and nothing is written.
	// When another operation is open on the target it answers a fault.Conflict.
	Begin(ctx context.Context, op Operation, limit time.Duration, intent audit.Line) (stored Operation, existed bool, err error)
	// Move changes the state with its line; a lost compare-and-set is a fault.Conflict. An item runs only while its
	// request does, and while no other operation with its Serial runs: a fault.Conflict too.
	Move(ctx context.Context, m Move) (Operation, error)
	// Note records what a check read without changing the state (no line).
	Note(ctx context.Context, id, checked string) error
	// Operation reads one; a missing one is a fault.NotFound.
	Operation(ctx context.Context, id string) (Operation, error)
	// OpenOn reads the open operation of a target, if any.
	OpenOn(ctx context.Context, kind, id string) (Operation, bool, error)
	// Overdue lists running operations past their deadline by database time; with all, every running one.
	Overdue(ctx context.Context, all bool) ([]Operation, error)
	// Unsettled lists operations in state Unknown whose target's organization lies in the scope, oldest first.
	Unsettled(ctx context.Context, scope inventory.Scope, limit int) ([]Operation, error)
	// Events lists the audit lines of an operation, oldest first.
	Events(ctx context.Context, id string) ([]Event, error)
	// Record appends one audit line by itself (a refusal, a sign-in).
	Record(ctx context.Context, line audit.Line) (int64, error)
}
