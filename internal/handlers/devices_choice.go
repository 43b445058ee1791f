package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/policy"
	"backup-portal/internal/preference"
	"backup-portal/web/templates"
)

// columns answers the columns that a list is drawn and exported with: those of the address, else those that the person
// keeps, else the usual ones. The device's name is always among them.
func (h *Handlers) columns(ctx context.Context, actor policy.Actor, f *deviceFilter) ([]deviceColumn, error) {
	if asked := f.get("columns"); asked != "" {
		chosen, unknown := columnsNamed(strings.Split(asked, ","))
		if len(unknown) > 0 {
			f.wrong("columns", "There is no column "+strings.Join(unknown, ", ")+".")
		}
		return chosen, nil
	}
	kept, err := h.Preferences.Choice(ctx, actor.Key(), preference.DeviceColumns)
	if err != nil {
		return nil, err
	}
	keys := usualColumns()
	if kept != "" {
		keys = strings.Split(kept, ",")
	}
	chosen, _ := columnsNamed(keys) // one that an earlier release had is no fault of the person's
	return chosen, nil
}

// columnsNamed finds columns by their keys, each once and in this order, and the keys that no column has.
func columnsNamed(keys []string) (chosen []deviceColumn, unknown []string) {
	all := deviceColumns()
	if !slices.Contains(keys, nameColumn) {
		keys = slices.Concat([]string{nameColumn}, keys)
	}
	for _, key := range keys {
		key = strings.TrimSpace(key)
		i := slices.IndexFunc(all, func(c deviceColumn) bool { return c.key == key })
		switch {
		case i < 0 && key != "":
			unknown = append(unknown, key)
		case i >= 0 && !slices.ContainsFunc(chosen, func(c deviceColumn) bool { return c.key == key }):
			chosen = append(chosen, all[i])
		}
	}
	return chosen, unknown
}

func keysOf(columns []deviceColumn) string {
	keys := make([]string, 0, len(columns))
	for _, c := range columns {
		keys = append(keys, c.key)
	}
	return strings.Join(keys, ",")
}

// chooseColumns asks which columns the person wants, and in which order.
func (h *Handlers) chooseColumns(c echo.Context) error {
	f := newDeviceFilter(c.QueryParams(), h.Now())
	chosen, err := h.columns(c.Request().Context(), auth.VisitorOf(c).Actor, f)
	if err != nil {
		return err
	}
	keys := strings.Split(keysOf(chosen), ",")
	return h.drawColumns(c, columnsView(f, keys, keys))
}

// saveColumns keeps the choice. A column that is moved, or columns that are offered together, only draw the form again.
func (h *Handlers) saveColumns(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return err
	}
	values, err := url.ParseQuery(c.FormValue("list"))
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "The form arrived damaged, so nothing was done with it.", "Go back and send it again.")
	}
	f := newDeviceFilter(values, h.Now())
	// The form holds every column in the order in which it stands there, and tells which of them are ticked.
	order, ticked := form["order"], form["column"]
	if most := len(deviceColumns()); len(order) > most || len(ticked) > most {
		return fault.New(fault.Invalid, "The form names more columns than there are.", "Open the page of columns again.")
	}
	if move := c.FormValue("move"); move != "" {
		direction, key, _ := strings.Cut(move, ":")
		return h.drawColumns(c, columnsView(f, moved(order, direction, key), ticked))
	}
	switch c.FormValue("preset") {
	case "usual":
		return h.drawColumns(c, columnsView(f, usualColumns(), usualColumns()))
	case "vendor":
		return h.drawColumns(c, columnsView(f, vendorColumns(), vendorColumns()))
	}
	chosen, _ := columnsNamed(slices.DeleteFunc(order, func(key string) bool { return key != nameColumn && !slices.Contains(ticked, key) }))
	keep := keysOf(chosen)
	if keep == strings.Join(usualColumns(), ",") {
		keep = "" // what a later release finds usual is then theirs, too
	}
	if err := h.Preferences.Choose(c.Request().Context(), auth.VisitorOf(c).Actor.Key(), preference.DeviceColumns, keep); err != nil {
		return err
	}
	return seeOther(c, f.with("columns", "")) // columns in the address would hide the choice
}

// moved answers the keys with one of them a place further up or down.
func moved(order []string, direction, key string) []string {
	at := slices.Index(order, key)
	to := at + 1
	if direction == "up" {
		to = at - 1
	}
	if at < 0 || to < 0 || to >= len(order) {
		return order
	}
	order[at], order[to] = order[to], order[at]
	return order
}

// columnsView draws the columns in this order, then all others.
func columnsView(f *deviceFilter, order, ticked []string) templates.ColumnsView {
	for _, c := range deviceColumns() {
		order = append(slices.Clip(order), c.key)
	}
	all, _ := columnsNamed(order)
	view := templates.ColumnsView{PostURL: "/devices/columns", BackURL: f.with(), List: f.query()}
	for _, c := range all {
		view.Columns = append(view.Columns, templates.ColumnChoice{
			Key: c.key, Label: c.label, Fixed: c.key == nameColumn, Chosen: c.key == nameColumn || slices.Contains(ticked, c.key),
		})
	}
	return view
}

func (h *Handlers) drawColumns(c echo.Context, view templates.ColumnsView) error {
	if fragmentOnly(c) {
		return h.render(c, http.StatusOK, templates.ColumnsDialog(view))
	}
	return h.render(c, http.StatusOK, templates.Columns(h.base(c, "Columns", "devices"), view))
}
