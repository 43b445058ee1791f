package operation_test

import (
	"testing"

	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

func TestAskedVotedRun(t *testing.T) {
	t.Parallel()
	r := setup(t)
	manager := r.person("mara", policy.OrgManager, r.device.OrgUID)
	admin := r.person("ada", policy.Admin, r.root.UID)
	q := r.ask(manager, "device.deactivate")
	if q.State != operation.Awaiting || r.changes() != 0 || !r.active(r.device.GUID) {
		t.Fatalf("asked: %s %s, %d changes", q.State, q.Detail, r.changes())
	}
	q = r.agree(admin, q)
	if q.State != operation.Ended || q.Detail != "Device deactivated." || r.active(r.device.GUID) {
		t.Errorf("voted: %s %q, active=%t", q.State, q.Detail, r.active(r.device.GUID))
	}
	if got := r.steps(q.ID); got != "requested approved intent succeeded ended" {
		t.Errorf("trail %q", got)
	}
}
