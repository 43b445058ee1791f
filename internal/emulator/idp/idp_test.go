package idp_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/emulator/idp"
)

const (
	callback  = "http://127.0.0.1:9/auth/callback"
	signedOut = "http://127.0.0.1:9/auth/signed-out"
	secret    = "s3cret & more"
	verifier  = "a-verifier-that-is-long-enough-for-the-standard"
)

// fixture is a provider behind a real listener and a client that follows no redirect.
type fixture struct {
	t        *testing.T
	provider *idp.Provider
	client   *http.Client
	logouts  chan string  // logout tokens that the client got
	minutes  atomic.Int64 // how far the provider's clock went
}

// epoch is where the provider's clock begins.
var epoch = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

func start(t *testing.T, changes ...func(*idp.Options)) *fixture {
	t.Helper()
	f := &fixture{t: t, logouts: make(chan string, 10), client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	client := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { f.logouts <- r.PostFormValue("logout_token") }))
	t.Cleanup(client.Close)
	server := httptest.NewUnstartedServer(nil)
	opts := idp.Options{
		Issuer: "http://" + server.Listener.Addr().String() + "/idp", ClientID: "portal", ClientSecret: secret,
		RedirectURIs: []string{callback}, PostLogoutURIs: []string{signedOut}, BackChannelLogoutURI: client.URL,
		Title: "Backup Portal", Intro: "Nobody needs a password here.", Hint: "Starts fresh every time.",
		Now: func() time.Time { return epoch.Add(time.Duration(f.minutes.Load()) * time.Minute) },
		People: []idp.Person{
			{ID: "mara", Subject: "sub-mara", Name: "Mara", Email: "mara@example.com", Groups: []string{"admins"}, Role: "admin", Blurb: "Does everything", Place: "the root"},
			{ID: "a/b", Subject: "sub-x", Name: `<script>alert("x")</script>`, Unverified: true},
		},
	}
	for _, change := range changes {
		change(&opts)
	}
	provider, err := idp.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	f.provider = provider
	server.Config.Handler = provider
	server.Start()
	t.Cleanup(server.Close)
	return f
}

// request is a correct authorization request; changes replace its parameters, or drop those that are empty.
func (f *fixture) request(changes ...string) string {
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"client_id": {"portal"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid profile"},
		"state": {"the state"}, "nonce": {"the nonce"}, "code_challenge_method": {"S256"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])},
	}
	for i := 0; i < len(changes); i += 2 {
		q.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			q.Del(changes[i])
		}
	}
	return f.provider.Issuer() + "/authorize?" + q.Encode()
}

// answer is what came back: the body, and the query of the redirect if there was one.
type answer struct {
	status   int
	location string
	query    url.Values
	header   http.Header
	body     string
}

func (f *fixture) do(req *http.Request) answer {
	f.t.Helper()
	resp, err := f.client.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	location, err := url.Parse(resp.Header.Get("Location"))
	if err != nil {
		f.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header.Get("Location"), location.Query(), resp.Header, string(body)}
}

func (f *fixture) get(address string) answer {
	f.t.Helper()
	req, err := http.NewRequestWithContext(f.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.do(req)
}

// code signs Mara in and returns her authorization code.
func (f *fixture) code() string {
	f.t.Helper()
	got := f.get(f.request("login_hint", "mara"))
	if got.status != http.StatusFound || got.query.Get("code") == "" {
		f.t.Fatalf("got %d to %q", got.status, got.location)
	}
	return got.query.Get("code")
}

// exchange posts to the token endpoint; prepare changes the form or the credentials.
func (f *fixture) exchange(code string, prepare func(form url.Values, req *http.Request)) (int, map[string]any) {
	f.t.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}
	req, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.provider.Issuer()+"/token", nil)
	if err != nil {
		f.t.Fatal(err)
	}
	req.SetBasicAuth("portal", url.QueryEscape(secret))
	if prepare != nil {
		prepare(form, req)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Body = io.NopCloser(strings.NewReader(form.Encode()))
	got := f.do(req)
	var body map[string]any
	if err := json.Unmarshal([]byte(got.body), &body); err != nil {
		f.t.Fatalf("%d %s: %v", got.status, got.body, err)
	}
	return got.status, body
}

