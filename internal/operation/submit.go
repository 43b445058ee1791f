package operation

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
	"backup-portal/internal/policy"
)

// reasonLimit is how many characters a reason may have: it stands in the audit log for ever.
const reasonLimit = 500

// Submission is a posted form.
type Submission struct {
	ID       string            // operation id, made when the form was drawn
	Action   string            // catalogue id
	TargetID string            // device GUID, orgUid
	Params   map[string]string // of an action that has some
	Reason   string
	Seen     string // fingerprint that the form was drawn with; "" when it is not known
	Request  string // id of the HTTP request
}

// NewID makes the id that a form carries; ids sort by time.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// Submit takes a change of one target onto the road and answers its operation: finished, still running after AnswerAfter,
// or waiting for the yes of others as the item of a request. Posting the same id again answers the same operation and
// sends nothing.
func (s *Service) Submit(ctx context.Context, actor policy.Actor, in Submission) (Operation, error) {
	a, ok := s.catalogue[in.Action]
	if !ok {
		return Operation{}, fault.New(fault.NotFound, "There is no such action.", "")
	}
	in.Reason, in.Params = strings.TrimSpace(in.Reason), given(in.Params)
	if err := validate(a, in.ID, in.Reason, in.Params); err != nil {
		return Operation{}, err
	}
	if op, known, err := s.known(ctx, actor, a, in); known || err != nil {
		return op, err
	}
	reading, err := s.readable(ctx, actor, a, in)
	if err != nil {
		return Operation{}, err
	}
	// Another portal may have run the same form meanwhile: what was read then shows its effect and would be refused.
	if op, known, err := s.known(ctx, actor, a, in); known || err != nil {
		return op, err
	}
	op, err := s.submit(ctx, actor, a, in, reading)
	if fault.Is(err, fault.Conflict) {
		// Another portal may have taken the same form, at once or as a request, by rules of its own.
		if op, known, knownErr := s.known(ctx, actor, a, in); known && knownErr == nil {
			return op, nil
		}
	}
	return op, err
}

// submit decides which way the change goes: at once, or as a request. What a budget counts is always one, so that it is counted
// while nobody else asks.
func (s *Service) submit(ctx context.Context, actor policy.Actor, a action.Action, in Submission, reading Reading) (Operation, error) {
	d := policy.Decide(actor, a, reading.Target.OrgPath, s.situation())
	if d.Asks() || d.Allowed && (a.Risk == action.Destructive || a.Weigh != nil) {
		return only(s.ask(ctx, actor, a, in.selection(), []Reading{reading}))
	}
	op := describe(actor, a, in, reading)
	if err := s.admit(ctx, a, reading, op, in.Seen, d); err != nil {
		return Operation{}, err
	}
	return s.run(ctx, actor, a, reading, op)
}

// only is the one item of a request about one target.
func only(r Request, err error) (Operation, error) {
	if err != nil {
		return Operation{}, err
	}
	return r.Items[0], nil
}

// selection is the form as a selection of one.
func (in Submission) selection() Selection {
	selection := Selection{ID: in.ID, Action: in.Action, TargetIDs: []string{in.TargetID}, Params: in.Params, Reason: in.Reason, HTTP: in.Request}
	if in.Seen != "" {
		selection.Seen = map[string]string{in.TargetID: in.Seen}
	}
	return selection
}

func validate(a action.Action, id, reason string, params map[string]string) error {
	if _, err := ParseID(id); err != nil {
		return err
	}
	if reason == "" && (a.Reason || a.Risk == action.Destructive) {
		return fault.New(fault.Invalid, "A reason is needed.", "Say why, in a few words; a case number helps.")
	}
	if err := acceptable(a, params); err != nil {
		return err
	}
	return shortEnough(reason)
}

// shortEnough turns down a reason that is too long to be kept.
func shortEnough(reason string) error {
	if utf8.RuneCountInString(reason) > reasonLimit {
		return fault.New(fault.Invalid, fmt.Sprintf("The reason is longer than %d characters.", reasonLimit), "Shorten it; a link or a case number is enough.")
	}
	return nil
}

// known answers the operation of a form that was posted before, whether it went at once or became a request.
func (s *Service) known(ctx context.Context, actor policy.Actor, a action.Action, in Submission) (Operation, bool, error) {
	op, err := s.opts.Store.Operation(ctx, in.ID)
	if fault.Is(err, fault.NotFound) {
		r, known, askedErr := s.asked(ctx, actor, a, in.selection())
		if !known {
			return Operation{}, false, askedErr
		}
		if askedErr == nil {
			op, err = only(r, nil)
			return op, true, err
		}
		// Another portal may have begun it between the two looks.
		if op, err = s.opts.Store.Operation(ctx, in.ID); err != nil {
			return Operation{}, true, askedErr
		}
	}
	if err == nil {
		op, err = again(actor, a, in, op)
	}
	return op, true, err
}

