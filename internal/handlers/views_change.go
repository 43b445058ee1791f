package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/audit"
	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
	"backup-portal/internal/preference"
	"backup-portal/web/templates"
)

// views lists the saved views.
func (h *Handlers) views(c echo.Context) error {
	ctx := c.Request().Context()
	actor := auth.VisitorOf(c).Actor
	views, err := h.visibleViews(ctx, actor)
	if err != nil {
		return err
	}
	k := h.clock()
	page := templates.ViewsView{Scope: counted(len(views), "view")}
	for _, v := range views {
		row := templates.ViewRow{Name: v.Name, URL: listURL(v), Owner: v.OwnerName, Created: k.long(v.Created)}
		if row.Shared, err = h.sharedWith(ctx, actor, v); err != nil {
			return err
		}
		if v.Owner == actor.Key() {
			row.Owner = "You"
			row.ChangeURL = viewURL(v.ID)
		} else if mayManage(actor)(v.ShareOrgPath) {
			row.ChangeURL = viewURL(v.ID)
		}
		page.Rows = append(page.Rows, row)
	}
	if len(page.Rows) == 0 {
		page.Empty = templates.Empty{
			Title: "No view is saved yet", Text: "Filter the list of devices as you need it, then save it under a name.",
			Actions: []templates.Button{{Label: "Devices", URL: devicesPath}},
		}
	}
	return h.render(c, http.StatusOK, templates.Views(h.base(c, "Saved views", "devices"), page))
}

// newView asks under which name to keep a list.
func (h *Handlers) newView(c echo.Context) error {
	f := newDeviceFilter(c.QueryParams(), h.Now())
	if f.parse(readScope(auth.VisitorOf(c).Actor)); len(f.problems) > 0 {
		return f.fault()
	}
	return h.drawView(c, http.StatusOK, templates.ViewForm{List: f.query()}, "", nil)
}

// saveView keeps a list under a new name.
func (h *Handlers) saveView(c echo.Context) error {
	ctx := c.Request().Context()
	actor := auth.VisitorOf(c).Actor
	values, err := url.ParseQuery(c.FormValue("list"))
	f := newDeviceFilter(values, h.Now())
	f.parse(readScope(actor))
	if _, unread := h.columns(ctx, actor, f); unread != nil {
		return unread
	}
	if err != nil || len(f.problems) > 0 {
		return fault.Wrap(fault.Invalid, err, "This list cannot be kept: its filters are not right.", "Mend them on the page of devices, then save it from there.")
	}
	form := templates.ViewForm{List: f.query(), Name: c.FormValue("name")}
	share, found, err := h.shareMeant(c, actor, &form)
	if err != nil {
		return err
	}
	if !found {
		return h.drawView(c, http.StatusUnprocessableEntity, form, share, nil)
	}
	org, err := h.shareOrg(ctx, actor, share)
	if err != nil {
		return h.drawView(c, http.StatusOK, form, share, err)
	}
	v, err := h.Preferences.Save(ctx, readerOf(actor), form.Name, form.List, org.UID)
	if fault.Is(err, fault.Conflict) && h.savedBefore(ctx, actor, v) {
		return seeOther(c, listURL(v))
	}
	if err != nil {
		return h.drawView(c, http.StatusOK, form, org.UID, err)
	}
	if err := h.recordSharing(c, actor, v, "view.share", org); err != nil {
		return err
	}
	return seeOther(c, listURL(v))
}

// savedBefore tells whether the person keeps exactly this view already: a form that is sent by a double click is saved once
// and reads as saved.
func (h *Handlers) savedBefore(ctx context.Context, actor policy.Actor, v preference.View) bool {
	views, err := h.Preferences.Views(ctx, readerOf(actor))
	return err == nil && slices.ContainsFunc(views, func(o preference.View) bool {
		return o.Owner == v.Owner && o.Name == v.Name && o.Query == v.Query && o.ShareOrgUID == v.ShareOrgUID
	})
}

// view shows one view to whoever may change or take it away.
func (h *Handlers) view(c echo.Context) error {
	ctx := c.Request().Context()
	actor := auth.VisitorOf(c).Actor
	v, err := h.visibleView(ctx, actor, c.Param("id"))
	if err != nil {
		return err
	}
	form, err := h.viewForm(ctx, actor, v)
	if err != nil {
		return err
	}
	return h.drawView(c, http.StatusOK, form, v.ShareOrgUID, nil)
}

// viewForm is the form of an existing view as this person may use it.
func (h *Handlers) viewForm(ctx context.Context, actor policy.Actor, v preference.View) (templates.ViewForm, error) {
	shared, err := h.sharedWith(ctx, actor, v)
	form := templates.ViewForm{Name: v.Name, PostURL: viewURL(v.ID), OpenURL: listURL(v), Shared: shared}
	if v.Owner != actor.Key() {
		form.Owner, form.PostURL = v.OwnerName, ""
	}
	if v.Owner == actor.Key() || mayManage(actor)(v.ShareOrgPath) {
		form.DeleteURL = viewURL(v.ID) + "/delete"
	}
	return form, err
}

