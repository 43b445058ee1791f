package handlers

import (
	"net/url"
	"slices"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/operation"
	"backup-portal/web/templates"
)

// undo offers what takes the change back, once it has happened.
func (p requestPage) undo() templates.ActionItem {
	r := p.request
	at := slices.IndexFunc(r.Items, func(op operation.Operation) bool { return op.State == operation.Succeeded })
	if r.State != operation.Ended || at < 0 {
		return templates.ActionItem{}
	}
	if len(r.Items) == 1 {
		return undoItem(p.k, r.Items[0])
	}
	return undoSeveral(p.k, r)
}

// undoSeveral leads to the undoing action on exactly those targets that were changed.
func undoSeveral(k clock, r operation.Request) templates.ActionItem {
	a, _ := action.ByID(r.Action)
	undo, ok := action.ByID(a.Undo.Action)
	if !ok {
		return templates.ActionItem{}
	}
	var ids []string
	for _, op := range r.Items {
		if op.State == operation.Succeeded {
			ids = append(ids, op.TargetID)
		}
	}
	return templates.ActionItem{
		Key: "undo", Label: doneTo(undo, counted(len(ids), undo.Kind.Noun)), Button: doneTo(undo, counted(len(ids), undo.Kind.Noun)) + "…",
		URL: severalPath + "?" + url.Values{"action": {undo.ID}, "guid": ids}.Encode(),
		Why: undoWindowOfAll(k, r) + a.Undo.Leaves,
	}
}

// undoWindowOfAll says until when all that was changed can be brought back in full, and of how much that is not known.
func undoWindowOfAll(k clock, r operation.Request) string {
	var first time.Time
	unknown := 0
	for _, op := range r.Items {
		switch {
		case op.State != operation.Succeeded:
		case op.UndoUntil.IsZero():
			unknown++
		case first.IsZero() || op.UndoUntil.Before(first):
			first = op.UndoUntil
		}
	}
	words := undoWindow(k, first)
	if words != "" && unknown > 0 {
		words += "Of " + counted(unknown, kindOf(r).Noun) + " it is not known how long. "
	}
	return words
}
