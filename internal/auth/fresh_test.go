package auth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/auth"
	"backup-portal/internal/emulator/idp"
)

// again starts a fresh sign-in, chooses a person when the provider asks, and returns the callback address unvisited.
func (b *browser) again(person, returnTo string) string {
	b.w.t.Helper()
	begun := b.get("/auth/sign-in?" + url.Values{"fresh": {"1"}, "return": {returnTo}}.Encode())
	if begun.Status != http.StatusFound {
		b.w.t.Fatalf("sign-in answered %d %s", begun.Status, begun.Body)
	}
	granted := b.get(begun.Location)
	if granted.Status == http.StatusOK {
		granted = b.get(strings.Replace(begun.Location, "/authorize?", "/authorize/as/"+person+"?", 1))
	}
	if granted.Status != http.StatusFound {
		b.w.t.Fatalf("the provider answered %d %s", granted.Status, granted.Body)
	}
	return granted.Location
}

// signedInBefore is a portal that demands one of two ways of signing in, and a browser in which Mara signed in 20 minutes
// ago, which the provider knows again.
func signedInBefore(t *testing.T) (*world, *browser) {
	t.Helper()
	w := newWorld(t, func(o *auth.Options) { o.ACRValues = []string{"phr", "phrh"} })
	b := w.browser()
	b.signIn("mara")
	w.clock.Advance(20 * time.Minute)
	return w, b
}

