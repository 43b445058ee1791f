package auth_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"backup-portal/internal/audit"
	"backup-portal/internal/auth"
	"backup-portal/internal/emulator/idp"
)

// duringSignIn does something between the n-th sign-in's last word with the provider and the start of its session, which
// is when the sign-in is written down.
func duringSignIn(n int, do func()) func(*auth.Options) {
	return func(o *auth.Options) {
		record, signIns := o.Record, 0
		o.Record = func(ctx context.Context, line audit.Line) error {
			if line.Action == "session.sign-in" {
				if signIns++; signIns == n {
					do()
				}
			}
			return record(ctx, line)
		}
	}
}

// The provider tells of a session's end while its sign-in comes back: the session must not begin.
func TestALogoutOvertakesASignIn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		faults idp.Faults
		logout func(w *world) (int, error)
	}{
		{"of its session", idp.Faults{}, signsOutThere},
		{"of its session, naming nobody", idp.Faults{OmitSubject: true}, signsOutThere},
		{"of its session, which the portal was not told of", idp.Faults{OmitSID: true}, signsOutThere},
		{"of all sessions of its person", idp.Faults{}, signsOutMara},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var w *world
			w = newWorld(t, duringSignIn(1, func() {
				if status, err := tt.logout(w); err != nil || status != http.StatusOK {
					t.Errorf("the portal answered %d, %v", status, err)
				}
			}))
			w.provider.Break(tt.faults)
			b := w.browser()
			callback := b.begin("mara", "/")
			w.clock.Advance(time.Second)
			got := b.get(callback)
			if got.Status != http.StatusForbidden || !strings.Contains(got.Body, "signed you out while you were signing in") {
				t.Errorf("the callback answered %d %s", got.Status, got.Body)
			}
			if b.cookie("portal_demo") != "" || b.visitor().SignedIn {
				t.Error("the session began all the same")
			}
			want := "Mara session.sign-in done; Mara session.end done The identity provider signed this person out while they signed in."
			if trail := w.log.Trail(); trail != want {
				t.Errorf("trail %q, want %q", trail, want)
			}
			w.provider.Break(idp.Faults{})
			b.signIn("mara") // one that begins after the logout is not meant by it
			if !b.visitor().SignedIn {
				t.Error("she is kept out")
			}
		})
	}
}

func signsOutThere(w *world) (int, error) {
	sids := w.provider.Sessions("mara")
	if len(sids) != 1 {
		return 0, errors.New("mara has not one session at the provider")
	}
	return w.provider.SignOut(w.t.Context(), sids[0])
}

func signsOutMara(w *world) (int, error) { return w.provider.SignOutPerson(w.t.Context(), "mara") }

// The provider may let a code outlive the session that it was given to.
func TestALogoutOvertakesACode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	callback := b.begin("mara", "/")
	w.clock.Advance(time.Second)
	if status, err := signsOutMara(w); err != nil || status != http.StatusOK {
		t.Fatalf("the portal answered %d, %v", status, err)
	}
	w.clock.Advance(30 * time.Second)
	if err := w.service.Housekeep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := b.get(callback); got.Status != http.StatusForbidden || b.visitor().SignedIn {
		t.Errorf("the callback answered %d %s", got.Status, got.Body)
	}
}

// A logout is about one session or one person, and no other sign-in.
func TestALogoutOvertakesNobodyElse(t *testing.T) {
	t.Parallel()
	var w *world
	w = newWorld(t, duringSignIn(1, func() {
		for _, logout := range []func(context.Context, string) (int, error){w.provider.SignOut, w.provider.SignOutPerson} {
			if status, err := logout(t.Context(), "emil"); err != nil || status != http.StatusOK {
				t.Errorf("the portal answered %d, %v", status, err)
			}
		}
	}))
	b := w.browser()
	callback := b.begin("mara", "/")
	w.clock.Advance(time.Second)
	if got := b.get(callback); got.Status != http.StatusSeeOther || !b.visitor().SignedIn {
		t.Errorf("the callback answered %d %s", got.Status, got.Body)
	}
}

// Whoever signs in a second time is not left with the first session, nor with a page that takes them for signed in.
func TestALogoutOvertakesASecondSignIn(t *testing.T) {
	t.Parallel()
	var w *world
	w = newWorld(t, duringSignIn(2, func() {
		if status, err := signsOutMara(w); err != nil || status != http.StatusOK {
			t.Errorf("the portal answered %d, %v", status, err)
		}
	}))
	b := w.browser()
	b.signIn("mara")
	callback := b.begin("mara", "/")
	w.clock.Advance(time.Second)
	got := b.get(callback)
	if got.Status != http.StatusForbidden || got.Header.Get(framedFor) != "" {
		t.Errorf("the callback answered %d, framed for %q", got.Status, got.Header.Get(framedFor))
	}
	if b.visitor().SignedIn {
		t.Error("a session goes on")
	}
}

// A session that the provider gave no name ends when one of its person's does: which one it is, nobody can tell.
func TestALogoutEndsASessionWithoutAName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.provider.Break(idp.Faults{OmitSID: true})
	mara, emil := w.browser(), w.browser()
	mara.signIn("mara")
	emil.signIn("emil")
	if status := w.signOutThere("mara"); status != http.StatusOK {
		t.Fatalf("the portal answered %d", status)
	}
	if mara.visitor().SignedIn || !emil.visitor().SignedIn {
		t.Error("want Mara's session over, and Emil's not")
	}
}
