package store

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/audit"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
)

func TestRequestLists(t *testing.T) {
	t.Parallel()
	onEvery(t, conformRequestLists)
}

// listed names the requests that a filter finds.
func listed(t *testing.T, s *Store, f operation.RequestFilter) []string {
	t.Helper()
	found, err := s.Listed(t.Context(), f)
	ok(t, err)
	return requestIDs(found)
}

func requestIDs(found []operation.Request) (ids []string) {
	for _, r := range found {
		ids = append(ids, r.ID)
	}
	return ids
}

// seen puts devices into an organization of the mirror.
func seen(t *testing.T, s *Store, c *clock, orgUID string, guids ...string) {
	t.Helper()
	for _, guid := range guids {
		ok(t, s.DeviceSeen(t.Context(), inventory.Device{GUID: guid, OrgUID: orgUID, SeenAt: c.Now()}))
	}
}

func conformRequestLists(t *testing.T, open opener) {
	t.Run("a request lies in the scope while all its targets do", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := open(t, c)
		mirrorOrg(t, s, "a", "/1/a/")
		mirrorOrg(t, s, "b", "/1/b/")
		mirrorOrg(t, s, "lost", "")
		seen(t, s, c, "a", "d1", "d2", "d3")
		seen(t, s, c, "b", "d4", "d5")
		asked(t, s, deactivation("in-a", "d1", "d2"), operation.Awaiting)
		asked(t, s, deactivation("in-b", "d4"), operation.Awaiting)
		asked(t, s, deactivation("in-both", "d3", "d5"), operation.Awaiting)
		asked(t, s, deactivation("forgotten", "d9"), operation.Awaiting) // at /root/o1/, as it was when it was asked for
		scope := func(paths ...string) operation.RequestFilter {
			return operation.RequestFilter{Scope: inventory.Scope{Paths: paths}}
		}
		check := func(when string, want map[string][]string) {
			t.Helper()
			for path, want := range want {
				if diff := cmp.Diff(want, listed(t, s, scope(path))); diff != "" {
					t.Errorf("%s, in %q: %s", when, path, diff)
				}
			}
		}
		first := map[string][]string{
			"/1/a/": {"in-a"}, "/1/b/": {"in-b"}, "/1/": {"in-both", "in-b", "in-a"}, "/root/o1/": {"forgotten"},
			"/": {"forgotten", "in-both", "in-b", "in-a"}, "/1/b": nil, "": nil, "/2/": nil,
		}
		check("at first", first)
		if diff := cmp.Diff([]string{"in-both", "in-b", "in-a"}, listed(t, s, scope("/1/a/", "/1/b/"))); diff != "" {
			t.Error(diff)
		}
		// Among many devices elsewhere these are few, and the search begins with them.
		const elsewhere = "INSERT INTO org_count (org_uid, devices, alerts, stored_bytes, users) VALUES ('elsewhere', 100000, 0, 0, 0)"
		mustExec(t, s, elsewhere)
		check("as few of many", first)
		mustExec(t, s, "DELETE FROM org_count WHERE org_uid = 'elsewhere'")
		seen(t, s, c, "b", "d2", "d3")
		seen(t, s, c, "lost", "d4")
		moved := map[string][]string{"/1/a/": nil, "/1/b/": {"in-both"}, "/1/": {"in-both", "in-a"}, "/": {"forgotten", "in-both", "in-a"}}
		check("when devices have moved", moved)
		mustExec(t, s, elsewhere)
		check("moved, as few of many", moved)
		if got := listed(t, s, operation.RequestFilter{}); got != nil {
			t.Errorf("no scope lists %q", got)
		}
		// Where a page begins tells nothing of a request outside the scope either.
		f := scope("/1/b/")
		for _, outside := range []string{"forgotten", "none"} {
			f.After = outside
			if got := listed(t, s, f); got != nil {
				t.Errorf("behind %s: %q", outside, got)
			}
		}
	})

	t.Run("pages, newest first, by person and state", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := open(t, c)
		states := []operation.State{operation.Awaiting, operation.Scheduled, operation.Running}
		var all []operation.Request
		for i := range 30 {
			r := deactivation("r"+strconv.Itoa(97-i*7%30), "d"+strconv.Itoa(2*i), "d"+strconv.Itoa(2*i+1))
			r.Person.Key = []string{"ann", "bob"}[i%2]
			r = asked(t, s, r, states[i%3])
			if i%3 == 0 {
				r = voted(t, s, r, "zoe", true)
			}
			all = append(all, r)
			if i == 20 {
				c.Advance(-time.Second)
			}
		}
		slices.SortFunc(all, func(a, b operation.Request) int { return b.Created.Compare(a.Created) })
		for _, f := range []operation.RequestFilter{
			{}, {Person: "bob"}, {States: states[:1]}, {States: []operation.State{operation.Running, operation.Ended}}, {Person: "ann", States: states[1:]},
		} {
			var want, got []operation.Request
			for _, r := range all {
				if (f.Person == "" || r.Person.Key == f.Person) && (len(f.States) == 0 || slices.Contains(f.States, r.State)) {
					r.ReadAt = time.Time{}
					want = append(want, r)
				}
			}
			f.Scope, f.Limit = inventory.Everything(), 4
			for {
				page, err := s.Listed(t.Context(), f)
				ok(t, err)
				for _, r := range page {
					if r.ReadAt.IsZero() {
						t.Error("a request without the time of its reading")
					}
					r.ReadAt = time.Time{}
					got = append(got, r)
				}
				if len(page) < f.Limit {
					break
				}
				f.After = page[len(page)-1].ID
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%+v: %s", f, diff)
			}
		}
	})

	t.Run("what is due", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := open(t, c)
		due := func(want ...string) {
			t.Helper()
			found, err := s.Due(t.Context())
			if diff := cmp.Diff(want, requestIDs(found)); err != nil || diff != "" {
				t.Error(err, diff)
			}
			for _, r := range found {
				if len(r.Items) != 1 {
					t.Errorf("%s has %d items", r.ID, len(r.Items))
				}
			}
		}
		asked(t, s, deactivation("waits", "d1"), operation.Awaiting)
		asked(t, s, deactivation("window", "d2"), operation.Scheduled)
		asked(t, s, deactivation("runs", "d3"), operation.Running)
		stopped := asked(t, s, deactivation("stopped", "d4"), operation.Running)
		turn := func(r operation.Request, to, items operation.State) operation.Request {
			t.Helper()
			r, err := s.Turn(t.Context(), operation.Turn{ID: r.ID, Version: r.Version, To: to, Items: items, Line: requestLine(r, audit.Stopped)})
			ok(t, err)
			return r
		}
		stopped = turn(stopped, operation.Stopped, "")
		claims := func(holder string, want bool) {
			t.Helper()
			if got, err := s.Claim(t.Context(), "runs", holder, time.Minute); err != nil || got != want {
				t.Errorf("claimed by %s: %v, %v", holder, got, err)
			}
		}
		due("runs")
		claims("a", true)
		due()
		claims("b", false)
		c.Advance(40 * time.Second)
		claims("a", true)
		c.Advance(40 * time.Second)
		claims("b", false)
		due()
		c.Advance(30 * time.Second)
		due("runs")
		claims("b", true)
		claims("a", false)
		c.Advance(15 * time.Minute)
		due("window", "runs")
		c.Advance(-15 * time.Minute) // a clock that went back makes nothing due that was not
		due()
		c.Advance(24 * time.Hour)
		due("waits", "window", "runs", "stopped")
		turn(stopped, operation.Ended, operation.LeftOut)
		due("waits", "window", "runs")
		for _, id := range []string{"waits", "stopped", "none"} {
			if got, err := s.Claim(t.Context(), id, "a", time.Minute); err != nil || got {
				t.Errorf("%s, which does not run, is claimed: %v, %v", id, got, err)
			}
		}
	})

	t.Run("a claim ends with a turn", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		r := asked(t, s, deactivation("r1", "d1"), operation.Running)
		claim := func(holder string) bool {
			got, err := s.Claim(t.Context(), "r1", holder, time.Hour)
			ok(t, err)
			return got
		}
		claim("a")
		for _, to := range []operation.State{operation.Stopped, operation.Running} {
			var err error
			r, err = s.Turn(t.Context(), operation.Turn{ID: "r1", Version: r.Version, To: to, Line: requestLine(r, audit.Stopped)})
			ok(t, err)
		}
		if !claim("b") || claim("a") {
			t.Error("the claim of a run that stopped still stands")
		}
	})

	t.Run("what is open on each, and the steps of a request", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		r := asked(t, s, deactivation("r1", "d1", "d2"), operation.Running)
		asked(t, s, deactivation("r2", "d3"), operation.Awaiting)
		begin(t, s, block("op1", "d4"))
		ids := []string{"d5"}
		for i := range 1000 {
			ids = append(ids, fmt.Sprint("none-", i))
		}
		_, err := s.Move(t.Context(), operation.Move{ID: "r1-0", Version: 1, To: operation.LeftOut, Line: itemLine(r.Items[0], audit.Refused)})
		ok(t, err)
		found, err := s.OpenOnEach(t.Context(), "device", append(ids, "d1", "d2", "d3", "d4"))
		got := map[string]string{}
		for target, o := range found {
			got[target] = o.ID + " " + string(o.State)
		}
		if diff := cmp.Diff(map[string]string{"d2": "r1-1 awaiting", "d3": "r2-0 awaiting", "d4": "op1 running"}, got); err != nil || diff != "" {
			t.Error(err, diff)
		}
		if found, err := s.OpenOnEach(t.Context(), "org", []string{"d2"}); err != nil || len(found) != 0 {
			t.Errorf("another kind: %v, %v", found, err)
		}
		steps, err := s.Steps(t.Context(), "r1")
		var lines []string
		for _, e := range steps {
			lines = append(lines, fmt.Sprintf("%d %s %q", e.Seq, e.Line.Outcome, e.Line.Operation))
		}
		if diff := cmp.Diff([]string{`0 requested ""`, `3 refused "r1-0"`}, lines); err != nil || diff != "" {
			t.Error(err, diff)
		}
		entries, _, err := s.AuditSearch(t.Context(), audit.Query{AllOrgs: true, Under: "r1"})
		if err != nil || !slices.Equal(seqs(entries), []int64{3, 0}) {
			t.Errorf("searched for: %v, %v", seqs(entries), err)
		}
	})
}
