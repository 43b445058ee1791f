package handlers

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

const orgLimit = 200 // organizations offered in a select; where there are more, the tree is the way

// devices is the list.
func (h *Handlers) devices(c echo.Context) error {
	ctx := c.Request().Context()
	actor := auth.VisitorOf(c).Actor
	f := newDeviceFilter(c.QueryParams(), h.Now())
	if led, err := f.tidy(c); led {
		return err
	}
	q := f.parse(readScope(actor))
	columns, err := h.columns(ctx, actor, f)
	if err != nil {
		return err
	}
	if columns, err = h.tellHolds(ctx, f, columns); err != nil {
		return err
	}
	names, err := h.filterNames(ctx, q)
	if err != nil {
		return err
	}
	view := templates.DevicesView{URL: devicesPath, Query: f.get("q"), Form: f.form(), Facets: f.uncounted()}
	status := http.StatusOK
	if len(f.problems) > 0 {
		status = http.StatusUnprocessableEntity
		f.tell(&view)
	} else {
		found, err := h.Inventory.Search(ctx, q)
		if err != nil {
			return err
		}
		names.destination = destinationIn(found.Devices, q.Destination)
		h.list(&view, f, q, found, columns)
		if err := h.badgeDevices(ctx, &view, found.Devices); err != nil {
			return err
		}
		view.Picking = h.picking(actor, f, found)
		view.Note = h.staleNote(ctx, actor)
		if f.get(counts) != "" && !fragmentOnly(c) {
			known, err := h.Inventory.Facets(ctx, q)
			if err != nil {
				return err
			}
			view.Facets = f.facets(known)
		}
		if view.Tools, err = h.deviceTools(ctx, actor, f, columns, total(found)); err != nil {
			return err
		}
	}
	if view.Chips = f.chips(names); len(view.Chips) > 0 {
		view.ClearURL = f.bare()
	}
	if len(view.Rows) == 0 && view.Empty.Title == "" {
		view.Empty = emptyDevices(f, view.Chips)
	}
	orgs, err := h.Inventory.Orgs(ctx, q.Scope, orgLimit+1)
	if err != nil {
		return err
	}
	offered := len(orgs) > 1 && len(orgs) <= orgLimit
	view.Hidden = f.hidden(offered)
	if target(c) == "results" {
		return h.render(c, status, templates.DevicesResults(view))
	}
	if offered {
		view.Orgs = orgOptions(orgs, names.org)
	}
	page := h.base(c, "Devices", "devices")
	page.Query = q.Text
	return h.render(c, status, templates.Devices(page, view))
}

// list fills in what the mirror found.
func (h *Handlers) list(view *templates.DevicesView, f *deviceFilter, q inventory.DeviceQuery, found inventory.DevicePage, columns []deviceColumn) {
	view.Scope = total(found)
	if !f.empty() {
		view.Scope += " match"
		if found.Total == 1 {
			view.Scope += "es"
		}
	}
	view.Announce = view.Scope
	view.Caption = "Devices, sorted " + sortWords(q.Sort, q.Descending)
	view.Pager = devicePager(f, found)
	for _, column := range columns {
		view.Columns = append(view.Columns, f.heading(column, q))
	}
	k := h.clock()
	for _, d := range found.Devices {
		row := make([]templates.Cell, 0, len(columns))
		for _, column := range columns {
			row = append(row, column.cell(k, d))
		}
		view.Rows = append(view.Rows, row)
	}
}

func total(p inventory.DevicePage) string {
	if p.TotalCapped {
		return number(p.Total) + "+ devices"
	}
	return counted(p.Total, "device")
}

// heading is a column's head: a link that sorts by it, and turns the order around when the list is sorted by it already.
func (f *deviceFilter) heading(c deviceColumn, q inventory.DeviceQuery) templates.Column {
	head := templates.Column{Key: c.key, Label: c.label, Class: c.class, Number: c.number}
	if c.sort == "" {
		return head
	}
	next := c.first + c.sort
	if deviceSorts[c.sort] == q.Sort {
		head.Sorted = "ascending"
		next = "-" + c.sort
		if q.Descending {
			head.Sorted, next = "descending", c.sort
		}
	}
	if next == "name" {
		next = "" // the usual order needs no words
	}
	head.SortURL = f.with("sort", next)
	return head
}

// tell says what is wrong with the address, all of it at once.
func (f *deviceFilter) tell(view *templates.DevicesView) {
	view.Note = templates.Note{Kind: "bad", Title: "Something in the filters is not right.", Text: f.told()}
	view.Empty = templates.Empty{Title: "Nothing was searched for", Text: "Mend the filters, or take away what is not right.", Actions: []templates.Button{{Label: "All devices", URL: devicesPath}}}
	view.Facets = templates.FacetPanel{}
	view.Announce = view.Note.Title
}

// filterNames finds the names behind the ids of a query. What the person may not see has none, like what does not exist.
func (h *Handlers) filterNames(ctx context.Context, q inventory.DeviceQuery) (filterNames, error) {
	var names filterNames
	var err error
	if q.OrgUID != "" {
		if names.org, err = h.Inventory.Org(ctx, q.Scope, q.OrgUID); err != nil && !fault.Is(err, fault.NotFound) {
			return names, err
		}
	}
	if q.UserUID != "" {
		user, err := h.Inventory.UserRow(ctx, q.Scope, q.UserUID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return names, err
		}
		names.user = user.Username
	}
	return names, nil
}

func destinationIn(devices []inventory.Device, guid string) string {
	for _, d := range devices {
		for _, destination := range d.Destinations {
			if destination.GUID == guid {
				return destination.Name
			}
		}
	}
	return ""
}

// deviceTools are the links beside the heading: views, columns, export.
func (h *Handlers) deviceTools(ctx context.Context, actor policy.Actor, f *deviceFilter, columns []deviceColumn, count string) (templates.DeviceTools, error) {
	tools := templates.DeviceTools{ColumnsURL: f.at("/devices/columns")}
	exports(&tools, actor, f, count)
	return tools, h.viewMenu(ctx, &tools, actor, f, columns)
}

func emptyDevices(f *deviceFilter, chips []templates.Chip) templates.Empty {
	if f.empty() {
		return templates.Empty{Title: "No device is known yet", Text: "Either these organizations have none, or the first sync with the backup service is still under way."}
	}
	e := templates.Empty{Title: "No device matches", Text: "Take a filter away to see more."}
	text := f.get("q")
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
		label := "Without " + strings.ToLower(chip.Key)
		if chip.Key == deviceFilterLabels["keep-newest"] {
			label = "Leaving none out"
		}
		e.Actions = append(e.Actions, templates.Button{Label: label, URL: chip.RemoveURL})
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
	pager.Sizes = f.pageSizes(p)
	return pager
}

// pageSizes offers how many rows a page has, where there are enough of them for it to matter.
func (f *deviceFilter) pageSizes(p inventory.DevicePage) []templates.Link {
	usual, most := templates.Link{Label: strconv.Itoa(devicesPage)}, templates.Link{Label: strconv.Itoa(devicesMost)}
	switch {
	case f.get("rows") != "":
		usual.URL = f.with("rows", "")
	case p.Total > devicesPage || p.TotalCapped:
		most.URL = f.with("rows", most.Label)
	default:
		return nil
	}
	return []templates.Link{usual, most}
}
