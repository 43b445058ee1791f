package operation

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
	"backup-portal/internal/policy"
)

const (
	mostTargets = 100 // of one request
	readAtOnce  = 4   // targets that are read live at the same time
)

// SubmitAll takes a selection onto the road as one request. Posting the same id again answers the same request.
func (s *Service) SubmitAll(ctx context.Context, actor policy.Actor, in Selection) (Request, error) {
	a, ok := s.catalogue[in.Action]
	if !ok {
		return Request{}, fault.New(fault.NotFound, "There is no such action.", "")
	}
	in.Reason, in.Params = strings.TrimSpace(in.Reason), given(in.Params)
	if err := validate(a, in.ID, in.Reason, in.Params); err != nil {
		return Request{}, err
	}
	if err := countable(a, in.TargetIDs); err != nil {
		return Request{}, err
	}
	if r, known, err := s.asked(ctx, actor, a, in); known || err != nil {
		return r, err
	}
	readings, err := s.readAll(ctx, actor, a, in.TargetIDs, in.Params)
	if err != nil {
		return Request{}, err
	}
	// Another portal may have taken the same form meanwhile: what was read then shows its effect and would be refused.
	if r, known, err := s.asked(ctx, actor, a, in); known || err != nil {
		return r, err
	}
	for _, reading := range readings {
		if err := unread(a.Kind, reading); err != nil {
			return Request{}, err
		}
	}
	return s.ask(ctx, actor, a, in, readings)
}

// countable turns down a selection of nothing, of too many, of one thing twice, or of several where the action takes one.
func countable(a action.Action, ids []string) error {
	k := a.Kind
	switch n := len(ids); {
	case n > 1 && !a.Bulk:
		return fault.New(fault.Invalid, "This is done to one "+k.Noun+" at a time.", "Open the page of the "+k.Noun+" and use its button.")
	case n == 0:
		return fault.New(fault.Invalid, "Nothing is selected.", "Select what it should be done to.")
	case n > mostTargets:
		return fault.New(fault.Invalid, fmt.Sprintf("%d %ss are selected; a request has at most %d.", n, k.Noun, mostTargets), "Select fewer, and ask again for the rest.")
	}
	sorted := slices.Sorted(slices.Values(ids))
	if len(slices.Compact(sorted)) != len(ids) {
		return fault.New(fault.Invalid, "One "+k.Noun+" is selected twice.", "Open the list again and select anew.")
	}
	return nil
}

// asked answers the request of a form that was posted before, to the person who posted it and to nobody else.
func (s *Service) asked(ctx context.Context, actor policy.Actor, a action.Action, in Selection) (Request, bool, error) {
	r, err := s.opts.Requests.Request(ctx, in.ID)
	if fault.Is(err, fault.NotFound) {
		_, err = s.opts.Store.Operation(ctx, in.ID)
		if fault.Is(err, fault.NotFound) {
			return Request{}, false, nil
		}
		return Request{}, true, errors.Join(err, otherForm(a))
	}
	if err == nil {
		err = sameForm(actor, a, in, r)
	}
	if err != nil {
		return Request{}, true, err
	}
	return r, true, nil
}

// sameForm tells whether the request is what this form asks for: what was left out of the selection is no item of it.
func sameForm(actor policy.Actor, a action.Action, in Selection, r Request) error {
	other := func(op Operation) bool {
		return op.TargetKind != a.Kind.ID || !slices.Contains(in.TargetIDs, op.TargetID)
	}
	if r.Person.Key != actor.Key() || r.Action != in.Action || !maps.Equal(r.Params, in.Params) || slices.ContainsFunc(r.Items, other) {
		return otherForm(a)
	}
	return nil
}

func otherForm(a action.Action) error {
	return fault.New(fault.Conflict, "This form was used for another change.", "Open the page of the "+a.Kind.Noun+" again and use its button.")
}

// readAll reads every target live within what the actor may see; one that they may not see is a fault.NotFound for all.
func (s *Service) readAll(ctx context.Context, actor policy.Actor, a action.Action, ids []string, params map[string]string) ([]Reading, error) {
	readings := make([]Reading, len(ids))
	err := each(ctx, len(ids), func(ctx context.Context, i int) (err error) {
		readings[i], err = s.readFor(ctx, scopeOf(actor), a, ids[i], params)
		return err
	})
	return readings, err
}

// ask decides a selection and stores it as a request, all or none of it.
func (s *Service) ask(ctx context.Context, actor policy.Actor, a action.Action, in Selection, readings []Reading) (Request, error) {
	refused := func(at int, kind fault.Kind, cause error, why, next string) (Request, error) {
		op := describe(actor, a, in.single(at), readings[at])
		if len(readings) > 1 {
			op.ID, op.Under = "", in.ID
		}
		return Request{}, s.refuse(ctx, op, fault.Wrap(kind, cause, why, next))
	}
	d := demandOf(actor, a, placesOf(readings), s.situation())
	if d.refusal != "" {
		return refused(d.refused, fault.Denied, nil, d.refusal, nothingSent)
	}
	if err := d.accepts(in.Reason); err != nil {
		return Request{}, err
	}
	if err := noSecrets(a, in.Params); err != nil {
		return Request{}, err
	}
	whys, conflicts, err := s.leftOut(ctx, a, readings)
	if err != nil {
		return Request{}, err
	}
	r := Request{
		ID: in.ID, Action: a.ID, Person: personOf(actor), Reason: in.Reason, HTTP: in.HTTP, Params: in.Params,
		UndoWindow: d.terms.UndoWindow, Lifetime: orElse(d.terms.Lifetime, lifetime),
	}
	for i, reading := range readings {
		if whys[i] != "" {
			continue
		}
		op := describe(actor, a, in.single(i), reading)
		if seen := in.Seen[op.TargetID]; seen != "" && seen != op.Fingerprint && !moved(a, reading.Order) {
			return refused(i, fault.Conflict, nil, changedSince(a, op, len(readings)), "Nothing was sent to the backup service; look again and decide anew.")
		}
		op.ID, op.Under, op.Position, op.State = NewID(), r.ID, len(r.Items), Awaiting
		op.Extent, op.Serial = extentOf(a, reading.Order), serialOf(a, reading.Order)
		r.Items = append(r.Items, op.weighed(a, reading.Order))
	}
	if len(r.Items) == 0 {
		return refused(0, fault.Conflict, asError(conflicts[0]), whys[0], nothingSent+" The page of the "+a.Kind.Noun+" shows its state now.")
	}
	if r.Digest, err = digestOf(r.Action, r.Params, r.Items); err != nil {
		return Request{}, err
	}
	return s.store(ctx, actor, a, in, r, d)
}

