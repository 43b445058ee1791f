package handlers

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/internal/settings"
	"backup-portal/web/templates"
)

// What changes settings, by the kind of the target.
const (
	changeOrgSettings    = "org.settings"
	changeDeviceSettings = "device.settings"
)

// sheetOf is an organization or a device with its settings as they were read just now.
type sheetOf struct {
	kind      action.Kind
	id, name  string
	org       inventory.Org   // the target itself, or the one that the device belongs to
	above     []inventory.Org // the organizations over the target inside the scope, from the top down
	state     templates.State
	sheet     settings.Sheet
	defaults  *settings.Sheet   // of a device: its organization's; nil when they could not be read
	providers map[string]string // names of those inside the scope that set inherited values, by orgUid
	reach     map[settings.Inheritance]inventory.Reach
	failure   error // why there is no sheet
}

func (s sheetOf) page() string { return s.kind.Path(s.id) }

func (s sheetOf) url() string { return s.page() + "/settings" }

func (s sheetOf) device() bool { return s.kind.ID == action.Device.ID }

// changeID names the action that changes the settings of a thing of this kind.
func changeID(k action.Kind) string {
	if k.ID == action.Device.ID {
		return changeDeviceSettings
	}
	return changeOrgSettings
}

// readSheet reads the settings of what the address names, within what the person may see.
func (h *Handlers) readSheet(c echo.Context, actor policy.Actor, k action.Kind) (sheetOf, error) {
	id, err := idOf(c, k)
	if err != nil {
		return sheetOf{}, err
	}
	return h.sheetOf(c.Request().Context(), actor, k, id)
}

func (h *Handlers) sheetOf(ctx context.Context, actor policy.Actor, k action.Kind, id string) (sheetOf, error) {
	scope := readScope(actor)
	if k.ID == action.Device.ID {
		read, err := h.Inventory.DeviceSettings(ctx, scope, id)
		return deviceSheet(read), err
	}
	read, err := h.Inventory.Settings(ctx, scope, id)
	return orgSheet(read), err
}

func orgSheet(read inventory.OrgSettings) sheetOf {
	return sheetOf{
		kind: action.Organization, id: read.Row.UID, name: read.Row.Name, org: read.Row.Org, above: above(read.LiveOrg),
		state: orgState(read.Org.Active, read.Org.Blocked), sheet: read.Sheet, providers: read.Providers, reach: read.Reach, failure: read.Failure,
	}
}

func deviceSheet(read inventory.DeviceSettings) sheetOf {
	s := sheetOf{
		kind: action.Device, id: read.Row.GUID, name: read.Row.Name, above: read.Chain,
		state: deviceState(read.Device.Active, read.Device.Blocked, false), sheet: read.Sheet, failure: read.Failure,
		org: inventory.Org{UID: read.Row.OrgUID, Name: cmp.Or(read.OrgName, read.Row.OrgName), Path: read.Row.OrgPath},
	}
	if read.DefaultsKnown {
		s.defaults = &read.Defaults
	}
	return s
}

// sheetFrom is the same of a target that was read for a change; its surroundings come from the mirror.
func (h *Handlers) sheetFrom(ctx context.Context, actor policy.Actor, k action.Kind, read operation.Reading) (sheetOf, error) {
	scope, state := readScope(actor), read.State
	org, err := h.Inventory.Org(ctx, scope, read.Target.OrgUID)
	if err != nil {
		return sheetOf{}, err
	}
	chain, err := h.Inventory.Chain(ctx, scope, org)
	if err != nil {
		return sheetOf{}, err
	}
	s := sheetOf{kind: k, id: read.Target.ID, name: read.Target.Name, org: org, above: chain, defaults: state.Defaults, providers: map[string]string{}, failure: read.Failure}
	if s.device() {
		s.state = deviceState(state.Device.Active, state.Device.Blocked, false)
	} else {
		s.state, s.above = orgState(state.Org.Active, state.Org.Blocked), chain[:max(len(chain)-1, 0)]
	}
	if state.Settings == nil {
		return s, nil
	}
	s.sheet = *state.Settings
	for _, by := range []settings.Inheritance{settings.ByQuota, settings.ByReporting, settings.ByDeviceDefaults} {
		_, provider, _ := s.sheet.Inherits(by)
		if _, met := s.providers[provider]; provider == "" || met {
			continue
		}
		above, err := h.Inventory.Org(ctx, scope, provider)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return s, err
		}
		s.providers[provider] = above.Name
	}
	return s, nil
}

// mayChange tells whether the settings are the person's to change, now or once others agree, or why not.
func (h *Handlers) mayChange(actor policy.Actor, s sheetOf, actionID string) (bool, string) {
	a, ok := action.ByID(actionID)
	if !ok {
		return false, ""
	}
	d := policy.Decide(actor, a, s.org.Path, policy.Situation{ReadOnly: h.ReadOnly, Rules: h.Rules})
	return d.May(), d.Reason
}

// orgSettings is the tab with all that is set at an organization.
func (h *Handlers) orgSettings(c echo.Context) error {
	actor := auth.VisitorOf(c).Actor
	uid, err := idOf(c, action.Organization)
	if err != nil {
		return err
	}
	read, err := h.Inventory.Settings(c.Request().Context(), readScope(actor), uid)
	if err != nil {
		return err
	}
	view := h.organizationView(read.LiveOrg, "settings")
	s := orgSheet(read)
	if s.failure != nil {
		view.Source, view.Notes = "", []templates.Note{unreadable(s)}
	} else {
		all, notes := h.settingsView(actor, s)
		all.Key = registrationKeyPlace(actor, s.org)
		view.Settings, view.Notes = &all, append(view.Notes, notes...)
	}
	return h.render(c, http.StatusOK, templates.Organization(h.base(c, "Settings of "+s.name, "organizations"), view))
}

