package auth

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"
	"golang.org/x/oauth2"

	"backup-portal/internal/fault"
)

// signInLimit is how long a person may take at the provider.
const signInLimit = 10 * time.Minute

// Begin sends the visitor to the provider (GET /auth/sign-in?return=/devices). State, nonce, PKCE verifier and the
// path to return to stay on the server, bound to this browser by a cookie; several tabs may sign in at once. With fresh=1
// the provider has to ask the person anew, also one that it knows.
// Errors: RateLimited; an upstream fault while the provider is down.
func (s *Service) Begin(c echo.Context) error {
	if err := s.limit(c); err != nil {
		return err
	}
	r := c.Request()
	p, err := s.provider(r.Context())
	if err != nil {
		return err
	}
	browser, secret := s.browser(c)
	state, nonce, verifier := newToken(), newToken(), oauth2.GenerateVerifier()
	stateHash, _ := hashToken(state)
	now, fresh := s.opts.Now(), c.QueryParam("fresh") == "1"
	options := []oauth2.AuthCodeOption{oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)}
	if fresh {
		options = append(options, s.asksAnew()...)
	}
	err = s.opts.Sessions.BeginSignIn(r.Context(), PendingSignIn{
		State: stateHash, Browser: browser, Nonce: nonce, Verifier: verifier,
		Return: LocalPath(c.QueryParam("return")), Fresh: fresh, Began: now, Expires: now.Add(signInLimit),
	})
	if err != nil {
		return err
	}
	opts := s.names.options()
	opts.MaxAge = int(signInLimit.Seconds())
	http.SetCookie(c.Response(), sessions.NewCookie(s.names.signIn, secret, opts))
	return c.Redirect(http.StatusFound, p.oauth.AuthCodeURL(state, options...))
}

// browser returns the value that binds sign-ins to this browser: the one it has, so that a second tab does not break
// the first, or a new one.
func (s *Service) browser(c echo.Context) (Hash, string) {
	if cookie, err := c.Cookie(s.names.signIn); err == nil {
		if hash, ok := hashToken(cookie.Value); ok {
			return hash, cookie.Value
		}
	}
	secret := newToken()
	hash, _ := hashToken(secret)
	return hash, secret
}

// Callback finishes a sign-in (GET /auth/callback): it takes the pending sign-in out of the store, redeems the code,
// verifies the token, records the sign-in and starts a session under a new id, also when the person was signed in
// before. It answers the local path to go to. Errors: RateLimited, or a fault with the words for the person. A fresh
// sign-in that fails leaves the session that there was.
func (s *Service) Callback(c echo.Context) (returnTo string, err error) {
	if err := s.limit(c); err != nil {
		return "", err
	}
	ctx := c.Request().Context()
	pending, err := s.take(c)
	if err != nil {
		return "", err
	}
	if refusal := c.QueryParam("error"); refusal != "" {
		s.fail(c, failedByIdP)
		return "", refused(refusal, pending.Fresh)
	}
	// RFC 9207: an answer that names another provider was mixed up on purpose.
	if issuer := c.QueryParam("iss"); issuer != "" && issuer != s.opts.Issuer {
		s.fail(c, failedState)
		return "", stale(errors.New("the answer names another issuer"))
	}
	claims, why, err := s.redeem(ctx, c.QueryParam("code"), pending)
	if err != nil {
		if why != "" {
			s.fail(c, why)
		}
		return "", err
	}
	if pending.Fresh {
		if err := s.proven(pending, claims); err != nil {
			s.fail(c, failedProof)
			return "", err
		}
	}
	if err := s.start(c, claims, pending); err != nil {
		return "", err
	}
	return pending.Return, nil
}

// refused puts the provider's error into words.
func refused(code string, fresh bool) error {
	cause := fmt.Errorf("the provider answered %q", code)
	if fresh {
		return fault.Wrap(fault.Denied, cause, "The identity provider did not sign you in again.",
			"Your session goes on as it was, and nothing was done.")
	}
	return fault.Wrap(fault.Denied, cause, "The identity provider did not sign you in.", "Sign in again, or ask your identity provider's operator.")
}

// take finds the pending sign-in that this browser began with this state; it can be found once.
func (s *Service) take(c echo.Context) (PendingSignIn, error) {
	state, known := hashToken(c.QueryParam("state"))
	var browser Hash
	cookie, err := c.Cookie(s.names.signIn)
	if err == nil && known {
		browser, known = hashToken(cookie.Value)
	}
	if err != nil || !known {
		s.fail(c, failedState)
		return PendingSignIn{}, stale(errors.New("no state, or no sign-in cookie"))
	}
	pending, err := s.opts.Sessions.TakeSignIn(c.Request().Context(), state, browser, s.opts.Now())
	if fault.Is(err, fault.NotFound) {
		s.fail(c, failedState)
		return PendingSignIn{}, stale(err)
	}
	return pending, err
}

// start records the sign-in and then starts the session: nobody gets in unrecorded.
func (s *Service) start(c echo.Context, claims Claims, pending PendingSignIn) error {
	r := c.Request()
	session, err := s.cookies.Get(r, s.names.session)
	if err != nil {
		return err
	}
	before, signedIn := session.Values[rowValue].(Session)
	row := s.cookies.renew(session, claims, pending.Expires, cleanAgent(r.UserAgent()), c.RealIP())
	detail := ""
	if pending.Fresh {
		detail = "Asked to sign in again."
	}
	if err := s.record(c, row, eventSignIn, detail); err != nil {
		return err
	}
	err = session.Save(r, c.Response())
	if fault.Is(err, fault.Conflict) {
		return s.overtaken(c, row, err)
	}
	if err != nil {
		return err
	}
	if pending.Fresh && signedIn && before.Claims.Key() != claims.Key() {
		return s.somebodyElse(c, before, row)
	}
	return nil
}

func (s *Service) limit(c echo.Context) error {
	err := s.limits.allow(c.RealIP())
	if limited, ok := errors.AsType[*RateLimited](err); ok {
		s.fail(c, failedLimit)
		seconds := int(math.Ceil(limited.RetryAfter.Seconds()))
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(seconds))
	}
	return err
}

func (s *Service) fail(c echo.Context, why failure) {
	s.failures.add(s.opts.Now(), c.RealIP(), why)
}
