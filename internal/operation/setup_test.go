package operation_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/backup"
	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/internal/store"
)

// road is a whole road of real parts: emulator, client, mirror, SQLite.
type road struct {
	t        *testing.T
	emulator *backupemu.Server
	store    *store.Store
	fleet    *inventory.Service
	client   *backup.Client
	service  *operation.Service
	people   *directory
	options  operation.Options
	ahead    atomic.Int64 // by how much the portal's and the database's clock is ahead, in nanoseconds
	root     backupemu.Org
	device   backupemu.Device // active, not blocked
}

// impatient is for tests whose vendor never answers; in this time a busy machine brings the call there. The others wait as
// long as it takes.
func impatient(o *operation.Options) { o.CallLimit = 5 * time.Second }

// setup builds a road; change may alter the options before the service is made.
func setup(t *testing.T, change ...func(*operation.Options)) *road {
	t.Helper()
	r := &road{t: t, emulator: backupemu.New(backupemu.Options{Calm: true, Orgs: 30, Users: 20, Devices: 40})}
	server := httptest.NewServer(r.emulator)
	t.Cleanup(server.Close)
	client, err := backup.New(backup.Options{
		BaseURL: server.URL, Dialect: backup.CrashPlan,
		SignIn: backup.LocalAccount{Username: "test.user@example.com", Password: "password"},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.client = client
	r.store, err = store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "portal.db"), Now: r.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.store.Close() })
	r.fleet = inventory.New(inventory.Options{Store: r.store, Reader: client.Reader(), Now: r.now, Period: time.Hour})
	if err := r.fleet.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.people = &directory{known: map[string]policy.Actor{}}
	options := operation.Options{
		Store: r.store, Requests: r.store, People: r.people, Fleet: r.fleet, Writer: client.Writer(), Reader: client.Reader(), Catalogue: action.All,
		Now: r.now, Logger: slog.New(slog.DiscardHandler),
		CallLimit: time.Minute, Grace: 2 * time.Second, AnswerAfter: time.Minute, CheckAfter: time.Hour,
	}
	for _, f := range change {
		f(&options)
	}
	r.options = options
	r.service = r.portal()
	snapshot := r.emulator.Snapshot()
	for _, o := range snapshot.Orgs {
		if o.ParentUID == "" {
			r.root = o
		}
	}
	for _, d := range snapshot.Devices {
		if d.Active && !d.Blocked && d.OrgUID != r.root.UID {
			r.device = d
			return r
		}
	}
	t.Fatal("the emulator has no active device below the root")
	return nil
}

func (r *road) now() time.Time { return time.Now().Add(time.Duration(r.ahead.Load())) }

// pass lets time pass; below zero the clock goes back.
func (r *road) pass(d time.Duration) { r.ahead.Add(int64(d)) }

// portal is one more portal on the same database and vendor; change may alter its options.
func (r *road) portal(change ...func(*operation.Options)) *operation.Service {
	r.t.Helper()
	options := r.options
	for _, f := range change {
		f(&options)
	}
	service := operation.New(options)
	r.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := service.Close(ctx); err != nil {
			r.t.Error(err)
		}
	})
	return service
}

// actor is a person with a role at an organization.
func (r *road) actor(role policy.Role, orgUID string) policy.Actor {
	r.t.Helper()
	paths, err := r.store.OrgPaths(r.t.Context(), []string{orgUID})
	if err != nil {
		r.t.Fatal(err)
	}
	return policy.Actor{
		Issuer: "https://id.example", Subject: string(role), Name: "Test " + string(role), Email: string(role) + "@halden.example", Address: "127.0.0.1",
		Grants: []policy.Grant{{Role: role, OrgUID: orgUID, Path: paths[orgUID].Path, AtRoot: paths[orgUID].ParentUID == ""}},
	}
}

func (r *road) admin() policy.Actor { return r.actor(policy.Admin, r.root.UID) }

func (r *road) submission(actionID string) operation.Submission {
	return operation.Submission{ID: operation.NewID(), Action: actionID, TargetID: r.device.GUID, Reason: "case 4471", Request: "req-1"}
}

// trail is the audit trail of an operation as a short string: "intent succeeded".
func (r *road) trail(id string) string {
	r.t.Helper()
	events, err := r.store.Events(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	var words []string
	for _, e := range events {
		words = append(words, string(e.Line.Outcome))
	}
	return strings.Join(words, " ")
}

// changes counts the changing requests that reached the vendor.
func (r *road) changes() int {
	n := 0
	for _, q := range r.emulator.Requests() {
		if q.Method != http.MethodGet {
			n++
		}
	}
	return n
}

// blocked asks the emulator itself.
func (r *road) blocked() bool {
	for _, d := range r.emulator.Snapshot().Devices {
		if d.GUID == r.device.GUID {
			return d.Blocked
		}
	}
	r.t.Fatal("the device is gone")
	return false
}

// await waits until the operation has the state.
func (r *road) await(id string, want operation.State) operation.Operation {
	r.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(time.Minute)
	for {
		op, err := r.store.Operation(r.t.Context(), id)
		if err == nil && op.State == want {
			return op
		}
		select {
		case <-tick.C:
		case <-limit:
			r.t.Fatalf("operation is %s (%v), want %s", op.State, err, want)
		}
	}
}

// eventually waits until the condition holds.
func (r *road) eventually(holds func() bool, problem string) {
	r.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(time.Minute)
	for !holds() {
		select {
		case <-tick.C:
		case <-limit:
			r.t.Fatal(problem)
		}
	}
}

func orgBlock(t *testing.T) action.Action {
	t.Helper()
	a, ok := action.ByID("org.block")
	if !ok {
		t.Fatal("org.block is not in the catalogue")
	}
	return a
}

func blockRequests() backupemu.Match {
	return backupemu.Match{PathPrefix: "/api/v1/ComputerBlock"}
}

func describe(op operation.Operation) string {
	return fmt.Sprintf("%s, %d attempts: %s | checked: %s", op.State, op.Attempts, op.Detail, op.Checked)
}
