package handlers

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/auth"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

const requestsPath = "/requests"

func requestURL(id string) string { return requestsPath + "/" + id }

// freshSignInURL leads through a new proof of who the person is, and back to the request.
func freshSignInURL(id string) string {
	return "/auth/sign-in?" + url.Values{"fresh": {"1"}, "return": {requestURL(id)}}.Encode()
}

// getRequest reads the request of the address; what the person may not read does not exist.
func (h *Handlers) getRequest(c echo.Context, actor policy.Actor) (operation.Request, error) {
	id, err := operation.ParseID(c.Param("id"))
	if err != nil {
		return operation.Request{}, notFound()
	}
	return h.Operations.Request(c.Request().Context(), actor, id)
}

// request is the page of one request. Who opens it has read what they were told about it.
func (h *Handlers) request(c echo.Context) error {
	ctx := c.Request().Context()
	actor := auth.VisitorOf(c).Actor
	r, err := h.getRequest(c, actor)
	if err != nil {
		return err
	}
	if target(c) == "watch" {
		return answerWatch(c, r)
	}
	if err := h.Operations.ReadNotices(ctx, actor, r.ID); err != nil {
		return err
	}
	return h.drawRequest(c, http.StatusOK, actor, r, requestPost{still: c.QueryParam("still") != ""})
}

// answerWatch tells a page that waits whether it has to be drawn anew: nothing is lost of what somebody types there until
// the state is another one.
func answerWatch(c echo.Context, r operation.Request) error {
	if c.QueryParam("state") != string(r.State) {
		c.Response().Header().Set("HX-Refresh", "true")
	}
	return c.NoContent(http.StatusNoContent)
}

// requestNow is the request with its targets as they are now: the parts that a page shows once they are read, or the whole
// page for who comes without script.
func (h *Handlers) requestNow(c echo.Context) error {
	actor := auth.VisitorOf(c).Actor
	r, err := h.getRequest(c, actor)
	if err != nil {
		return err
	}
	return h.drawRequest(c, http.StatusOK, actor, r, requestPost{live: true})
}

// requestPost is what a refused post leaves to be drawn again.
type requestPost struct {
	live        bool // the targets are read before the page is drawn
	form        string
	reason      string
	reasonError string
	problem     templates.Note
	top         bool // the problem is told above the page, not in the form
	stepUp      bool
	still       bool // a page that runs is not drawn anew by itself: somebody writes on it
}

func (h *Handlers) drawRequest(c echo.Context, status int, actor policy.Actor, r operation.Request, post requestPost) error {
	ctx := c.Request().Context()
	page, err := h.requestPage(ctx, actor, r)
	if err != nil {
		return err
	}
	page.post = post
	if post.live && page.changing() {
		if page.changes, err = h.Operations.Now(ctx, actor, r); err != nil {
			return err
		}
	}
	switch target(c) {
	case "changed":
		return h.render(c, status, templates.RequestNow(page.view().Impact))
	case "request":
		return h.render(c, status, templates.RequestBody(page.view()))
	}
	view := page.view()
	return h.render(c, status, templates.Request(h.base(c, view.Heading, "requests"), view))
}

// requestPage is everything that the page of a request is drawn from.
type requestPage struct {
	k        clock
	actor    policy.Actor
	action   action.Action
	request  operation.Request
	can      operation.Ability
	progress operation.Progress
	eligible []policy.Actor
	asker    string // by which roles who asked may ask for it now; "" when they may not any more
	steps    []operation.Event
	org      func(uid string) (name string, seen bool) // an organization, by its name, for who reads the page
	changes  []operation.Change                        // read just now, one for each item; nil when nothing was read
	post     requestPost
}

func (h *Handlers) requestPage(ctx context.Context, actor policy.Actor, r operation.Request) (requestPage, error) {
	a, _ := action.ByID(r.Action)
	page := requestPage{k: h.clock(), actor: actor, action: a, request: r, org: h.orgNames(ctx, actor)}
	var err error
	if page.can, err = h.Operations.Ability(ctx, actor, r); err != nil {
		return page, err
	}
	if page.progress, err = h.Operations.Progress(ctx, r); err != nil {
		return page, err
	}
	if page.steps, err = h.Operations.Steps(ctx, r); err != nil {
		return page, err
	}
	if page.asker, err = h.Operations.Asker(ctx, r); err != nil {
		return page, err
	}
	if r.State == operation.Awaiting {
		page.eligible, err = h.Operations.Eligible(ctx, r)
	}
	return page, err
}

// changing tells whether what is asked for is still about targets that may change meanwhile.
func (p requestPage) changing() bool {
	return p.request.State == operation.Awaiting || p.request.State == operation.Scheduled
}

// orgNames answers the names of the organizations that the person sees; each is asked for once.
func (h *Handlers) orgNames(ctx context.Context, actor policy.Actor) func(string) (string, bool) {
	scope, known := readScope(actor), map[string]*string{}
	return func(uid string) (string, bool) {
		name, asked := known[uid]
		if !asked {
			if org, err := h.Inventory.Org(ctx, scope, uid); err == nil {
				name = &org.Name
			}
			known[uid] = name
		}
		if name == nil {
			return "", false
		}
		return *name, true
	}
}
