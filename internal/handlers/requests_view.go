package handlers

import (
	"strings"
	"time"

	"backup-portal/internal/approval"
	"backup-portal/internal/operation"
	"backup-portal/web/templates"
)

// view draws the page of a request.
func (p requestPage) view() templates.RequestView {
	r := p.request
	view := templates.RequestView{
		ID: r.ID, Heading: p.heading(), State: p.state(), By: p.by(r.Person), ByRole: roleWords(p.asker, p.org), Asked: p.k.long(r.Created),
		Running: p.moving() && !p.post.still, URL: requestURL(r.ID), Impact: p.impact(), Decide: p.decide(), Acts: p.acts(),
		Votes: p.votes(), VotesText: voteCount(r, p.progress.Verdict), History: p.history(), Undo: p.undo(),
	}
	if view.Decide.Votable() {
		view.Impact.Approve = view.Decide.Approve
	}
	view.Announce = view.Heading + ": " + view.State.Word
	switch {
	case r.State == operation.Awaiting:
		view.EndLabel, view.End = "expires", p.k.ahead(r.Expires)
	case r.State == operation.Scheduled:
		view.EndLabel, view.End = "runs", p.k.ahead(r.Due)
		view.WatchURL = requestURL(r.ID) + "?state=" + string(r.State)
	case p.moving():
		view.Progress = p.running()
		view.Announce += ", " + p.quarter()
		if p.post.still {
			view.WatchURL = requestURL(r.ID) + "?state=" + string(r.State)
		}
	case !r.Closed.IsZero():
		view.EndLabel, view.End = "ended", p.k.long(r.Closed)
	}
	if p.post.top {
		view.Notes = append(view.Notes, p.post.problem)
	}
	if note := p.outcome(); note.Title != "" {
		view.Notes = append(view.Notes, note)
	}
	if r.Over != "" && p.changing() {
		view.Also = append(view.Also, r.Over)
	}
	if p.asker == "" && p.changing() {
		view.Also = append(view.Also, p.by(r.Person)+" may not ask for this any more; it would not run.")
	}
	return view
}

// heading names a request: "Deactivate 12 devices in Container Fleet".
func (p requestPage) heading() string {
	what := whatWords(p.action, p.request)
	if where := whereWords(p.request, p.org); where != "" && len(p.request.Items) > 1 {
		return what + " in " + where
	}
	return what
}

func (p requestPage) state() templates.State {
	state := requestState(p.request)
	if p.mayVote() {
		state.Word = "Waiting for you"
	}
	return state
}

// mayVote tells whether the request waits for this person, be it after a new sign-in.
func (p requestPage) mayVote() bool {
	return p.request.State == operation.Awaiting && p.can.Vote == ""
}

// by names who did something.
func (p requestPage) by(who operation.Person) string {
	if who.Key == p.actor.Key() {
		return "you"
	}
	return who.Name
}

// noun is what the targets are, counted: "12 devices", "the organization".
func (p requestPage) noun(n int) string { return counted(n, kindOf(p.request).Noun) }

// outcome says how a request stands, where that is not all said by its state.
func (p requestPage) outcome() templates.Note {
	r, count := p.request, outcomes(p.request)
	switch r.State {
	case operation.Scheduled:
		return templates.Note{
			Kind: "info", Shape: "wait", Title: "Enough people have agreed. It runs at " + p.k.minute(r.Due).Text + ".",
			Text: "Until then anyone here who may decide on it can stop it.",
		}
	case operation.Stopped:
		if count[operation.Unknown] == 0 && r.StoppedByHand() {
			return p.byHand(count)
		}
		if count[operation.Unknown] == 0 {
			return templates.Note{Kind: "warn", Title: "It stopped at an outcome that was unknown, and is settled now.", Text: sentence(p.noun(count[operation.Awaiting])) + " not sent yet: say how it goes on."}
		}
		return templates.Note{
			Kind: "warn", Shape: "unknown", Title: "It stopped: nobody can say yet whether one change happened.",
			Text: "Settle that outcome on the page of its operation. " + sentence(p.noun(count[operation.Awaiting])) + " not sent yet.",
		}
	case operation.Rejected, operation.Expired, operation.Withdrawn:
		return templates.Note{Kind: "info", Shape: requestState(r).Shape, Title: requestState(r).Word + ". Nothing was sent to the backup service.", Text: r.Detail}
	case operation.Ended:
		return p.ended(count)
	case operation.Awaiting, operation.Running, operation.Succeeded, operation.Failed, operation.Partial, operation.Unknown, operation.LeftOut:
	}
	return templates.Note{}
}

