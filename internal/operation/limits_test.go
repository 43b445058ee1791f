package operation_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/backup"
	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// TestRefusedSettlementWritesNoNovel: the log keeps its lines for ever, so whoever may not settle cannot fill it either.
func TestRefusedSettlementWritesNoNovel(t *testing.T) {
	t.Parallel()
	r := setup(t)
	op := r.unknown()
	_, err := r.service.Settle(t.Context(), r.actor(policy.OrgManager, r.root.UID), op.ID, true, strings.Repeat("x", 100_000), "req")
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("an overlong reason of somebody who may not settle: %v", err)
	}
	events, err := r.store.Events(t.Context(), op.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if len(e.Line.Reason) > 4*500 {
			t.Errorf("line %d holds a reason of %d bytes", e.Seq, len(e.Line.Reason))
		}
	}
}

// TestKnownOutcomeSurvivesAnEarlyRecovery: the clock jumps past the deadline while the vendor works. This process knows
// that it still waits; another one does not and calls the operation unknown, and then the answer is the last word.
func TestKnownOutcomeSurvivesAnEarlyRecovery(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		recover func(*road, operation.Operation) error
		trail   string
	}{
		"by this process": {func(r *road, _ operation.Operation) error {
			_, err := r.service.Recover(r.t.Context(), true)
			return err
		}, "intent succeeded"},
		"by another": {func(r *road, op operation.Operation) error {
			line := audit.Line{Actor: audit.Actor{Key: "system"}, Action: op.Action, Outcome: audit.Unknown, Operation: op.ID}
			_, err := r.store.Move(r.t.Context(), operation.Move{ID: op.ID, Version: op.Version, To: operation.Unknown, Line: line})
			return err
		}, "intent unknown succeeded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t, func(o *operation.Options) { o.AnswerAfter = time.Nanosecond })
			gate := r.emulator.DelayAfter(blockRequests())
			in := r.submission("device.block")
			op, err := r.service.Submit(t.Context(), r.admin(), in)
			if err != nil {
				t.Fatal(err)
			}
			<-gate.Arrived()
			if err := c.recover(r, op); err != nil {
				t.Fatal(err)
			}
			gate.Release()
			op = r.await(in.ID, operation.Succeeded)
			if got := r.trail(in.ID); got != c.trail {
				t.Errorf("%s: %s, want %s", describe(op), got, c.trail)
			}
			if r.changes() != 1 {
				t.Errorf("%d calls reached the vendor", r.changes())
			}
		})
	}
}

// TestPanicInACheckIsNoAnswer: reading back runs behind everybody's back, where a panic would end the portal.
func TestPanicInACheckIsNoAnswer(t *testing.T) {
	t.Parallel()
	r := setup(t, func(o *operation.Options) {
		a := catalogueOf(t, "device.block")
		a.Check = func(context.Context, *backup.Reader, action.Order) (action.Finding, error) {
			panic("a device nobody thought of")
		}
		o.Catalogue = []action.Action{a}
	})
	r.emulator.FailNext(blockRequests(), backupemu.Failure{Status: 500}, 1)
	in := r.submission("device.block")
	if _, err := r.service.Submit(t.Context(), r.admin(), in); err != nil {
		t.Fatal(err)
	}
	op := r.await(in.ID, operation.Unknown)
	if op, err := r.service.CheckAgain(t.Context(), r.admin(), op.ID, "req"); err != nil || op.State != operation.Unknown {
		t.Errorf("%s, %v", describe(op), err)
	}
}
