package handlers

import (
	"cmp"
	"slices"

	"backup-portal/internal/action"
	"backup-portal/internal/approval"
	"backup-portal/internal/audit"
	"backup-portal/internal/operation"
	"backup-portal/web/templates"
)

// votes is who asked, who has said what, who is missing, and what comes then.
func (p requestPage) votes() []templates.Step {
	r := p.request
	steps := []templates.Step{{
		State: templates.State{Shape: "done", Tone: "ok", Word: "Done"}, Lead: sentence(p.by(r.Person)), Text: "asked",
		Detail: roleWords(p.asker, p.org), At: p.k.minute(r.Created),
	}}
	for i, v := range r.Votes {
		steps = append(steps, p.vote(v, i >= len(p.progress.Counts) || p.progress.Counts[i]))
	}
	if len(r.Need) == 0 {
		steps = append(steps, templates.Step{State: templates.State{Shape: "done", Tone: "ok", Word: "Done"}, Lead: "Nobody else has to agree"})
	}
	if r.State == operation.Awaiting {
		for _, g := range p.progress.Verdict.Missing {
			steps = append(steps, templates.Step{
				State: templates.State{Shape: "wait", Tone: "info", Word: "Waiting"}, Lead: sentence(approval.Need{g}.Words()),
				Detail: p.whoCould(), At: templates.Time{Text: "waiting"},
			})
		}
	}
	return append(steps, p.lastStep()...)
}

func (p requestPage) vote(v operation.Vote, counts bool) templates.Step {
	step := templates.Step{
		State: templates.State{Shape: "done", Tone: "ok", Word: "Approved"}, Lead: sentence(p.by(v.Person)), Text: "approved",
		Detail: roleWords(v.As, p.org), Quote: v.Reason, At: p.k.minute(v.At),
	}
	if step.Detail != "" && step.Quote != "" {
		step.Detail += ":"
	}
	switch {
	case !v.Approve:
		step.State, step.Text = templates.State{Shape: "fail", Tone: "bad", Word: "Denied"}, "denied"
	case v.Digest != p.request.Digest:
		step.State, step.After = templates.State{Shape: "off", Word: "Void"}, "before it reached more; that vote counts no more"
	case !counts && p.request.State == operation.Awaiting:
		step.State, step.After = templates.State{Shape: "off", Word: "Does not count"}, "but does not count: they may not decide on this any more, or who is missing is somebody else"
	}
	return step
}

// whoCould names people who could still vote, each once, under however many accounts they are known.
func (p requestPage) whoCould() string {
	var list []string
	var named []approval.Person
	for _, a := range p.eligible {
		if slices.ContainsFunc(named, func(other approval.Person) bool { return approval.Same(other, a.Person()) }) {
			continue
		}
		named = append(named, a.Person())
		if approval.Same(a.Person(), p.actor.Person()) {
			list = append([]string{"you"}, list...)
		} else {
			list = append(list, cmp.Or(a.Name, "somebody without a name"))
		}
	}
	if len(list) == 0 {
		return "Nobody who could has signed in lately."
	}
	return names(list, 4)
}

// lastStep is what happens once enough have agreed.
func (p requestPage) lastStep() []templates.Step {
	r := p.request
	to := r.Action
	if p.action.ID != "" {
		to = shortLabel(p.action)
	}
	if len(r.Items) > 1 {
		to += ", one by one"
	}
	switch r.State {
	case operation.Awaiting:
		step := templates.Step{State: templates.State{Shape: "next", Word: "To come"}, Lead: to, Coming: true}
		if r.UndoWindow > 0 {
			step.Detail = lasting(r.UndoWindow) + " after the last vote; until then it can be stopped"
		}
		return []templates.Step{step}
	case operation.Scheduled:
		return []templates.Step{{State: templates.State{Shape: "wait", Tone: "info", Word: "Waiting"}, Lead: to, Detail: "can be stopped until then", At: p.k.minute(r.Due)}}
	case operation.Running, operation.Stopped, operation.Ended:
		return []templates.Step{{State: requestState(r), Lead: to, Detail: requestState(r).Word, At: p.closed()}}
	case operation.Rejected, operation.Expired, operation.Withdrawn, operation.Succeeded, operation.Failed, operation.Partial, operation.Unknown, operation.LeftOut:
	}
	return []templates.Step{{State: requestState(r), Lead: requestState(r).Word, Detail: "Nothing was sent to the backup service.", At: p.closed()}}
}

