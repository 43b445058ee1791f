package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/auth"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

const (
	linesPerPage = 50
	noLine       = -1 // the log's first line has the number 0
)

// auditFilter is the log as the address bar says it.
func auditFilter(values url.Values) filter {
	return filter{path: "/audit", keys: []string{"who", "action", "target", "outcome", "after", "before", "under"}, values: values}
}

// auditLog is the search in the audit log.
func (h *Handlers) auditLog(c echo.Context) error {
	ctx := c.Request().Context()
	actor := auth.VisitorOf(c).Actor
	f := auditFilter(c.QueryParams())
	if led, err := f.tidy(c); led {
		return err
	}
	view := templates.AuditView{
		URL: "/audit", Who: f.get("who"), Action: f.get("action"), Target: f.get("target"),
		After: f.get("after"), Before: f.get("before"), Under: f.get("under"),
		Actions: knownActions(), Outcomes: outcomeOptions(f.get("outcome")),
		Export: templates.Button{Label: "Export CSV", URL: f.at(auditExportURL)}, ExportWhy: exportNeed(actor),
	}
	q, problems := auditQuery(f)
	view.Errors = problems
	q.BeforeSeq, _ = strconv.ParseInt(f.get("older"), 10, 64)
	open, err := strconv.ParseInt(f.get("line"), 10, 64)
	if err != nil || open < 0 {
		open = noLine
	}
	if open != noLine && q.BeforeSeq == 0 {
		// A link to one line shows it in its place, at the top of its page.
		q.BeforeSeq = open + 1
	}
	status := http.StatusOK
	if len(view.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	} else {
		entries, more, err := h.searchAudit(ctx, actor, q)
		if err != nil {
			return err
		}
		h.auditRows(ctx, &view, actor, entries, f, open)
		view.Pager = auditPager(f, entries, more, q.BeforeSeq > 0)
		view.Announce = counted(len(entries), "line") + " shown"
		view.Scope = "newest first"
	}
	view.Chips = auditChips(f)
	if len(view.Chips) > 0 {
		view.ClearURL = "/audit"
	}
	if len(view.Rows) == 0 {
		view.Empty = templates.Empty{Title: "No line matches", Text: "You read your own lines, and those of the organizations where your role lets you."}
		if len(view.Errors) > 0 {
			view.Empty = templates.Empty{Title: "Nothing was searched for", Text: "Mend the filters, or take away what is not right."}
		}
		if view.ClearURL != "" {
			view.Empty.Actions = []templates.Button{{Label: "Clear all filters", URL: view.ClearURL}}
		}
	}
	view.Note = h.checkpointNote(c)
	return h.render(c, status, templates.Audit(h.base(c, "Audit", "audit"), view))
}

// auditQuery is what the filters ask for, and what is wrong with them.
func auditQuery(f filter) (audit.Query, []templates.FieldError) {
	q := audit.Query{
		Who: f.get("who"), Action: f.get("action"), Target: f.get("target"), Outcome: audit.Outcome(f.get("outcome")),
		Under: f.get("under"), Limit: linesPerPage,
	}
	var problems []templates.FieldError
	q.After, q.Before, problems = dateRange(f)
	for _, key := range []string{"who", "action", "target", "under"} {
		if err := checkText(f.get(key)); err != nil {
			problems = append(problems, templates.FieldError{Field: key, Text: "At most 200 characters."})
		}
	}
	return q, problems
}

// dateRange reads days or moments in UTC; "before" a day includes that day's start only.
func dateRange(f filter) (after, before time.Time, problems []templates.FieldError) {
	for key, into := range map[string]*time.Time{"after": &after, "before": &before} {
		text := strings.TrimSpace(f.get(key))
		if text == "" {
			continue
		}
		parsed := false
		for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", time.RFC3339} {
			if t, err := time.Parse(layout, text); err == nil {
				*into, parsed = t.UTC(), true
				break
			}
		}
		if !parsed {
			problems = append(problems, templates.FieldError{Field: key, Text: "Write a day like 2026-11-22 (UTC)."})
		}
	}
	return after, before, problems
}

func knownActions() []string {
	var ids []string
	for _, a := range action.All {
		ids = append(ids, a.ID)
	}
	return append(ids,
		"audit.export", "devices.export", diskAccessExport, driftExport, "mirror.sync", "operation.settle", registrationKeyEvent,
		"session.end", "session.failures", auth.EventMissed, "session.sign-in", "session.sign-out", "view.share", "view.unshare")
}

func outcomeOptions(selected string) []templates.Option {
	options := []templates.Option{{Label: "Any outcome", Selected: selected == ""}}
	for _, o := range []audit.Outcome{
		audit.Intent, audit.Succeeded, audit.Failed, audit.Partial, audit.Unknown, audit.Refused, audit.Done, audit.Requested, audit.Approved, audit.Denied,
		audit.Withdrawn, audit.Expired, audit.Returned, audit.Scheduled, audit.Started, audit.Stopped, audit.Ended,
	} {
		options = append(options, templates.Option{Value: string(o), Label: outcomeState(o).Word, Selected: selected == string(o)})
	}
	return options
}

