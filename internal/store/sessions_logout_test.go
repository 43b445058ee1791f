package store

import (
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
	const issuer, mara = "https://id.example", "https://id.example|mara"
	for name, tt := range map[string]struct {
		which     auth.Selection
		claims    auth.Claims
		overtaken bool
	}{
		"its person":                          {auth.Selection{Person: mara}, auth.Claims{Subject: "mara", SID: "1"}, true},
		"its person, the session has no name": {auth.Selection{Person: mara}, auth.Claims{Subject: "mara"}, true},
		"another person":                      {auth.Selection{Person: mara}, auth.Claims{Subject: "emil", SID: "1"}, false},
		"its session":                         {auth.Selection{Issuer: issuer, SID: "1"}, auth.Claims{Subject: "mara", SID: "1"}, true},
		"another session":                     {auth.Selection{Issuer: issuer, SID: "1"}, auth.Claims{Subject: "mara", SID: "2"}, false},
		"a session that has no name":          {auth.Selection{Issuer: issuer, SID: "1"}, auth.Claims{Subject: "mara"}, false},
		"both":                                {auth.Selection{Person: mara, Issuer: issuer, SID: "1"}, auth.Claims{Subject: "mara", SID: "1"}, true},
		"both, the session has no name":       {auth.Selection{Person: mara, Issuer: issuer, SID: "1"}, auth.Claims{Subject: "mara"}, true},
		"both, another session":               {auth.Selection{Person: mara, Issuer: issuer, SID: "1"}, auth.Claims{Subject: "mara", SID: "2"}, false},
		"both, another person":                {auth.Selection{Person: mara, Issuer: issuer, SID: "1"}, auth.Claims{Subject: "emil", SID: "1"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEvery(t, func(t *testing.T, open opener) {
				c := newClock()
				s := open(t, c)
				now, late := c.Now(), c.Now().Add(10*time.Minute)
				claims := tt.claims
				claims.Issuer = issuer
				redemption := auth.Redemption{Token: auth.Hash{7}, Until: now.Add(time.Minute), Which: tt.which, Late: late}
				if _, err := s.RedeemLogout(t.Context(), redemption, now); err != nil {
					t.Fatal(err)
				}
				for i, at := range []struct {
					name        string
					purged, due time.Time
					overtaken   bool
				}{
					{"it began before", late.Add(-2 * time.Second), late.Add(-time.Second), tt.overtaken},
					{"it began afterwards", late.Add(-time.Second), late, false},
					{"nothing is late any more", late, late.Add(-time.Second), false},
				} {
					if _, err := s.PurgeSessions(t.Context(), at.purged); err != nil {
						t.Fatal(err)
					}
					session := auth.Session{ID: auth.Hash{byte(i + 1)}, Claims: claims, Created: now, Seen: now, Expires: late.Add(time.Hour)}
					if err := s.StartSession(t.Context(), session, auth.Hash{}, at.due); fault.Is(err, fault.Conflict) != at.overtaken || (err != nil) != at.overtaken {
						t.Errorf("%s: %v", at.name, err)
					}
					behind := 0
					if err := s.reader.QueryRowContext(t.Context(), "SELECT count(*) FROM logout_token WHERE expires_at = ''").Scan(&behind); err != nil || behind != 0 {
						t.Errorf("%s: %d names are left behind, %v", at.name, behind, err)
					}
				}
			})
		})
	}
}
