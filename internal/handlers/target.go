package handlers

import (
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

// What the ids of devices and organizations look like; everything else does not exist, without asking anybody.
var (
	guidPattern = regexp.MustCompile(`^[0-9]{1,20}$`)
	uidPattern  = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)
)

// idOf reads the id of a thing of this kind from the address.
func idOf(c echo.Context, k action.Kind) (string, error) {
	id, pattern := c.Param(k.Param), guidPattern
	if k == action.Organization {
		pattern = uidPattern
	}
	if !pattern.MatchString(id) {
		return "", notFound()
	}
	return id, nil
}

// targetURL is the page of what an operation or an audit line is about; "" when that has none.
func targetURL(kind, id string) string {
	if kind == "request" {
		return requestURL(id)
	}
	if k := action.KindByID(kind); k.Resource != "" {
		return k.Path(id)
	}
	return ""
}

// shortLabel is an action's label beside a target that is named already: "Block".
func shortLabel(a action.Action) string { return strings.TrimSuffix(a.Label, " "+a.Kind.Noun) }

// doneTo is an action with what it is done to: "Block ANN-LT", "Change settings of Shipping", "Create organization in Shipping".
func doneTo(a action.Action, what string) string {
	switch {
	case a.Changes:
		return a.Label + " of " + what
	case a.ID == "org.create":
		return a.Label + " in " + what
	case shortLabel(a) == a.Label:
		return a.Label + ": " + what
	}
	return shortLabel(a) + " " + what
}

// actionItems offers each action of the catalogue on a target, enabled or saying why not. Busy says that an operation is
// open on it.
func (h *Handlers) actionItems(actor policy.Actor, reading operation.Reading, busy bool) []templates.ActionItem {
	var items []templates.ActionItem
	for _, offer := range h.Operations.Offers(actor, reading, busy) {
		item := templates.ActionItem{
			Key: strings.ReplaceAll(offer.Action.ID, ".", "-"), Label: shortLabel(offer.Action),
			Button: offer.Action.Label + "…", URL: actionURL(offer.Action, reading.Target.ID),
			Why: offer.Action.Effect,
		}
		if offer.Action.Changes {
			item.URL, item.Page = offer.Action.Kind.Path(reading.Target.ID)+"/settings", true
		}
		switch {
		case offer.Why != "":
			item.Disabled, item.Why = true, offer.Why
		case reading.Failure != nil:
			item.Disabled, item.Why = true, "Off until the backup service answers."
		case offer.Decision.Asks():
			item.Why += " " + offer.Decision.Reason
		}
		if offer.Action.Risk == action.Destructive && reading.State.Owner.LastDevice() && !item.Disabled {
			item.Why = "It is the last device of its user. " + item.Why
		}
		items = append(items, item)
	}
	return items
}

// openNote tells that another change waits on this target; its page is linked for who may see it.
func (h *Handlers) openNote(c echo.Context, actor policy.Actor, op operation.Operation, busy bool) []templates.Note {
	if !busy {
		return nil
	}
	state, noun := operationState(op.State), action.KindByID(op.TargetKind).Noun
	note := templates.Note{Kind: "warn", Shape: state.Shape, Title: "A change on this " + noun + " is open.", Text: "Other actions wait until its outcome is settled."}
	switch op.State {
	case operation.Running:
		note.Kind, note.Title = "info", "A change on this "+noun+" is running."
	case operation.Awaiting:
		return []templates.Note{h.requestNote(c, actor, op)}
	}
	if _, err := h.Operations.Get(c.Request().Context(), actor, op.ID); err == nil {
		note.Actions = []templates.Button{{Label: "Open it", URL: operationURL(op.ID)}}
	}
	return []templates.Note{note}
}
