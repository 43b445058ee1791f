package store

import (
	"encoding/base64"
	"math"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
)

func guids(devices []inventory.Device) []string {
	var list []string
	for _, d := range devices {
		list = append(list, d.GUID)
	}
	return list
}

// TestSearchEqualsBruteForce holds rows, order, totals, facets and the pager in both directions against a plain loop over
// the same fleet, for random scopes and queries.
func TestSearchEqualsBruteForce(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s := open(t, newClock())
		f := newFleet(1, 40, 500)
		f.sync(t.Context(), t, s)
		queries := f.queries()
		rapid.Check(t, func(r *rapid.T) {
			q := queries.Draw(r, "query")
			want := guids(f.search(q))
			q.Limit = max(q.Limit, len(want)/20) // pages of one row for short lists, at most about twenty pages for long ones
			pageThrough(t.Context(), r, s, q, want)

			facets, err := s.Facets(t.Context(), q, fleetTime)
			if err != nil || !facets.Known {
				r.Fatalf("facets: known %v, %v", facets.Known, err)
			}
			if diff := gocmp.Diff(f.facets(q, facets, fleetTime), facets); diff != "" {
				r.Fatalf("facets (-want +got):\n%s", diff)
			}
		})
	})
}

// TestPlansAgree forces every plan on random queries: the page, its total and its neighbours are those of all others.
func TestPlansAgree(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s := open(t, newClock())
		f := newFleet(4, 40, 400)
		f.sync(t.Context(), t, s)
		queries, once := f.queries(), rapid.Bool()
		rapid.Check(t, func(r *rapid.T) {
			q := queries.Draw(r, "query")
			found := f.search(q)
			if at := rapid.IntRange(-1, len(found)-1).Draw(r, "from"); at >= 0 {
				record := newDeviceRecord(found[at])
				q.After = deviceOrder{q.Sort, q.Descending}.place(record).String()
			}
			want, err := s.Devices(t.Context(), q)
			if err != nil {
				r.Fatal(err)
			}
			for _, forced := range []plan{planWalk, planScan, planOrgs, planText, planSpan, planUser, planHeld, planMany, planFact} {
				got, err := s.devicesBy(t.Context(), q, func(e estimate, _ planCosts, _ bool, _ inventory.DeviceSort) choice {
					if forced == planText && math.IsInf(e.found, 1) || forced == planHeld && math.IsInf(e.held, 1) ||
						forced == planSpan && math.IsInf(e.spans, 1) || forced == planMany && math.IsInf(e.many, 1) {
						// The text index cannot be asked, others are wanted than those on hold, the text may stand anywhere, or nobody's
						// newest are left out.
						return choice{page: planScan, count: planScan}
					}
					return choice{page: forced, count: forced, once: forced != planWalk && forced != planScan && once.Draw(r, "once")}
				})
				if err != nil {
					r.Fatalf("%s: %v", forced, err)
				}
				if diff := gocmp.Diff(want, got); diff != "" {
					r.Fatalf("%s (-chosen +forced):\n%s", forced, diff)
				}
			}
		})
	})
}

// TestTheSecondPageHasAPrevious: however it is found, and if that is one row.
func TestTheSecondPageHasAPrevious(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s := open(t, newClock())
		f := newFleet(8, 3, 20)
		f.sync(t.Context(), t, s)
		for _, order := range []inventory.DeviceSort{inventory.ByName, inventory.ByStored} {
			for _, forced := range []plan{planWalk, planScan, planOrgs} {
				q := inventory.DeviceQuery{Scope: inventory.Everything(), Limit: 1, Sort: order}
				choose := func(estimate, planCosts, bool, inventory.DeviceSort) choice {
					return choice{page: forced, count: forced}
				}
				first, err := s.devicesBy(t.Context(), q, choose)
				if err != nil || first.HasPrevious || first.Next == "" {
					t.Fatalf("%s: the first page has a previous %v, a next %q; %v", forced, first.HasPrevious, first.Next, err)
				}
				q.After = first.Next
				second, err := s.devicesBy(t.Context(), q, choose)
				if err != nil || !second.HasPrevious || second.Total != len(f.devices) {
					t.Errorf("%s: the second page has a previous %v, total %d; %v", forced, second.HasPrevious, second.Total, err)
				}
			}
		}
	})
}

