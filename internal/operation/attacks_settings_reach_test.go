package operation_test

import (
	"testing"

	"backup-portal/internal/backup"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/internal/settings"
)

// TestColdStorageIsNotEmptiedAlone: who shortens the days in cold storage deletes the archives of devices that are
// deactivated, so those count in the budget too.
func TestColdStorageIsNotEmptiedAlone(t *testing.T) {
	t.Parallel()
	r := setup(t, rules(t, small))
	mara := r.person("mara", policy.OrgManager, r.root.UID)
	of := map[string]int{}
	for _, d := range r.emulator.Snapshot().Devices {
		if d.OrgUID != r.root.UID {
			of[d.OrgUID]++
		}
	}
	org := r.device.OrgUID
	for uid, devices := range of {
		if devices > of[org] {
			org = uid
		}
	}
	if of[org] <= 3 {
		t.Fatalf("%d devices are within the budget", of[org])
	}
	for _, d := range r.emulator.Snapshot().Devices {
		if d.OrgUID == org && d.Active {
			if err := r.client.Writer().DeactivateDevice(t.Context(), backup.DeviceID(d.ID)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := r.fleet.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	const kept settings.Key = "quota.archiveHoldDays"
	op, err := r.service.Submit(t.Context(), mara, change("org.settings", org, r.wants(org, wanting{kept: "0"})))
	if err != nil || op.State != operation.Awaiting || r.writes() != 0 {
		t.Errorf("cold storage of %d deactivated devices is emptied by one person: %v %s", of[org], err, describe(op))
	}
}
