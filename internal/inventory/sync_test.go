package inventory_test

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	emulator "backup-portal/internal/emulator/backup"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
)

// TestSyncMirrorsTheVendor holds the mirror against the emulator's own state, for a vendor that behaves, one that caps
// pages, and one that answers 429 and ends tokens early.
func TestSyncMirrorsTheVendor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		options emulator.Options
	}{
		{"calm", emulator.Options{Calm: true, Devices: 300, Users: 100}},
		{"capped pages", emulator.Options{Calm: true, Orgs: 150, Users: 100, Devices: 150, MaxPageSize: 37}},
		{"misbehaving", emulator.Options{Users: 100, Devices: 300, MaxPageSize: 8}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, c.options)
			f.sync()
			snapshot := f.vendor.Snapshot()
			fresh := f.freshness()
			if fresh.Devices != len(snapshot.Devices) || fresh.Orgs != len(snapshot.Orgs) || fresh.Users != len(snapshot.Users) ||
				fresh.CompletedAt.IsZero() || fresh.Running || fresh.Failure != "" {
				t.Errorf("freshness %+v; want %d devices, %d organizations, %d users", fresh, len(snapshot.Devices), len(snapshot.Orgs), len(snapshot.Users))
			}

			byUID := paths(snapshot)
			want := map[string]inventory.Device{}
			for _, d := range snapshot.Devices {
				want[d.GUID] = inventory.Device{
					GUID: d.GUID, Name: d.Name, HostName: d.HostName, OrgUID: d.OrgUID, OrgPath: byUID[d.OrgUID], UserUID: d.UserUID,
					Username: d.Username, Status: d.Status, Active: d.Active, Blocked: d.Blocked, Deauthorized: d.Deauthorized,
					Alert: d.Alert, LastConnected: d.LastConnected, LastCompleted: d.LastCompleted,
				}
			}
			got := map[string]inventory.Device{}
			for q := (inventory.DeviceQuery{Scope: inventory.Everything(), Limit: 300}); ; {
				page := f.search(q)
				for _, d := range page.Devices {
					if d.OrgName == "" || d.SeenAt.IsZero() || d.Created.IsZero() || d.ClientVersion == "" || !d.LastCompleted.IsZero() && d.StoredBytes == 0 {
						t.Fatalf("incomplete row: %+v", d)
					}
					got[d.GUID] = inventory.Device{
						GUID: d.GUID, Name: d.Name, HostName: d.HostName, OrgUID: d.OrgUID, OrgPath: d.OrgPath, UserUID: d.UserUID,
						Username: d.Username, Status: d.Status, Active: d.Active, Blocked: d.Blocked, Deauthorized: d.Deauthorized,
						Alert: d.Alert, LastConnected: d.LastConnected, LastCompleted: d.LastCompleted,
					}
				}
				if q.After = page.Next; q.After == "" {
					break
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("devices (-vendor +mirror):\n%s", diff)
			}
		})
	}
}

