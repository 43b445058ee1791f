package inventory_test

import (
	"testing"
	"time"

	emulator "backup-portal/internal/emulator/backup"
	"backup-portal/internal/inventory"
)

// onHold counts the mirror's devices and users who are on hold, or are not.
func (f *fixture) onHold(yes bool) (devices, users int) {
	f.t.Helper()
	d := f.search(inventory.DeviceQuery{Scope: inventory.Everything(), OnHold: &yes, Limit: 1})
	u, err := f.Users(f.t.Context(), inventory.UserQuery{Scope: inventory.Everything(), OnHold: &yes, Limit: 1})
	if err != nil {
		f.t.Fatal(err)
	}
	return d.Total, u.Total
}

func (f *fixture) wantHolds(what string) {
	f.t.Helper()
	var devices, users int
	snapshot := f.vendor.Snapshot()
	for _, d := range snapshot.Devices {
		if d.OnHold {
			devices++
		}
	}
	for _, u := range snapshot.Users {
		if u.OnHold {
			users++
		}
	}
	gotDevices, gotUsers := f.onHold(true)
	notDevices, notUsers := f.onHold(false)
	if gotDevices != devices || gotUsers != users || gotDevices+notDevices != len(snapshot.Devices) || gotUsers+notUsers != len(snapshot.Users) {
		f.t.Errorf("%s: %d devices and %d users are on hold and %d and %d are not, want %d and %d of %d and %d",
			what, gotDevices, gotUsers, notDevices, notUsers, devices, users, len(snapshot.Devices), len(snapshot.Users))
	}
}

// TestSyncOfHolds: each sync replaces who is on hold; a vendor that forbids it leaves that nobody knows, and one that fails
// leaves what was known, which grows old.
func TestSyncOfHolds(t *testing.T) {
	t.Parallel()
	f := newFixture(t, held())
	f.sync()
	if devices, users := f.onHold(true); devices == 0 || users == 0 {
		t.Fatalf("%d devices and %d users on hold", devices, users)
	}
	f.wantHolds("at first")

	snapshot := f.vendor.Snapshot()
	if err := f.vendor.CloseMatter(snapshot.Matters[0].UID, true); err != nil {
		t.Fatal(err)
	}
	for _, u := range snapshot.Users[:40] {
		if err := f.vendor.SetHold(u.UID, !u.OnHold); err != nil {
			t.Fatal(err)
		}
	}
	f.sync()
	f.wantHolds("after changes")
	since := f.freshness().HoldsAt
	if since.IsZero() {
		t.Error("nobody knows since when")
	}

	f.vendor.FailNext(membershipLists, broken, 1)
	f.sync()
	f.wantHolds("after a sync in which the vendor failed")
	if at := f.freshness().HoldsAt; !at.Equal(since) {
		t.Errorf("what was not read is %v old instead of %v", time.Since(at), time.Since(since))
	}

	f.vendor.FailNext(matterLists, forbidden, 1)
	f.sync()
	if devices, users := f.onHold(true); devices != 0 || users != 0 || !f.freshness().HoldsAt.IsZero() {
		t.Errorf("forbidden, and %d devices and %d users are on hold since %v", devices, users, f.freshness().HoldsAt)
	}
	f.sync()
	f.wantHolds("when it is told again")
}

// TestRowsTellOfHolds: lists, detail pages and facets agree on who is on hold.
func TestRowsTellOfHolds(t *testing.T) {
	t.Parallel()
	f := newFixture(t, held())
	f.sync()
	for _, want := range []bool{true, false} {
		row := f.device("active device", func(d emulator.Device) bool { return d.Active && d.OnHold == want })
		live, err := f.Live(t.Context(), inventory.Everything(), row.GUID)
		if err != nil {
			t.Fatal(err)
		}
		user, err := f.LiveUser(t.Context(), inventory.Everything(), row.UserUID)
		if err != nil {
			t.Fatal(err)
		}
		listed, err := f.UserRow(t.Context(), inventory.Everything(), row.UserUID)
		if err != nil {
			t.Fatal(err)
		}
		for what, is := range map[string]bool{"device": row.OnHold, "device, live": live.Row.OnHold, "user, live": user.Row.OnHold, "user": listed.OnHold} {
			if is != want {
				t.Errorf("%s: on hold is %t, want %t", what, is, want)
			}
		}
		q := inventory.DeviceQuery{Scope: inventory.Everything(), OnHold: &want}
		facets, err := f.Facets(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		total := 0
		for _, tally := range facets.OS {
			total += tally.Count
		}
		if page := f.search(q); !facets.Known || total != page.Total {
			t.Errorf("facets count %d devices with an operating system, the list %d", total, page.Total)
		}
	}
}
