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

const (
	driftExport = "drift.export"
	// driftBatch is how many values one query reads: no cursor stays open while a slow client reads.
	driftBatch = 1000
)

// exportDrift takes the report away as a table: what its page shows with the same address, all pages of it. It is written
// down before the first row leaves and again when the last has left.
func (h *Handlers) exportDrift(c echo.Context) error {
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
	line := func(outcome audit.Outcome) audit.Line { return h.orgLine(c, actor, driftExport, org, outcome) }
	if !policy.May(actor, policy.ExportLists, org.Path) {
		return h.turnedDown(c, line(audit.Refused), fault.New(fault.Denied, noDeviceExport, "Ask one of them for the list."))
	}
	f := newDriftFilter(uid, c.QueryParams())
	q, err := f.parse(inventory.Scope{Paths: policy.Subtrees(actor, policy.ExportLists)})
	if err != nil {
		return err
	}
	if isHead(c) {
		h.beginDrift(c)
		return nil
	}
	q.After, q.Before, q.Limit, q.Batch = "", "", driftBatch, true
	// Before anything is sent, so that a database that does not answer is an error page.
	first, err := h.Inventory.Drifts(ctx, q)
	if err != nil {
		return err
	}
	begun := line(audit.Intent)
	begun.Before = filtersOf(f.filter)
	begun.Before["below"] = strconv.FormatBool(q.Below)
	if err := h.Record(ctx, begun); err != nil {
		return err
	}
	sent, err := h.streamDrift(c, actor, q, first)
	done := line(audit.Done)
	return h.exported(c, done, "values", sent, err)
}

func (h *Handlers) beginDrift(c echo.Context) {
	beginFile(c, csvFormat().contentType, "settings-that-differ-"+h.Now().UTC().Format(time.DateOnly)+".csv")
}

// streamDrift writes batch after batch and answers how many values it wrote.
func (h *Handlers) streamDrift(c echo.Context, actor policy.Actor, q inventory.DriftQuery, batch inventory.DriftPage) (sent int, err error) {
	response := c.Response()
	h.beginDrift(c)
	table := newCSVWriter(response)
	if err := table.write(
		"guid", "name", "user", "organization", "orgUid", "key", "setting", "organizationValue", "deviceValue", "locked", "since", "comparedAt",
	); err != nil {
		return 0, err
	}
	for {
		if err := h.stillHolds(c, actor); err != nil {
			return sent, err
		}
		for _, d := range batch.Drifts {
			if err := table.write(
				d.GUID, d.Name, d.Username, d.OrgName, d.OrgUID, string(d.Key), d.Label, d.OrgValue, d.Device, strconv.FormatBool(d.Locked),
				exportTime(d.Since), exportTime(d.ComparedAt),
			); err != nil {
				return sent, err
			}
			sent++
		}
		if err := table.flush(); err != nil {
			return sent, err
		}
		if batch.Next == "" {
			return sent, nil
		}
		response.Flush()
		if err := moreTime(c); err != nil {
			return sent, err
		}
		q.After = batch.Next
		if batch, err = h.Inventory.Drifts(c.Request().Context(), q); err != nil {
			return sent, err
		}
	}
}
