package handlers

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

// orgTab fills in one part of an organization's page.
type orgTab func(c echo.Context, actor policy.Actor, live inventory.LiveOrg, view *templates.OrganizationView) error

// organization is one tab of the page of one organization, which is read live.
func (h *Handlers) organization(key string, fill orgTab) echo.HandlerFunc {
	return func(c echo.Context) error {
		actor := auth.VisitorOf(c).Actor
		uid, err := idOf(c, action.Organization)
		if err != nil {
			return err
		}
		live, err := h.Inventory.LiveOrg(c.Request().Context(), readScope(actor), uid)
		if err != nil {
			return err
		}
		view := h.organizationView(live, key)
		if err := fill(c, actor, live, &view); err != nil {
			return err
		}
		return h.render(c, http.StatusOK, templates.Organization(h.base(c, live.Row.Name, "organizations"), view))
	}
}

// organizationView is what all tabs share.
func (h *Handlers) organizationView(live inventory.LiveOrg, current string) templates.OrganizationView {
	page := organizationURL(live.Row.UID)
	view := templates.OrganizationView{
		Name: live.Row.Name, Source: "Live from the backup service",
		States: []templates.State{orgState(live.Org.Active, live.Org.Blocked)},
		Tabs: []templates.Tab{
			{Key: "summary", Label: "Summary", URL: page},
			{Key: "devices", Label: "Devices", URL: page + "/devices", Figure: number(live.Row.Devices)},
			{Key: "users", Label: "Users", URL: page + "/users", Figure: number(live.Row.Users)},
			{Key: "settings", Label: "Settings", URL: page + "/settings"},
			{Key: "access", Label: "Access", URL: page + "/access"},
			{Key: "activity", Label: "Activity", URL: page + "/activity"},
		},
	}
	for i := range view.Tabs {
		view.Tabs[i].Current = view.Tabs[i].Key == current
	}
	view.Crumbs = orgCrumbs(above(live))
	if live.Failure != nil {
		view.Source, view.Notes = h.remembered(live.Failure, live.ReadAt, page)
	}
	return view
}

// above are the ancestors that the person may see.
func above(live inventory.LiveOrg) []inventory.Org {
	if len(live.Chain) == 0 {
		return nil
	}
	return live.Chain[:len(live.Chain)-1]
}

func orgCrumbs(chain []inventory.Org) []templates.Link {
	var crumbs []templates.Link
	for _, o := range chain {
		crumbs = append(crumbs, templates.Link{Label: o.Name, URL: organizationURL(o.UID)})
	}
	return crumbs
}

// summary is the first tab: facts, actions and what lies directly below.
func (h *Handlers) orgSummary(c echo.Context, actor policy.Actor, live inventory.LiveOrg, view *templates.OrganizationView) error {
	ctx := c.Request().Context()
	uid := live.Row.UID
	open, busy, err := h.Operations.OpenOn(ctx, action.Organization.ID, uid)
	if err != nil {
		return err
	}
	view.Notes = append(view.Notes, h.openNote(c, actor, open, busy)...)
	if busy {
		view.States = append(view.States, openState(open.State))
	}
	held, known, err := h.heldBelow(ctx, actor, uid)
	if err != nil {
		return err
	}
	reading := operation.OrgReading(live)
	reading.State.Holds = action.Holds{Known: known, Count: held.Total}
	view.Actions = h.actionItems(actor, reading, busy)
	view.NewBelow = newBelow(view.Actions, "New organization below…")
	var parent templates.Fact
	if parents := above(live); len(parents) > 0 {
		parent.Value, parent.URL = parents[len(parents)-1].Name, organizationURL(parents[len(parents)-1].UID)
	}
	parent.Label = "Part of"
	created := templates.Fact{Label: "Created", Value: "not known"}
	if !live.Org.Created.IsZero() { // the mirror does not know
		created.Time = h.clock().long(live.Org.Created)
	}
	only := url.Values{"org": {uid}}.Encode()
	view.Facts = []templates.Fact{
		{Label: "UID", Value: uid, ID: true},
		parent,
		{Label: "External reference", Value: live.Org.ExternalReference},
		created,
		{Label: "Devices", Value: number(live.Row.Devices), URL: devicesPath + "?" + only},
		{Label: "Users", Value: number(live.Row.Users), URL: usersPath + "?" + only},
		heldFact(uid, held, known),
		{Label: "Alerts", Value: number(live.Row.Alerts), URL: devicesPath + "?alert=true&" + only},
		{Label: "Stored", Value: size(live.Row.StoredBytes)},
		{Label: "Settings", Value: "Devices that differ from the defaults", URL: driftURL(live.Row.UID, live.Row.Orgs > 0)},
	}
	return h.orgBelow(c, live, view)
}

