package operation_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/backup"
	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// unknown takes an operation to the state unknown: the vendor dropped the connection before doing anything.
func (r *road) unknown() operation.Operation {
	r.t.Helper()
	r.emulator.Drop(blockRequests(), 1)
	op, err := r.service.Submit(r.t.Context(), r.actor(policy.HelpDesk, r.device.OrgUID), r.submission("device.block"))
	if err != nil || op.State != operation.Unknown {
		r.t.Fatalf("%v %s", err, describe(op))
	}
	return op
}

func TestSettleByHand(t *testing.T) {
	t.Parallel()
	r := setup(t)
	op := r.unknown()
	for _, role := range []policy.Role{policy.HelpDesk, policy.OrgManager, policy.Auditor, policy.Viewer} {
		_, err := r.service.Settle(t.Context(), r.actor(role, r.root.UID), op.ID, true, "I looked", "req")
		if !fault.Is(err, fault.Denied) && !fault.Is(err, fault.NotFound) {
			t.Errorf("%s settles: %v", role, err)
		}
	}
	if _, err := r.service.Settle(t.Context(), r.admin(), op.ID, true, "  ", "req"); !fault.Is(err, fault.Invalid) {
		t.Errorf("settled without a reason: %v", err)
	}
	got, err := r.service.Settle(t.Context(), r.admin(), op.ID, false, "Looked in the console", "req")
	if err != nil || got.State != operation.Failed {
		t.Fatalf("%v %s", err, describe(got))
	}
	if _, err := r.service.Settle(t.Context(), r.admin(), op.ID, true, "Changed my mind", "req"); !fault.Is(err, fault.Conflict) {
		t.Errorf("settled twice: %v", err)
	}
	events, err := r.store.Events(t.Context(), op.ID)
	if err != nil {
		t.Fatal(err)
	}
	last := events[len(events)-1].Line
	if last.Outcome != audit.Failed || last.Actor.Key != r.admin().Key() || last.Reason != "Looked in the console" || !strings.Contains(last.Detail, "by hand") {
		t.Errorf("the line of the settlement: %+v", last)
	}
	if r.changes() != 1 {
		t.Errorf("%d changes were sent", r.changes())
	}
}

func TestCheckAgainWithoutAnAnswerStaysUnknown(t *testing.T) {
	t.Parallel()
	r := setup(t, func(o *operation.Options) {
		for i := range o.Catalogue {
			o.Catalogue = append([]action.Action{}, o.Catalogue...)
			o.Catalogue[i].Check = func(context.Context, *backup.Reader, action.Order) (action.Finding, error) {
				return action.NotHappened, errors.New("no answer")
			}
		}
	})
	op := r.unknown()
	got, err := r.service.CheckAgain(t.Context(), r.admin(), op.ID, "req")
	if err != nil || got.State != operation.Unknown || !strings.Contains(got.Checked, "did not answer") {
		t.Errorf("%v %s", err, describe(got))
	}
	if trail := r.trail(op.ID); trail != "intent unknown" {
		t.Errorf("trail %q", trail)
	}
}

func TestRecoverAfterACrash(t *testing.T) {
	t.Parallel()
	r := setup(t)
	op := operation.Operation{
		ID: operation.NewID(), Action: "device.block", Person: operation.Person{Key: r.admin().Key(), Name: "Test"},
		TargetKind: "device", TargetID: r.device.GUID, TargetName: r.device.Name, TargetOrgUID: r.device.OrgUID,
	}
	line := audit.Line{At: time.Now(), Actor: audit.Actor{Key: "k", Name: "Test"}, Action: op.Action, Outcome: audit.Intent, Operation: op.ID, OrgUIDs: []string{op.TargetOrgUID}}
	if _, _, err := r.store.Begin(t.Context(), op, time.Hour, line); err != nil {
		t.Fatal(err)
	}
	if n, err := r.service.Recover(t.Context(), false); n != 0 || err != nil {
		t.Errorf("an operation whose deadline has not passed is settled: %d %v", n, err)
	}
	if n, err := r.service.Recover(t.Context(), true); n != 1 || err != nil {
		t.Fatalf("at the start of the only process: %d %v", n, err)
	}
	if n, err := r.service.Recover(t.Context(), true); n != 0 || err != nil {
		t.Errorf("settled twice: %d %v", n, err)
	}
	if trail := r.trail(op.ID); trail != "intent unknown" {
		t.Errorf("trail %q", trail)
	}
	got, err := r.service.CheckAgain(t.Context(), r.admin(), op.ID, "req")
	if err != nil || got.State != operation.Failed || r.changes() != 0 {
		t.Errorf("%v %s; %d changes", err, describe(got), r.changes())
	}
}

func TestWhoMayReadAnOperation(t *testing.T) {
	t.Parallel()
	r := setup(t)
	op := r.unknown() // by a help desk
	own := r.actor(policy.HelpDesk, r.device.OrgUID)
	other := own
	other.Subject = "another help desk"
	for _, c := range []struct {
		name  string
		actor policy.Actor
		sees  bool
	}{
		{"who asked", own, true},
		{"another of the same role", other, false},
		{"org manager", r.actor(policy.OrgManager, r.device.OrgUID), true},
		{"auditor at the root", r.actor(policy.Auditor, r.root.UID), true},
		{"viewer", r.actor(policy.Viewer, r.root.UID), false},
		{"nobody", policy.Actor{}, false},
	} {
		_, err := r.service.Get(t.Context(), c.actor, op.ID)
		if c.sees && err != nil || !c.sees && !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", c.name, err)
		}
		listed, err := r.service.Unsettled(t.Context(), c.actor)
		if err != nil || (len(listed) == 1) != c.sees {
			t.Errorf("%s: %d unsettled operations listed (%v), sees=%t", c.name, len(listed), err, c.sees)
		}
	}
}

func TestPanicInAnActionIsUnknown(t *testing.T) {
	t.Parallel()
	r := setup(t, func(o *operation.Options) {
		o.Catalogue = []action.Action{catalogueOf(t, "device.block")}
		o.Catalogue[0].Run = func(context.Context, *backup.Writer, action.Order) error { panic("a defect") }
	})
	op, err := r.service.Submit(t.Context(), r.admin(), r.submission("device.block"))
	if err != nil || op.State != operation.Unknown || r.trail(op.ID) != "intent unknown" {
		t.Errorf("%v %s, trail %q", err, describe(op), r.trail(op.ID))
	}
}

func TestCloseFinishesRunningCalls(t *testing.T) {
	t.Parallel()
	r := setup(t, func(o *operation.Options) { o.AnswerAfter = time.Millisecond; o.CallLimit = 10 * time.Second })
	gate := r.emulator.DelayAfter(blockRequests())
	in := r.submission("device.block")
	if _, err := r.service.Submit(t.Context(), r.admin(), in); err != nil {
		t.Fatal(err)
	}
	<-gate.Arrived()
	closed := make(chan error, 1)
	go func() { closed <- r.service.Close(context.Background()) }()
	select {
	case err := <-closed:
		t.Fatalf("closed while a call was running: %v", err)
	default:
	}
	gate.Release()
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	if op, err := r.store.Operation(t.Context(), in.ID); err != nil || !strings.Contains("succeeded unknown", string(op.State)) {
		t.Errorf("%v %s", err, describe(op))
	}
	if _, err := r.service.Submit(t.Context(), r.admin(), r.submission("device.block")); err == nil {
		t.Error("a closed service takes another change")
	}
}
