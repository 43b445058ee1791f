package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/auth"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

const organizationsPath = "/organizations"

func organizationURL(uid string) string { return organizationsPath + "/" + url.PathEscape(uid) }

// organizations is the tree; with a text, or within one organization, it is a list.
func (h *Handlers) organizations(c echo.Context) error {
	actor := auth.VisitorOf(c).Actor
	f := filter{path: organizationsPath, keys: []string{"q", "within"}, flags: []string{"open"}, values: c.QueryParams()}
	if led, err := f.tidy(c); led {
		return err
	}
	if err := checkText(f.get("q")); err != nil {
		return err
	}
	for _, key := range []string{"within", "toggle"} {
		if uid := f.get(key); uid != "" && !uidPattern.MatchString(uid) {
			return notFound()
		}
	}
	if f.get("toggle") != "" && f.empty() {
		return h.toggled(c, actor, f)
	}
	view := templates.OrganizationsView{URL: organizationsPath, Query: f.get("q"), Note: h.staleNote(c.Request().Context(), actor)}
	draw := h.tree
	if !f.empty() {
		draw = h.foundOrganizations
	}
	err := draw(c.Request().Context(), actor, f, &view)
	if err != nil {
		return err
	}
	if target(c) == "results" {
		return h.render(c, http.StatusOK, templates.OrganizationsResults(view))
	}
	if view.NewBelow, err = h.newBelowRoot(c.Request().Context(), actor, f); err != nil {
		return err
	}
	return h.render(c, http.StatusOK, templates.Organizations(h.base(c, "Organizations", "organizations"), view))
}

// newBelowRoot makes an organization below the one that the list is about, or below the only root that the person sees.
func (h *Handlers) newBelowRoot(ctx context.Context, actor policy.Actor, f filter) (templates.Link, error) {
	roots, err := h.Inventory.OrgLevel(ctx, inventory.OrgQuery{Scope: readScope(actor), Limit: 2, Uncounted: true})
	if err != nil || len(roots.Orgs) == 0 || len(roots.Orgs) > 1 && f.get("within") == "" {
		return templates.Link{}, err
	}
	parent := roots.Orgs[0].Org
	if uid := f.get("within"); uid != "" {
		if parent, err = h.Inventory.Org(ctx, readScope(actor), uid); err != nil {
			return templates.Link{}, err
		}
	}
	a, ok := action.ByID("org.create")
	if !ok || !parent.Active || parent.Blocked || !policy.Decide(actor, a, parent.Path, policy.Situation{ReadOnly: h.ReadOnly, Rules: h.Rules}).May() {
		return templates.Link{}, nil
	}
	return templates.Link{Label: "New organization…", URL: actionURL(a, parent.UID)}, nil
}

// foundOrganizations is the flat list: what a text finds, or one level page by page.
func (h *Handlers) foundOrganizations(ctx context.Context, actor policy.Actor, f filter, view *templates.OrganizationsView) error {
	q := inventory.OrgQuery{Scope: readScope(actor), Text: f.get("q"), ParentUID: f.get("within"), After: f.values.Get("after")}
	found, err := h.Inventory.OrgLevel(ctx, q)
	if err != nil {
		return err
	}
	above, err := h.Inventory.Ancestors(ctx, q.Scope, found.Orgs)
	if err != nil {
		return err
	}
	view.Flat, view.ClearURL = true, organizationsPath
	view.Caption = "Organizations by name; counts include everything below"
	view.Scope = counted(found.Total, "organization")
	if q.Text != "" {
		view.Chips = append(view.Chips, templates.Chip{Key: "Text", Value: q.Text, RemoveURL: f.with("q", "")})
		view.Scope += " match"
		if found.Total == 1 {
			view.Scope += "es"
		}
	}
	if q.ParentUID != "" {
		org, err := h.Inventory.Org(ctx, q.Scope, q.ParentUID)
		if err != nil {
			return err
		}
		if q.Text == "" {
			view.Scope += " directly below"
		}
		view.Chips = append(view.Chips, templates.Chip{Key: "Below", Value: org.Name, RemoveURL: f.with("within", "")})
		view.Hidden = []templates.Hidden{{Name: "within", Value: q.ParentUID}}
	}
	view.Announce = view.Scope
	badges, err := h.busyOrgs(ctx, found.Orgs)
	if err != nil {
		return err
	}
	for _, o := range found.Orgs {
		row := orgRow(o)
		row.Where, row.Busy = namesOf(above[o.UID]), badges[o.UID]
		view.Rows = append(view.Rows, row)
	}
	view.Pager = orgPager(f, found)
	if len(view.Rows) == 0 {
		view.Empty = emptyOrganizations(f, view.Chips)
	}
	return nil
}

func orgPager(f filter, p inventory.OrgPage) templates.Pager {
	first, next := "", ""
	if f.values.Get("after") != "" {
		first = f.with()
	}
	if p.Next != "" {
		next = f.with("after", p.Next)
	}
	return templates.Pager{
		Text:  fmt.Sprintf("%s of %s on this page", number(len(p.Orgs)), number(p.Total)),
		Links: []templates.Link{{Label: "First", URL: first}, {Label: fmt.Sprintf("Next %d", inventory.OrgLevelSize), URL: next}},
	}
}

func emptyOrganizations(f filter, chips []templates.Chip) templates.Empty {
	e := templates.Empty{Title: "No organization matches", Text: "Check the spelling; a part of a name or external reference is enough."}
	if text := f.get("q"); text != "" {
		e.Title = "No organization matches “" + text + "”"
		if len([]rune(text)) < 3 {
			e.Text = "One or two letters find what begins with them; a third one finds parts of words too."
		}
	} else {
		e = templates.Empty{Title: "Nothing lies below it", Text: "This organization has no others below it."}
	}
	for _, chip := range chips {
		e.Actions = append(e.Actions, templates.Button{Label: "Without " + strings.ToLower(chip.Key), URL: chip.RemoveURL})
	}
	return e
}

func orgRow(o inventory.OrgNode) templates.OrgRow {
	return templates.OrgRow{
		Name: o.Name, URL: organizationURL(o.UID), State: orgState(o.Active, o.Blocked),
		Devices: number(o.Devices), Users: number(o.Users), Alerts: number(o.Alerts), Stored: size(o.StoredBytes),
	}
}

func orgState(active, blocked bool) templates.State {
	switch {
	case !active && blocked:
		return templates.State{Shape: "off", Word: "Deactivated, blocked"}
	case !active:
		return templates.State{Shape: "off", Word: "Deactivated"}
	case blocked:
		return templates.State{Shape: "blocked", Tone: "bad", Word: "Blocked"}
	}
	return templates.State{Shape: "ok", Tone: "ok", Word: "Active"}
}

// namesOf puts a chain of organizations into one line.
func namesOf(orgs []inventory.Org) string {
	names := make([]string, 0, len(orgs))
	for _, o := range orgs {
		names = append(names, o.Name)
	}
	return strings.Join(names, " › ")
}
