package operation

import (
	"context"
	"fmt"
	"strings"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
	"backup-portal/internal/policy"
)

// checkLater reads an unknown outcome back once more, behind the caller's back.
func (s *Service) checkLater(ctx context.Context, a action.Action, op Operation) {
	if !s.start() {
		return
	}
	go func() {
		defer s.running.Done()
		timer := time.NewTimer(s.opts.CheckAfter)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.closing:
			return
		}
		if _, err := s.check(ctx, a, op, systemActor()); err != nil {
			s.opts.Logger.Info("second check did not settle the operation", "operation", op.ID, "err", err)
		}
	}()
}

func systemActor() audit.Actor { return audit.Actor{Key: audit.SystemKey, Name: "Backup Portal"} }

// CheckAgain reads an unknown outcome back for a person; it changes nothing at the vendor. Whoever sees the operation may.
func (s *Service) CheckAgain(ctx context.Context, actor policy.Actor, id, request string) (Operation, error) {
	op, err := s.Get(ctx, actor, id)
	if err != nil {
		return Operation{}, err
	}
	if op.State != Unknown {
		return op, nil
	}
	a, ok := s.catalogue[op.Action]
	if !ok {
		return op, fault.New(fault.Conflict, "This version of the portal does not know the action any more.", "Settle it by hand.")
	}
	op.Request = request
	return s.check(ctx, a, op, auditActor(actor))
}

func (s *Service) check(ctx context.Context, a action.Action, op Operation, by audit.Actor) (Operation, error) {
	order := action.Order{Target: op.target(), Params: op.Params}
	found, err := checkSafely(ctx, a, s.opts.Reader, order)
	if err != nil {
		checked := "The backup service did not answer the check."
		if noteErr := s.opts.Store.Note(ctx, op.ID, checked); noteErr != nil {
			return op, noteErr
		}
		op.Checked, op.CheckedAt = checked, s.opts.Now()
		return op, nil
	}
	e := s.checked(ctx, a, order, op, found)
	if status := s.reread(ctx, a, op.TargetID); status != "" && a.Changed == nil {
		e.detail += " The " + a.Kind.Noun + " is " + status + "."
		e.after = map[string]string{"status": status}
	}
	e.checked = e.detail
	line := op.line(e.outcome(), s.opts.Now())
	line.Actor = by
	return s.settled(ctx, op, e, line)
}

// checked is the ending of what a check has found. What the vendor has said was written before the call whose outcome nobody
// knew stays written, whatever has become of it since.
func (s *Service) checked(ctx context.Context, a action.Action, o action.Order, op Operation, found action.Finding) ending {
	e := ending{to: Succeeded, detail: "Checked: it happened.", attempts: op.Attempts, written: named(a, o)}
	switch {
	case found == action.Happened:
	case found == action.InPart:
		e.to, e.written = Partial, s.inForce(ctx, a, o, op.Written)
		e.detail = "Checked: it happened in part. " + partWords(a, o, e.written)
	case len(op.Written) > 0:
		e.to, e.written = Partial, op.Written
		e.detail = "Checked: the rest did not happen. " + partWords(a, o, e.written)
	default:
		e.to, e.written, e.detail = Failed, nil, "Checked: it did not happen."
	}
	if a.Changes && len(e.written) > 0 {
		o.State.Settings = s.sheetNow(ctx, a, o.Target.ID)
		e.before, e.after = changed(a, o, e.written)
	}
	return e
}

// settled writes the end of an unknown outcome; when somebody was faster, theirs stands and is shown.
func (s *Service) settled(ctx context.Context, op Operation, e ending, line audit.Line) (Operation, error) {
	line.Detail, line.Before, line.After = e.detail, e.before, e.after
	moved, err := s.opts.Store.Move(ctx, Move{
		ID: op.ID, Version: op.Version, To: e.to, Line: line,
		Attempts: op.Attempts, Detail: e.detail, Checked: e.checked, SetsCheck: e.checked != "",
		Written: e.written,
	})
	if fault.Is(err, fault.Conflict) {
		return s.opts.Store.Operation(ctx, op.ID)
	}
	if err != nil {
		return Operation{}, err
	}
	if err := s.endSettled(ctx, moved.Under); err != nil {
		s.opts.Logger.WarnContext(ctx, "request not ended after its last outcome was settled; it ends with its time", "id", moved.Under, "err", err)
	}
	return moved, nil
}

