package handlers

import (
	"cmp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"backup-portal/internal/action"
	"backup-portal/internal/operation"
	"backup-portal/web/templates"
)

// requestState puts a request's state into a shape and a word.
func requestState(r operation.Request) templates.State {
	switch r.State {
	case operation.Awaiting:
		return templates.State{Shape: "wait", Tone: "info", Word: "Waiting"}
	case operation.Scheduled:
		return templates.State{Shape: "wait", Tone: "info", Word: "Agreed, runs soon"}
	case operation.Running:
		return templates.State{Shape: "running", Tone: "info", Word: "Running"}
	case operation.Stopped:
		if r.StoppedByHand() {
			return templates.State{Shape: "off", Tone: "warn", Word: "Stopped by hand"}
		}
		return templates.State{Shape: "unknown", Tone: "warn", Word: "Stopped"}
	case operation.Ended:
		return endedState(r)
	case operation.Rejected:
		return templates.State{Shape: "fail", Tone: "bad", Word: "Denied"}
	case operation.Expired:
		return templates.State{Shape: "off", Word: "Expired"}
	case operation.Withdrawn:
		return templates.State{Shape: "off", Word: "Withdrawn"}
	}
	return operationState(r.State)
}

func endedState(r operation.Request) templates.State {
	count := outcomes(r)
	switch {
	case count[operation.Unknown] > 0:
		return templates.State{Shape: "unknown", Tone: "warn", Word: "Ended; " + unknownWords(count[operation.Unknown])}
	case count[operation.Succeeded] == len(r.Items):
		return templates.State{Shape: "done", Tone: "ok", Word: "Done"}
	case count[operation.Succeeded] == 0 && count[operation.Partial] == 0:
		return templates.State{Shape: "fail", Tone: "bad", Word: "Not done"}
	}
	return templates.State{Shape: "alert", Tone: "warn", Word: "Done in part"}
}

// ownWords say after its name how somebody's own open request stands.
func ownWords(r operation.Request) string {
	switch r.State {
	case operation.Awaiting:
		return "waits for others to agree"
	case operation.Scheduled:
		return "is agreed to and runs soon"
	case operation.Running:
		return "is running"
	case operation.Stopped:
		return stopWords(r)
	case operation.Rejected, operation.Expired, operation.Withdrawn, operation.Ended, operation.Succeeded, operation.Failed, operation.Partial, operation.Unknown, operation.LeftOut:
	}
	return endWords(r)
}

// endWords say after its name how a request ended.
func endWords(r operation.Request) string {
	switch r.State {
	case operation.Expired:
		return "has expired"
	case operation.Rejected, operation.Withdrawn, operation.Ended:
		return "was " + strings.ToLower(requestState(r).Word)
	case operation.Awaiting, operation.Scheduled, operation.Running, operation.Stopped, operation.Succeeded, operation.Failed, operation.Partial, operation.Unknown, operation.LeftOut:
	}
	return "is over"
}

// unknownWords says of how many changes nobody knows whether they happened.
func unknownWords(n int) string { return counted(n, "outcome") + " still unknown" }

// outcomes counts a request's targets by their state.
func outcomes(r operation.Request) map[operation.State]int {
	count := map[operation.State]int{}
	for _, op := range r.Items {
		count[op.State]++
	}
	return count
}

// whatWords says what a request does, without where: "Deactivate 12 devices", "Deactivate OSL-SHP-0412".
func whatWords(a action.Action, r operation.Request) string {
	what := counted(len(r.Items), kindOf(r).Noun)
	if len(r.Items) == 1 {
		what = cmp.Or(r.Items[0].TargetName, r.Items[0].TargetID)
	}
	return actionOn(a, r, what)
}

// kindOf is the kind of thing that a request is about.
func kindOf(r operation.Request) action.Kind {
	if len(r.Items) == 0 {
		return action.Device
	}
	return action.KindByID(r.Items[0].TargetKind)
}

// whereWords says in which organization the targets lie, as far as the reader sees it: "Shipping", "3 organizations". An
// organization as the target says so itself.
func whereWords(r operation.Request, org func(string) (string, bool)) string {
	uids := map[string]bool{}
	for _, op := range r.Items {
		if op.TargetOrgUID != op.TargetID {
			uids[op.TargetOrgUID] = true
		}
	}
	if len(uids) > 1 {
		return counted(len(uids), "organization")
	}
	for uid := range uids {
		name, _ := org(uid)
		return name
	}
	return ""
}

// roleWords puts the roles of a vote ("admin@100 org-manager@117") into words; only organizations that the reader sees are
// named: "admin, org-manager at Shipping".
func roleWords(as string, org func(string) (string, bool)) string {
	var words []string
	seen := map[string]bool{}
	for part := range strings.FieldsSeq(as) {
		role, uid, _ := strings.Cut(part, "@")
		if name, ok := org(uid); ok {
			role += " at " + name
		}
		if !seen[role] {
			seen[role] = true
			words = append(words, role)
		}
	}
	return strings.Join(words, ", ")
}

// sentence writes the first letter large.
func sentence(text string) string {
	first, width := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[width:]
}

// minute is for timelines that span a day: "14:05", "21 Nov 14:05".
func (k clock) minute(t time.Time) templates.Time {
	text := t.In(k.zone).Format("15:04")
	if !sameDay(t.In(k.zone), k.now.In(k.zone)) {
		text = t.In(k.zone).Format("2 Jan 15:04")
	}
	return k.at(t, text)
}

// ahead is a moment to come: "in 19 h".
func (k clock) ahead(t time.Time) templates.Time {
	text := k.until(t)
	if text != "now" {
		text = "in " + text
	}
	return k.at(t, text)
}

// lasting writes a length of time: "15 minutes".
func lasting(d time.Duration) string {
	switch {
	case d < time.Minute:
		return counted(int(d/time.Second), "second")
	case d < 2*time.Hour:
		return counted(int(d.Round(time.Minute)/time.Minute), "minute")
	}
	return counted(int(d.Round(time.Hour)/time.Hour), "hour")
}

// names lists a few names and how many more there are: "you, Ingrid Moe and 3 others".
func names(list []string, most int) string {
	more := len(list) - most
	if more > 0 {
		list = append(list[:most:most], counted(more, "other"))
	}
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}
