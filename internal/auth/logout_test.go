package auth_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/auth"
	"backup-portal/internal/emulator/idp"
)

// post sends a form to the portal as a machine does.
func (w *world) post(address, body string) (status int, header http.Header) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header
}

func (w *world) logoutURL() string { return w.portal.URL + "/auth/backchannel-logout" }

// signOutThere signs a person's only session out at the provider and answers what the portal answered.
func (w *world) signOutThere(person string) int {
	w.t.Helper()
	sids := w.provider.Sessions(person)
	if len(sids) != 1 {
		w.t.Fatalf("%s has %d sessions at the provider, want 1", person, len(sids))
	}
	status, err := w.provider.SignOut(w.t.Context(), sids[0])
	if err != nil {
		w.t.Fatal(err)
	}
	return status
}

func TestTheProviderEndsSessions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		faults idp.Faults
	}{
		{"as it should", idp.Faults{}},
		{"naming the session only", idp.Faults{OmitSubject: true}},
		{"with the general type of a token", idp.Faults{LogoutType: "JWT"}},
		{"with the type in full", idp.Faults{LogoutType: "application/logout+JWT"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			mara, emil := w.browser(), w.browser()
			mara.signIn("mara")
			emil.signIn("emil")
			w.provider.Break(tt.faults)
			if status := w.signOutThere("mara"); status != http.StatusOK {
				t.Fatalf("the portal answered %d", status)
			}
			if v := mara.visitor(); v.SignedIn || !v.SessionExpired {
				t.Errorf("Mara: %+v", v)
			}
			if !emil.visitor().SignedIn {
				t.Error("somebody else's session ended")
			}
			want := "Mara session.sign-in done; Emil session.sign-in done; Mara session.end done The identity provider signed this person out."
			if got := w.log.Trail(); got != want {
				t.Errorf("trail %q, want %q", got, want)
			}
		})
	}
}

func TestTheProviderEndsAllSessionsOfAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two, emil := w.browser(), w.browser(), w.browser()
	one.signIn("mara")
	two.signIn("mara")
	emil.signIn("emil")
	if status, err := w.provider.SignOutPerson(t.Context(), "mara"); err != nil || status != http.StatusOK {
		t.Fatalf("the portal answered %d, %v", status, err)
	}
	if one.visitor().SignedIn || two.visitor().SignedIn || !emil.visitor().SignedIn {
		t.Error("want both of Mara's sessions over, and Emil's not")
	}
	one.signIn("mara") // nothing keeps her from coming back
}

// A logout token that is not to be believed ends nothing, is answered as not valid, and is summed in the log.
func TestLogoutTokensThatEndNothing(t *testing.T) {
	t.Parallel()
	const refused = http.StatusUnprocessableEntity
	for _, tt := range []struct {
		name   string
		faults idp.Faults
		status int
	}{
		{"for another client", idp.Faults{BadAudience: true}, refused},
		{"of another issuer", idp.Faults{BadIssuer: true}, refused},
		{"with a nonce, like an ID token", idp.Faults{BadNonce: true}, refused},
		{"without events, like an ID token", idp.Faults{OmitEvents: true}, refused},
		{"with an event that is no object", idp.Faults{BadEvent: true}, refused},
		{"without an id", idp.Faults{OmitTokenID: true}, refused},
		{"without an end", idp.Faults{OmitExpiry: true}, refused},
		{"expired", idp.Faults{ExpiredToken: true}, refused},
		{"issued at no time", idp.Faults{OmitIssuedAt: true}, refused},
		{"issued in the future", idp.Faults{FutureToken: true}, refused},
		{"not signed", idp.Faults{Unsigned: true}, refused},
		{"signed with the public key as a secret", idp.Faults{PublicKeyMAC: true}, refused},
		{"signed with a stranger's key under a known id", idp.Faults{WrongKey: true}, refused},
		{"signed with the key before", idp.Faults{RetiredKey: true}, refused},
		{"of the type of an access token", idp.Faults{LogoutType: "at+jwt"}, refused},
		{"naming another person than the session's", idp.Faults{BadSubject: true}, http.StatusOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := w.provider.RotateKey(); err != nil {
				t.Fatal(err)
			}
			b := w.browser()
			b.signIn("mara")
			w.provider.Break(tt.faults)
			if status := w.signOutThere("mara"); status != tt.status {
				t.Errorf("the portal answered %d, want %d", status, tt.status)
			}
			if !b.visitor().SignedIn {
				t.Error("the session ended")
			}
			w.clock.Advance(time.Minute)
			if err := w.service.Housekeep(t.Context()); err != nil {
				t.Fatal(err)
			}
			want := "Mara session.sign-in done"
			if tt.status == refused {
				want += "; Nobody signed in session.end refused 1 failed within a minute (logout token not valid: 1)"
			}
			if got := w.log.Trail(); got != want {
				t.Errorf("trail %q, want %q", got, want)
			}
		})
	}
}

