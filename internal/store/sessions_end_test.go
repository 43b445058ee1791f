package store

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
)

// startSessions keeps a session per name, made of person and sid ("mara/1"), seen one second after the other.
func startSessions(t *testing.T, s *Store, now time.Time, names ...string) {
	t.Helper()
	for i, name := range names {
		person, sid := name[:len(name)-2], name[len(name)-1:]
		seen := now.Add(time.Duration(i) * time.Second)
		err := s.StartSession(t.Context(), auth.Session{
			ID: sessionID(name), Created: now, Seen: seen, Expires: now.Add(time.Hour), Agent: "agent " + name, Address: "192.0.2.1",
			Claims: auth.Claims{Issuer: "https://id.example", Subject: person, SID: sid},
		}, auth.Hash{}, now)
		if err != nil {
			t.Fatal(err)
		}
	}
}

func sessionID(name string) (id auth.Hash) {
	copy(id[:], name)
	return id
}

// names answers who the sessions are, in their order.
func names(sessions []auth.Session) []string {
	var list []string
	for _, s := range sessions {
		list = append(list, s.Claims.Subject+"/"+s.Claims.SID)
	}
	return list
}

func TestSessionsAreListedByPerson(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		c := newClock()
		s := open(t, c)
		now := c.Now()
		startSessions(t, s, now, "mara/1", "emil/1", "mara/2")
		for person, want := range map[string][]string{
			"https://id.example|mara": {"mara/2", "mara/1"}, "": {"mara/2", "emil/1", "mara/1"}, "https://id.example|m": nil, "'": nil,
		} {
			got, err := s.Sessions(t.Context(), person, now)
			if err != nil || !slices.Equal(names(got), want) {
				t.Errorf("%q: %v, %v; want %v", person, names(got), err, want)
			}
			if len(got) > 0 && (got[0].Agent != "agent mara/2" || got[0].Address != "192.0.2.1") {
				t.Errorf("%q: %+v", person, got[0])
			}
		}
		if got, err := s.Sessions(t.Context(), "", now.Add(time.Hour)); err != nil || len(got) != 0 {
			t.Errorf("after their time: %v, %v", names(got), err)
		}
	})
}

func TestSelectedSessionsEnd(t *testing.T) {
	t.Parallel()
	const mara = "https://id.example|mara"
	for name, tt := range map[string]struct {
		which auth.Selection
		ended []string
	}{
		"one of a person":             {auth.Selection{Person: mara, Only: sessionID("mara/1")}, []string{"mara/1"}},
		"another person's":            {auth.Selection{Person: mara, Only: sessionID("emil/1")}, nil},
		"all but one":                 {auth.Selection{Person: mara, Except: sessionID("mara/1")}, []string{"mara/2"}},
		"all of a person":             {auth.Selection{Person: mara}, []string{"mara/1", "mara/2"}},
		"a session of the provider":   {auth.Selection{Issuer: "https://id.example", SID: "1"}, []string{"emil/1", "mara/1"}},
		"and its person":              {auth.Selection{Person: mara, Issuer: "https://id.example", SID: "1"}, []string{"mara/1"}},
		"another provider's":          {auth.Selection{Issuer: "https://other.example", SID: "1"}, nil},
		"a person with an issuer":     {auth.Selection{Person: mara, Issuer: "https://id.example"}, []string{"mara/1", "mara/2"}},
		"a sid that nobody has":       {auth.Selection{Issuer: "https://id.example", SID: "%"}, nil},
		"a person that nobody is":     {auth.Selection{Person: "https://id.example|%"}, nil},
		"a person with quotes in it":  {auth.Selection{Person: "' OR 1 = 1 --"}, nil},
		"a sid of a person elsewhere": {auth.Selection{Person: "https://other.example|mara", Issuer: "https://other.example", SID: "1"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEvery(t, func(t *testing.T, open opener) {
				c := newClock()
				s := open(t, c)
				startSessions(t, s, c.Now(), "emil/1", "mara/1", "mara/2")
				ended, err := s.EndSessions(t.Context(), tt.which, c.Now())
				got := names(ended)
				slices.Sort(got)
				if err != nil || !slices.Equal(got, tt.ended) {
					t.Errorf("ended %v, %v; want %v", got, err, tt.ended)
				}
				left, err := s.Sessions(t.Context(), "", c.Now())
				if err != nil || len(left)+len(tt.ended) != 3 {
					t.Errorf("left %v, %v", names(left), err)
				}
			})
		})
	}
}

