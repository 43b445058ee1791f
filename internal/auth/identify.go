package auth

import (
	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"backup-portal/internal/policy"
)

// Visitor is who is asking. The zero value is somebody who is not signed in.
type Visitor struct {
	SignedIn       bool
	Actor          policy.Actor // with the grants of this moment; zero unless signed in
	Groups         []string     // as the provider named them, for telling a person why they hold no role
	TooManyGroups  bool         // the provider would not list them, so no role can be computed
	SessionExpired bool         // not signed in any more: the browser showed an id whose session is over
}

// visitorKey is where Identify leaves the visitor in echo's context.
const visitorKey = "auth.visitor"

// VisitorOf returns the visitor that Identify found, or nobody.
func VisitorOf(c echo.Context) Visitor {
	v, _ := c.Get(visitorKey).(Visitor)
	return v
}

// Identify finds out who is asking before the next handler runs. It refuses nobody; it fails only when the database
// cannot be read.
func (s *Service) Identify() echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			v, err := s.visitor(c)
			if err != nil {
				return err
			}
			c.Set(visitorKey, v)
			return next(c)
		}
	}
}

func (s *Service) visitor(c echo.Context) (Visitor, error) {
	session, err := s.cookies.Get(c.Request(), s.names.session)
	if err != nil {
		return Visitor{}, err
	}
	return s.visitorOf(c, session)
}

// Again finds out anew who is asking, in the midst of an answer that takes long: the session may have ended since the
// answer began, and the organizations of its roles may have moved.
func (s *Service) Again(c echo.Context) (Visitor, error) {
	session, err := s.cookies.New(c.Request(), s.names.session) // Get knows the session as it was
	if err != nil {
		return Visitor{}, err
	}
	return s.visitorOf(c, session)
}

func (s *Service) visitorOf(c echo.Context, session *sessions.Session) (Visitor, error) {
	row, ok := session.Values[rowValue].(Session)
	if !ok {
		ended, _ := session.Values[endedValue].(bool)
		return Visitor{SessionExpired: ended}, nil
	}
	s.touch(c, session, row)
	grants, err := s.grants(c.Request().Context(), row.Claims.Groups)
	if err != nil {
		return Visitor{}, err
	}
	return Visitor{
		SignedIn: true,
		Actor: policy.Actor{
			Issuer:  row.Claims.Issuer,
			Subject: row.Claims.Subject,
			Name:    row.Claims.Name,
			Email:   row.Claims.Email,
			Address: c.RealIP(),
			Grants:  grants,

			AuthTime: row.Claims.AuthTime,
			ACR:      row.Claims.ACR,
		},
		Groups:        row.Claims.Groups,
		TooManyGroups: row.Claims.TooManyGroups,
	}, nil
}

// touch moves the idle end of a session, at most once a minute. A database that takes no writes must not keep anybody
// from reading, so a failure is only logged; the session then ends at the time it had.
func (s *Service) touch(c echo.Context, session *sessions.Session, row Session) {
	if s.opts.Now().Sub(row.Seen) < touchEvery {
		return
	}
	if err := session.Save(c.Request(), c.Response()); err != nil {
		s.opts.Logger.WarnContext(c.Request().Context(), "a session could not be prolonged", "session", row.Reference(), "err", err)
	}
}
