package handlers

import (
	"slices"
	"strings"

	"backup-portal/internal/action"
	"backup-portal/internal/operation"
	"backup-portal/web/templates"
)

// The forms of the page.
const (
	voteForm     = "vote"
	withdrawForm = "withdraw"
	stopForm     = "stop"
	continueForm = "continue"
	finishForm   = "finish"
)

// decide draws the vote of who looks, while the request waits for votes and is not their own.
func (p requestPage) decide() templates.DecideView {
	r := p.request
	if r.State != operation.Awaiting || p.can.Own && !p.can.DenyOnly {
		return templates.DecideView{}
	}
	view := templates.DecideView{
		Shown: true, PostURL: requestURL(r.ID) + "/" + voteForm, Digest: r.Digest,
		Approve:    templates.ApproveButton{Label: "Approve", Destructive: p.action.Risk == action.Destructive},
		ReasonHelp: "Who denies says why. The audit log keeps it for ever, and everybody who may read this request sees it.",
	}
	if p.can.Vote != "" && !p.can.DenyOnly {
		view.Why = p.can.Vote
		return view
	}
	view.Text = "You vote as " + roleWords(p.can.As, p.org) + "."
	if p.can.DenyOnly {
		view.Text, view.Approve = p.can.Vote+" You can still deny it.", templates.ApproveButton{}
	} else if p.last() {
		view.Text += " This is the last vote that is needed."
		view.Approve.Label = "Approve and " + p.deed()
	}
	if r.UndoWindow > 0 {
		view.Foot = "Runs " + lasting(r.UndoWindow) + " after the last vote; anyone here who may decide can stop it until then."
	}
	if p.can.StepUp {
		view.SignIn, view.SignInText = freshSignInURL(r.ID), p.stepUpWords()
	}
	if p.post.form == voteForm {
		view.Reason, view.ReasonError = p.post.reason, p.post.reasonError
		if !p.post.top {
			view.Problem = p.post.problem
		}
		view.NewTab = p.post.stepUp
		if view.NewTab {
			view.SignIn, view.SignInText = freshSignInURL(r.ID), p.stepUpWords()
		}
	}
	return view
}

// stepUpWords say why a new sign-in is asked for.
func (p requestPage) stepUpWords() string {
	if p.actor.AuthTime.IsZero() {
		return "To decide on this you sign in again: the sign-in provider has not said when you last did."
	}
	return "To decide on this you sign in again: you last did " + p.k.ago(p.actor.AuthTime) + "."
}

// last tells whether this person's yes is all that is missing. A group that asks for a place above leaves it open.
func (p requestPage) last() bool {
	missing := p.progress.Verdict.Missing
	if len(missing) != 1 || missing[0].Count != 1 {
		return false
	}
	for _, source := range missing[0].From {
		for part := range strings.FieldsSeq(p.can.As) {
			role, _, _ := strings.Cut(part, "@")
			if source.Where == "" && (source.Role == "" || source.Role == role) {
				return true
			}
		}
	}
	return false
}

// deed is what running it does: "deactivate 12 devices", "deactivate the device".
func (p requestPage) deed() string {
	if p.action.Changes {
		return lowerFirst(p.action.Label)
	}
	if len(p.request.Items) == 1 {
		return lowerFirst(actionOn(p.action, p.request, "the "+kindOf(p.request).Noun))
	}
	n := len(p.request.Items)
	if p.changes != nil {
		n -= len(slices.DeleteFunc(slices.Clone(p.changes), func(c operation.Change) bool { return c.Out == "" }))
	}
	return lowerFirst(actionOn(p.action, p.request, p.noun(n)))
}

// acts are the other steps that the person may take.
func (p requestPage) acts() []templates.ActForm {
	r, url := p.request, requestURL(p.request.ID)
	var acts []templates.ActForm
	add := func(a templates.ActForm) {
		a.PostURL = url + "/" + a.Key
		if p.post.form == a.Key {
			a.Reason, a.ReasonError = p.post.reason, p.post.reasonError
		}
		acts = append(acts, a)
	}
	switch {
	case r.State == operation.Awaiting && p.can.Withdraw == "":
		add(templates.ActForm{Key: withdrawForm, Title: "Take it back", Text: "You asked for this; others decide. Until they have you can take it back.", Asks: true, Button: "Withdraw request"})
	case r.State == operation.Scheduled && p.can.Withdraw == "":
		add(templates.ActForm{Key: withdrawForm, Title: "Stop it", Text: "It runs at " + p.k.minute(r.Due).Text + ". Once stopped it has to be asked for anew.", Asks: true, Button: "Stop it"})
	case r.State == operation.Stopped:
		left := outcomes(r)[operation.Awaiting]
		if p.can.Continue == "" {
			why := "The outcome that stopped it is settled."
			if r.StoppedByHand() {
				why = "Somebody stopped it; the same people have agreed as before."
			}
			add(templates.ActForm{Key: continueForm, Title: "Go on", Text: why, Button: actionOn(p.action, r, "the other "+p.noun(left)), Primary: true})
		}
		if p.can.Finish == "" {
			add(templates.ActForm{Key: finishForm, Title: "End it here", Text: "What was not sent yet is left out.", Button: "Leave out " + p.noun(left)})
		}
	}
	return acts
}
