package store

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
)

func TestSyncWritesOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	onEvery(t, syncWritesOnlyWhatChanged)
}

func syncWritesOnlyWhatChanged(t *testing.T, open opener) {
	s := open(t, newClock())
	f := newFleet(5, 10, 300)
	if got := f.sync(t.Context(), t, s); got != 310 {
		t.Fatalf("the first sync changed %d rows, want all 310", got)
	}
	generation, err := s.SyncStarted(t.Context(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	written := func() time.Time { return s.health.at } // the clock never says the same twice
	before := written()
	changed, err := s.SyncWrote(t.Context(), generation, inventory.SyncBatch{Orgs: f.orgs, Devices: f.devices})
	if err != nil || changed != 0 || !written().Equal(before) {
		t.Errorf("the same again: %d rows, written %v, %v; want none", changed, !written().Equal(before), err)
	}
	f.devices[7].Name, f.orgs[3].Name = "renamed", "renamed"
	changed, err = s.SyncWrote(t.Context(), generation, inventory.SyncBatch{Orgs: f.orgs, Devices: f.devices})
	if err != nil || changed != 2 || written().Equal(before) {
		t.Errorf("two renamed: %d rows, %v; want 2", changed, err)
	}
}

// TestSyncYields looks at the database from inside a sync, whenever that reads the clock: what is committed shows where its
// transactions end, and a click that waits for the writer has its turn after the first of them.
func TestSyncYields(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		step time.Duration // how far the clock moves with each reading
		rows int
		want []int // what the sync has committed, over time
	}{
		{"after 100 rows", 0, 300, []int{0, 25, 75, 175, 275, 300}},
		{"after 25 ms", 30 * time.Millisecond, 50, []int{0, 25, 37, 43, 46, 47, 48, 49, 50}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			now, onRead := fleetTime, func() {}
			clock := func() time.Time {
				onRead()
				now = now.Add(c.step)
				return now
			}
			s, err := Open(t.Context(), Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "portal.db"), Now: clock})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			if err := s.DeviceSeen(t.Context(), inventory.Device{GUID: "clicked"}); err != nil {
				t.Fatal(err)
			}
			generation, err := s.SyncStarted(t.Context(), time.Hour)
			if err != nil {
				t.Fatal(err)
			}

			count := func(where string) (n int) {
				if err := s.reader.NewSelect().Table("device").ColumnExpr("count(*)").Where(where).Scan(t.Context(), &n); err != nil {
					t.Error(err)
				}
				return n
			}
			click := make(chan error, 1)
			var committed []int
			onRead = func() {
				n := count("guid <> 'clicked'")
				if len(committed) == 0 {
					waiting := s.writer.Stats().WaitCount
					go func() { // not through the store, which would read the clock
						_, err := s.writer.ExecContext(t.Context(), "DELETE FROM device WHERE guid = 'clicked'")
						click <- err
					}()
					for s.writer.Stats().WaitCount == waiting {
						runtime.Gosched()
					}
				} else if n > 0 && n == committed[len(committed)-1] && count("guid = 'clicked'") > 0 {
					// The first reading of a new count comes right after a commit, the next inside another transaction.
					t.Errorf("another transaction of the sync began after %d rows while the click waits", n)
				}
				committed = append(committed, n)
			}
			var b inventory.SyncBatch
			for i := range c.rows {
				b.Devices = append(b.Devices, inventory.Device{GUID: fmt.Sprint(i)})
			}
			if _, err := s.SyncWrote(t.Context(), generation, b); err != nil {
				t.Fatal(err)
			}
			onRead = func() {}
			if err := <-click; err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(c.want, slices.Compact(committed)); diff != "" {
				t.Errorf("committed while the sync ran (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSyncLease(t *testing.T) {
	t.Parallel()
	onEvery(t, syncLease)
}

func syncLease(t *testing.T, open opener) {
	c := newClock()
	s := open(t, c)
	start := func() (int64, error) { return s.SyncStarted(t.Context(), time.Minute) }
	first, err := start()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := start(); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second sync beside the first: %v, want a conflict", err)
	}
	// Batches renew the lease, empty ones too.
	for range 5 {
		c.Advance(40 * time.Second)
		if _, err := s.SyncWrote(t.Context(), first, inventory.SyncBatch{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := start(); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second sync beside a long one: %v, want a conflict", err)
	}
	c.Advance(2 * time.Minute)
	second, err := start()
	if err != nil || second == first {
		t.Fatalf("after the lease: generation %d after %d, %v", second, first, err)
	}
	for name, call := range map[string]func() error{
		"rows": func() error {
			_, err := s.SyncWrote(t.Context(), first, inventory.SyncBatch{Devices: []inventory.Device{{GUID: "1"}}})
			return err
		},
		"no rows":   func() error { _, err := s.SyncWrote(t.Context(), first, inventory.SyncBatch{}); return err },
		"missing":   func() error { return s.SyncMissing(t.Context(), first, inventory.KindDevice, []string{"1"}) },
		"completed": func() error { return s.SyncCompleted(t.Context(), first, c.Now()) },
		"failed":    func() error { return s.SyncFailed(t.Context(), first, "no", c.Now()) },
	} {
		if err := call(); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s from the sync that lost its lease: %v, want a conflict", name, err)
		}
	}
	if err := s.SyncCompleted(t.Context(), second, c.Now()); err != nil {
		t.Error(err)
	}
	if _, err := start(); err != nil {
		t.Errorf("after a completed sync: %v", err)
	}
}

func TestFreshness(t *testing.T) {
	t.Parallel()
	onEvery(t, freshness)
}

func freshness(t *testing.T, open opener) {
	c := newClock()
	s := open(t, c)
	look := func() inventory.Freshness {
		t.Helper()
		f, err := s.Freshness(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	if got := look(); got != (inventory.Freshness{}) {
		t.Errorf("before the first sync: %+v", got)
	}
	generation, err := s.SyncStarted(t.Context(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if got := look(); !got.Running || got.StartedAt.IsZero() {
		t.Errorf("while it runs: %+v", got)
	}
	next := fleetTime.Add(time.Hour)
	if err := s.SyncFailed(t.Context(), generation, "The vendor was silent.", next); err != nil {
		t.Fatal(err)
	}
	if got := look(); got.Running || got.Failure != "The vendor was silent." || got.FailedAt.IsZero() || !got.CompletedAt.IsZero() || !got.NextAt.Equal(next) {
		t.Errorf("after a failed sync: %+v", got)
	}
	newFleet(6, 4, 9).sync(t.Context(), t, s)
	got := look()
	if got.Running || got.Failure != "" || !got.FailedAt.IsZero() || got.CompletedAt.IsZero() || got.Devices != 9 || got.Orgs != 4 || got.Users != 0 {
		t.Errorf("after a complete sync: %+v", got)
	}
}

func TestLiveReadingWinsOverOlderPage(t *testing.T) {
	t.Parallel()
	onEvery(t, liveReadingWinsOverOlderPage)
}

func liveReadingWinsOverOlderPage(t *testing.T, open opener) {
	c := newClock()
	s := open(t, c)
	org := inventory.Org{UID: "r", Path: "/r/"}
	device := func(name string, seen time.Time) inventory.Device {
		return inventory.Device{GUID: "1", Name: name, OrgUID: "r", SeenAt: seen}
	}
	(&fleet{orgs: []inventory.Org{org}, devices: []inventory.Device{device("first", fleetTime)}}).sync(t.Context(), t, s)
	c.Advance(time.Hour)
	later := fleetTime.Add(time.Hour)
	if err := s.DeviceSeen(t.Context(), device("live", later)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		page inventory.Device
		want string
	}{
		{"a page asked for before", device("before", later.Add(-time.Second)), "live"},
		{"a page asked for after", device("after", later.Add(time.Second)), "after"},
	} {
		(&fleet{devices: []inventory.Device{c.page}}).sync(t.Context(), t, s)
		got, err := s.Device(t.Context(), inventory.Everything(), "1")
		if err != nil || got.Name != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, got.Name, err, c.want)
		}
	}
}

func TestMissingRows(t *testing.T) {
	t.Parallel()
	onEvery(t, missingRows)
}

func missingRows(t *testing.T, open opener) {
	s := open(t, newClock())
	f := newFleet(8, 3, 5)
	f.sync(t.Context(), t, s)
	guid := f.devices[2].GUID
	generation, err := s.SyncStarted(t.Context(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	known, err := s.SyncKnown(t.Context(), inventory.KindDevice, "", 100)
	if diff := cmp.Diff(guids(f.devices), known); diff != "" || err != nil {
		t.Errorf("known devices: %v (-want +got):\n%s", err, diff)
	}
	if known, err = s.SyncKnown(t.Context(), inventory.KindDevice, guid, 1); err != nil || !slices.Equal(known, []string{f.devices[3].GUID}) {
		t.Errorf("known after the third: %v, %v", known, err)
	}
	if err := s.SyncMissing(t.Context(), generation, inventory.KindDevice, []string{guid}); err != nil {
		t.Fatal(err)
	}
	missing := func() (n int) {
		t.Helper()
		if err := s.reader.NewSelect().Table("device").ColumnExpr("count(*)").Where("missing = ?", generation).Scan(t.Context(), &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if missing() != 1 {
		t.Error("the row is not marked")
	}
	if _, err := s.Device(t.Context(), inventory.Everything(), guid); err != nil {
		t.Errorf("a missing row is gone before anybody looked: %v", err)
	}
	// Met again with the same content, it is not missing any more.
	if n, err := s.SyncWrote(t.Context(), generation, inventory.SyncBatch{Devices: f.devices}); err != nil || n != 1 || missing() != 0 {
		t.Errorf("met again: %d rows, %v, %d still missing", n, err, missing())
	}
	for name, gone := range map[string]func(context.Context, string) error{guid: s.DeviceGone, "3": s.OrgGone, "nobody": s.UserGone} {
		if err := gone(t.Context(), name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Device(t.Context(), inventory.Everything(), guid); !fault.Is(err, fault.NotFound) {
		t.Errorf("gone: %v", err)
	}
	if _, err := s.SyncKnown(t.Context(), "planet", "", 1); err == nil {
		t.Error("an unknown kind was answered")
	}
}

// TestMovedOrgTakesDevicesAlong moves a subtree by its organizations' rows alone.
func TestMovedOrgTakesDevicesAlong(t *testing.T) {
	t.Parallel()
	onEvery(t, movedOrgTakesDevicesAlong)
}

func movedOrgTakesDevicesAlong(t *testing.T, open opener) {
	s := open(t, newClock())
	f := &fleet{
		orgs: []inventory.Org{
			{UID: "r", Path: "/r/"}, {UID: "a", Path: "/r/a/"}, {UID: "b", Path: "/r/b/"}, {UID: "c", Path: "/r/a/c/", ParentUID: "a"},
		},
		devices: []inventory.Device{{GUID: "1", OrgUID: "c"}},
	}
	f.sync(t.Context(), t, s)
	a, b := inventory.Scope{Paths: []string{"/r/a/"}}, inventory.Scope{Paths: []string{"/r/b/"}}
	if _, err := s.Device(t.Context(), a, "1"); err != nil {
		t.Fatal(err)
	}
	if err := s.OrgMoved(t.Context(), inventory.Org{UID: "c", Path: "/r/b/c/", ParentUID: "b"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Device(t.Context(), a, "1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("the old owner: %v, want not found", err)
	}
	if d, err := s.Device(t.Context(), b, "1"); err != nil || d.OrgPath != "/r/b/c/" {
		t.Errorf("the new owner: %q, %v", d.OrgPath, err)
	}
	if got, err := s.OrgPaths(t.Context(), []string{"c", "unknown"}); err != nil || len(got) != 1 || got["c"].Path != "/r/b/c/" {
		t.Errorf("paths for roles: %v, %v", got, err)
	}
	orgs, err := s.Orgs(t.Context(), b, 10)
	if err != nil || len(orgs) != 2 || orgs[1].UID != "c" {
		t.Errorf("organizations of the new owner: %v, %v", orgs, err)
	}
	if err := s.UserSeen(t.Context(), inventory.User{UID: "u", Name: "Ann"}); err != nil {
		t.Fatal(err)
	}
	if u, err := s.User(t.Context(), "u"); err != nil || u.Name != "Ann" {
		t.Errorf("a user: %+v, %v", u, err)
	}
	if _, err := s.User(t.Context(), "x"); !fault.Is(err, fault.NotFound) {
		t.Errorf("no user: %v", err)
	}
}
