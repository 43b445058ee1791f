package auth_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/auth"
	"backup-portal/internal/emulator/idp"
	"backup-portal/internal/policy"
)

const (
	sessionCookie = "portal_demo"
	signInCookie  = "portal_demo_sign_in"
)

func TestTheSessionIDIsNewAtEverySignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	attacker := w.browser()
	attacker.signIn("emil")
	victim := w.browser()
	planted := strings.Repeat("A", 43)
	victim.plant(sessionCookie, planted)
	victim.signIn("mara")
	first := victim.cookie(sessionCookie)
	if first == planted {
		t.Fatal("an id from outside was adopted")
	}
	victim.signIn("mara")
	if second := victim.cookie(sessionCookie); second == first {
		t.Error("signing in again kept the id")
	}
	thief := w.browser()
	for _, old := range []string{planted, first} {
		thief.plant(sessionCookie, old)
		if thief.visitor().SignedIn {
			t.Errorf("the old id %q still works", old)
		}
	}
	// Planting one's own live session must not make it the victim's.
	victim.plant(sessionCookie, attacker.cookie(sessionCookie))
	victim.signIn("mara")
	if v := attacker.visitor(); v.SignedIn {
		t.Errorf("the attacker's session became %s's", v.Actor.Name)
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		steps []time.Duration // a request after each
		want  bool
	}{
		{"used within the idle limit", []time.Duration{29 * time.Minute, 29 * time.Minute, 29 * time.Minute}, true},
		{"idle for half an hour", []time.Duration{30 * time.Minute}, false},
		{"idle after use", []time.Duration{29 * time.Minute, 30 * time.Minute}, false},
		{"in use until just before the absolute end", append(times(16, 29*time.Minute), 15*time.Minute), true},
		{"in use beyond the absolute end", append(times(16, 29*time.Minute), 16*time.Minute), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := w.browser()
			b.signIn("mara")
			var last auth.Visitor
			for _, step := range tt.steps {
				w.clock.Advance(step)
				last = b.visitor()
			}
			if last.SignedIn != tt.want || last.SessionExpired == tt.want {
				t.Errorf("signed in %v, expired %v; want signed in %v", last.SignedIn, last.SessionExpired, tt.want)
			}
		})
	}
}

func times(n int, d time.Duration) []time.Duration {
	list := make([]time.Duration, n)
	for i := range list {
		list[i] = d
	}
	return list
}

func TestExpiredSessionsAreForgottenButSaidToHaveEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn("mara")
	w.clock.Advance(time.Hour)
	if err := w.service.Housekeep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v := b.visitor(); v.SignedIn || !v.SessionExpired {
		t.Errorf("got %+v", v)
	}
}

func TestCookieFlags(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name            string
		world           func(*testing.T) *world
		session, signIn string
		secure          bool
	}{
		{"https", newHTTPSWorld, "__Host-portal", "__Host-portal-sign-in", true},
		{"loopback http", func(t *testing.T) *world { return newWorld(t) }, sessionCookie, signInCookie, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := tt.world(t).browser()
			begun := b.get("/auth/sign-in")
			check := func(got answer, name string, maxAge int) {
				t.Helper()
				response := http.Response{Header: got.Header}
				for _, c := range response.Cookies() {
					if c.Name != name {
						continue
					}
					c.Value, c.Raw, c.Expires, c.RawExpires = "", "", time.Time{}, ""
					want := &http.Cookie{Name: name, Path: "/", MaxAge: maxAge, Secure: tt.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
					if diff := cmp.Diff(want, c); diff != "" {
						t.Errorf("cookie (-want +got):\n%s", diff)
					}
					return
				}
				t.Errorf("no cookie %s in %v", name, got.Header["Set-Cookie"])
			}
			check(begun, tt.signIn, 600)
			granted := b.get(begun.Location + "&login_hint=mara")
			check(b.get(granted.Location), tt.session, 0)
			check(b.do(http.MethodPost, "/auth/sign-out"), tt.session, -1)
		})
	}
}

func TestTheDatabaseHoldsNoValueThatOpensASession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	begun := b.get("/auth/sign-in")
	b.signIn("mara")
	secrets := map[string]string{
		"session id": b.cookie(sessionCookie), "sign-in cookie": b.cookie(signInCookie), "state": queryOf(t, begun.Location, "state"),
	}
	files, err := filepath.Glob(filepath.Join(w.folder, "portal.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no database files: %v", err)
	}
	var all []byte
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, content...)
	}
	if !bytes.Contains(all, []byte("sub-mara")) {
		t.Fatal("the session is not in these files: the test looks in the wrong place")
	}
	for name, secret := range secrets {
		raw, err := base64.RawURLEncoding.DecodeString(secret)
		if err != nil || len(raw) != 32 {
			t.Fatalf("the %s is not 32 random bytes: %v", name, err)
		}
		// The start of it would be as bad: the rest could be guessed.
		if bytes.Contains(all, raw[:16]) || bytes.Contains(all, []byte(secret[:16])) {
			t.Errorf("the %s stands in the database in clear", name)
		}
	}
}

func TestRequestsAtOnceShareASession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn("mara")
	w.clock.Advance(10 * time.Minute) // each of them finds the session due for a touch
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			if !b.visitor().SignedIn {
				t.Error("one of the requests was not signed in")
			}
		})
	}
	wg.Wait()
}

