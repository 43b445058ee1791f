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
		for _, text := range []string{"x", "!", place{"a", "b"}.String(), cursor{order: "", key: "a", guid: "b"}.String(), strings.Repeat("A", 5000)} {
			for _, q := range []inventory.DriftQuery{{After: text}, {Before: text}, {After: text, Before: text}} {
				q.Scope = inventory.Everything()
				if _, err := s.Drifts(t.Context(), q); !fault.Is(err, fault.Invalid) {
					t.Errorf("%q: %v", text, err)
				}
			}
		}
	})
}
