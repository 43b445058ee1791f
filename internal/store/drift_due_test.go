package store

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"backup-portal/internal/inventory"
	"backup-portal/internal/settings"
)

func TestDevicesToCompare(t *testing.T) {
	t.Parallel()
	onEvery(t, conformDue)
}

// conformDue asks who waits: the new ones organization by organization, then those that wait longest.
func conformDue(t *testing.T, open opener) {
	w := newDriftWorld(t, open)
	unmet := func() []inventory.DueDevice {
		t.Helper()
		var all []inventory.DueDevice
		after := inventory.DueDevice{}
		for {
			due, err := w.s.DevicesNew(t.Context(), after, 17)
			if err != nil {
				t.Fatal(err)
			}
			if len(due) == 0 {
				return all
			}
			all = append(all, due...)
			after = due[len(due)-1]
		}
	}
	want := func(keep func(inventory.Device) bool) []inventory.DueDevice {
		var list []inventory.DueDevice
		for _, d := range w.devices {
			if d.Active && keep(d) {
				list = append(list, inventory.DueDevice{GUID: d.GUID, OrgUID: d.OrgUID})
			}
		}
		slices.SortFunc(list, func(a, b inventory.DueDevice) int {
			return cmp.Or(cmp.Compare(a.OrgUID, b.OrgUID), cmp.Compare(a.GUID, b.GUID))
		})
		return list
	}
	if diff := gocmp.Diff(want(func(inventory.Device) bool { return true }), unmet()); diff != "" {
		t.Fatalf("all are new (-want +got)\n%s", diff)
	}
	start := w.now()
	for i, d := range w.devices[:120] {
		w.clock.Advance(time.Second)
		c := inventory.Comparison{DueDevice: inventory.DueDevice{GUID: d.GUID, OrgUID: d.OrgUID}, ReadAt: w.now(), Failed: i%10 == 0}
		if err := w.s.Compared(t.Context(), []inventory.Comparison{c}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := gocmp.Diff(want(func(d inventory.Device) bool {
		return !slices.ContainsFunc(w.devices[:120], func(x inventory.Device) bool { return x.GUID == d.GUID })
	}), unmet()); diff != "" {
		t.Fatalf("some are new (-want +got)\n%s", diff)
	}
	var order []string
	for _, d := range w.devices[:120] {
		if d.Active {
			order = append(order, d.GUID)
		}
	}
	waiting := func(since time.Time, limit int) []string {
		t.Helper()
		due, err := w.s.DevicesDue(t.Context(), since, limit)
		if err != nil {
			t.Fatal(err)
		}
		var guids []string
		for _, d := range due {
			guids = append(guids, d.GUID)
		}
		return guids
	}
	if got := waiting(start, 10); len(got) > 0 {
		t.Errorf("due before the first comparison: %v", got)
	}
	if diff := gocmp.Diff(order, waiting(w.now().Add(time.Hour), 1000)); diff != "" {
		t.Errorf("who waits longest (-want +got)\n%s", diff)
	}
	if diff := gocmp.Diff(order[:7], waiting(w.now().Add(time.Hour), 7)); diff != "" {
		t.Errorf("the first of them (-want +got)\n%s", diff)
	}

	// Other defaults of an organization make its devices due at once; the same ones do not.
	org := w.devices[0].OrgUID
	var of []string
	for _, d := range w.devices[:120] {
		if d.Active && d.OrgUID == org {
			of = append(of, d.GUID)
		}
	}
	slices.Sort(of)
	for i, step := range []struct {
		defaults string
		due      []string
	}{{"a", nil}, {"a", nil}, {"b", of}} {
		w.clock.Advance(time.Second)
		if err := w.s.OrgRead(t.Context(), inventory.OrgReading{UID: org, Defaults: step.defaults, ReadAt: w.now()}); err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(step.due, waiting(time.Unix(0, 0), 1000)); diff != "" {
			t.Errorf("after reading %d (-want +got)\n%s", i, diff)
		}
	}
	// Compared with what it was before, a device still waits.
	for _, defaults := range []string{"a", "b"} {
		w.clock.Advance(time.Second)
		c := inventory.Comparison{DueDevice: inventory.DueDevice{GUID: of[0], OrgUID: org}, Defaults: defaults, ReadAt: w.now()}
		if err := w.s.Compared(t.Context(), []inventory.Comparison{c}); err != nil {
			t.Fatal(err)
		}
		if waits := slices.Contains(waiting(time.Unix(0, 0), 1000), of[0]); waits != (defaults == "a") {
			t.Errorf("compared with the defaults %q, it waits: %t", defaults, waits)
		}
	}
}

func TestOrganizationsToRead(t *testing.T) {
	t.Parallel()
	onEvery(t, conformOrgsDue)
}

func conformOrgsDue(t *testing.T, open opener) {
	w := newDriftWorld(t, open)
	due := func(since time.Time) []string {
		t.Helper()
		uids, err := w.s.OrgsDue(t.Context(), since, 100)
		if err != nil {
			t.Fatal(err)
		}
		return uids
	}
	paths := slices.Clone(w.orgs)
	slices.SortFunc(paths, func(a, b inventory.Org) int { return cmp.Compare(a.Path, b.Path) })
	var order []string
	for _, o := range paths {
		order = append(order, o.UID)
	}
	if diff := gocmp.Diff(order, due(w.now())); diff != "" {
		t.Fatalf("none was read (-want +got)\n%s", diff)
	}
	start := w.now()
	for i, uid := range order {
		w.clock.Advance(time.Second)
		var err error
		if i == 3 {
			err = w.s.OrgTried(t.Context(), uid, w.now())
		} else {
			err = w.s.OrgRead(t.Context(), inventory.OrgReading{UID: uid, ReadAt: w.now()})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := due(start); len(got) > 0 {
		t.Errorf("read since, and due: %v", got)
	}
	later := w.now().Add(time.Hour)
	if diff := gocmp.Diff(order, due(later)); diff != "" {
		t.Errorf("all were read (-want +got)\n%s", diff)
	}
	// What was changed goes first, with all below it.
	top := w.orgs[2]
	if err := w.s.OrgsStale(t.Context(), top.UID); err != nil {
		t.Fatal(err)
	}
	var stale []string
	for _, o := range paths {
		if strings.HasPrefix(o.Path, top.Path) {
			stale = append(stale, o.UID)
		}
	}
	if diff := gocmp.Diff(stale, due(start)); diff != "" || len(stale) == 0 {
		t.Errorf("after a change (-want +got)\n%s", diff)
	}
	// A reading from before the newest is not kept, and packets that were not read stay what they were.
	follows := map[settings.Inheritance]inventory.Following{settings.ByQuota: inventory.Follows, settings.ByPacket: inventory.FollowsNot}
	newest := inventory.OrgReading{UID: top.UID, Follows: follows, ReadAt: w.now()}
	for i, r := range []inventory.OrgReading{
		newest,
		{UID: top.UID, ReadAt: w.now().Add(-time.Hour)},
		{UID: top.UID, Follows: map[settings.Inheritance]inventory.Following{settings.ByQuota: inventory.Follows}, ReadAt: w.now()},
	} {
		if err := w.s.OrgRead(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		subtree, err := w.s.Following(t.Context(), inventory.Everything(), top.UID)
		if err != nil || subtree[0].Follows[settings.ByQuota] != inventory.Follows || subtree[0].Follows[settings.ByPacket] != inventory.FollowsNot {
			t.Errorf("after reading %d: %v, %v", i, subtree[0].Follows, err)
		}
	}
}
