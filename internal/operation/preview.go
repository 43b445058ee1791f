package operation

import (
	"context"

	"backup-portal/internal/action"
	"backup-portal/internal/policy"
)

// Preview reads a selection live for an action with these parameters, within what the person may see; one that they may not
// see is a fault.NotFound.
func (s *Service) Preview(ctx context.Context, actor policy.Actor, a action.Action, ids []string, params map[string]string) (Preview, error) {
	if err := countable(a, ids); err != nil {
		return Preview{}, err
	}
	readings, err := s.readAll(ctx, actor, a, ids, params)
	if err != nil {
		return Preview{}, err
	}
	whys, conflicts, err := s.leftOut(ctx, a, readings)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Action: a, Targets: make([]PreviewTarget, len(readings))}
	going := Request{}
	for i, reading := range readings {
		if reading.Failure != nil {
			whys[i], conflicts[i] = "Its state is not known now: the backup service did not answer.", nil
		}
		p.Targets[i] = PreviewTarget{Reading: reading, Why: whys[i], Conflict: conflicts[i]}
		if whys[i] == "" {
			going.Items = append(going.Items, Operation{Extent: extentOf(a, reading.Order)}.weighed(a, reading.Order))
		}
	}
	d := demandOf(actor, a, placesOf(readings), s.situation())
	if d.refusal != "" {
		p.Refusal = d.refusal
		return p, nil
	}
	spent, err := s.opts.Requests.Spent(ctx, Spending{Tally: tallyOf(a), Person: actor.Person(), Path: d.under}, "")
	if err != nil {
		return Preview{}, err
	}
	p.Terms = d.terms
	p.Need, p.Over, p.Refusal = s.overdrawn(d.need, a, spent, going.weight(a))
	if len(going.Items) == 0 {
		p.Refusal = whys[0]
	}
	if len(p.Need) == 0 && a.Risk == action.Destructive {
		p.SignIn = s.fresh(actor, s.opts.Now())
	}
	return p, nil
}
