package operation

import (
	"context"
	"slices"
	"sync"
	"time"

	"backup-portal/internal/approval"
	"backup-portal/internal/policy"
)

// Waiting is what it takes to tell whose vote a request waits for, beside where its targets lie.
type Waiting struct {
	ID, Action, Digest string
	Person             Person   // who asks: key and address
	Voters             []Person // who has voted on what it is bound to now: keys and addresses
}

// waiting is a request as its count sees it.
func (r Request) waiting() Waiting {
	w := Waiting{ID: r.ID, Action: r.Action, Digest: r.Digest, Person: r.Person}
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
func (s *Service) waitsFor(actor policy.Actor, w Waiting, paths []string) bool {
	a, known := s.catalogue[w.Action]
	return known && len(paths) > 0 && !w.concerns(actor.Person()) && s.standing(actor, a, paths) != nil
}

// CountToDecide counts what ToDecide lists, up to a limit. Every page shows it, so it reads no request whole, and where
// their targets lie is remembered: a device that was moved may count where it lay for placesKept.
func (s *Service) CountToDecide(ctx context.Context, actor policy.Actor, limit int) (int, error) {
	scope := scopeOf(actor)
	if len(scope.Paths) == 0 {
		return 0, nil
	}
	all, err := s.opts.Requests.Waiting(ctx)
	if err != nil {
		return 0, err
	}
	places, err := s.lying.of(ctx, s.opts.Requests, all, s.opts.Now())
	if err != nil {
		return 0, err
	}
	count := 0
	outside := func(path string) bool { return !scope.Contains(path) }
	for i, w := range all {
		if count < limit && !slices.ContainsFunc(places[i], outside) && s.waitsFor(actor, w, places[i]) {
			count++
		}
	}
	return count, nil
}

const (
	// placesFresh is how long where a request's targets lie is not looked up again.
	placesFresh = 10 * time.Second
	// placesKept is how long it is taken as it was: of those that are not fresh each count looks up placesAtOnce.
	placesKept = 5 * time.Minute
	// placesAtOnce is how many these are, each with as many targets as a request may have.
	placesAtOnce = 2
)

// places remembers where the targets of waiting requests lie. Which they are changes with a request's digest, where they
// lie with the mirror.
type places struct {
	mu    sync.Mutex
	known map[string]place // by the request's id
}

type place struct {
	digest string
	paths  []string
	read   time.Time
}

// of answers the places of each of these requests, and forgets all others.
func (p *places) of(ctx context.Context, requests Requests, all []Waiting, now time.Time) ([][]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock() // also while it reads: who comes meanwhile wants the same
	var missing, old []string
	known := make(map[string]place, len(all))
	for _, w := range all {
		at, ok := p.known[w.ID]
		switch age := now.Sub(at.read); {
		case !ok || at.digest != w.Digest || age < 0 || age >= placesKept:
			missing = append(missing, w.ID)
			continue
		case age >= placesFresh:
			old = append(old, w.ID)
		}
		known[w.ID] = at
	}
	slices.SortStableFunc(old, func(a, b string) int { return known[a].read.Compare(known[b].read) })
	read, err := requests.Places(ctx, append(missing, old[:min(len(old), placesAtOnce)]...))
	if err != nil {
		return nil, err
	}
	found := make([][]string, len(all))
	for i, w := range all {
		if paths, ok := read[w.ID]; ok {
			known[w.ID] = place{digest: w.Digest, paths: paths, read: now}
		}
		found[i] = known[w.ID].paths
	}
	p.known = known
	return found, nil
}
