package store

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
)

// matches is the meaning of a query, written down without SQL.
func (f *fleet) matches(d inventory.Device, q inventory.DeviceQuery, withStates bool) bool {
	inScope := func(path string) bool {
		return slices.ContainsFunc(q.Scope.Paths, func(p string) bool { return p != "" && strings.HasPrefix(path, p) })
	}
	if !inScope(d.OrgPath) {
		return false
	}
	if q.OrgUID != "" && (!inScope(f.paths[q.OrgUID]) || !strings.HasPrefix(d.OrgPath, f.paths[q.OrgUID])) {
		return false
	}
	if withStates && (q.Active != nil && *q.Active != d.Active || q.Blocked != nil && *q.Blocked != d.Blocked || q.Alert != nil && *q.Alert != d.Alert || q.Deauthorized != nil && *q.Deauthorized != d.Deauthorized) {
		return false
	}
	text := strings.TrimSpace(inventory.Fold(q.Text))
	fields := []string{d.GUID, d.Name, d.HostName, d.Username, d.ExternalReference}
	return text == "" || slices.ContainsFunc(fields, func(field string) bool {
		if utf8.RuneCountInString(text) <= 2 {
			return strings.HasPrefix(inventory.Fold(field), text)
		}
		return strings.Contains(inventory.Fold(field), text)
	})
}

func (f *fleet) search(q inventory.DeviceQuery) []string {
	var found []inventory.Device
	for _, d := range f.devices {
		if f.matches(d, q, true) {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b inventory.Device) int {
		return cmp.Or(cmp.Compare(inventory.SortKey(a.Name), inventory.SortKey(b.Name)), cmp.Compare(a.GUID, b.GUID))
	})
	return guids(found)
}

func (f *fleet) counts(q inventory.DeviceQuery, now time.Time) inventory.DeviceCounts {
	var c inventory.DeviceCounts
	add := func(n *int, when bool) {
		if when {
			*n++
		}
	}
	for _, d := range f.devices {
		if !f.matches(d, q, false) {
			continue
		}
		age := now.Sub(d.LastCompleted)
		backedUp := d.Active && !d.LastCompleted.IsZero()
		add(&c.Total, true)
		add(&c.Active, d.Active && !d.Blocked && !d.Deauthorized)
		add(&c.ActiveBlocked, d.Active && d.Blocked)
		add(&c.Deauthorized, d.Active && !d.Blocked && d.Deauthorized)
		add(&c.Deactivated, !d.Active)
		add(&c.Alert, d.Alert)
		add(&c.Stale30Days, d.Active && now.Sub(d.LastConnected) > 30*day)
		add(&c.NeverCompleted, d.Active && d.LastCompleted.IsZero())
		add(&c.Never, d.Active && d.LastCompleted.IsZero())
		add(&c.Under1Day, backedUp && age < day)
		add(&c.Under7Days, backedUp && age >= day && age < 7*day)
		add(&c.Under30Days, backedUp && age >= 7*day && age < 30*day)
		add(&c.Over30Days, backedUp && age >= 30*day)
	}
	return c
}

func guids(devices []inventory.Device) []string {
	var list []string
	for _, d := range devices {
		list = append(list, d.GUID)
	}
	return list
}

