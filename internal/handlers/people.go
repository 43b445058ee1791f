package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

const (
	peopleURL = "/people"
	// reasonLimit is what the form lets through, too.
	reasonLimit = 1000
)

// people lists who is signed in, for who may sign them out.
func (h *Handlers) people(c echo.Context) error {
	actor := auth.VisitorOf(c).Actor
	if !policy.MayAnywhere(actor, policy.EndSessions) {
		return mayNotEndSessions()
	}
	ctx := c.Request().Context()
	people, err := h.Auth.People(ctx, actor)
	if err != nil {
		return err
	}
	k := h.clock()
	view := templates.PeopleView{Scope: counted(len(people), "person")}
	if len(people) != 1 {
		view.Scope = number(len(people)) + " people"
	}
	for i, p := range people {
		row := templates.PersonRow{
			Key: strconv.Itoa(i + 1), Name: p.Actor.Name, Email: p.Actor.Email, Roles: h.rolesLine(ctx, actor, p.Actor),
			Sessions: number(len(p.Sessions)), Seen: k.long(p.Sessions[0].Seen),
		}
		if p.Actor.Key() == actor.Key() {
			row.OwnURL = sessionsURL
		} else {
			row.EndURL = peopleURL + "/sign-out?" + url.Values{"person": {p.Actor.Key()}}.Encode()
		}
		view.Rows = append(view.Rows, row)
	}
	if len(view.Rows) == 0 {
		view.Empty = templates.Empty{Title: "Nobody is signed in", Text: "You see the people whose roles all lie in your part of the fleet."}
	}
	return h.render(c, http.StatusOK, templates.People(h.base(c, "Signed-in people", ""), view))
}

func mayNotEndSessions() error {
	return fault.New(fault.Denied, "Only an admin may see who is signed in, and sign people out.", "Your own sessions are in your account's menu.")
}

// rolesLine says what a person holds and where, as far as the reader sees there: "viewer in Shipping".
func (h *Handlers) rolesLine(ctx context.Context, reader, person policy.Actor) string {
	var parts []string
	for _, g := range person.Grants {
		if g.Path == "" {
			continue
		}
		part := string(g.Role)
		if org, err := h.Inventory.Org(ctx, readScope(reader), g.OrgUID); err == nil {
			part += " in " + org.Name
		}
		parts = append(parts, part)
	}
	slices.Sort(parts)
	if len(parts) == 0 {
		return "no role"
	}
	return strings.Join(slices.Compact(parts), ", ")
}

// askSignOut asks before a person is signed out everywhere.
func (h *Handlers) askSignOut(c echo.Context) error {
	actor := auth.VisitorOf(c).Actor
	if !policy.MayAnywhere(actor, policy.EndSessions) {
		return mayNotEndSessions()
	}
	view, err := h.signOutView(c, actor, c.QueryParam("person"))
	if err != nil {
		return err
	}
	return h.drawSignOut(c, http.StatusOK, view)
}

// signOutPerson ends every session of another person.
func (h *Handlers) signOutPerson(c echo.Context) error {
	actor := auth.VisitorOf(c).Actor
	if !policy.MayAnywhere(actor, policy.EndSessions) {
		return h.refusedEvent(c, actor, "session.end", mayNotEndSessions())
	}
	person, reason := c.FormValue("person"), strings.TrimSpace(c.FormValue("reason"))
	view, err := h.signOutView(c, actor, person)
	if err != nil {
		return signedOutAlready(err)
	}
	view.Reason = reason
	switch length := utf8.RuneCountInString(reason); {
	case length == 0:
		view.ReasonError = "Say why. The audit log keeps it."
	case length > reasonLimit:
		view.ReasonError = "At most " + number(reasonLimit) + " characters."
	}
	if view.ReasonError != "" {
		return h.drawSignOut(c, http.StatusUnprocessableEntity, view)
	}
	if err := h.Auth.SignOut(c, actor, person, reason); err != nil {
		return signedOutAlready(err)
	}
	return seeOther(c, peopleURL)
}

func signedOutAlready(err error) error {
	return takingAway(err, "There is no such person signed in", "They are signed out already, or they are none of the people you may sign out.",
		"If you signed them out just now, that is done.", templates.Link{Label: "Signed-in people", URL: peopleURL})
}

// signOutView is the question about one person whom the reader may sign out; anybody else is not found.
func (h *Handlers) signOutView(c echo.Context, actor policy.Actor, person string) (templates.ConfirmView, error) {
	people, err := h.Auth.People(c.Request().Context(), actor)
	if err != nil {
		return templates.ConfirmView{}, err
	}
	at := slices.IndexFunc(people, func(p auth.SignedIn) bool { return p.Actor.Key() == person && person != actor.Key() })
	if at < 0 {
		return templates.ConfirmView{}, notFound()
	}
	p := people[at]
	return templates.ConfirmView{
		Ask: "Sign " + p.Actor.Name + " out everywhere?", PostURL: peopleURL + "/sign-out", BackURL: peopleURL,
		Effect:   "Every browser in which this person is signed in to the portal is signed out at once. What they had typed and not sent stays in their browser.",
		Undo:     "They can sign in again as long as the sign-in provider lets them. To keep somebody out, take away their groups there first.",
		Required: true, Keep: "Leave signed in", Button: "Sign out everywhere", Destructive: true,
		Hidden: []templates.Hidden{{Name: "person", Value: person}},
		Facts: []templates.Fact{
			{Label: "Person", Value: p.Actor.Name},
			{Label: "E-mail", Value: p.Actor.Email},
			{Label: "Roles", Value: h.rolesLine(c.Request().Context(), actor, p.Actor)},
			{Label: "Sessions", Value: number(len(p.Sessions))},
		},
	}, nil
}

func (h *Handlers) drawSignOut(c echo.Context, status int, view templates.ConfirmView) error {
	if fragmentOnly(c) {
		return h.render(c, status, templates.ConfirmDialog(view))
	}
	return h.render(c, status, templates.Confirm(h.base(c, "Sign out everywhere", ""), view))
}
