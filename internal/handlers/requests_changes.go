package handlers

import (
	"cmp"
	"strings"

	"backup-portal/internal/action"
	"backup-portal/internal/operation"
	"backup-portal/internal/settings"
	"backup-portal/web/templates"
)

// namedValues is how many values a line about one of several targets names.
const namedValues = 4

// settingsNote says what changes on one of several targets.
func settingsNote(a action.Action, o action.Order) templates.State {
	changes := a.Settings(o)
	var labels []string
	for _, row := range changeRows(o.State.Settings, changes) {
		label := row.Label
		if row.Where != "" {
			label = row.Where + ": " + lowerFirst(label)
		}
		labels = append(labels, label)
	}
	note := templates.State{Shape: "info", Tone: "info", Word: counted(len(changes), "value") + ": " + strings.Join(labels[:min(len(labels), namedValues)], ", "), Title: strings.Join(labels, ", ")}
	if more := len(labels) - namedValues; more > 0 {
		note.Word += " and " + number(more) + " more"
	}
	return note
}

// valuesFact counts what changes on several targets.
func valuesFact(a action.Action, readings []operation.Reading) templates.Fact {
	values := 0
	for _, o := range readings {
		values += len(a.Settings(o.Order))
	}
	return templates.Fact{Label: "Values that change", Value: number(values) + " on " + counted(len(readings), a.Kind.Noun)}
}

// values tell what a request about one target changes, before and after: by what was read just now, else as it was asked for.
func (p requestPage) values() []templates.ChangesPart {
	if len(p.request.Items) != 1 {
		return nil
	}
	op := p.request.Items[0]
	if len(p.changes) == 1 && p.changes[0].Reading.Failure == nil {
		c := p.changes[0]
		if len(c.Reading.Params) == 0 {
			c.Reading.Params = op.Params
		}
		return readValues(p.action, c)
	}
	var rows []templates.ReviewRow
	if changes := changesOf(p.action, op.Params); len(changes) > 0 {
		rows = changeRows(nil, changes)
	} else {
		for _, param := range p.action.Params {
			if value, given := op.Params[param.Name]; given {
				rows = append(rows, templates.ReviewRow{Label: param.Label, Before: "not read", After: cmp.Or(value, "empty")})
			}
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return []templates.ChangesPart{{Rows: rows}}
}

// readValues are the values of one target as it was read just now, and what others have changed of them meanwhile.
func readValues(a action.Action, c operation.Change) []templates.ChangesPart {
	o := c.Reading.Order
	switch {
	case c.Conflict != nil:
		var rows []templates.ReviewRow
		for _, conflict := range c.Conflict.Conflicts {
			row := changeRow(&c.Conflict.Sheet, settings.Change{Key: conflict.Key, From: conflict.From, To: conflict.Now})
			row.Note = ""
			rows = append(rows, row)
		}
		parts := []templates.ChangesPart{{Title: "What was asked for", Rows: changeRows(&c.Conflict.Sheet, a.Settings(o))}}
		if len(rows) > 0 {
			parts = append(parts, templates.ChangesPart{Title: "What others changed meanwhile", Rows: rows})
		}
		return parts
	case a.Settings != nil && len(a.Params) == 0:
		if rows := changeRows(o.State.Settings, a.Settings(o)); len(rows) > 0 {
			return []templates.ChangesPart{{Rows: rows}}
		}
	case a.Changed != nil:
		if rows := changedRows(a, o); len(rows) > 0 {
			return []templates.ChangesPart{{Rows: rows}}
		}
	}
	return nil
}

// changedRows are the fields that an order changes, as its audit lines will have them.
func changedRows(a action.Action, o action.Order) []templates.ReviewRow {
	before, after := a.Changed(o)
	return fieldRows(a, before, after)
}
