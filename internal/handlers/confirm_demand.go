package handlers

import (
	"errors"
	"net/url"
	"strings"

	"backup-portal/internal/action"
	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

// demand says in a form what the change has to bring: who has to agree, by when, the form of the reason, a new sign-in.
func (h *Handlers) demand(view *templates.ConfirmView, actor policy.Actor, p operation.Preview) {
	view.ReasonHelp = "The audit log keeps it for ever. A case number helps: “case 4471”."
	terms := p.Terms
	if len(p.Need) > 0 {
		view.Button = "Ask to " + strings.ToLower(view.Button[:1]) + view.Button[1:]
		view.ReasonHelp = "Whoever decides reads it, and the audit log keeps it for ever. A case number helps: “case 4471”."
		view.Facts = append(view.Facts,
			templates.Fact{Label: "Has to agree", Value: sentence(p.Need.Words())},
			templates.Fact{Label: "Time to decide", Value: lasting(terms.Lifetime) + ", then it expires"},
		)
	}
	if terms.UndoWindow > 0 {
		begins := "once you asked"
		if len(p.Need) > 0 {
			begins = "after the last yes"
		}
		view.Facts = append(view.Facts, templates.Fact{Label: "Begins", Value: lasting(terms.UndoWindow) + " " + begins + "; it can be stopped until then"})
	}
	if p.Over != "" {
		view.Notes = append(view.Notes, templates.Note{Kind: "warn", Shape: "wait", Title: "One approver more.", Text: p.Over})
	}
	if p.SignIn != nil {
		signInFirst(view, h.clock(), actor, fault.Of(p.SignIn))
	}
	if terms.ReasonPattern != "" {
		view.Required = true
		view.ReasonHelp = "It has to have this form: “" + terms.ReasonExample + "”. The audit log keeps it for ever."
	}
}

// notesOf says what is remarkable about a target before it is changed for good.
func notesOf(o operation.Reading) []templates.Note {
	var notes []templates.Note
	if holds := o.State.Holds; holds.Known && holds.Count > 0 {
		note := templates.Note{Kind: "warn", Shape: "hold", Title: "On legal hold."}
		if o.Target.Kind == action.Organization.ID {
			note.Title = counted(holds.Count, "user") + " below it on legal hold."
			note.Text = someNames(holds.Users, holds.Count)
		}
		notes = append(notes, note)
	}
	if o.State.Owner.LastDevice() && o.State.Device.Active {
		notes = append(notes, templates.Note{Kind: "info", Title: "Last device of its user.", Text: "They have no other that is active."})
	}
	return notes
}

// undoSentence says what takes a change back and what that leaves, or why nothing does.
func undoSentence(a action.Action) string {
	undo, ok := action.ByID(a.Undo.Action)
	if !ok {
		return a.Undo.Why
	}
	if undo.ID == a.ID {
		return "It can be put back, as a change of its own. " + a.Undo.Leaves
	}
	return undo.Label + " takes it back. " + a.Undo.Leaves
}

// stepUpNeeded tells whether a fresh sign-in heals the refusal.
func stepUpNeeded(err error) bool {
	_, ok := errors.AsType[*operation.StepUpNeeded](err)
	return ok
}

// freshSignIn leads through a new proof of who the person is, and back to a page.
func freshSignIn(back string) string {
	return "/auth/sign-in?" + url.Values{"fresh": {"1"}, "return": {back}}.Encode()
}

// signInFirst asks for a new sign-in before something is sent at once.
func signInFirst(view *templates.ConfirmView, k clock, actor policy.Actor, f *fault.Fault) {
	last := "The sign-in provider has not said when you last did."
	if !actor.AuthTime.IsZero() {
		last = "You last did " + k.ago(actor.AuthTime) + "."
	}
	view.SignIn = freshSignIn(view.BackURL)
	view.SignInText = f.Message + " " + last + " What you type stays here; press the button afterwards."
}
