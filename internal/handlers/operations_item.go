package handlers

import (
	"context"
	"net/url"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

// partOf tells of an item which request it belongs to, and who agreed to it, as far as the person may read that.
func (h *Handlers) partOf(ctx context.Context, actor policy.Actor, op operation.Operation, view *templates.OperationView) error {
	if op.Under == "" {
		return nil
	}
	r, err := h.Operations.Request(ctx, actor, op.Under)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	text := whatWords(actionOf(r), r)
	if len(r.Items) > 1 {
		text = number(op.Position+1) + " of " + counted(len(r.Items), kindOf(r).Noun)
	}
	view.About = append(view.About, templates.Fact{Label: "Part of request", Value: text, URL: requestURL(r.ID)})
	if agreed := agreedWords(actor, r); agreed != "" {
		view.About = append(view.About, templates.Fact{Label: "Agreed to by", Value: agreed, URL: requestURL(r.ID) + "#h-votes"})
	}
	if !op.Open() || op.State == operation.Awaiting {
		view.Note.Actions = append(view.Note.Actions, templates.Button{Label: "Open the request", URL: requestURL(r.ID)})
	}
	return nil
}

func actionOf(r operation.Request) action.Action {
	a, _ := action.ByID(r.Action)
	return a
}

// agreedWords names who said yes to what was run in the end.
func agreedWords(actor policy.Actor, r operation.Request) string {
	var list []string
	for _, v := range r.Votes {
		switch {
		case !v.Approve || v.Digest != r.Digest:
		case v.Person.Key == actor.Key():
			list = append(list, "you")
		default:
			list = append(list, v.Person.Name)
		}
	}
	if len(list) < 2 {
		return names(list, 1)
	}
	return names(list[:len(list)-1], len(list)) + " and " + list[len(list)-1]
}

func operationNote(op operation.Operation) templates.Note {
	done, failed := "It succeeded", "It failed"
	if a, ok := action.ByID(op.Action); ok {
		done, failed = a.Done, a.Failed
	}
	switch op.State {
	case operation.Running:
		return templates.Note{Kind: "info", Shape: "running", Title: "The backup service has not answered yet.", Text: "You can leave this page; the call goes on and its outcome is written down."}
	case operation.Succeeded:
		return templates.Note{Kind: "ok", Shape: "done", Title: done + ".", Text: op.Detail}
	case operation.Failed:
		return templates.Note{Kind: "bad", Shape: "fail", Title: failed + ".", Text: op.Detail}
	case operation.Partial:
		return templates.Note{Kind: "bad", Shape: "alert", Title: "It failed in part: some of it is in force.", Text: op.Detail}
	case operation.Unknown:
		return templates.Note{
			Kind: "warn", Shape: "unknown", Title: "Nobody can say yet whether it happened.",
			Text: op.Detail + " It is never sent a second time by itself. Other actions on this " + action.KindByID(op.TargetKind).Noun + " wait until this is settled.",
		}
	case operation.Awaiting:
		return templates.Note{Kind: "info", Shape: "wait", Title: "It waits.", Text: "Nothing was sent to the backup service yet: the request that it is part of says what it waits for."}
	case operation.Rejected:
		return templates.Note{Kind: "bad", Shape: "fail", Title: "Denied.", Text: op.Detail + nothingSent}
	case operation.Expired:
		return templates.Note{Kind: "warn", Shape: "off", Title: "Expired.", Text: op.Detail + nothingSent}
	case operation.Withdrawn:
		return templates.Note{Kind: "info", Shape: "off", Title: "Withdrawn.", Text: op.Detail + nothingSent}
	case operation.LeftOut:
		return templates.Note{Kind: "warn", Shape: "off", Title: "Left out.", Text: op.Detail + nothingSent}
	case operation.Scheduled, operation.Stopped, operation.Ended: // only requests have these
	}
	return templates.Note{}
}

// nothingSent goes after the reason why an item was not run.
const nothingSent = " Nothing was sent to the backup service."

// undoItem offers what takes a change back, until when it brings everything back that it can, and what it leaves.
func undoItem(k clock, op operation.Operation) templates.ActionItem {
	a, ok := action.ByID(op.Action)
	if !ok || a.Undo.Action == "" {
		return templates.ActionItem{}
	}
	undo, ok := action.ByID(a.Undo.Action)
	if !ok {
		return templates.ActionItem{}
	}
	item := templates.ActionItem{
		Key: "undo", Label: shortLabel(undo), Button: undo.Label + "…", URL: actionURL(undo, op.TargetID),
		Why: undoWindow(k, op.UndoUntil) + a.Undo.Leaves,
	}
	if undo.ID == a.ID {
		// The same action with the former values: they are looked up by the operation.
		item.Label, item.Button = "Put it back", "Put it back…"
		item.URL += "?" + url.Values{"back": {op.ID}}.Encode()
		item.Page = a.Changes
	}
	return item
}

// undoWindow says until when what was changed can be brought back in full; "" when no end is known.
func undoWindow(k clock, until time.Time) string {
	day := until.In(k.zone).Format("2 January 2006")
	switch {
	case until.IsZero():
		return ""
	case k.now.After(until):
		return "The archives were kept until " + day + " and may be deleted by now. "
	}
	return "Until " + day + " the archives are kept. "
}