func TestASelectionThatNamesNobodyEndsNothing(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := openSQLite(t, c)
	startSessions(t, s, c.Now(), "mara/1")
	for _, which := range []auth.Selection{{}, {Issuer: "https://id.example"}, {SID: "1"}, {Except: sessionID("x")}} {
		if ended, err := s.EndSessions(t.Context(), which, c.Now()); err == nil {
			t.Errorf("%+v ended %v", which, names(ended))
		}
	}
	if left, err := s.Sessions(t.Context(), "", c.Now()); err != nil || len(left) != 1 {
		t.Errorf("left %v, %v", names(left), err)
	}
}

// Of many that bring the same logout token at once one ends the session; the token is remembered until its time is over.
func TestALogoutTokenIsRedeemedOnce(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		c := newClock()
		s := open(t, c)
		now := c.Now()
		token, until := auth.Hash{7}, now.Add(time.Minute)
		redemption := auth.Redemption{Token: token, Until: until, Which: auth.Selection{Issuer: "https://id.example", SID: "1"}, Late: until}
		startSessions(t, s, now, "mara/1")
		var good, replayed atomic.Int32
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				ended, err := s.RedeemLogout(t.Context(), redemption, now)
				switch {
				case fault.Is(err, fault.Conflict):
					replayed.Add(1)
				case err != nil:
					t.Error(err)
				case len(ended) == 1:
					good.Add(1)
				}
			})
		}
		group.Wait()
		if good.Load() != 1 || replayed.Load() != 7 {
			t.Fatalf("%d ended the session and %d were refused", good.Load(), replayed.Load())
		}
		for _, tt := range []struct {
			at       time.Time
			replayed bool
		}{{until.Add(-time.Second), true}, {until, false}} {
			if _, err := s.PurgeSessions(t.Context(), tt.at); err != nil {
				t.Fatal(err)
			}
			if _, err := s.RedeemLogout(t.Context(), redemption, now); fault.Is(err, fault.Conflict) != tt.replayed {
				t.Errorf("purged at %v: %v", tt.at, err)
			}
		}
	})
}

// A token whose sessions could not be ended was not used: the provider may send it again.
func TestALogoutThatFailsRemembersNothing(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		c := newClock()
		s := open(t, c)
		redemption := auth.Redemption{Token: auth.Hash{7}, Until: c.Now().Add(time.Minute)}
		if _, err := s.RedeemLogout(t.Context(), redemption, c.Now()); err == nil || fault.Is(err, fault.Conflict) {
			t.Fatalf("a selection that names nobody: %v", err)
		}
		redemption.Which.Person = "p"
		if _, err := s.RedeemLogout(t.Context(), redemption, c.Now()); err != nil {
			t.Errorf("the token again: %v", err)
		}
	})
}

// Whoever was signed in while the portal was updated is listed, and can be signed out, like everybody else.
func TestSessionsFromBeforeAreGivenTheirPerson(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		c := newClock()
		s := open(t, c)
		migrations, err := provider(s.writer.DB, s.dialect)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := migrations.DownTo(t.Context(), 6); err != nil {
			t.Fatal(err)
		}
		id := sessionID("old")
		at := stamp(c.Now())
		_, err = s.writer.ExecContext(t.Context(), "INSERT INTO session (id, claims, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?)",
			id[:], `{"iss":"https://id.example","sub":"mara","name":"Mara","id_token":"t"}`, at, at, stamp(c.Now().Add(time.Hour)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := migrations.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		ended, err := s.EndSessions(t.Context(), auth.Selection{Person: "https://id.example|mara"}, c.Now())
		if err != nil || len(ended) != 1 || ended[0].Claims.Name != "Mara" {
			t.Errorf("ended %+v, %v", ended, err)
		}
	})
}
