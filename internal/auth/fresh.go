package auth

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/oauth2"

	"backup-portal/internal/fault"
)

const (
	// freshFor is how long a proof of who somebody is serves for what is destructive.
	freshFor = 10 * time.Minute
	// proofSkew is how far the provider's clock may be off where the time of a proof counts.
	proofSkew = time.Minute
)

// asksAnew are the parameters that make a provider ask again (OpenID Connect Core 1.0, section 3.1.2.1). prompt makes it
// ask; max_age, which could do so too, makes it say when it did.
func (s *Service) asksAnew() []oauth2.AuthCodeOption {
	options := []oauth2.AuthCodeOption{
		oauth2.SetAuthURLParam("prompt", "login"),
		oauth2.SetAuthURLParam("max_age", strconv.Itoa(int(freshFor.Seconds()))),
	}
	if len(s.opts.ACRValues) > 0 {
		options = append(options, oauth2.SetAuthURLParam("acr_values", strings.Join(s.opts.ACRValues, " ")))
	}
	return options
}

// proven refuses claims that do not show that the provider asked anew, and in one of the ways that are demanded: it may
// ignore every parameter that it was sent, and the session that it has with the browser proves nothing.
func (s *Service) proven(pending PendingSignIn, claims Claims) error {
	const again = "Your session goes on as it was. Try again; if it stays, ask your identity provider's operator."
	var cause error
	switch {
	case claims.AuthTime.IsZero():
		cause = errors.New("the ID token does not say when the person signed in")
	case claims.AuthTime.Before(pending.Began.Add(-proofSkew)):
		cause = fmt.Errorf("the person signed in at %s and was to be asked again at %s", claims.AuthTime, pending.Began)
	case claims.AuthTime.After(s.opts.Now().Add(proofSkew)):
		cause = fmt.Errorf("the person will have signed in at %s", claims.AuthTime)
	case len(s.opts.ACRValues) > 0 && !slices.Contains(s.opts.ACRValues, claims.ACR):
		return fault.Wrap(fault.Denied, fmt.Errorf("the provider answers with the acr %.100q", claims.ACR),
			"The identity provider did not ask you to sign in in the way that is demanded here.", again)
	default:
		return nil
	}
	return fault.Wrap(fault.Denied, cause, "The identity provider did not ask you to sign in again.", again)
}

// somebodyElse is the answer to a fresh sign-in that another person made than the one who was signed in. Nothing of that
// one is left: not the session, and not what they were about to do.
func (s *Service) somebodyElse(c echo.Context, before, now Session) error {
	c.Set(visitorKey, Visitor{}) // whom this request began with must not frame its answer
	if err := s.record(c, before, eventEnd, "Somebody else signed in in the same browser."); err != nil {
		return unrecorded(err)
	}
	return fault.New(fault.Conflict,
		fmt.Sprintf("You signed in as %s, but somebody else was signed in here before. That session has ended, and what it was about to do was not done.", now.Claims.Name),
		"Go on from the overview as the person who you are now.")
}
