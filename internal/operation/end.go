package operation

import (
	"context"
	"fmt"
	"strings"
	"time"

	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
	"backup-portal/internal/policy"
)

// Withdraw ends a request before anything was sent: by who asked, or, in its undo window, by whoever may vote on it.
func (s *Service) Withdraw(ctx context.Context, actor policy.Actor, id, reason, http string) (Request, error) {
	reason = strings.TrimSpace(reason)
	if err := shortEnough(reason); err != nil {
		return Request{}, err
	}
	r, err := s.Request(ctx, actor, id)
	if err != nil {
		return Request{}, err
	}
	if why := s.whyNotWithdraw(actor, r); why != nil {
		return r, s.refused(ctx, actor, r, reason, http, why)
	}
	line := r.by(actor, audit.Withdrawn, s.now(r), http)
	line.Reason = reason
	turn := Turn{ID: r.ID, Version: r.Version, To: Withdrawn, Items: Withdrawn, Line: line, Detail: "Withdrawn by " + actor.Name + "."}
	if actor.Key() != r.Person.Key {
		turn.Notices = r.tell(Over, false)
	}
	return s.opts.Requests.Turn(ctx, turn)
}

func (s *Service) whyNotWithdraw(actor policy.Actor, r Request) error {
	a := s.catalogue[r.Action]
	switch own := r.Person.Key == actor.Key(); {
	case r.State != Awaiting && r.State != Scheduled:
		return fault.New(fault.Conflict, "It cannot be withdrawn any more.", "The page shows its state now.")
	case own:
		return nil
	case r.State == Awaiting:
		return fault.New(fault.Denied, "Only who asked for it can withdraw it.", "Deny it instead, with a reason.")
	case s.standing(actor, a, r.paths()) == nil:
		return fault.New(fault.Denied, "Only who asked for it, or may vote on it, can stop it.", "Tell one of them.")
	}
	return nil
}

// Continue runs the rest of a stopped request whose unknown outcome is settled.
func (s *Service) Continue(ctx context.Context, actor policy.Actor, id, http string) (Request, error) {
	r, err := s.Request(ctx, actor, id)
	if err != nil {
		return Request{}, err
	}
	if why := s.whyNotContinue(actor, r); why != nil {
		return r, s.refused(ctx, actor, r, "", http, why)
	}
	line := r.by(actor, audit.Started, s.now(r), http)
	line.Detail = "The outcome that it stopped at is settled; the rest is run."
	if r.StoppedByHand() {
		line.Detail = "It was stopped by hand; the rest is run."
	}
	if r, err = s.opts.Requests.Turn(ctx, Turn{ID: r.ID, Version: r.Version, To: Running, Line: line}); err != nil {
		return Request{}, err
	}
	return s.begin(ctx, r)
}

func (s *Service) whyNotContinue(actor policy.Actor, r Request) error {
	switch {
	case r.State != Stopped:
		return fault.New(fault.Conflict, "It is not stopped.", "The page shows its state now.")
	case !s.now(r).Before(r.Expires):
		return fault.New(fault.Conflict, "Its time was over while it was stopped.", "What was not sent is left out; whoever needs it asks anew.")
	case r.inState(Unknown) != nil:
		return fault.New(fault.Conflict, "The outcome that it stopped at is not settled yet.", "Check it again, or let an admin settle it by hand.")
	case s.opts.ReadOnly:
		return fault.New(fault.Denied, "The portal is read-only at the moment: no change is sent.", "Go on when it is not any more.")
	}
	return s.whyNotDrive(actor, r)
}

// Finish leaves out the rest of a stopped request.
func (s *Service) Finish(ctx context.Context, actor policy.Actor, id, http string) (Request, error) {
	r, err := s.Request(ctx, actor, id)
	if err != nil {
		return Request{}, err
	}
	if why := s.whyNotFinish(actor, r); why != nil {
		return r, s.refused(ctx, actor, r, "", http, why)
	}
	turn := s.leaveRest(r, "Ended by "+actor.Name+" after it had stopped.")
	turn.Line = r.by(actor, audit.Ended, s.now(r), http)
	turn.Line.Detail = turn.Detail
	return s.opts.Requests.Turn(ctx, turn)
}

