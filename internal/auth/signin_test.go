package auth_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/auth"
	"backup-portal/internal/emulator/idp"
	"backup-portal/internal/policy"
)

func TestSignInLeadsBackAsAKnownPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	if v := b.visitor(); v.SignedIn || v.SessionExpired {
		t.Fatalf("before: %+v, want nobody", v)
	}
	got := b.get(b.begin("emil", "/devices?q=a%20b&active=yes"))
	if got.Status != http.StatusSeeOther || got.Location != "/devices?q=a%20b&active=yes" {
		t.Fatalf("callback: %d to %q", got.Status, got.Location)
	}
	want := auth.Visitor{SignedIn: true, Groups: []string{"readers", "desk"}, Actor: policy.Actor{
		Issuer: w.provider.Issuer(), Subject: "sub-emil", Name: "Emil", Email: "emil@example.com", Address: "127.0.0.1",
		Grants: []policy.Grant{
			{Role: policy.Viewer, OrgUID: "ship", Path: "/root/ship/", Group: "readers"},
			{Role: policy.HelpDesk, OrgUID: "unknown", Group: "desk"}, // no path: gives nothing
		},
		AuthTime: w.clock.Now(), ACR: "0",
	}}
	if diff := cmp.Diff(want, b.visitor()); diff != "" {
		t.Errorf("visitor (-want +got):\n%s", diff)
	}
	if got, want := w.log.Trail(), "Emil session.sign-in done"; got != want {
		t.Errorf("trail %q, want %q", got, want)
	}
	if line := w.log.lines[0]; line.Actor.Key != w.provider.Issuer()+"|sub-emil" || line.Actor.Address != "127.0.0.1" || line.Target.Kind != "session" {
		t.Errorf("line %+v", line)
	}
}

// Whatever a broken or hostile provider sends, nobody is signed in and the words say what to do.
func TestWhatTheProviderGetsWrong(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		faults idp.Faults
		status int
		say    string
		summed string // what the audit log says of it after a minute; upstream trouble is nobody's attempt
	}{
		{"another nonce", idp.Faults{BadNonce: true}, 403, "could not be verified", "token not valid: 1"},
		{"another audience", idp.Faults{BadAudience: true}, 403, "could not be verified", "token not valid: 1"},
		{"another issuer", idp.Faults{BadIssuer: true}, 403, "could not be verified", "token not valid: 1"},
		{"an expired token", idp.Faults{ExpiredToken: true}, 403, "could not be verified", "token not valid: 1"},
		{"a stranger's key under a known id", idp.Faults{WrongKey: true}, 403, "could not be verified", "token not valid: 1"},
		{"another access token's hash", idp.Faults{BadTokenHash: true}, 403, "could not be verified", "token not valid: 1"},
		{"no ID token", idp.Faults{OmitIDToken: true}, 403, "could not be verified", "token not valid: 1"},
		{"a broken token endpoint", idp.Faults{TokenError: true}, 502, "does not answer", ""},
		{"an outage", idp.Faults{Down: true}, 502, "does not answer", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := w.browser()
			callback := b.begin("mara", "/")
			w.provider.Break(tt.faults)
			got := b.get(callback)
			if got.Status != tt.status || !strings.Contains(got.Body, tt.say) {
				t.Errorf("got %d %q, want %d and %q", got.Status, got.Body, tt.status, tt.say)
			}
			if v := b.visitor(); v.SignedIn {
				t.Error("signed in all the same")
			}
			w.clock.Advance(time.Minute)
			if err := w.service.Housekeep(t.Context()); err != nil {
				t.Fatal(err)
			}
			want := ""
			if tt.summed != "" {
				want = "Nobody signed in session.sign-in refused 1 failed within a minute (" + tt.summed + ")"
			}
			if trail := w.log.Trail(); trail != want {
				t.Errorf("trail %q, want %q", trail, want)
			}
		})
	}
}

