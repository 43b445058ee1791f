package operation

import (
	"context"
	"errors"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/approval"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
)

// Selection is a posted form about several targets, or about one that others have to agree to.
type Selection struct {
	ID        string // request id, made when the form was drawn
	Action    string // catalogue id
	TargetIDs []string
	Reason    string
	Seen      map[string]string // target id → fingerprint that the form was drawn with; missing when it is not known
	HTTP      string            // id of the HTTP request
}

// Ballot is a posted vote.
type Ballot struct {
	RequestID string
	Approve   bool
	Reason    string
	Digest    string // of what the page showed
	HTTP      string
}

// Preview is a selection as it would be asked for now: every target read live, and what would happen.
type Preview struct {
	Action  action.Action
	Targets []PreviewTarget // in the order of the selection
	Need    approval.Need   // of the strictest target, extra approvers of the budget included; empty: runs at once
	Over    string          // why the budget asks for one approver more; ""
	Refusal string          // why nothing of it can be asked for; ""
	Terms   policy.Terms
}

// PreviewTarget is one target of a selection.
type PreviewTarget struct {
	Reading
	Why string // why it is left out; "": it would go
}

// Ability is what a person may do with a request now, each with the reason why not.
type Ability struct {
	Vote, Withdraw, Continue, Finish string // "" when they may
	StepUp                           bool   // they may vote once they have signed in again
	As                               string // by which roles, as in Vote.As: "admin@100"
	Own                              bool   // they asked for it
}

// Progress is a vote count in words' reach.
type Progress struct {
	Verdict approval.Verdict // by the roles that everybody holds now
	Counts  []bool           // for each of Request.Votes, whether it counts now
}

// Change is what is different about one target since it was asked for.
type Change struct {
	Reading Reading // live, or as remembered with its Failure
	What    string  // in words; "": nothing
	Grew    bool    // it reaches more: running it would ask everybody anew, or leave it out
	Out     string  // why it would be left out now; ""
}

// StepUpNeeded is the cause of a fault.Denied that a fresh sign-in heals.
type StepUpNeeded struct{ Age time.Duration }

func (e *StepUpNeeded) Error() string { return "the last sign-in is too long ago" }

var errNotBuilt = errors.New("not built")

// Preview reads a selection live, within what the person may see; one that they may not see is a fault.NotFound.
func (s *Service) Preview(ctx context.Context, actor policy.Actor, a action.Action, ids []string) (Preview, error) {
	return Preview{}, errNotBuilt
}

// SubmitAll takes a selection onto the road as one request. Posting the same id again answers the same request.
func (s *Service) SubmitAll(ctx context.Context, actor policy.Actor, in Selection) (Request, error) {
	return Request{}, errNotBuilt
}

// Vote takes a person's word on a request; the last yes that was needed runs it, or starts its undo window.
func (s *Service) Vote(ctx context.Context, actor policy.Actor, b Ballot) (Request, error) {
	return Request{}, errNotBuilt
}

// Withdraw ends a request before anything was sent: by who asked, or, in its undo window, by whoever may vote on it.
func (s *Service) Withdraw(ctx context.Context, actor policy.Actor, id, reason, http string) (Request, error) {
	return Request{}, errNotBuilt
}

// Continue runs the rest of a stopped request whose unknown outcome is settled.
func (s *Service) Continue(ctx context.Context, actor policy.Actor, id, http string) (Request, error) {
	return Request{}, errNotBuilt
}

// Finish leaves out the rest of a stopped request.
func (s *Service) Finish(ctx context.Context, actor policy.Actor, id, http string) (Request, error) {
	return Request{}, errNotBuilt
}

// Request reads a request for a person: their own, one that they may vote on, or one whose audit lines they may read, and
// only while all its targets lie in what they may read. To everybody else it does not exist.
func (s *Service) Request(ctx context.Context, actor policy.Actor, id string) (Request, error) {
	return Request{}, errNotBuilt
}

// ToDecide lists the requests that wait for a vote that this person may give, oldest first.
func (s *Service) ToDecide(ctx context.Context, actor policy.Actor) ([]Request, error) {
	return nil, errNotBuilt
}

// Mine lists the requests that this person asked for, newest first; after is the id of the last one of the page before.
func (s *Service) Mine(ctx context.Context, actor policy.Actor, after string, limit int) ([]Request, error) {
	return nil, errNotBuilt
}

// AllRequests lists the requests that Request would answer, newest first.
func (s *Service) AllRequests(ctx context.Context, actor policy.Actor, states []State, after string, limit int) ([]Request, error) {
	return nil, errNotBuilt
}

// Ability tells what the person may do with a request that Request answered.
func (s *Service) Ability(ctx context.Context, actor policy.Actor, r Request) (Ability, error) {
	return Ability{}, errNotBuilt
}

// Progress counts the votes by the roles that everybody holds now.
func (s *Service) Progress(ctx context.Context, r Request) (Progress, error) {
	return Progress{}, errNotBuilt
}

// Now reads the targets of a request live and tells what is different, in the order of its items.
func (s *Service) Now(ctx context.Context, actor policy.Actor, r Request) ([]Change, error) {
	return nil, errNotBuilt
}

// Eligible lists the known people who could vote on the request now, without who asked.
func (s *Service) Eligible(ctx context.Context, r Request) ([]policy.Actor, error) {
	return nil, errNotBuilt
}

// Steps lists the audit lines of a request that Request answered, its items' among them.
func (s *Service) Steps(ctx context.Context, r Request) ([]Event, error) {
	return s.opts.Requests.Steps(ctx, r.ID)
}

// OpenOnEach reads the open operations of many targets, for badges; what the person may not open has only its state.
func (s *Service) OpenOnEach(ctx context.Context, k action.Kind, ids []string) (map[string]Operation, error) {
	return s.opts.Requests.OpenOnEach(ctx, k.ID, ids)
}

// Notices lists a person's newest notices and the requests that they are about, unread ones first.
func (s *Service) Notices(ctx context.Context, actor policy.Actor, limit int) ([]Notice, error) {
	return s.opts.Requests.Notices(ctx, actor.Key(), limit)
}

// ReadNotices marks what a person was told about a request as read.
func (s *Service) ReadNotices(ctx context.Context, actor policy.Actor, requestID string) error {
	return s.opts.Requests.ReadNotices(ctx, actor.Key(), requestID)
}

// Tend does what time asks of requests: expires those past their lifetime, starts those whose undo window is over, and
// goes on with those whose portal is gone. A loop under the database's lease calls it.
func (s *Service) Tend(ctx context.Context) error { return errNotBuilt }

// scopeOf is what a person may read.
func scopeOf(actor policy.Actor) inventory.Scope {
	return inventory.Scope{Paths: policy.Subtrees(actor, policy.Read)}
}