func TestAFreshSignInAsksTheProviderAnew(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, path string
		values     []string
		want       map[string]string
	}{
		{"as usual", "/auth/sign-in?return=/x", []string{"phr"}, map[string]string{}},
		{"as usual, whatever else the address says", "/auth/sign-in?fresh=0", nil, map[string]string{}},
		{"anew", "/auth/sign-in?fresh=1", nil, map[string]string{"prompt": "login", "max_age": "600"}},
		{"anew, and in one of these ways", "/auth/sign-in?fresh=1", []string{"phr", "phrh"}, map[string]string{"prompt": "login", "max_age": "600", "acr_values": "phr phrh"}},
	} {
		w := newWorld(t, func(o *auth.Options) { o.ACRValues = tt.values })
		location := w.browser().get(tt.path).Location
		got := map[string]string{}
		for _, name := range []string{"prompt", "max_age", "acr_values"} {
			if value := queryOf(t, location, name); value != "" {
				got[name] = value
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestAFreshSignInRenewsTheSession(t *testing.T) {
	t.Parallel()
	w, b := signedInBefore(t)
	before, old := b.visitor(), b.cookie(sessionCookie)
	if got := b.get(b.again("mara", "/requests/7?tab=votes")); got.Status != http.StatusSeeOther || got.Location != "/requests/7?tab=votes" {
		t.Fatalf("callback: %d to %q", got.Status, got.Location)
	}
	want := before
	want.Actor.AuthTime, want.Actor.ACR = w.clock.Now(), "phr"
	if diff := cmp.Diff(want, b.visitor()); diff != "" {
		t.Errorf("visitor (-want +got):\n%s", diff)
	}
	thief := w.browser()
	thief.plant(sessionCookie, old)
	if thief.visitor().SignedIn || b.cookie(sessionCookie) == old {
		t.Error("the old id still works")
	}
	if diff := cmp.Diff("Mara session.sign-in done; Mara session.sign-in done Asked to sign in again.", w.log.Trail()); diff != "" {
		t.Errorf("trail (-want +got):\n%s", diff)
	}
	// It lasts as long as any session that begins now, and no longer.
	for _, step := range times(16, 29*time.Minute) {
		w.clock.Advance(step)
		if !b.visitor().SignedIn {
			t.Fatal("ended early")
		}
	}
	w.clock.Advance(16 * time.Minute)
	if b.visitor().SignedIn {
		t.Error("it outlives the absolute end of a session that began with it")
	}
}

// The provider has a session with the browser and may go by it, whatever it was asked: then nothing is proven.
func TestAProviderThatDoesNotAskAgain(t *testing.T) {
	t.Parallel()
	const notAsked, notThatWay = "did not ask you to sign in again", "in the way that is demanded"
	for _, tt := range []struct {
		name   string
		faults idp.Faults
		say    string
	}{
		{"it ignores the prompt", idp.Faults{IgnorePrompt: true}, notAsked},
		{"it does not say when", idp.Faults{OmitAuthTime: true}, notAsked},
		{"it says some time to come", idp.Faults{FutureAuthTime: true}, notAsked},
		{"it asks for less", idp.Faults{WeakACR: true}, notThatWay},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, b := signedInBefore(t)
			w.provider.Break(tt.faults)
			before, id := b.visitor(), b.cookie(sessionCookie)
			got := b.get(b.again("mara", "/"))
			if got.Status != http.StatusForbidden || !strings.Contains(got.Body, tt.say) || !strings.Contains(got.Body, "goes on as it was") {
				t.Errorf("got %d %q, want 403 and %q", got.Status, got.Body, tt.say)
			}
			if diff := cmp.Diff(before, b.visitor()); diff != "" || b.cookie(sessionCookie) != id {
				t.Errorf("the session is not as it was (-want +got):\n%s", diff)
			}
			w.clock.Advance(time.Minute)
			if err := w.service.Housekeep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if trail := w.log.Trail(); !strings.Contains(trail, "(not asked to sign in again: 1)") {
				t.Errorf("trail %q", trail)
			}
			// Who only signs in is held to nothing of it.
			other := w.browser()
			other.signIn("mara")
			if !other.visitor().SignedIn {
				t.Error("a usual sign-in was refused")
			}
		})
	}
}

// The parameters go through the person's own browser: what is in their way there is still demanded of the token.
func TestThePromptTakenOutOfTheAddress(t *testing.T) {
	t.Parallel()
	w, b := signedInBefore(t)
	begun := b.get("/auth/sign-in?fresh=1")
	shortened := begun.Location
	for _, name := range []string{"prompt", "max_age"} {
		shortened = with(t, shortened, name, "")
	}
	w.provider.Break(idp.Faults{IgnorePrompt: true}) // its session with the browser answers
	granted := b.get(shortened)
	if granted.Status != http.StatusFound {
		t.Fatalf("the provider asked: %d", granted.Status)
	}
	// fresh=0 at the way back changes nothing: what began is kept on the server.
	if got := b.get(granted.Location + "&fresh=0"); got.Status != http.StatusForbidden {
		t.Errorf("got %d %q", got.Status, got.Body)
	}
}

func TestAFreshSignInThatIsGivenUp(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		giveUp func(w *world, b *browser) answer
		status int
		say    string
	}{
		{"never come back", func(_ *world, b *browser) answer {
			b.again("mara", "/")
			return answer{}
		}, 0, ""},
		{"no said", func(w *world, b *browser) answer {
			w.provider.Break(idp.Faults{DenyAccess: true})
			return b.get(b.again("mara", "/"))
		}, http.StatusForbidden, "did not sign you in again. Your session goes on as it was"},
		{"too late", func(w *world, b *browser) answer {
			callback := b.again("mara", "/")
			w.clock.Advance(11 * time.Minute)
			return b.get(callback)
		}, http.StatusUnprocessableEntity, "took too long"},
		{"a token of somebody else's key", func(w *world, b *browser) answer {
			callback := b.again("mara", "/")
			w.provider.Break(idp.Faults{WrongKey: true})
			return b.get(callback)
		}, http.StatusForbidden, "could not be verified"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, b := signedInBefore(t)
			before, id := b.visitor(), b.cookie(sessionCookie)
			if got := tt.giveUp(w, b); got.Status != tt.status || !strings.Contains(got.Body, tt.say) {
				t.Errorf("got %d %q, want %d and %q", got.Status, got.Body, tt.status, tt.say)
			}
			if diff := cmp.Diff(before, b.visitor()); diff != "" || b.cookie(sessionCookie) != id {
				t.Errorf("the session is not as it was (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSomebodyElseSignsInAgain(t *testing.T) {
	t.Parallel()
	w, b := signedInBefore(t)
	old := b.cookie(sessionCookie)
	got := b.get(b.again("emil", "/requests/7"))
	if got.Status != http.StatusConflict || !strings.Contains(got.Body, "You signed in as Emil, but somebody else was signed in here before.") {
		t.Errorf("got %d to %q: %q", got.Status, got.Location, got.Body)
	}
	if strings.Contains(got.Body, "Mara") || strings.Contains(got.Body, "/requests/7") {
		t.Errorf("the answer holds something of the other one: %q", got.Body)
	}
	if name := got.Header.Get(framedFor); name != "" {
		t.Errorf("the answer is framed for %s", name)
	}
	if v := b.visitor(); v.Actor.Subject != "sub-emil" {
		t.Errorf("signed in as %q", v.Actor.Subject)
	}
	thief := w.browser()
	thief.plant(sessionCookie, old)
	if thief.visitor().SignedIn {
		t.Error("Mara's session goes on")
	}
	want := "Mara session.sign-in done; Emil session.sign-in done Asked to sign in again.; " +
		"Mara session.end done Somebody else signed in in the same browser."
	if diff := cmp.Diff(want, w.log.Trail()); diff != "" {
		t.Errorf("trail (-want +got):\n%s", diff)
	}
	if begun, ended := w.log.lines[0].Target, w.log.lines[2].Target; begun != ended {
		t.Errorf("the line of the end names %v, want %v", ended, begun)
	}
}

func TestAFreshSignInOfSomebodyWhoIsNotSignedIn(t *testing.T) {
	t.Parallel()
	w, _ := signedInBefore(t)
	b := w.browser()
	if got := b.get(b.again("emil", "/devices")); got.Status != http.StatusSeeOther || got.Location != "/devices" {
		t.Errorf("got %d to %q", got.Status, got.Location)
	}
	if v := b.visitor(); v.Actor.Subject != "sub-emil" || !v.Actor.AuthTime.Equal(w.clock.Now()) {
		t.Errorf("visitor %+v", v)
	}
}
