package operation

import (
	"context"
	"slices"

	"backup-portal/internal/action"
	"backup-portal/internal/approval"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
)

// Request reads a request for a person: their own, one that they may vote on, or one whose audit lines they may read, and
// only while all its targets lie in what they may read. To everybody else it does not exist.
func (s *Service) Request(ctx context.Context, actor policy.Actor, id string) (Request, error) {
	r, err := s.opts.Requests.Request(ctx, id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Request{}, err
	}
	if err != nil || !s.mayReadRequest(actor, r) {
		return Request{}, fault.New(fault.NotFound, inventory.NotFoundMessage, inventory.NotFoundNext)
	}
	return r, nil
}

func (s *Service) mayReadRequest(actor policy.Actor, r Request) bool {
	everywhere := func(p policy.Permission) bool {
		return !slices.ContainsFunc(r.Items, func(op Operation) bool { return !policy.May(actor, p, op.TargetOrgPath) })
	}
	a, known := s.catalogue[r.Action]
	votes := known && s.standing(actor, a, r.paths()) != nil
	return len(r.Items) > 0 && everywhere(policy.Read) && (r.Person.Key == actor.Key() || votes || everywhere(policy.ReadAudit))
}

// Readable tells whether the person with this key may read a request now.
func (s *Service) Readable(ctx context.Context, personKey string, r Request) (bool, error) {
	person, known, err := s.opts.People.Person(ctx, personKey)
	return known && s.mayReadRequest(person, r), err
}

// pageSize is how many requests are read at once to find those that a person may see among them.
const pageSize = 50

// mostToDecide is how many requests are listed that wait for one person.
const mostToDecide = 200

// ToDecide lists the requests that wait for a vote that this person may give, oldest first.
func (s *Service) ToDecide(ctx context.Context, actor policy.Actor) ([]Request, error) {
	found, err := s.listed(ctx, RequestFilter{Scope: scopeOf(actor), States: []State{Awaiting}}, mostToDecide, func(r Request) bool {
		return s.now(r).Before(r.Expires) && s.waitsFor(actor, r.waiting())
	})
	slices.Reverse(found)
	return found, err
}

// Mine lists the requests that this person asked for, newest first; after is the id of the last one of the page before.
func (s *Service) Mine(ctx context.Context, actor policy.Actor, after string, limit int) ([]Request, error) {
	f := RequestFilter{Scope: scopeOf(actor), Person: actor.Key(), After: after}
	return s.listed(ctx, f, limit, func(r Request) bool { return s.mayReadRequest(actor, r) })
}

// AllRequests lists the requests that Request would answer, newest first.
func (s *Service) AllRequests(ctx context.Context, actor policy.Actor, states []State, after string, limit int) ([]Request, error) {
	f := RequestFilter{Scope: scopeOf(actor), States: states, After: after}
	return s.listed(ctx, f, limit, func(r Request) bool { return s.mayReadRequest(actor, r) })
}

// listed reads pages until so many fit. The scope is part of the query; what is looked at here is what it cannot know.
func (s *Service) listed(ctx context.Context, f RequestFilter, limit int, fits func(Request) bool) ([]Request, error) {
	f.Limit = pageSize
	var found []Request
	for {
		page, err := s.opts.Requests.Listed(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			if fits(r) {
				found = append(found, r)
			}
			if len(found) == limit {
				return found, nil
			}
		}
		if len(page) < f.Limit {
			return found, nil
		}
		f.After = page[len(page)-1].ID
	}
}

// Ability tells what the person may do with a request that Request answered.
func (s *Service) Ability(_ context.Context, actor policy.Actor, r Request) (Ability, error) {
	a := s.catalogue[r.Action]
	able := Ability{
		Own:      approval.Same(actor.Person(), r.Person.voter()),
		As:       s.rolesOf(actor, a, r.paths()),
		Vote:     s.whyNotVote(actor, a, r),
		Withdraw: sentence(s.whyNotWithdraw(actor, r)),
		Stop:     sentence(s.whyNotStop(actor, r)),
		Continue: sentence(s.whyNotContinue(actor, r)),
		Finish:   sentence(s.whyNotFinish(actor, r)),
	}
	able.DenyOnly = able.Vote != "" && s.mayDeny(actor, a, r)
	able.StepUp = (able.Vote == "" || able.DenyOnly) && a.Risk == action.Destructive && s.fresh(actor, s.now(r)) != nil
	return able, nil
}

func (s *Service) whyNotVote(actor policy.Actor, a action.Action, r Request) string {
	switch {
	case a.ID == "":
		return "This version of the portal does not know the action any more."
	case !s.takesVotes(r):
		return "It takes no vote any more."
	case r.votedUnder(actor.Key()):
		return "You have voted on it."
	case r.votedBy(actor.Person()):
		return "Another account with your address has voted on it."
	}
	return s.whyNoVoice(actor, a, r, true)
}

func (s *Service) takesVotes(r Request) bool {
	return r.State == Scheduled || r.State == Awaiting && s.now(r).Before(r.Expires)
}

// mayDeny tells whether the person may say no, be it that their yes would not count.
func (s *Service) mayDeny(actor policy.Actor, a action.Action, r Request) bool {
	return a.ID != "" && s.takesVotes(r) && !r.votedUnder(actor.Key()) && s.whyNoVoice(actor, a, r, false) == ""
}

// sentence is what a page says of a fault; "" when there is none.
func sentence(err error) string {
	if err == nil {
		return ""
	}
	return fault.Of(err).Message
}
