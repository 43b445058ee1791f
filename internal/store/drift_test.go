package store

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/settings"
)

func TestDrift(t *testing.T) {
	t.Parallel()
	onEvery(t, conformDrift)
}

// driftWorld is a fleet with what is known of its drift, kept beside the database in maps.
type driftWorld struct {
	*fleet
	s       *Store
	clock   *clock
	random  *rand.Rand
	drifts  map[string]map[string]inventory.Drift // by GUID and key
	read    map[string]time.Time                  // when a device was compared last
	against map[string]string                     // with which organization
}

func newDriftWorld(t *testing.T, open opener) *driftWorld {
	t.Helper()
	c := newClock()
	w := &driftWorld{
		fleet: newFleet(11, 18, 260), s: open(t, c), clock: c, random: rand.New(rand.NewPCG(5, 5)),
		drifts: map[string]map[string]inventory.Drift{}, read: map[string]time.Time{}, against: map[string]string{},
	}
	w.sync(t.Context(), t, w.s)
	return w
}

func (w *driftWorld) now() time.Time { return w.clock.Now().UTC().Truncate(time.Microsecond) }

var driftWords = []string{"3 days", "=cmd()", "<b>never</b>", "שלום", "C:/Users/, /Users/", strings.Repeat("長い", 400), "100%_done", ""}

// values are what a device is found to differ in.
func (w *driftWorld) values() []inventory.DriftedValue {
	var list []inventory.DriftedValue
	for _, key := range []settings.Key{"defaults.warningEmailEnabled", "defaults.minutesUntilSevere", "set.1.includes", "set.510001.includes", "set.1.scanTime"} {
		if w.random.IntN(3) == 0 {
			list = append(list, inventory.DriftedValue{
				Key: key, Property: inventory.PropertyKey(key), Label: "Label of " + string(key), Locked: w.random.IntN(4) == 0,
				OrgValue: driftWords[w.random.IntN(len(driftWords))], Device: driftWords[w.random.IntN(len(driftWords))],
			})
		}
	}
	return list
}

// compare compares devices, each as of now, in the database and beside it.
func (w *driftWorld) compare(t *testing.T, devices ...inventory.Device) {
	t.Helper()
	var list []inventory.Comparison
	for _, d := range devices {
		c := inventory.Comparison{DueDevice: inventory.DueDevice{GUID: d.GUID, OrgUID: d.OrgUID}, ReadAt: w.now(), Drifts: w.values()}
		list = append(list, c)
		before := w.drifts[d.GUID]
		w.drifts[d.GUID] = map[string]inventory.Drift{}
		for _, v := range c.Drifts {
			since := c.ReadAt
			if was, known := before[string(v.Key)]; known && was.OrgUID == d.OrgUID {
				since = was.Since
			}
			w.drifts[d.GUID][string(v.Key)] = inventory.Drift{
				DriftedValue: v, GUID: d.GUID, Name: d.Name, Username: d.Username, OrgUID: d.OrgUID, OrgName: d.OrgName, Since: since, ComparedAt: c.ReadAt,
			}
		}
		w.read[d.GUID], w.against[d.GUID] = c.ReadAt, d.OrgUID
	}
	if err := w.s.Compared(t.Context(), list); err != nil {
		t.Fatal(err)
	}
}

// current tells whether what is known of a device is about where it is now.
func (w *driftWorld) current(d inventory.Device) bool {
	return d.Active && w.against[d.GUID] == d.OrgUID && !w.read[d.GUID].IsZero()
}

// matching is the report of a query by a loop over everything.
func (w *driftWorld) matching(q inventory.DriftQuery) (rows []inventory.Drift, fresh inventory.DriftFreshness) {
	for _, d := range w.devices {
		path := w.paths[d.OrgUID]
		in := q.Scope.Contains(path)
		if q.OrgUID != "" {
			top := w.paths[q.OrgUID]
			in = in && top != "" && q.Scope.Contains(top) && (path == top || q.Below && strings.HasPrefix(path, top))
		}
		if !in || !d.Active {
			continue
		}
		fresh.Devices++
		if !w.current(d) {
			continue
		}
		fresh.Compared++
		if len(w.drifts[d.GUID]) > 0 {
			fresh.Drifting++
		}
		if fresh.Oldest.IsZero() || w.read[d.GUID].Before(fresh.Oldest) {
			fresh.Oldest = w.read[d.GUID]
		}
		for _, x := range w.drifts[d.GUID] {
			found := strings.Contains(inventory.SearchText(d), inventory.SearchNeedle(q.Text)) && inventory.SearchNeedle(q.Text) != ""
			for _, text := range []string{x.OrgValue, x.Device, x.Label} {
				found = found || strings.Contains(strings.ToLower(text), strings.ToLower(q.Text))
			}
			if found && (q.Property == "" || x.Property == q.Property) {
				rows = append(rows, x)
			}
		}
	}
	slices.SortFunc(rows, func(a, b inventory.Drift) int {
		return cmp.Or(cmp.Compare(inventory.SortKey(a.Name), inventory.SortKey(b.Name)), cmp.Compare(a.GUID, b.GUID), cmp.Compare(a.Key, b.Key))
	})
	return rows, fresh
}

