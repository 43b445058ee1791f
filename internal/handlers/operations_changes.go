package handlers

import (
	"cmp"
	"context"
	"slices"

	"backup-portal/internal/action"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/internal/settings"
	"backup-portal/web/templates"
)

// changesOf are the settings that parameters change; nil for an action about something else.
func changesOf(a action.Action, params map[string]string) settings.Changes {
	if !a.Changes {
		return nil
	}
	changes, err := settings.ParseParams(params)
	if err != nil {
		return nil // of a portal that knows more settings than this one
	}
	return changes
}

// addChanges tells in words what an operation changes, before and after: by its parameters, else by its audit lines; and what
// can be done about one that was carried out in part.
func (h *Handlers) addChanges(ctx context.Context, actor policy.Actor, op operation.Operation, events []operation.Event, view *templates.OperationView) {
	a, _ := action.ByID(op.Action)
	changes := changesOf(a, op.Params)
	if len(changes) == 0 {
		if rows := lineRows(a, events); len(rows) > 0 {
			view.Changes = []templates.ChangesPart{{Rows: rows}}
		}
		return
	}
	sheet := h.sheetFor(ctx, actor, op)
	view.Changes = changesParts(op, changes, sheet)
	view.Repairs = h.repairs(actor, op, sheet)
}

// changesParts says of an operation that was carried out in part what is written and what is not.
func changesParts(op operation.Operation, changes settings.Changes, sheet *settings.Sheet) []templates.ChangesPart {
	part := func(changes settings.Changes, title string, state templates.State) templates.ChangesPart {
		return templates.ChangesPart{Title: title, State: state, Rows: changeRows(sheet, changes)}
	}
	written, rest := changes.Only(op.Written), changes.Without(op.Written)
	done := templates.State{Shape: "done", Tone: "ok", Word: "Done"}
	switch {
	case op.State == operation.Partial && len(rest) > 0:
		return []templates.ChangesPart{
			part(written, "Written: in force now", done),
			part(rest, "Not written: as before", templates.State{Shape: "fail", Tone: "bad", Word: "Not done"}),
		}
	case op.State == operation.Unknown && len(written) > 0 && len(rest) > 0:
		return []templates.ChangesPart{
			part(written, "Written: in force now", done),
			part(rest, "Nobody can say yet whether it was written", templates.State{Shape: "unknown", Tone: "warn", Word: "Unknown"}),
		}
	case op.State == operation.Succeeded && len(written) > 0 && len(rest) > 0:
		return []templates.ChangesPart{
			part(written, "Written", done),
			part(rest, "Not sent: somebody else had set it already", templates.State{Shape: "info", Tone: "info", Word: "As it was"}),
		}
	case op.State == operation.Failed:
		return []templates.ChangesPart{part(changes, "Not written: as before", templates.State{Shape: "fail", Tone: "bad", Word: "Not done"})}
	}
	return []templates.ChangesPart{part(changes, "", templates.State{})}
}

// sheetFor reads the settings of an operation's target for the names in them; nil while it runs, and when they cannot be read.
func (h *Handlers) sheetFor(ctx context.Context, actor policy.Actor, op operation.Operation) *settings.Sheet {
	if op.State == operation.Running {
		return nil
	}
	s, err := h.sheetOf(ctx, actor, action.KindByID(op.TargetKind), op.TargetID)
	if err != nil || s.failure != nil {
		return nil
	}
	return &s.sheet
}

// lineRows are the fields of the newest audit line that holds some.
func lineRows(a action.Action, events []operation.Event) []templates.ReviewRow {
	if a.Changed == nil {
		return nil
	}
	for _, e := range slices.Backward(events) {
		if rows := fieldRows(a, e.Line.Before, e.Line.After); len(rows) > 0 {
			return rows
		}
	}
	return nil
}