func TestThePersonSaysNo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.provider.Break(idp.Faults{DenyAccess: true})
	b := w.browser()
	got := b.get(b.begin("mara", "/"))
	if got.Status != http.StatusForbidden || !strings.Contains(got.Body, "did not sign you in") {
		t.Errorf("got %d %q", got.Status, got.Body)
	}
}

// with returns an address with one query parameter replaced, or removed when the value is empty.
func with(t *testing.T, address, name, value string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set(name, value)
	if value == "" {
		q.Del(name)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

func queryOf(t *testing.T, address, name string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get(name)
}

func TestCallbacksThatAreNotOurs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		// attack takes the callback of a sign-in that the victim began, and returns what the victim's browser gets.
		attack func(t *testing.T, w *world, victim *browser, callback string) answer
	}{
		{"no state", func(t *testing.T, _ *world, victim *browser, callback string) answer {
			return victim.get(with(t, callback, "state", ""))
		}},
		{"a state of the attacker's invention", func(t *testing.T, _ *world, victim *browser, callback string) answer {
			return victim.get(with(t, callback, "state", strings.Repeat("A", 43)))
		}},
		{"the attacker's own sign-in, sent to the victim", func(_ *testing.T, w *world, victim *browser, _ string) answer {
			return victim.get(w.browser().begin("emil", "/"))
		}},
		{"the victim's callback in the attacker's browser", func(_ *testing.T, w *world, _ *browser, callback string) answer {
			return w.browser().get(callback)
		}},
		{"the attacker's code in the victim's state: PKCE does not match", func(t *testing.T, w *world, victim *browser, callback string) answer {
			return victim.get(with(t, callback, "code", queryOf(t, w.browser().begin("emil", "/"), "code")))
		}},
		{"no code", func(t *testing.T, _ *world, victim *browser, callback string) answer {
			return victim.get(with(t, callback, "code", ""))
		}},
		{"an answer of another provider", func(t *testing.T, _ *world, victim *browser, callback string) answer {
			return victim.get(with(t, callback, "iss", "https://evil.example"))
		}},
		{"too late", func(_ *testing.T, w *world, victim *browser, callback string) answer {
			w.clock.Advance(11 * time.Minute)
			return victim.get(callback)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			victim := w.browser()
			got := tt.attack(t, w, victim, victim.begin("mara", "/"))
			if got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, "Sign in again from the start.") {
				t.Errorf("got %d %q", got.Status, got.Body)
			}
			if victim.visitor().SignedIn {
				t.Error("the victim is signed in")
			}
			if trail := w.log.Trail(); trail != "" {
				t.Errorf("a stranger's attempt stands in the log at once: %q", trail)
			}
		})
	}
}

func TestACallbackWorksOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	callback := b.begin("mara", "/")
	var wg sync.WaitGroup
	var succeeded, refused atomic.Int32
	for range 8 {
		wg.Go(func() {
			switch got := b.get(callback); got.Status {
			case http.StatusSeeOther:
				succeeded.Add(1)
			case http.StatusUnprocessableEntity:
				refused.Add(1)
			}
		})
	}
	wg.Wait()
	if succeeded.Load() != 1 || refused.Load() != 7 {
		t.Errorf("%d succeeded and %d were refused, want 1 and 7", succeeded.Load(), refused.Load())
	}
	if got := b.get(callback); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("replay: %d", got.Status)
	}
	if !b.visitor().SignedIn {
		t.Error("a replay must not end the session")
	}
}

func TestTwoTabsSignInAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	first, second := b.begin("mara", "/devices"), b.begin("mara", "/audit")
	if got := b.get(first); got.Location != "/devices" {
		t.Errorf("first tab: %d to %q", got.Status, got.Location)
	}
	if got := b.get(second); got.Location != "/audit" {
		t.Errorf("second tab: %d to %q", got.Status, got.Location)
	}
}