func TestThePageOfPeople(t *testing.T) {
	t.Parallel()
	f := start(t)
	got := f.get(f.request())
	if got.status != http.StatusOK {
		t.Fatalf("got %d", got.status)
	}
	if csp := got.header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'self'") {
		t.Errorf("CSP %q", csp)
	}
	page, err := goquery.NewDocumentFromReader(strings.NewReader(got.body))
	if err != nil {
		t.Fatal(err)
	}
	for selector, want := range map[string]int{"h1": 1, "main": 1, "main ul.people li a": 2, "script": 0, "[style]": 0, "form": 0, "html[lang=en]": 1} {
		if n := page.Find(selector).Length(); n != want {
			t.Errorf("%d of %q, want %d", n, selector, want)
		}
	}
	names := page.Find(".people b").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
	if diff := cmp.Diff([]string{"Mara", `<script>alert("x")</script>`}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	origin := strings.TrimSuffix(f.provider.Issuer(), "/idp")
	sheet, _ := page.Find("link[rel=stylesheet]").Attr("href")
	if css := f.get(origin + sheet); css.status != http.StatusOK || !strings.HasPrefix(css.header.Get("Content-Type"), "text/css") {
		t.Errorf("stylesheet %q: %d", sheet, css.status)
	}
	page.Find(".people a").Each(func(_ int, link *goquery.Selection) {
		href, _ := link.Attr("href")
		chosen := f.get(origin + href)
		if chosen.query.Get("code") == "" || chosen.query.Get("state") != "the state" || chosen.query.Get("iss") != f.provider.Issuer() {
			t.Errorf("choosing %q: %d to %q", link.Text(), chosen.status, chosen.location)
		}
	})
}

func TestAuthorizationRequests(t *testing.T) {
	t.Parallel()
	f := start(t)
	for _, tt := range []struct {
		name    string
		changes []string
		status  int
		want    string // the error sent back; "" for none
	}{
		{"a hint names the person", []string{"login_hint", "mara"}, http.StatusFound, ""},
		{"a hint names nobody", []string{"login_hint", "zoe"}, http.StatusOK, ""},
		{"the client insists on asking", []string{"login_hint", "mara", "prompt", "login"}, http.StatusOK, ""},
		{"nobody is to be asked", []string{"login_hint", "mara", "prompt", "none"}, http.StatusFound, "login_required"},
		{"another client", []string{"client_id", "other"}, http.StatusBadRequest, ""},
		{"another address", []string{"redirect_uri", callback + "/x"}, http.StatusBadRequest, ""},
		{"no address", []string{"redirect_uri", ""}, http.StatusBadRequest, ""},
		{"implicit flow", []string{"response_type", "id_token"}, http.StatusFound, "unsupported_response_type"},
		{"not OpenID", []string{"scope", "profile"}, http.StatusFound, "invalid_scope"},
		{"no PKCE", []string{"code_challenge", "", "code_challenge_method", ""}, http.StatusFound, "invalid_request"},
		{"plain PKCE", []string{"code_challenge_method", "plain"}, http.StatusFound, "invalid_request"},
		{"a short challenge", []string{"code_challenge", "abc"}, http.StatusFound, "invalid_request"},
	} {
		got := f.get(f.request(tt.changes...))
		if got.status != tt.status || got.query.Get("error") != tt.want {
			t.Errorf("%s: %d to %q, want %d and error %q", tt.name, got.status, got.location, tt.status, tt.want)
		}
		if tt.want != "" && (got.query.Get("state") != "the state" || !strings.HasPrefix(got.location, callback)) {
			t.Errorf("%s: sent to %q", tt.name, got.location)
		}
	}
}

