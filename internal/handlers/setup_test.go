package handlers_test

import (
	"context"
	"flag"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/auth"
	"backup-portal/internal/backup"
	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/emulator/idp"
	"backup-portal/internal/handlers"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/internal/preference"
	"backup-portal/internal/store"
	"backup-portal/internal/store/pgtest"
	"backup-portal/web/static"
)

// database is where the portals of these tests keep their data; -args -database=postgres runs all of them there.
var database = flag.String("database", "sqlite", "sqlite or postgres")

// databaseURL is a new database for one test.
func databaseURL(t *testing.T) string {
	t.Helper()
	if *database != "postgres" {
		return "sqlite:" + filepath.Join(t.TempDir(), "portal.db")
	}
	return pgtest.Prepared(t, func(url string) error {
		s, err := store.Open(t.Context(), store.Options{URL: url})
		if err != nil {
			return err
		}
		return s.Close()
	})
}

// places of the test fleet: roles are held at Own; Child lies below it, Sibling beside it, Parent is the root above both.
type fleet struct{ Root, Own, Child, Sibling backupemu.Org }

// portal is a whole portal in one process: real handlers, services, database, emulators.
type portal struct {
	t        *testing.T
	url      string
	emulator *backupemu.Server
	provider *idp.Provider
	store    *store.Store
	road     *operation.Service
	mirror   *inventory.Service
	signIn   *auth.Service
	handlers *handlers.Handlers
	fleet    fleet
	device   map[string]backupemu.Device // by place: own, child, sibling, parent
}

type config struct {
	readOnly bool
	writable func(context.Context) error
	road     func(*operation.Options)
	pages    func(*portal, *handlers.Options)
	prepare  func(*portal) // before the first sync
	fleet    backupemu.Options
	// patience bounds a vendor call; short only where the vendor never answers, for a busy machine takes its time.
	patience time.Duration
	now      func() time.Time // the clock of sign-in and sessions
}

func setup(t *testing.T, change ...func(*config)) *portal {
	t.Helper()
	c := config{fleet: backupemu.Options{Calm: true, Orgs: 20, Users: 60, Devices: 160}, patience: time.Minute, now: time.Now}
	for _, f := range change {
		f(&c)
	}
	p := &portal{t: t, emulator: backupemu.New(c.fleet)}
	vendor := httptest.NewServer(p.emulator)
	t.Cleanup(vendor.Close)
	p.choosePlaces()
	if c.prepare != nil {
		c.prepare(p)
	}
	client, err := backup.New(backup.Options{
		BaseURL: vendor.URL, Dialect: backup.CrashPlan, CallLimit: c.patience,
		SignIn: backup.LocalAccount{Username: "test.user@example.com", Password: "password"},
	})
	must(t, err)
	p.store, err = store.Open(t.Context(), store.Options{URL: databaseURL(t), Now: time.Now})
	must(t, err)
	t.Cleanup(func() { _ = p.store.Close() })
	p.mirror = inventory.New(inventory.Options{Store: p.store, Reader: client.Reader(), Now: time.Now, Period: time.Hour})
	must(t, p.mirror.Sync(t.Context()))
	options := operation.Options{
		Store: p.store, Requests: p.store, People: directory{p}, Holder: "test",
		Fleet: p.mirror, Writer: client.Writer(), Reader: client.Reader(), Catalogue: action.All,
		Now: time.Now, Logger: slog.New(slog.DiscardHandler), ReadOnly: c.readOnly, CallLimit: c.patience, AnswerAfter: time.Minute, CheckAfter: time.Hour,
	}
	if c.road != nil {
		c.road(&options)
	}
	p.road = operation.New(options)
	t.Cleanup(func() { _ = p.road.Close(context.Background()) })
	p.serve(c)
	return p
}

// directory asks the portal's sign-in, which is made after the road, who somebody is.
type directory struct{ *portal }

func (d directory) Person(ctx context.Context, key string) (policy.Actor, bool, error) {
	return d.signIn.Person(ctx, key)
}

func (d directory) Known(ctx context.Context) ([]policy.Actor, error) { return d.signIn.Known(ctx) }