// touches counts how often a session's end moves.
type touches struct {
	auth.Store
	mu    sync.Mutex
	count int
	err   error
}

func (s *touches) TouchSession(ctx context.Context, id auth.Hash, seen, expires time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	if s.err != nil {
		return s.err
	}
	return s.Store.TouchSession(ctx, id, seen, expires)
}

func TestASessionIsTouchedAtMostOnceAMinute(t *testing.T) {
	t.Parallel()
	counted := &touches{}
	w := newWorld(t, func(o *auth.Options) { counted.Store, o.Sessions = o.Sessions, counted })
	b := w.browser()
	b.signIn("mara")
	for range 12 {
		w.clock.Advance(20 * time.Second)
		b.visitor()
	}
	if counted.count != 4 {
		t.Errorf("%d touches within four minutes of use, want 4", counted.count)
	}
}

func TestADatabaseThatTakesNoWritesStillLetsPeopleRead(t *testing.T) {
	t.Parallel()
	full := &touches{err: errors.New("disk full")}
	w := newWorld(t, func(o *auth.Options) { full.Store, o.Sessions = o.Sessions, full })
	b := w.browser()
	b.signIn("mara")
	w.clock.Advance(5 * time.Minute)
	if !b.visitor().SignedIn {
		t.Error("reading failed because the session could not be prolonged")
	}
	if full.count == 0 {
		t.Error("no touch was tried: the test shows nothing")
	}
}

func TestRolesFollowTheMirror(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn("emil")
	grantsOf := func() []policy.Grant { return b.visitor().Actor.Grants }
	for _, tt := range []struct {
		uid   string
		place auth.Place
		want  []policy.Grant
	}{
		{"ship", auth.Place{Path: "/root/other/ship/"}, []policy.Grant{
			{Role: policy.Viewer, OrgUID: "ship", Path: "/root/other/ship/", Group: "readers"},
			{Role: policy.HelpDesk, OrgUID: "unknown", Group: "desk"},
		}},
		{"unknown", auth.Place{Path: "/unknown/", Root: true}, []policy.Grant{
			{Role: policy.Viewer, OrgUID: "ship", Path: "/root/other/ship/", Group: "readers"},
			{Role: policy.HelpDesk, OrgUID: "unknown", Path: "/unknown/", AtRoot: true, Group: "desk"},
		}},
		{"ship", auth.Place{Root: true}, []policy.Grant{ // unknown, whatever else is said of it
			{Role: policy.Viewer, OrgUID: "ship", Group: "readers"},
			{Role: policy.HelpDesk, OrgUID: "unknown", Path: "/unknown/", AtRoot: true, Group: "desk"},
		}},
	} {
		w.mirror.Move(tt.uid, tt.place)
		if diff := cmp.Diff(tt.want, grantsOf()); diff != "" {
			t.Errorf("after moving %s to %+v (-want +got):\n%s", tt.uid, tt.place, diff)
		}
	}
}

func TestPeopleWithoutRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		person  string
		faults  idp.Faults
		tooMany bool
	}{
		{"olav", idp.Faults{}, true},
		{"nina", idp.Faults{}, false},
		{"mara", idp.Faults{OmitGroups: true}, false},
	} {
		w.provider.Break(tt.faults)
		b := w.browser()
		b.signIn(tt.person)
		if v := b.visitor(); !v.SignedIn || v.TooManyGroups != tt.tooMany || len(v.Actor.Grants) != 0 {
			t.Errorf("%s: %+v", tt.person, v)
		}
	}
}

func TestSignOutEndsBothSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, elsewhere := w.browser(), w.browser()
	b.signIn("mara")
	elsewhere.signIn("mara")
	stolen := b.cookie(sessionCookie)
	got := b.do(http.MethodPost, "/auth/sign-out")
	if !strings.HasPrefix(got.Body, w.provider.Issuer()+"/end_session?") {
		t.Fatalf("sign-out leads to %q", got.Body)
	}
	if b.visitor().SignedIn {
		t.Error("still signed in")
	}
	b.plant(sessionCookie, stolen)
	if b.visitor().SignedIn {
		t.Error("the old cookie still works")
	}
	if !elsewhere.visitor().SignedIn {
		t.Error("another browser was signed out too")
	}
	if left := b.get(got.Body); left.Location != w.portal.URL+"/auth/signed-out" {
		t.Errorf("the provider answered %d to %q", left.Status, left.Location)
	}
	want := "Mara session.sign-in done; Mara session.sign-in done; Mara session.sign-out done"
	if diff := cmp.Diff(want, w.log.Trail()); diff != "" {
		t.Errorf("trail (-want +got):\n%s", diff)
	}
	if in, out := w.log.lines[0].Target, w.log.lines[2].Target; in != out {
		t.Errorf("sign-in names %v and sign-out %v", in, out)
	}
	if again := b.do(http.MethodPost, "/auth/sign-out"); again.Status != http.StatusOK || again.Body != "" {
		t.Errorf("signing out twice: %d %q", again.Status, again.Body)
	}
}

func TestASignOutThatCannotBeRecordedStillSignsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn("mara")
	w.log.broken = errors.New("disk full")
	if got := b.do(http.MethodPost, "/auth/sign-out"); got.Status != http.StatusInternalServerError {
		t.Errorf("a sign-out that could not be recorded answered %d", got.Status)
	}
	if b.visitor().SignedIn {
		t.Error("a full disk kept the person signed in")
	}
}
