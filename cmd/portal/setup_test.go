package main_test

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"backup-portal/internal/audit"
	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/emulator/idp"
	"backup-portal/internal/operation"
	"backup-portal/internal/store"
)

// Secrets of the tests: distinct, so that each can be looked for in a log.
const (
	vendorPassword = "vendor-p4ssword-kestrel"
	clientSecret   = "oidc-s3cret-heron"
)

// world is what stands around a portal: its data folder, the vendor and the provider, which live in this process and
// so outlive every portal that is killed.
type world struct {
	t        *testing.T
	folder   string
	url      string
	settings map[string]string
	emulator *backupemu.Server
	auditKey string
	device   backupemu.Device // active, not blocked
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOf(t, 60)
}

// newWorldOf is a world with so many devices.
func newWorldOf(t *testing.T, devices int) *world {
	t.Helper()
	w := &world{t: t, folder: t.TempDir(), url: "http://" + freeAddress(t)}
	w.emulator = backupemu.New(backupemu.Options{Calm: true, Orgs: 12, Users: 30, Devices: devices, Password: vendorPassword})
	vendor := httptest.NewServer(w.emulator)
	t.Cleanup(vendor.Close)
	for _, d := range w.emulator.Snapshot().Devices {
		if d.Active && !d.Blocked && !d.Deauthorized {
			w.device = d
			break
		}
	}
	var err error
	w.auditKey, err = audit.GenerateKey()
	must(t, err)
	w.settings = map[string]string{
		"PORTAL_METRICS_ADDR": "off",
		// What reads in the background would meet the faults that a test plans for a change.
		"PORTAL_SETTINGS_RATE": "off",
		"PORTAL_ADDR":          strings.TrimPrefix(w.url, "http://"), "PORTAL_PUBLIC_URL": w.url,
		"PORTAL_DATABASE_URL": "sqlite:" + filepath.Join(w.folder, "portal.db"),
		"PORTAL_BACKUP_URL":   vendor.URL, "PORTAL_BACKUP_USERNAME": "test.user@example.com", "PORTAL_BACKUP_PASSWORD": vendorPassword,
		"PORTAL_OIDC_ISSUER": w.provider(), "PORTAL_OIDC_CLIENT_ID": "portal", "PORTAL_OIDC_CLIENT_SECRET": clientSecret,
		"PORTAL_ROLES": "g-admin=admin@" + w.emulator.RootOrgUID(), "PORTAL_AUDIT_KEY": w.auditKey,
	}
	return w
}

// provider starts the sign-in under the name localhost: cookies are shared across the ports of one host.
func (w *world) provider() string {
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { handler.ServeHTTP(rw, r) }))
	w.t.Cleanup(server.Close)
	issuer := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	provider, err := idp.New(idp.Options{
		Issuer: issuer, ClientID: "portal", ClientSecret: clientSecret,
		RedirectURIs: []string{w.url + "/auth/callback"}, PostLogoutURIs: []string{w.url + "/auth/signed-out"},
		People: []idp.Person{
			{ID: "ada", Subject: "sub-ada", Name: "Ada Holm", Email: "ada.holm@halden.example", Groups: []string{"g-admin"}},
			{ID: "ben", Subject: "sub-ben", Name: "Ben Moe", Email: "ben.moe@halden.example", Groups: []string{"g-admin"}},
			{ID: "cleo", Subject: "sub-cleo", Name: "Cleo Falk", Email: "cleo.falk@halden.example", Groups: []string{"g-admin"}},
		},
	})
	must(w.t, err)
	handler = provider
	return issuer
}

// The ports that these tests give out lie below those that the system gives to whoever asks for any, and beside those of
// the browser tests, which run at the same time. No port is given out twice: one that was found free stays free until its
// portal takes it, and while a portal that was killed is away.
const (
	firstPort = 12_000
	portCount = 9_000
)

var (
	ports     atomic.Uint32             // how many were given out
	portsFrom = rand.Uint32N(portCount) // where that began: two checkouts may be tested on one machine
)

