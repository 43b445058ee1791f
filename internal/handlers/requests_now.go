package handlers

import (
	"fmt"
	"strings"

	"backup-portal/internal/action"
	"backup-portal/internal/operation"
	"backup-portal/web/templates"
)

// impact is what a request does and to what, as it is kept, or with what was read just now.
func (p requestPage) impact() templates.ImpactView {
	r, kind := p.request, kindOf(p.request)
	view := templates.ImpactView{
		Quote: r.Reason, Noun: kind.Label, Caption: "Targets of this request", Source: p.noun(len(r.Items)),
		Facts: []templates.Fact{{Label: "Action", Value: p.actionWords()}},
		CSV:   templates.Link{Label: "Targets and outcomes as CSV", URL: requestURL(r.ID) + "/targets.csv"},
	}
	switch {
	case p.changes != nil:
		view.Source += ", read from the backup service just now"
		view.Changed = p.changed()
		view.Columns = targetColumns(kind)
		view.Facts = append(view.Facts, p.liveFacts()...)
	case p.changing():
		view.LiveURL = requestURL(r.ID) + "/now"
		view.Source += ", being read from the backup service"
		view.Columns = targetColumns(kind)
	}
	view.Changes = p.values()
	if undo := p.undoWords(); undo != "" {
		view.Facts = append(view.Facts, templates.Fact{Label: "Undo", Value: undo})
	}
	view.Facts = append(view.Facts, templates.Fact{Label: "Bound to", Value: digestWords(r.Digest), Title: r.Digest, ID: false})
	for i, op := range r.Items {
		view.Rows = append(view.Rows, p.target(i, op, view.Columns))
	}
	return view
}

func (p requestPage) actionWords() string {
	if len(p.request.Items) == 1 {
		return p.request.Action
	}
	return p.request.Action + ", one " + kindOf(p.request).Noun + " after the other; it stops at the first unknown outcome"
}

func (p requestPage) undoWords() string { return undoSentence(p.action) }

// digestWords shows enough of a digest to compare it by eye.
func digestWords(digest string) string {
	var groups []string
	for i := 0; i+4 <= min(len(digest), 16); i += 4 {
		groups = append(groups, digest[i:i+4])
	}
	return "exactly these targets and this text: " + strings.Join(groups, " ") + "…"
}

// targetColumns are what a voter wants to know of a target, in the order of targetCells.
func targetColumns(k action.Kind) []templates.Column {
	if k == action.Organization {
		return []templates.Column{numberOf("Below it"), numberOf("Devices"), numberOf("Users")}
	}
	return []templates.Column{{Label: "User", Class: "w-text"}, numberOf("Connected"), numberOf("Backed up"), numberOf("Stored")}
}

func numberOf(label string) templates.Column {
	return templates.Column{Label: label, Class: "w-num", Number: true}
}

func (p requestPage) target(i int, op operation.Operation, columns []templates.Column) templates.TargetRow {
	row := templates.TargetRow{Name: nameOrID(op), URL: targetURL(op.TargetKind, op.TargetID)}
	if op.State != operation.Awaiting || !p.changing() {
		row.State, row.Detail = operationState(op.State), op.Detail
		if !op.Started.IsZero() {
			row.Operation = templates.Link{Label: "Open", URL: operationURL(op.ID)}
		}
		return row
	}
	if i >= len(p.changes) {
		row.Cells = make([]templates.Cell, len(columns))
		return row
	}
	change := p.changes[i]
	row.Cells = p.cells(change.Reading)
	row.Notes = targetNotes(op, change)
	if p.action.Settings != nil && len(p.request.Items) > 1 && change.Out == "" && change.Reading.Failure == nil {
		row.Notes = append(row.Notes, settingsNote(p.action, change.Reading.Order))
	}
	return row
}

// cells are the columns of a target as it was read.
func (p requestPage) cells(o operation.Reading) []templates.Cell {
	if o.Target.Kind == action.Organization.ID {
		below := o.State.Below
		return []templates.Cell{{Text: number(below.Orgs)}, {Text: number(below.Devices)}, {Text: number(below.Users)}}
	}
	d := o.State.Device
	_, stored := o.State.Archives()
	return []templates.Cell{{Text: factOf(o, "User")}, {Time: p.k.short(d.LastConnected)}, {Time: p.k.short(o.State.LastBackup())}, {Text: size(stored)}}
}