func TestTheAuthorizationRequestCarriesStateNonceAndPKCE(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	seen := map[string]bool{}
	for range 2 {
		location := b.get("/auth/sign-in").Location
		for _, name := range []string{"state", "nonce", "code_challenge"} {
			value := queryOf(t, location, name)
			if len(value) != 43 || seen[value] {
				t.Errorf("%s is %q: want 256 fresh random bits", name, value)
			}
			seen[value] = true
		}
		if method := queryOf(t, location, "code_challenge_method"); method != "S256" {
			t.Errorf("challenge method %q", method)
		}
		if scope := queryOf(t, location, "scope"); scope != "openid profile email groups" {
			t.Errorf("scope %q", scope)
		}
		if strings.Contains(location, "secret") {
			t.Error("the client secret went through the browser")
		}
	}
}

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.browser().signIn("mara")
	if err := w.provider.RotateKey(); err != nil {
		t.Fatal(err)
	}
	w.browser().signIn("mara") // the new key is fetched when a token names it
	w.provider.Break(idp.Faults{RetiredKey: true})
	b := w.browser()
	if got := b.get(b.begin("mara", "/")); got.Status != http.StatusForbidden {
		t.Errorf("a token of the key that was rotated away: %d", got.Status)
	}
}

func TestTheProviderMayComeLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.provider.Break(idp.Faults{Down: true})
	b := w.browser()
	if got := b.get("/auth/sign-in"); got.Status != http.StatusBadGateway || !strings.Contains(got.Body, "Try again in a minute") {
		t.Fatalf("while it is down: %d %q", got.Status, got.Body)
	}
	if b.visitor().SignedIn {
		t.Fatal("pages must answer meanwhile")
	}
	w.provider.Break(idp.Faults{})
	b.signIn("mara")
}

func TestNobodyGetsInUnrecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.log.broken = errors.New("disk full")
	b := w.browser()
	if got := b.get(b.begin("mara", "/")); got.Status != http.StatusInternalServerError || strings.Contains(got.Body, "disk") {
		t.Errorf("got %d %q", got.Status, got.Body)
	}
	if b.visitor().SignedIn {
		t.Error("signed in without a line")
	}
}

func TestTooManySignInsFromOneAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *auth.Options) { o.RequestsPerMinute = 4 })
	b := w.browser()
	b.signIn("mara")
	b.signIn("mara")
	got := b.get("/auth/sign-in")
	if got.Status != http.StatusTooManyRequests || got.Header.Get("Retry-After") != "15" {
		t.Errorf("got %d, Retry-After %q", got.Status, got.Header.Get("Retry-After"))
	}
	if got := b.get("/auth/callback?state=x"); got.Status != http.StatusTooManyRequests {
		t.Errorf("callback: %d", got.Status)
	}
	if !b.visitor().SignedIn {
		t.Error("only sign-in is limited")
	}
	w.clock.Advance(30 * time.Second)
	b.signIn("mara")
}

func TestFailuresAreSummedBySourceAndMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	for range 5 {
		b.get("/auth/callback?state=x&code=y")
	}
	if err := w.service.Housekeep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if trail := w.log.Trail(); trail != "" {
		t.Errorf("the minute has not ended: %q", trail)
	}
	w.clock.Advance(time.Minute)
	b.get("/auth/callback?state=x&code=y")
	w.clock.Advance(time.Minute)
	for range 2 { // a second call has nothing left to say
		if err := w.service.Housekeep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want := "Nobody signed in session.sign-in refused 5 failed within a minute (unknown or used state: 5); " +
		"Nobody signed in session.sign-in refused 1 failed within a minute (unknown or used state: 1)"
	if diff := cmp.Diff(want, w.log.Trail()); diff != "" {
		t.Errorf("trail (-want +got):\n%s", diff)
	}
	if line := w.log.lines[0]; line.Actor.Key != "anonymous" || line.Actor.Address != "127.0.0.1" {
		t.Errorf("actor %+v", line.Actor)
	}
	// A portal that stops waits for no minute to end.
	b.get("/auth/callback?state=x&code=y")
	if err := w.service.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want+"; Nobody signed in session.sign-in refused 1 failed within a minute (unknown or used state: 1)", w.log.Trail()); diff != "" {
		t.Errorf("trail of a portal that stopped (-want +got):\n%s", diff)
	}
}
