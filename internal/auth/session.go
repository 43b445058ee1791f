package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"
)

// Hash is the SHA-256 of a random value that only a browser holds in clear: a copy of the database opens no session.
type Hash [sha256.Size]byte

// Session is one signed-in browser as it is stored.
type Session struct {
	ID      Hash // of the value in the cookie
	Claims  Claims
	Created time.Time
	Seen    time.Time // kept to the minute
	Expires time.Time // the earlier of idle and absolute end
	Agent   string    // what the browser called itself at sign-in, cut and cleaned; anybody can claim anything
	Address string    // the client's, at sign-in
}

// Reference names the session in the audit log without giving anything away.
func (s Session) Reference() string { return hex.EncodeToString(s.ID[:8]) }

// Selection names the sessions of one person, or of one session at the provider. What is empty does not narrow it, but
// a person or an issuer with its session is always there. With a person and a session it includes those of the person that
// the provider gave no name.
type Selection struct {
	Person string // Claims.Key
	Issuer string // with SID
	SID    string // the provider's own session
	Only   Hash   // just this session of the person
	Except Hash   // all but this one
}

// Redemption is a logout token as it is used up.
type Redemption struct {
	Token Hash      // of the issuer and the token's own id
	Until time.Time // when the token can no longer be used anyway
	Which Selection
	Late  time.Time // when every sign-in that has begun by now is over
}

// PendingSignIn is a sign-in that was sent to the provider and has not come back.
type PendingSignIn struct {
	State    Hash   // of the state parameter
	Browser  Hash   // of the value in the sign-in cookie: only the browser that began may finish
	Nonce    string // must come back inside the ID token
	Verifier string // PKCE
	Return   string // local path to go to afterwards
	Fresh    bool   // the person has to prove anew who they are
	Began    time.Time
	Expires  time.Time
}

// Store keeps sessions, pending sign-ins, and who ever signed in. Each method is one transaction.
type Store interface {
	// BeginSignIn keeps a pending sign-in.
	BeginSignIn(ctx context.Context, p PendingSignIn) error
	// TakeSignIn removes and returns the pending sign-in of this state and browser, so that it can be finished
	// once; fault.NotFound when there is none or its time is over.
	TakeSignIn(ctx context.Context, state, browser Hash, now time.Time) (PendingSignIn, error)
	// StartSession keeps a new session and forgets the one that it replaces, if there was one. What its claims say takes
	// the place of what was known of the person. due is when the sign-in would have been over; fault.Conflict when a
	// logout token meant the session and came after the sign-in began.
	StartSession(ctx context.Context, s Session, replaces Hash, due time.Time) error
	// Session returns a session, expired or not; fault.NotFound when it does not exist.
	Session(ctx context.Context, id Hash) (Session, error)
	// TouchSession moves a session's end; it never revives a removed one and never moves back in time.
	TouchSession(ctx context.Context, id Hash, seen, expires time.Time) error
	// EndSession forgets a session; one that is already gone is no error.
	EndSession(ctx context.Context, id Hash) error
	// Sessions returns the sessions of a person whose time is not over, or everybody's for "", seen last first.
	Sessions(ctx context.Context, person string, now time.Time) ([]Session, error)
	// EndSessions forgets the selected sessions and returns those whose time was not over: of two callers that end the
	// same session one gets it.
	EndSessions(ctx context.Context, which Selection, now time.Time) ([]Session, error)
	// RedeemLogout is EndSessions by a logout token, which is remembered, and so is whom it named, for the sign-ins that
	// are on their way; fault.Conflict when the token was used before.
	RedeemLogout(ctx context.Context, r Redemption, now time.Time) ([]Session, error)
	// PurgeSessions forgets every session, pending sign-in and used logout token whose time is over, and tells how many.
	PurgeSessions(ctx context.Context, now time.Time) (int, error)
	// Person returns what the provider said of a person at their last sign-in; fault.NotFound when they never signed in.
	Person(ctx context.Context, key string) (Person, error)
	// PeopleSince returns everybody whose last sign-in was at this time or later, by name.
	PeopleSince(ctx context.Context, since time.Time) ([]Person, error)
}

// tokenBytes is the size of session ids, states and nonces: 256 random bits.
const tokenBytes = 32

func newToken() string {
	raw := make([]byte, tokenBytes)
	_, _ = rand.Read(raw) // never fails: crypto/rand ends the program first
	return base64.RawURLEncoding.EncodeToString(raw)
}

// hashToken hashes a value that newToken could have made; anything else is not worth a query.
func hashToken(value string) (Hash, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil || len(raw) != tokenBytes {
		return Hash{}, false
	}
	return sha256.Sum256([]byte(value)), true
}
