package auth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/audit"
	"backup-portal/internal/auth"
	"backup-portal/internal/emulator/idp"
	"backup-portal/internal/fault"
	"backup-portal/internal/store"
)

// clock only moves when a test says so; the portal and the provider share it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// auditLog keeps the lines, and refuses them when told to.
type auditLog struct {
	mu     sync.Mutex
	lines  []audit.Line
	broken error
}

func (l *auditLog) Record(_ context.Context, line audit.Line) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return l.broken
	}
	l.lines = append(l.lines, line)
	return nil
}

// Trail is the log as a short string: who did what.
func (l *auditLog) Trail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	parts := make([]string, len(l.lines))
	for i, line := range l.lines {
		parts[i] = strings.TrimSpace(line.Actor.Name + " " + line.Action + " " + string(line.Outcome) + " " + line.Detail)
	}
	return strings.Join(parts, "; ")
}

// mirror answers where organizations stand; a test moves them.
type mirror struct {
	mu     sync.Mutex
	places map[string]auth.Place
}

func (m *mirror) Places(_ context.Context, uids []string) (map[string]auth.Place, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := maps.Clone(m.places)
	maps.DeleteFunc(found, func(uid string, _ auth.Place) bool { return !slices.Contains(uids, uid) })
	return found, nil
}

func (m *mirror) Move(uid string, place auth.Place) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.places[uid] = place
}

// world is a portal with nothing but sign-in, the provider that it trusts, and a database, each over real HTTP.
type world struct {
	t        *testing.T
	clock    *clock
	provider *idp.Provider
	service  *auth.Service
	portal   *httptest.Server
	log      *auditLog
	mirror   *mirror
	folder   string // of the database
	opts     auth.Options
	sent     *posts // to the portal, by the provider
}

const (
	clientID     = "portal"
	clientSecret = "s3cret with spaces & signs"
)

func newWorld(t *testing.T, changes ...func(*auth.Options)) *world { return build(t, false, changes) }

func newHTTPSWorld(t *testing.T) *world { return build(t, true, nil) }

func build(t *testing.T, https bool, changes []func(*auth.Options)) *world {
	t.Helper()
	w := &world{t: t, clock: newClock(), log: &auditLog{}, folder: t.TempDir(), mirror: &mirror{places: map[string]auth.Place{
		"root": {Path: "/root/", Root: true},
		"ship": {Path: "/root/ship/"},
	}}, sent: &posts{}}
	e := echo.New()
	w.portal = httptest.NewUnstartedServer(e)
	identity := httptest.NewUnstartedServer(nil)
	scheme := "http://"
	if https {
		scheme = "https://"
	}
	public, issuer := scheme+w.portal.Listener.Addr().String(), "http://"+identity.Listener.Addr().String()

	var err error
	w.provider, err = idp.New(idp.Options{
		Issuer: issuer, ClientID: clientID, ClientSecret: clientSecret, Now: w.clock.Now,
		RedirectURIs: []string{public + "/auth/callback"}, PostLogoutURIs: []string{public + "/auth/signed-out"},
		BackChannelLogoutURI: public + "/auth/backchannel-logout", Client: &http.Client{Transport: w.sent},
		People: []idp.Person{
			{ID: "mara", Subject: "sub-mara", Name: "Mara", Email: "mara@example.com", Groups: []string{"admins"}},
			{ID: "emil", Subject: "sub-emil", Name: "Emil", Email: "emil@example.com", Groups: []string{"readers", "desk"}},
			{ID: "olav", Subject: "sub-olav", Name: "Olav", Groups: []string{"admins"}, HasGroups: true},
			{ID: "nina", Subject: "sub-nina", Name: "Nina"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	identity.Config.Handler = w.provider
	identity.Start()
	t.Cleanup(identity.Close)

	db, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(w.folder, "portal.db"), Now: w.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	mappings, err := auth.ParseMappings("admins=admin@root; readers=viewer@ship; desk=help-desk@unknown")
	if err != nil {
		t.Fatal(err)
	}
	opts := auth.Options{
		Issuer: issuer, ClientID: clientID, ClientSecret: clientSecret, PublicURL: public, Mappings: mappings,
		Sessions: db, Places: w.mirror.Places, Record: w.log.Record, Now: w.clock.Now,
	}
	for _, change := range changes {
		change(&opts)
	}
	w.opts = opts
	if w.service, err = auth.New(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	w.route(e, w.service)
	if https {
		w.portal.StartTLS()
	} else {
		w.portal.Start()
	}
	t.Cleanup(w.portal.Close)
	return w
}

// posts keeps the bodies of what the provider sends, and holds them back when told to.
type posts struct {
	mu     sync.Mutex
	bodies []string
	held   bool
}

func (p *posts) hold(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = on
}

func (p *posts) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.bodies = append(p.bodies, string(body))
	held := p.held
	p.mu.Unlock()
	if held {
		return nil, errors.New("held back")
	}
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	return http.DefaultTransport.RoundTrip(again)
}

func (p *posts) last() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bodies[len(p.bodies)-1]
}

// framedFor is the header that tells for whom the frame of an error page would be drawn.
const framedFor = "Framed-For"

// route serves the addresses of sign-in; every other one answers who is asking, as JSON.
func (w *world) route(e *echo.Echo, service *auth.Service) {
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		if limited, ok := errors.AsType[*auth.RateLimited](err); ok {
			_ = c.String(http.StatusTooManyRequests, limited.Error())
			return
		}
		c.Response().Header().Set(framedFor, auth.VisitorOf(c).Actor.Name)
		f := fault.Of(err)
		_ = c.String(map[fault.Kind]int{fault.Invalid: 422, fault.Denied: 403, fault.Conflict: 409, fault.Upstream: 502, fault.Internal: 500}[f.Kind], f.Message+" "+f.Next)
	}
	e.IPExtractor = echo.ExtractIPDirect()
	e.Use(service.Identify())
	e.GET("/auth/sign-in", service.Begin)
	e.GET("/auth/callback", func(c echo.Context) error {
		returnTo, err := service.Callback(c)
		if err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, returnTo)
	})
	e.POST("/auth/sign-out", func(c echo.Context) error {
		address, err := service.End(c)
		if err != nil {
			return err
		}
		return c.String(http.StatusOK, address)
	})
	e.POST("/auth/backchannel-logout", func(c echo.Context) error {
		if err := service.Logout(c); err != nil {
			return err
		}
		return c.NoContent(http.StatusOK)
	})
	e.GET("/*", func(c echo.Context) error { return c.JSON(http.StatusOK, auth.VisitorOf(c)) })
}

// browser is somebody with a cookie jar who follows no redirect by itself.
type browser struct {
	w      *world
	client *http.Client
}

func (w *world) browser() *browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	client := *w.portal.Client()
	client.Jar = jar
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{w: w, client: &client}
}