// fieldRows are the fields of an audit line before and after; one without an after was only noted.
func fieldRows(a action.Action, before, after map[string]string) []templates.ReviewRow {
	var rows []templates.ReviewRow
	for _, field := range sortedKeys(after) {
		rows = append(rows, templates.ReviewRow{
			Label: fieldLabel(a, field), Where: setName(&settings.Sheet{}, propertyOf(&settings.Sheet{}, settings.Key(field)).Group),
			Before: cmp.Or(before[field], "empty"), After: cmp.Or(after[field], "empty"),
		})
	}
	return rows
}

// fieldLabel is what people call a field of an audit line.
func fieldLabel(a action.Action, field string) string {
	for _, p := range a.Params {
		if p.Name == field {
			return p.Label
		}
	}
	return cmp.Or(propertyOf(&settings.Sheet{}, settings.Key(field)).Label, field)
}

// repairs are what can be done about an operation that was carried out in part, each by one click and as an operation of its
// own. What was just read tells which of them is done.
func (h *Handlers) repairs(actor policy.Actor, op operation.Operation, now *settings.Sheet) []templates.RepairForm {
	a, ok := action.ByID(op.Action)
	if !ok || op.State != operation.Partial {
		return nil
	}
	why := ""
	if d := policy.Decide(actor, a, op.TargetOrgPath, policy.Situation{ReadOnly: h.ReadOnly, Rules: h.Rules}); !d.May() {
		why = d.Reason
	}
	form := func(r templates.RepairForm, changes settings.Changes, reason, done string) templates.RepairForm {
		r.Button, r.Why, r.PostURL = r.Title, why, actionURL(a, op.TargetID)
		if why == "" && nothingLeft(changes, now) {
			r.Why = done
		}
		r.Hidden = []templates.Hidden{{Name: "operation", Value: operation.NewID()}, {Name: "reason", Value: reason}}
		params := changes.Params()
		for _, key := range sortedKeys(params) {
			r.Hidden = append(r.Hidden, templates.Hidden{Name: changeField + key, Value: params[key]})
		}
		return r
	}
	var list []templates.RepairForm
	if rest := h.Operations.Rest(op); len(rest) > 0 {
		r := templates.RepairForm{Key: "rest", Title: "Send the rest", Text: "Writes what was not written, as it was meant.", Primary: true}
		list = append(list, form(r, rest, "The rest of operation "+op.ID, "It is in force by now: nothing is left to send."))
	}
	if back := h.Operations.PutBack(op); len(back) > 0 {
		r := templates.RepairForm{Key: "put-back", Title: "Put the first part back", Text: "Gives back the values from before to what was written."}
		list = append(list, form(r, back, "Puts back what operation "+op.ID+" wrote", "The values from before are in force again."))
	}
	return list
}

// nothingLeft tells whether nothing is left of changes to be made; false while nobody can say.
func nothingLeft(changes settings.Changes, now *settings.Sheet) bool {
	if now == nil {
		return false
	}
	for _, change := range changes {
		if v, known := now.Value(change.Key); !known || v.Unread {
			return false
		}
	}
	left, conflicts, refused := changes.Against(*now)
	return len(left)+len(conflicts)+len(refused) == 0
}

// created leads to the organization that an operation made, once the portal has met it.
func (h *Handlers) created(ctx context.Context, actor policy.Actor, op operation.Operation) templates.Fact {
	name := op.Params["name"]
	fact := templates.Fact{Label: "New organization", Value: name + ", in the lists after the next sync"}
	found, err := h.Inventory.OrgLevel(ctx, inventory.OrgQuery{Scope: readScope(actor), ParentUID: op.TargetID, Text: name})
	if err != nil {
		return fact
	}
	for _, o := range found.Orgs {
		if o.Name == name && o.ParentUID == op.TargetID {
			fact.Value, fact.URL = name, organizationURL(o.UID)
		}
	}
	return fact
}

// lineField names a field of an audit line: what people call it, and the name that it has in the line itself.
func lineField(actionID, field string) string {
	a, _ := action.ByID(actionID)
	label := fieldLabel(a, field)
	if label == field {
		return field
	}
	return label + " (" + field + ")"
}
