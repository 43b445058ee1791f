package main_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/store/pgtest"
)

const databasePassword = "database-p4ssword-wren"

// replicas are two portals on one PostgreSQL database, behind a balancer that gives requests to each in turn.
type replicas struct {
	*world
	addresses [2]string
}

func newReplicas(t *testing.T) *replicas {
	t.Helper()
	return newReplicasOf(t, 60)
}

// newReplicasOf are two portals before a vendor with so many devices.
func newReplicasOf(t *testing.T, devices int) *replicas {
	t.Helper()
	w := newWorldOf(t, devices)
	// The tests' server asks nobody for a password, but takes one.
	w.with("PORTAL_DATABASE_URL", strings.Replace(pgtest.Empty(t), "portal@", "portal:"+databasePassword+"@", 1))
	r := &replicas{world: w, addresses: [2]string{freeAddress(t), freeAddress(t)}}
	balancer := &http.Server{Handler: &httputil.ReverseProxy{
		Rewrite:   func(p *httputil.ProxyRequest) { p.Out.URL.Scheme, p.Out.URL.Host = "http", p.In.Host },
		Transport: &http.Transport{DisableKeepAlives: true, DialContext: r.inTurn()},
	}}
	listener, err := net.Listen("tcp", strings.TrimPrefix(w.url, "http://"))
	must(t, err)
	go func() { _ = balancer.Serve(listener) }()
	t.Cleanup(func() { _ = balancer.Close() })
	return r
}

// inTurn connects to one portal and then to the other; to that one, too, when the first is gone.
func (r *replicas) inTurn() func(context.Context, string, string) (net.Conn, error) {
	var turn atomic.Int64
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		n := turn.Add(1)
		conn, err := new(net.Dialer).DialContext(ctx, network, r.addresses[n%2])
		if err != nil {
			conn, err = new(net.Dialer).DialContext(ctx, network, r.addresses[(n+1)%2])
		}
		return conn, err
	}
}

// start starts one of the portals; it does not wait.
func (r *replicas) start(n int) *process {
	r.t.Helper()
	settings := map[string]string{}
	for name, value := range r.settings {
		settings[name] = value
	}
	settings["PORTAL_ADDR"] = r.addresses[n]
	return launch(r.t, r.t.TempDir(), settings, "serve")
}

// at is the same person in the same browser, whose requests all go to one of the portals.
func (r *replicas) at(n int, b *browser) *browser {
	r.t.Helper()
	direct := newBrowser(r.t, r.url)
	direct.client.Jar = b.client.Jar
	direct.client.Transport = &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, r.addresses[n])
	}}
	return direct
}

func (r *replicas) value(query string) string {
	r.t.Helper()
	return pgtest.Value(r.t, r.settings["PORTAL_DATABASE_URL"], query)
}

func (r *replicas) execute(statement string) {
	r.t.Helper()
	pgtest.Execute(r.t, r.settings["PORTAL_DATABASE_URL"], statement)
}

