package handlers

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
	"backup-portal/internal/settings"
	"backup-portal/web/templates"
)

const (
	driftPath = "/drift"
	// driftRows is how many values one page shows.
	driftRows = 50
	// driftCounts is how many settings are offered with their counts.
	driftCounts = 12
	// deviceFollow is the action that ends a drift.
	deviceFollow = "device.follow"
	// driftOf names, in the list that a selection comes from, the organization whose report it is.
	driftOf = "drift"
)

// orgDrift reports the devices of an organization whose settings differ from its defaults, as the crawl found them.
func (h *Handlers) orgDrift(c echo.Context, actor policy.Actor, live inventory.LiveOrg, view *templates.OrganizationView) error {
	ctx := c.Request().Context()
	f := newDriftFilter(live.Row.UID, c.QueryParams())
	q, err := f.parse(readScope(actor))
	if err != nil {
		return err
	}
	found, err := h.Inventory.Drifts(ctx, q)
	if err != nil {
		return err
	}
	tallies, err := h.Inventory.DriftTallies(ctx, q)
	if err != nil {
		return err
	}
	fresh, err := h.Inventory.DriftFreshness(ctx, q)
	if err != nil {
		return err
	}
	report := f.view(h.clock(), found, tallies, fresh)
	report.Switchable = live.Row.Orgs > 0 || report.Below
	report.Picking = h.driftPicking(actor, f, found)
	report.Export = templates.Button{Label: "Export CSV", URL: f.at(f.path + "/export.csv")}
	if !policy.May(actor, policy.ExportLists, live.Row.Path) {
		report.ExportWhy = noDeviceExport
	}
	if live.Failure == nil {
		view.Source = "As the portal compared them"
	}
	view.Drift = &report
	return nil
}

// driftURL is the report of an organization, with those below it or without.
func driftURL(uid string, below bool) string {
	address := organizationURL(uid) + driftPath
	if below {
		address += "?below=true"
	}
	return address
}

// driftFilter is the report as the address bar says it.
type driftFilter struct {
	filter

	uid string
}

func newDriftFilter(uid string, values url.Values) driftFilter {
	return driftFilter{uid: uid, filter: filter{
		path: organizationURL(uid) + driftPath, values: values, keys: []string{"q", "property"}, shape: []string{"below", driftOf},
	}}
}

func (f driftFilter) parse(scope inventory.Scope) (inventory.DriftQuery, error) {
	if len(f.get("property")) > queryLimit {
		return inventory.DriftQuery{}, fault.New(fault.Invalid, "There is no such setting.", "Choose one of those that are counted.")
	}
	return inventory.DriftQuery{
		Scope: scope, OrgUID: f.uid, Below: f.get("below") == "true", Property: f.get("property"), Text: f.get("q"),
		After: f.get("after"), Before: f.get("before"), Limit: driftRows,
	}, checkText(f.get("q"))
}

// view draws the report.
func (f driftFilter) view(k clock, found inventory.DriftPage, tallies []inventory.Tally, fresh inventory.DriftFreshness) templates.DriftView {
	view := templates.DriftView{
		URL: f.path, Query: f.get("q"), Total: driftTotal(found), Below: f.get("below") == "true", SwitchURL: f.with("below", "true"),
		Fresh: number(fresh.Compared) + " of " + counted(fresh.Devices, "active device") + " compared with the defaults of their organization.",
		Facet: templates.Facet{Title: "Setting", Items: f.counts(tallies)}, Pager: f.pager(found),
	}
	if f.empty() && fresh.Drifting > 0 {
		view.Total += " of " + counted(fresh.Drifting, "device")
	}
	if view.Chips = f.chips(); len(view.Chips) > 0 {
		view.ClearURL = f.bare()
	}
	if view.Below {
		view.SwitchURL = f.with("below", "")
	}
	for _, key := range []string{"property", "below"} {
		if value := f.get(key); value != "" {
			view.Hidden = append(view.Hidden, templates.Hidden{Name: key, Value: value})
		}
	}
	if !fresh.Oldest.IsZero() {
		view.Oldest = k.long(fresh.Oldest)
	}
	if missing := fresh.Devices - fresh.Compared; missing > 0 {
		view.Note = templates.Note{
			Title: counted(missing, "device") + " not compared yet.",
			Text:  "The portal reads the settings of one device after the other; these are still to come, or could not be read.",
		}
	}
	for _, d := range found.Drifts {
		row := templates.DriftRow{
			Name: d.Name, URL: deviceURL(d.GUID), What: d.Label, OrgValue: d.OrgValue, OwnValue: d.Device, User: d.Username, Org: d.OrgName,
			Since: k.short(d.Since),
		}
		if d.Locked {
			row.Locked = templates.State{Shape: "hold", Word: "Locked", Title: "The device cannot follow: the backup service keeps the value"}
		}
		view.Rows = append(view.Rows, row)
	}
	if len(view.Rows) == 0 {
		view.Empty = f.nothing(view, fresh)
	}
	return view
}