// What else can be sent to the address: an ID token, a token in the address, two tokens, none, too much.
func TestLogoutRequestsThatAreNotOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn("mara")
	rows, err := w.opts.Sessions.Sessions(t.Context(), w.provider.Issuer()+"|sub-mara", w.clock.Now())
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d sessions, %v", len(rows), err)
	}
	good := w.mint("mara")
	for name, c := range map[string]struct{ query, body string }{
		"an ID token":             {"", url.Values{"logout_token": {rows[0].Claims.IDToken}}.Encode()},
		"a token in the address":  {"?" + good, ""},
		"two tokens":              {"", good + "&" + good},
		"nothing":                 {"", ""},
		"words":                   {"", "logout_token=please"},
		"no header":               {"", "logout_token=.."},
		"a header that is no map": {"", "logout_token=W10.e30."},
		"too much":                {"", good + "&x=" + strings.Repeat("x", 65<<10)},
		"a damaged form":          {"", "logout_token=%zz"},
	} {
		if status, _ := w.post(w.logoutURL()+c.query, c.body); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, status)
		}
	}
	b.get("/auth/backchannel-logout?" + good)
	if !b.visitor().SignedIn {
		t.Fatal("one of them ended the session")
	}
	if status, _ := w.post(w.logoutURL(), good); status != http.StatusOK || b.visitor().SignedIn {
		t.Errorf("the good token, sent as it should be: %d", status)
	}
}

// A token works once, as long as it would work: also after the portal tidied up, and on each portal.
func TestALogoutTokenWorksOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.browser().signIn("mara")
	if status, err := w.provider.SignOutPerson(t.Context(), "mara"); err != nil || status != http.StatusOK {
		t.Fatalf("the portal answered %d, %v", status, err)
	}
	b := w.browser()
	b.signIn("mara")
	for range 3 {
		w.clock.Advance(30 * time.Second)
		if err := w.service.Housekeep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if status, _ := w.post(w.logoutURL(), w.sent.last()); status != http.StatusUnprocessableEntity {
			t.Errorf("the same token again: %d", status)
		}
		if !b.visitor().SignedIn {
			t.Fatal("the new session ended")
		}
	}
	if got := w.log.Trail(); !strings.Contains(got, "logout token used before: 1") {
		t.Errorf("trail %q", got)
	}
	// Another token with the same id is a replay, too.
	w.provider.Break(idp.Faults{SameTokenID: true})
	for _, want := range []int{http.StatusOK, http.StatusUnprocessableEntity} {
		if status, err := w.provider.SignOut(t.Context(), "unknown"); err != nil || status != want {
			t.Errorf("answered %d, %v; want %d", status, err, want)
		}
	}
}

