package handlers

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

// severalView asks about a selection as it was read. Posted are the devices of a form that is drawn again while nothing
// can be read: it stays about exactly those.
func (h *Handlers) severalView(actor policy.Actor, chosen choice, preview operation.Preview, posted []string) templates.SeveralView {
	a, all := chosen.action, len(chosen.ids)
	var going []operation.Reading
	in := operation.Selection{Seen: map[string]string{}}
	view := templates.SeveralView{
		Crumbs: []templates.Link{{Label: "Devices", URL: chosen.back()}},
		Ask:    doneTo(a, counted(all, a.Kind.Noun)) + "?",
		Targets: templates.ImpactView{
			Noun: a.Kind.Label, Caption: "Selected devices", Source: counted(all, a.Kind.Noun) + ", read from the backup service just now",
			Columns: []templates.Column{
				{Label: "State", Class: "k-text"},
				{Label: "User", Class: "k-wide"},
				{Label: "Backed up", Class: "k-num", Number: true},
				{Label: "Stored", Class: "k-num", Number: true},
			},
		},
	}
	k, failed := h.clock(), 0
	for _, t := range preview.Targets {
		view.Targets.Rows = append(view.Targets.Rows, previewRow(k, a, t))
		if t.Failure != nil {
			failed++
		}
		if t.Why == "" && t.Failure == nil {
			going = append(going, t.Reading)
			in.TargetIDs = append(in.TargetIDs, t.Target.ID)
			in.Seen[t.Target.ID] = a.Fingerprint(t.Order)
		}
	}
	n := len(going)
	if posted != nil {
		n = len(posted)
	}
	if failed == all {
		view.Targets.Source = counted(all, a.Kind.Noun) + ", as the portal knew them at the last sync"
	}
	view.Form = templates.ConfirmView{
		PostURL: severalPath + "/" + a.Verb, BackURL: chosen.back(), Effect: "For each of them: " + strings.ToLower(a.Effect[:1]) + a.Effect[1:],
		Swap: "#several",
		Keep: "Keep them", Button: doneTo(a, counted(n, a.Kind.Noun)), Required: a.Reason,
		Destructive: a.Risk == action.Destructive, Disabled: preview.Refusal, Hidden: hiddenSelection(chosen, in), Undo: undoSentence(a),
	}
	if n < all {
		view.Scope = number(n) + " of " + number(all) + " will go"
	}
	if n == 0 && view.Form.Disabled == "" {
		view.Form.Disabled = "None of these devices can be changed now."
	}
	h.demand(&view.Form, actor, preview)
	view.Title = view.Form.Button
	if posted == nil {
		view.Form.Warning = lossOf(a, going)
		view.Form.Facts = append(severalFacts(a, preview, going), view.Form.Facts...)
	}
	if view.Form.Destructive && n > 1 {
		view.Form.CountLabel = "Type " + number(n) + " to confirm the number of devices"
	}
	return view
}

// previewRow is one device of a selection.
func previewRow(k clock, a action.Action, t operation.PreviewTarget) templates.TargetRow {
	d := t.State.Device
	_, stored := t.State.Archives()
	row := templates.TargetRow{
		Name: cmp.Or(t.Target.Name, t.Target.ID), URL: targetURL(t.Target.Kind, t.Target.ID),
		Cells: []templates.Cell{
			{States: []templates.State{deviceState(d.Active, d.Blocked, d.Deauthorized())}},
			{Text: factOf(t.Reading, "User")},
			{Time: k.short(t.State.LastBackup())},
			{Text: size(stored)},
		},
	}
	onHold := t.State.Holds.Known && t.State.Holds.Count > 0
	switch {
	case t.Failure != nil:
		note := templates.State{Shape: "unknown", Tone: "warn", Word: "Could not be read now"}
		if t.Why != "" {
			note.Word += ": left out"
		}
		row.Notes = append(row.Notes, note)
	case t.Why != "" && onHold:
		row.Notes = append(row.Notes, templates.State{Shape: "hold", Tone: "warn", Word: "On legal hold: left out", Title: t.Why})
	case t.Why != "":
		row.Notes = append(row.Notes, templates.State{Shape: "off", Tone: "warn", Word: "Left out: " + t.Why})
	}
	if t.Why == "" && t.Failure == nil && a.Settings != nil {
		row.Notes = append(row.Notes, settingsNote(a, t.Order))
	}
	if t.Why == "" && t.State.Owner.LastDevice() {
		row.Notes = append(row.Notes, templates.State{Shape: "info", Tone: "info", Word: "Last device of its user"})
	}
	return row
}

