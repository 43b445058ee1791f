package operation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/approval"
	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
	"backup-portal/internal/policy"
)

// votesBetween is how often a vote is decided anew because another one came in between.
const votesBetween = 10

// Vote takes a person's word on a request; the last yes that was needed runs it, or starts its undo window.
func (s *Service) Vote(ctx context.Context, actor policy.Actor, b Ballot) (Request, error) {
	b.Reason = strings.TrimSpace(b.Reason)
	if err := shortEnough(b.Reason); err != nil {
		return Request{}, err
	}
	for range votesBetween {
		r, err := s.Request(ctx, actor, b.RequestID)
		if err != nil {
			return Request{}, err
		}
		voted, err := s.vote(ctx, actor, r, b)
		if errors.Is(err, errVotedMeanwhile) {
			continue
		}
		if err == nil && voted.State == Running {
			return s.begin(ctx, voted)
		}
		return voted, err
	}
	return Request{}, fault.Wrap(fault.Conflict, errVotedMeanwhile, "Many people vote on it at this moment.", "Try again.")
}

// The reasons why the decision about a vote ends in something else.
var (
	errExpired   = errors.New("the request's time is over")
	errAskerLost = errors.New("who asked may not any more")
)

func (s *Service) vote(ctx context.Context, actor policy.Actor, r Request, b Ballot) (Request, error) {
	a, ok := s.catalogue[r.Action]
	if !ok {
		return r, fault.New(fault.Conflict, "This version of the portal does not know the action any more.", "Ask for it anew.")
	}
	if err := s.mayVote(ctx, actor, a, r, b); err != nil {
		return r, err
	}
	e, err := s.electorate(ctx, r, actor)
	if err != nil {
		return r, err
	}
	spent, err := s.spent(ctx, r, a, s.places(r, a, e), e)
	if err != nil {
		return r, err
	}
	vote := Vote{
		Person: personOf(actor), Approve: b.Approve, Reason: b.Reason, Digest: b.Digest,
		As: s.rolesOf(actor, a, r.paths()), AuthTime: actor.AuthTime,
	}
	lost := ""
	voted, err := s.opts.Requests.Vote(ctx, r.ID, vote, func(now Request) (Turn, error) {
		if err := s.votable(actor, a, now, b); err != nil {
			return Turn{}, err
		}
		if !b.Approve {
			return s.denied(now, vote, b), nil
		}
		now.Votes = append(now.Votes[:len(now.Votes):len(now.Votes)], vote)
		c, err := s.count(now, a, s.places(now, a, e), e, spent)
		if err != nil {
			return Turn{}, err
		}
		if lost = c.lost; lost != "" {
			return Turn{}, errAskerLost
		}
		if c.refusal != "" {
			return Turn{}, fault.New(fault.Conflict, c.refusal, "Nothing was sent to the backup service; try again tomorrow.")
		}
		return s.approved(now, vote, c, b), nil
	})
	switch {
	case errors.Is(err, errExpired):
		if _, err := s.expire(ctx, r); err != nil && !fault.Is(err, fault.Conflict) {
			return r, err
		}
		return r, fault.New(fault.Conflict, "Its time was over before enough had agreed.", "Whoever needs it asks anew.")
	case errors.Is(err, errAskerLost):
		if _, err := s.reject(ctx, r, lost); err != nil && !fault.Is(err, fault.Conflict) {
			return r, err
		}
		return r, fault.New(fault.Conflict, lost, "The request is over; nothing was sent to the backup service.")
	case err != nil:
		return r, s.refused(ctx, actor, r, b.Reason, b.HTTP, err)
	}
	return voted, nil
}

// mayVote decides about the person before anything is stored. Each refusal is written down with its reason.
func (s *Service) mayVote(ctx context.Context, actor policy.Actor, a action.Action, r Request, b Ballot) error {
	if why := s.whyNoVoice(actor, a, r, b.Approve); why != "" {
		return s.refuseVote(ctx, actor, r, b, why)
	}
	if b.Approve && s.opts.ReadOnly {
		return s.refuseVote(ctx, actor, r, b, "The portal is read-only at the moment: no change is sent.")
	}
	if !b.Approve && b.Reason == "" {
		return fault.New(fault.Invalid, "A reason is needed.", "Say why not, so that whoever asked knows what to do.")
	}
	return nil
}

