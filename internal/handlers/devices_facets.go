package handlers

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/auth"
	"backup-portal/internal/inventory"
	"backup-portal/web/templates"
)

// counts is the parameter that draws the counts with the page, for who comes without script.
const counts = "counts"

// deviceFacets answers the counts beside the list as htmx asks for them after the rows.
func (h *Handlers) deviceFacets(c echo.Context) error {
	f := newDeviceFilter(c.QueryParams(), h.Now())
	if !fragmentOnly(c) {
		return c.Redirect(http.StatusSeeOther, f.with(counts, "true"))
	}
	q := f.parse(readScope(auth.VisitorOf(c).Actor))
	if _, err := h.tellHolds(c.Request().Context(), f, nil); err != nil {
		return err
	}
	if len(f.problems) > 0 {
		return f.fault()
	}
	found, err := h.Inventory.Facets(c.Request().Context(), q)
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, templates.DeviceFacets(f.facets(found)))
}

// uncounted are the facets as they stand before anything is counted: the values that are the same in every fleet.
func (f *deviceFilter) uncounted() templates.FacetPanel {
	var known inventory.Facets
	for _, value := range []inventory.DeviceState{
		inventory.StateActive, inventory.StateBlocked, inventory.StateDeauthorized, inventory.StateDeactivated, inventory.StateAlert,
	} {
		known.States = append(known.States, inventory.Tally{Value: string(value)})
	}
	for _, value := range []inventory.BackupAge{inventory.AgeDay, inventory.AgeWeek, inventory.AgeMonth, inventory.AgeOlder, inventory.AgeNever} {
		known.Backups = append(known.Backups, inventory.Tally{Value: string(value)})
	}
	panel := f.facets(known)
	panel.CountURL, panel.ShowURL = f.at("/devices/facets"), f.with(counts, "true")
	return panel
}

// stateFilters and backupFilters say which filters a value of the two fixed facets stands for.
var (
	stateFilters = map[string]facetValue{
		string(inventory.StateActive):       {"Active", []string{"active", "true", "blocked", "false", "deauthorized", "false", "alert", ""}},
		string(inventory.StateBlocked):      {"Active, blocked", []string{"active", "true", "blocked", "true", "deauthorized", "", "alert", ""}},
		string(inventory.StateDeauthorized): {"Active, deauthorized", []string{"active", "true", "blocked", "false", "deauthorized", "true", "alert", ""}},
		string(inventory.StateDeactivated):  {"Deactivated", []string{"active", "false", "blocked", "", "deauthorized", "", "alert", ""}},
		string(inventory.StateAlert):        {"With an alert", []string{"active", "", "blocked", "", "deauthorized", "", "alert", "true"}},
	}
	backupFilters = map[string]facetValue{
		string(inventory.AgeDay):   {"Less than 1 day ago", []string{"backup", "", "backup-after", "1d", "backup-before", ""}},
		string(inventory.AgeWeek):  {"1 to 7 days ago", []string{"backup", "", "backup-after", "7d", "backup-before", "1d"}},
		string(inventory.AgeMonth): {"7 to 30 days ago", []string{"backup", "", "backup-after", "30d", "backup-before", "7d"}},
		string(inventory.AgeOlder): {"More than 30 days ago", []string{"backup", "", "backup-after", "", "backup-before", "30d"}},
		string(inventory.AgeNever): {"Never", []string{"backup", never, "backup-after", "", "backup-before", ""}},
	}
)

// facetValue is a value of a facet in words, and the filters that it sets ("key", "value", …).
type facetValue struct {
	label string
	pairs []string
}

func (f *deviceFilter) facets(found inventory.Facets) templates.FacetPanel {
	fixed := func(values map[string]facetValue, also ...string) func(inventory.Tally) (string, []string, []string) {
		return func(t inventory.Tally) (string, []string, []string) {
			return values[t.Value].label, values[t.Value].pairs, also
		}
	}
	free := func(key string, label func(inventory.Tally) string) func(inventory.Tally) (string, []string, []string) {
		return func(t inventory.Tally) (string, []string, []string) { return label(t), []string{key, t.Value}, nil }
	}
	var panel templates.FacetPanel
	add := func(id, title string, tallies []inventory.Tally, of func(inventory.Tally) (label string, pairs, also []string)) {
		facet := templates.Facet{Title: title}
		for i, t := range tallies {
			label, pairs, also := of(t)
			item := templates.FacetItem{ID: "facet-" + id + "-" + strconv.Itoa(i), Label: label, Current: f.holds(pairs)}
			if found.Known {
				item.Figure = number(t.Count)
			}
			if item.Current {
				item.URL = f.with(without(pairs)...)
			} else {
				item.URL = f.with(slices.Concat(pairs, also)...)
			}
			facet.Items = append(facet.Items, item)
		}
		if len(facet.Items) > 0 {
			panel.Facets = append(panel.Facets, facet)
		}
	}
	add("state", "State", found.States, fixed(stateFilters))
	add("backup", "Last completed backup", found.Backups, fixed(backupFilters, "active", "true"))
	add("os", "Operating system", found.OS, free("os", func(t inventory.Tally) string { return osName(t.Value) }))
	add("client", "Client version", found.Clients, free("client", func(t inventory.Tally) string { return t.Value }))
	add("destination", "Destination", found.Destinations, free("destination", func(t inventory.Tally) string { return t.Label }))
	return panel
}

// holds tells whether exactly these filters are set, however their ages are spelt.
func (f *deviceFilter) holds(pairs []string) bool {
	for i := 0; i+1 < len(pairs); i += 2 {
		value, want := f.get(pairs[i]), pairs[i+1]
		age, isAge := parseAge(value)
		if wanted, ok := parseAge(want); value != want && (!isAge || !ok || age != wanted) { // 24h is 1d
			return false
		}
	}
	return true
}

// without removes the filters of pairs.
func without(pairs []string) []string {
	var none []string
	for i := 0; i+1 < len(pairs); i += 2 {
		none = append(none, pairs[i], "")
	}
	return none
}
