package store

import (
	"testing"
	"time"

	"backup-portal/internal/inventory"
)

// TestADeviceSeenInTheFutureIsNotFrozen: a clock ran ahead and was set right; what was written in between must not hold
// a device in its old organization for as long.
func TestADeviceSeenInTheFutureIsNotFrozen(t *testing.T) {
	t.Parallel()
	onEvery(t, aDeviceSeenInTheFutureIsNotFrozen)
}

func aDeviceSeenInTheFutureIsNotFrozen(t *testing.T, open opener) {
	c := newClock()
	s := open(t, c)
	mirrorOrg(t, s, "old", "/root/old/")
	mirrorOrg(t, s, "new", "/root/new/")
	org := func() string {
		d, err := s.Device(t.Context(), inventory.Everything(), "1")
		if err != nil {
			t.Fatal(err)
		}
		return d.OrgUID
	}
	seen := func(orgUID string, at time.Time) {
		if err := s.DeviceSeen(t.Context(), inventory.Device{GUID: "1", Name: "laptop", OrgUID: orgUID, SeenAt: at}); err != nil {
			t.Fatal(err)
		}
	}
	seen("old", c.Now().Add(365*24*time.Hour))
	seen("new", c.Now())
	if got := org(); got != "new" {
		t.Errorf("a live reading after the clock was set right leaves the device in %q", got)
	}
	seen("old", c.Now().Add(365*24*time.Hour))
	generation, err := s.SyncStarted(t.Context(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	page := inventory.SyncBatch{Devices: []inventory.Device{{GUID: "1", Name: "laptop", OrgUID: "new", SeenAt: c.Now()}}}
	if _, err := s.SyncWrote(t.Context(), generation, page); err != nil || org() != "new" {
		t.Errorf("a sync after the clock was set right leaves the device in %q, %v", org(), err)
	}
	// What was read live since the crawl began still wins.
	began := c.Now()
	seen("old", c.Now())
	page.Devices[0].SeenAt = began
	if _, err := s.SyncWrote(t.Context(), generation, page); err != nil || org() != "old" {
		t.Errorf("an older page moved the device to %q, %v", org(), err)
	}
}

// TestAnOperationDoesNotStayBehindItsDevice: the device lies where nobody may look, so its operation does too.
func TestAnOperationDoesNotStayBehindItsDevice(t *testing.T) {
	t.Parallel()
	onEvery(t, anOperationDoesNotStayBehindItsDevice)
}

func anOperationDoesNotStayBehindItsDevice(t *testing.T, open opener) {
	c := newClock()
	s := open(t, c)
	mirrorOrg(t, s, "o1", "/root/o1/")
	mirrorOrg(t, s, "circle", "")
	op := begin(t, s, block("op1", "d1"))
	for orgUID, want := range map[string]string{"o1": "/root/o1/", "circle": "", "not met yet": ""} {
		if err := s.DeviceSeen(t.Context(), inventory.Device{GUID: "d1", OrgUID: orgUID, SeenAt: c.Now()}); err != nil {
			t.Fatal(err)
		}
		got, err := s.Operation(t.Context(), op.ID)
		if err != nil || got.TargetOrgPath != want {
			t.Errorf("with its device in %q the operation lies at %q, want %q (%v)", orgUID, got.TargetOrgPath, want, err)
		}
	}
}
