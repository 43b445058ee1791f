package operation

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
)

// reasonLimit is how many characters a reason may have: it stands in the audit log for ever.
const reasonLimit = 500

// Submission is a posted form.
type Submission struct {
	ID       string // operation id, made when the form was drawn
	Action   string // catalogue id
	TargetID string // device GUID, orgUid
	Reason   string
	Seen     string // fingerprint that the form was drawn with; "" when it is not known
	Request  string // id of the HTTP request
}

// NewID makes the id that a form carries; ids sort by time.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// Submit takes a change onto the road and answers its operation: finished, or still running after AnswerAfter.
// Posting the same id again answers the same operation and sends nothing.
func (s *Service) Submit(ctx context.Context, actor policy.Actor, in Submission) (Operation, error) {
	a, ok := s.catalogue[in.Action]
	if !ok {
		return Operation{}, fault.New(fault.NotFound, "There is no such action.", "")
	}
	in.Reason = strings.TrimSpace(in.Reason)
	if err := validate(a, in); err != nil {
		return Operation{}, err
	}
	if op, known, err := s.known(ctx, actor, a, in); known || err != nil {
		return op, err
	}
	reading, err := s.readable(ctx, actor, a.Kind, in.TargetID)
	if err != nil {
		return Operation{}, err
	}
	// Another portal may have run the same form meanwhile: what was read then shows its effect and would be refused.
	if op, known, err := s.known(ctx, actor, a, in); known || err != nil {
		return op, err
	}
	op := describe(actor, a, in, reading)
	if err := s.admit(ctx, actor, a, reading, op, in.Seen); err != nil {
		return Operation{}, err
	}
	return s.run(ctx, actor, a, reading, op)
}

func validate(a action.Action, in Submission) error {
	if _, err := ParseID(in.ID); err != nil {
		return err
	}
	if a.Reason && in.Reason == "" {
		return fault.New(fault.Invalid, "A reason is needed.", "Say why, in a few words; a case number helps.")
	}
	if utf8.RuneCountInString(in.Reason) > reasonLimit {
		return fault.New(fault.Invalid, fmt.Sprintf("The reason is longer than %d characters.", reasonLimit), "Shorten it; a link or a case number is enough.")
	}
	return nil
}

// known answers the operation of a form that was posted before.
func (s *Service) known(ctx context.Context, actor policy.Actor, a action.Action, in Submission) (Operation, bool, error) {
	op, err := s.opts.Store.Operation(ctx, in.ID)
	if fault.Is(err, fault.NotFound) {
		return Operation{}, false, nil
	}
	if err == nil {
		op, err = again(actor, a, in, op)
	}
	return op, true, err
}

// again answers a form that was posted before, to the person who posted it and to nobody else.
func again(actor policy.Actor, a action.Action, in Submission, op Operation) (Operation, error) {
	if op.Person.Key != actor.Key() || op.Action != in.Action || op.TargetID != in.TargetID {
		return Operation{}, fault.New(fault.Conflict, "This form was used for another change.", "Open the page of the "+a.Kind.Noun+" again and use its button.")
	}
	return op, nil
}

// readable reads the target live, or says why nothing can be decided. What the actor may not see does not exist for them.
func (s *Service) readable(ctx context.Context, actor policy.Actor, k action.Kind, id string) (Reading, error) {
	reading, err := s.Read(ctx, inventory.Scope{Paths: policy.Subtrees(actor, policy.Read)}, k, id)
	if err != nil {
		return Reading{}, err
	}
	if reading.Failure != nil {
		why := fault.Of(reading.Failure)
		return Reading{}, fault.Wrap(fault.Upstream, reading.Failure,
			why.Message+" The state of the "+k.Noun+" is not known, so nothing was sent.", why.Next)
	}
	return reading, nil
}

func describe(actor policy.Actor, a action.Action, in Submission, o Reading) Operation {
	return Operation{
		ID: in.ID, Action: a.ID, Reason: in.Reason, Request: in.Request,
		Person:     Person{Key: actor.Key(), Name: actor.Name, Email: actor.Email, Address: actor.Address},
		TargetKind: o.Target.Kind, TargetID: o.Target.ID, TargetName: o.Target.Name,
		TargetOrgUID: o.Target.OrgUID, TargetOrgName: o.Target.OrgName, TargetOrgPath: o.Target.OrgPath,
		Fingerprint: a.Fingerprint(o.State),
	}
}

// admit is the gate: policy, then whether the action makes sense now. Each refusal is written down with its reason.
func (s *Service) admit(ctx context.Context, actor policy.Actor, a action.Action, o Reading, op Operation, seen string) error {
	d := policy.Decide(actor, a, o.Target.OrgPath, policy.Situation{ReadOnly: s.opts.ReadOnly})
	if !d.Allowed {
		return s.refuse(ctx, op, fault.New(fault.Denied, d.Reason, "Nothing was sent to the backup service."))
	}
	if why := a.Ready(o.State); why != "" {
		return s.refuse(ctx, op, fault.New(fault.Conflict, why, "Nothing was sent to the backup service; the "+a.Kind.Noun+" page shows its state now."))
	}
	if seen != "" && seen != op.Fingerprint {
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
		Request: o.Request, Operation: o.ID,
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
