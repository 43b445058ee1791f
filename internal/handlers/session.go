package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

// signIn sends the visitor to the identity provider.
func (h *Handlers) signIn(c echo.Context) error { return h.Auth.Begin(c) }

// callback is where the identity provider sends the visitor back to.
func (h *Handlers) callback(c echo.Context) error {
	returnTo, err := h.Auth.Callback(c)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, returnTo)
}

// signOut ends the session here, then at the provider. form-action 'self' forbids a post to end at another origin,
// so the answer is a page that navigates.
func (h *Handlers) signOut(c echo.Context) error {
	url, err := h.Auth.End(c)
	if err != nil {
		return err
	}
	if url == "" {
		url = "/auth/signed-out"
	}
	return h.render(c, http.StatusOK, templates.SignOutRedirect(h.signedOutBase(c, "Signing out"), templates.SignOutView{URL: url}))
}

// backChannelLogout answers the identity provider, a machine, which tells that somebody signed out there. It gets the
// statuses and words of OpenID Connect Back-Channel Logout 1.0, section 2.8, and nothing of what it sent.
func (h *Handlers) backChannelLogout(c echo.Context) error {
	err := h.Auth.Logout(c)
	answer := struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{"server_error", "The sessions could not be ended. Send a new logout token."}
	_, tooMany := errors.AsType[*auth.RateLimited](err)
	switch {
	case err == nil:
		return c.NoContent(http.StatusOK)
	case tooMany:
		answer.Error, answer.Description = "temporarily_unavailable", "Too many requests from this address failed."
		return c.JSON(http.StatusTooManyRequests, answer)
	case fault.Is(err, fault.Invalid):
		answer.Error, answer.Description = "invalid_request", fault.Of(err).Message
	}
	h.Logger.WarnContext(c.Request().Context(), "a logout request was not followed", "request", requestID(c), "err", err)
	return c.JSON(http.StatusBadRequest, answer)
}

func (h *Handlers) signedOut(c echo.Context) error {
	return h.render(c, http.StatusOK, templates.SignedOut(h.signedOutBase(c, "Signed out"), templates.SignInView{URL: "/auth/sign-in"}))
}

// signedOutBase is the bare frame, also for somebody whose session ended within this very request.
func (h *Handlers) signedOutBase(c echo.Context, title string) templates.Page {
	page := h.base(c, title, "")
	return templates.Page{Title: title, Demo: page.Demo, RequestID: page.RequestID, Zone: page.Zone, Assets: page.Assets, Links: page.Links}
}

func (h *Handlers) drawSignIn(c echo.Context, v auth.Visitor) error {
	view := templates.SignInView{URL: signInURL("/")}
	if v.SessionExpired {
		view.Note = templates.Note{Kind: "info", Title: "Your session has ended.", Text: "Sign in again to go on."}
	}
	return h.render(c, http.StatusOK, templates.SignIn(h.base(c, "Sign in", ""), view))
}

// drawSessionExpired answers a post whose session has ended; nothing that was typed is lost.
func (h *Handlers) drawSessionExpired(c echo.Context) error {
	view := templates.SessionExpiredView{SignInURL: signInURL("/")}
	if fragmentOnly(c) {
		return h.render(c, http.StatusUnauthorized, templates.SessionExpired(view))
	}
	page := templates.ErrorView{
		Status: http.StatusUnauthorized, Heading: "Your session has ended", Sentence: "Nothing was sent.",
		Next:  "Sign in again, then go back with your browser: what you typed is still in the form.",
		Retry: templates.Link{Label: "Sign in again", URL: view.SignInURL},
	}
	return h.render(c, http.StatusUnauthorized, templates.Error(h.base(c, "Session ended", ""), page))
}

// recordEvent writes an audit line about the portal itself.
func (h *Handlers) recordEvent(c echo.Context, a policy.Actor, event, detail string) error {
	return h.event(c, a, event, detail, audit.Done)
}

// refusedEvent writes down that somebody was refused and answers the refusal.
func (h *Handlers) refusedEvent(c echo.Context, a policy.Actor, event string, refusal error) error {
	return h.turnedDown(c, h.eventLine(c, a, event, "", audit.Refused), refusal)
}

// turnedDown is refusedEvent with the line that says what it was about.
func (h *Handlers) turnedDown(c echo.Context, line audit.Line, refusal error) error {
	if !h.Auth.Refused(auth.VisitorOf(c).Actor, line.Action) {
		return refusal // summed up with the others of this minute
	}
	line.Outcome, line.Detail = audit.Refused, refusal.Error()
	if err := h.Record(c.Request().Context(), line); err != nil {
		return err
	}
	return refusal
}

// orgLine begins a line about an organization that is no change of it.
func (h *Handlers) orgLine(c echo.Context, a policy.Actor, event string, org inventory.Org, outcome audit.Outcome) audit.Line {
	line := h.eventLine(c, a, event, "", outcome)
	line.Target = audit.Target{Kind: action.Organization.ID, ID: org.UID, Name: org.Name, Org: org.Name}
	line.OrgUIDs = []string{org.UID}
	return line
}

func (h *Handlers) event(c echo.Context, a policy.Actor, event, detail string, outcome audit.Outcome) error {
	return h.Record(c.Request().Context(), h.eventLine(c, a, event, detail, outcome))
}

func (h *Handlers) eventLine(c echo.Context, a policy.Actor, event, detail string, outcome audit.Outcome) audit.Line {
	return audit.Line{
		At:     h.Now(),
		Actor:  audit.Actor{Key: a.Key(), Name: a.Name, Email: a.Email, Address: a.Address},
		Action: event, Target: audit.Target{Kind: "portal", ID: "portal"},
		Outcome: outcome, Detail: detail, Request: requestID(c),
	}
}
