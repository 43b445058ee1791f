package operation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"backup-portal/internal/audit"
)

// Tend does what time asks of requests: expires those past their lifetime, starts those whose undo window is over, and
// goes on with those whose portal is gone. A loop under the database's lease calls it.
func (s *Service) Tend(ctx context.Context) error {
	due, err := s.opts.Requests.Due(ctx)
	if err != nil {
		return err
	}
	var failures error
	for _, r := range due {
		if err := unlessFaster(s.tend(ctx, r)); err != nil {
			failures = errors.Join(failures, fmt.Errorf("tend request %s: %w", r.ID, err))
		}
	}
	return failures
}

func (s *Service) tend(ctx context.Context, r Request) error {
	late := !s.now(r).Before(r.patience())
	switch r.State {
	case Awaiting:
		_, err := s.expire(ctx, r)
		return err
	case Scheduled:
		if late {
			_, err := s.expire(ctx, r)
			return err
		}
		if s.opts.ReadOnly {
			return nil
		}
		const why = "Its undo window is over."
		if _, err := s.opts.Requests.Turn(ctx, Turn{ID: r.ID, Version: r.Version, To: Running, Line: r.systemLine(audit.Started, s.now(r), why)}); err != nil {
			return err
		}
		s.drive(ctx, r.ID)
	case Running:
		// What is under way or unknown has its own end first.
		if late && r.inState(Awaiting) != nil && r.inState(Running) == nil && r.inState(Unknown) == nil {
			_, err := s.opts.Requests.Turn(ctx, s.leaveRest(r, "Its time was over before it could be sent."))
			return err
		}
		s.drive(ctx, r.ID)
	case Stopped:
		_, err := s.opts.Requests.Turn(ctx, s.leaveRest(r, "Its time was over while it was stopped."))
		return err
	}
	return nil
}

// patience is until when a request that enough have agreed to may be started, or gone on with by another portal.
func (r Request) patience() time.Time {
	if r.Due.IsZero() {
		return r.Expires
	}
	if late := r.Due.Add(time.Hour); late.After(r.Expires) {
		return late
	}
	return r.Expires
}
