package auth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/labstack/echo/v4"

	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
)

const (
	logoutEvent = "http://schemas.openid.net/event/backchannel-logout"
	// longestLogout bounds the body of a logout request.
	longestLogout = 64 << 10
	// clockSkew is how far the provider's clock may be off, and one portal's from another's.
	clockSkew = 5 * time.Minute
)

// Logout ends the sessions that the provider names in a logout token (POST /auth/backchannel-logout; OpenID Connect
// Back-Channel Logout 1.0). No browser sends it: the token's signature is all that vouches for it. A session that is
// not there is no error. Errors: RateLimited; fault.Invalid for a token that is not to be believed; any other when the
// sessions could not be ended.
func (s *Service) Logout(c echo.Context) (err error) {
	if err := s.logouts.spent(c.RealIP()); err != nil {
		if limited, ok := errors.AsType[*RateLimited](err); ok {
			c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(limited.RetryAfter.Seconds()))))
		}
		s.fail(c, failedTooOften)
		return err
	}
	defer func() {
		if err != nil {
			_ = s.logouts.allow(c.RealIP()) // counts the failure; the next request asks whether it was one too many
		}
	}()
	ctx := c.Request().Context()
	p, err := s.provider(ctx)
	if err != nil {
		return err
	}
	token, err := s.verifyLogout(c, p)
	if err != nil {
		s.fail(c, failedLogout)
		return fault.Wrap(fault.Invalid, err, "The logout token is not valid.", "")
	}
	which := Selection{Issuer: token.Issuer, SID: token.SessionID}
	if token.Subject != "" {
		which.Person = Claims{Issuer: token.Issuer, Subject: token.Subject}.Key()
	}
	now := s.opts.Now()
	ended, err := s.opts.Sessions.RedeemLogout(ctx, Redemption{
		Token: sha256.Sum256([]byte(token.Issuer + "\n" + token.TokenID)), Until: token.Expiry.Add(clockSkew),
		Which: which, Late: now.Add(signInLimit),
	}, now)
	if fault.Is(err, fault.Conflict) {
		s.fail(c, failedReplay)
		return fault.Wrap(fault.Invalid, err, "The logout token was used before.", "")
	}
	if err != nil {
		return err
	}
	s.loggedOut(ctx, c.Response().Header().Get(echo.HeaderXRequestID), ended)
	return nil
}

// loggedOut records sessions that the provider ended. They are over whether or not that can be written.
func (s *Service) loggedOut(ctx context.Context, request string, ended []Session) {
	for _, row := range ended {
		err := s.opts.Record(ctx, audit.Line{
			At:      s.opts.Now().UTC(),
			Actor:   audit.Actor{Key: row.Claims.Key(), Name: row.Claims.Name, Email: row.Claims.Email},
			Action:  eventEnd,
			Target:  audit.Target{Kind: "session", ID: row.Reference()},
			Outcome: audit.Done,
			Detail:  "The identity provider signed this person out.",
			Request: request,
		})
		if err != nil {
			s.opts.Logger.ErrorContext(ctx, "a session that the identity provider ended is not recorded", "session", row.Reference(), "err", err)
		}
	}
}

// verifyLogout checks all that makes a logout token ours. The library checks signature, algorithm, issuer, audience,
// expiry, token id, the event's name, that somebody is named and that there is no nonce; the rest is here.
func (s *Service) verifyLogout(c echo.Context, p *provider) (*oidc.LogoutToken, error) {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, longestLogout)
	if err := r.ParseForm(); err != nil {
		return nil, errors.New("the form cannot be read")
	}
	// Of the body only: an address stands in logs, and a token there could be picked up.
	sent := r.PostForm["logout_token"]
	if len(sent) != 1 {
		return nil, fmt.Errorf("there are %d logout tokens", len(sent))
	}
	if err := logoutType(sent[0]); err != nil {
		return nil, err
	}
	token, err := p.verifier.VerifyLogout(r.Context(), sent[0])
	if err != nil {
		return nil, err
	}
	var claims struct {
		Events map[string]json.RawMessage `json:"events"`
	}
	if err := token.Claims(&claims); err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(claims.Events[logoutEvent], []byte("{")) {
		return nil, errors.New("the logout event is not an object")
	}
	if token.IssuedAt.IsZero() || token.IssuedAt.After(s.opts.Now().Add(clockSkew)) {
		return nil, errors.New("the logout token was issued at no time, or in the future")
	}
	return token, nil
}

// logoutType refuses tokens that say they are something else, an access token say. Providers that give no type, or the
// general one, are many; what else the token holds tells it from an ID token.
func logoutType(token string) error {
	segment, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil {
		return errors.New("the token has no header")
	}
	var header struct {
		Type string `json:"typ"`
	}
	if err := json.Unmarshal(raw, &header); err != nil {
		return errors.New("the token's header cannot be read")
	}
	switch strings.TrimPrefix(strings.ToLower(header.Type), "application/") {
	case "", "jwt", "logout+jwt":
		return nil
	}
	return fmt.Errorf("the token is of type %.40q", header.Type)
}
