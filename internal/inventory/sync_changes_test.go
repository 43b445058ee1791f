package inventory_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"backup-portal/internal/backup"
	emulator "backup-portal/internal/emulator/backup"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
)

// TestAVanishedOrganizationConverges removes more devices than any page holds: one sync takes them all out, each after a
// reading of its own.
func TestAVanishedOrganizationConverges(t *testing.T) {
	t.Parallel()
	f := newFixture(t, emulator.Options{Calm: true, Orgs: 5, Users: 10, Devices: 900})
	f.sync()
	devices := f.vendor.Snapshot().Devices
	for _, d := range devices[100:] {
		if err := f.vendor.RemoveDevice(d.GUID); err != nil {
			t.Fatal(err)
		}
	}
	f.sync()
	if fresh := f.freshness(); fresh.Devices != 100 {
		t.Errorf("%d devices are left, want 100", fresh.Devices)
	}
	asked := map[string]bool{}
	for _, r := range f.vendor.Requests() {
		if guid, ok := strings.CutPrefix(r.Path, "/api/v1/Computer/"); ok {
			asked[guid] = true
		}
	}
	for _, d := range devices[100:] {
		if !asked[d.GUID] {
			t.Fatalf("%s was removed without a reading of its own", d.GUID)
		}
	}
	if len(asked) != 800 {
		t.Errorf("%d devices were read by themselves, want 800", len(asked))
	}
}

// TestAShiftedPageLosesNobody removes a device from a page that was read, while the next is: the device that slips from
// one into the other is met by a reading of its own, with what changed about it.
func TestAShiftedPageLosesNobody(t *testing.T) {
	t.Parallel()
	var armed atomic.Bool
	var removed, slipped string
	f := newFixtureBehind(t, calm(), func(vendor *emulator.Server) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/api/v1/Computer" && r.URL.Query().Get("pgNum") == "2" && armed.CompareAndSwap(true, false) {
				if err := vendor.RenameDevice(slipped, "renamed"); err != nil {
					t.Error(err)
				}
				if err := vendor.RemoveDevice(removed); err != nil {
					t.Error(err)
				}
			}
			vendor.ServeHTTP(w, r)
		})
	})
	f.sync()
	for number, guid := range map[int]*string{1: &removed, 2: &slipped} {
		page, err := f.Reader.DevicePage(t.Context(), backup.DeviceQuery{Page: number, PageSize: 50})
		if err != nil {
			t.Fatal(err)
		}
		*guid = page.Devices[0].GUID
	}
	armed.Store(true)
	f.sync()
	if row, err := f.Device(t.Context(), inventory.Everything(), slipped); err != nil || row.Name != "renamed" {
		t.Errorf("the device that slipped: %q, %v", row.Name, err)
	}
	// What was removed after it was met goes with the next sync.
	for _, want := range []int{120, 119} {
		if fresh := f.freshness(); fresh.Devices != want {
			t.Errorf("%d devices, want %d", fresh.Devices, want)
		}
		f.sync()
	}
}

// TestAMovedOrganizationTakesItsDevicesAlong moves an organization at the vendor: with the next sync its devices and its
// counts are where it is.
func TestAMovedOrganizationTakesItsDevicesAlong(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	f.sync()
	own, other, device, otherOrg := f.twoSubtrees()
	node := func(scope inventory.Scope, uid string) inventory.OrgNode {
		t.Helper()
		n, err := f.OrgNode(t.Context(), scope, uid)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	moved, target := node(own, device.OrgUID), node(other, otherOrg)
	if moved.Devices == 0 {
		t.Fatal("nothing to move")
	}
	if err := f.vendor.MoveOrg(device.OrgUID, otherOrg); err != nil {
		t.Fatal(err)
	}
	f.sync()
	if _, err := f.Device(t.Context(), own, device.GUID); !fault.Is(err, fault.NotFound) {
		t.Errorf("the old place still holds the device: %v", err)
	}
	if d, err := f.Device(t.Context(), other, device.GUID); err != nil || d.OrgPath != other.Paths[0]+device.OrgUID+"/" {
		t.Errorf("the new place: %q, %v", d.OrgPath, err)
	}
	after := node(other, otherOrg)
	if after.Devices != target.Devices+moved.Devices || after.Users != target.Users+moved.Users ||
		after.Orgs != target.Orgs+moved.Orgs+1 || after.Children != target.Children+1 || after.StoredBytes != target.StoredBytes+moved.StoredBytes {
		t.Errorf("counts of the new place: %+v; it had %+v, and got %+v", after, target, moved)
	}
	chain, err := f.Chain(t.Context(), other, node(other, device.OrgUID).Org)
	if err != nil || len(chain) != 2 || chain[0].UID != otherOrg || chain[1].UID != device.OrgUID {
		t.Errorf("chain: %+v, %v", chain, err)
	}
}
