package handlers

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/audit"
	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
)

const (
	auditExportURL = "/audit/export.csv"
	// exportBatch is how many lines one query reads: no cursor stays open while a slow client reads.
	exportBatch = 500
	// exportPatience is how long a client may take for one batch.
	exportPatience = time.Minute
)

var auditColumns = []string{
	"line", "at", "actor", "email", "address", "action", "target_kind", "target_id", "target_name", "target_org", "outcome",
	"reason", "detail", "before", "after", "operation", "request", "under",
}

// exportNeed is what a person lacks to take the log away, "" when nothing.
func exportNeed(actor policy.Actor) string {
	if !policy.MayAnywhere(actor, policy.ExportLists) || !policy.MayAnywhere(actor, policy.ReadAudit) {
		return "Only an org-manager, an admin or an auditor may export the audit log."
	}
	return ""
}

// auditExport streams the lines that the page's filters find, newest first, as a table for spreadsheets. It is written
// down before the first line leaves and again when the last has left.
func (h *Handlers) auditExport(c echo.Context) error {
	ctx := c.Request().Context()
	actor := auth.VisitorOf(c).Actor
	if need := exportNeed(actor); need != "" {
		return h.refusedEvent(c, actor, "audit.export", fault.New(fault.Denied, need, "You can read your own lines on the audit page."))
	}
	f := auditFilter(c.QueryParams())
	q, problems := auditQuery(f)
	if len(problems) > 0 {
		return fault.New(fault.Invalid, "A filter is not right: "+problems[0].Field+". "+problems[0].Text, "Set the filters on the audit page and export from there.")
	}
	if isHead(c) {
		h.beginAudit(c)
		return nil
	}
	q.Limit = exportBatch
	// Before anything is sent, so that a database that does not answer is an error page.
	first, more, err := h.searchAudit(ctx, actor, q)
	if err != nil {
		return err
	}
	line := h.eventLine(c, actor, "audit.export", "", audit.Intent)
	line.Before = filtersOf(f)
	if err := h.Record(ctx, line); err != nil {
		return err
	}
	sent, err := h.streamAudit(c, actor, q, first, more)
	line = h.eventLine(c, actor, "audit.export", "", audit.Done)
	return h.exported(c, line, "lines", sent, err)
}

func (h *Handlers) beginAudit(c echo.Context) {
	beginFile(c, "text/csv; charset=utf-8; header=present", "audit-"+h.Now().UTC().Format("20060102T150405Z")+".csv")
}

// streamAudit writes batch after batch, each older than the one before, and answers how many lines it wrote.
func (h *Handlers) streamAudit(c echo.Context, actor policy.Actor, q audit.Query, batch []audit.Entry, more bool) (sent int, err error) {
	ctx := c.Request().Context()
	response := c.Response()
	h.beginAudit(c)
	table := newCSVWriter(response)
	if err := table.write(auditColumns...); err != nil {
		return 0, err
	}
	contacts := h.contacts(actor)
	for {
		if err := h.stillHolds(c, actor); err != nil {
			return sent, err
		}
		for _, e := range batch {
			if err := table.write(auditCells(e, contacts(ctx, e.Line))...); err != nil {
				return sent, err
			}
			sent++
		}
		if err := table.flush(); err != nil {
			return sent, err
		}
		if !more {
			return sent, nil
		}
		response.Flush()
		if err := moreTime(c); err != nil {
			return sent, err
		}
		q.BeforeSeq = batch[len(batch)-1].Seq
		if batch, more, err = h.searchAudit(ctx, actor, q); err != nil {
			return sent, err
		}
	}
}

func auditCells(e audit.Entry, contacts bool) []string {
	l := e.Line
	email, address := "", ""
	if contacts {
		email, address = l.Actor.Email, l.Actor.Address
	}
	return []string{
		strconv.FormatInt(e.Seq, 10), l.At.UTC().Format("2006-01-02T15:04:05.000Z"), l.Actor.Name, email, address, l.Action,
		l.Target.Kind, l.Target.ID, l.Target.Name, l.Target.Org, string(l.Outcome),
		l.Reason, l.Detail, pairs(l.Before), pairs(l.After), l.Operation, l.Request, l.Under,
	}
}

// pairs writes fields as "blocked=true; name=x".
func pairs(fields map[string]string) string {
	var list []string
	for _, key := range sortedKeys(fields) {
		list = append(list, key+"="+fields[key])
	}
	return strings.Join(list, "; ")
}

// contacts answers whether the reader may see the e-mail and address of a line's actor, as on the page. It asks about
// each organization once.
func (h *Handlers) contacts(actor policy.Actor) func(context.Context, audit.Line) bool {
	everywhere := policy.MayAtRoot(actor, policy.SeeActors)
	scope := inventory.Scope{Paths: policy.Subtrees(actor, policy.SeeActors)}
	known := map[string]bool{}
	return func(ctx context.Context, l audit.Line) bool {
		if everywhere || l.Actor.Key == actor.Key() {
			return true
		}
		for _, uid := range l.OrgUIDs {
			inside, asked := known[uid]
			if !asked {
				inside = h.within(ctx, scope, []string{uid})
				known[uid] = inside
			}
			if !inside {
				return false
			}
		}
		return len(l.OrgUIDs) > 0
	}
}

// filtersOf is what narrows a list, for the line that tells of its export.
func filtersOf(f filter) map[string]string {
	set := map[string]string{}
	for _, key := range f.keys {
		if value := f.get(key); value != "" {
			set[key] = value
		}
	}
	return set
}
