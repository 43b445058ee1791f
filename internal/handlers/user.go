package handlers

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/audit"
	"backup-portal/internal/auth"
	"backup-portal/internal/inventory"
	"backup-portal/web/templates"
)

// user is the page of one user, read live with their roles.
func (h *Handlers) user(c echo.Context) error {
	ctx := c.Request().Context()
	actor := auth.VisitorOf(c).Actor
	uid := c.Param("uid")
	if !uidPattern.MatchString(uid) {
		return notFound()
	}
	live, err := h.Inventory.LiveUser(ctx, readScope(actor), uid)
	if err != nil {
		return err
	}
	view := h.userView(live)
	if view.Devices, view.AllDevices, err = h.devicesWhere(ctx, actor, "user", uid, "username"); err != nil {
		return err
	}
	if len(view.Devices.Rows) > 0 {
		view.DevicesText = view.Devices.Announce
		view.DevicesText, _, _ = strings.Cut(view.DevicesText, " match")
	}
	if view.History, err = h.recent(ctx, actor, audit.Query{TargetKind: "user", TargetID: uid, Limit: 10}); err != nil {
		return err
	}
	if len(view.History) > 0 {
		view.AuditLink = templates.Link{Label: "All lines in the audit log", URL: "/audit?" + url.Values{"target": {uid}}.Encode()}
	}
	return h.render(c, http.StatusOK, templates.User(h.base(c, view.Name, "users"), view))
}

func (h *Handlers) userView(live inventory.LiveUser) templates.UserView {
	k, u := h.clock(), live.User
	view := templates.UserView{
		Name: cmp.Or(live.Row.Username, live.Row.Name, u.UID), Source: "Live from the backup service",
		States: userStates(u.Active, u.Blocked, live.Row.OnHold),
		Crumbs: orgCrumbs(live.Chain), Roles: slices.Clone(u.Roles), NoRoles: "No role.",
		Facts: []templates.Fact{
			{Label: "Name", Value: live.Row.Name},
			{Label: "E-mail", Value: u.Email},
			{Label: "Organization", Value: live.Row.OrgName, URL: organizationURL(live.Row.OrgUID)},
			{Label: "UID", Value: u.UID, ID: true},
			{Label: "External reference", Value: u.ExternalReference},
		},
	}
	if live.Failure != nil {
		view.Source, view.Notes = h.remembered(live.Failure, live.ReadAt, userURL(u.UID))
		view.NoRoles = "Not known while the backup service does not answer."
		return view
	}
	quota := "unlimited"
	if u.Quota >= 0 {
		quota = size(u.Quota)
	}
	view.Facts = append(view.Facts,
		templates.Fact{Label: "Quota", Value: quota},
		templates.Fact{Label: "Created", Time: k.long(u.Created)},
		templates.Fact{Label: "Changed", Time: k.long(u.Modified)},
	)
	return view
}
