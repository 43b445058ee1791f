package notify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/operation"
)

// letter is what one person is told: plain text, made of what every recipient of the request may see.
type letter struct{ subject, body string }

// telling is everything that a letter is written from.
type telling struct {
	kind    operation.NoticeKind
	request operation.Request
	own     bool   // the recipient asked for it
	missing string // who still has to agree, in words; "" when nobody has to
	action  action.Action
	address string // of the request's page
	zone    *time.Location
}

// write writes the letter.
func (t telling) write() letter {
	var b strings.Builder
	subject, opening := t.opening()
	for _, line := range wrapped(opening) {
		b.WriteString(line + "\n")
	}
	b.WriteString("\n")
	for _, f := range t.facts() {
		if f.Value != "" {
			fmt.Fprintf(&b, "  %-10s %s\n", f.Name+":", f.Value)
		}
	}
	if t.request.Reason != "" {
		b.WriteString("\nThe reason, as it was typed:\n" + quoted(t.request.Reason))
	}
	if denied, ok := t.denial(); ok && denied.Reason != "" {
		b.WriteString("\nThe reason of the denial, as it was typed:\n" + quoted(denied.Reason))
	}
	b.WriteString("\n" + t.invitation() + "\n" + t.address + "\n")
	b.WriteString("\n-- \nBackup Portal. Nobody can decide by answering this mail.\n")
	return letter{subject: subject + ": " + t.what(), body: b.String()}
}

// what says the change in a few words: "Deactivate device “LAPTOP-042”", "Deactivate 12 devices".
func (t telling) what() string {
	label, noun := t.action.Label, t.action.Kind.Noun
	if label == "" {
		label = t.request.Action
	}
	if n := len(t.request.Items); n != 1 {
		return strings.TrimSuffix(label, noun) + strconv.Itoa(n) + " " + noun + "s"
	}
	return label + " “" + name(t.request.Items[0].TargetName) + "”"
}

// opening is the beginning of the subject, and the first sentence.
func (t telling) opening() (subject, sentence string) {
	asker, asked := name(t.request.Person.Name), "What "+name(t.request.Person.Name)+" asked for"
	if t.own {
		asked = "What you asked for"
	}
	switch t.kind {
	case operation.ToDecide:
		return "Please decide", asker + " asks for your approval."
	case operation.Again:
		const grown = " reaches more than when people agreed to it. Their votes count no more"
		if t.own {
			return "Asked anew", asked + grown + "; everybody is asked anew."
		}
		return "Please decide anew", asked + grown + "; please look at it and decide anew."
	case operation.Soon:
		return "Agreed", asked + " is agreed to. It runs at " + t.time(t.request.Due) + " unless it is withdrawn before."
	case operation.Halted:
		if t.request.StoppedByHand() && t.count(operation.Unknown) == 0 {
			return "Stopped", asked + " was stopped by hand. What was not sent waits until somebody goes on or leaves it out."
		}
		then := " Somebody has to settle it."
		if t.count(operation.Awaiting) > 0 {
			then = " The rest waits until that is settled and somebody goes on."
		}
		return "Stopped", asked + " has stopped: of one change nobody can say yet whether it happened." + then
	}
	return t.ending(asked)
}

func (t telling) ending(asked string) (subject, sentence string) {
	switch t.request.State {
	case operation.Rejected:
		if denied, ok := t.denial(); ok {
			return "Denied", asked + " was denied by " + name(denied.Person.Name) + ". Nothing was changed."
		}
		return "Denied", asked + " was denied. Nothing was changed."
	case operation.Expired:
		return "Expired", asked + " has expired: not enough people agreed in time. Nothing was changed."
	case operation.Withdrawn:
		return "Withdrawn", asked + " was withdrawn. Nothing was changed."
	}
	succeeded := t.count(operation.Succeeded)
	switch all := len(t.request.Items); {
	case succeeded == all:
		return "Done", asked + " is done."
	case all == 1:
		return "Not done", asked + " has ended, and it was not done."
	default:
		return "Ended", fmt.Sprintf("%s has ended: %d of %d are done.", asked, succeeded, all)
	}
}

// denial is the last no.
func (t telling) denial() (operation.Vote, bool) {
	if t.request.State != operation.Rejected {
		return operation.Vote{}, false
	}
	for _, v := range slices.Backward(t.request.Votes) {
		if !v.Approve {
			return v, true
		}
	}
	return operation.Vote{}, false
}

func (t telling) facts() []action.Fact {
	r := t.request
	facts := []action.Fact{
		{Name: "What", Value: t.what()},
		{Name: "Where", Value: t.where()},
		{Name: "Asked by", Value: name(r.Person.Name)},
		{Name: "Asked", Value: t.time(r.Created)},
	}
	switch r.State {
	case operation.Awaiting:
		facts = append(facts, action.Fact{Name: "Missing", Value: t.missing}, action.Fact{Name: "Expires", Value: t.time(r.Expires)})
		if r.Over != "" {
			facts = append(facts, action.Fact{Name: "Budget", Value: clipped(visible(r.Over), 3*nameLength)})
		}
	case operation.Scheduled:
		facts = append(facts, action.Fact{Name: "Runs", Value: t.time(r.Due)})
	case operation.Running, operation.Stopped, operation.Ended:
		facts = append(facts, action.Fact{Name: "Outcome", Value: t.outcome()}, action.Fact{Name: "Last word", Value: clipped(visible(r.Detail), 3*nameLength)})
	}
	return facts
}

// where names the organizations of the targets, the first few.
func (t telling) where() string {
	const named = 3
	var uids, names []string
	for _, item := range t.request.Items {
		if !slices.Contains(uids, item.TargetOrgUID) {
			uids = append(uids, item.TargetOrgUID)
			names = append(names, name(item.TargetOrgName))
		}
	}
	if rest := len(names) - named; rest > 0 {
		names = append(names[:named], fmt.Sprintf("%d more", rest))
	}
	return strings.Join(names, ", ")
}

// outcome counts the items: "10 done, 1 failed, 1 left out".
func (t telling) outcome() string {
	var parts []string
	for _, state := range []struct {
		state operation.State
		word  string
	}{
		{operation.Succeeded, "done"},
		{operation.Failed, "failed"},
		{operation.Partial, "failed in part"},
		{operation.Unknown, "unknown"},
		{operation.Running, "under way"},
		{operation.Awaiting, "waiting"},
		{operation.LeftOut, "left out"},
	} {
		if n := t.count(state.state); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state.word))
		}
	}
	return strings.Join(parts, ", ")
}

func (t telling) count(state operation.State) int {
	n := 0
	for _, item := range t.request.Items {
		if item.State == state {
			n++
		}
	}
	return n
}

// invitation is the line above the link.
func (t telling) invitation() string {
	switch {
	case t.request.State == operation.Awaiting && !t.own:
		return "What it reaches, and the decision:"
	case t.request.State == operation.Stopped:
		return "What is known, and what can be done:"
	}
	return "All about it:"
}

func (t telling) time(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(t.zone).Format("2 Jan 2006, 15:04 MST")
}
