package handlers

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

// guard stands before every handler: it finds out who asks and lets in whom the route table lets in.
func (h *Handlers) guard(need access, handle echo.HandlerFunc) echo.HandlerFunc {
	inner := func(c echo.Context) error {
		v := auth.VisitorOf(c)
		switch {
		case need == anyone:
			return handle(c)
		case !v.SignedIn:
			return h.askToSignIn(c)
		case len(readScope(v.Actor).Paths) > 0:
			// Read only for who is signed in: strangers get no work out of the parser.
			if err := wholeForm(c); err != nil {
				return err
			}
			err := h.inTurn(c, v.Actor.Key(), handle)
			if fault.Is(err, fault.NotFound) {
				h.Auth.Missed(c, v.Actor)
			}
			return err
		default:
			return h.withoutRole(c, v)
		}
	}
	return h.Auth.Identify()(inner)
}

func readScope(a policy.Actor) inventory.Scope {
	return inventory.Scope{Paths: policy.Subtrees(a, policy.Read)}
}

// askToSignIn sends a plain navigation to the sign-in and back. htmx would swap the sign-in page into a table, so a
// fragment is told to navigate instead; a post keeps what was typed and offers the sign-in beside it.
func (h *Handlers) askToSignIn(c echo.Context) error {
	r := c.Request()
	if r.Method != http.MethodGet {
		return h.drawSessionExpired(c)
	}
	back := r.URL.RequestURI()
	if fragmentOnly(c) {
		// Back to the page that the person looks at, not to the fragment.
		if current, err := url.Parse(r.Header.Get("HX-Current-URL")); err == nil && current.Path != "" {
			back = current.RequestURI()
		}
		c.Response().Header().Set("HX-Redirect", signInURL(back))
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusFound, signInURL(back))
}

func signInURL(back string) string {
	return "/auth/sign-in?" + url.Values{"return": {back}}.Encode()
}

// withoutRole answers somebody who signed in and may see nothing: with whom to ask, and never with a list.
func (h *Handlers) withoutRole(c echo.Context, v auth.Visitor) error {
	if c.Request().Method != http.MethodGet {
		return fault.New(fault.Denied, "You hold no role here.", "Ask an admin of your part of the fleet for one.")
	}
	page := h.base(c, "No role", "")
	view := templates.NoRoleView{Name: v.Actor.Name, Email: v.Actor.Email, Groups: v.Groups, Ask: "Ask an admin of your part of the fleet, and give them this name and the group you work in."}
	if v.TooManyGroups {
		page.Title = "Too many groups"
		return h.render(c, http.StatusForbidden, templates.TooManyGroups(page, view))
	}
	return h.render(c, http.StatusForbidden, templates.NoRole(page, view))
}