func driftTotal(p inventory.DriftPage) string {
	if p.TotalCapped {
		return number(p.Total) + "+ values"
	}
	return counted(p.Total, "value")
}

// nothing says why no row is shown.
func (f driftFilter) nothing(view templates.DriftView, fresh inventory.DriftFreshness) templates.Empty {
	switch {
	case !f.empty():
		return templates.Empty{Title: "No value matches", Text: "Take a filter away to see more.", Actions: []templates.Button{{Label: "Without filters", URL: view.ClearURL}}}
	case fresh.Devices == 0:
		return templates.Empty{Title: "No active device", Text: "There is nothing to compare here. Devices of organizations below are listed with “With the organizations below”."}
	case fresh.Compared == 0:
		return templates.Empty{Title: "Nothing compared yet", Text: "The portal reads the settings of one device after the other; the first of these are still to come."}
	}
	return templates.Empty{Title: "All follow", Text: "Every device that was compared has the settings of its organization."}
}

// counts offers the settings in which devices differ, those with most values first, and the chosen one in any case.
func (f driftFilter) counts(tallies []inventory.Tally) []templates.FacetItem {
	chosen := f.get("property")
	var items []templates.FacetItem
	for i, t := range tallies {
		current := t.Value == chosen
		if i >= driftCounts && !current {
			continue
		}
		item := templates.FacetItem{ID: "property-" + strconv.Itoa(i), Label: propertyLabel(t), Figure: number(t.Count), URL: f.with("property", t.Value), Current: current}
		if current {
			item.URL = f.with("property", "")
		}
		items = append(items, item)
	}
	return items
}

// propertyLabel names a setting; a label that was written down with a value names the set of that value too.
func propertyLabel(t inventory.Tally) string {
	p, known := settings.PropertyOf(settings.Key(t.Value))
	if set, name, cut := strings.Cut(t.Value, "."); cut && set == "set" {
		p, known = settings.PropertyOf(settings.Key("set.0." + name))
	}
	if !known || p.Label == "" {
		return t.Label
	}
	return p.Label
}

func (f driftFilter) chips() []templates.Chip {
	var list []templates.Chip
	if text := f.get("q"); text != "" {
		list = append(list, templates.Chip{Key: "Text", Value: text, RemoveURL: f.with("q", "")})
	}
	if property := f.get("property"); property != "" {
		list = append(list, templates.Chip{Key: "Setting", Value: propertyLabel(inventory.Tally{Value: property, Label: property}), RemoveURL: f.with("property", "")})
	}
	return list
}

func (f driftFilter) pager(p inventory.DriftPage) templates.Pager {
	pager := templates.Pager{Text: counted(len(p.Drifts), "value") + " on this page"}
	if p.HasPrevious {
		pager.Links = append(pager.Links, templates.Link{Label: "First", URL: f.with()}, templates.Link{Label: "Previous", URL: f.with("before", p.Before)})
	}
	if p.Next != "" {
		pager.Links = append(pager.Links, templates.Link{Label: "Next", URL: f.with("after", p.Next)})
	}
	return pager
}

// driftPicking offers to make the devices of a page follow again, to whoever may do that somewhere. A device is ticked in
// the first of its rows.
func (h *Handlers) driftPicking(actor policy.Actor, f driftFilter, found inventory.DriftPage) templates.Picking {
	var picking templates.Picking
	for _, a := range h.bulkActions(actor) {
		if a.ID == deviceFollow {
			picking.Actions = append(picking.Actions, templates.PickAction{Value: a.ID, Label: shortLabel(a) + "…"})
		}
	}
	if len(picking.Actions) == 0 {
		return picking
	}
	place := f.place()
	picking.URL, picking.None, picking.List = severalPath, "Tick devices to make them follow their organization again.", place.Encode()
	all := f.place()
	all.Set(selected, wholePage)
	all.Del(driftOf)
	picking.AllURL = f.path + "?" + all.Encode()
	chosen := strings.Split(f.get(selected), ",")
	last, devices := "", 0
	for _, d := range found.Drifts {
		var pick templates.Pick
		if d.GUID != last {
			last = d.GUID
			devices++
			pick = templates.Pick{Value: d.GUID, Label: "Select " + d.Name, Chosen: f.get(selected) == wholePage || slices.Contains(chosen, d.GUID)}
		}
		picking.Picks = append(picking.Picks, pick)
	}
	picking.AllText = "Select the " + counted(devices, "device") + " on this page"
	return picking
}

// place is the report with the page that it stands on.
func (f driftFilter) place() url.Values {
	values, _ := url.ParseQuery(f.query()) // of the portal's own making
	for _, key := range []string{"after", "before"} {
		if cursor := f.get(key); cursor != "" {
			values.Set(key, cursor)
		}
	}
	values.Set(driftOf, f.uid)
	return values
}