// TestScopesOfTheVendor compares rows and counts for every organization's subtree with a count over the emulator's state.
func TestScopesOfTheVendor(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	f.sync()
	snapshot := f.vendor.Snapshot()
	byUID := paths(snapshot)
	for _, scope := range byUID {
		for _, text := range []string{"", "laptop", "la", "example.com", "1", "<"} {
			want := map[inventory.DeviceState]int{}
			needle := inventory.SearchNeedle(text)
			var inside []string
			for _, d := range snapshot.Devices {
				row := inventory.Device{GUID: d.GUID, Name: d.Name, HostName: d.HostName, Username: d.Username, ExternalReference: d.ExternalReference}
				if !strings.HasPrefix(byUID[d.OrgUID], scope) || !strings.Contains(inventory.SearchText(row), needle) {
					continue
				}
				inside = append(inside, d.GUID)
				switch {
				case !d.Active:
					want[inventory.StateDeactivated]++
				case d.Blocked:
					want[inventory.StateBlocked]++
				case d.Deauthorized:
					want[inventory.StateDeauthorized]++
				default:
					want[inventory.StateActive]++
				}
				if d.Alert {
					want[inventory.StateAlert]++
				}
			}
			q := inventory.DeviceQuery{Scope: inventory.Scope{Paths: []string{scope}}, Text: text, Limit: 1000}
			page := f.search(q)
			var rows []string
			for _, d := range page.Devices {
				rows = append(rows, d.GUID)
			}
			slices.Sort(rows)
			slices.Sort(inside)
			if diff := cmp.Diff(inside, rows); diff != "" || page.Total != len(inside) {
				t.Errorf("%q under %s: total %d of %d (-vendor +mirror):\n%s", text, scope, page.Total, len(inside), diff)
			}
			facets, err := f.Facets(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, state := range facets.States {
				if state.Count != want[inventory.DeviceState(state.Value)] {
					t.Errorf("%q under %s: %d devices in state %s, want %d", text, scope, state.Count, state.Value, want[inventory.DeviceState(state.Value)])
				}
			}
		}
	}
}

// TestFailedSyncKeepsTheMirror breaks the crawl on its second page of devices.
func TestFailedSyncKeepsTheMirror(t *testing.T) {
	t.Parallel()
	var armed atomic.Bool
	f := newFixtureBehind(t, calm(), func(vendor *emulator.Server) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if armed.Load() && r.URL.Path == "/api/v1/Computer" && r.URL.Query().Get("pgNum") == "2" {
				vendor.FailNext(devicePages, broken, 1)
			}
			vendor.ServeHTTP(w, r)
		})
	})
	f.sync()
	good := f.freshness()
	before := f.search(inventory.DeviceQuery{Scope: inventory.Everything(), Limit: 1000})
	gone := before.Devices[len(before.Devices)-1].GUID
	if err := f.vendor.RemoveDevice(gone); err != nil {
		t.Fatal(err)
	}

	armed.Store(true)
	err := f.Sync(t.Context())
	armed.Store(false)
	if !fault.Is(err, fault.Upstream) {
		t.Fatalf("the broken sync: %v, want an upstream fault", err)
	}
	fresh := f.freshness()
	if fresh.Failure != "The backup service reported an error." || fresh.FailedAt.IsZero() || fresh.Running || !fresh.CompletedAt.Equal(good.CompletedAt) || fresh.NextAt.IsZero() {
		t.Errorf("freshness after the failure: %+v", fresh)
	}
	after := f.search(inventory.DeviceQuery{Scope: inventory.Everything(), Limit: 1000})
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("rows changed (-before +after):\n%s", diff)
	}

	f.sync()
	if fresh := f.freshness(); fresh.Failure != "" || !fresh.FailedAt.IsZero() || fresh.Devices != good.Devices-1 {
		t.Errorf("freshness after the next sync: %+v", fresh)
	}
}

