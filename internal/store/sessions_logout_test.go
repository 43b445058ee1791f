package store

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
)

// A session starts and a logout token about it is redeemed at the same time, on two portals: whichever is first, the
// session is not there in the end.
func TestAStartAndALogoutMeet(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		c := newClock()
		s := open(t, c)
		now := c.Now()
		const issuer = "https://id.example"
		for i := range 40 {
			claims := auth.Claims{Issuer: issuer, Subject: "mara", SID: sessionName(i)}
			which := []auth.Selection{
				{Person: claims.Key()}, {Issuer: issuer, SID: claims.SID}, {Person: claims.Key(), Issuer: issuer, SID: claims.SID},
			}[i%3]
			session := auth.Session{ID: sessionID(claims.SID), Claims: claims, Created: now, Seen: now, Expires: now.Add(time.Hour)}
			var pair sync.WaitGroup
			pair.Go(func() {
				// It began a moment before the logout.
				due := now.Add(10*time.Minute - time.Microsecond)
				if err := s.StartSession(t.Context(), session, auth.Hash{}, due); err != nil && !fault.Is(err, fault.Conflict) {
					t.Error(err)
				}
			})
			pair.Go(func() {
				r := auth.Redemption{Token: sessionID("token " + claims.SID), Until: now.Add(time.Minute), Which: which, Late: now.Add(10 * time.Minute)}
				if _, err := s.RedeemLogout(t.Context(), r, now); err != nil {
					t.Error(err)
				}
			})
			pair.Wait()
			if left, err := s.Sessions(t.Context(), "", now); err != nil || len(left) != 0 {
				t.Fatalf("round %d leaves %v, %v", i, names(left), err)
			}
			now = now.Add(time.Second)
		}
	})
}

func sessionName(i int) string { return string(rune('a'+i/10)) + string(rune('0'+i%10)) }

// Whom a token named is known until no sign-in can be late any more, and of those that begin afterwards it says nothing.
func TestWhichSignInsALogoutOvertakes(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		c := newClock()
		s := open(t, c)
		now, late := c.Now(), c.Now().Add(10*time.Minute)
		for i, tt := range []struct {
			name          string
			named         string // by the token: person and session
			session       string // that would begin: person and session
			isItsLogout   bool
			withoutPerson bool // the token names the session only
		}{
			{"its person", "mara/", "mara/1", true, false},
			{"its person, the session has no name", "mara/", "mara/", true, false},
			{"another person", "mara/", "emil/1", false, false},
			{"its session", "mara/1", "mara/1", true, true},
			{"another session", "mara/1", "mara/2", false, true},
			{"a session that has no name", "mara/1", "mara/", false, true},
			{"both", "mara/1", "mara/1", true, false},
			{"both, the session has no name", "mara/1", "mara/", true, false},
			{"both, another session", "mara/1", "mara/2", false, false},
			{"both, another person", "mara/1", "emil/1", false, false},
		} {
			claims := func(name string) auth.Claims {
				subject, sid, _ := strings.Cut(name, "/")
				return auth.Claims{Issuer: fmt.Sprint("https://id.example/", i), Subject: subject, SID: sid}
			}
			named := claims(tt.named)
			which := auth.Selection{Person: named.Key(), Issuer: named.Issuer, SID: named.SID}
			if tt.withoutPerson {
				which.Person = ""
			}
			redemption := auth.Redemption{Token: auth.Hash{byte(i)}, Until: now.Add(time.Minute), Which: which, Late: late}
			if _, err := s.RedeemLogout(t.Context(), redemption, now); err != nil {
				t.Fatal(err)
			}
			for j, at := range []struct {
				name        string
				purged, due time.Time
				refused     bool
			}{
				{"it began before", late.Add(-2 * time.Second), late.Add(-time.Second), tt.isItsLogout},
				{"it began afterwards", late.Add(-time.Second), late, false},
				{"nothing is late any more", late, late.Add(-time.Second), false},
			} {
				if _, err := s.PurgeSessions(t.Context(), at.purged); err != nil {
					t.Fatal(err)
				}
				session := auth.Session{ID: auth.Hash{byte(i), byte(j)}, Claims: claims(tt.session), Created: now, Seen: now, Expires: late.Add(time.Hour)}
				err := s.StartSession(t.Context(), session, auth.Hash{}, at.due)
				if fault.Is(err, fault.Conflict) != at.refused || (err != nil) != at.refused {
					t.Errorf("%s, %s: %v", tt.name, at.name, err)
				}
				behind := 0
				if err := s.reader.QueryRowContext(t.Context(), "SELECT count(*) FROM logout_token WHERE expires_at = ''").Scan(&behind); err != nil || behind != 0 {
					t.Errorf("%s, %s: %d names are left behind, %v", tt.name, at.name, behind, err)
				}
			}
		}
	})
}
