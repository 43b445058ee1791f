package operation

import (
	"context"

	"golang.org/x/sync/errgroup"

	"backup-portal/internal/fault"
	"backup-portal/internal/policy"
)

// Progress counts the votes by the roles that everybody holds now.
func (s *Service) Progress(ctx context.Context, r Request) (Progress, error) {
	a, known := s.catalogue[r.Action]
	if !known {
		return Progress{Counts: make([]bool, len(r.Votes))}, nil
	}
	e, err := s.electorate(ctx, r)
	if err != nil {
		return Progress{}, err
	}
	places := s.places(r, a, e)
	spent, err := s.spent(ctx, r, a, places, e)
	if err != nil {
		return Progress{}, err
	}
	c, err := s.count(r, a, places, e, spent)
	if err != nil {
		return Progress{}, err
	}
	return Progress{Verdict: c.Verdict, Counts: c.counts}, nil
}

// Votes counts the votes on each of several requests that await them, as a list shows them: by the roles that everybody
// holds now. Each person is looked up once; the budget of this moment is told on the page of the request.
func (s *Service) Votes(ctx context.Context, requests []Request) ([]Progress, error) {
	met := remembered{People: s.opts.People, known: map[string]*policy.Actor{}}
	counted := make([]Progress, len(requests))
	for i, r := range requests {
		a, known := s.catalogue[r.Action]
		if !known || r.State != Awaiting {
			continue
		}
		e, err := electorateOf(ctx, met, r)
		if err != nil {
			return nil, err
		}
		c, err := s.count(r, a, s.places(r, a, e), e, policy.Spent{})
		if err != nil {
			return nil, err
		}
		counted[i] = Progress{Verdict: c.Verdict, Counts: c.counts}
	}
	return counted, nil
}

// remembered looks each person up once.
type remembered struct {
	People
	known map[string]*policy.Actor // nil: nobody by that key
}

func (m remembered) Person(ctx context.Context, key string) (policy.Actor, bool, error) {
	if actor, met := m.known[key]; met {
		if actor == nil {
			return policy.Actor{}, false, nil
		}
		return *actor, true, nil
	}
	actor, known, err := m.People.Person(ctx, key)
	if err == nil {
		m.known[key] = nil
		if known {
			m.known[key] = &actor
		}
	}
	return actor, known, err
}

// Now reads the targets of a request live and tells what is different, in the order of its items.
func (s *Service) Now(ctx context.Context, actor policy.Actor, r Request) ([]Change, error) {
	a, known := s.catalogue[r.Action]
	changes := make([]Change, len(r.Items))
	if !known {
		return changes, nil
	}
	err := each(ctx, len(r.Items), func(ctx context.Context, i int) error {
		op := r.Items[i]
		reading, err := s.readFor(ctx, scopeOf(actor), a, op.TargetID, r.Params)
		if fault.Is(err, fault.NotFound) {
			changes[i] = Change{What: "The " + a.Kind.Noun + " is not there any more.", Out: "The " + a.Kind.Noun + " does not exist any more."}
			return nil
		}
		changes[i].Reading = reading
		if err != nil || reading.Failure != nil {
			return err
		}
		if a.Fingerprint(reading.Order) != op.Fingerprint {
			changes[i].What = "It is not as it was when it was asked for."
		}
		if grew := grewSince(a, reading, op); grew != "" {
			changes[i].What, changes[i].Grew = grew, true
		}
		if why, conflict := hindered(a, reading.Order); why != "" {
			changes[i].Out, changes[i].Conflict = why, conflict
			if conflict != nil {
				changes[i].What = why
			}
		}
		return nil
	})
	return changes, err
}

// each does something for every one of n, some of them at the same time; the first failure ends it.
func each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readAtOnce)
	for i := range n {
		group.Go(func() error { return do(ctx, i) })
	}
	return group.Wait()
}
