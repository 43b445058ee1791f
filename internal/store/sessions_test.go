package store

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
)

func TestSessionsComeBackAsTheyWereKept(t *testing.T) {
	t.Parallel()
	onEvery(t, sessionsComeBackAsTheyWereKept)
}

func sessionsComeBackAsTheyWereKept(t *testing.T, open opener) {
	c := newClock()
	s := open(t, c)
	now := c.Now()
	want := auth.Session{
		ID: auth.Hash{1}, Created: now, Seen: now, Expires: now.Add(time.Hour),
		Claims: auth.Claims{
			Issuer: "https://id.example", Subject: "s'1", Name: "Søren <b>", Email: "s@example.com", Groups: []string{"a", "b"},
			TooManyGroups: true, EmailVerified: true, SID: "sid", ACR: "phr", AuthTime: now.Truncate(time.Second), IDToken: "a.b.c",
		},
	}
	if err := s.StartSession(t.Context(), want, auth.Hash{}, now); err != nil {
		t.Fatal(err)
	}
	got, err := s.Session(t.Context(), want.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("session (-want +got):\n%s", diff)
	}
	renewed := want
	renewed.ID = auth.Hash{2}
	if err := s.StartSession(t.Context(), renewed, want.ID, now); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Session(t.Context(), want.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("the replaced session: %v, want not found", err)
	}
}

func TestTouchMovesForwardOnlyAndRevivesNothing(t *testing.T) {
	t.Parallel()
	onEvery(t, touchMovesForwardOnlyAndRevivesNothing)
}

func touchMovesForwardOnlyAndRevivesNothing(t *testing.T, open opener) {
	c := newClock()
	s := open(t, c)
	start := c.Now()
	session := auth.Session{ID: auth.Hash{1}, Created: start, Seen: start, Expires: start.Add(time.Minute)}
	if err := s.StartSession(t.Context(), session, auth.Hash{}, session.Created); err != nil {
		t.Fatal(err)
	}
	for _, minutes := range []time.Duration{5, 3} { // the second answer is late
		seen := start.Add(minutes * time.Minute)
		if err := s.TouchSession(t.Context(), session.ID, seen, seen.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Session(t.Context(), session.ID)
	if err != nil {
		t.Fatal(err)
	}
	if want := start.Add(6 * time.Minute); !got.Expires.Equal(want) {
		t.Errorf("expires %v, want %v", got.Expires, want)
	}
	for range 2 { // ending twice is no error
		if err := s.EndSession(t.Context(), session.ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.TouchSession(t.Context(), session.ID, start.Add(time.Hour), start.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Session(t.Context(), session.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("after its end: %v, want not found", err)
	}
}

func TestAPendingSignInIsTakenOnceByItsBrowser(t *testing.T) {
	t.Parallel()
	onEvery(t, aPendingSignInIsTakenOnceByItsBrowser)
}

func aPendingSignInIsTakenOnceByItsBrowser(t *testing.T, open opener) {
	c := newClock()
	s := open(t, c)
	now := c.Now()
	want := auth.PendingSignIn{
		State: auth.Hash{1}, Browser: auth.Hash{2}, Nonce: "n", Verifier: "v", Return: "/devices?q='",
		Fresh: true, Began: now, Expires: now.Add(time.Minute),
	}
	if err := s.BeginSignIn(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	for name, take := range map[string]func() (auth.PendingSignIn, error){
		"another browser": func() (auth.PendingSignIn, error) { return s.TakeSignIn(t.Context(), want.State, auth.Hash{3}, now) },
		"another state":   func() (auth.PendingSignIn, error) { return s.TakeSignIn(t.Context(), auth.Hash{3}, want.Browser, now) },
		"too late": func() (auth.PendingSignIn, error) {
			return s.TakeSignIn(t.Context(), want.State, want.Browser, want.Expires)
		},
	} {
		if _, err := take(); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v, want not found", name, err)
		}
	}
	var taken atomic.Int32
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			got, err := s.TakeSignIn(t.Context(), want.State, want.Browser, now)
			if fault.Is(err, fault.NotFound) {
				return
			}
			taken.Add(1)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
	wg.Wait()
	if taken.Load() != 1 {
		t.Errorf("taken %d times", taken.Load())
	}
}

func TestPurgeForgetsWhatIsOver(t *testing.T) {
	t.Parallel()
	onEvery(t, purgeForgetsWhatIsOver)
}

func purgeForgetsWhatIsOver(t *testing.T, open opener) {
	c := newClock()
	s := open(t, c)
	now := c.Now()
	for i, end := range []time.Duration{-time.Second, 0, time.Second} {
		id := auth.Hash{byte(i + 1)}
		if err := s.StartSession(t.Context(), auth.Session{ID: id, Created: now, Seen: now, Expires: now.Add(end)}, auth.Hash{}, now); err != nil {
			t.Fatal(err)
		}
		if err := s.BeginSignIn(t.Context(), auth.PendingSignIn{State: id, Expires: now.Add(end)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []int{4, 0} {
		purged, err := s.PurgeSessions(t.Context(), now)
		if err != nil || purged != want {
			t.Errorf("purged %d, %v; want %d", purged, err, want)
		}
	}
	if _, err := s.Session(t.Context(), auth.Hash{3}); err != nil {
		t.Errorf("the session that goes on: %v", err)
	}
}
