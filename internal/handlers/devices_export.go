package handlers

import (
	"context"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/audit"
	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

const devicesExport = "devices.export"

// exportDevices streams the devices that the list shows with the same address, all pages of them, with the same columns
// in the same order. It is written down before the first device leaves and again when the last has left.
func (h *Handlers) exportDevices(format exportFormat) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx := c.Request().Context()
		actor := auth.VisitorOf(c).Actor
		scope := inventory.Scope{Paths: policy.Subtrees(actor, policy.ExportLists)}
		if scope.Empty() {
			return h.refusedEvent(c, actor, devicesExport, fault.New(fault.Denied, noDeviceExport, "Ask one of them for the list."))
		}
		f := newDeviceFilter(c.QueryParams(), h.Now())
		q := f.parse(scope)
		columns, err := h.columns(ctx, actor, f)
		if err != nil {
			return err
		}
		if columns, err = h.tellHolds(ctx, f, columns); err != nil {
			return err
		}
		if len(f.problems) > 0 {
			return f.fault()
		}
		partial, err := h.partlyRead(ctx)
		if err != nil {
			return err
		}
		if isHead(c) {
			h.beginDevices(c, format, partial)
			return nil
		}
		// Before anything is sent, so that a database that does not answer is an error page.
		selected, err := h.Inventory.Select(ctx, q)
		if err != nil {
			return err
		}
		line := h.eventLine(c, actor, devicesExport, "", audit.Intent)
		line.Before = filtersOf(f.filter)
		line.Before["format"], line.Before["columns"] = format.extension, keysOf(columns)
		if err := h.Record(ctx, line); err != nil {
			return err
		}
		h.beginDevices(c, format, partial)
		sent, err := h.streamDevices(c, actor, format.table(c.Response()), columns, selected)
		line = h.eventLine(c, actor, devicesExport, "", audit.Done)
		if partial {
			line.Detail = "The first sync had not ended: there may be devices that the portal did not know yet."
		}
		return h.exported(c, line, "devices", sent, err)
	}
}

// partlyRead tells whether the portal does not know the whole fleet yet.
func (h *Handlers) partlyRead(ctx context.Context) (bool, error) {
	f, err := h.Inventory.Freshness(ctx)
	return f.CompletedAt.IsZero(), err
}

// beginDevices begins the file. One that may lack devices says so in its name, which goes where the file goes.
func (h *Handlers) beginDevices(c echo.Context, format exportFormat, partial bool) {
	name := "devices-" + h.Now().UTC().Format(time.DateOnly)
	if partial {
		name += "-incomplete"
	}
	beginFile(c, format.contentType, name+"."+format.extension)
}

// streamDevices writes batch after batch and answers how many devices it wrote. No cursor stays open while a slow client
// reads.
func (h *Handlers) streamDevices(c echo.Context, actor policy.Actor, table deviceTable, columns []deviceColumn, selected *inventory.DeviceSelection) (sent int, err error) {
	// What was selected may have taken a good part of a page's time to find.
	if err := moreTime(c); err != nil {
		return 0, err
	}
	if err := table.head(columns); err != nil {
		return 0, err
	}
	for devices, err := range selected.Batches(c.Request().Context()) {
		if err != nil {
			return sent, err
		}
		if err := h.stillHolds(c, actor); err != nil {
			return sent, err
		}
		for _, d := range devices {
			if err := table.device(columns, d); err != nil {
				return sent, err
			}
			sent++
		}
		if err := table.flush(); err != nil {
			return sent, err
		}
		c.Response().Flush()
		if err := moreTime(c); err != nil {
			return sent, err
		}
	}
	return sent, table.flush()
}

const noDeviceExport = "Only an org-manager, an admin or an auditor may export lists."

// exports are the links that take the list away, or why there are none.
func exports(tools *templates.DeviceTools, actor policy.Actor, f *deviceFilter, count string) {
	may := policy.Subtrees(actor, policy.ExportLists)
	if len(may) == 0 {
		tools.NoExport = noDeviceExport
		return
	}
	what := count
	if !slices.Equal(may, policy.Subtrees(actor, policy.Read)) {
		what = "Devices"
		tools.ExportNote = "Only those of the organizations where your role lets you export."
	}
	for _, format := range exportFormats() {
		tools.Exports = append(tools.Exports, templates.Link{Label: what + " as " + format.label, URL: f.at(devicesPath + "/export." + format.extension)})
	}
}
