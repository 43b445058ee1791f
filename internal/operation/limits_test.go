package operation_test

import (
	"strings"
	"testing"
	"time"

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

// TestKnownOutcomeSurvivesAnEarlyRecovery: the clock jumps past the deadline while the vendor works, the recovery calls
// the operation unknown, and then the answer arrives: it is the last word, not lost.
func TestKnownOutcomeSurvivesAnEarlyRecovery(t *testing.T) {
	t.Parallel()
	r := setup(t, func(o *operation.Options) { o.AnswerAfter = time.Nanosecond })
	gate := r.emulator.DelayAfter(blockRequests())
	in := r.submission("device.block")
	if _, err := r.service.Submit(t.Context(), r.admin(), in); err != nil {
		t.Fatal(err)
	}
	<-gate.Arrived()
	if n, err := r.service.Recover(t.Context(), true); err != nil || n != 1 {
		t.Fatalf("recovery settled %d, %v", n, err)
	}
	gate.Release()
	op := r.await(in.ID, operation.Succeeded)
	if got := r.trail(in.ID); got != "intent unknown succeeded" {
		t.Errorf("%s: %s", describe(op), got)
	}
	if r.changes() != 1 {
		t.Errorf("%d calls reached the vendor", r.changes())
	}
}
