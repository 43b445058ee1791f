package operation

import (
	"context"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
)

const (
	claimFor   = time.Minute            // one portal drives a request; when it is gone another may after this time
	claimAgain = claimFor / 3           // how often it says that it is there
	serialWait = 500 * time.Millisecond // between two looks at a user whose other device is being changed
)

// begin starts a request's run and answers what came of it within AnswerAfter, when it is about one target; of several the
// page tells.
func (s *Service) begin(ctx context.Context, r Request) (Request, error) {
	done := s.drive(ctx, r.ID)
	if len(r.Items) > 1 {
		return r, nil
	}
	wait := time.NewTimer(s.opts.AnswerAfter)
	defer wait.Stop()
	select {
	case <-done:
	case <-wait.C:
	case <-ctx.Done():
		return r, nil
	}
	return s.opts.Requests.Request(ctx, r.ID)
}

// drive runs a request's items one after the other behind its caller's back, until it ends, stops or has to wait. The
// channel is closed then.
func (s *Service) drive(ctx context.Context, id string) <-chan struct{} {
	done := make(chan struct{})
	if !s.takeWheel(id) {
		close(done)
		return done
	}
	if !s.start() {
		s.leaveWheel(id)
		close(done) // the next portal goes on
		return done
	}
	go func() {
		defer s.running.Done()
		defer close(done)
		ctx := context.WithoutCancel(ctx)
		for {
			if err := s.runItems(ctx, id); err != nil {
				s.opts.Logger.ErrorContext(ctx, "request not driven on; it is tried again", "id", id, "err", err)
			}
			if !s.leaveWheel(id) {
				return
			}
		}
	}()
	return done
}

// takeWheel tells whether the caller drives the request; whoever drives it already is told to look once more before leaving:
// it may be on its way out because of what it read a moment ago.
func (s *Service) takeWheel(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, driven := s.driving[id]; driven {
		s.driving[id] = true
		return false
	}
	s.driving[id] = false
	return true
}

// leaveWheel ends a drive, unless somebody wanted to drive meanwhile.
func (s *Service) leaveWheel(id string) (again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if again = s.driving[id] && !s.closed; again {
		s.driving[id] = false
		return true
	}
	delete(s.driving, id)
	return false
}

// runItems takes one step after the other while this portal has the claim.
func (s *Service) runItems(ctx context.Context, id string) error {
	ours, err := s.opts.Requests.Claim(ctx, id, s.opts.Holder, claimFor)
	if err != nil || !ours {
		return err
	}
	// Given back at once, so that whoever goes on need not wait for its end.
	defer func() { _, _ = s.opts.Requests.Claim(ctx, id, s.opts.Holder, 0) }()
	defer s.keepClaim(ctx, id)()
	for {
		on, err := s.step(ctx, id)
		if err != nil || !on {
			return err
		}
	}
}

// keepClaim renews the claim while a call is under way, until it is stopped.
func (s *Service) keepClaim(ctx context.Context, id string) (stop func()) {
	ended, kept := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(kept)
		again := time.NewTicker(claimAgain)
		defer again.Stop()
		for {
			select {
			case <-ended:
				return
			case <-again.C:
				if _, err := s.opts.Requests.Claim(ctx, id, s.opts.Holder, claimFor); err != nil {
					s.opts.Logger.WarnContext(ctx, "claim on a request not renewed", "id", id, "err", err)
				}
			}
		}
	}()
	return func() { close(ended); <-kept }
}

