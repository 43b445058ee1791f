package auth

import (
	"errors"
	"net/url"

	"github.com/labstack/echo/v4"
)

// End signs the visitor out of the portal (POST /auth/sign-out) and answers the provider's address that signs them out
// there too and leads to /auth/signed-out; it is empty when nobody was signed in or the provider has no such address
// or is down. The browser loses its cookie in any case. An error means that the database could not be changed.
func (s *Service) End(c echo.Context) (providerURL string, err error) {
	r := c.Request()
	session, err := s.cookies.Get(r, s.names.session)
	if err != nil {
		return "", err
	}
	row, signedIn := session.Values[rowValue].(Session)
	session.Options.MaxAge = -1
	err = session.Save(r, c.Response())
	if !signedIn || err != nil {
		return "", err
	}
	c.Set(visitorKey, Visitor{})
	// The session is gone whether or not the line can be written: signing out must not wait for a disk.
	if err := s.record(c, row, eventSignOut, ""); err != nil {
		return "", errors.Join(errors.New("signed out, but not recorded"), err)
	}
	p, err := s.provider(r.Context())
	if err != nil || p.endSession == "" {
		return "", nil // signed out here; the provider's own session is the provider's
	}
	target, err := url.Parse(p.endSession)
	if err != nil {
		return "", nil
	}
	query := target.Query()
	query.Set("id_token_hint", row.Claims.IDToken)
	query.Set("client_id", s.opts.ClientID)
	query.Set("post_logout_redirect_uri", s.public("/auth/signed-out"))
	target.RawQuery = query.Encode()
	return target.String(), nil
}
