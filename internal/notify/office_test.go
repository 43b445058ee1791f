package notify_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	netmail "net/mail"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/action"
	"backup-portal/internal/approval"
	"backup-portal/internal/audit"
	"backup-portal/internal/emulator/mail"
	"backup-portal/internal/notify"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/internal/store"
)

// nobodyListens is a port that the system gives to nobody who asks for any: one that was closed may be another test's
// a moment later.
const nobodyListens = 1

// clock moves when a test says so.
type clock struct{ micros atomic.Int64 }

func (c *clock) Now() time.Time          { return time.UnixMicro(c.micros.Add(1)).UTC() }
func (c *clock) Advance(d time.Duration) { c.micros.Add(d.Microseconds()) }

// office is a database with requests, a mail server, and a sender between them.
type office struct {
	t      *testing.T
	clock  *clock
	db     *store.Store
	sink   *mail.Sink
	server notify.Server
	voters []string // keys of who may vote
	log    bytes.Buffer
	counts map[notify.State]int
	asked  int
	sender *notify.Sender
}

func newOffice(t *testing.T, o mail.Options) *office {
	t.Helper()
	f := &office{t: t, clock: &clock{}, sink: mail.New(o), voters: []string{"mara", "ingrid"}}
	f.clock.micros.Store(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC).UnixMicro())
	f.db = f.open("sqlite:" + filepath.Join(t.TempDir(), "portal.db"))
	f.server = f.listen(f.sink.Serve)
	f.sender = f.newSender(f.db)
	return f
}

func (f *office) open(databaseURL string) *store.Store {
	f.t.Helper()
	db, err := store.Open(f.t.Context(), store.Options{URL: databaseURL, Now: f.clock.Now})
	must(f.t, err)
	f.t.Cleanup(func() { _ = db.Close() })
	return db
}

// listen starts the mail server and answers where it is.
func (f *office) listen(serve func(net.Listener) error) notify.Server {
	f.t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(f.t.Context(), "tcp", "127.0.0.1:0")
	must(f.t, err)
	go func() { _ = serve(listener) }()
	f.t.Cleanup(func() { _ = f.sink.Close() })
	return notify.Server{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, Encryption: notify.Plaintext}
}

func (f *office) newSender(db *store.Store) *notify.Sender {
	f.counts = map[notify.State]int{}
	var mu sync.Mutex
	return notify.New(notify.Options{
		Store: db, Requests: db, Road: f, Catalogue: action.All, Server: f.server,
		From: &netmail.Address{Name: "Backup Pörtal", Address: "portal@halden.example"}, PublicURL: &url.URL{Scheme: "https", Host: "portal.example.com"},
		Zone: time.UTC, Logger: slog.New(slog.NewTextHandler(&locked{to: &f.log}, nil)),
		Count: func(s notify.State, n int) { mu.Lock(); defer mu.Unlock(); f.counts[s] += n },
	})
}

// locked is a log that several write to.
type locked struct {
	mu sync.Mutex
	to io.Writer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(b)
}

// Progress, Eligible and Readable stand in for the road.
func (f *office) Progress(context.Context, operation.Request) (operation.Progress, error) {
	return operation.Progress{Verdict: approval.Verdict{Missing: approval.Need{{Count: 1, From: []approval.Source{{Role: "admin"}}}}}}, nil
}

func (f *office) Deciders(context.Context, operation.Request) ([]policy.Actor, error) {
	var actors []policy.Actor
	for _, key := range f.voters {
		actors = append(actors, policy.Actor{Issuer: "i", Subject: key})
	}
	return actors, nil
}

func (f *office) Readable(_ context.Context, key string, _ operation.Request) (bool, error) {
	return slices.Contains(f.voters, strings.TrimPrefix(key, "i|")), nil
}

func person(key string) operation.Person {
	return operation.Person{Key: "i|" + key, Name: strings.ToUpper(key[:1]) + key[1:], Email: key + "@halden.example"}
}

func told(kind operation.NoticeKind, keys ...string) []operation.Notice {
	var notices []operation.Notice
	for _, key := range keys {
		notices = append(notices, operation.Notice{Person: person(key), Kind: kind})
	}
	return notices
}

// ask stores a request of jonas about one device, and what it tells.
func (f *office) ask(notices ...operation.Notice) operation.Request {
	f.t.Helper()
	f.asked++
	r := operation.Request{
		ID: operation.NewID(), Action: "device.deactivate", Person: person("jonas"), Reason: "Case 4471", Digest: "d", Lifetime: 48 * time.Hour,
		Items: []operation.Operation{{
			ID: operation.NewID(), Action: "device.deactivate", Person: person("jonas"), TargetKind: "device", TargetID: fmt.Sprint(f.asked),
			TargetName: fmt.Sprintf("LAPTOP-%d", f.asked), TargetOrgUID: "1", TargetOrgName: "Halden", TargetOrgPath: "/1/",
		}},
	}
	stored, _, err := f.db.Ask(f.t.Context(), r, operation.Spending{}, func(policy.Spent) (operation.Entry, error) {
		return operation.Entry{State: operation.Awaiting, Need: approval.Need{{Count: 1, From: []approval.Source{{}}}}, Line: f.line(audit.Requested), Notices: notices}, nil
	})
	must(f.t, err)
	return stored
}

func (f *office) line(outcome audit.Outcome) audit.Line {
	return audit.Line{At: f.clock.Now(), Actor: audit.Actor{Key: "i|jonas"}, Action: "device.deactivate", Target: audit.Target{Kind: "device", ID: "1"}, Outcome: outcome, OrgUIDs: []string{"1"}}
}

// deliver delivers once, and answers what the sink has: "mara: Please decide: …".
func (f *office) deliver() (caught []string, err error) {
	f.t.Helper()
	err = f.sender.Deliver(f.t.Context())
	for _, m := range f.sink.Mails() {
		caught = append(caught, strings.TrimSuffix(strings.Join(m.To, ","), "@halden.example")+": "+m.Subject())
	}
	return caught, err
}

func (f *office) delivers(want ...string) {
	f.t.Helper()
	got, err := f.deliver()
	must(f.t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		f.t.Errorf("(-want +got)\n%s", diff)
	}
}

func (f *office) counted(want map[notify.State]int) {
	f.t.Helper()
	if diff := cmp.Diff(want, f.counts); diff != "" {
		f.t.Errorf("counted (-want +got)\n%s", diff)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
