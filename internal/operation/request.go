package operation

import (
	"context"
	"errors"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/approval"
	"backup-portal/internal/audit"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
)

// Request is one action that somebody asks for on exactly these targets: it waits for the yes of others, if it needs one,
// and is then run target by target. Its items are operations in state Awaiting until each is run; its own states are those
// of requestMoves.
type Request struct {
	ID      string // made when the form was drawn; posting it again shows this request
	Version int64  // compare-and-set
	State   State
	Action  string // catalogue id
	Person  Person // who asks
	Reason  string
	HTTP    string // id of the HTTP request that brought it
	Params  map[string]string

	Need       approval.Need // as it was when asked, extra approvers of the budget included
	Over       string        // why the budget asks for one approver more, safe to show; ""
	Digest     string        // stands for action, parameters, and each target with its fingerprint: what a vote agrees to
	UndoWindow time.Duration // between the last vote and the first call

	Created, Expires time.Time     // to the moment of the asking by database time; Ask sets both
	Lifetime         time.Duration // for Ask: between the two
	Due              time.Time     // Scheduled: when it runs
	Closed           time.Time
	ReadAt           time.Time // database time of this reading
	Detail           string    // last word on it, safe to show

	Items []Operation // in the order of the selection
	Votes []Vote      // oldest first, never removed; those on another digest count no more
}

// Vote is one person's word on a request, as it was given.
type Vote struct {
	Person   Person
	Approve  bool
	Reason   string
	Digest   string    // of what they saw
	As       string    // the roles that counted then, each with its organization's uid: "admin@100 org-manager@117"; pages name what their reader sees
	AuthTime time.Time // when they had last proved who they are
	At       time.Time // by database time
}

// Open tells whether something can still come of the request.
func (r Request) Open() bool { return requestOpen(r.State) }

// Turn is one change of a request's state, written in one transaction with its audit line, what becomes of its items and
// the notices that tell people, compare-and-set on (ID, Version).
type Turn struct {
	ID      string
	Version int64
	To      State
	Line    audit.Line
	Detail  string
	Wait    time.Duration // To Scheduled: due at database time + Wait
	Items   State         // what the items that still wait become (Rejected, Expired, Withdrawn, LeftOut); "": they go on waiting
	Why     string        // Detail of those items; "": the request's
	Notices []Notice

	// To Awaiting, when the request reaches more than was agreed to: what it is bound to now.
	Digest  string
	Renewed []Renewal
}

// Renewal is what an item is bound to anew.
type Renewal struct {
	ID, Fingerprint             string
	Extent                      action.Extent
	Weight, Reach               int
	TargetName                  string
	TargetOrgUID, TargetOrgName string
	TargetOrgPath               string
}

// Entry is how a request is stored, decided while nobody else can store one.
type Entry struct {
	Need    approval.Need
	Over    string
	State   State // Awaiting, Scheduled or Running
	Line    audit.Line
	Notices []Notice
}

// Spending asks how much was spent of a tally: by a person, under whichever account, and by everybody in a subtree.
type Spending struct {
	Tally  policy.Tally
	Person approval.Person
	Path   string // of the subtree
}

// NoticeKind is why somebody is told.
type NoticeKind string

// The kinds of notices.
const (
	ToDecide NoticeKind = "to-decide" // to approvers: a request waits for them
	Again    NoticeKind = "again"     // to approvers and the requester: it reaches more now, all decide anew
	Soon     NoticeKind = "soon"      // to the requester and voters: agreed; it runs when the undo window is over
	Over     NoticeKind = "over"      // to the requester: it came to an end, whichever
	Halted   NoticeKind = "halted"    // to the requester and voters: stopped, at an unknown outcome or by hand
)

// Notice tells one person something about a request, in the portal and by mail.
type Notice struct {
	ID        int64
	Person    Person
	Kind      NoticeKind
	RequestID string
	At        time.Time
	Read      time.Time
}

