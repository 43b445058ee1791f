package auth

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/sessions"

	"backup-portal/internal/fault"
)

const (
	idleLimit     = 30 * time.Minute
	absoluteLimit = 8 * time.Hour
	// touchEvery bounds the writes that reading causes: a session's end moves at most this often.
	touchEvery = time.Minute
)

// cookieNames are the names of the two cookies. On https the prefix makes browsers insist on Secure, Path=/ and no
// Domain, so that no sibling host can plant one.
type cookieNames struct {
	session string
	signIn  string
	secure  bool
}

func namesFor(public *url.URL) cookieNames {
	if public.Scheme == "https" {
		return cookieNames{session: "__Host-portal", signIn: "__Host-portal-sign-in", secure: true}
	}
	return cookieNames{session: "portal_demo", signIn: "portal_demo_sign_in"}
}

// options are what both cookies share. Lax, because the way back from the provider is a navigation from another site.
// The session cookie has no age: the database decides when a session is over.
func (n cookieNames) options() *sessions.Options {
	return &sessions.Options{Path: "/", HttpOnly: true, Secure: n.secure, SameSite: http.SameSiteLaxMode}
}

// valueKey are the keys of what cookieStore keeps in a gorilla session's values.
type valueKey int

const (
	rowValue      valueKey = iota // Session
	replacedValue                 // Hash of the session that a new one replaces
	dueValue                      // time.Time at which the sign-in that a new one comes from would have been over
	endedValue                    // true: the browser showed an id whose session is over
)

// cookieStore is a gorilla sessions.Store whose cookie holds a random id and whose data is in the database.
// A session here is either new (Save starts it), ended (MaxAge below zero: Save forgets it) or known (Save touches it).
type cookieStore struct {
	rows  Store
	names cookieNames
	now   func() time.Time
}

// Get returns the request's session, read once per request.
func (s *cookieStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session of the cookie. An id that the database does not know is never adopted: the session is new
// and gets an id of its own when it is saved.
func (s *cookieStore) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	session.Options = s.names.options()
	session.IsNew = true
	cookie, err := r.Cookie(name)
	if err != nil {
		return session, nil // no cookie is no error
	}
	id, ok := hashToken(cookie.Value)
	if !ok {
		return session, nil
	}
	row, err := s.rows.Session(r.Context(), id)
	switch {
	case fault.Is(err, fault.NotFound), err == nil && !s.now().Before(row.Expires):
		session.Values[endedValue] = true
		return session, nil
	case err != nil:
		return session, err
	}
	session.ID, session.IsNew = cookie.Value, false
	session.Values[rowValue] = row
	return session, nil
}

// renew makes the session a new one with these claims, browser and address under a new id; saving it forgets the old id.
// due is when the sign-in would have been over.
func (s *cookieStore) renew(session *sessions.Session, claims Claims, due time.Time, agent, address string) Session {
	if old, ok := session.Values[rowValue].(Session); ok {
		session.Values[replacedValue] = old.ID
	}
	now := s.now()
	session.ID, session.IsNew = newToken(), true
	id, _ := hashToken(session.ID)
	row := Session{ID: id, Claims: claims, Created: now, Seen: now, Expires: expiry(now, now), Agent: agent, Address: address}
	session.Values[rowValue], session.Values[dueValue] = row, due
	return row
}

// Save starts, touches or ends the session, and sets the cookie where its value changed.
func (s *cookieStore) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	row, ok := session.Values[rowValue].(Session)
	if session.Options.MaxAge < 0 {
		http.SetCookie(w, sessions.NewCookie(session.Name(), "", session.Options))
		if !ok {
			return nil
		}
		return s.rows.EndSession(r.Context(), row.ID)
	}
	if !ok {
		return errors.New("auth: a session without claims cannot be saved")
	}
	if !session.IsNew {
		now := s.now()
		return s.rows.TouchSession(r.Context(), row.ID, now, expiry(row.Created, now))
	}
	replaced, _ := session.Values[replacedValue].(Hash)
	due, _ := session.Values[dueValue].(time.Time)
	if err := s.rows.StartSession(r.Context(), row, replaced, due); err != nil {
		return err
	}
	http.SetCookie(w, sessions.NewCookie(session.Name(), session.ID, session.Options))
	return nil
}

// expiry is when a session created and last seen at these times ends.
func expiry(created, seen time.Time) time.Time {
	idle, absolute := seen.Add(idleLimit), created.Add(absoluteLimit)
	if idle.Before(absolute) {
		return idle
	}
	return absolute
}