// serve starts provider and portal; each needs to know where the other listens.
func (p *portal) serve(c config) {
	t := p.t
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	p.url = "http://" + listener.Addr().String()
	public, err := url.Parse(p.url)
	must(t, err)

	var provider http.Handler
	idpServer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { provider.ServeHTTP(w, r) }))
	t.Cleanup(idpServer.Close)
	issuer := strings.Replace(idpServer.URL, "127.0.0.1", "localhost", 1)
	people, mappings := p.people()
	p.provider, err = idp.New(idp.Options{
		Issuer: issuer, ClientID: "portal", ClientSecret: "s3cret", People: people,
		RedirectURIs: []string{p.url + "/auth/callback"}, PostLogoutURIs: []string{p.url + "/auth/signed-out"},
		BackChannelLogoutURI: p.url + "/auth/backchannel-logout",
	})
	must(t, err)
	provider = p.provider

	p.signIn, err = auth.New(t.Context(), auth.Options{
		Issuer: issuer, ClientID: "portal", ClientSecret: "s3cret", PublicURL: p.url, GroupsClaim: "groups", Mappings: mappings,
		Sessions: p.store, Now: c.now, Logger: slog.New(slog.DiscardHandler), RequestsPerMinute: 10_000,
		Places: func(ctx context.Context, uids []string) (map[string]auth.Place, error) {
			orgs, err := p.store.OrgPaths(ctx, uids)
			found := map[string]auth.Place{}
			for uid, o := range orgs {
				found[uid] = auth.Place{Path: o.Path, Root: o.ParentUID == ""}
			}
			return found, err
		},
		Record: p.record,
	})
	must(t, err)
	assets, err := static.New()
	must(t, err)
	writable := p.store.Writable
	if c.writable != nil {
		writable = c.writable
	}
	options := handlers.Options{
		Auth: p.signIn, Inventory: p.mirror, Operations: p.road, Preferences: preference.New(preference.Options{Store: p.store}), Audit: p.store, Record: p.record, Catalogue: action.All, Assets: assets,
		Now: time.Now, Zone: time.UTC, Logger: slog.New(slog.DiscardHandler), PublicURL: public, ReadOnly: c.readOnly,
		Ready: p.store.Ready, Writable: writable,
	}
	if c.pages != nil {
		c.pages(p, &options)
	}
	p.handlers = handlers.New(options)
	server := &httptest.Server{Listener: listener, Config: handlers.Server(p.handlers, slog.New(slog.DiscardHandler))}
	server.Start()
	t.Cleanup(server.Close)
}

func (p *portal) record(ctx context.Context, line audit.Line) error {
	_, err := p.store.Record(ctx, line)
	return err
}

// choosePlaces finds an organization with a child and a sibling, and moves a device of its own into each place.
func (p *portal) choosePlaces() {
	snapshot := p.emulator.Snapshot()
	byParent := map[string][]backupemu.Org{}
	for _, o := range snapshot.Orgs {
		byParent[o.ParentUID] = append(byParent[o.ParentUID], o)
	}
	p.fleet.Root = byParent[""][0]
	for _, o := range byParent[p.fleet.Root.UID] {
		if p.fleet.Own.UID == "" && len(byParent[o.UID]) > 0 {
			p.fleet.Own, p.fleet.Child = o, byParent[o.UID][0]
		} else {
			p.fleet.Sibling = o
		}
	}
	if p.fleet.Own.UID == "" || p.fleet.Sibling.UID == "" {
		p.t.Fatal("the emulated tree has no organization with a child and a sibling")
	}
	p.device = map[string]backupemu.Device{}
	uids := map[string]string{"own": p.fleet.Own.UID, "child": p.fleet.Child.UID, "sibling": p.fleet.Sibling.UID, "parent": p.fleet.Root.UID}
	next := 0
	for _, place := range []string{"own", "child", "sibling", "parent"} {
		for !snapshot.Devices[next].Active || snapshot.Devices[next].Blocked {
			next++
		}
		d := snapshot.Devices[next]
		next++
		must(p.t, p.emulator.MoveDevice(d.GUID, uids[place]))
		d.OrgUID = uids[place]
		p.device[place] = d
	}
}