// again answers a form that was posted before, to the person who posted it and to nobody else.
func again(actor policy.Actor, a action.Action, in Submission, op Operation) (Operation, error) {
	if op.Person.Key != actor.Key() || op.Action != in.Action || op.TargetID != in.TargetID || !maps.Equal(op.Params, kept(a, in.Params)) {
		return Operation{}, otherForm(a)
	}
	return op, nil
}

// readable reads the target live, or says why nothing can be decided. What the actor may not see does not exist for them.
func (s *Service) readable(ctx context.Context, actor policy.Actor, a action.Action, in Submission) (Reading, error) {
	reading, err := s.readFor(ctx, scopeOf(actor), a, in.TargetID, in.Params)
	if err == nil {
		err = unread(a.Kind, reading)
	}
	if err != nil {
		return Reading{}, err
	}
	return reading, nil
}

// unread says that nothing can be decided about a target that the vendor did not answer for.
func unread(k action.Kind, reading Reading) error {
	if reading.Failure == nil {
		return nil
	}
	why := fault.Of(reading.Failure)
	return fault.Wrap(fault.Upstream, reading.Failure,
		why.Message+" The state of the "+k.Noun+" is not known, so nothing was sent.", why.Next)
}

func describe(actor policy.Actor, a action.Action, in Submission, o Reading) Operation {
	return Operation{
		ID: in.ID, Action: a.ID, Reason: in.Reason, Request: in.Request, Params: kept(a, in.Params),
		Person:     personOf(actor),
		TargetKind: o.Target.Kind, TargetID: o.Target.ID, TargetName: o.Target.Name,
		TargetOrgUID: o.Target.OrgUID, TargetOrgName: o.Target.OrgName, TargetOrgPath: o.Target.OrgPath,
		Fingerprint: a.Fingerprint(o.Order), Serial: serialOf(a, o.Order),
	}
}

// admit is the gate of what goes at once: policy, then whether the action makes sense now. Each refusal is written down
// with its reason.
func (s *Service) admit(ctx context.Context, a action.Action, o Reading, op Operation, seen string, d policy.Decision) error {
	if !d.Allowed {
		return s.refuse(ctx, op, fault.New(fault.Denied, d.Reason, nothingSent))
	}
	var asked demand
	asked.withTerms(d.Terms, true)
	if err := asked.accepts(op.Reason); err != nil {
		return err
	}
	if why, conflict := hindered(a, o.Order); why != "" {
		return s.refuse(ctx, op, fault.Wrap(fault.Conflict, asError(conflict), why, "Nothing was sent to the backup service; the "+a.Kind.Noun+" page shows its state now."))
	}
	if seen != "" && seen != op.Fingerprint && !moved(a, o.Order) {
		return s.refuse(ctx, op, fault.New(fault.Conflict, "The "+a.Kind.Noun+" has changed since you opened the form.",
			"Nothing was sent to the backup service; look at the "+a.Kind.Noun+" again and decide anew."))
	}
	return nil
}

func (s *Service) refuse(ctx context.Context, op Operation, f *fault.Fault) error {
	line := op.line(audit.Refused, s.opts.Now())
	line.Detail = f.Message
	if _, err := s.opts.Store.Record(ctx, line); err != nil {
		return fmt.Errorf("record refusal: %w", err)
	}
	return f
}

// line starts an audit line about the operation, by the person who asked for it.
func (o Operation) line(outcome audit.Outcome, at time.Time) audit.Line {
	return audit.Line{
		At:     at,
		Actor:  audit.Actor{Key: o.Person.Key, Name: o.Person.Name, Email: o.Person.Email, Address: o.Person.Address},
		Action: o.Action, Vendor: "backup",
		Target:  audit.Target{Kind: o.TargetKind, ID: o.TargetID, Name: o.TargetName, Org: o.TargetOrgName},
		OrgUIDs: []string{o.TargetOrgUID}, Outcome: outcome, Reason: o.Reason,
		Request: o.Request, Operation: o.ID, Under: o.Under,
	}
}

// ParseID checks an operation id from a form or an address.
func ParseID(text string) (string, error) {
	id, err := uuid.Parse(text)
	if err != nil || id.String() != text {
		return "", fault.New(fault.Invalid, "The form has no valid operation id.", "Open the page again and use its button.")
	}
	return text, nil
}