// deviceSettings is the page with all that is set at a device.
func (h *Handlers) deviceSettings(c echo.Context) error {
	actor := auth.VisitorOf(c).Actor
	s, err := h.readSheet(c, actor, action.Device)
	if err != nil {
		return err
	}
	var view templates.SettingsView
	head := settingsHead(s, "")
	head.Crumbs, head.Here, head.Title = orgCrumbs(s.above), s.name, s.name
	head.Tabs, head.TabsLabel = deviceTabs(s.id, "settings"), "Parts of this device"
	if s.failure == nil {
		var notes []templates.Note
		view, notes = h.settingsView(actor, s)
		head.Notes = append(head.Notes, notes...)
	}
	view.Head = head
	return h.render(c, http.StatusOK, templates.Settings(h.base(c, "Settings of "+s.name, "devices"), view))
}

// settingsHead is what stands above a page about settings: here names the page below the settings themselves.
func settingsHead(s sheetOf, here string) templates.SettingsHead {
	head := templates.SettingsHead{
		Crumbs: append(orgCrumbs(s.above), templates.Link{Label: s.name, URL: s.page()}, templates.Link{Label: "Settings", URL: s.url()}),
		Here:   here, Title: here, State: s.state, Source: "Live from the backup service",
	}
	if s.failure != nil {
		head.Source, head.Notes = "", []templates.Note{unreadable(s)}
	}
	return head
}

// unreadable says that settings are shown as they are or not at all.
func unreadable(s sheetOf) templates.Note {
	n := silent(s.failure)
	n.Actions = []templates.Button{{Label: "Try again", URL: s.url()}}
	return n
}

// settingsView is every group with its values in force, and what leads on from there. Its notes say why nothing can be changed.
func (h *Handlers) settingsView(actor policy.Actor, s sheetOf) (templates.SettingsView, []templates.Note) {
	var notes []templates.Note
	may, why := h.mayChange(actor, s, changeID(s.kind))
	if !may && why != "" && !h.ReadOnly {
		notes = append(notes, templates.Note{Kind: "info", Title: "You may look.", Text: "To change settings: " + lowerFirst(why)})
	}
	view := templates.SettingsView{Also: settingsLinks(s)}
	o := originsOf(s)
	for _, section := range s.sheet.Sections() {
		group := section.Group
		if _, isSet := settings.GroupSet(group); isSet {
			continue
		}
		panel := templates.SettingsGroup{ID: string(group), Title: section.Label, Aside: o.follows(group)}
		for _, v := range valuesOf(s.sheet, group) {
			panel.Rows = append(panel.Rows, o.row(v))
		}
		panel.Edit, panel.Foot = h.editItem(actor, s, group, panel.Title)
		if section.ReadOnly {
			view.Shown = append(view.Shown, panel)
			continue
		}
		view.Groups = append(view.Groups, panel)
	}
	view.Sets = o.sets()
	if slices.ContainsFunc(s.sheet.Values(), func(v settings.Value) bool { return v.Unread }) {
		notes = append(notes, templates.Note{
			Kind: "warn", Shape: "unknown", Title: "A part could not be read.", Text: "What is in force there is not known just now; it says so where it belongs.",
			Actions: []templates.Button{{Label: "Try again", URL: s.url()}},
		})
	}
	return view, notes
}

// editItem leads to the form of a group; of names and notes that is a form of their own.
func (h *Handlers) editItem(actor policy.Actor, s sheetOf, group settings.Group, title string) (templates.EditItem, string) {
	item := templates.EditItem{URL: s.url() + "/" + string(group), Label: "Edit " + lowerFirst(title)}
	changes := changeID(s.kind)
	if group == settings.General {
		item.URL, changes = editURL(s), s.kind.ID+".edit"
	}
	if s.kind.ID == action.Organization.ID && group == settings.General {
		changes = "org.edit"
	}
	if len(editable(s.sheet, group)) == 0 {
		return templates.EditItem{}, whyFixed(s.sheet, group)
	}
	if may, why := h.mayChange(actor, s, changes); !may {
		if h.ReadOnly {
			return templates.EditItem{Label: item.Label, Why: why}, ""
		}
		return templates.EditItem{}, ""
	}
	return item, ""
}

// editURL is the form of the name, the reference and the notes.
func editURL(s sheetOf) string { return s.page() + "/edit" }

// settingsLinks lead to what else there is about settings.
func settingsLinks(s sheetOf) []templates.Link {
	history := templates.Link{Label: "History of changes", URL: "/audit?" + url.Values{"target": {s.id}, "action": {changeID(s.kind)}}.Encode()}
	if s.device() {
		return []templates.Link{
			history,
			{Label: "Follow the organization again", URL: s.page() + "/follow"},
			{Label: "Settings of " + s.org.Name, URL: organizationURL(s.org.UID) + "/settings"},
		}
	}
	return []templates.Link{
		history,
		{Label: "Copy settings from another organization", URL: s.url() + "/copy"},
		{Label: "Devices that differ from these", URL: s.page() + "/drift"},
		{Label: "Full disk access of Macs", URL: s.page() + "/full-disk-access"},
	}
}

// deviceTabs are the parts of a device's page.
func deviceTabs(guid, current string) []templates.Tab {
	page := deviceURL(guid)
	return []templates.Tab{
		{Key: "summary", Label: "Summary", URL: page, Current: current == "summary"},
		{Key: "settings", Label: "Settings", URL: page + "/settings", Current: current == "settings"},
	}
}