func auditChips(f filter) []templates.Chip {
	labels := map[string]string{"who": "Who", "action": "Action", "target": "Target", "outcome": "Outcome", "after": "From", "before": "Before", "under": "Under request"}
	var list []templates.Chip
	for _, key := range f.keys {
		if v := f.get(key); v != "" {
			list = append(list, templates.Chip{Key: labels[key], Value: v, RemoveURL: f.with(key, "")})
		}
	}
	return list
}

func auditPager(f filter, entries []audit.Entry, more, paged bool) templates.Pager {
	newest, older := "", ""
	if paged {
		newest = f.with()
	}
	if more && len(entries) > 0 {
		older = f.with("older", strconv.FormatInt(entries[len(entries)-1].Seq, 10))
	}
	return templates.Pager{
		Text:  counted(len(entries), "line") + " on this page, newest first",
		Links: []templates.Link{{Label: "Newest", URL: newest}, {Label: "Older", URL: older}},
	}
}

func (h *Handlers) auditRows(ctx context.Context, view *templates.AuditView, actor policy.Actor, entries []audit.Entry, f filter, open int64) {
	k := h.clock()
	for _, e := range entries {
		l := e.Line
		row := templates.AuditRow{
			Seq: number(int(e.Seq)), Open: e.Seq == open, At: k.utc(l.At), Who: l.Actor.Name, Action: l.Action,
			Target: nameOf(l.Target), Org: l.Target.Org, Outcome: outcomeState(l.Outcome),
		}
		row.TargetURL = targetURL(l.Target.Kind, l.Target.ID)
		older := strconv.FormatInt(entries[0].Seq+1, 10)
		if row.Open {
			row.URL = f.with("older", older)
			h.openRow(ctx, &row, actor, e)
		} else {
			row.URL = f.with("line", strconv.FormatInt(e.Seq, 10), "older", older)
		}
		view.Rows = append(view.Rows, row)
	}
}

// openRow fills in what an open line tells; other people's addresses and e-mails only for who may see them.
func (h *Handlers) openRow(ctx context.Context, row *templates.AuditRow, actor policy.Actor, e audit.Entry) {
	l := e.Line
	for _, field := range sortedKeys(l.Before, l.After) {
		row.Changes = append(row.Changes, templates.Change{Field: lineField(l.Action, field), Before: l.Before[field], After: l.After[field]})
	}
	add := func(label, value string) {
		if value != "" {
			row.Facts = append(row.Facts, templates.Fact{Label: label, Value: value})
		}
	}
	if l.Reason != "" {
		row.Facts = append(row.Facts, templates.Fact{Label: "Reason", Value: l.Reason, Quote: true})
	}
	add("Detail", l.Detail)
	if l.Actor.Key == actor.Key() || h.seesActor(ctx, actor, l) {
		add("E-mail", l.Actor.Email)
		add("From", l.Actor.Address)
	}
	if l.Operation != "" {
		row.Facts = append(row.Facts, templates.Fact{Label: "Operation", Value: l.Operation, URL: operationURL(l.Operation)})
	}
	if l.Under != "" {
		row.Facts = append(row.Facts, templates.Fact{Label: "Under request", Value: l.Under, URL: requestURL(l.Under)},
			templates.Fact{Label: "Its lines", Value: "all of this request", URL: auditFilter(url.Values{"under": {l.Under}}).with()})
	}
	if l.Attempts > 1 {
		add("Sent", strconv.Itoa(l.Attempts)+" times")
	}
	add("Request", l.Request)
	row.Facts = append(row.Facts, templates.Fact{Label: "Leaf", Value: audit.LeafHash(e.Bytes).String(), ID: true})
}

// seesActor tells whether the reader may see the address and e-mail of a line's actor: at the root always, else where
// every organization of the line lies in a subtree with that permission.
func (h *Handlers) seesActor(ctx context.Context, actor policy.Actor, l audit.Line) bool {
	if policy.MayAtRoot(actor, policy.SeeActors) {
		return true
	}
	return h.within(ctx, inventory.Scope{Paths: policy.Subtrees(actor, policy.SeeActors)}, l.OrgUIDs)
}

func sortedKeys(maps ...map[string]string) []string {
	seen := map[string]bool{}
	var keys []string
	for _, m := range maps {
		for key := range m {
			if !seen[key] {
				seen[key] = true
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	return keys
}

// checkpointNote tells what the log can be checked against.
func (h *Handlers) checkpointNote(c echo.Context) templates.Note {
	cp, err := h.Audit.LastCheckpoint(c.Request().Context())
	if err != nil || cp.Size == 0 {
		return templates.Note{Kind: "info", Title: "No checkpoint is signed yet.", Text: "The first one is signed within a second of the first line."}
	}
	k := h.clock()
	return templates.Note{
		Kind: "ok", Shape: "done", Title: "Sealed up to line " + number(int(cp.Size-1)) + ".",
		Text: "The last checkpoint was signed " + k.ago(cp.At) + ". “portal audit verify” proves that nothing was changed or removed.",
	}
}
