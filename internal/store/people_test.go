package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
)

func TestPeople(t *testing.T) {
	t.Parallel()
	onEvery(t, conformPeople)
}

func conformPeople(t *testing.T, open opener) {
	signIn := func(t *testing.T, s *Store, id byte, at time.Time, claims auth.Claims) {
		t.Helper()
		session := auth.Session{ID: auth.Hash{id}, Claims: claims, Created: at, Seen: at, Expires: at.Add(time.Hour)}
		if err := s.StartSession(t.Context(), session, auth.Hash{}, session.Created); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("the last sign-in counts, whatever its clock says", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := open(t, c)
		now := c.Now()
		hostile := auth.Claims{
			Issuer: "https://id.example", Subject: "o'1|x", Name: "Søren <b>\u202e=cmd", Email: "S@example.com",
			Groups: []string{"b", `"quoted", comma`, "b"}, IDToken: "a.b.c", SID: "sid",
		}
		signIn(t, s, 1, now, hostile)
		want := auth.Person{
			Issuer: hostile.Issuer, Subject: hostile.Subject, Name: hostile.Name, Email: hostile.Email, Groups: hostile.Groups, Seen: now,
		}
		check := func(when string) {
			t.Helper()
			got, err := s.Person(t.Context(), hostile.Key())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", when, diff)
			}
		}
		check("first")
		fewer := hostile
		fewer.Name, fewer.Email, fewer.Groups, fewer.TooManyGroups = "Renamed", "", nil, true
		want.Name, want.Email, want.Groups, want.TooManyGroups, want.Seen = "Renamed", "", []string{}, true, now.Add(-time.Hour)
		signIn(t, s, 2, want.Seen, fewer)
		check("later, by a clock that went back")
		for id := range byte(3) {
			if err := s.EndSession(t.Context(), auth.Hash{id}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.PurgeSessions(t.Context(), now.Add(1000*time.Hour)); err != nil {
			t.Fatal(err)
		}
		check("after every session")
		for _, key := range []string{"", "https://id.example|o'1", "HTTPS://id.example|o'1|x", "https://id.example|O'1|x"} {
			if _, err := s.Person(t.Context(), key); !fault.Is(err, fault.NotFound) {
				t.Errorf("%q: %v, want not found", key, err)
			}
		}
	})
	t.Run("people are listed by name, since a time", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := open(t, c)
		now := c.Now()
		for i, name := range []string{"Zoe", "Ann", "Ann", "Long ago"} {
			signIn(t, s, byte(i+1), now.Add(-time.Duration(i)*time.Second), auth.Claims{Issuer: "i", Subject: string(rune('a' + i)), Name: name})
		}
		people, err := s.PeopleSince(t.Context(), now.Add(-2*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range people {
			got = append(got, p.Name+" "+p.Subject)
		}
		if diff := cmp.Diff([]string{"Ann b", "Ann c", "Zoe a"}, got); diff != "" {
			t.Errorf("people (-want +got):\n%s", diff)
		}
	})
	t.Run("a session without its person is not kept", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := open(t, c)
		refuseInserts(t, s, "known_person")
		session := auth.Session{ID: auth.Hash{1}, Claims: auth.Claims{Issuer: "i", Subject: "s"}, Created: c.Now(), Seen: c.Now(), Expires: c.Now().Add(time.Hour)}
		if err := s.StartSession(t.Context(), session, auth.Hash{}, session.Created); err == nil {
			t.Error("a session was started")
		}
		if _, err := s.Session(t.Context(), session.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("the session: %v, want not found", err)
		}
	})
}

// Whoever is signed in while the portal is updated can vote without signing in once more.
func TestSessionsFromBeforeGiveTheirPeople(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		c := newClock()
		s := open(t, c)
		migrations, err := provider(s.writer.DB, s.dialect)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := migrations.DownTo(t.Context(), 9); err != nil {
			t.Fatal(err)
		}
		now := c.Now()
		for id, session := range map[string]struct {
			at             time.Time
			person, claims string
		}{
			"newest": {now, "i|mara", `{"iss":"i","sub":"mara","name":"Mara","email":"m@example.com","groups":["a","b"],"id_token":"t"}`},
			"older":  {now.Add(-time.Hour), "i|mara", `{"iss":"i","sub":"mara","name":"Old","groups":["a","b","c"],"id_token":"t"}`},
			"crowd":  {now, "i|olav", `{"iss":"i","sub":"olav","name":"Olav","too_many_groups":true,"id_token":"t"}`},
		} {
			id, at := sessionID(id), stamp(session.at)
			_, err = s.writer.ExecContext(t.Context(), "INSERT INTO session (id, claims, created_at, seen_at, expires_at, person) VALUES (?, ?, ?, ?, ?, ?)",
				id[:], session.claims, at, at, at, session.person)
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := migrations.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, err := s.PeopleSince(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		want := []auth.Person{
			{Issuer: "i", Subject: "mara", Name: "Mara", Email: "m@example.com", Groups: []string{"a", "b"}, Seen: now},
			{Issuer: "i", Subject: "olav", Name: "Olav", Groups: []string{}, TooManyGroups: true, Seen: now},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("people (-want +got):\n%s", diff)
		}
	})
}
