package operation

import (
	"context"
	"slices"

	"backup-portal/internal/approval"
	"backup-portal/internal/policy"
)

// Waiting is what it takes to tell whose vote a request waits for.
type Waiting struct {
	ID, Action, Digest string
	Person             Person   // who asks: key and address
	Voters             []Person // who has voted on what it is bound to now: keys and addresses
	Paths              []string // where its targets lie now
}

// waiting is a request as its count sees it.
func (r Request) waiting() Waiting {
	w := Waiting{ID: r.ID, Action: r.Action, Digest: r.Digest, Person: r.Person, Paths: r.paths()}
	for _, v := range r.Votes {
		if v.Digest == r.Digest {
			w.Voters = append(w.Voters, v.Person)
		}
	}
	return w
}

// concerns tells whether the person made the request or has voted on it: it waits for others then.
func (w Waiting) concerns(p approval.Person) bool {
	return approval.Same(p, w.Person.voter()) || slices.ContainsFunc(w.Voters, func(v Person) bool { return approval.Same(p, v.voter()) })
}

// waitsFor tells whether the request waits for a vote that this person may give.
func (s *Service) waitsFor(actor policy.Actor, w Waiting) bool {
	a, known := s.catalogue[w.Action]
	return known && len(w.Paths) > 0 && !w.concerns(actor.Person()) && s.standing(actor, a, w.Paths) != nil
}

// CountToDecide counts what ToDecide lists, up to a limit. Every page shows it, so it reads no request whole.
func (s *Service) CountToDecide(ctx context.Context, actor policy.Actor, limit int) (int, error) {
	f := RequestFilter{Scope: scopeOf(actor), Limit: pageSize}
	for count := 0; ; {
		page, err := s.opts.Requests.Waiting(ctx, f)
		if err != nil {
			return 0, err
		}
		for _, w := range page {
			if s.waitsFor(actor, w) {
				count++
			}
			if count == limit {
				return count, nil
			}
		}
		if len(page) < f.Limit {
			return count, nil
		}
		f.After = page[len(page)-1].ID
	}
}