// newBelow repeats, where the list is, the action that makes an organization; nothing where it is not to be had now.
func newBelow(actions []templates.ActionItem, label string) templates.Link {
	for _, item := range actions {
		if item.Key == "org-create" && !item.Disabled {
			return templates.Link{Label: label, URL: item.URL}
		}
	}
	return templates.Link{}
}

// heldBelow counts who of an organization and below is on legal hold, as the mirror knows it; false when nobody knows.
func (h *Handlers) heldBelow(ctx context.Context, actor policy.Actor, uid string) (held inventory.UserPage, known bool, err error) {
	if known, err = h.holdsKnown(ctx); err != nil || !known {
		return held, false, err
	}
	held, err = h.Inventory.Users(ctx, inventory.UserQuery{Scope: readScope(actor), OrgUID: uid, OnHold: new(true), Limit: 1})
	return held, err == nil, err
}

// heldFact tells who of an organization and below is on legal hold.
func heldFact(uid string, held inventory.UserPage, known bool) templates.Fact {
	fact := templates.Fact{Label: "On legal hold", Value: "nobody"}
	switch {
	case !known:
		fact.Value = "not known"
	case held.Total > 0:
		fact.Value, fact.URL = usersTotal(held), usersPath+"?"+url.Values{"hold": {"true"}, "org": {uid}}.Encode()
	}
	return fact
}

// orgBelow lists a part of the organizations directly below.
func (h *Handlers) orgBelow(c echo.Context, live inventory.LiveOrg, view *templates.OrganizationView) error {
	uid, page := live.Row.UID, organizationURL(live.Row.UID)
	view.NoChildren = "No organization lies below this one."
	scope := readScope(auth.VisitorOf(c).Actor)
	after := c.QueryParam("after")
	below, err := h.Inventory.OrgLevel(c.Request().Context(), inventory.OrgQuery{Scope: scope, ParentUID: uid, After: after})
	if fault.Is(err, fault.NotFound) {
		// Moved here around the portal: the sync that was asked for brings what lies below.
		view.NoChildren = "What lies below is known after the next sync."
		return nil
	}
	if err != nil {
		return err
	}
	badges, err := h.busyOrgs(c.Request().Context(), below.Orgs)
	if err != nil {
		return err
	}
	for _, o := range below.Orgs {
		row := orgRow(o)
		row.Busy = badges[o.UID]
		view.Children = append(view.Children, row)
	}
	if below.Total > 0 {
		view.ChildrenText = number(below.Total)
	}
	if live.Row.Orgs > below.Total {
		view.ChildrenText += ", " + number(live.Row.Orgs) + " on all levels"
	}
	if below.Total > len(below.Orgs) {
		view.ChildrenText = number(len(below.Orgs)) + " of " + view.ChildrenText
		view.ChildrenMore = append(view.ChildrenMore, templates.Link{Label: "Find one by name", URL: organizationsPath + "?" + url.Values{"within": {uid}}.Encode()})
	}
	if after != "" {
		view.ChildrenMore = append(view.ChildrenMore, templates.Link{Label: "First", URL: page})
	}
	if below.Next != "" {
		view.ChildrenMore = append(view.ChildrenMore, templates.Link{Label: "Next " + number(inventory.OrgLevelSize), URL: page + "?" + url.Values{"after": {below.Next}}.Encode()})
	}
	return nil
}