// TestSearchEqualsBruteForce holds rows, order, totals, counts and the pager in both directions against a plain loop over
// the same fleet, for random scopes and queries.
func TestSearchEqualsBruteForce(t *testing.T) {
	t.Parallel()
	s := openSQLite(t, newClock())
	f := newFleet(1, 40, 500)
	f.sync(t.Context(), t, s)

	path := rapid.Custom(func(r *rapid.T) string {
		return rapid.OneOf(rapid.SampledFrom(f.orgs), rapid.SampledFrom(f.orgs[:4])).Draw(r, "org").Path
	})
	flag := rapid.SampledFrom([]*bool{nil, nil, new(true), new(false)})
	text := rapid.OneOf(
		rapid.SampledFrom([]string{"", "", "l", "LA", "laptop", "strasse", "e\u0301c", "ÉCOLE", "%_d", "o'b", "💾", "長い長", "ref-", "user1", "host4", "1f", "\x1f", "<scr", "לפט", "i\u0307s", "no such device"}),
		rapid.Custom(func(r *rapid.T) string {
			name := []rune(rapid.SampledFrom(f.devices).Draw(r, "device").Name)
			from := rapid.IntRange(0, len(name)).Draw(r, "from")
			return string(name[from:min(len(name), from+rapid.IntRange(0, 6).Draw(r, "length"))])
		}),
	)
	rapid.Check(t, func(r *rapid.T) {
		q := inventory.DeviceQuery{
			Scope: inventory.Scope{Paths: rapid.SliceOfN(path, 0, 3).Draw(r, "scope")},
			Text:  text.Draw(r, "text"), Active: flag.Draw(r, "active"), Blocked: flag.Draw(r, "blocked"), Alert: flag.Draw(r, "alert"),
			Deauthorized: flag.Draw(r, "deauthorized"),
			OrgUID:       rapid.OneOf(rapid.Just(""), rapid.SampledFrom([]string{"1", "2", "12", "no such org"})).Draw(r, "org"),
			Limit:        rapid.IntRange(1, 60).Draw(r, "limit"),
		}
		want := f.search(q)
		q.Limit = max(q.Limit, len(want)/20) // pages of one row for short lists, at most about twenty pages for long ones

		var forth, back []string
		var last inventory.DevicePage
		for after := ""; ; {
			at := q
			at.After = after
			page, err := s.Devices(t.Context(), at)
			if err != nil {
				r.Fatal(err)
			}
			if page.Total != len(want) || page.TotalCapped || page.HasPrevious != (len(forth) > 0) || len(page.Devices) > q.Limit {
				r.Fatalf("page after %q: total %d, previous %v, %d rows; want total %d after %d rows", after, page.Total, page.HasPrevious, len(page.Devices), len(want), len(forth))
			}
			for _, d := range page.Devices {
				if !q.Scope.Contains(d.OrgPath) || d.OrgPath != f.paths[d.OrgUID] {
					r.Fatalf("%s of %q is outside the scope", d.GUID, d.OrgPath)
				}
			}
			forth, last = append(forth, guids(page.Devices)...), page
			if after = page.Next; after == "" {
				break
			}
		}
		if diff := gocmp.Diff(want, forth); diff != "" {
			r.Fatalf("forwards (-want +got):\n%s", diff)
		}
		back = guids(last.Devices)
		for last.Before != "" {
			at := q
			at.Before = last.Before
			page, err := s.Devices(t.Context(), at)
			if err != nil {
				r.Fatal(err)
			}
			if page.Next == "" {
				r.Fatal("a page before another has no next")
			}
			back, last = append(guids(page.Devices), back...), page
		}
		if diff := gocmp.Diff(want, back); diff != "" {
			r.Fatalf("backwards (-want +got):\n%s", diff)
		}

		counts, err := s.DeviceCounts(t.Context(), q, fleetTime)
		if err != nil {
			r.Fatal(err)
		}
		if diff := gocmp.Diff(f.counts(q, fleetTime), counts); diff != "" {
			r.Fatalf("counts (-want +got):\n%s", diff)
		}
	})
}

func TestSearchText(t *testing.T) {
	t.Parallel()
	s := openSQLite(t, newClock())
	root := inventory.Org{UID: "r", Path: "/r/", Active: true}
	device := func(guid, name, host string) inventory.Device {
		return inventory.Device{GUID: guid, Name: name, HostName: host, OrgUID: "r", Username: "ann@example.com", ExternalReference: "Asset 7"}
	}
	f := &fleet{orgs: []inventory.Org{root}, devices: []inventory.Device{
		device("100", "Straße", "W10"), device("200", "E\u0301COLE", "mac-1"), device("300", "50%_a\\b'c", "tux"),
	}}
	f.sync(t.Context(), t, s)
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"nothing asked", "  ", []string{"300", "100", "200"}},
		{"folded", "STRASSE", []string{"100"}},
		{"composed", "école", []string{"200"}},
		{"two characters match prefixes", "as", []string{"300", "100", "200"}},
		{"two characters match prefixes only", "se", nil},
		{"three match inside", "ass", []string{"300", "100", "200"}},
		{"part of a user name", "n@ex", []string{"300", "100", "200"}},
		{"part of a GUID", "200", []string{"200"}},
		{"no wildcards", "%_a", []string{"300"}},
		{"no wildcards at all", "5_%", nil},
		{"quotes and backslashes", `\b'c`, []string{"300"}},
		{"never across fields", "w10ann", nil},
		{"the separator is no text", "\x1fw1", []string{"100"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			page, err := s.Devices(t.Context(), inventory.DeviceQuery{Scope: inventory.Everything(), Text: c.text})
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(c.want, guids(page.Devices)); diff != "" {
				t.Errorf("%q (-want +got):\n%s", c.text, diff)
			}
		})
	}
}