// check asks many queries and compares each with the loop.
func (w *driftWorld) check(t *testing.T, what string) {
	t.Helper()
	scopes := []inventory.Scope{inventory.Everything(), {}, {Paths: []string{w.orgs[1].Path}}, {Paths: []string{w.orgs[2].Path, w.orgs[7].Path}}, {Paths: []string{"/1"}}}
	texts := []string{"", "laptop-0", "days", "=CMD", "%_", "<b>", "label of set", "長い", "user3@"}
	properties := []string{"", "set.includes", "defaults.minutesUntilSevere", "set.1.includes", "nothing"}
	for range 25 {
		q := inventory.DriftQuery{
			Scope: scopes[w.random.IntN(len(scopes))], Below: w.random.IntN(2) == 0, Text: texts[w.random.IntN(len(texts))],
			Property: properties[w.random.IntN(len(properties))], Limit: 8 + w.random.IntN(60),
		}
		if w.random.IntN(3) > 0 {
			q.OrgUID = w.orgs[w.random.IntN(len(w.orgs))].UID
		}
		want, fresh := w.matching(q)
		got, total := w.walk(t, q)
		if diff := gocmp.Diff(want, got); diff != "" || total != len(want) {
			t.Fatalf("%s, %+v: %d in all, want %d (-want +got)\n%s", what, q, total, len(want), diff)
		}
		told, err := w.s.DriftFreshness(t.Context(), q)
		if diff := gocmp.Diff(fresh, told); err != nil || diff != "" {
			t.Fatalf("%s, freshness of %+v: %v (-want +got)\n%s", what, q, err, diff)
		}
		tallies, err := w.s.DriftTallies(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		counted := map[string]int{}
		for _, tally := range tallies {
			counted[tally.Value] = tally.Count
		}
		q.Property = ""
		all, _ := w.matching(q)
		counts := map[string]int{}
		for _, x := range all {
			counts[x.Property]++
		}
		if !maps.Equal(counts, counted) {
			t.Fatalf("%s, tallies of %+v: %v, want %v", what, q, counted, counts)
		}
	}
}

// walk reads a report from its first page to its last, and back to the first.
func (w *driftWorld) walk(t *testing.T, q inventory.DriftQuery) (rows []inventory.Drift, total int) {
	t.Helper()
	var pages [][]inventory.Drift
	page, err := w.s.Drifts(t.Context(), q)
	for ; err == nil; page, err = w.s.Drifts(t.Context(), q) {
		if page.HasPrevious != (len(pages) > 0) || page.Total != max(page.Total, total) && total > 0 {
			t.Fatalf("%+v: page %d has one before: %t, total %d after %d", q, len(pages), page.HasPrevious, page.Total, total)
		}
		total = page.Total
		pages = append(pages, page.Drifts)
		rows = append(rows, page.Drifts...)
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	q.After = ""
	for i := len(pages) - 2; i >= 0; i-- {
		q.Before = page.Before
		if page, err = w.s.Drifts(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(pages[i], page.Drifts); diff != "" || page.Next == "" {
			t.Fatalf("%+v: back on page %d (-there +back)\n%s", q, i, diff)
		}
	}
	return rows, total
}

func conformDrift(t *testing.T, open opener) {
	w := newDriftWorld(t, open)
	w.check(t, "of nothing")
	w.compare(t, w.devices[:200]...)
	w.check(t, "after the first comparison")
	w.clock.Advance(time.Hour)
	w.compare(t, w.devices[50:150]...)
	w.check(t, "after some were compared again")

	// An older reading that comes late changes nothing, and one that failed keeps what is known.
	late := inventory.Comparison{DueDevice: inventory.DueDevice{GUID: w.devices[60].GUID, OrgUID: w.devices[60].OrgUID}, ReadAt: w.now().Add(-2 * time.Hour), Drifts: w.values()}
	w.clock.Advance(time.Hour)
	failed := inventory.Comparison{DueDevice: inventory.DueDevice{GUID: w.devices[61].GUID, OrgUID: w.devices[61].OrgUID}, ReadAt: w.now(), Failed: true}
	if err := w.s.Compared(t.Context(), []inventory.Comparison{late, failed}); err != nil {
		t.Fatal(err)
	}
	w.check(t, "after one came late and one failed")

	// Devices that are moved, deactivated or gone are in no report; the next comparison finds them where they are.
	for i := 100; i < 130; i++ {
		d := &w.devices[i]
		switch i % 3 {
		case 0:
			org := w.orgs[w.random.IntN(len(w.orgs))]
			d.OrgUID, d.OrgName, d.OrgPath = org.UID, org.Name, org.Path
		case 1:
			d.Active = false
		}
		d.SeenAt = w.now()
		if err := w.s.DeviceSeen(t.Context(), *d); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range w.devices[150:155] {
		if err := w.s.DeviceGone(t.Context(), d.GUID); err != nil {
			t.Fatal(err)
		}
	}
	w.devices = slices.Delete(w.devices, 150, 155)
	w.check(t, "after some went elsewhere")
	forgotten := 0
	for n := 10; n == 10; {
		var err error
		if n, err = w.s.DriftForgotten(t.Context(), 10); err != nil {
			t.Fatal(err)
		}
		forgotten += n
	}
	gone := 5
	for _, d := range w.devices {
		if !w.read[d.GUID].IsZero() && !w.current(d) {
			gone++
		}
	}
	if forgotten != gone {
		t.Errorf("%d devices were forgotten, want %d", forgotten, gone)
	}
	for _, d := range w.devices {
		if !w.current(d) {
			delete(w.read, d.GUID)
			delete(w.drifts, d.GUID)
		}
	}
	w.check(t, "after some were forgotten")
	w.clock.Advance(time.Hour)
	w.compare(t, w.devices...)
	w.check(t, "after all were compared")
}

func TestDriftPlacesOfNoPage(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s := open(t, newClock())
		for _, text := range []string{"x", "!", place{"a", "b"}.String(), cursor{"", "a", "b"}.String(), strings.Repeat("A", 5000)} {
			for _, q := range []inventory.DriftQuery{{After: text}, {Before: text}, {After: text, Before: text}} {
				q.Scope = inventory.Everything()
				if _, err := s.Drifts(t.Context(), q); !fault.Is(err, fault.Invalid) {
					t.Errorf("%q: %v", text, err)
				}
			}
		}
	})
}

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

func TestReach(t *testing.T) {
	t.Parallel()
	onEvery(t, conformReach)
}

// conformReach counts what follows organizations, with a loop up the tree from each organization below.
func conformReach(t *testing.T, open opener) {
	w := newDriftWorld(t, open)
	all := []settings.Inheritance{settings.ByQuota, settings.ByReporting, settings.ByDestinations, settings.ByDeviceDefaults, settings.ByPacket}
	follows := map[string]map[settings.Inheritance]inventory.Following{}
	for i, o := range w.orgs {
		if i%4 == 3 {
			continue // never read
		}
		follows[o.UID] = map[settings.Inheritance]inventory.Following{}
		for _, by := range all {
			if by != settings.ByPacket || i%2 == 0 {
				follows[o.UID][by] = inventory.Following(w.random.IntN(3))
			}
		}
		if err := w.s.OrgRead(t.Context(), inventory.OrgReading{UID: o.UID, Follows: follows[o.UID], ReadAt: w.now()}); err != nil {
			t.Fatal(err)
		}
	}
	inactive := w.orgs[5]
	inactive.Active = false
	w.orgs[5] = inactive
	if err := w.s.OrgSeen(t.Context(), inactive); err != nil {
		t.Fatal(err)
	}
	byUID := map[string]inventory.Org{}
	for _, o := range w.orgs {
		byUID[o.UID] = o
	}
	devices, stored := map[string]int{}, map[string]int{}
	for _, d := range w.devices {
		stored[d.OrgUID]++
		if d.Active {
			devices[d.OrgUID]++
		}
	}
	for _, top := range w.orgs {
		subtree, err := w.s.Following(t.Context(), inventory.Everything(), top.UID)
		if err != nil {
			t.Fatal(err)
		}
		got := inventory.ReachOf(subtree)
		for _, by := range all {
			counts := devices
			if by == settings.ByQuota {
				counts = stored // the days in cold storage are for what was deactivated
			}
			want := inventory.Reach{Orgs: 1, Devices: counts[top.UID]}
			for _, o := range w.orgs {
				if o.UID == top.UID || !strings.HasPrefix(o.Path, top.Path) {
					continue
				}
				reached := true
				for at := o; at.UID != top.UID; at = byUID[at.ParentUID] {
					reached = reached && follows[at.UID][by] != inventory.FollowsNot
				}
				if reached && (o.Active || by == settings.ByQuota) {
					want.Devices += counts[o.UID]
				}
				if !o.Active {
					continue
				}
				if !reached {
					want.Overriding++
					continue
				}
				want.Orgs++
				if follows[o.UID][by] == inventory.FollowingUnknown {
					want.Unknown++
				}
			}
			if got[by] != want {
				t.Errorf("%s of %s: %+v, want %+v", by, top.Path, got[by], want)
			}
		}
		if own := got[settings.Own]; own != (inventory.Reach{Orgs: 1, Devices: devices[top.UID]}) {
			t.Errorf("itself alone: %+v", own)
		}
	}
	// Outside the scope or missing, the same words.
	for _, uid := range []string{"none", w.orgs[0].UID} {
		if _, err := w.s.Following(t.Context(), inventory.Scope{Paths: []string{w.orgs[1].Path}}, uid); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", uid, err)
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
