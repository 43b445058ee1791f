package operation

import (
	"context"
	"slices"
	"strings"

	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
	"backup-portal/internal/policy"
)

// byHand begins the last word on a request that a person stopped. Those of the portal begin otherwise.
const byHand = "Stopped by hand"

// Stop halts a running request by hand: what is under way ends and is written down, the rest waits until somebody goes on.
func (s *Service) Stop(ctx context.Context, actor policy.Actor, id, reason, http string) (Request, error) {
	reason = strings.TrimSpace(reason)
	if err := shortEnough(reason); err != nil {
		return Request{}, err
	}
	r, err := s.Request(ctx, actor, id)
	if err != nil {
		return Request{}, err
	}
	if why := s.whyNotStop(actor, r); why != nil {
		return r, s.refused(ctx, actor, r, reason, http, why)
	}
	line := r.by(actor, audit.Stopped, s.now(r), http)
	line.Reason = reason
	told := slices.DeleteFunc(r.tell(Halted, true), func(n Notice) bool { return n.Person.Key == actor.Key() })
	if _, err := s.opts.Requests.Turn(ctx, Turn{
		ID: r.ID, Version: r.Version, To: Stopped, Detail: byHand + " by " + actor.Name + ".", Line: line, Notices: told,
	}); err != nil {
		return r, err
	}
	// The last item may have ended between the reading and the turn: then nobody has to go on.
	if err := s.endSettled(ctx, r.ID); err != nil {
		return r, err
	}
	return s.opts.Requests.Request(ctx, r.ID)
}

// StoppedByHand tells whether a request is stopped because a person wanted it, and not at an unknown outcome.
func (r Request) StoppedByHand() bool {
	return r.State == Stopped && strings.HasPrefix(r.Detail, byHand)
}

func (s *Service) whyNotStop(actor policy.Actor, r Request) error {
	switch {
	case r.State != Running:
		return fault.New(fault.Conflict, "It is not running.", "The page shows its state now.")
	case r.inState(Awaiting) == nil:
		return fault.New(fault.Conflict, "Nothing is left to be stopped: all of it was sent.", "The page shows what comes of it.")
	}
	return s.whyNotDrive(actor, r)
}