// targetNotes say what is remarkable about a target.
func targetNotes(op operation.Operation, c operation.Change) []templates.State {
	var notes []templates.State
	if c.Reading.Failure != nil {
		notes = append(notes, templates.State{Shape: "unknown", Tone: "warn", Word: "Could not be read now"})
	}
	switch {
	case c.Reading.State.Holds.Known && c.Reading.State.Holds.Count > 0 && c.Out != "":
		notes = append(notes, templates.State{Shape: "hold", Tone: "warn", Word: "On legal hold: left out", Title: c.Out})
	case c.Out != "":
		notes = append(notes, templates.State{Shape: "off", Tone: "warn", Word: "Left out: " + c.Out})
	}
	if words := changeWords(op, c); words != "" && c.Out == "" {
		note := templates.State{Shape: "info", Tone: "info", Word: "Changed: " + words}
		if c.Grew {
			note.Shape, note.Tone = "alert", "warn"
		}
		notes = append(notes, note)
	}
	if c.Reading.State.Owner.LastDevice() {
		notes = append(notes, templates.State{Shape: "info", Tone: "info", Word: "Last device of its user"})
	}
	return notes
}

// changeWords says what is different about a target since it was asked for, "" for nothing.
func changeWords(op operation.Operation, c operation.Change) string {
	now := c.Reading.Target
	var words []string
	if c.Reading.Failure == nil && now.ID != "" {
		if op.TargetName != "" && now.Name != op.TargetName {
			words = append(words, "it is now named "+now.Name+".")
		}
		if now.OrgUID != op.TargetOrgUID && now.OrgUID != now.ID {
			words = append(words, "it now belongs to "+now.OrgName+".")
		}
	}
	switch {
	case c.Out != "" && c.What != "":
		words = append(words, c.Out)
	case c.What != "" && (c.Grew || len(words) == 0):
		words = append(words, c.What)
	}
	return strings.Join(words, " ")
}

// changed tells what is different since the request was made, and what that means for votes that were given.
func (p requestPage) changed() templates.Note {
	var differ, grew, out []string
	for i, c := range p.changes {
		name := nameOrID(p.request.Items[i])
		if words := changeWords(p.request.Items[i], c); words != "" {
			differ = append(differ, name+": "+words)
		}
		if c.Grew && c.Out == "" {
			grew = append(grew, name)
		}
		if c.Out != "" {
			out = append(out, name)
		}
	}
	all := len(p.request.Items)
	switch {
	case len(grew) > 0 && all == 1:
		return templates.Note{Kind: "warn", Title: "It reaches more than when it was asked for.", Text: strings.Join(differ, " ") + " When it comes to run, everybody who agreed decides anew."}
	case len(differ) > 0:
		note := templates.Note{Kind: "info", Title: fmt.Sprintf("%s of %s changed since this was asked for.", number(len(differ)), p.noun(all)), Text: firstFew(differ)}
		if len(grew) > 0 {
			note.Kind = "warn"
			note.Text += " What reaches more than was agreed to is left out."
		} else if len(p.request.Votes) > 0 {
			note.Text += " Votes that were given still count, because it reaches no more than before."
		}
		return note
	case len(out) > 0 && all == 1:
		return templates.Note{Kind: "warn", Title: "As it is now, it would not run.", Text: p.changes[0].Out}
	}
	return templates.Note{}
}

// firstFew lists some sentences and how many more there are.
func firstFew(list []string) string {
	const few = 4
	text := strings.Join(list[:min(few, len(list))], " ")
	if more := len(list) - few; more > 0 {
		text += " And " + number(more) + " more, noted below."
	}
	return text
}

// liveFacts is what the action would touch now.
func (p requestPage) liveFacts() []templates.Fact {
	var readings []operation.Reading
	held := 0
	for _, c := range p.changes {
		switch {
		case c.Out == "" && c.Reading.Failure == nil:
			readings = append(readings, c.Reading)
		case c.Out != "" && c.Reading.State.Holds.Count > 0:
			held++
		}
	}
	var facts []templates.Fact
	all := len(p.changes)
	if out := all - len(readings); all > 1 {
		text := "all " + number(all)
		if out > 0 {
			text = fmt.Sprintf("%s of the %s; %s would be left out", number(len(readings)), number(all), number(out))
		}
		facts = append(facts, templates.Fact{Label: kindOf(p.request).Label + "s", Value: text})
	}
	if all > 1 && held > 0 {
		facts = append(facts, templates.Fact{Label: "On legal hold", Value: fmt.Sprintf("%s of %s: left out, the backup service refuses", number(held), number(all))})
	}
	for _, f := range impactFacts(p.action, readings) {
		// Of those that go it is true, and it would seem to be said of all.
		if held == 0 || f.Label != "Legal hold" {
			facts = append(facts, f)
		}
	}
	return facts
}
