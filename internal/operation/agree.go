package operation

import (
	"context"
	"errors"
	"slices"

	"backup-portal/internal/action"
	"backup-portal/internal/approval"
	"backup-portal/internal/fault"
	"backup-portal/internal/policy"
)

// electorate is who asked and who voted, as they are now: by the provider's last word and today's rules.
type electorate struct {
	asker  policy.Actor
	known  bool                    // the one who asked
	voters map[string]policy.Actor // by key; who is not known any more holds nothing
}

// electorate reads everybody whose right counts. Who is here now is taken as they are here.
func (s *Service) electorate(ctx context.Context, r Request, here ...policy.Actor) (electorate, error) {
	return electorateOf(ctx, s.opts.People, r, here...)
}

func electorateOf(ctx context.Context, people People, r Request, here ...policy.Actor) (electorate, error) {
	e := electorate{voters: map[string]policy.Actor{}}
	for _, actor := range here {
		e.voters[actor.Key()] = actor
	}
	var err error
	if e.asker, e.known, err = people.Person(ctx, r.Person.Key); err != nil {
		return electorate{}, err
	}
	for _, v := range r.Votes {
		if _, met := e.voters[v.Person.Key]; met {
			continue
		}
		actor, _, err := people.Person(ctx, v.Person.Key)
		if err != nil {
			return electorate{}, err
		}
		e.voters[v.Person.Key] = actor
	}
	return e, nil
}

// errVotedMeanwhile says that a vote came in by somebody whose rights were not read.
var errVotedMeanwhile = errors.New("somebody voted meanwhile")

// count is what the votes on a request come to.
type count struct {
	lost    string // why who asked may not any more; ""
	refusal string // why the budget lets nothing of it go now; ""
	over    string // why the budget asks for one approver more; ""
	approval.Verdict
	counts []bool // for each of Request.Votes
}

// holds tells whether the request may run.
func (c count) holds() bool { return c.lost == "" && c.refusal == "" && c.Met }

// missing says what the request lacks.
func (c count) missing() string {
	switch {
	case c.lost != "":
		return c.lost
	case c.refusal != "":
		return c.refusal
	}
	return "Not enough of the votes count now: " + c.Missing.Words() + " would have to agree."
}

// count decides the request on targets in these places: by the need that was asked for, and by today's as well.
func (s *Service) count(r Request, a action.Action, paths []string, e electorate, spent policy.Spent) (count, error) {
	today := demand{refusal: "Who asked for it is not known any more."}
	if e.known {
		today = demandOf(e.asker, a, paths, s.standingNow())
	}
	c := count{counts: make([]bool, len(r.Votes))}
	if today.refusal != "" {
		c.lost = r.Person.Name + " may not ask for this any more. " + today.refusal
	}
	var need approval.Need
	need, c.over, c.refusal = s.overdrawn(today.need, a, spent, r.weight(a))
	votes, which, err := s.ballots(r, a, paths, e)
	if err != nil {
		return count{}, err
	}
	asker := r.Person.voter()
	c.Verdict = approval.Suffice(r.Need, asker, votes)
	if now := approval.Suffice(need, asker, votes); now.Missing.People() > c.Missing.People() {
		c.Verdict = now
	}
	// Votes on something that is not what it was count for nothing.
	if !r.intact() {
		c.Verdict = approval.Verdict{Missing: r.Need, Counted: make([]bool, len(votes))}
		c.lost = "Its targets are not those that people agreed to."
	}
	for i, at := range which {
		c.counts[at] = c.Counted[i]
	}
	return c, nil
}

// places are where the targets lie that who asked may still ask for: of several, one that was moved away since is left out
// at the run, and is no reason to turn down the rest.
func (s *Service) places(r Request, a action.Action, e electorate) []string {
	still := slices.DeleteFunc(r.paths(), func(path string) bool {
		return !policy.Decide(e.asker, a, path, s.standingNow()).May()
	})
	if len(still) == 0 {
		return r.paths()
	}
	return still
}

// weight is how many devices the request counts for in all.
func (r Request) weight(a action.Action) int {
	weight := 0
	for _, op := range r.Items {
		if tallyOf(a) == policy.Reconfigured {
			weight += op.Reach
		} else {
			weight += op.Weight
		}
	}
	return weight
}

// ballots are the votes that say yes to what the request is bound to now, with what their voters hold now, and for each
// which of Request.Votes it is. People are told apart by the addresses of both times, of the vote and of now: behind the
// votes follow some without a role, which only tie the two together.
func (s *Service) ballots(r Request, a action.Action, paths []string, e electorate) (votes []approval.Vote, which []int, err error) {
	ties := []approval.Vote{{Person: approval.Person{Key: r.Person.Key, Email: e.asker.Email}}}
	for i, v := range r.Votes {
		voter, met := e.voters[v.Person.Key]
		switch {
		case !met:
			return nil, nil, errVotedMeanwhile
		case !v.Approve || v.Digest != r.Digest:
			continue
		}
		votes = append(votes, approval.Vote{Person: v.Person.voter(), Standing: s.standing(voter, a, paths)})
		which = append(which, i)
		ties = append(ties, approval.Vote{Person: approval.Person{Key: v.Person.Key, Email: voter.Email}})
	}
	return append(votes, ties...), which, nil
}

// spent reads what the budget counts beside this request, for a run on targets in these places.
func (s *Service) spent(ctx context.Context, r Request, a action.Action, paths []string, e electorate) (policy.Spent, error) {
	spending, spends := s.spending(r, a, paths, e)
	if !spends {
		return policy.Spent{}, nil
	}
	return s.opts.Requests.Spent(ctx, spending, r.ID)
}

// spending is what the budget counts for a run on targets in these places; false when it is turned down for something else,
// or counts for nothing.
func (s *Service) spending(r Request, a action.Action, paths []string, e electorate) (Spending, bool) {
	d := demandOf(e.asker, a, paths, s.standingNow())
	return Spending{Tally: tallyOf(a), Person: r.Person.voter(), Path: d.under}, e.known && d.refusal == "" && r.weight(a) > 0
}

// admission decides once more about a target in this place when it begins, on what others have begun by then.
func (s *Service) admission(r Request, a action.Action, path string, e electorate) *Admission {
	spending, spends := s.spending(r, a, []string{path}, e)
	if !spends {
		return nil
	}
	return &Admission{Spending: spending, Under: r.ID, Decide: func(spent policy.Spent) error {
		c, err := s.count(r, a, []string{path}, e, spent)
		if err == nil && !c.holds() {
			err = fault.New(fault.Conflict, c.missing(), nothingSent)
		}
		return err
	}}
}
