package operation

import (
	"context"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
)

// gated is what the gate says of the next item: it goes with what was read, waits, is left out, or the whole request turns.
type gated struct {
	reading   Reading
	admission *Admission // when what was read goes
	wait      bool       // nothing can be decided about it now
	out       string     // why it is left out
	turn      *Turn      // of the request
}

// gate is the last decision before a call, on the target as it is at this moment: whether it still makes sense, whether
// it reaches more than people agreed to, and whether who asked and enough of who agreed still may.
func (s *Service) gate(ctx context.Context, r Request, a action.Action, op Operation) (gated, error) {
	reading, err := s.readFor(ctx, inventory.Everything(), a, op.TargetID, r.Params)
	if fault.Is(err, fault.NotFound) {
		return gated{out: "The " + a.Kind.Noun + " does not exist any more."}, nil
	}
	if err != nil {
		return gated{}, err
	}
	if reading.Failure != nil {
		return gated{wait: true}, nil
	}
	e, err := s.electorate(ctx, r)
	if err != nil {
		return gated{}, err
	}
	c, err := s.countAt(ctx, r, a, reading.Target.OrgPath, e)
	if err != nil {
		return gated{}, err
	}
	alone := len(r.Items) == 1
	grew := grewSince(a, reading, op)
	switch why, _ := hindered(a, reading.Order); {
	case c.lost != "" || c.refusal != "":
		return s.stopped(ctx, r, a, e, c)
	case why != "":
		return gated{out: why}, nil
	case grew != "" && alone:
		turn, err := s.returned(ctx, r, a, reading, op, grew)
		return gated{turn: turn}, err
	case grew != "":
		return gated{out: grew}, nil
	case !c.Met:
		return s.stopped(ctx, r, a, e, c)
	}
	return gated{reading: reading, admission: s.admission(r, a, reading.Target.OrgPath, e)}, nil
}

// countAt counts the votes for one target, where it lies.
func (s *Service) countAt(ctx context.Context, r Request, a action.Action, path string, e electorate) (count, error) {
	spent, err := s.spent(ctx, r, a, []string{path}, e)
	if err != nil {
		return count{}, err
	}
	return s.count(r, a, []string{path}, e, spent)
}

// stopped decides what becomes of an item that people have not agreed to any more. As long as nothing was sent and no
// other item may go either, that is a matter of the whole request: it waits for more votes, or is over. Later, and when
// it is about this one only, the item is left out.
func (s *Service) stopped(ctx context.Context, r Request, a action.Action, e electorate, c count) (gated, error) {
	for _, op := range r.Items {
		switch op.State {
		case LeftOut:
		case Awaiting:
			other, err := s.countAt(ctx, r, a, op.TargetOrgPath, e)
			if err != nil {
				return gated{}, err
			}
			if len(r.Items) > 1 && other.holds() {
				return gated{out: c.missing()}, nil
			}
		default:
			return gated{out: c.missing()}, nil
		}
	}
	turn := Turn{
		ID: r.ID, Version: r.Version, Detail: c.missing(),
		Line: r.systemLine(audit.Returned, s.now(r), c.missing()),
	}
	if c.lost != "" || c.refusal != "" {
		turn.To, turn.Items, turn.Line.Outcome, turn.Notices = Rejected, Rejected, audit.Refused, r.tell(Over, false)
		return gated{turn: &turn}, nil
	}
	turn.To, turn.Notices = Awaiting, s.toDecide(ctx, r, ToDecide)
	return gated{turn: &turn}, nil
}

// returned sends a request with one target back to everybody, bound to what it reaches now: no vote so far is on that.
func (s *Service) returned(ctx context.Context, r Request, a action.Action, reading Reading, op Operation, why string) (*Turn, error) {
	voters := r.tell(Again, true)
	op.Fingerprint, op.Extent = a.Fingerprint(reading.Order), extentOf(a, reading.Order)
	op = op.weighed(a, reading.Order)
	target := reading.Target
	op.TargetName, op.TargetOrgUID, op.TargetOrgName, op.TargetOrgPath = target.Name, target.OrgUID, target.OrgName, target.OrgPath
	r.Items = []Operation{op}
	digest, err := digestOf(r.Action, r.Params, r.Items)
	if err != nil {
		return nil, err
	}
	r.Digest = digest
	why += " Everybody decides anew."
	return &Turn{
		ID: r.ID, Version: r.Version, To: Awaiting, Detail: why, Digest: digest,
		Line: r.systemLine(audit.Returned, s.now(r), why), Notices: onceEach(voters, s.toDecide(ctx, r, Again)),
		Renewed: []Renewal{{
			ID: op.ID, Fingerprint: op.Fingerprint, Extent: op.Extent, Weight: op.Weight, Reach: op.Reach, TargetName: op.TargetName,
			TargetOrgUID: op.TargetOrgUID, TargetOrgName: op.TargetOrgName, TargetOrgPath: op.TargetOrgPath,
		}},
	}, nil
}

// onceEach joins two lists of notices, one for each person.
func onceEach(first, second []Notice) []Notice {
	told := map[string]bool{}
	var all []Notice
	for _, n := range append(first[:len(first):len(first)], second...) {
		if !told[n.Person.Key] {
			told[n.Person.Key] = true
			all = append(all, n)
		}
	}
	return all
}

// grewSince says why running the action would be more than people agreed to; "" when it would not.
func grewSince(a action.Action, reading Reading, op Operation) string {
	if reading.Target.OrgUID != op.TargetOrgUID {
		return "The " + a.Kind.Noun + " was moved to another organization."
	}
	return extentOf(a, reading.Order).Grew(op.Extent)
}
