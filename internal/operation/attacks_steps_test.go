package operation_test

import (
	"strings"
	"testing"
	"time"

	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// The attacks on what can be done with a request beside voting on it.

// stopped is a request about three devices that stopped at the second one, whose outcome is settled since.
func (r *road) stopped(at *sends) (q operation.Request, asker policy.Actor) {
	r.t.Helper()
	asker, voter := r.person("mara", policy.OrgManager, r.root.UID), r.person("ada", policy.Admin, r.root.UID)
	q = r.several(r.devices(3))
	at.before(q.Items[1].ID, func() { r.emulator.Drop(deactivations(), 1) })
	r.agree(voter, q)
	q = r.awaitRequest(q.ID, operation.Stopped)
	if _, err := r.service.CheckAgain(r.t.Context(), asker, q.Items[1].ID, "req"); err != nil {
		r.t.Fatal(err)
	}
	return r.request(q.ID), asker
}

// TestRefusedStepsAreLines: who tries what they may not do with a request leaves a line behind, also who holds a session
// that is too old for it.
func TestRefusedStepsAreLines(t *testing.T) {
	t.Parallel()
	r := setup(t, rules(t, window))
	auditor, late := r.person("otto", policy.Auditor, r.root.UID), r.person("anna", policy.Admin, r.root.UID)
	late.AuthTime = r.now().Add(-time.Hour)
	q, _, _ := r.agreed()
	step := func(name string, id string, try func() (operation.Request, error)) {
		t.Helper()
		before := r.steps(id)
		if _, err := try(); !fault.Is(err, fault.Denied) {
			t.Errorf("%s: %v", name, err)
		}
		if got := strings.TrimPrefix(r.steps(id), before); got != " refused" {
			t.Errorf("%s: the trail grew by %q", name, got)
		}
	}
	step("stopping it in its undo window", q.ID, func() (operation.Request, error) {
		return r.service.Withdraw(t.Context(), auditor, q.ID, "never", "req")
	})
	step("a no with an old sign-in", q.ID, func() (operation.Request, error) {
		return r.service.Vote(t.Context(), late, no(q))
	})
}

// TestWhoGoesOnWithWhatStopped: how a stopped request goes on is said by who asked or may vote; others leave a line.
func TestWhoGoesOnWithWhatStopped(t *testing.T) {
	t.Parallel()
	var at sends
	r := setup(t, at.watch)
	auditor := r.person("otto", policy.Auditor, r.root.UID)
	q, asker := r.stopped(&at)
	before, sent := r.steps(q.ID), r.changes()
	for name, try := range map[string]func() (operation.Request, error){
		"going on":  func() (operation.Request, error) { return r.service.Continue(t.Context(), auditor, q.ID, "req") },
		"ending it": func() (operation.Request, error) { return r.service.Finish(t.Context(), auditor, q.ID, "req") },
	} {
		if _, err := try(); !fault.Is(err, fault.Denied) {
			t.Errorf("an auditor, %s: %v", name, err)
		}
	}
	if got := strings.TrimPrefix(r.steps(q.ID), before); got != " refused refused" {
		t.Errorf("the trail grew by %q", got)
	}
	r.pass(25 * time.Hour)
	if _, err := r.service.Continue(t.Context(), asker, q.ID, "req"); !fault.Is(err, fault.Conflict) || r.changes() != sent {
		t.Errorf("going on after its time: %v, %d changes more", err, r.changes()-sent)
	}
}
