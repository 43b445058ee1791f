package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/policy"
	"backup-portal/internal/settings"
	"backup-portal/web/templates"
)

// settingsGroup is the page of one group or backup set: its form for whoever may change it, else its values.
func (h *Handlers) settingsGroup(k action.Kind) echo.HandlerFunc {
	return func(c echo.Context) error {
		actor := auth.VisitorOf(c).Actor
		s, group, err := h.readGroup(c, actor, k)
		if err != nil {
			return err
		}
		if group == settings.General {
			return c.Redirect(http.StatusSeeOther, editURL(s))
		}
		if s.failure != nil {
			title := groupTitle(s, group)
			return h.drawForm(c, http.StatusOK, s, templates.SettingsFormView{Title: title, Head: settingsHead(s, title), BackURL: s.url()})
		}
		may, why := h.mayChange(actor, s, changeID(k))
		fields := editable(s.sheet, group)
		if !may || len(fields) == 0 {
			if may {
				why = whyFixed(s.sheet, group)
			}
			return h.drawForm(c, http.StatusOK, s, shownGroup(s, group, why))
		}
		return h.drawForm(c, http.StatusOK, s, formDrawing{origins: originsOf(s), group: group, form: opened(s, fields)}.view())
	}
}

// readGroup reads the settings of what the address names, and which part of them it names; a part that is not there does
// not exist.
func (h *Handlers) readGroup(c echo.Context, actor policy.Actor, k action.Kind) (sheetOf, settings.Group, error) {
	group := settings.Group(c.Param("group"))
	s, err := h.readSheet(c, actor, k)
	if err != nil {
		return s, group, err
	}
	if s.failure == nil && len(s.sheet.In(group)) == 0 {
		return s, group, notFound()
	}
	return s, group, nil
}

func (h *Handlers) drawForm(c echo.Context, status int, s sheetOf, view templates.SettingsFormView) error {
	if target(c) == "settings-form" && len(view.Fields) > 0 {
		return h.render(c, status, templates.SettingsFields(view))
	}
	return h.render(c, status, templates.SettingsForm(h.base(c, view.Title+" of "+s.name, s.kind.Resource), view))
}

// shownGroup is the page of a group for whoever cannot change it.
func shownGroup(s sheetOf, group settings.Group, why string) templates.SettingsFormView {
	title := groupTitle(s, group)
	view := templates.SettingsFormView{Title: title, Head: settingsHead(s, title), BackURL: s.url()}
	view.Head.Title = title + " of " + s.name
	view.Foot = why
	o := originsOf(s)
	for _, v := range valuesOf(s.sheet, group) {
		view.Rows = append(view.Rows, o.row(v))
	}
	return view
}

// postSettingsGroup takes the form of a group: it draws other rows, says what cannot be taken, or goes on to the review. It
// sends nothing.
func (h *Handlers) postSettingsGroup(k action.Kind) echo.HandlerFunc {
	return func(c echo.Context) error {
		actor := auth.VisitorOf(c).Actor
		s, group, err := h.readGroup(c, actor, k)
		if err != nil {
			return err
		}
		values, err := c.FormParams()
		if err != nil {
			return err
		}
		if s.failure != nil {
			return h.keepForm(c, s, group, values)
		}
		if may, why := h.mayChange(actor, s, changeID(k)); !may {
			return fault.New(fault.Denied, why, "Nothing was sent to the backup service.")
		}
		fields := editable(s.sheet, group)
		d := formDrawing{origins: originsOf(s), group: group, form: settingsForm{values}}
		if values.Has("edit") {
			changes, err := settings.ParseParams(postedParams(values))
			if err != nil {
				return badChanges(err)
			}
			d.form = overlaid(s, fields, changes)
			return h.drawForm(c, http.StatusOK, s, d.view())
		}
		var pressed bool
		if d.focus, d.place, pressed = d.form.rowsChanged(); pressed {
			return h.drawForm(c, http.StatusOK, s, d.view())
		}
		if values.Has("take") && s.defaults != nil {
			d.form.take(s, fields)
			return h.drawForm(c, http.StatusOK, s, d.view())
		}
		var changes settings.Changes
		if changes, d.problems = d.form.changes(s.sheet, fields); len(d.problems) > 0 {
			return h.drawForm(c, http.StatusUnprocessableEntity, s, d.view())
		}
		if len(changes) == 0 {
			view := d.view()
			view.Problem = templates.Note{Kind: "info", Title: "Nothing would change.", Text: "Every field holds what is set already."}
			return h.drawForm(c, http.StatusOK, s, view)
		}
		return h.review(c, http.StatusOK, actor, reviewed{kind: k, id: s.id, changes: changes.Completed(s.sheet)})
	}
}

// keepForm answers a post while the settings cannot be read: what was typed goes with the button that tries again.
func (h *Handlers) keepForm(c echo.Context, s sheetOf, group settings.Group, values url.Values) error {
	title := "Settings of " + s.name
	view := templates.SettingsKeptView{
		Head: settingsHead(s, title), PostURL: s.url() + "/" + url.PathEscape(string(group)), BackURL: s.url(), Hidden: hiddenValues(values),
	}
	view.Note = silent(s.failure)
	view.Head.Notes = nil
	view.Note.Text = "What you typed is kept on this page; nothing was sent. " + view.Note.Text
	return h.render(c, statuses[fault.Upstream].status, templates.SettingsKept(h.base(c, title, s.kind.Resource), view))
}

// hiddenValues are all fields of a form, to be posted once more.
func hiddenValues(values url.Values) []templates.Hidden {
	var hidden []templates.Hidden
	for name, list := range values {
		for _, value := range list {
			hidden = append(hidden, templates.Hidden{Name: name, Value: value})
		}
	}
	slices.SortStableFunc(hidden, func(a, b templates.Hidden) int { return strings.Compare(a.Name, b.Name) })
	return hidden
}

// silent says why there are no settings to show.
func silent(failure error) templates.Note {
	f := fault.Of(failure)
	return templates.Note{Kind: "bad", Title: f.Message, Text: strings.TrimSpace("Settings are shown and changed only as they are now. " + f.Next)}
}

// badChanges turns down a review whose fields were not drawn by the portal.
func badChanges(cause error) error {
	return fault.Wrap(fault.Invalid, cause, "The form does not say what is to be changed.", "Open the settings again and use their form.")
}