// ended sums up what became of the targets.
func (p requestPage) ended(count map[operation.State]int) templates.Note {
	r := p.request
	if len(r.Items) == 1 {
		return endedOne(r)
	}
	note := templates.Note{Kind: "warn", Shape: "alert", Title: number(count[operation.Succeeded]) + " of " + p.noun(len(r.Items)) + " " + p.action.Past + "."}
	switch count[operation.Succeeded] {
	case len(r.Items):
		note.Kind, note.Shape = "ok", "done"
	case 0:
		if count[operation.Partial] == 0 {
			note.Kind, note.Shape = "bad", "fail"
		}
	}
	if n := count[operation.Unknown]; n > 0 {
		note.Kind, note.Shape = "warn", "unknown"
		note.Title = strings.TrimSuffix(note.Title, ".") + "; " + unknownWords(n) + "."
		note.Actions = settling(r)
	}
	for _, part := range []struct {
		state operation.State
		words string
	}{{operation.Failed, "failed"}, {operation.Partial, "failed in part"}, {operation.LeftOut, "left out"}} {
		if n := count[part.state]; n > 0 {
			note.Text += " " + number(n) + " " + part.words + "."
		}
	}
	return note
}

// settling leads to the operations that somebody has to settle, also of a request that is over.
func settling(r operation.Request) []templates.Button {
	var list []templates.Button
	for _, op := range r.Items {
		if op.State == operation.Unknown {
			list = append(list, templates.Button{Label: "Settle " + nameOrID(op), URL: operationURL(op.ID)})
		}
	}
	return list
}

func endedOne(r operation.Request) templates.Note {
	op := r.Items[0]
	if op.State != operation.LeftOut {
		note := operationNote(op)
		note.Actions = settling(r)
		return note
	}
	return templates.Note{Kind: "bad", Shape: "off", Title: "It was left out. Nothing was sent to the backup service.", Text: op.Detail}
}

// running says how far a run has come.
func (p requestPage) running() templates.ProgressView {
	r := p.request
	var done int
	var first time.Time
	view := templates.ProgressView{Total: number(len(r.Items)), Stop: p.stop()}
	for _, op := range r.Items {
		switch op.State {
		case operation.Awaiting:
			continue
		case operation.Running:
			view.Current = templates.Link{Label: nameOrID(op), URL: operationURL(op.ID)}
		default:
			done++
		}
		if !op.Started.IsZero() && (first.IsZero() || op.Started.Before(first)) {
			first = op.Started
		}
	}
	view.Done, view.Text = number(done), number(done)+" of "+p.noun(len(r.Items))
	if took := r.ReadAt.Sub(first); done > 0 && !first.IsZero() && took > 0 {
		each := took / time.Duration(done)
		view.Rate = number(max(int(time.Minute/max(each, time.Millisecond)), 1)) + " a minute, about " + lasting(max(each*time.Duration(len(r.Items)-done), time.Second)) + " left"
	}
	return view
}

// quarter is what a screen reader hears of the progress: not every step.
func (p requestPage) quarter() string {
	done := 0
	for _, op := range p.request.Items {
		if op.State != operation.Awaiting && op.State != operation.Running {
			done++
		}
	}
	return number(100*done/max(len(p.request.Items), 1)/25*25) + " percent done"
}

func nameOrID(op operation.Operation) string {
	if op.TargetName != "" {
		return op.TargetName
	}
	return op.TargetID
}

// voteCount is how many of the people that it takes have agreed: "1 of 2". While votes are taken they are those that count
// now, afterwards those that were given on what was run.
func voteCount(r operation.Request, v approval.Verdict) string {
	all := r.Need.People()
	if all == 0 {
		return ""
	}
	if r.State == operation.Awaiting {
		// Today's rules may ask for more than those of the day when it was asked for.
		given, missing := 0, v.Missing.People()
		for _, counted := range v.Counted {
			if counted {
				given++
			}
		}
		return number(given) + " of " + number(max(all, given+missing))
	}
	given := 0
	for _, vote := range r.Votes {
		if vote.Approve && vote.Digest == r.Digest {
			given++
		}
	}
	return number(given) + " of " + number(max(all, given))
}
