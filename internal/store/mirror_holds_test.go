package store

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
)

// heldUsers are the users of a made-up fleet who are on legal hold, with the number of their matters.
func heldUsers() map[string]int {
	held := map[string]int{}
	for i := 3; i < 500; i += 7 {
		held[fmt.Sprint(i)] = i%3 + 1
	}
	return held
}

func TestHolds(t *testing.T) {
	t.Parallel()
	onEvery(t, conformHolds)
}

// conformHolds replaces who is on hold several times and counts, scope by scope, with a loop over the fleet.
func conformHolds(t *testing.T, open opener) {
	clock := newClock()
	s := open(t, clock)
	f := newForest(3, 20, 0, 400)
	f.sync(t, s)
	uids := f.uids()
	scopes := []inventory.Scope{inventory.Everything(), {}, {Paths: []string{f.orgs[uids[1]].Path}}, {Paths: []string{f.orgs[uids[2]].Path, f.orgs[uids[5]].Path}}}
	check := func(what string, want map[string]int) {
		t.Helper()
		for _, scope := range scopes {
			var names []string
			for _, u := range f.rows(inventory.UserQuery{Scope: scope}) {
				if want[u.UID] > 0 {
					names = append(names, u.Username)
				}
			}
			got, err := s.Held(t.Context(), scope, 5)
			if err != nil {
				t.Fatal(err)
			}
			var first []string
			for _, u := range got.Users {
				first = append(first, u.Username)
			}
			if got.Count != len(names) || !slices.Equal(first, names[:min(5, len(names))]) {
				t.Errorf("%s: %d on hold in %v, first %q; want %d, %q", what, got.Count, scope.Paths, first, len(names), names)
			}
			among, err := s.UsersAmong(t.Context(), scope, slices.Collect(maps.Keys(want)))
			if err != nil || len(among) != len(names) {
				t.Errorf("%s: %d of those on hold belong to %v (%v), want %d", what, len(among), scope.Paths, err, len(names))
			}
		}
		for uid := range f.users {
			if held, err := s.OnHold(t.Context(), uid); err != nil || held != (want[uid] > 0) {
				t.Fatalf("%s: user %s is on hold: %t (%v)", what, uid, held, err)
			}
		}
	}
	replace := func(held map[string]int) time.Time {
		t.Helper()
		clock.Advance(time.Hour)
		start := clock.Now()
		generation, err := s.SyncStarted(t.Context(), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		clock.Advance(time.Second)
		if err := s.SyncHolds(t.Context(), generation, held); err != nil {
			t.Fatal(err)
		}
		if err := s.SyncHolds(t.Context(), generation-1, map[string]int{"1": 1}); !fault.Is(err, fault.Conflict) {
			t.Errorf("a sync that was taken over: %v", err)
		}
		if err := s.SyncCompleted(t.Context(), generation, clock.Now()); err != nil {
			t.Fatal(err)
		}
		return start
	}
	known := func(want time.Time) {
		t.Helper()
		held, err := s.Held(t.Context(), inventory.Everything(), 1)
		fresh, freshErr := s.Freshness(t.Context())
		if err != nil || freshErr != nil || held.Known == want.IsZero() || !held.At.Equal(fresh.HoldsAt) || held.At.Sub(want).Abs() > 500*time.Millisecond {
			t.Errorf("known %t since %v, %v (%v, %v); want %v", held.Known, held.At, fresh.HoldsAt, err, freshErr, want)
		}
	}
	check("at first", heldUsers())

	all := map[string]int{}
	for uid := range f.users {
		all[uid] = 1
	}
	known(replace(all))
	check("everybody", all)
	few := map[string]int{"7": 2, "8": 1, "nobody that the mirror has": 4}
	known(replace(few))
	check("few", few)
	replace(nil)
	known(time.Time{})
	check("nobody knows", nil)
	if page, err := s.Users(t.Context(), inventory.UserQuery{Scope: inventory.Everything(), OnHold: new(true)}); err != nil || len(page.Users) > 0 {
		t.Errorf("nobody knows, and %d are listed (%v)", len(page.Users), err)
	}
	known(replace(map[string]int{}))
	check("known to be nobody", nil)

	// A sync that cannot tell leaves what was known, and its age.
	since := replace(few)
	generation, err := s.SyncStarted(t.Context(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SyncCompleted(t.Context(), generation, clock.Now()); err != nil {
		t.Fatal(err)
	}
	known(since)
	check("after a sync that did not ask", few)

	var rows []*holdRecord
	if err := s.reader.NewSelect().Model(&rows).Order("user_uid").Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	stored := map[string]int{}
	for _, r := range rows {
		stored[r.UserUID] = r.Matters
	}
	if diff := gocmp.Diff(few, stored); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}
