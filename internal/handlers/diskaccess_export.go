package handlers

import (
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
)

const diskAccessExport = "disk-access.export"

// exportDiskAccess takes the report away as a table: every Mac of the organization, or with below of those below it too,
// whatever state it is in. Each of their organizations is asked. It is written down before the first row leaves and again
// when the last has left.
func (h *Handlers) exportDiskAccess(c echo.Context) error {
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
	line := func(outcome audit.Outcome) audit.Line { return h.orgLine(c, actor, diskAccessExport, org, outcome) }
	if !policy.May(actor, policy.ExportLists, org.Path) {
		return h.turnedDown(c, line(audit.Refused), fault.New(fault.Denied, noDeviceExport, "Ask one of them for the list."))
	}
	scope := inventory.Scope{Paths: policy.Subtrees(actor, policy.ExportLists)}
	if isHead(c) {
		h.beginDiskAccess(c)
		return nil
	}
	below := newDiskAccessList(uid, c.QueryParams()).below()
	// Before anything is sent, so that a database that does not answer is an error page.
	selected, err := h.Inventory.Macs(ctx, scope, uid, below)
	if err != nil {
		return err
	}
	begun := line(audit.Intent)
	begun.Before = map[string]string{"below": strconv.FormatBool(below)}
	if err := h.Record(ctx, begun); err != nil {
		return err
	}
	reading := h.Inventory.ReadDiskAccess(0)
	sent, err := h.streamDiskAccess(c, actor, reading, selected)
	done := line(audit.Done)
	if silent, _, _ := reading.Silent(); silent > 0 {
		done.Detail = "The backup service did not answer for " + counted(silent, "organization") + "."
	}
	return h.exported(c, done, "macs", sent, err)
}

func (h *Handlers) beginDiskAccess(c echo.Context) {
	beginFile(c, csvFormat().contentType, "full-disk-access-"+h.Now().UTC().Format(time.DateOnly)+".csv")
}

// streamDiskAccess writes batch after batch and answers how many Macs it wrote.
func (h *Handlers) streamDiskAccess(c echo.Context, actor policy.Actor, reading *inventory.DiskAccessReading, selected *inventory.DeviceSelection) (sent int, err error) {
	ctx, response := c.Request().Context(), c.Response()
	h.beginDiskAccess(c)
	table := newCSVWriter(response)
	if err := table.write("guid", "name", "user", "organization", "orgUid", "fullDiskAccess", "lastConnected"); err != nil {
		return 0, err
	}
	for macs, err := range selected.Batches(ctx) {
		if err != nil {
			return sent, err
		}
		if err := moreTime(c); err != nil {
			return sent, err
		}
		if err := reading.Ask(ctx, macs); err != nil {
			return sent, err
		}
		if err := h.stillHolds(c, actor); err != nil {
			return sent, err
		}
		for _, d := range macs {
			if err := table.write(d.GUID, d.Name, d.Username, d.OrgName, d.OrgUID, accessCell(reading, d), exportTime(d.LastConnected)); err != nil {
				return sent, err
			}
			sent++
		}
		if err := table.flush(); err != nil {
			return sent, err
		}
		response.Flush()
	}
	return sent, table.flush()
}

// accessCell is the state of a Mac in a file, where nothing beside it says who did not answer.
func accessCell(reading *inventory.DiskAccessReading, d inventory.Device) string {
	if !reading.Answered(d.OrgUID) {
		return "not-answered"
	}
	return string(reading.Of(d))
}