// RequestFilter selects requests; empty fields do not narrow.
type RequestFilter struct {
	Scope  inventory.Scope // every target lies in it now
	Person string          // key of who asked
	States []State
	After  string // id of the last one of the page before; newest first
	Limit  int
}

// Requests keeps requests, votes and notices. Each method is one transaction; nothing is ever removed. A function that is
// handed in decides inside the transaction, is pure, and may be called more than once.
type Requests interface {
	// Ask stores a request with its items, all or none. An id that exists answers the stored request with existed=true.
	// A target with an open operation is a fault.Conflict whose cause is a *TargetHeld. While decide runs nobody else asks.
	// Who asks, action, reason and HTTP request of the items are those of the request.
	Ask(ctx context.Context, r Request, s Spending, decide func(policy.Spent) (Entry, error)) (stored Request, existed bool, err error)
	// Spent answers, outside of any asking, what Ask hands to decide; for the run of the request with this id ("": none) what
	// others have begun: what they only asked for is looked at when it is run.
	Spent(ctx context.Context, s Spending, without string) (policy.Spent, error)
	// Vote adds a vote and turns the request when decide says so (a zero Turn.To leaves its state, Turn.Line is written in
	// any case). A second vote of one person on one digest, or a request that is not open for votes (a yes while it awaits
	// them, a no also in its undo window), is a fault.Conflict. What decide reads is without the new vote.
	Vote(ctx context.Context, id string, v Vote, decide func(Request) (Turn, error)) (Request, error)
	// Turn changes the state; a lost compare-and-set, or a move that requestMoves does not have, is a fault.Conflict. So is
	// Running to Awaiting once an item was started, and an end while an item still waits or runs.
	Turn(ctx context.Context, t Turn) (Request, error)
	// Request reads one with its items and votes; a missing one is a fault.NotFound.
	Request(ctx context.Context, id string) (Request, error)
	// Listed reads a page of requests, newest first, with items and votes.
	Listed(ctx context.Context, f RequestFilter) ([]Request, error)
	// Waiting reads a page of the requests that await votes and whose time is not over, newest first: what it takes to
	// count them. Scope, After and Limit are those of Listed.
	Waiting(ctx context.Context, f RequestFilter) ([]Waiting, error)
	// Due lists the requests that something has to be done for by database time: awaiting or stopped past Expires,
	// scheduled past Due, running with nobody's claim on them.
	Due(ctx context.Context) ([]Request, error)
	// Claim lets one holder drive a running request until database time + d; a holder renews its own claim with it.
	Claim(ctx context.Context, id, holder string, d time.Duration) (bool, error)
	// OpenOnEach reads the open operations of many targets of a kind, by target id: for badges.
	OpenOnEach(ctx context.Context, kind string, ids []string) (map[string]Operation, error)
	// Steps lists the audit lines of a request and its items, oldest first.
	Steps(ctx context.Context, id string) ([]Event, error)

	// Notices lists a person's newest notices; unread ones first.
	Notices(ctx context.Context, personKey string, limit int) ([]Notice, error)
	// ReadNotices marks a person's notices about a request as read.
	ReadNotices(ctx context.Context, personKey, requestID string) error
}

// ErrSerial is the cause of a fault.Conflict when another operation with the same Serial runs: try again when it has ended.
var ErrSerial = errors.New("another operation with this serial runs")

// TargetHeld is the cause of a fault.Conflict when a target has an open operation.
type TargetHeld struct{ Operation Operation }

func (e *TargetHeld) Error() string {
	return "operation " + e.Operation.ID + " is open on " + e.Operation.TargetKind + " " + e.Operation.TargetID
}

// People tells who somebody is now, by what the identity provider said of them last and the roles configured today.
type People interface {
	// Person answers an actor without AuthTime; false when nobody by that key ever signed in.
	Person(ctx context.Context, key string) (policy.Actor, bool, error)
	// Known lists everybody who signed in within the last 90 days.
	Known(ctx context.Context) ([]policy.Actor, error)
}
