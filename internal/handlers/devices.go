package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/web/templates"
)

const (
	orgLimit = 500 // organizations offered in the filter
)

// find is the search of the header: what matches one device opens it, all else becomes the list.
func (h *Handlers) find(c echo.Context) error {
	text := c.QueryParam("q")
	v := auth.VisitorOf(c)
	if err := checkText(text); err != nil {
		return err
	}
	if strings.TrimSpace(text) != "" {
		page, err := h.Inventory.Search(c.Request().Context(), inventory.DeviceQuery{Scope: readScope(v.Actor), Text: text, Limit: 1})
		if err != nil {
			return err
		}
		if page.Total == 1 && len(page.Devices) == 1 {
			return c.Redirect(http.StatusSeeOther, deviceURL(page.Devices[0].GUID))
		}
	}
	return c.Redirect(http.StatusSeeOther, "/devices?"+url.Values{"q": {text}}.Encode())
}

func checkText(text string) error {
	if utf8.RuneCountInString(text) > queryLimit {
		return fault.New(fault.Invalid, fmt.Sprintf("The search is longer than %d characters.", queryLimit), "A part of a name or a GUID is enough.")
	}
	return nil
}

// devices is the list.
func (h *Handlers) devices(c echo.Context) error {
	ctx := c.Request().Context()
	actor := auth.VisitorOf(c).Actor
	f := newDeviceFilter(c.QueryParams(), h.Now())
	q := f.parse(readScope(actor))
	if len(f.problems) > 0 {
		return f.fault()
	}
	found, err := h.Inventory.Search(ctx, q)
	if err != nil {
		return err
	}
	counts, err := h.Inventory.Counts(ctx, inventory.DeviceQuery{Scope: q.Scope, Text: q.Text, OrgUID: q.OrgUID}, h.Now())
	if err != nil {
		return err
	}
	var org inventory.Org // of the filter; zero when there is none that the person may see
	if q.OrgUID != "" {
		if org, err = h.Inventory.Org(ctx, q.Scope, q.OrgUID); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	view := h.devicesView(f, found, counts, org)
	if note := h.staleNote(ctx, actor); note.Title != "" {
		view.Note = note
	}
	if target(c) == "results" {
		return h.render(c, http.StatusOK, templates.DevicesResults(view))
	}
	orgs, err := h.Inventory.Orgs(ctx, q.Scope, orgLimit)
	if err != nil {
		return err
	}
	view.Orgs = orgOptions(orgs, org)
	page := h.base(c, "Devices", "devices")
	page.Query = q.Text
	return h.render(c, http.StatusOK, templates.Devices(page, view))
}

func (h *Handlers) devicesView(f *deviceFilter, found inventory.DevicePage, counts inventory.DeviceCounts, org inventory.Org) templates.DevicesView {
	total := number(found.Total)
	if found.TotalCapped {
		total += "+"
	}
	noun := "devices match"
	if found.Total == 1 {
		noun = "device matches"
	}
	view := templates.DevicesView{
		URL: "/devices", Query: f.get("q"),
		Scope: total + " " + noun, Announce: total + " " + noun,
		Chips: f.chips(filterNames{org: org}), Facets: []templates.Facet{stateFacet(f, counts)},
		Caption: "Devices, sorted by name", Pager: devicePager(f, found),
	}
	if f.empty() {
		view.Scope = counted(found.Total, "device")
		view.Announce = view.Scope
	} else {
		view.ClearURL = "/devices"
	}
	for _, key := range []string{"active", "blocked", "deauthorized", "alert"} {
		if value := f.get(key); value != "" {
			view.Hidden = append(view.Hidden, templates.Hidden{Name: key, Value: value})
		}
	}
	k := h.clock()
	for _, d := range found.Devices {
		view.Rows = append(view.Rows, templates.DeviceRow{
			Name: d.Name, URL: deviceURL(d.GUID), State: deviceState(d.Active, d.Blocked, d.Deauthorized), Alert: alertWords(d.Alerts),
			Org: d.OrgName, User: d.Username, Connected: k.short(d.LastConnected), BackedUp: k.short(d.LastCompleted),
			Stored: size(d.StoredBytes), Client: d.ClientVersion,
		})
	}
	if len(view.Rows) == 0 {
		view.Empty = emptyDevices(f, view.Chips)
	}
	return view
}

func emptyDevices(f *deviceFilter, chips []templates.Chip) templates.Empty {
	if f.empty() {
		return templates.Empty{Title: "No device is known yet", Text: "Either these organizations have none, or the first sync with the backup service is still under way."}
	}
	e := templates.Empty{Title: "No device matches", Text: "Take a filter away to see more."}
	text := strings.TrimSpace(f.get("q"))
	if text != "" {
		e.Title = "No device matches “" + text + "”"
	}
	switch short := text != "" && utf8.RuneCountInString(text) < 3; {
	case short:
		e.Text = "One or two letters find what begins with them; a third one finds parts of words too."
	case text != "" && len(chips) == 1:
		e.Text = "Check the spelling; a part of a name, host name, GUID, user name or external reference is enough."
	}
	for _, chip := range chips {
		e.Actions = append(e.Actions, templates.Button{Label: "Without " + strings.ToLower(chip.Key), URL: chip.RemoveURL})
	}
	return e
}

// orgOptions offers organizations, and the selected one even when it is not among the first of them: a search that is
// sent again must not lose it.
func orgOptions(orgs []inventory.Org, selected inventory.Org) []templates.Option {
	if len(orgs) < 2 {
		return nil
	}
	if selected.UID != "" && !slices.ContainsFunc(orgs, func(o inventory.Org) bool { return o.UID == selected.UID }) {
		orgs = append(slices.Clone(orgs), selected)
	}
	top := orgs[0].Depth
	for _, o := range orgs {
		top = min(top, o.Depth)
	}
	options := []templates.Option{{Value: "", Label: "All organizations", Selected: selected.UID == ""}}
	for _, o := range orgs {
		options = append(options, templates.Option{Value: o.UID, Label: o.Name, Level: o.Depth - top, Selected: o.UID == selected.UID})
	}
	return options
}

func stateFacet(f *deviceFilter, n inventory.DeviceCounts) templates.Facet {
	item := func(label string, count int, pairs ...string) templates.FacetItem {
		all := map[string]string{"active": "", "blocked": "", "deauthorized": "", "alert": ""}
		for i := 0; i+1 < len(pairs); i += 2 {
			all[pairs[i]] = pairs[i+1]
		}
		current, set, clear := true, []string{}, []string{}
		for _, key := range []string{"active", "blocked", "deauthorized", "alert"} {
			current = current && f.get(key) == all[key]
			set, clear = append(set, key, all[key]), append(clear, key, "")
		}
		it := templates.FacetItem{Label: label, Figure: number(count), Current: current, URL: f.with(set...)}
		if current {
			it.URL = f.with(clear...)
		}
		return it
	}
	return templates.Facet{Title: "State", Items: []templates.FacetItem{
		item("Active", n.Active, "active", "true", "blocked", "false", "deauthorized", "false"),
		item("Active, blocked", n.ActiveBlocked, "active", "true", "blocked", "true"),
		item("Active, deauthorized", n.Deauthorized, "active", "true", "blocked", "false", "deauthorized", "true"),
		item("Deactivated", n.Deactivated, "active", "false"),
		item("With an alert", n.Alert, "alert", "true"),
	}}
}

func devicePager(f *deviceFilter, p inventory.DevicePage) templates.Pager {
	pager := templates.Pager{Text: counted(len(p.Devices), "device") + " on this page"}
	first, previous, next := "", "", ""
	if p.HasPrevious {
		first, previous = f.with(), f.with("before", p.Before)
	}
	if p.Next != "" {
		next = f.with("after", p.Next)
	}
	pager.Links = []templates.Link{{Label: "First", URL: first}, {Label: "Previous", URL: previous}, {Label: "Next", URL: next}}
	return pager
}

func deviceState(active, blocked, deauthorized bool) templates.State {
	switch {
	case !active && blocked:
		return templates.State{Shape: "off", Word: "Deactivated, blocked"}
	case !active:
		return templates.State{Shape: "off", Word: "Deactivated"}
	case blocked:
		return templates.State{Shape: "blocked", Tone: "bad", Word: "Active, blocked"}
	case deauthorized:
		return templates.State{Shape: "deauth", Tone: "warn", Word: "Active, deauthorized"}
	}
	return templates.State{Shape: "ok", Tone: "ok", Word: "Active"}
}

// alertWords puts the vendor's alert names into words; unknown ones stay as the vendor wrote them.
func alertWords(alerts string) string {
	if alerts == "" {
		return ""
	}
	known := map[string]string{
		"CriticalConnectionAlert": "Critical connection alert", "CriticalBackupAlert": "Critical backup alert",
		"WarningConnectionAlert": "Connection warning", "WarningBackupAlert": "Backup warning",
	}
	var words []string
	for _, a := range strings.Split(alerts, ",") {
		if w, ok := known[strings.TrimSpace(a)]; ok {
			words = append(words, w)
		} else {
			words = append(words, strings.TrimSpace(a))
		}
	}
	return strings.Join(words, ", ")
}