// factOf is one of the things that a person knows a target by.
func factOf(o operation.Reading, name string) string {
	for _, f := range o.Facts {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// lossOf says first what can be lost for good, of all targets together.
func lossOf(a action.Action, going []operation.Reading) templates.Note {
	if a.Risk != action.Destructive || len(going) == 0 {
		return templates.Note{}
	}
	var count int
	var bytes int64
	var first time.Time
	known := true
	for _, o := range going {
		n, stored := o.State.Archives()
		count, bytes = count+n, bytes+stored+o.State.Below.Use.StoredBytes
		var until time.Time
		if a.Undo.Until != nil {
			until = a.Undo.Until(o.State.ReadAt, o.State)
		}
		known = known && !until.IsZero()
		if first.IsZero() || !until.IsZero() && until.Before(first) {
			first = until
		}
	}
	note := templates.Note{Kind: "bad", Shape: "alert", Title: size(bytes) + " in " + counted(count, "archive") + " go to cold storage"}
	switch {
	case bytes == 0 && count == 0:
		return templates.Note{Kind: "bad", Shape: "alert", Title: "Backups end for good."}
	case count == 0: // how many archives an organization has is not counted
		note.Title = size(bytes) + " go to cold storage"
	case count == 1:
		note.Title = "An archive of " + size(bytes) + " goes to cold storage"
	}
	note.Text = "and is deleted for good later; for how many days it is kept is not known now."
	if known {
		note.Text = "and is deleted for good on " + first.Format("2 January 2006") + " at the earliest, unless it is reactivated before."
	}
	if count != 1 {
		note.Text = strings.NewReplacer("and is", "and are", "it is", "they are").Replace(note.Text)
	}
	return note
}

// severalFacts sums up a selection.
func severalFacts(a action.Action, preview operation.Preview, going []operation.Reading) []templates.Fact {
	all := len(preview.Targets)
	devices := number(all)
	if out := all - len(going); out > 0 {
		devices = fmt.Sprintf("%s of %s; %s left out", number(len(going)), devices, number(out))
	}
	facts := []templates.Fact{{Label: "Devices", Value: devices}}
	held, unread := 0, 0
	for _, t := range preview.Targets {
		switch {
		case !t.State.Holds.Known:
			unread++
		case t.State.Holds.Count > 0:
			held++
		}
	}
	if a.Settings != nil {
		facts = append(facts, valuesFact(a, going))
	}
	if a.Risk != action.Destructive {
		return facts
	}
	hold := "none"
	if held > 0 {
		hold = number(held) + " of " + number(all) + ": left out, the backup service refuses"
	}
	if unread > 0 {
		hold += "; not known now for " + number(unread)
	}
	return append(facts, templates.Fact{Label: "People", Value: usersOf(going)}, templates.Fact{Label: "On legal hold", Value: hold})
}

// usersOf counts the people whose devices these are, and who of them has no active one afterwards.
func usersOf(going []operation.Reading) string {
	type user struct {
		name     string
		selected int
		others   int // active devices beside one of these
		known    bool
	}
	users := map[string]*user{}
	for _, o := range going {
		uid := o.State.Device.UserUID
		if uid == "" {
			continue
		}
		u := users[uid]
		if u == nil {
			u = &user{name: factOf(o, "User"), known: o.State.Owner.Known}
			users[uid] = u
		}
		u.selected++
		u.others = max(u.others, o.State.Owner.OtherCount)
	}
	var without []string
	unknown := 0
	for _, u := range users {
		switch {
		case !u.known:
			unknown++
		case u.others-(u.selected-1) <= 0:
			without = append(without, u.name)
		}
	}
	text := number(len(users))
	switch len(without) {
	case 0:
	case 1:
		text += "; " + cmp.Or(without[0], "one of them") + " has no active device afterwards"
	default:
		text += "; " + number(len(without)) + " of them have no active device afterwards"
	}
	if unknown > 0 {
		text += "; not known now for " + number(unknown)
	}
	return text
}