// TestDeviceIsReadAsItWasWritten compares every field of every device.
func TestDeviceIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s := open(t, newClock())
		f := newFleet(5, 5, 200)
		f.sync(t.Context(), t, s)
		page, err := s.Devices(t.Context(), inventory.DeviceQuery{Scope: inventory.Everything(), Limit: 200})
		if err != nil {
			t.Fatal(err)
		}
		ignored := cmpopts.IgnoreFields(inventory.Device{}, "SeenAt")
		if diff := gocmp.Diff(f.search(inventory.DeviceQuery{Scope: inventory.Everything()}), page.Devices, ignored); diff != "" {
			t.Errorf("(-written +read):\n%s", diff)
		}
	})
}

func TestDeviceSummary(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s := open(t, newClock())
		f := newFleet(6, 40, 500)
		f.sync(t.Context(), t, s)
		scopes := []inventory.Scope{{}, inventory.Everything(), {Paths: []string{f.orgs[1].Path, f.orgs[2].Path}}}
		for _, o := range f.orgs[:10] {
			scopes = append(scopes, inventory.Scope{Paths: []string{o.Path}})
		}
		for _, scope := range scopes {
			got, err := s.DeviceSummary(t.Context(), scope, fleetTime)
			if err != nil {
				t.Fatal(err)
			}
			tallied := cmpopts.IgnoreFields(got, "OS", "Clients", "Destinations", "Orgs", "CountedAt", "Cells")
			if diff := gocmp.Diff(f.summary(scope, fleetTime), got, tallied); diff != "" {
				t.Errorf("of %v (-want +got):\n%s", scope.Paths, diff)
			}
			for _, tally := range got.Clients {
				want := len(f.search(inventory.DeviceQuery{Scope: scope, Active: new(true), ClientVersion: tally.Value}))
				if tally.Count != want {
					t.Errorf("client %s of %v: %d, want %d", tally.Value, scope.Paths, tally.Count, want)
				}
			}
			for _, org := range got.Orgs {
				list := f.search(inventory.DeviceQuery{Scope: scope, OrgUID: org.UID})
				want := inventory.OrgUse{UID: org.UID, Name: org.Name, Devices: len(list)}
				for _, d := range list {
					want.StoredBytes += d.StoredBytes
				}
				if org != want {
					t.Errorf("organization of %v: %+v, want %+v", scope.Paths, org, want)
				}
			}
		}
	})
}

func TestSearchText(t *testing.T) {
	t.Parallel()
	onEvery(t, searchText)
}

func searchText(t *testing.T, open opener) {
	s := open(t, newClock())
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
	onEvery(t, cursorJunk)
}

func cursorJunk(t *testing.T, open opener) {
	s := open(t, newClock())
	newFleet(2, 3, 10).sync(t.Context(), t, s)
	raw := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	good := cursor{order: "", key: "laptop", guid: "900"}.String()
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
		{name: "another order", after: cursor{order: "connected", key: "laptop", guid: "900"}.String()},
		{name: "the other direction", before: cursor{order: "-", key: "laptop", guid: "900"}.String()},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := s.Devices(t.Context(), inventory.DeviceQuery{Scope: inventory.Everything(), After: c.after, Before: c.before})
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("got %v, want an invalid fault", err)
			}
		})
	}
	byStored := inventory.DeviceQuery{Scope: inventory.Everything(), Sort: inventory.ByStored, After: cursor{order: "stored", key: "1e3", guid: "900"}.String()}
	if _, err := s.Devices(t.Context(), byStored); !fault.Is(err, fault.Invalid) {
		t.Errorf("bytes that are no number: %v, want an invalid fault", err)
	}
	if _, err := s.Devices(t.Context(), inventory.DeviceQuery{Scope: inventory.Everything(), After: cursor{order: "", key: "') OR 1=1 --", guid: "'"}.String()}); err != nil {
		t.Errorf("a made-up place in the list: %v", err)
	}
}

// TestScopeSeesSubtreesOnly tries the siblings whose uid starts like the own one, and malformed scopes.
func TestScopeSeesSubtreesOnly(t *testing.T) {
	t.Parallel()
	onEvery(t, scopeSeesSubtreesOnly)
}

func scopeSeesSubtreesOnly(t *testing.T, open opener) {
	s := open(t, newClock())
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
