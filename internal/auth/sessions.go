package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
	"backup-portal/internal/policy"
)

// The audit log's events about sessions.
const (
	eventSignIn  = "session.sign-in"
	eventSignOut = "session.sign-out"
	eventEnd     = "session.end" // ended by anything but the browser that it belongs to
)

// longestAgent bounds what a browser's name for itself takes in the database.
const longestAgent = 300

// cleanAgent keeps what can be shown of a browser's name for itself.
func cleanAgent(raw string) string {
	printable := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(raw, ""))
	runes := []rune(printable)
	return string(runes[:min(len(runes), longestAgent)])
}

// OwnSession is one of the visitor's own sessions.
type OwnSession struct {
	Session
	Current bool // the one that asks
}

// Own lists the visitor's sessions, the one that asks first and then those seen last.
func (s *Service) Own(c echo.Context) ([]OwnSession, error) {
	current, err := s.current(c)
	if err != nil {
		return nil, err
	}
	rows, err := s.opts.Sessions.Sessions(c.Request().Context(), current.Claims.Key(), s.opts.Now())
	if err != nil {
		return nil, err
	}
	own := make([]OwnSession, 0, len(rows))
	for _, row := range rows {
		one := OwnSession{Session: row, Current: row.ID == current.ID}
		if one.Current {
			own = slices.Insert(own, 0, one)
		} else {
			own = append(own, one)
		}
	}
	return own, nil
}

// EndOwn ends the visitor's session with this reference. One that is somebody else's, over, or was never there is the
// same fault.NotFound.
func (s *Service) EndOwn(c echo.Context, reference string) error {
	own, err := s.Own(c)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(own, func(one OwnSession) bool { return one.Reference() == reference })
	if at < 0 {
		return fault.New(fault.NotFound, "This session has ended already.", "")
	}
	return s.endOwn(c, Selection{Person: own[at].Claims.Key(), Only: own[at].ID})
}

// EndOthers ends every session of the visitor but the one that asks.
func (s *Service) EndOthers(c echo.Context) error {
	current, err := s.current(c)
	if err != nil {
		return err
	}
	return s.endOwn(c, Selection{Person: current.Claims.Key(), Except: current.ID})
}

// endOwn ends sessions and then records each: like signing out, it must not wait for a disk.
func (s *Service) endOwn(c echo.Context, which Selection) error {
	ended, err := s.opts.Sessions.EndSessions(c.Request().Context(), which, s.opts.Now())
	if err != nil {
		return err
	}
	var errs []error
	for _, row := range ended {
		errs = append(errs, s.record(c, row, eventEnd, ""))
	}
	return unrecorded(errors.Join(errs...))
}

// current is the session that asks.
func (s *Service) current(c echo.Context) (Session, error) {
	session, err := s.cookies.Get(c.Request(), s.names.session)
	if err != nil {
		return Session{}, err
	}
	row, ok := session.Values[rowValue].(Session)
	if !ok {
		return Session{}, errors.New("auth: nobody is signed in")
	}
	return row, nil
}

// SignedIn is a person with at least one session.
type SignedIn struct {
	Actor    policy.Actor // with the grants of this moment; its address is that of the session seen last
	Sessions []Session    // seen last first
}

// People lists who is signed in, seen last first, as far as the actor may end their sessions: everything that such a
// person holds lies where the actor has that permission.
func (s *Service) People(ctx context.Context, by policy.Actor) ([]SignedIn, error) {
	if !policy.MayAnywhere(by, policy.EndSessions) {
		return nil, nil
	}
	rows, err := s.opts.Sessions.Sessions(ctx, "", s.opts.Now())
	if err != nil {
		return nil, err
	}
	people := bundle(rows)
	grants := make([][]policy.Grant, len(people))
	for i := range people {
		// Groups can differ from one sign-in to the next: what counts is what any session of theirs gives.
		for _, row := range people[i].Sessions {
			people[i].Actor.Grants = append(people[i].Actor.Grants, s.held(row.Claims.Groups)...)
		}
		grants[i] = people[i].Actor.Grants
	}
	if err := s.place(ctx, grants...); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(people, func(p SignedIn) bool { return !policy.Oversees(by, policy.EndSessions, p.Actor) }), nil
}

// bundle puts the sessions of each person together, in their order; nobody holds anything yet.
func bundle(rows []Session) []SignedIn {
	var people []SignedIn
	at := map[string]int{}
	for _, row := range rows {
		key := row.Claims.Key()
		i, known := at[key]
		if !known {
			i = len(people)
			at[key] = i
			people = append(people, SignedIn{Actor: policy.Actor{
				Issuer: row.Claims.Issuer, Subject: row.Claims.Subject, Name: row.Claims.Name, Email: row.Claims.Email, Address: row.Address,
			}})
		}
		people[i].Sessions = append(people[i].Sessions, row)
	}
	return people
}

// SignOut ends every session of another person, for a reason that the audit log keeps. A person whom People does not
// list is a fault.NotFound, whether or not they are signed in.
func (s *Service) SignOut(c echo.Context, by policy.Actor, person, reason string) error {
	ctx := c.Request().Context()
	people, err := s.People(ctx, by)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(people, func(p SignedIn) bool { return p.Actor.Key() == person })
	if at < 0 {
		return fault.New(fault.NotFound, "This person is not signed in any more.", "")
	}
	ended, err := s.opts.Sessions.EndSessions(ctx, Selection{Person: person}, s.opts.Now())
	if err != nil || len(ended) == 0 {
		return err
	}
	return unrecorded(s.opts.Record(ctx, audit.Line{
		At:      s.opts.Now().UTC(),
		Actor:   audit.Actor{Key: by.Key(), Name: by.Name, Email: by.Email, Address: by.Address},
		Action:  eventEnd,
		Target:  audit.Target{Kind: "person", ID: person, Name: people[at].Actor.Name},
		OrgUIDs: places(people[at].Actor),
		Outcome: audit.Done,
		Reason:  reason,
		Detail:  fmt.Sprintf("Signed out everywhere: %s.", countOf(len(ended))),
		Request: c.Response().Header().Get(echo.HeaderXRequestID),
	}))
}

// places are the organizations where a person holds something: whoever reads the log of all of them reads of it.
func places(person policy.Actor) []string {
	var uids []string
	for _, g := range person.Grants {
		if g.Path != "" {
			uids = append(uids, g.OrgUID)
		}
	}
	slices.Sort(uids)
	return slices.Compact(uids)
}

func countOf(sessions int) string {
	if sessions == 1 {
		return "1 session"
	}
	return fmt.Sprintf("%d sessions", sessions)
}

// record appends a line about somebody's own session.
func (s *Service) record(c echo.Context, row Session, event, detail string) error {
	return s.opts.Record(c.Request().Context(), audit.Line{
		At:      s.opts.Now().UTC(),
		Actor:   audit.Actor{Key: row.Claims.Key(), Name: row.Claims.Name, Email: row.Claims.Email, Address: c.RealIP()},
		Action:  event,
		Target:  audit.Target{Kind: "session", ID: row.Reference()},
		Outcome: audit.Done,
		Detail:  detail,
		Request: c.Response().Header().Get(echo.HeaderXRequestID),
	})
}

// unrecorded says of an error that only the record is missing.
func unrecorded(err error) error {
	if err == nil {
		return nil
	}
	return errors.Join(errors.New("the sessions ended, but that is not recorded"), err)
}
