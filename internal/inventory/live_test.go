package inventory_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	emulator "backup-portal/internal/emulator/backup"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
)

func TestLiveRefreshesTheMirror(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	f.sync()
	own, _, device, _ := f.twoSubtrees()
	if err := f.vendor.SetBlocked(device.GUID, !device.Blocked); err != nil {
		t.Fatal(err)
	}
	live, err := f.Live(t.Context(), own, device.GUID)
	if err != nil {
		t.Fatal(err)
	}
	if live.Failure != nil || live.Device.Blocked == device.Blocked || live.Row.Blocked == device.Blocked || live.ReadAt.IsZero() {
		t.Errorf("live reading: %+v", live)
	}
	if live.User.Username != device.Username || live.User.UID != device.UserUID {
		t.Errorf("owner %+v, want %s", live.User, device.Username)
	}
	// Above the highest organization in scope nothing is named.
	if len(live.Chain) != 1 || live.Chain[0].UID != device.OrgUID || live.Row.OrgPath != own.Paths[0] || live.Row.OrgName == "" {
		t.Errorf("chain %+v, path %q; want only %s", live.Chain, live.Row.OrgPath, device.OrgUID)
	}
	row, err := f.Device(t.Context(), own, device.GUID)
	if err != nil {
		t.Fatal(err)
	}
	if age := live.Row.SeenAt.Sub(row.SeenAt); age < 0 || age > time.Microsecond {
		t.Errorf("the mirror's row is seen at %v, was read at %v", row.SeenAt, live.Row.SeenAt)
	}
	row.SeenAt = live.Row.SeenAt
	if diff := cmp.Diff(live.Row, row); diff != "" {
		t.Errorf("mirror after the reading (-live +mirror):\n%s", diff)
	}
	whole, err := f.Live(t.Context(), inventory.Everything(), device.GUID)
	if err != nil || len(whole.Chain) != strings.Count(own.Paths[0], "/")-1 || whole.Chain[0].UID != f.vendor.RootOrgUID() {
		t.Errorf("the whole chain: %+v, %v", whole.Chain, err)
	}
}

// TestLiveFollowsAMove moves a device at the vendor: the next reading hands it over, whoever reads.
func TestLiveFollowsAMove(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	f.sync()
	own, other, device, otherOrg := f.twoSubtrees()
	if err := f.vendor.MoveDevice(device.GUID, otherOrg); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Live(t.Context(), own, device.GUID); !fault.Is(err, fault.NotFound) {
		t.Errorf("the old owner: %v, want not found", err)
	}
	q := inventory.DeviceQuery{Text: device.GUID}
	if q.Scope = own; f.search(q).Total != 0 {
		t.Error("the old owner's list still holds it")
	}
	if q.Scope = other; f.search(q).Total != 1 {
		t.Error("the new owner's list does not hold it")
	}
	if live, err := f.Live(t.Context(), other, device.GUID); err != nil || live.Row.OrgUID != otherOrg {
		t.Errorf("the new owner: %+v, %v", live.Row, err)
	}
}

// TestLiveTellsNothingOutsideTheScope compares the answers for another's device, before and while the vendor fails, with
// that for no device at all.
func TestLiveTellsNothingOutsideTheScope(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	f.sync()
	_, other, device, _ := f.twoSubtrees()
	type words struct {
		Kind          fault.Kind
		Message, Next string
	}
	ask := func(scope inventory.Scope, guid string) words {
		t.Helper()
		_, err := f.Live(t.Context(), scope, guid)
		if err == nil {
			t.Fatalf("%s was answered", guid)
		}
		got := fault.Of(err)
		return words{got.Kind, got.Message, got.Next}
	}
	want := words{fault.NotFound, inventory.NotFoundMessage, inventory.NotFoundNext}
	for name, got := range map[string]words{
		"none":           ask(other, "123456789"),
		"another's":      ask(other, device.GUID),
		"an empty scope": ask(inventory.Scope{}, device.GUID),
		"no id":          ask(inventory.Everything(), ""),
		"not an id":      ask(inventory.Everything(), "../Org"),
	} {
		if got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	f.vendor.FailNext(devicePages, broken, 1)
	if got := ask(other, device.GUID); got != want {
		t.Errorf("another's while the vendor fails: %+v", got)
	}
}

func TestLiveFallsBackToTheMirror(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		fail    func(*emulator.Server)
		message string
	}{
		{"an error", func(v *emulator.Server) { v.FailNext(devicePages, broken, 1) }, "The backup service reported an error."},
		{"forbidden", func(v *emulator.Server) { v.FailNext(devicePages, emulator.Failure{Status: http.StatusForbidden}, 1) }, "The portal's account may not read this at the backup service."},
		{"garbage", func(v *emulator.Server) { v.FailNext(devicePages, emulator.Failure{Status: 200, Body: "<html>"}, 1) }, "The backup service gave an answer that the portal does not understand."},
		{"silence", func(v *emulator.Server) { v.Delay(devicePages) }, "The backup service did not answer in time."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, calm())
			f.sync()
			own, _, device, _ := f.twoSubtrees()
			c.fail(f.vendor)
			live, err := f.Live(t.Context(), own, device.GUID)
			if err != nil {
				t.Fatal(err)
			}
			if got := fault.Of(live.Failure); got.Kind != fault.Upstream || got.Message != c.message || got.Next == "" {
				t.Errorf("note: %+v, want %q", got, c.message)
			}
			if live.Row.GUID != device.GUID || live.Device.GUID != device.GUID || live.Device.Status != device.Status ||
				!live.ReadAt.Equal(live.Row.SeenAt) || live.User.Username != device.Username || len(live.Chain) != 1 {
				t.Errorf("remembered: %+v", live)
			}
		})
	}
}

// TestLiveLearnsWhatTheMirrorLacks forgets the organization and the owner of a device: both are read live.
func TestLiveLearnsWhatTheMirrorLacks(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	f.sync()
	own, other, device, _ := f.twoSubtrees()
	for _, err := range []error{f.store.OrgGone(t.Context(), device.OrgUID), f.store.UserGone(t.Context(), device.UserUID)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Live(t.Context(), other, device.GUID); !fault.Is(err, fault.NotFound) {
		t.Errorf("from another subtree: %v, want not found", err)
	}
	live, err := f.Live(t.Context(), own, device.GUID)
	if err != nil || live.Row.OrgPath != own.Paths[0] || live.User.Username != device.Username {
		t.Errorf("%+v, %v", live.Row, err)
	}
}

func TestLiveForgetsWhatIsGone(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	f.sync()
	guid := f.vendor.Snapshot().Devices[3].GUID
	if err := f.vendor.RemoveDevice(guid); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Live(t.Context(), inventory.Everything(), guid); !fault.Is(err, fault.NotFound) {
		t.Errorf("gone: %v", err)
	}
	if _, err := f.Device(t.Context(), inventory.Everything(), guid); !fault.Is(err, fault.NotFound) {
		t.Errorf("the mirror's row: %v", err)
	}
}