// changeView gives one's own view another name, and shares it with an organization or no longer.
func (h *Handlers) changeView(c echo.Context) error {
	ctx := c.Request().Context()
	actor := auth.VisitorOf(c).Actor
	before, err := h.visibleView(ctx, actor, c.Param("id"))
	if err != nil {
		return err
	}
	form, err := h.viewForm(ctx, actor, before)
	if err != nil {
		return err
	}
	if before.Owner == actor.Key() {
		form.Name = c.FormValue("name")
	}
	share, found, err := h.shareMeant(c, actor, &form)
	if err != nil {
		return err
	}
	if !found {
		return h.drawView(c, http.StatusUnprocessableEntity, form, share, nil)
	}
	org, err := h.shareOrg(ctx, actor, share)
	if share == before.ShareOrgUID && (before.ShareOrgPath == "" || form.Name == before.Name) {
		err = nil // as it was; but whoever no longer sees an organization writes nothing new into the menus there
	}
	if err != nil {
		return h.drawView(c, http.StatusOK, form, share, err)
	}
	after, err := h.Preferences.Change(ctx, readerOf(actor), before.ID, c.FormValue("name"), share)
	if err != nil {
		return h.drawView(c, http.StatusOK, form, share, err)
	}
	if before.ShareOrgUID != after.ShareOrgUID {
		if err := h.recordUnsharing(c, actor, before); err != nil {
			return err
		}
	}
	if before.ShareOrgUID != after.ShareOrgUID || before.Name != after.Name {
		if err := h.recordSharing(c, actor, after, "view.share", org); err != nil {
			return err
		}
	}
	return seeOther(c, viewsURL)
}

// deleteView forgets a view.
func (h *Handlers) deleteView(c echo.Context) error {
	ctx := c.Request().Context()
	actor := auth.VisitorOf(c).Actor
	v, err := h.visibleView(ctx, actor, c.Param("id"))
	if err == nil {
		v, err = h.Preferences.Remove(ctx, readerOf(actor), v.ID, mayManage(actor))
	}
	if err != nil {
		return takingAway(err, "There is no such view", "It is deleted already, or it is none that you see.",
			"If you deleted it just now, that is done.", templates.Link{Label: "Saved views", URL: viewsURL})
	}
	if err := h.recordUnsharing(c, actor, v); err != nil {
		return err
	}
	return seeOther(c, viewsURL)
}

func (h *Handlers) recordUnsharing(c echo.Context, actor policy.Actor, v preference.View) error {
	if v.ShareOrgUID == "" {
		return nil
	}
	// The line is about the organization, wherever it stands and whether or not this person sees it.
	org := inventory.Org{UID: v.ShareOrgUID}
	if found, err := h.Inventory.Org(c.Request().Context(), readScope(actor), v.ShareOrgUID); err == nil {
		org = found
	}
	return h.recordSharing(c, actor, v, "view.unshare", org)
}

// recordSharing writes down that others see a view from now on, or no longer; nothing for a view of one's own.
func (h *Handlers) recordSharing(c echo.Context, actor policy.Actor, v preference.View, event string, org inventory.Org) error {
	if org.UID == "" {
		return nil
	}
	line := h.eventLine(c, actor, event, "", audit.Done)
	line.Target = audit.Target{Kind: "view", ID: v.ID, Name: v.Name, Org: org.Name}
	line.OrgUIDs = []string{org.UID}
	return h.Record(c.Request().Context(), line)
}

// drawView draws the form of a view; a problem stands above what was typed.
func (h *Handlers) drawView(c echo.Context, status int, form templates.ViewForm, share string, problem error) error {
	if problem != nil {
		f := fault.Of(problem)
		if f.Kind == fault.Internal || f.Kind == fault.NotFound {
			return problem
		}
		status = statuses[f.Kind].status
		form.Problem = strings.TrimSpace(f.Message + " " + f.Next)
	}
	title := "Saved view"
	if form.PostURL == "" && form.Owner == "" {
		title, form.PostURL = "Save this list", viewsURL
	}
	form.Title, form.BackURL = title, viewsURL
	if form.DeleteURL == "" && form.Owner == "" {
		form.BackURL = devicesPath + "?" + form.List
	}
	if form.Owner == "" {
		if err := h.offerShares(c.Request().Context(), auth.VisitorOf(c).Actor, &form, share); err != nil {
			return err
		}
	}
	if fragmentOnly(c) {
		return h.render(c, status, templates.ViewDialog(form))
	}
	return h.render(c, status, templates.View(h.base(c, title, "devices"), form))
}
