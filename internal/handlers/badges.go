package handlers

import (
	"context"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

// busy answers, by their ids, what is open on some targets of a kind. It says nothing of who asked for what: the page of the
// target leads on those who may know.
func (h *Handlers) busy(ctx context.Context, k action.Kind, ids []string) (map[string]templates.State, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	open, err := h.Operations.OpenOnEach(ctx, k, ids)
	if err != nil {
		return nil, err
	}
	badges := make(map[string]templates.State, len(open))
	for id, op := range open {
		badges[id] = openState(op.State)
	}
	return badges, nil
}

// openState is the badge of a target that a change is open on.
func openState(s operation.State) templates.State {
	switch s {
	case operation.Awaiting, operation.Scheduled:
		return templates.State{Shape: "wait", Tone: "info", Word: "Request open"}
	case operation.Running:
		return templates.State{Shape: "running", Tone: "info", Word: "Change running"}
	}
	return templates.State{Shape: "unknown", Tone: "warn", Word: "Outcome unknown"}
}

// requestNote tells of the request that waits on a target. What it asks, and its page, are for who may read it.
func (h *Handlers) requestNote(c echo.Context, actor policy.Actor, op operation.Operation) templates.Note {
	note := templates.Note{
		Kind: "info", Shape: "wait", Title: "A request about this " + action.KindByID(op.TargetKind).Noun + " is open.",
		Text: "Other actions wait until it is decided and done.",
	}
	r, err := h.Operations.Request(c.Request().Context(), actor, op.Under)
	if err != nil {
		return note
	}
	a, _ := action.ByID(r.Action)
	note.Text = whatWords(a, r) + ", asked for by " + r.Person.Name + ". " + note.Text
	note.Actions = []templates.Button{{Label: "Open the request", URL: requestURL(r.ID)}}
	return note
}

// badgeDevices adds to the states of a list of devices what is open on them.
func (h *Handlers) badgeDevices(ctx context.Context, view *templates.DevicesView, devices []inventory.Device) error {
	column := -1
	for i, c := range view.Columns {
		if c.Key == "status" {
			column = i
		}
	}
	if column < 0 {
		return nil
	}
	ids := make([]string, len(devices))
	for i, d := range devices {
		ids[i] = d.GUID
	}
	badges, err := h.busy(ctx, action.Device, ids)
	for i, id := range ids {
		if badge, ok := badges[id]; ok {
			view.Rows[i][column].States = append(view.Rows[i][column].States, badge)
		}
	}
	return err
}

// busyOrgs is busy for a part of a list of organizations.
func (h *Handlers) busyOrgs(ctx context.Context, orgs []inventory.OrgNode) (map[string]templates.State, error) {
	ids := make([]string, len(orgs))
	for i, o := range orgs {
		ids[i] = o.UID
	}
	return h.busy(ctx, action.Organization, ids)
}
