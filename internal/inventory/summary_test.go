package inventory_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/inventory"
)

// countedStore sums up a made-up fleet, once for each opening of its gate, and counts how often.
type countedStore struct {
	inventory.Store
	devices int
	gate    chan struct{} // nil is open
	summed  atomic.Int64
	listed  atomic.Int64
}

func (s *countedStore) DeviceSummary(ctx context.Context, _ inventory.Scope, now time.Time) (inventory.DeviceSummary, error) {
	n := s.summed.Add(1)
	if s.gate != nil {
		select {
		case <-s.gate:
		case <-ctx.Done():
			return inventory.DeviceSummary{}, ctx.Err()
		}
	}
	cells := []inventory.DeviceCell{
		{Active: true, OS: "win", Client: "11", Completed: inventory.AgeDay, Devices: s.devices - int(n)},
		{Active: false, OS: "mac", Client: "10", Completed: inventory.AgeNever, Devices: int(n)},
	}
	return inventory.DeviceSummary{Total: s.devices, Alert: int(n), CountedAt: now, Cells: cells}, nil
}

func (s *countedStore) Facets(context.Context, inventory.DeviceQuery, time.Time) (inventory.Facets, error) {
	s.listed.Add(1)
	return inventory.Facets{}, nil
}

func (s *countedStore) OrgPaths(context.Context, []string) (map[string]inventory.Org, error) {
	return map[string]inventory.Org{"inside": {Path: "/1/2/"}, "outside": {Path: "/3/"}}, nil
}

// testClock is moved by tests.
type testClock struct{ at atomic.Pointer[time.Time] }

func newTestClock() *testClock {
	c := &testClock{}
	c.move(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	return c
}

func (c *testClock) move(to time.Time) { c.at.Store(&to) }
func (c *testClock) now() time.Time    { return *c.at.Load() }

// TestLargeSummariesAreKept moves the clock: a fresh one is answered as it is, an older one while the next is counted
// behind it, a very old one is waited for. Small scopes are counted anew each time.
func TestLargeSummariesAreKept(t *testing.T) {
	t.Parallel()
	clock := newTestClock()
	store := &countedStore{devices: 60_000}
	s := inventory.New(inventory.Options{Store: store, Now: clock.now})
	ask := func(path string) int {
		t.Helper()
		summary, err := s.Summary(t.Context(), inventory.Scope{Paths: []string{path}})
		if err != nil {
			t.Fatal(err)
		}
		return summary.Alert // which count it is
	}
	for range 2 {
		if n := ask("/1/"); n != 1 {
			t.Errorf("count %d is answered, want the first", n)
		}
	}
	if n := ask("/2/"); n != 2 {
		t.Errorf("another scope is answered count %d, want one of its own", n)
	}

	clock.move(clock.now().Add(2 * time.Minute))
	if n := ask("/1/"); n != 1 {
		t.Errorf("count %d is answered, want the first until the next is there", n)
	}
	for deadline := time.Now().Add(time.Minute); ask("/1/") == 1; {
		if time.Now().After(deadline) {
			t.Fatal("the next count never comes")
		}
	}
	clock.move(clock.now().Add(time.Hour))
	before := store.summed.Load()
	if n := ask("/1/"); int64(n) != before+1 {
		t.Errorf("after an hour count %d is answered, want a new one", n)
	}

	store.devices = 10
	clock.move(clock.now().Add(time.Hour))
	for range 2 {
		before := store.summed.Load()
		if n := ask("/1/"); int64(n) != before+1 {
			t.Errorf("a small scope is answered count %d, want a new one", n)
		}
	}
}

// TestOneCountForManyAskers lets one leave early: the count goes on for the other.
func TestOneCountForManyAskers(t *testing.T) {
	t.Parallel()
	store := &countedStore{devices: 60_000, gate: make(chan struct{})}
	s := inventory.New(inventory.Options{Store: store})
	impatient, leave := context.WithCancel(t.Context())
	left, answered := make(chan error), make(chan inventory.DeviceSummary)
	go func() {
		_, err := s.Summary(impatient, inventory.Everything())
		left <- err
	}()
	leave()
	if err := <-left; err == nil {
		t.Error("who left was answered")
	}
	go func() {
		summary, err := s.Summary(t.Context(), inventory.Everything())
		if err != nil {
			t.Error(err)
		}
		answered <- summary
	}()
	close(store.gate)
	if n := (<-answered).Alert; n != 1 || store.summed.Load() != 1 {
		t.Errorf("count %d of %d is answered, want one count for both", n, store.summed.Load())
	}
}

// TestFacetsOfAKeptSummary wants counts of every size from a summary, as long as nothing but facets filters the list.
func TestFacetsOfAKeptSummary(t *testing.T) {
	t.Parallel()
	store := &countedStore{devices: 60_000}
	s := inventory.New(inventory.Options{Store: store})
	scope := inventory.Scope{Paths: []string{"/1/"}}
	for _, path := range []string{"/1/", "/1/2/"} {
		if _, err := s.Summary(t.Context(), inventory.Scope{Paths: []string{path}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name   string
		change func(*inventory.DeviceQuery)
		kept   bool
	}{
		{"no filter", func(*inventory.DeviceQuery) {}, true},
		{"a facet", func(q *inventory.DeviceQuery) { q.OS, q.Active = "win", new(true) }, true},
		{"an organization", func(q *inventory.DeviceQuery) { q.OrgUID = "inside" }, true},
		{"an organization outside the scope", func(q *inventory.DeviceQuery) { q.OrgUID = "outside" }, false},
		{"text", func(q *inventory.DeviceQuery) { q.Text = "x" }, false},
		{"a user", func(q *inventory.DeviceQuery) { q.UserUID = "7" }, false},
		{"a date", func(q *inventory.DeviceQuery) { q.Connected.Never = true }, false},
		{"no backup ever", func(q *inventory.DeviceQuery) { q.Completed.Never = true }, true},
		{"a backup a week ago", func(q *inventory.DeviceQuery) { q.Completed.Before = time.Now().Add(-7 * 24 * time.Hour) }, true},
		{"a backup two days ago", func(q *inventory.DeviceQuery) { q.Completed.Before = time.Now().Add(-48 * time.Hour) }, false},
		{"all but the newest", func(q *inventory.DeviceQuery) { q.KeepNewest = 1 }, false},
	} {
		q := inventory.DeviceQuery{Scope: scope}
		c.change(&q)
		facets, err := s.Facets(t.Context(), q)
		if err != nil || facets.Known != c.kept {
			t.Errorf("%s: known %v, %v; want %v", c.name, facets.Known, err, c.kept)
		}
	}
	facets, err := s.Facets(t.Context(), inventory.DeviceQuery{Scope: scope, OS: "win"})
	if err != nil {
		t.Fatal(err)
	}
	want := inventory.Facets{
		Known: true,
		States: []inventory.Tally{
			{Value: "active", Count: 59_999}, {Value: "blocked"}, {Value: "deauthorized"}, {Value: "deactivated"}, {Value: "alert"},
		},
		OS:      []inventory.Tally{{Value: "win", Count: 59_999}, {Value: "mac", Count: 1}},
		Clients: []inventory.Tally{{Value: "11", Count: 59_999}, {Value: "10"}},
		Backups: []inventory.Tally{
			{Value: "under-1-day", Count: 59_999}, {Value: "under-7-days"}, {Value: "under-30-days"}, {Value: "older"}, {Value: "never"},
		},
	}
	if diff := cmp.Diff(want, facets); diff != "" {
		t.Errorf("facets under a system (-want +got):\n%s", diff)
	}
}
