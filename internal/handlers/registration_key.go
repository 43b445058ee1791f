package handlers

import (
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

const registrationKeyEvent = "org.registration-key"

// registrationKeyPlace is where an organization's registration key would stand: hidden, with what shows it once.
func registrationKeyPlace(actor policy.Actor, org inventory.Org) templates.RegistrationKeyView {
	view := templates.RegistrationKeyView{PostURL: organizationURL(org.UID) + "/registration-key", BackURL: organizationURL(org.UID) + "/settings"}
	if !policy.May(actor, policy.ReadRegistrationKey, org.Path) {
		view.Why = mayNotReadKey
	}
	return view
}

const mayNotReadKey = "Only an org-manager or an admin of the organization may read its registration key."

// registrationKey shows the secret of an organization once. That somebody reads it is written down before they do.
func (h *Handlers) registrationKey(c echo.Context) error {
	ctx := c.Request().Context()
	actor := auth.VisitorOf(c).Actor
	uid, err := idOf(c, action.Organization)
	if err != nil {
		return err
	}
	org, err := h.Inventory.Org(ctx, readScope(actor), uid)
	if err != nil {
		return err
	}
	line := h.orgLine(c, actor, registrationKeyEvent, org, audit.Done)
	if !policy.May(actor, policy.ReadRegistrationKey, org.Path) {
		return h.turnedDown(c, line, fault.New(fault.Denied, mayNotReadKey, "Ask one of them to register the device."))
	}
	// Where the organization hangs now is looked at as well: the permission holds there, or there is no such page.
	key, err := h.Inventory.RegistrationKey(ctx, inventory.Scope{Paths: policy.Subtrees(actor, policy.ReadRegistrationKey)}, uid)
	if err != nil {
		return err
	}
	if err := h.Record(ctx, line); err != nil {
		return err
	}
	view := registrationKeyPlace(actor, org)
	view.Key, view.Read = key, true
	c.Response().Header().Set("Cache-Control", "no-store")
	if target(c) == "registration-key" {
		return h.render(c, http.StatusOK, templates.RegistrationKey(view))
	}
	return h.render(c, http.StatusOK, templates.RegistrationKeyPage(h.base(c, "Registration key of "+org.Name, "organizations"), org.Name, view))
}