// freeAddress answers an address on which nobody listens, and which nobody else is given.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", firstPort+(portsFrom+ports.Add(1))%portCount)
		listener, err := net.Listen("tcp", address)
		if err == nil {
			must(t, listener.Close())
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// with adds settings ("NAME", "value", …) for the portals that are started from now on; "" takes one away.
func (w *world) with(pairs ...string) {
	w.settings = maps.Clone(w.settings)
	for i := 0; i < len(pairs); i += 2 {
		w.settings[pairs[i]] = pairs[i+1]
	}
}

// serve starts a portal and waits until it answers.
func (w *world) serve() *process {
	w.t.Helper()
	p := launch(w.t, w.folder, w.settings, "serve")
	p.says(`"msg":"portal is ready"`)
	return p
}

// synced starts a portal and waits until it also knows the fleet.
func (w *world) synced() *process {
	w.t.Helper()
	p := w.serve()
	p.says(`"msg":"mirror synced"`)
	return p
}

// inspect opens the database for reading, beside a portal that may be running.
func (w *world) inspect() *store.Store {
	w.t.Helper()
	db, err := store.Open(w.t.Context(), store.Options{URL: w.settings["PORTAL_DATABASE_URL"], Inspect: true})
	must(w.t, err)
	w.t.Cleanup(func() { _ = db.Close() })
	return db
}

// story is the state of an operation and its audit trail: "unknown: intent unknown".
func (w *world) story(id string) string {
	w.t.Helper()
	db := w.inspect()
	defer db.Close()
	op, err := db.Operation(w.t.Context(), id)
	must(w.t, err)
	events, err := db.Events(w.t.Context(), id)
	must(w.t, err)
	return storyOf(op.State, events)
}

func storyOf(state operation.State, events []operation.Event) string {
	words := []string{string(state) + ":"}
	for _, e := range events {
		words = append(words, string(e.Line.Outcome))
	}
	return strings.Join(words, " ")
}

// verified runs “portal audit verify” and fails unless all is right.
func (w *world) verified() {
	w.t.Helper()
	r := command(w.t, map[string]string{
		"PORTAL_DATABASE_URL": w.settings["PORTAL_DATABASE_URL"], "PORTAL_AUDIT_KEY": w.auditKey,
	}, "audit", "verify")
	if r.code != 0 {
		w.t.Errorf("audit verify exits with %d:\n%s%s", r.code, r.stdout, r.stderr)
	}
}

// changes counts the changing requests that reached the vendor.
func (w *world) changes() int {
	n := 0
	for _, r := range w.emulator.Requests() {
		if strings.Contains(r.Path, "ComputerBlock") {
			n++
		}
	}
	return n
}

// blocked tells what the vendor says of the device.
func (w *world) blocked() bool {
	w.t.Helper()
	for _, d := range w.emulator.Snapshot().Devices {
		if d.GUID == w.device.GUID {
			return d.Blocked
		}
	}
	w.t.Fatal("the device is gone")
	return false
}

// held waits until the vendor holds a request at a gate.
func (w *world) held(g *backupemu.Gate) {
	w.t.Helper()
	select {
	case <-g.Arrived():
	case <-time.After(patience):
		w.t.Fatal("no request came to where the vendor holds it")
	}
}

// abandoned waits until the vendor has seen that the caller of a held request is gone, which it does a moment after the
// caller's death: a request that is let go before that is carried out.
func (w *world) abandoned(g *backupemu.Gate) {
	w.t.Helper()
	select {
	case <-g.Left():
	case <-time.After(patience):
		w.t.Fatal("the vendor does not see that the caller is gone")
	}
}

func (w *world) deviceURL() string { return "/devices/" + w.device.GUID }

// browser is a person's browser: cookies, and redirects that are looked at rather than followed.
type browser struct {
	t      *testing.T
	url    string
	client *http.Client
}

// visitor is a browser that has not signed in.
func (w *world) visitor() *browser {
	w.t.Helper()
	return newBrowser(w.t, w.url)
}

func newBrowser(t *testing.T, portal string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	// Its own connections: one that is kept open to a portal that was killed would fail the next request.
	transport := &http.Transport{DisableKeepAlives: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{t: t, url: portal, client: &http.Client{
		Jar: jar, Transport: transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// signIn goes through the provider as somebody.
func (b *browser) signIn(who string) *browser {
	b.t.Helper()
	begin := b.get("/auth/sign-in")
	back := b.get(begin.header.Get("Location") + "&login_hint=" + who)
	done := b.get(back.header.Get("Location"))
	if done.status != http.StatusSeeOther {
		b.t.Fatalf("sign-in as %s: %d %s", who, done.status, done.body)
	}
	return b
}

func (w *world) ada() *browser {
	w.t.Helper()
	return w.visitor().signIn("ada")
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (b *browser) get(address string) answer {
	b.t.Helper()
	a, err := b.try(http.MethodGet, address, nil)
	must(b.t, err)
	return a
}

func (b *browser) post(path string, form url.Values) answer {
	b.t.Helper()
	a, err := b.try(http.MethodPost, path, form)
	must(b.t, err)
	return a
}

// try sends a request that may find no portal.
func (b *browser) try(method, address string, form url.Values) (answer, error) {
	if strings.HasPrefix(address, "/") {
		address = b.url + address
	}
	request, err := http.NewRequestWithContext(b.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, err
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := b.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: string(text)}, err
}

// blockForm is what the confirmation's form posts.
func blockForm(id string) url.Values {
	return url.Values{"operation": {id}, "reason": {"case 4471, typed with care"}}
}

// page parses an answer for selectors.
func (a answer) page(t *testing.T) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(a.body))
	must(t, err)
	return doc
}

// words are the texts of what a selector finds, in one line each.
func (a answer) words(t *testing.T, selector string) []string {
	t.Helper()
	found := a.page(t).Find(selector)
	var texts []string
	for i := range found.Length() {
		texts = append(texts, strings.Join(strings.Fields(found.Eq(i).Text()), " "))
	}
	return texts
}

func newID() string { return operation.NewID() }

// isID tells whether a text is an id as the portal makes them.
func isID(text string) bool {
	_, err := uuid.Parse(text)
	return err == nil
}

// copyDatabase copies a database that no portal has open.
func copyDatabase(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	for _, name := range []string{"portal.db", "portal.db-wal"} {
		content, err := os.ReadFile(filepath.Join(from, name))
		if os.IsNotExist(err) {
			continue
		}
		must(t, err)
		must(t, os.WriteFile(filepath.Join(to, name), content, 0o600))
	}
	return filepath.Join(to, "portal.db")
}