// whyNoVoice says why the person has no vote on the request, whatever its state; "" when they have. An address can be taken
// on by anybody, so it takes away nobody's no: only the account that asked withdraws instead.
func (s *Service) whyNoVoice(actor policy.Actor, a action.Action, r Request, approve bool) string {
	switch {
	case actor.Key() == r.Person.Key, approve && approval.Same(actor.Person(), r.Person.voter()):
		return "Nobody agrees to their own request, under no account of theirs."
	case s.standing(actor, a, r.paths()) == nil:
		return "Only who may ask for this themselves, for every target, can vote on it."
	}
	return ""
}

func (s *Service) refuseVote(ctx context.Context, actor policy.Actor, r Request, b Ballot, why string) error {
	return s.refused(ctx, actor, r, b.Reason, b.HTTP, fault.New(fault.Denied, why, "The request waits for others."))
}

// refused writes down that somebody tried what they may not do with a request, and why they may not. What else stands in the
// way is no line.
func (s *Service) refused(ctx context.Context, actor policy.Actor, r Request, reason, http string, why error) error {
	if !fault.Is(why, fault.Denied) {
		return why
	}
	line := r.by(actor, audit.Refused, s.opts.Now(), http)
	line.Reason, line.Detail = reason, fault.Of(why).Message
	if _, err := s.opts.Store.Record(ctx, line); err != nil {
		return fmt.Errorf("record refusal: %w", err)
	}
	return why
}

// votable decides inside the transaction whether the request takes this vote.
func (s *Service) votable(actor policy.Actor, a action.Action, r Request, b Ballot) error {
	now := s.now(r)
	switch {
	case r.State == Awaiting && !now.Before(r.Expires):
		return errExpired
	case r.State != Awaiting && (b.Approve || r.State != Scheduled):
		return fault.New(fault.Conflict, "This request takes no vote any more.", "The page shows its state now.")
	case b.Digest != r.Digest:
		return fault.New(fault.Conflict, "The request is not what you saw: it was bound anew.", "Look at it again, and decide on what it shows now.")
	}
	if why := s.whyNoVoice(actor, a, r, b.Approve); why != "" {
		return fault.New(fault.Denied, why, "The request waits for others.")
	}
	if a.Risk == action.Destructive {
		return s.fresh(actor, now)
	}
	return nil
}

// denied is the turn of a no: it is over.
func (s *Service) denied(r Request, v Vote, b Ballot) Turn {
	line := r.voteLine(audit.Denied, v, b, s.now(r))
	return Turn{
		ID: r.ID, Version: r.Version, To: Rejected, Items: Rejected, Line: line,
		Detail: "Denied by " + v.Person.Name + ".", Notices: r.tell(Over, false),
	}
}

// approved is the turn of a yes: more are needed, or it runs.
func (s *Service) approved(r Request, v Vote, c count, b Ballot) Turn {
	turn := Turn{ID: r.ID, Version: r.Version, Line: r.voteLine(audit.Approved, v, b, s.now(r))}
	switch {
	case !c.Met:
		turn.Line.Detail = strings.TrimSpace("Still needed: " + c.Missing.Words() + ". " + c.over)
	case r.UndoWindow > 0:
		turn.To, turn.Wait, turn.Notices = Scheduled, r.UndoWindow, r.tell(Soon, true)
		turn.Detail = "Enough have agreed; it runs when its undo window is over."
		turn.Line.Detail = turn.Detail
	default:
		turn.To, turn.Line.Detail = Running, "Enough have agreed; it runs now."
	}
	return turn
}

func (r Request) voteLine(outcome audit.Outcome, v Vote, b Ballot, at time.Time) audit.Line {
	line := r.line(outcome, at)
	line.Actor = audit.Actor{Key: v.Person.Key, Name: v.Person.Name, Email: v.Person.Email, Address: v.Person.Address}
	line.Reason, line.Request = v.Reason, b.HTTP
	return line
}
