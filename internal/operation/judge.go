package operation

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/backup"
)

// ending is how a call came out.
type ending struct {
	to            State
	detail        string
	checked       string
	attempts      int
	written       []string // of the parameters, those in force
	before, after map[string]string

	undoUntil time.Time
}

func (e ending) outcome() audit.Outcome {
	switch e.to {
	case Succeeded:
		return audit.Succeeded
	case Failed:
		return audit.Failed
	case Partial:
		return audit.Partial
	}
	return audit.Unknown
}

// judge reads the outcome table, and reads the target back at once when the outcome needs it.
func (s *Service) judge(ctx context.Context, a action.Action, o action.Order, err error) ending {
	partly, inPart := errors.AsType[*action.Partly](err)
	outcome := backup.OutcomeOf(err)
	why := explain(err, a.Kind)
	switch {
	case outcome == backup.Succeeded:
		return s.succeeded(ctx, a, o, "")
	case outcome == backup.FailedNotSent && inPart:
		return s.partial(ctx, a, o, partly.Written, why+" The rest was not sent.")
	case outcome == backup.FailedNotSent:
		return ending{to: Failed, detail: why + " Nothing was sent."}
	case outcome == backup.Failed && inPart:
		return s.partial(ctx, a, o, partly.Written, why)
	case outcome == backup.Failed:
		s.reread(ctx, a, o.Target.ID)
		return ending{to: Failed, detail: why}
	}
	e := ending{to: Unknown, detail: why}
	if inPart {
		e.written = partly.Written
		e.detail += " Written before that: " + labels(a, o.State.Settings, partly.Written) + "."
	}
	found, checkErr := checkSafely(ctx, a, s.opts.Reader, o)
	switch {
	case checkErr != nil:
		e.checked = "The backup service did not answer the check."
	case found == action.Happened:
		return s.succeeded(ctx, a, o, why+" The check read back that it happened")
	case backup.Answered(err) && (inPart || found == action.InPart):
		// The vendor is done with the call, so what was read is the last word.
		return s.partial(ctx, a, o, s.inForce(ctx, a, o, e.written), why)
	case backup.Answered(err):
		return s.settledByCheck(ctx, a, o, why+" The check read back that nothing changed")
	case found == action.InPart:
		e.checked = "Happened in part when it was checked; the call may still be under way."
	default:
		e.checked = "Not happened yet when it was checked; the call may still be under way."
	}
	return e
}

// succeeded is the ending of what happened, as the vendor said or a check has read back, with what it is like now.
func (s *Service) succeeded(ctx context.Context, a action.Action, o action.Order, how string) ending {
	e := ending{to: Succeeded, written: named(a, o)}
	if a.Settings != nil {
		words, before, after := s.aftermath(ctx, a, o, e.written)
		e.detail, e.before, e.after = sentences(how, words), before, after
		return e
	}
	e.before, e.after = changed(a, o, nil)
	switch status := s.reread(ctx, a, o.Target.ID); {
	case status == "":
		e.detail = cmp.Or(how, a.Done+". The "+a.Kind.Noun+" could not be read back yet") + "."
	case a.Changed != nil:
		e.detail = cmp.Or(how, "Read back") + ": " + status + "."
	default:
		e.detail = cmp.Or(how, "Read back") + ": " + status + "."
		e.after = map[string]string{"status": status}
	}
	return e
}

// sentences puts the words about an outcome before those about what was read.
func sentences(how, words string) string {
	if how == "" {
		return words
	}
	return how + ". " + words
}

// partial is the ending of what was carried out in part.
func (s *Service) partial(ctx context.Context, a action.Action, o action.Order, written []string, why string) ending {
	e := ending{to: Partial, written: written, detail: partWords(a, o, written) + " " + why}
	if a.Settings == nil {
		s.reread(ctx, a, o.Target.ID)
		e.before, e.after = changed(a, o, written)
		return e
	}
	words, before, after := s.aftermath(ctx, a, o, written)
	e.detail, e.before, e.after = e.detail+" "+words, before, after
	return e
}

// partWords says which parameters are in force and which are not.
func partWords(a action.Action, o action.Order, written []string) string {
	if !a.Changes {
		return "Some of it is in force, and some is not."
	}
	var missing []string
	for _, name := range named(a, o) {
		if !slices.Contains(written, name) {
			missing = append(missing, name)
		}
	}
	return "Written: " + labels(a, o.State.Settings, written) + ". Not written: " + cmp.Or(labels(a, o.State.Settings, missing), "nothing") + "."
}

// settledByCheck is the ending of what did not happen, as a check has read back.
func (s *Service) settledByCheck(ctx context.Context, a action.Action, o action.Order, detail string) ending {
	status := s.reread(ctx, a, o.Target.ID)
	if status == "" || a.Changed != nil {
		return ending{to: Failed, detail: detail + "."}
	}
	return ending{to: Failed, detail: detail + ": " + status + ".", after: map[string]string{"status": status}}
}
