package auth

import (
	"crypto/sha256"
	"encoding/json"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/fault"
)

// A logout token can arrive while the sign-in that it is about comes back from the provider: its session is not there yet,
// and must not begin a moment later. So the store remembers whom a token named, for as long as a sign-in may take, and
// StartSession refuses a sign-in that had begun by then. One that begins later is a new one, whatever the provider calls it.

// Names are what a logout token calls the sessions that it ends. A session goes by names, too, see Claims.Names; it has one
// in common with the token exactly when the token is about it.
func (w Selection) Names() []Hash {
	switch {
	case w.SID == "":
		return []Hash{nameHash("person", w.Person)}
	case w.Person == "":
		return []Hash{nameHash("session", w.Issuer, w.SID)}
	}
	return []Hash{nameHash("session of", w.Person, w.Issuer, w.SID), nameHash("nameless session of", w.Person)}
}

// Names are what logout tokens can call a session with these claims.
func (c Claims) Names() []Hash {
	if c.SID == "" {
		return []Hash{nameHash("person", c.Key()), nameHash("nameless session of", c.Key())}
	}
	return []Hash{nameHash("person", c.Key()), nameHash("session", c.Issuer, c.SID), nameHash("session of", c.Key(), c.Issuer, c.SID)}
}

func nameHash(parts ...string) Hash {
	text, _ := json.Marshal(parts) // strings always can be written
	return sha256.Sum256(text)
}

// overtaken is the answer to a sign-in that is in the log already and whose session must not begin.
func (s *Service) overtaken(c echo.Context, row Session, cause error) error {
	c.Set(visitorKey, Visitor{}) // a session that there was before is likely to be over, too
	if err := s.record(c, row, eventEnd, "The identity provider signed this person out while they signed in."); err != nil {
		return unrecorded(err)
	}
	return fault.Wrap(fault.Denied, cause, "The identity provider signed you out while you were signing in.", "Sign in again.")
}
