package store

import (
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"backup-portal/internal/inventory"
)

// TestASelectionEqualsBruteForce holds what is selected at once and then read in parts against a plain loop over the same
// fleet, for random scopes and queries: the ids alone, and what is left of the ids of everything.
func TestASelectionEqualsBruteForce(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s := open(t, newClock())
		f := newFleet(8, 40, 300)
		f.sync(t.Context(), t, s)
		queries := f.queries()
		rapid.Check(t, func(r *rapid.T) {
			q := queries.Draw(r, "query")
			want := guids(f.search(q))
			ids, err := s.DeviceIDs(t.Context(), q)
			if err != nil || len(ids) != len(want) {
				r.Fatalf("%d selected, want %d; %v", len(ids), len(want), err)
			}
			all, err := s.DeviceIDs(t.Context(), inventory.DeviceQuery{Scope: inventory.Everything(), Sort: q.Sort, Descending: q.Descending})
			if err != nil || len(all) != len(f.devices) {
				r.Fatalf("%d selected of all, want %d; %v", len(all), len(f.devices), err)
			}
			for name, selected := range map[string][]int64{"the ids": ids, "all ids": all} {
				var got []string
				for part := range slices.Chunk(selected, 70) {
					devices, err := s.DevicesOf(t.Context(), q, part)
					if err != nil {
						r.Fatal(err)
					}
					got = append(got, guids(devices)...)
				}
				if diff := gocmp.Diff(want, got); diff != "" {
					r.Fatalf("of %s (-want +got):\n%s", name, diff)
				}
			}
		})
	})
}

// TestThePlanOfAWholeList: who wants all rows pays for no total, as a page of the same list does.
func TestThePlanOfAWholeList(t *testing.T) {
	t.Parallel()
	sel := selection{roots: []string{"/1/"}, covered: true}
	for limit, both := range map[int]bool{51: true, everything: false} {
		if got := planSample(sqliteDialect{}).estimateOf(sel, deviceOrder{}, nil, limit).both; got != both {
			t.Errorf("up to %d rows: the total is found too %v, want %v", limit, got, both)
		}
	}
}