// people has one person per role at Own ("viewer"), one admin and one auditor at the root, and the odd ones.
func (p *portal) people() ([]idp.Person, []auth.Mapping) {
	var people []idp.Person
	var mappings []auth.Mapping
	add := func(id string, role policy.Role, uid string) {
		people = append(people, idp.Person{ID: id, Subject: "sub-" + id, Name: "Person " + id, Email: id + "@halden.example", Groups: []string{"g-" + id}})
		mappings = append(mappings, auth.Mapping{Group: "g-" + id, Role: role, OrgUID: uid})
	}
	for _, role := range policy.Roles {
		add(string(role), role, p.fleet.Own.UID)
	}
	add("child-viewer", policy.Viewer, p.fleet.Child.UID)
	add("sibling-viewer", policy.Viewer, p.fleet.Sibling.UID)
	add("root-admin", policy.Admin, p.fleet.Root.UID)
	add("root-auditor", policy.Auditor, p.fleet.Root.UID)
	people = append(people,
		idp.Person{ID: "twice", Subject: "sub-twice", Name: "Two Places", Email: "twice@halden.example", Groups: []string{"g-viewer", "g-sibling-viewer"}},
		idp.Person{ID: "nobody", Subject: "sub-nobody", Name: "No Role", Email: "nobody@halden.example", Groups: []string{"strangers"}},
		idp.Person{ID: "crowd", Subject: "sub-crowd", Name: "Too Many", Email: "crowd@halden.example", HasGroups: true},
	)
	return people, mappings
}

// browser is a person's browser: cookies, and redirects that are looked at rather than followed.
type browser struct {
	t      *testing.T
	portal *portal
	client *http.Client
}

// org is the organization of a place.
func (p *portal) org(place string) backupemu.Org {
	return map[string]backupemu.Org{"own": p.fleet.Own, "child": p.fleet.Child, "sibling": p.fleet.Sibling, "parent": p.fleet.Root}[place]
}

// userIn is a user who lives in the organization of a place; one is moved there when nobody does.
func (p *portal) userIn(place string) backupemu.User {
	p.t.Helper()
	for _, u := range p.emulator.Snapshot().Users {
		if u.OrgUID == p.org(place).UID {
			return u
		}
	}
	p.t.Fatalf("nobody lives in %s", place)
	return backupemu.User{}
}

// as signs somebody in; "" is a visitor.
func (p *portal) as(who string) *browser {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	must(p.t, err)
	b := &browser{t: p.t, portal: p, client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if who == "" {
		return b
	}
	begin := b.get("/auth/sign-in")
	back := b.fetch(http.MethodGet, begin.header.Get("Location")+"&login_hint="+who, nil, nil)
	done := b.fetch(http.MethodGet, back.header.Get("Location"), nil, nil)
	if done.status != http.StatusSeeOther {
		p.t.Fatalf("sign-in as %s: %d %s", who, done.status, done.body)
	}
	return b
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (b *browser) get(path string) answer { return b.fetch(http.MethodGet, path, nil, nil) }

func (b *browser) post(path string, form url.Values) answer {
	return b.fetch(http.MethodPost, path, form, nil)
}

func (b *browser) fetch(method, address string, form url.Values, header map[string]string) answer {
	b.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.portal.url + address
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	request, err := http.NewRequestWithContext(b.t.Context(), method, address, body)
	must(b.t, err)
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for key, value := range header {
		request.Header.Set(key, value)
	}
	response, err := b.client.Do(request)
	must(b.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(b.t, err)
	return answer{status: response.StatusCode, header: response.Header, body: string(text)}
}

// page parses an answer for selectors.
func (a answer) page(t *testing.T) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(a.body))
	must(t, err)
	return doc
}

// changes counts the changing requests that reached the vendor.
func (p *portal) changes() int {
	n := 0
	for _, r := range p.emulator.Requests() {
		if r.Method != http.MethodGet {
			n++
		}
	}
	return n
}

// trail is the audit trail of an operation as a short string.
func (p *portal) trail(id string) string {
	p.t.Helper()
	events, err := p.store.Events(p.t.Context(), id)
	must(p.t, err)
	words := make([]string, 0, len(events))
	for _, e := range events {
		words = append(words, string(e.Line.Outcome))
	}
	return strings.Join(words, " ")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
