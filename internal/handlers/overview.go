package handlers

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/audit"
	"backup-portal/internal/auth"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

const (
	// recentLines is how many lines of activity the overview shows, and recentAmong among how many it looks for them: in a
	// quiet fleet nearly all lines are sign-ins, and years of them must not be read for a page.
	recentLines = 8
	recentAmong = 10_000
)

// home is the sign-in for a visitor and the overview for everybody with a role.
func (h *Handlers) home(c echo.Context) error {
	v := auth.VisitorOf(c)
	switch {
	case !v.SignedIn:
		return h.drawSignIn(c, v)
	case len(readScope(v.Actor).Paths) == 0:
		return h.withoutRole(c, v)
	}
	return h.inTurn(c, v.Actor.Key(), h.overview)
}

func (h *Handlers) overview(c echo.Context) error {
	ctx := c.Request().Context()
	actor := auth.VisitorOf(c).Actor
	scope := readScope(actor)
	pictures, total, err := h.pictures(ctx, scope, c.QueryParam("pictures") == waitForPictures)
	if err != nil {
		return err
	}
	if target(c) == "pictures" {
		return h.render(c, http.StatusOK, templates.Pictures(pictures))
	}
	view := templates.OverviewView{Pictures: pictures, RecentURL: "/audit"}
	if note := h.staleNote(ctx, actor); note.Title != "" {
		view.Notes = append(view.Notes, note)
	}
	counts, err := h.approvers(ctx, actor)
	if err != nil {
		return err
	}
	if note := fewNote(counts); note.Title != "" {
		note.Actions = []templates.Button{{Label: "Who could agree", URL: referencePath}}
		view.Notes = append(view.Notes, note)
	}
	if view.Scope, err = h.scopeText(ctx, scope); err != nil {
		return err
	}
	if view.Freshness, err = h.freshnessFacts(ctx); err != nil {
		return err
	}
	if view.Waiting, view.WaitingText, err = h.waiting(ctx, actor); err != nil {
		return err
	}
	if view.Recent, err = h.recent(ctx, actor, audit.Query{Limit: recentLines, WithoutSessions: true, Newest: recentAmong}); err != nil {
		return err
	}
	if total == 0 {
		view.Empty = templates.Empty{Title: "No device is known yet", Text: "The first sync with the backup service is still under way, or these organizations have no devices."}
	}
	page := h.base(c, "Overview", "overview")
	page.Elsewhere = pictures.Later
	return h.render(c, http.StatusOK, templates.Overview(page, view))
}

// scopeText says whose fleet this is: "Halden Maritime and 59 organizations below it".
func (h *Handlers) scopeText(ctx context.Context, scope inventory.Scope) (string, error) {
	orgs, err := h.Inventory.Orgs(ctx, scope, orgLimit)
	if err != nil {
		return "", err
	}
	var names []string
	for _, o := range orgs {
		for _, path := range scope.Paths {
			if o.Path == path {
				names = append(names, o.Name)
			}
		}
	}
	below := len(orgs) - len(names)
	text := strings.Join(names, ", ")
	switch {
	case below == 0:
		return text, nil
	case len(orgs) == orgLimit:
		return text + " and all organizations below", nil
	}
	return text + " and " + counted(below, "organization") + " below", nil
}

func (h *Handlers) freshnessFacts(ctx context.Context) ([]templates.Fact, error) {
	f, err := h.Inventory.Freshness(ctx)
	if err != nil {
		return nil, err
	}
	k := h.clock()
	facts := []templates.Fact{{Label: "Last sync", Time: k.long(f.CompletedAt)}}
	if f.Running {
		facts = append(facts, templates.Fact{Label: "Now", State: templates.State{Shape: "running", Tone: "info", Word: "Syncing"}})
	} else if !f.NextAt.IsZero() {
		facts = append(facts, templates.Fact{Label: "Next sync", Value: k.until(f.NextAt), Title: k.long(f.NextAt).Title})
	}
	if !f.FailedAt.IsZero() {
		facts = append(facts, templates.Fact{Label: "Last try", State: templates.State{Shape: "alert", Tone: "warn", Word: "Failed " + k.ago(f.FailedAt), Title: f.Failure}})
	}
	return facts, nil
}

// recent draws audit lines as steps of a timeline, newest first.
func (h *Handlers) recent(ctx context.Context, actor policy.Actor, q audit.Query) ([]templates.Step, error) {
	wanted := q.Limit
	q.Limit = 2 * wanted
	entries, _, err := h.searchAudit(ctx, actor, q)
	if err != nil {
		return nil, err
	}
	// What was meant is told by how it came out; the log itself shows both lines.
	entries = slices.DeleteFunc(entries, func(e audit.Entry) bool { return e.Line.Outcome == audit.Intent })
	return h.steps(actor, entries[:min(wanted, len(entries))]), nil
}

// steps draws audit lines as steps of a timeline.
func (h *Handlers) steps(actor policy.Actor, entries []audit.Entry) []templates.Step {
	k := h.clock()
	var steps []templates.Step
	for _, e := range entries {
		step := templates.Step{
			State: outcomeState(e.Line.Outcome), Lead: e.Line.Actor.Name,
			Text: outcomeSentence(e.Line), Quote: e.Line.Reason, At: k.short(e.Line.At),
		}
		if e.Line.Actor.Key == actor.Key() {
			step.Lead = "You"
		}
		if page := targetURL(e.Line.Target.Kind, e.Line.Target.ID); page != "" {
			step.Link = templates.Link{Label: nameOf(e.Line.Target), URL: page}
		}
		steps = append(steps, step)
	}
	return steps
}

func operationURL(id string) string { return "/operations/" + id }
func deviceURL(guid string) string  { return "/devices/" + guid }

func nameOf(t audit.Target) string {
	if t.Name != "" {
		return t.Name
	}
	return t.ID
}

func operationState(s operation.State) templates.State {
	switch s {
	case operation.Succeeded:
		return templates.State{Shape: "done", Tone: "ok", Word: "Succeeded"}
	case operation.Failed:
		return templates.State{Shape: "fail", Tone: "bad", Word: "Failed"}
	case operation.Partial:
		return templates.State{Shape: "alert", Tone: "bad", Word: "Failed in part"}
	case operation.Unknown:
		return templates.State{Shape: "unknown", Tone: "warn", Word: "Unknown"}
	case operation.Running:
		return templates.State{Shape: "running", Tone: "info", Word: "Running"}
	case operation.Awaiting, operation.Scheduled:
		return templates.State{Shape: "wait", Tone: "info", Word: "Waiting"}
	case operation.Stopped:
		return templates.State{Shape: "unknown", Tone: "warn", Word: "Stopped"}
	case operation.LeftOut:
		return templates.State{Shape: "off", Word: "Left out"}
	case operation.Rejected:
		return templates.State{Shape: "fail", Tone: "bad", Word: "Denied"}
	case operation.Expired, operation.Withdrawn, operation.Ended:
		return templates.State{Shape: "off", Word: strings.ToUpper(string(s[:1])) + string(s[1:])}
	}
	return templates.State{Shape: "unknown", Tone: "warn", Word: string(s)}
}
