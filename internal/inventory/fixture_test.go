package inventory_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"backup-portal/internal/backup"
	emulator "backup-portal/internal/emulator/backup"
	"backup-portal/internal/inventory"
	"backup-portal/internal/store"
)

// fixture is an inventory between a real database and an emulated vendor, all of a test's own.
type fixture struct {
	*inventory.Service
	t      *testing.T
	vendor *emulator.Server
	store  *store.Store
	client *backup.Client
}

var (
	devicePages = emulator.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Computer"}
	broken      = emulator.Failure{Status: http.StatusInternalServerError, Body: `[{"name":"SYSTEM"}]`}
)

func newFixture(t *testing.T, o emulator.Options) *fixture {
	t.Helper()
	return newFixtureBehind(t, o, func(vendor *emulator.Server) http.Handler { return vendor })
}

// newFixtureBehind puts a handler before the emulator.
func newFixtureBehind(t *testing.T, o emulator.Options, before func(*emulator.Server) http.Handler) *fixture {
	t.Helper()
	vendor := emulator.New(o)
	server := httptest.NewServer(before(vendor))
	t.Cleanup(server.Close)
	client, err := backup.New(backup.Options{
		BaseURL: server.URL, Dialect: backup.CrashPlan, SignIn: backup.LocalAccount{Username: "test.user@example.com", Password: "password"},
	})
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "portal.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return &fixture{
		Service: inventory.New(inventory.Options{Store: db, Reader: client.Reader(), Period: time.Hour}),
		t:       t, vendor: vendor, store: db, client: client,
	}
}

// calm is a small fleet of a vendor that behaves.
func calm() emulator.Options {
	return emulator.Options{Calm: true, Orgs: 15, Users: 30, Devices: 120, MaxPageSize: 50}
}

func (f *fixture) sync() {
	f.t.Helper()
	if err := f.Sync(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) search(q inventory.DeviceQuery) inventory.DevicePage {
	f.t.Helper()
	page, err := f.Search(f.t.Context(), q)
	if err != nil {
		f.t.Fatal(err)
	}
	return page
}

func (f *fixture) freshness() inventory.Freshness {
	f.t.Helper()
	fresh, err := f.Freshness(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	return fresh
}

// paths are the materialised paths by orgUid, worked out from the emulator's own tree.
func paths(s emulator.Snapshot) map[string]string {
	byUID := map[string]string{"": "/"}
	for _, o := range s.Orgs { // a parent comes before its children
		byUID[o.UID] = byUID[o.ParentUID] + o.UID + "/"
	}
	delete(byUID, "")
	return byUID
}

// twoSubtrees finds two subtrees that do not hold each other, with a device in the first.
func (f *fixture) twoSubtrees() (own, other inventory.Scope, device emulator.Device, otherOrg string) {
	f.t.Helper()
	snapshot := f.vendor.Snapshot()
	byUID := paths(snapshot)
	for _, d := range snapshot.Devices {
		for uid, path := range byUID {
			at := byUID[d.OrgUID]
			if strings.Count(at, "/") > 2 && !strings.HasPrefix(path, at) && !strings.HasPrefix(at, path) {
				return inventory.Scope{Paths: []string{at}}, inventory.Scope{Paths: []string{path}}, d, uid
			}
		}
	}
	f.t.Fatal("no two subtrees")
	return own, other, device, otherOrg
}

// block blocks an organization with everything below it, around the portal.
func (f *fixture) block(orgGUID string) {
	f.t.Helper()
	if err := f.client.Writer().BlockOrg(f.t.Context(), orgGUID); err != nil {
		f.t.Fatal(err)
	}
}