func TestCursorJunk(t *testing.T) {
	t.Parallel()
	s := openSQLite(t, newClock())
	newFleet(2, 3, 10).sync(t.Context(), t, s)
	raw := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	good := cursor{"", "laptop", "900"}.String()
	for _, c := range []struct{ name, after, before string }{
		{name: "not base64", after: "%%%"},
		{name: "padding", after: good + "="},
		{name: "cut", after: good[:len(good)-3] + "!"},
		{name: "one part", after: raw("1")},
		{name: "another version", after: raw("1\x1f\x1f900\x1flaptop")},
		{name: "no GUID", before: raw("2\x1f\x1f\x1flaptop")},
		{name: "too many parts", after: raw("2\x1f\x1f900\x1fa\x1fb")},
		{name: "not UTF-8", after: raw("2\x1f\x1f900\x1f\xff")},
		{name: "NUL", after: raw("2\x1f\x1f900\x1f\x00")},
		{name: "endless", after: raw("2\x1f\x1f900\x1f" + strings.Repeat("a", 5000))},
		{name: "both ways", after: good, before: good},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := s.Devices(t.Context(), inventory.DeviceQuery{Scope: inventory.Everything(), After: c.after, Before: c.before})
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("got %v, want an invalid fault", err)
			}
		})
	}
	if _, err := s.Devices(t.Context(), inventory.DeviceQuery{Scope: inventory.Everything(), After: cursor{"", "') OR 1=1 --", "'"}.String()}); err != nil {
		t.Errorf("a made-up place in the list: %v", err)
	}
}

// TestScopeSeesSubtreesOnly tries the siblings whose uid starts like the own one, and malformed scopes.
func TestScopeSeesSubtreesOnly(t *testing.T) {
	t.Parallel()
	s := openSQLite(t, newClock())
	f := &fleet{}
	for uid, path := range map[string]string{"1": "/1/", "12": "/1/12/", "123": "/1/123/", "4": "/1/12/4/", "a second root": "/12/"} {
		f.orgs = append(f.orgs, inventory.Org{UID: uid, Path: path})
		f.devices = append(f.devices, inventory.Device{GUID: "in " + path, OrgUID: uid})
	}
	f.devices = append(f.devices, inventory.Device{GUID: "in no organization", OrgUID: "nobody's"})
	f.orgs = append(f.orgs, inventory.Org{UID: "lost"})
	f.devices = append(f.devices, inventory.Device{GUID: "in an organization without a place", OrgUID: "lost"})
	f.sync(t.Context(), t, s)

	for _, c := range []struct {
		name  string
		paths []string
		want  []string
	}{
		{"a subtree, not its sibling", []string{"/1/12/"}, []string{"in /1/12/", "in /1/12/4/"}},
		{"the sibling", []string{"/1/123/"}, []string{"in /1/123/"}},
		{"two", []string{"/12/", "/1/123/"}, []string{"in /1/123/", "in /12/"}},
		{"nested", []string{"/1/12/4/", "/1/12/"}, []string{"in /1/12/", "in /1/12/4/"}},
		{"nothing", nil, nil},
		{"an empty path", []string{""}, nil},
		{"no slash at the end", []string{"/1"}, nil},
		{"no slash at the start", []string{"1/"}, nil},
		{"a hole", []string{"//"}, nil},
		{"everything with a place", inventory.Everything().Paths, []string{"in /1/", "in /1/12/", "in /1/12/4/", "in /1/123/", "in /12/"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			scope := inventory.Scope{Paths: c.paths}
			page, err := s.Devices(t.Context(), inventory.DeviceQuery{Scope: scope})
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(c.want, guids(page.Devices)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			for _, d := range f.devices {
				_, err := s.Device(t.Context(), scope, d.GUID)
				if slices.Contains(c.want, d.GUID) != (err == nil) || err != nil && !fault.Is(err, fault.NotFound) {
					t.Errorf("%q: %v", d.GUID, err)
				}
			}
			for _, o := range f.orgs {
				_, err := s.Org(t.Context(), scope, o.UID)
				if slices.Contains(c.want, "in "+o.Path) != (err == nil) || err != nil && !fault.Is(err, fault.NotFound) {
					t.Errorf("organization %q: %v", o.Path, err)
				}
			}
		})
	}
}