func TestTokenEndpoint(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		prepare func(form url.Values, req *http.Request)
		status  int
		want    string
	}{
		{"basic", nil, 200, ""},
		{"post", func(form url.Values, req *http.Request) {
			req.Header.Del("Authorization")
			form.Set("client_id", "portal")
			form.Set("client_secret", secret)
		}, 200, ""},
		{"wrong secret", func(_ url.Values, req *http.Request) { req.SetBasicAuth("portal", "wrong") }, 401, "invalid_client"},
		{"no secret", func(_ url.Values, req *http.Request) { req.Header.Del("Authorization") }, 401, "invalid_client"},
		{"another grant", func(form url.Values, _ *http.Request) { form.Set("grant_type", "password") }, 400, "unsupported_grant_type"},
		{"no verifier", func(form url.Values, _ *http.Request) { form.Del("code_verifier") }, 400, "invalid_grant"},
		{"wrong verifier", func(form url.Values, _ *http.Request) { form.Set("code_verifier", verifier+"x") }, 400, "invalid_grant"},
		{"another address", func(form url.Values, _ *http.Request) { form.Set("redirect_uri", signedOut) }, 400, "invalid_grant"},
		{"another code", func(form url.Values, _ *http.Request) { form.Set("code", "x") }, 400, "invalid_grant"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := start(t)
			status, body := f.exchange(f.code(), tt.prepare)
			got, _ := body["error"].(string)
			if status != tt.status || got != tt.want {
				t.Errorf("got %d %q, want %d %q", status, got, tt.status, tt.want)
			}
			if tt.want == "" && (body["id_token"] == nil || body["token_type"] != "Bearer") {
				t.Errorf("got %v", slices.Sorted(maps.Keys(body)))
			}
		})
	}
}

func TestACodeWorksOnceAndNotForLong(t *testing.T) {
	t.Parallel()
	f := start(t)
	code := f.code()
	if status, _ := f.exchange(code, nil); status != http.StatusOK {
		t.Fatalf("first: %d", status)
	}
	if status, _ := f.exchange(code, nil); status != http.StatusBadRequest {
		t.Errorf("second: %d", status)
	}
	old := f.code()
	f.minutes.Add(2)
	if status, _ := f.exchange(old, nil); status != http.StatusBadRequest {
		t.Errorf("after two minutes: %d", status)
	}
}

func TestEndSession(t *testing.T) {
	t.Parallel()
	f := start(t)
	_, body := f.exchange(f.code(), nil)
	token, _ := body["id_token"].(string)
	head, tail, _ := strings.Cut(token, ".")
	for _, tt := range []struct {
		name, hint, target string
		want               string
	}{
		{"registered", token, signedOut, signedOut + "?state=s"},
		{"not registered", token, "https://evil.example/", ""},
		{"no token", "", signedOut, ""},
		{"a forged token", head + "x." + tail, signedOut, ""},
		{"no address", token, "", ""},
	} {
		q := url.Values{"id_token_hint": {tt.hint}, "post_logout_redirect_uri": {tt.target}, "state": {"s"}}
		got := f.get(f.provider.Issuer() + "/end_session?" + q.Encode())
		if got.location != tt.want {
			t.Errorf("%s: to %q, want %q", tt.name, got.location, tt.want)
		}
		if tt.want == "" && !strings.Contains(got.body, "<h1>You are signed out</h1>") {
			t.Errorf("%s: %d %s", tt.name, got.status, got.body)
		}
	}
}

func TestLoopbackOnly(t *testing.T) {
	t.Parallel()
	f := start(t)
	for _, tt := range []struct {
		peer, host string
		want       int
	}{
		{"127.0.0.1:5000", "127.0.0.1:9000", http.StatusOK},
		{"[::1]:5000", "localhost:9000", http.StatusOK},
		{"[::1]:5000", "[::1]:9000", http.StatusOK},
		{"192.0.2.1:5000", "127.0.0.1:9000", http.StatusForbidden},
		{"127.0.0.1:5000", "portal.evil.example", http.StatusForbidden}, // a name that resolves to this machine
		{"127.0.0.1:5000", "192.0.2.1", http.StatusForbidden},
	} {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/idp/.well-known/openid-configuration", nil)
		req.RemoteAddr, req.Host = tt.peer, tt.host
		rec := httptest.NewRecorder()
		f.provider.ServeHTTP(rec, req)
		if rec.Code != tt.want {
			t.Errorf("%s asking for %s: %d, want %d", tt.peer, tt.host, rec.Code, tt.want)
		}
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	person := idp.Person{ID: "a", Subject: "s"}
	for name, opts := range map[string]idp.Options{
		"no issuer":          {ClientID: "c", ClientSecret: "s"},
		"a slash at the end": {Issuer: "http://localhost:1/", ClientID: "c", ClientSecret: "s"},
		"no secret":          {Issuer: "http://localhost:1", ClientID: "c"},
		"a person twice":     {Issuer: "http://localhost:1", ClientID: "c", ClientSecret: "s", People: []idp.Person{person, person}},
		"a nameless person":  {Issuer: "http://localhost:1", ClientID: "c", ClientSecret: "s", People: []idp.Person{{}}},
	} {
		if _, err := idp.New(opts); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
