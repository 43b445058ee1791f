package operation

import (
	"context"
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
	Params    map[string]string // of an action that has some
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
	SignIn  error           // it would go at once, and needs a newer sign-in than the person has: a fault.Denied; nil
	Terms   policy.Terms
}

// PreviewTarget is one target of a selection.
type PreviewTarget struct {
	Reading
	Why      string            // why it is left out; "": it would go
	Conflict *SettingsConflict // when that is why
}

// Ability is what a person may do with a request now, each with the reason why not.
type Ability struct {
	Vote, Withdraw, Stop, Continue, Finish string // "" when they may
	StepUp                                 bool   // they may vote once they have signed in again
	DenyOnly                               bool   // they may say no, though not yes for the reason in Vote
	As                                     string // by which roles, as in Vote.As: "admin@100"
	Own                                    bool   // they asked for it
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

	Conflict *SettingsConflict // when that is why
}

// StepUpNeeded is the cause of a fault.Denied that a fresh sign-in heals.
type StepUpNeeded struct{ Age time.Duration }

func (e *StepUpNeeded) Error() string { return "the last sign-in is too long ago" }

// Steps lists the audit lines of a request that Request answered, its items' among them.
func (s *Service) Steps(ctx context.Context, r Request) ([]Event, error) {
	return s.opts.Requests.Steps(ctx, r.ID)
}

// OpenOnEach reads which of many targets an operation is open on, and its state: for badges. Whose it is, and where it
// leads, is for those who may read it.
func (s *Service) OpenOnEach(ctx context.Context, k action.Kind, ids []string) (map[string]Operation, error) {
	open, err := s.opts.Requests.OpenOnEach(ctx, k.ID, ids)
	for id, op := range open {
		open[id] = Operation{State: op.State, TargetKind: op.TargetKind, TargetID: op.TargetID}
	}
	return open, err
}

// Notices lists a person's newest notices and the requests that they are about, unread ones first.
func (s *Service) Notices(ctx context.Context, actor policy.Actor, limit int) ([]Notice, error) {
	return s.opts.Requests.Notices(ctx, actor.Key(), limit)
}

// ReadNotices marks what a person was told about a request as read.
func (s *Service) ReadNotices(ctx context.Context, actor policy.Actor, requestID string) error {
	return s.opts.Requests.ReadNotices(ctx, actor.Key(), requestID)
}

// scopeOf is what a person may read.
func scopeOf(actor policy.Actor) inventory.Scope {
	return inventory.Scope{Paths: policy.Subtrees(actor, policy.Read)}
}