// step takes a running request on by one item, and tells whether there is more to do now. All that it goes by is read
// anew: another portal may have been here.
func (s *Service) step(ctx context.Context, id string) (on bool, err error) {
	select {
	case <-s.closing:
		return false, nil
	default:
	}
	ours, err := s.opts.Requests.Claim(ctx, id, s.opts.Holder, claimFor)
	if err != nil || !ours {
		return false, err
	}
	r, err := s.opts.Requests.Request(ctx, id)
	if err != nil || r.State != Running {
		return false, err
	}
	a, known := s.catalogue[r.Action]
	next := r.inState(Awaiting)
	switch unknown := r.inState(Unknown); {
	case r.inState(Running) != nil:
		return false, nil // its portal may be gone; when its time is over it is settled as unknown
	case unknown != nil:
		return false, s.halt(ctx, r, *unknown)
	case next == nil:
		return false, s.finished(ctx, r)
	case s.opts.ReadOnly || !known:
		return false, nil
	}
	g, err := s.gate(ctx, r, a, *next)
	if err != nil {
		return false, err
	}
	if g.turn != nil {
		_, err := s.opts.Requests.Turn(ctx, *g.turn)
		return false, unlessFaster(err)
	}
	if g.wait {
		return false, nil
	}
	if g.out != "" {
		return true, unlessFaster(s.leaveOut(ctx, *next, g.out))
	}
	return s.runItem(ctx, a, g, *next)
}

// runItem writes the intent and sends, as a direct change does.
func (s *Service) runItem(ctx context.Context, a action.Action, g gated, op Operation) (on bool, err error) {
	intent := op.intent(a, g.reading, s.opts.Now())
	s.sending.Store(op.ID, true)
	defer s.sending.Delete(op.ID)
	begun, err := s.opts.Store.Move(ctx, Move{
		ID: op.ID, Version: op.Version, To: Running, Line: intent, Limit: s.opts.CallLimit + s.opts.Grace, Admission: g.admission,
	})
	if fault.Is(err, fault.Conflict) {
		// Another portal was faster, another device of the same user is being changed, or others have used up the budget.
		return s.pause(), nil
	}
	if err != nil {
		return false, err
	}
	s.perform(ctx, a, g.reading, begun)
	// Another portal may have called it unknown and stopped the request before the answer was here.
	return true, s.endSettled(ctx, op.Under)
}

// pause waits a moment; it answers false when the portal stops.
func (s *Service) pause() bool {
	wait := time.NewTimer(serialWait)
	defer wait.Stop()
	select {
	case <-wait.C:
		return true
	case <-s.closing:
		return false
	}
}

// leaveOut writes down that an item is not sent, and why.
func (s *Service) leaveOut(ctx context.Context, op Operation, why string) error {
	line := op.line(audit.Refused, s.opts.Now())
	line.Actor, line.Reason, line.Detail = systemActor(), "", why
	_, err := s.opts.Store.Move(ctx, Move{ID: op.ID, Version: op.Version, To: LeftOut, Line: line, Detail: why})
	return err
}

// halt stops a request at an outcome that nobody knows: the rest waits until somebody has looked.
func (s *Service) halt(ctx context.Context, r Request, at Operation) error {
	why := "It is not known what came of " + at.TargetName + "."
	if r.inState(Awaiting) != nil {
		why += " The rest was not sent."
	}
	_, err := s.opts.Requests.Turn(ctx, Turn{
		ID: r.ID, Version: r.Version, To: Stopped, Detail: why,
		Line: r.systemLine(audit.Stopped, s.now(r), why), Notices: r.tell(Halted, true),
	})
	return unlessFaster(err)
}

// finished ends a request whose items all have their own outcome.
func (s *Service) finished(ctx context.Context, r Request) error {
	detail := s.summary(r)
	_, err := s.opts.Requests.Turn(ctx, Turn{
		ID: r.ID, Version: r.Version, To: Ended, Detail: detail,
		Line: r.systemLine(audit.Ended, s.now(r), detail), Notices: r.tellEnd(),
	})
	return unlessFaster(err)
}

// endSettled ends a stopped request when the outcome that it stopped at is settled and nothing is left to be run. What is
// left otherwise waits for a person.
func (s *Service) endSettled(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	r, err := s.opts.Requests.Request(ctx, id)
	if err != nil || r.State != Stopped || r.inState(Awaiting) != nil || r.inState(Running) != nil || r.inState(Unknown) != nil {
		return err
	}
	return s.finished(ctx, r)
}

// unlessFaster forgets a lost compare-and-set: whoever was faster did what was to be done.
func unlessFaster(err error) error {
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	return err
}