const nothingSent = "Nothing was sent to the backup service."

// store puts the request on record; one that needs nobody begins to run.
func (s *Service) store(ctx context.Context, actor policy.Actor, a action.Action, in Selection, r Request, d demand) (Request, error) {
	deciders := s.toDecide(ctx, r, ToDecide)
	spending := Spending{Tally: tallyOf(a), Person: actor.Person(), Path: d.under}
	stored, existed, err := s.opts.Requests.Ask(ctx, r, spending, func(spent policy.Spent) (Entry, error) {
		e := Entry{State: Awaiting, Line: r.line(audit.Requested, s.opts.Now()), Notices: deciders}
		var refusal string
		if e.Need, e.Over, refusal = s.overdrawn(d.need, a, spent, r.weight(a)); refusal != "" {
			return Entry{}, fault.New(fault.Denied, refusal, nothingSent)
		}
		if len(e.Need) > 0 {
			e.Line.Detail = strings.TrimSpace("It needs " + e.Need.Words() + ". " + e.Over)
			return e, nil
		}
		e.Notices, e.State, e.Line.Outcome, e.Line.Detail = nil, Running, audit.Started, "Nobody else has to agree."
		if r.UndoWindow > 0 {
			e.State, e.Line.Outcome = Scheduled, audit.Scheduled
		}
		if a.Risk == action.Destructive {
			return e, s.fresh(actor, s.opts.Now())
		}
		return e, nil
	})
	switch {
	case fault.Is(err, fault.Denied):
		line := r.line(audit.Refused, s.opts.Now())
		line.Detail = fault.Of(err).Message
		if _, recordErr := s.opts.Store.Record(ctx, line); recordErr != nil {
			return Request{}, fmt.Errorf("record refusal: %w", recordErr)
		}
		return Request{}, err
	case fault.Is(err, fault.Conflict):
		// The form may have been posted to two portals at once, and the other one was faster.
		if r, known, knownErr := s.asked(ctx, actor, a, in); known && knownErr == nil {
			return r, nil
		}
		return Request{}, err
	case err != nil:
		return Request{}, err
	case existed:
		return stored, sameForm(actor, a, in, stored)
	case stored.State == Running:
		return s.begin(ctx, stored)
	}
	return stored, nil
}

// accepts tells whether the reason has every form that the rules ask for.
func (d demand) accepts(reason string) error {
	for _, t := range d.reasons {
		if why := t.Unmet(reason); why != "" {
			return fault.New(fault.Invalid, why, "Write it like that, and send the form again.")
		}
	}
	return nil
}

// leftOut tells for each target why it would not be asked for, "" when it would.
func (s *Service) leftOut(ctx context.Context, a action.Action, readings []Reading) ([]string, []*SettingsConflict, error) {
	whys, conflicts := make([]string, len(readings)), make([]*SettingsConflict, len(readings))
	ids := make([]string, len(readings))
	for i, reading := range readings {
		ids[i] = reading.Target.ID
		if reading.Failure == nil || !a.Documents {
			whys[i], conflicts[i] = hindered(a, reading.Order)
		}
	}
	if len(readings) == 1 {
		return whys, conflicts, nil // an open change of a single target is a conflict that names it
	}
	open, err := s.opts.Requests.OpenOnEach(ctx, a.Kind.ID, ids)
	for i, id := range ids {
		if _, busy := open[id]; busy && whys[i] == "" {
			whys[i] = "Another change of the " + a.Kind.Noun + " is not finished."
		}
	}
	return whys, conflicts, err
}

// asError is a conflict as the cause of a fault; nil when there is none.
func asError(conflict *SettingsConflict) error {
	if conflict == nil {
		return nil
	}
	return conflict
}

func changedSince(a action.Action, op Operation, of int) string {
	if of == 1 {
		return "The " + a.Kind.Noun + " has changed since you opened the form."
	}
	return fmt.Sprintf("The %s %s has changed since you opened the form.", a.Kind.Noun, op.TargetName)
}

// single is the form about one target of the selection.
func (in Selection) single(at int) Submission {
	id := in.TargetIDs[at]
	return Submission{ID: in.ID, Action: in.Action, TargetID: id, Params: in.Params, Reason: in.Reason, Seen: in.Seen[id], Request: in.HTTP}
}

func placesOf(readings []Reading) []string {
	paths := make([]string, len(readings))
	for i, reading := range readings {
		paths[i] = reading.Target.OrgPath
	}
	return paths
}
