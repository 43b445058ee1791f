package handlers

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

// staleAfter is when a list is called stale: two periods of the sync were missed.
const staleAfter = 45 * time.Minute

func (h *Handlers) clock() clock { return clock{now: h.Now(), zone: h.Zone} }

// base builds what every page shares, once per request.
func (h *Handlers) base(c echo.Context, title, current string) templates.Page {
	v := auth.VisitorOf(c)
	page := templates.Page{
		Title: title, Current: current, SignedIn: v.SignedIn, Demo: h.Demo,
		RequestID: requestID(c), Zone: h.Zone.String(),
		Assets: templates.AssetURLs{
			CSS: h.Assets.URL("app.css"), JS: h.Assets.URL("portal.js"),
			HTMX: h.Assets.URL("htmx.min.js"), Icon: h.Assets.URL("icon.svg"),
		},
		Links: templates.PageLinks{Home: "/", Search: "/find", SignOut: "/auth/sign-out"},
	}
	if !v.SignedIn {
		return page
	}
	page.Person = templates.Person{Name: cmp.Or(v.Actor.Name, v.Actor.Email, v.Actor.Subject), Email: v.Actor.Email}
	if h.ReadOnly {
		page.Banners = append(page.Banners, templates.Note{
			Kind: "warn", Title: "Read-only.", Text: "The portal sends no change until an operator lifts this. Reading works as always.",
		})
	}
	ctx := c.Request().Context()
	if err := h.Writable(ctx); err != nil {
		page.Banners = append(page.Banners, templates.Note{
			Kind: "bad", Title: "The portal's database cannot be written.", Text: "No change is sent until it can. Reading works as always; tell your operator.",
		})
	}
	if len(readScope(v.Actor).Paths) == 0 {
		return page
	}
	page.Person.RoleLine = h.roleLine(ctx, v.Actor)
	page.Links.Sessions = sessionsURL
	if policy.MayAnywhere(v.Actor, policy.EndSessions) {
		page.Links.People = peopleURL
	}
	page.Nav = []templates.NavItem{
		{Key: "overview", Label: "Overview", URL: "/", Shortcut: "h"},
		{Key: "organizations", Label: "Organizations", URL: organizationsPath, Shortcut: "o"},
		{Key: "devices", Label: "Devices", URL: "/devices", Shortcut: "d"},
		{Key: "users", Label: "Users", URL: usersPath, Shortcut: "u"},
		h.requestsNav(ctx, v.Actor),
		{Key: "audit", Label: "Audit", URL: "/audit", Shortcut: "a"},
		{Key: "reference", Label: "Reference", URL: referencePath, Shortcut: "e"},
	}
	page.Fresh = h.fresh(ctx, v.Actor)
	return page
}

// roleLine says what the person is and where: "admin", "org-manager in Shipping", "viewer in 3 places".
func (h *Handlers) roleLine(ctx context.Context, a policy.Actor) string {
	grants := slices.DeleteFunc(slices.Clone(a.Grants), func(g policy.Grant) bool { return g.Path == "" })
	switch {
	case len(grants) == 0:
		return ""
	case len(grants) > 1:
		return fmt.Sprintf("%d roles", len(grants))
	case grants[0].AtRoot:
		return string(grants[0].Role)
	}
	org, err := h.Inventory.Org(ctx, readScope(a), grants[0].OrgUID)
	if err != nil {
		return string(grants[0].Role)
	}
	return fmt.Sprintf("%s in %s", grants[0].Role, org.Name)
}

func (h *Handlers) fresh(ctx context.Context, a policy.Actor) templates.Fresh {
	f, err := h.Inventory.Freshness(ctx)
	if err != nil {
		return templates.Fresh{State: "warn", Text: "age unknown"}
	}
	k := h.clock()
	view := templates.Fresh{State: "ok", CanSync: policy.MayAnywhere(a, policy.SyncByHand), SyncURL: "/sync", Problem: f.Failure}
	if stale(f, k.now) {
		view.State = "warn"
	}
	at := k.long(f.CompletedAt)
	view.Text, view.Title, view.DateTime = at.Text, at.Title, at.DateTime
	switch {
	case f.Running:
		view.NextText = "A sync is running"
	case !f.NextAt.IsZero():
		view.NextText = "Next sync in " + k.until(f.NextAt)
		if k.until(f.NextAt) == "now" {
			view.NextText = "Next sync now"
		}
	}
	return view
}

func stale(f inventory.Freshness, now time.Time) bool {
	return !f.FailedAt.IsZero() || f.CompletedAt.IsZero() || now.Sub(f.CompletedAt) > staleAfter
}

// staleNote tells a list's reader that it is old, or not yet whole, and why.
func (h *Handlers) staleNote(ctx context.Context, a policy.Actor) templates.Note {
	f, err := h.Inventory.Freshness(ctx)
	k := h.clock()
	if err != nil || !stale(f, k.now) {
		return templates.Note{}
	}
	n := templates.Note{
		Kind: "warn", Title: "This is what the portal knew " + k.ago(f.CompletedAt) + ".",
		Text: f.Failure + " Search and filters work on what is known; a device page asks the backup service itself.",
	}
	if f.CompletedAt.IsZero() {
		n.Title = "The portal does not know the whole fleet yet."
		n.Text = "The first sync with the backup service is under way. Lists, counts and exports hold what it has read so far."
		if !f.Running && f.Failure != "" {
			n.Text = f.Failure + " Lists, counts and exports hold what the first sync had read until then."
		}
	}
	if !f.Running && policy.MayAnywhere(a, policy.SyncByHand) {
		n.Actions = []templates.Button{{Label: "Sync now", URL: "/sync", Post: true}}
	}
	return n
}

// syncNow starts a sync and leads back to where the person was.
func (h *Handlers) syncNow(c echo.Context) error {
	v := auth.VisitorOf(c)
	if !policy.MayAnywhere(v.Actor, policy.SyncByHand) {
		return h.refusedEvent(c, v.Actor, "mirror.sync", fault.New(fault.Denied, "Only an admin may start a sync.", "The portal syncs by itself every few minutes."))
	}
	if err := h.recordEvent(c, v.Actor, "mirror.sync", "requested"); err != nil {
		return err
	}
	h.Inventory.SyncNow()
	return seeOther(c, auth.LocalPath(c.FormValue("return")))
}
