package handlers

import (
	"backup-portal/internal/operation"
	"backup-portal/web/templates"
)

// byHand says how a request stands that somebody stopped.
func (p requestPage) byHand(count map[operation.State]int) templates.Note {
	note := templates.Note{Kind: "warn", Shape: "off", Title: p.request.Detail, Text: sentence(p.noun(count[operation.Awaiting])) + " not sent yet: say how it goes on."}
	if count[operation.Running] > 0 {
		note.Text = "One change is still under way. " + note.Text
	}
	return note
}

// moving tells whether something is under way, or comes next by itself.
func (p requestPage) moving() bool {
	return p.request.State == operation.Running || p.request.State == operation.Stopped && outcomes(p.request)[operation.Running] > 0
}

// stop offers to end a run before its next target.
func (p requestPage) stop() templates.ActForm {
	r := p.request
	if p.can.Stop != "" {
		return templates.ActForm{}
	}
	form := templates.ActForm{
		Key: stopForm, PostURL: requestURL(r.ID) + "/" + stopForm, Button: "Stop the run",
		Text: "What is under way ends; " + p.noun(outcomes(r)[operation.Awaiting]) + " wait until somebody goes on or leaves them out.",
	}
	if outcomes(r)[operation.Awaiting] == 1 {
		form.Text = "What is under way ends; 1 " + kindOf(r).Noun + " waits until somebody goes on or leaves it out."
	}
	if !p.post.still {
		form.StillURL = requestURL(r.ID) + "?still=yes"
	}
	if p.post.form == stopForm {
		form.Reason, form.ReasonError = p.post.reason, p.post.reasonError
	}
	return form
}

// stopWords say after its name why a request is stopped.
func stopWords(r operation.Request) string {
	if r.StoppedByHand() {
		return "was stopped by hand"
	}
	return "stopped at an unknown outcome"
}