// Settle records what a person says is true of an unknown outcome, with their reason. Only where they may settle.
func (s *Service) Settle(ctx context.Context, actor policy.Actor, id string, happened bool, reason, request string) (Operation, error) {
	op, err := s.Get(ctx, actor, id)
	if err != nil {
		return Operation{}, err
	}
	reason = strings.TrimSpace(reason)
	op.Request = request
	// Before any line is written, a refusal's too: the log keeps it for ever.
	if err := shortEnough(reason); err != nil {
		return op, err
	}
	if !policy.May(actor, policy.SettleByHand, op.TargetOrgPath) {
		refusal := op.line(audit.Refused, s.opts.Now())
		refusal.Actor, refusal.Action, refusal.Reason = auditActor(actor), "operation.settle", reason
		refusal.Detail = "Only an admin of the organization may settle an outcome."
		if _, err := s.opts.Store.Record(ctx, refusal); err != nil {
			return op, fmt.Errorf("record refusal: %w", err)
		}
		return op, fault.New(fault.Denied, refusal.Detail, "Use Check again, or ask an admin.")
	}
	if reason == "" {
		return op, fault.New(fault.Invalid, "A reason is needed.", "Say how you know, for example where you looked.")
	}
	if op.State != Unknown {
		return op, fault.New(fault.Conflict, "The outcome is already settled.", "The page shows it now.")
	}
	a := s.catalogue[op.Action]
	order := action.Order{Target: op.target(), Params: op.Params}
	e := ending{to: Failed, detail: "Settled by hand: it did not happen."}
	switch {
	case happened:
		e = ending{to: Succeeded, detail: "Settled by hand: it happened.", written: named(a, order)}
	case len(op.Written) > 0:
		// Its first part did: the vendor has said so.
		e = ending{to: Partial, detail: "Settled by hand: the rest did not happen. " + partWords(a, order, op.Written), written: op.Written}
	}
	line := op.line(e.outcome(), s.opts.Now())
	line.Actor, line.Reason = auditActor(actor), reason
	return s.settled(ctx, op, e, line)
}

// Recover settles running operations that nobody can be waiting for: past their deadline, or with all (at the start
// of the only process) every one. Nothing is sent again; the outcome is unknown until it is checked.
func (s *Service) Recover(ctx context.Context, all bool) (int, error) {
	overdue, err := s.opts.Store.Overdue(ctx, all)
	if err != nil {
		return 0, err
	}
	settled := 0
	for _, op := range overdue {
		if _, here := s.sending.Load(op.ID); here {
			continue // this process is not done with it, however late it is and whatever the clock says
		}
		line := op.line(audit.Unknown, s.opts.Now())
		line.Actor = systemActor()
		line.Detail = "The portal stopped before the answer arrived. Nothing is sent again."
		_, err := s.opts.Store.Move(ctx, Move{ID: op.ID, Version: op.Version, To: Unknown, Line: line, Attempts: op.Attempts, Detail: line.Detail})
		if fault.Is(err, fault.Conflict) {
			continue // its own process was faster
		}
		if err != nil {
			return settled, fmt.Errorf("settle operation %s: %w", op.ID, err)
		}
		settled++
	}
	return settled, nil
}

func (o Operation) target() action.Target {
	return action.Target{
		Kind: o.TargetKind, ID: o.TargetID, Name: o.TargetName,
		OrgUID: o.TargetOrgUID, OrgName: o.TargetOrgName, OrgPath: o.TargetOrgPath,
	}
}

func auditActor(a policy.Actor) audit.Actor {
	return audit.Actor{Key: a.Key(), Name: a.Name, Email: a.Email, Address: a.Address}
}