// Two portals on one database get the same token at once: one of them ends the session.
func TestTwoPortalsTakeALogoutTokenOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.browser().signIn("mara")
	other, err := auth.New(t.Context(), w.opts)
	if err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	w.route(e, other)
	beside := httptest.NewServer(e)
	t.Cleanup(beside.Close)
	if status := w.signOutThere("mara"); status != http.StatusOK {
		t.Fatalf("answered %d", status)
	}
	if status, _ := w.post(beside.URL+"/auth/backchannel-logout", w.sent.last()); status != http.StatusUnprocessableEntity {
		t.Errorf("the other portal answered %d to the same token", status)
	}
	for range 5 {
		w.browser().signIn("emil")
		token := w.mint("emil")
		var statuses [4]int
		var group sync.WaitGroup
		for i, address := range []string{w.logoutURL(), beside.URL + "/auth/backchannel-logout", w.logoutURL(), beside.URL + "/auth/backchannel-logout"} {
			group.Go(func() { statuses[i], _ = w.post(address, token) })
		}
		group.Wait()
		good := 0
		for _, status := range statuses {
			if status == http.StatusOK {
				good++
			}
		}
		if good != 1 {
			t.Errorf("answers %v, want one 200", statuses)
		}
	}
}

// mint makes the form with a good logout token for a person and holds it back from the portal.
func (w *world) mint(person string) string {
	w.t.Helper()
	w.sent.hold(true)
	defer w.sent.hold(false)
	if _, err := w.provider.SignOutPerson(w.t.Context(), person); err == nil {
		w.t.Fatal("the token was not held back")
	}
	return w.sent.last()
}

// A provider that signs a thousand people out at once is not slowed; whoever sends rubbish is.
func TestOnlyFailedLogoutsAreLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *auth.Options) { o.RequestsPerMinute = 3 })
	for range 10 {
		if status, err := w.provider.SignOut(t.Context(), "unknown"); err != nil || status != http.StatusOK {
			t.Fatalf("a good one was answered %d, %v", status, err)
		}
	}
	for range 3 {
		if status, _ := w.post(w.logoutURL(), "logout_token=rubbish"); status != http.StatusUnprocessableEntity {
			t.Fatalf("rubbish was answered %d", status)
		}
	}
	status, header := w.post(w.logoutURL(), "logout_token=rubbish")
	if status != http.StatusTooManyRequests || header.Get("Retry-After") != "20" {
		t.Errorf("answered %d, retry after %q", status, header.Get("Retry-After"))
	}
	w.browser().signIn("mara") // sign-in has a limit of its own
	w.clock.Advance(20 * time.Second)
	if status := w.signOutThere("mara"); status != http.StatusOK {
		t.Errorf("a good one after a pause: %d", status)
	}
}

// Signing out in the portal ends the session at the provider, which tells the portal what it knows already.
func TestSigningOutHereTellsTheProviderWhichTellsThePortal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn("mara")
	address := b.do(http.MethodPost, "/auth/sign-out").Body
	if got := b.get(address); got.Status != http.StatusFound {
		t.Fatalf("the provider answered %d", got.Status)
	}
	if len(w.provider.Sessions("mara")) != 0 || len(w.sent.bodies) != 1 {
		t.Errorf("the provider kept the session or sent %d tokens", len(w.sent.bodies))
	}
	if got, want := w.log.Trail(), "Mara session.sign-in done; Mara session.sign-out done"; got != want {
		t.Errorf("trail %q, want %q", got, want)
	}
}

// unredeemable is a database that takes no logout token.
type unredeemable struct{ auth.Store }

func (unredeemable) RedeemLogout(context.Context, auth.Redemption, time.Time) ([]auth.Session, error) {
	return nil, errors.New("disk full")
}

func TestLogoutsThatCannotBeFollowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *auth.Options) { o.Sessions = unredeemable{o.Sessions} })
	w.browser().signIn("mara")
	if status := w.signOutThere("mara"); status != http.StatusInternalServerError {
		t.Errorf("a database that takes no writes: %d", status)
	}
	// Unrecorded, the session is over all the same.
	w = newWorld(t)
	b := w.browser()
	b.signIn("mara")
	w.log.broken = errors.New("disk full")
	if status := w.signOutThere("mara"); status != http.StatusOK || b.visitor().SignedIn {
		t.Errorf("an audit log that takes no lines: %d", status)
	}
	// Before discovery, and with the provider down, nobody can vouch for a token.
	w = newWorld(t)
	w.provider.Break(idp.Faults{Down: true})
	if status, _ := w.post(w.logoutURL(), "logout_token=a.b.c"); status != http.StatusBadGateway {
		t.Errorf("a provider that is down: %d", status)
	}
}