func (p requestPage) closed() templates.Time {
	if p.request.Closed.IsZero() {
		return templates.Time{}
	}
	return p.k.minute(p.request.Closed)
}

// actionOn is what a request does with something; an action that this version of the portal does not know has its id.
func actionOn(a action.Action, r operation.Request, what string) string {
	if a.ID == "" {
		return r.Action + " " + what
	}
	return doneTo(a, what)
}

// history is what the audit log holds about the request itself; of a single target also what was done to it.
func (p requestPage) history() []templates.Step {
	var steps []templates.Step
	for _, e := range p.steps {
		if e.Line.Operation != "" && len(p.request.Items) > 1 {
			continue // each operation's own page tells
		}
		if e.Line.Actor.Key != p.actor.Key() && !p.sees(e.Line.OrgUIDs) {
			continue
		}
		step := templates.Step{
			State: outcomeState(e.Line.Outcome), Lead: sentence(p.by(operation.Person{Key: e.Line.Actor.Key, Name: e.Line.Actor.Name})),
			Text: requestSentence(e.Line.Outcome), Detail: e.Line.Detail, Quote: e.Line.Reason, At: p.k.minute(e.Line.At),
			Links: []templates.Link{{Label: "Audit line " + number(int(e.Seq)), URL: lineURL(e.Seq)}},
		}
		if e.Line.Actor.Key == audit.SystemKey || e.Line.Operation != "" && e.Line.Actor.Key == p.request.Person.Key {
			step.Lead, step.Text = requestTurn(e.Line.Outcome), "" // nobody did that: it happened once enough had agreed
		}
		if e.Line.Reason == p.request.Reason {
			step.Quote = ""
		}
		steps = append(steps, step)
	}
	return steps
}

// sees tells whether all of these organizations are the reader's to see.
func (p requestPage) sees(uids []string) bool {
	return len(uids) > 0 && !slices.ContainsFunc(uids, func(uid string) bool { _, seen := p.org(uid); return !seen })
}

// requestSentence goes after who did something about a request.
func requestSentence(o audit.Outcome) string {
	switch o {
	case audit.Requested:
		return "asked for it"
	case audit.Approved:
		return "approved"
	case audit.Denied:
		return "denied it"
	case audit.Withdrawn:
		return "took it back"
	case audit.Scheduled, audit.Started:
		return "set it going"
	case audit.Stopped:
		return "stopped the run"
	case audit.Ended:
		return "ended it"
	case audit.Refused:
		return "tried in vain"
	case audit.Succeeded:
		return "settled it: it happened"
	case audit.Failed:
		return "settled it: it did not happen"
	case audit.Partial:
		return "settled it: it happened in part"
	case audit.Unknown:
		return "could not settle it"
	case audit.Intent, audit.Done, audit.Expired, audit.Returned:
	}
	return string(o)
}

// requestTurn is what happened to a request by itself.
func requestTurn(o audit.Outcome) string {
	switch o {
	case audit.Expired:
		return "Expired"
	case audit.Returned:
		return "It has to be decided anew"
	case audit.Started:
		return "The run began"
	case audit.Stopped:
		return "The run stopped"
	case audit.Ended:
		return "The run ended"
	case audit.Intent:
		return "Written down before it was sent"
	case audit.Requested, audit.Approved, audit.Denied, audit.Withdrawn, audit.Scheduled, audit.Refused, audit.Succeeded, audit.Failed, audit.Partial, audit.Unknown, audit.Done:
	}
	return sentence(string(o))
}