// TestRemovedOnlyAfter404 lets the confirming read fail once.
func TestRemovedOnlyAfter404(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	f.sync()
	guid := f.vendor.Snapshot().Devices[40].GUID
	if err := f.vendor.RemoveDevice(guid); err != nil {
		t.Fatal(err)
	}
	f.vendor.FailNext(emulator.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Computer/" + guid}, broken, 1)
	f.sync()
	row, err := f.Device(t.Context(), inventory.Everything(), guid)
	if err != nil {
		t.Fatalf("removed without a 404: %v", err)
	}
	if fresh := f.freshness(); !row.SeenAt.Before(fresh.StartedAt) {
		t.Errorf("a row that the sync did not meet claims to be as fresh as it: %v", row.SeenAt)
	}
	f.sync()
	if _, err := f.Device(t.Context(), inventory.Everything(), guid); !fault.Is(err, fault.NotFound) {
		t.Errorf("still there after the 404: %v", err)
	}
}

// TestClicksDuringSync holds the vendor's page: the writer is free, one sync runs at a time, and cancelling ends it with its lease.
func TestClicksDuringSync(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	f.sync()
	gate := f.vendor.Delay(devicePages)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.Sync(ctx) }()
	<-gate.Arrived()

	row := f.search(inventory.DeviceQuery{Scope: inventory.Everything(), Limit: 1}).Devices[0]
	row.Name, row.SeenAt = "written meanwhile", time.Now()
	if err := f.store.DeviceSeen(t.Context(), row); err != nil {
		t.Errorf("a write during the sync: %v", err)
	}
	if err := f.Sync(t.Context()); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second sync: %v, want a conflict", err)
	}
	if !f.freshness().Running {
		t.Error("the running sync is not told")
	}

	cancel()
	if err := <-ended; err == nil {
		t.Error("the cancelled sync succeeded")
	}
	gate.Release()
	if fresh := f.freshness(); fresh.Running || fresh.Failure != "The refresh was interrupted." {
		t.Errorf("after cancelling: %+v", fresh)
	}
	if got, err := f.Device(t.Context(), inventory.Everything(), row.GUID); err != nil || got.Name != "written meanwhile" {
		t.Errorf("the row written meanwhile: %q, %v", got.Name, err)
	}
	f.sync()
}

// TestRunSyncsAtStartAndWhenAsked asks many times while one sync is held: one more follows.
func TestRunSyncsAtStartAndWhenAsked(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	first := f.vendor.Delay(devicePages)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { f.Run(ctx); close(ended) }()
	<-first.Arrived()
	second := f.vendor.Delay(emulator.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Org"})
	for range 20 {
		f.SyncNow()
	}
	first.Release()
	<-second.Arrived()
	if fresh := f.freshness(); fresh.CompletedAt.IsZero() || !fresh.Running {
		t.Errorf("when the second sync begins: %+v", fresh)
	}
	cancel()
	<-ended
	second.Release()
	asked := 0
	for _, r := range f.vendor.Requests() {
		if r.Path == "/api/v1/Org" && strings.Contains(r.Query, "pgNum=1") {
			asked++
		}
	}
	if asked != 2 {
		t.Errorf("%d syncs began, want 2", asked)
	}
}

// TestPortalsShareThePeriod: while another portal syncs, and after it has, this one leaves the vendor alone.
func TestPortalsShareThePeriod(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	other, err := f.store.SyncStarted(t.Context(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	log := &spoken{lines: make(chan string, 1000)}
	db := &ending{Store: f.store, sync: func() error {
		return f.store.SyncCompleted(t.Context(), other, time.Now().Add(time.Hour))
	}}
	s := inventory.New(inventory.Options{
		Store: db, Reader: f.client.Reader(), Period: 10 * time.Millisecond,
		Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { s.Run(ctx); close(ended) }()
	log.until(t, "sync left to another")
	db.ends.Store(true)
	log.until(t, "sync not due")
	if n := len(f.vendor.Requests()); n != 0 {
		t.Errorf("%d requests reached the vendor", n)
	}
	s.SyncNow() // somebody asks all the same
	log.until(t, "mirror synced")
	cancel()
	<-ended
}

// ending is a mirror in which another portal's sync ends just before somebody asks how fresh it is, and not between that
// question and what follows from it.
type ending struct {
	inventory.Store

	ends atomic.Bool
	sync func() error
}

func (e *ending) Freshness(ctx context.Context) (inventory.Freshness, error) {
	if e.ends.CompareAndSwap(true, false) {
		if err := e.sync(); err != nil {
			return inventory.Freshness{}, err
		}
	}
	return e.Store.Freshness(ctx)
}

// spoken is a log whose lines can be waited for.
type spoken struct{ lines chan string }

func (s *spoken) Write(line []byte) (int, error) {
	s.lines <- string(line)
	return len(line), nil
}

func (s *spoken) until(t *testing.T, text string) {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		select {
		case line := <-s.lines:
			if strings.Contains(line, text) {
				return
			}
		case <-limit:
			t.Fatalf("nobody says %q", text)
		}
	}
}
