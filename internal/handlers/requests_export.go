package handlers

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

const requestExport = "request.export"

// requestTargets takes a request away as a table: a row for each target with what became of it, for whoever may read the
// request. It is written down before the first row leaves and again when the last has left.
func (h *Handlers) requestTargets(c echo.Context) error {
	ctx := c.Request().Context()
	actor := auth.VisitorOf(c).Actor
	r, err := h.getRequest(c, actor)
	if err != nil {
		return err
	}
	// Before anything is sent, so that a database that does not answer is an error page.
	rows, err := h.targetRows(ctx, actor, r)
	if err != nil {
		return err
	}
	if isHead(c) {
		h.beginTargets(c, r)
		return nil
	}
	line := func(o audit.Outcome) audit.Line {
		line := h.eventLine(c, actor, requestExport, "", o)
		line.Target = audit.Target{Kind: "request", ID: r.ID, Name: counted(len(r.Items), kindOf(r).Noun)}
		for _, op := range r.Items {
			line.OrgUIDs = append(line.OrgUIDs, op.TargetOrgUID)
		}
		slices.Sort(line.OrgUIDs)
		line.OrgUIDs = slices.Compact(line.OrgUIDs)
		return line
	}
	if err := h.Record(ctx, line(audit.Intent)); err != nil {
		return err
	}
	sent, err := h.sendTargets(c, r, rows)
	done := line(audit.Done)
	return h.exported(c, done, "targets", sent, err)
}

func (h *Handlers) beginTargets(c echo.Context, r operation.Request) {
	beginFile(c, csvFormat().contentType, "request-"+r.ID+".csv")
}

func (h *Handlers) sendTargets(c echo.Context, r operation.Request, rows [][]string) (sent int, err error) {
	h.beginTargets(c, r)
	table := newCSVWriter(c.Response())
	id := strings.ToLower(kindOf(r).IDLabel)
	if err := table.write(id, "name", "user", "organization", "state", "detail", "attempts", "started", "ended", "operation"); err != nil {
		return 0, err
	}
	for _, row := range rows {
		if err := table.write(row...); err != nil {
			return sent, err
		}
		sent++
	}
	return sent, table.flush()
}

// targetRows are the targets in the order of the selection. Users and organizations are named as the mirror knows them
// now, as far as the person sees them.
func (h *Handlers) targetRows(ctx context.Context, actor policy.Actor, r operation.Request) ([][]string, error) {
	org, rows := h.orgNames(ctx, actor), make([][]string, 0, len(r.Items))
	for _, op := range r.Items {
		user := ""
		if op.TargetKind == action.Device.ID {
			device, err := h.Inventory.Device(ctx, readScope(actor), op.TargetID)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return nil, err
			}
			user = device.Username
		}
		name, _ := org(op.TargetOrgUID)
		rows = append(rows, []string{
			op.TargetID, op.TargetName, user, name, string(op.State), op.Detail, strconv.Itoa(op.Attempts),
			exportTime(op.Started), exportTime(op.Closed), op.ID,
		})
	}
	return rows, nil
}
