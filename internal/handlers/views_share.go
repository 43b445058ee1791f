package handlers

import (
	"context"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

// toChoose stands in the list of organizations for the choice that is still to be made; it is no organization's uid.
const toChoose = "choose"

// shareMeant answers whom the form of a view shares with: the organization that is typed, else the one that is chosen. When
// what is typed means none or several it is not found, and the form says so and offers them.
func (h *Handlers) shareMeant(c echo.Context, actor policy.Actor, form *templates.ViewForm) (uid string, found bool, err error) {
	share, typed := c.FormValue("share"), trimmed(c.FormValue("organization"))
	if typed == "" {
		return share, true, nil
	}
	if err := checkText(typed); err != nil {
		return "", false, err
	}
	ctx := c.Request().Context()
	uid, problem, err := h.sourceOf(ctx, actor, typed)
	switch {
	case err != nil:
		return "", false, err
	case uid != "":
		return uid, true, nil
	case problem != "":
		form.Find, form.FindProblem = typed, problem
		return share, false, nil
	}
	scope := readScope(actor)
	several, err := h.Inventory.OrgLevel(ctx, inventory.OrgQuery{Scope: scope, Text: typed, Limit: sourcesFound, Uncounted: true})
	if err != nil {
		return "", false, err
	}
	above, err := h.Inventory.Ancestors(ctx, scope, several.Orgs)
	if err != nil {
		return "", false, err
	}
	form.ShareProblem = "Several organizations match “" + typed + "”: choose one of them."
	if rest := several.Total - len(several.Orgs); rest > 0 {
		form.ShareProblem += " " + number(rest) + " more match: to find one of those, type more of its name."
	}
	form.Shares = []templates.Option{{Value: toChoose, Label: "Choose one of " + number(len(several.Orgs)), Selected: true}}
	for _, o := range several.Orgs {
		label := o.Name
		if where := namesOf(above[o.UID]); where != "" {
			label += " (" + where + ")"
		}
		form.Shares = append(form.Shares, templates.Option{Value: o.UID, Label: label})
	}
	return "", false, nil
}

// shareOrg finds the organization to share with: one that the person may see, or none.
func (h *Handlers) shareOrg(ctx context.Context, actor policy.Actor, uid string) (inventory.Org, error) {
	if uid == "" {
		return inventory.Org{}, nil
	}
	org, err := h.Inventory.Org(ctx, readScope(actor), uid)
	if fault.Is(err, fault.NotFound) {
		return inventory.Org{}, fault.Wrap(fault.Invalid, err, "A view can be shared with an organization that you may see.", "Choose another one.")
	}
	return org, err
}

// offerShares offers the organizations to share with: all that the person may see where they are few, else the present
// one, those that were found, and a field to find others.
func (h *Handlers) offerShares(ctx context.Context, actor policy.Actor, form *templates.ViewForm, share string) error {
	scope := readScope(actor)
	orgs, err := h.Inventory.Orgs(ctx, scope, orgLimit+1)
	if err != nil {
		return err
	}
	if form.CanFind = len(orgs) > orgLimit; !form.CanFind {
		form.Shares = shareOptions(orgs, share)
		return nil
	}
	var present []inventory.Org
	if share != "" {
		org, err := h.Inventory.Org(ctx, scope, share)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err == nil {
			present = append(present, org)
		}
	}
	if len(form.Shares) > 0 {
		nobody := shareOptions(nil, "")
		nobody[0].Selected = false
		form.Shares = append(form.Shares, nobody...)
		return nil
	}
	form.Shares = shareOptions(present, share)
	return nil
}

// shareOptions offers nobody, and the organizations that the person may see.
func shareOptions(orgs []inventory.Org, selected string) []templates.Option {
	options := []templates.Option{{Label: "Nobody: only I see it", Selected: selected == ""}}
	known := selected == ""
	top := 0
	if len(orgs) > 0 {
		top = orgs[0].Depth
	}
	for _, o := range orgs {
		top = min(top, o.Depth)
	}
	for _, o := range orgs {
		known = known || o.UID == selected
		options = append(options, templates.Option{Value: o.UID, Label: o.Name, Level: o.Depth - top, Selected: o.UID == selected})
	}
	if !known {
		options = append(options, templates.Option{Value: selected, Label: "As it is now", Selected: true})
	}
	return options
}
