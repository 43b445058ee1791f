package operation

import (
	"context"
	"fmt"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/backup"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
)

// intent is the line that stands before a call: what it finds.
func (o Operation) intent(a action.Action, r Reading, at time.Time) audit.Line {
	line := o.line(audit.Intent, at)
	if line.Before = map[string]string{"status": r.Status}; a.Changed != nil {
		order := narrowed(a, r.Order)
		line.Before, _ = changed(a, order, named(a, order))
	}
	return line
}

// run writes the intent, then sends: no intent on record, no change. The call outlives its caller, who waits at most AnswerAfter.
func (s *Service) run(ctx context.Context, actor policy.Actor, a action.Action, o Reading, op Operation) (Operation, error) {
	if !s.start() {
		return Operation{}, fault.New(fault.Conflict, "The portal is stopping. Nothing was sent.", "Try again in a minute.")
	}
	intent := op.intent(a, o, s.opts.Now())
	op, existed, err := s.opts.Store.Begin(ctx, op, s.opts.CallLimit+s.opts.Grace, intent)
	if err != nil || existed {
		s.running.Done()
		if existed {
			return again(actor, a, Submission{ID: op.ID, Action: a.ID, TargetID: o.Target.ID, Params: o.Params}, op)
		}
		return Operation{}, err
	}

	s.sending.Store(op.ID, true)
	finished := make(chan Operation, 1)
	id := op.ID
	go func() {
		defer s.running.Done()
		defer s.sending.Delete(id)
		// A closed tab must not lose the outcome of a call that is already on its way.
		finished <- s.perform(context.WithoutCancel(ctx), a, o, op)
	}()
	wait := time.NewTimer(s.opts.AnswerAfter)
	defer wait.Stop()
	select {
	case op = <-finished:
	case <-wait.C:
	case <-ctx.Done():
	}
	return op, nil
}

// perform sends the one call and writes its outcome by the table of docs/architecture.md.
func (s *Service) perform(ctx context.Context, a action.Action, o Reading, op Operation) Operation {
	log := s.opts.Logger.With("request", op.Request, "operation", op.ID, "action", a.ID, "target", op.TargetID)
	trace := &backup.Trace{}
	call, cancel := context.WithTimeout(backup.WithTrace(ctx, trace), s.opts.CallLimit)
	order := narrowed(a, o.Order)
	err := runSafely(call, a, s.opts.Writer, order)
	cancel()
	log.Info("change sent", "attempts", trace.Attempts, "status", trace.Status, "err", err)

	end := s.judge(ctx, a, order, err)
	end.attempts = max(trace.Attempts, backup.Attempts(err))
	if end.to == Succeeded && a.Undo.Until != nil {
		end.undoUntil = a.Undo.Until(s.opts.Now(), o.State)
	}
	line := op.line(end.outcome(), s.opts.Now())
	if line.Before = end.before; end.after != nil && a.Changed == nil {
		line.Before = map[string]string{"status": o.Status}
	}
	op, writeErr := s.conclude(ctx, op, end, line)
	if writeErr != nil {
		log.Error("outcome not written; the operation will be settled as unknown", "outcome", end.to, "err", writeErr)
		return op
	}
	if op.State == Unknown {
		s.checkLater(ctx, a, op)
	}
	return op
}

// runSafely keeps a panic in an action from taking the process down with the outcome unwritten.
func runSafely(ctx context.Context, a action.Action, w *backup.Writer, o action.Order) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("action %s panicked: %v", a.ID, p)
		}
	}()
	return a.Run(ctx, w, o)
}

// checkSafely is runSafely for reading back.
func checkSafely(ctx context.Context, a action.Action, r *backup.Reader, o action.Order) (found action.Finding, err error) {
	defer func() {
		if p := recover(); p != nil {
			found, err = action.NotHappened, fmt.Errorf("check of action %s panicked: %v", a.ID, p)
		}
	}()
	return a.Check(ctx, r, o)
}

// reread refreshes the mirror's row of a target and answers its status in the vendor's words, "" when it cannot be read.
// What else the change may have reached is renewed behind it; what is new below it at once, for the next page leads there.
func (s *Service) reread(ctx context.Context, a action.Action, id string) string {
	of, ok := s.readers[a.Kind.ID]
	if !ok {
		return ""
	}
	switch {
	case a.Grows:
		s.renew(ctx, of.reached, a.Kind, id, readBack)
	case a.Settings == nil:
		s.renewLater(ctx, of.reached, a.Kind, id)
	default:
		s.renewLater(ctx, of.reset, a.Kind, id)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	reading, err := of.alone(ctx, inventory.Everything(), id)
	if err != nil || reading.Failure != nil {
		return ""
	}
	return reading.Status
}

// renewLater brings the mirror's rows up to date that a change of the target has reached, while nobody waits.
func (s *Service) renewLater(ctx context.Context, read func(context.Context, string) error, k action.Kind, id string) {
	if !s.start() {
		return
	}
	go func() {
		defer s.running.Done()
		s.renew(context.WithoutCancel(ctx), read, k, id, s.opts.Grace)
	}()
}

func (s *Service) renew(ctx context.Context, read func(context.Context, string) error, k action.Kind, id string, limit time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := read(ctx, id); err != nil {
		s.opts.Logger.Warn("mirror not renewed after a change; the next sync does", "kind", k.ID, "target", id, "err", err)
	}
}

// conclude writes the outcome. While the database cannot be written it tries again until the deadline:
// an outcome that is known must not become unknown because a disk was full for a moment.
func (s *Service) conclude(ctx context.Context, op Operation, e ending, line audit.Line) (Operation, error) {
	line.Detail, line.Attempts, line.After = e.detail, attemptsWorthTelling(e.attempts), e.after
	move := Move{
		ID: op.ID, Version: op.Version, To: e.to, Line: line,
		Attempts: e.attempts, Detail: e.detail, Checked: e.checked, SetsCheck: e.checked != "",
		UndoUntil: e.undoUntil, Written: e.written,
	}
	again := time.NewTicker(time.Second)
	defer again.Stop()
	until := time.NewTimer(s.opts.Grace)
	defer until.Stop()
	for {
		moved, err := s.opts.Store.Move(ctx, move)
		if err == nil {
			return moved, nil
		}
		if fault.Is(err, fault.Conflict) {
			current, ok := s.calledUnknown(ctx, op.ID, e)
			if !ok {
				return op, err
			}
			move.Version = current.Version
			continue
		}
		select {
		case <-again.C:
		case <-until.C:
			return op, err
		case <-s.closing:
			return op, err
		}
	}
}

// calledUnknown answers the operation when, while this process still waited for the answer, its deadline passed (a slow
// disk, a clock that jumped) and it was called unknown: what the vendor said is the better word and is written after it.
func (s *Service) calledUnknown(ctx context.Context, id string, e ending) (Operation, bool) {
	current, err := s.opts.Store.Operation(ctx, id)
	return current, err == nil && current.State == Unknown && CanMove(Unknown, e.to)
}

// attemptsWorthTelling keeps "1" out of every line.
func attemptsWorthTelling(n int) int {
	if n > 1 {
		return n
	}
	return 0
}
