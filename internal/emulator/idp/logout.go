package idp

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// logoutLifetime is how long a logout token may be used.
	logoutLifetime = 2 * time.Minute
	logoutEvent    = "http://schemas.openid.net/event/backchannel-logout"
)

// signedIn is a session at the provider: what it told its client of a person, under one sid.
type signedIn struct {
	sid    string
	person Person
	since  time.Time
	acr    string // how they proved who they are
}

func (p *Provider) remember(proof signedIn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.ContainsFunc(p.sessions, func(s signedIn) bool { return s.sid == proof.sid }) {
		p.sessions = append(p.sessions, proof)
	}
}

// forget ends the sessions that match and answers them.
func (p *Provider) forget(match func(signedIn) bool) []signedIn {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ended []signedIn
	p.sessions = slices.DeleteFunc(p.sessions, func(s signedIn) bool {
		if match(s) {
			ended = append(ended, s)
			return true
		}
		return false
	})
	return ended
}

// Sessions lists the sids of a person's sessions, oldest first.
func (p *Provider) Sessions(personID string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var sids []string
	for _, s := range p.sessions {
		if s.person.ID == personID {
			sids = append(sids, s.sid)
		}
	}
	return sids
}

// SignOut ends one session at the provider, as its person would, tells the client and answers the client's status.
// A sid that the provider does not know is told all the same.
func (p *Provider) SignOut(ctx context.Context, sid string) (status int, err error) {
	subject := ""
	for _, s := range p.forget(func(s signedIn) bool { return s.sid == sid }) {
		subject = s.person.Subject
	}
	return p.notify(ctx, subject, sid)
}

// SignOutPerson ends every session of a person, as an admin of the provider would: the client is told the person only.
func (p *Provider) SignOutPerson(ctx context.Context, personID string) (status int, err error) {
	person, ok := p.person(personID)
	if !ok {
		return 0, fmt.Errorf("idp: there is no person %q", personID)
	}
	p.forget(func(s signedIn) bool { return s.person.ID == personID })
	return p.notify(ctx, person.Subject, "")
}

// notify sends a logout token to the client (OpenID Connect Back-Channel Logout 1.0).
func (p *Provider) notify(ctx context.Context, subject, sid string) (status int, err error) {
	if p.opts.BackChannelLogoutURI == "" {
		return 0, errors.New("idp: the client has no address for logout tokens")
	}
	token, err := p.logoutToken(subject, sid)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	body := strings.NewReader(url.Values{"logout_token": {token}}.Encode())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.opts.BackChannelLogoutURI, body)
	if err != nil {
		return 0, fmt.Errorf("idp: prepare a logout request: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := p.opts.Client.Do(request)
	if err != nil {
		return 0, fmt.Errorf("idp: send a logout token: %w", err)
	}
	return response.StatusCode, response.Body.Close()
}

// logoutToken is what a logout request carries, with what the faults spoil.
func (p *Provider) logoutToken(subject, sid string) (string, error) {
	now, faults := p.opts.Now(), p.broken()
	claims := map[string]any{
		"iss":    p.opts.Issuer,
		"aud":    p.opts.ClientID,
		"iat":    now.Unix(),
		"exp":    now.Add(logoutLifetime).Unix(),
		"jti":    rand.Text(),
		"events": map[string]any{logoutEvent: map[string]any{}},
	}
	if subject != "" && !faults.OmitSubject {
		claims["sub"] = subject
	}
	if sid != "" {
		claims["sid"] = sid
	}
	for _, spoiled := range []struct {
		when  bool
		claim string
		value any
	}{
		{faults.BadAudience, "aud", "another-client"},
		{faults.BadIssuer, "iss", p.opts.Issuer + "/another"},
		{faults.BadSubject, "sub", "sub-another"},
		{faults.ExpiredToken, "exp", now.Add(-time.Hour).Unix()},
		{faults.FutureToken, "iat", now.Add(time.Hour).Unix()},
		{faults.BadNonce, "nonce", rand.Text()},
		{faults.BadEvent, "events", map[string]any{logoutEvent: true}},
		{faults.SameTokenID, "jti", "the-same-again"},
	} {
		if spoiled.when {
			claims[spoiled.claim] = spoiled.value
		}
	}
	for claim, omitted := range map[string]bool{"events": faults.OmitEvents, "jti": faults.OmitTokenID, "exp": faults.OmitExpiry, "iat": faults.OmitIssuedAt} {
		if omitted {
			delete(claims, claim)
		}
	}
	tokenType := cmp.Or(faults.LogoutType, "logout+jwt")
	switch {
	case faults.Unsigned:
		return unsigned(claims)
	case faults.PublicKeyMAC:
		return p.maced(claims, tokenType)
	}
	return p.sign(claims, tokenType)
}

// unsigned makes a token that nobody signed, and says so ("alg": "none").
func unsigned(claims map[string]any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("idp: write claims: %w", err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none","typ":"logout+jwt"}`)) + "." + encode(payload) + ".", nil
}

// maced makes a token with the published key as the secret of an HMAC, which fools who lets the token choose.
func (p *Provider) maced(claims map[string]any, tokenType string) (string, error) {
	key := p.published()
	public, err := json.Marshal(jose.JSONWebKey{Key: key.private.Public()})
	if err != nil {
		return "", fmt.Errorf("idp: write a key: %w", err)
	}
	return signWith(jose.SigningKey{Algorithm: jose.HS256, Key: jose.JSONWebKey{Key: public, KeyID: key.id}}, claims, tokenType)
}