// answer is what came back from one request.
type answer struct {
	Status   int
	Location string
	Body     string
	Header   http.Header
}

func (b *browser) do(method, address string) answer {
	b.w.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.w.portal.URL + address
	}
	req, err := http.NewRequestWithContext(b.w.t.Context(), method, address, nil)
	if err != nil {
		b.w.t.Fatal(err)
	}
	resp, err := b.client.Do(req)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return answer{Status: resp.StatusCode, Location: resp.Header.Get("Location"), Body: string(body), Header: resp.Header}
}

func (b *browser) get(address string) answer { b.w.t.Helper(); return b.do(http.MethodGet, address) }

// begin starts a sign-in and goes through the provider as this person; it returns the callback address unvisited.
func (b *browser) begin(person, returnTo string) string {
	b.w.t.Helper()
	begun := b.get("/auth/sign-in?" + url.Values{"return": {returnTo}}.Encode())
	if begun.Status != http.StatusFound {
		b.w.t.Fatalf("sign-in answered %d %s", begun.Status, begun.Body)
	}
	granted := b.get(begun.Location + "&login_hint=" + person)
	if granted.Status != http.StatusFound {
		b.w.t.Fatalf("the provider answered %d %s", granted.Status, granted.Body)
	}
	return granted.Location
}

// signIn goes all the way, and demands that it works.
func (b *browser) signIn(person string) {
	b.w.t.Helper()
	if got := b.get(b.begin(person, "/")); got.Status != http.StatusSeeOther {
		b.w.t.Fatalf("callback answered %d %s", got.Status, got.Body)
	}
}

// visitor is who the portal takes this browser for.
func (b *browser) visitor() auth.Visitor {
	b.w.t.Helper()
	got := b.get("/")
	var v auth.Visitor
	if err := json.Unmarshal([]byte(got.Body), &v); err != nil || got.Status != http.StatusOK {
		b.w.t.Fatalf("got %d %s", got.Status, got.Body)
	}
	return v
}

// cookie is the value of a cookie that the portal set, or "".
func (b *browser) cookie(name string) string {
	b.w.t.Helper()
	home, err := url.Parse(b.w.portal.URL)
	if err != nil {
		b.w.t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(home) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// plant puts a cookie into the browser, as an attacker or a thief would.
func (b *browser) plant(name, value string) {
	b.w.t.Helper()
	home, err := url.Parse(b.w.portal.URL)
	if err != nil {
		b.w.t.Fatal(err)
	}
	b.client.Jar.SetCookies(home, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}