func (s *Service) whyNotFinish(actor policy.Actor, r Request) error {
	switch {
	case r.State != Stopped:
		return fault.New(fault.Conflict, "It is not stopped.", "The page shows its state now.")
	case r.inState(Running) != nil:
		return fault.New(fault.Conflict, "One change is still under way.", "End it when that one has an outcome.")
	}
	return s.whyNotDrive(actor, r)
}

// whyNotDrive says why the person may not say how a stopped request goes on.
func (s *Service) whyNotDrive(actor policy.Actor, r Request) error {
	a := s.catalogue[r.Action]
	if r.Person.Key != actor.Key() && s.standing(actor, a, r.paths()) == nil {
		return fault.New(fault.Denied, "Only who asked for it, or may vote on it, says how it goes on.", "Tell one of them.")
	}
	return nil
}

// expire ends a request whose time was over before enough had agreed.
func (s *Service) expire(ctx context.Context, r Request) (Request, error) {
	const why = "Its time was over before enough had agreed."
	return s.opts.Requests.Turn(ctx, Turn{
		ID: r.ID, Version: r.Version, To: Expired, Items: Expired, Detail: why,
		Line: r.systemLine(audit.Expired, s.now(r), why), Notices: r.tell(Over, false),
	})
}

// reject ends a request that may not run any more, before anything of it was sent.
func (s *Service) reject(ctx context.Context, r Request, why string) (Request, error) {
	return s.opts.Requests.Turn(ctx, Turn{
		ID: r.ID, Version: r.Version, To: Rejected, Items: Rejected, Detail: why,
		Line: r.systemLine(audit.Refused, s.now(r), why), Notices: r.tell(Over, false),
	})
}

// leaveRest is the turn that ends a request with what was not run left out.
func (s *Service) leaveRest(r Request, why string) Turn {
	rest := r
	rest.Items = append([]Operation(nil), r.Items...)
	for i := range rest.Items {
		if rest.Items[i].State == Awaiting {
			rest.Items[i].State, rest.Items[i].Detail = LeftOut, why
		}
	}
	detail := s.summary(rest)
	return Turn{
		ID: r.ID, Version: r.Version, To: Ended, Items: LeftOut, Why: why, Detail: detail,
		Line: r.systemLine(audit.Ended, s.now(r), detail), Notices: r.tell(Over, false),
	}
}

// by is a line about the request by somebody who turns it.
func (r Request) by(actor policy.Actor, outcome audit.Outcome, at time.Time, http string) audit.Line {
	line := r.line(outcome, at)
	line.Actor, line.Reason, line.Request = auditActor(actor), "", http
	return line
}

// inState is the first item in this state, or nil.
func (r Request) inState(state State) *Operation {
	for i := range r.Items {
		if r.Items[i].State == state {
			return &r.Items[i]
		}
	}
	return nil
}

// summary says what came of the items: "11 of 12 devices deactivated; 1 left out: on legal hold".
func (s *Service) summary(r Request) string {
	past := "changed"
	if a, ok := s.catalogue[r.Action]; ok {
		past = a.Past
		if len(r.Items) == 1 && r.Items[0].State == Succeeded {
			return a.Done + "."
		}
	}
	tally := map[State]int{}
	reasons := map[State]string{}
	for _, op := range r.Items {
		tally[op.State]++
		switch reasons[op.State] {
		case "", op.Detail:
			reasons[op.State] = op.Detail
		default:
			reasons[op.State] = "for different reasons"
		}
	}
	words := []string{fmt.Sprintf("%d of %s %s", tally[Succeeded], r.targets(), past)}
	for _, part := range []struct {
		state State
		word  string
	}{{Failed, "failed"}, {Partial, "failed in part"}, {Unknown, "with an unknown outcome"}, {LeftOut, "left out"}} {
		if n := tally[part.state]; n > 0 {
			words = append(words, fmt.Sprintf("%d %s: %s", n, part.word, strings.TrimSuffix(reasons[part.state], ".")))
		}
	}
	return strings.Join(words, "; ") + "."
}
