package inventory_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	emulator "backup-portal/internal/emulator/backup"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
)

// inhabited finds an organization of the third level with a device, its parent, and another place for that parent.
func (f *fixture) inhabited() (parent, org, beside emulator.Org, device emulator.Device) {
	f.t.Helper()
	snapshot := f.vendor.Snapshot()
	at := paths(snapshot)
	for _, d := range snapshot.Devices {
		above := inventory.AncestorUIDs(at[d.OrgUID])
		if len(above) < 3 || d.UserUID == "" {
			continue
		}
		find := func(fits func(emulator.Org) bool) (emulator.Org, bool) {
			i := slices.IndexFunc(snapshot.Orgs, fits)
			if i < 0 {
				return emulator.Org{}, false
			}
			return snapshot.Orgs[i], true
		}
		parent, _ = find(func(o emulator.Org) bool { return o.UID == above[len(above)-2] })
		org, _ = find(func(o emulator.Org) bool { return o.UID == d.OrgUID })
		var ok bool
		if beside, ok = find(func(o emulator.Org) bool { return o.ParentUID == parent.ParentUID && o.UID != parent.UID }); ok {
			return parent, org, beside, d
		}
	}
	f.t.Fatal("no device deep enough")
	return parent, org, beside, device
}

// TestLiveFollowsAMoveAbove: what lies below an organization that was moved around the portal changes hands when it is read
// itself, whatever it is, though nobody read what was moved.
func TestLiveFollowsAMoveAbove(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]func(f *fixture, scope inventory.Scope, org emulator.Org, d emulator.Device) ([]inventory.Org, error){
		"device": func(f *fixture, scope inventory.Scope, _ emulator.Org, d emulator.Device) ([]inventory.Org, error) {
			live, err := f.Live(f.t.Context(), scope, d.GUID)
			return live.Chain, err
		},
		"user": func(f *fixture, scope inventory.Scope, _ emulator.Org, d emulator.Device) ([]inventory.Org, error) {
			i := slices.IndexFunc(f.vendor.Snapshot().Users, func(u emulator.User) bool { return u.OrgUID == d.OrgUID })
			if i < 0 {
				f.t.Fatal("nobody is where the device is")
			}
			live, err := f.LiveUser(f.t.Context(), scope, f.vendor.Snapshot().Users[i].UID)
			return live.Chain, err
		},
		"organization": func(f *fixture, scope inventory.Scope, org emulator.Org, _ emulator.Device) ([]inventory.Org, error) {
			live, err := f.LiveOrg(f.t.Context(), scope, org.UID)
			return live.Chain, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, branched())
			f.sync()
			parent, org, beside, device := f.inhabited()
			old, other := f.scopeOf(parent.UID), f.scopeOf(beside.UID)
			if err := f.vendor.MoveOrg(parent.UID, beside.UID); err != nil {
				t.Fatal(err)
			}
			if _, err := read(f, old, org, device); !fault.Is(err, fault.NotFound) {
				t.Errorf("the old owner: %v, want not found", err)
			}
			chain, err := read(f, other, org, device)
			if err != nil || len(chain) != 3 || chain[1].UID != parent.UID || chain[2].UID != org.UID {
				t.Errorf("the new owner: %+v, %v", chain, err)
			}
			if n := f.search(inventory.DeviceQuery{Scope: old}).Total; n != 0 {
				t.Errorf("the old owner's list has %d devices", n)
			}
		})
	}
}

// TestLiveAsksForTheWayOnce: devices of one organization that are read together ask for what is above them once; what the
// portal's account may not read there stays where the mirror has it, and what does not answer is not trusted.
func TestLiveAsksForTheWayOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t, branched())
	f.sync()
	parent, org, _, device := f.inhabited()
	scope := f.scopeOf(parent.UID)
	asked := func() (n int) {
		for _, r := range f.vendor.Requests() {
			if strings.HasPrefix(r.Path, "/api/v3/orgs/") {
				n++
			}
		}
		return n
	}
	now := time.Now()
	f.Now = func() time.Time { return now }
	for range 2 {
		if live, err := f.Live(t.Context(), scope, device.GUID); err != nil || live.Failure != nil || asked() != 2 {
			t.Errorf("%v, %v after %d questions, want 2", live.Failure, err, asked())
		}
	}
	now = now.Add(time.Second)
	f.vendor.FailNext(orgDocuments, emulator.Failure{Status: http.StatusForbidden}, 2)
	if live, err := f.Live(t.Context(), scope, device.GUID); err != nil || live.Failure != nil || live.Row.OrgUID != org.UID || asked() != 4 {
		t.Errorf("where the way may not be read: %v, %v after %d questions, want the device and 4", live.Failure, err, asked())
	}
	f.vendor.FailNext(orgDocuments, broken, 99)
	if live, err := f.Live(t.Context(), scope, device.GUID); err != nil || fault.Of(live.Failure).Kind != fault.Upstream {
		t.Errorf("where the way does not answer: %v, %v", live.Failure, err)
	}
}