// TestTwoPortalsAreOne starts both at once on an empty database, and works through the balancer.
func TestTwoPortalsAreOne(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	// The first sync is held at the vendor: the other portal has to leave it alone.
	listing := r.emulator.Delay(backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Computer"})
	portals := [2]*process{r.start(0), r.start(1)}
	for _, p := range portals {
		p.says(`"msg":"portal is ready"`)
	}
	r.held(listing)
	until(t, "one of the portals left the sync to the other", func() bool {
		return strings.Contains(portals[0].output()+portals[1].output(), "sync left to another")
	})
	listing.Release()
	until(t, "the fleet is known", func() bool {
		return strings.Contains(portals[0].output()+portals[1].output(), "mirror synced")
	})

	// Sign-in begins at one portal and ends at the other: the balancer takes turns.
	ada := r.ada()
	for n := range portals {
		if a := r.at(n, ada).get("/devices"); a.status != http.StatusOK {
			t.Errorf("the session at portal %d: %d", n, a.status)
		}
	}

	var targets []backupemu.Device
	for _, d := range r.emulator.Snapshot().Devices {
		if d.Active && !d.Blocked && !d.Deauthorized && len(targets) < 20 {
			targets = append(targets, d)
		}
	}
	if len(targets) != 20 {
		t.Fatalf("%d devices to block", len(targets))
	}
	var ids []string
	for _, act := range []string{"block", "unblock"} {
		// Each form is posted to both portals at once.
		var posts sync.WaitGroup
		for _, d := range targets {
			id := newID()
			ids = append(ids, id)
			for n := range portals {
				b := r.at(n, ada)
				posts.Go(func() {
					a, err := b.try(http.MethodPost, "/devices/"+d.GUID+"/"+act, blockForm(id))
					if err != nil || a.header.Get("Location") != "/operations/"+id {
						t.Errorf("%s at portal %d: %d, %v %s", act, n, a.status, err, a.words(t, ".note"))
					}
				})
			}
		}
		posts.Wait()
		until(t, "all have ended", func() bool { return r.value("SELECT count(*) FROM operation WHERE state = 'running'") == "0" })
	}
	for _, id := range ids {
		if got := r.story(id); got != "succeeded: intent succeeded" {
			t.Errorf("operation %s: %s", id, got)
		}
	}
	if n := r.changes(); n != len(ids) {
		t.Errorf("%d changes were sent for %d operations", n, len(ids))
	}
	if got := r.value("SELECT count(*) - max(seq) - 1 FROM audit_line"); got != "0" {
		t.Errorf("the log has gaps: %s", got)
	}
	r.verified()

	// What is ended at one portal is ended at the other.
	r.at(0, ada).post("/auth/sign-out", nil)
	if a := r.at(1, ada).get("/devices"); a.status == http.StatusOK {
		t.Error("the session goes on at the other portal")
	}
	for n, p := range portals {
		p.says("the database role may do more to the audit log than add to it") // it is the server's superuser
		if strings.Contains(p.output(), databasePassword) {
			t.Errorf("the log of portal %d holds the database's password", n)
		}
		p.terminate()
	}
	for n, p := range portals {
		if code := p.ended(); code != 0 {
			t.Errorf("portal %d ended with %d", n, code)
		}
	}
	r.verified()
}

// TestALeaseHolderIsKilled: the first portal holds every lease and a change that is at the vendor, and is killed.
func TestALeaseHolderIsKilled(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	first := r.start(0)
	first.says(`"msg":"mirror synced"`)
	holder := func() string { return r.value("SELECT string_agg(DISTINCT holder, ' ') FROM lease") }
	until(t, "the first portal holds its leases", func() bool { return r.value("SELECT count(*) FROM lease") == "3" })
	killed := holder()
	second := r.start(1)
	second.says(`"msg":"portal is ready"`)
	ada := r.ada()

	call := r.emulator.DelayAfter(blockCall)
	id := newID()
	var posted sync.WaitGroup
	posted.Go(func() { _, _ = r.at(0, ada).try(http.MethodPost, r.deviceURL()+"/block", blockForm(id)) })
	r.held(call)
	first.kill()
	posted.Wait()

	// One that starts meanwhile is not alone, and settles nothing that another may be waiting for.
	third := r.start(0)
	third.says(`"msg":"portal is ready"`)
	until(t, "another portal has taken over", func() bool { return !strings.Contains(holder(), killed) })
	if got := r.story(id); got != "running: intent" {
		t.Errorf("before its deadline, with its portal gone: %s", got)
	}
	if again := r.at(1, ada).post(r.deviceURL()+"/unblock", blockForm(newID())); again.header.Get("Location") != "" {
		t.Errorf("another change of the target was let through: %q", again.header)
	}
	// Time passes.
	r.execute("UPDATE operation SET deadline = '2000-01-01T00:00:00.000000Z'")
	until(t, "it is settled", func() bool { return r.story(id) == "unknown: intent unknown" })
	call.Release()
	ada.post("/operations/"+id+"/check", nil)
	if got := r.story(id); got != "succeeded: intent unknown succeeded" || r.changes() != 1 || !r.blocked() {
		t.Errorf("after the check: %s, %d changes sent, blocked %t", got, r.changes(), r.blocked())
	}
	r.verified()
}

// TestASyncIsTakenOver kills a portal in the middle of a sync: another one leaves it alone until the lease is over.
func TestASyncIsTakenOver(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	first := r.start(0)
	first.says(`"msg":"mirror synced"`)
	second := r.start(1)
	second.says(`"msg":"mirror synced"`)
	ada := r.ada()
	must(t, r.emulator.RenameDevice(r.device.GUID, "RENAMED-MEANWHILE"))
	listing := r.emulator.Delay(backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Computer"})
	r.at(0, ada).post("/sync", nil)
	r.held(listing)
	first.kill()
	listing.Release()

	r.at(1, ada).post("/sync", nil)
	second.says("sync left to another")
	if n := strings.Count(second.output(), "mirror synced"); n != 1 {
		t.Errorf("the second portal has synced %d times", n)
	}
	r.execute("UPDATE sync_state SET lease_until = '2000-01-01T00:00:00.000000Z'") // time passes
	ada.post("/sync", nil)
	until(t, "the second portal has synced", func() bool { return strings.Count(second.output(), "mirror synced") == 2 })
	if a := ada.get("/devices?q=RENAMED-MEANWHILE"); len(a.words(t, "tbody tr")) != 1 {
		t.Errorf("the sync did not find what has changed: %q", a.words(t, "tbody tr"))
	}
	r.verified()
}

// TestServerThatIsNotThere: the operator reads where it was looked for, and not with which password.
func TestServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.with("PORTAL_DATABASE_URL", "postgres://portal:"+databasePassword+"@127.0.0.1:1/portal")
	for _, arguments := range [][]string{{"serve"}, {"migrate"}, {"audit", "verify"}, {"audit", "export"}} {
		r := command(t, w.settings, arguments...)
		if r.code == 0 || !strings.Contains(r.stderr, "127.0.0.1") || strings.Contains(r.stdout+r.stderr, databasePassword) {
			t.Errorf("%s exits with %d: %s%s", arguments, r.code, r.stdout, r.stderr)
		}
	}
}
