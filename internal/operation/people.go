package operation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/approval"
	"backup-portal/internal/fault"
	"backup-portal/internal/policy"
)

func personOf(a policy.Actor) Person {
	return Person{Key: a.Key(), Name: a.Name, Email: a.Email, Address: a.Address}
}

func (p Person) voter() approval.Person { return approval.Person{Key: p.Key, Email: p.Email} }

// paths are where the targets of a request lie now, as the mirror has them.
func (r Request) paths() []string {
	paths := make([]string, len(r.Items))
	for i, op := range r.Items {
		paths[i] = op.TargetOrgPath
	}
	return paths
}

// standing is by which roles the actor may vote on each of the places; nil when there is one where they may not.
func (s *Service) standing(actor policy.Actor, a action.Action, paths []string) [][]approval.Held {
	standing := make([][]approval.Held, len(paths))
	for i, path := range paths {
		standing[i] = policy.Standing(actor, a, path, s.standingNow())
		if len(standing[i]) == 0 {
			return nil
		}
	}
	return standing
}

// rolesOf names the roles by which the actor may vote on one of the places, each with its organization's uid.
func (s *Service) rolesOf(actor policy.Actor, a action.Action, paths []string) string {
	var roles []string
	for _, g := range actor.Grants {
		alone := actor
		alone.Grants = []policy.Grant{g}
		opens := func(path string) bool { return len(policy.Standing(alone, a, path, s.standingNow())) > 0 }
		if role := string(g.Role) + "@" + g.OrgUID; slices.ContainsFunc(paths, opens) && !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	return strings.Join(roles, " ")
}

// Eligible lists the known people who could agree to the request now, without who asked.
func (s *Service) Eligible(ctx context.Context, r Request) ([]policy.Actor, error) {
	return s.without(ctx, r, func(p policy.Actor, _ action.Action) bool {
		return approval.Same(p.Person(), r.Person.voter()) || r.votedBy(p.Person())
	})
}

// Deciders lists the known people who could say something on the request now, be it only no.
func (s *Service) Deciders(ctx context.Context, r Request) ([]policy.Actor, error) {
	return s.without(ctx, r, func(p policy.Actor, a action.Action) bool {
		return r.votedUnder(p.Key()) || s.whyNoVoice(p, a, r, false) != ""
	})
}

// without lists the known people with a standing on every target, except for some.
func (s *Service) without(ctx context.Context, r Request, some func(policy.Actor, action.Action) bool) ([]policy.Actor, error) {
	a, ok := s.catalogue[r.Action]
	if !ok {
		return nil, nil
	}
	people, err := s.opts.People.Known(ctx)
	if err != nil {
		return nil, err
	}
	paths := r.paths()
	return slices.DeleteFunc(people, func(p policy.Actor) bool {
		return some(p, a) || s.standing(p, a, paths) == nil
	}), nil
}

// votedUnder tells whether this account has voted on what the request is bound to now.
func (r Request) votedUnder(key string) bool {
	return slices.ContainsFunc(r.Votes, func(v Vote) bool { return v.Digest == r.Digest && v.Person.Key == key })
}

// votedBy tells whether the person has voted on what the request is bound to now.
func (r Request) votedBy(p approval.Person) bool {
	return slices.ContainsFunc(r.Votes, func(v Vote) bool { return v.Digest == r.Digest && approval.Same(v.Person.voter(), p) })
}

// toDecide tells everybody who could vote on the request; nobody is told when they cannot be listed.
func (s *Service) toDecide(ctx context.Context, r Request, kind NoticeKind) []Notice {
	people, err := s.Deciders(ctx, r)
	if err != nil {
		s.opts.Logger.ErrorContext(ctx, "people who could decide not listed; nobody is told", "id", r.ID, "err", err)
	}
	notices := make([]Notice, len(people))
	for i, p := range people {
		notices[i] = Notice{Person: personOf(p), Kind: kind, RequestID: r.ID}
	}
	return notices
}

// tell tells the one who asked, and with voters everybody who voted on what it is bound to now; each person once.
func (r Request) tell(kind NoticeKind, voters bool) []Notice {
	notices := []Notice{{Person: r.Person, Kind: kind, RequestID: r.ID}}
	told := []string{r.Person.Key}
	for _, v := range r.Votes {
		if voters && v.Digest == r.Digest && !slices.Contains(told, v.Person.Key) {
			told = append(told, v.Person.Key)
			notices = append(notices, Notice{Person: v.Person, Kind: kind, RequestID: r.ID})
		}
	}
	return notices
}

// tellEnd tells the one who asked that it is over. Who changed one thing and needed nobody for it has its page before them.
func (r Request) tellEnd() []Notice {
	if len(r.Need) == 0 && len(r.Items) == 1 {
		return nil
	}
	return r.tell(Over, false)
}

// clockSkew is by how much the provider's clock may be ahead.
const clockSkew = time.Minute

// fresh refuses a person whose last sign-in is too long ago, lies in the future or was not done as configured.
func (s *Service) fresh(actor policy.Actor, now time.Time) error {
	age := now.Sub(actor.AuthTime)
	proved := len(s.opts.ACR) == 0 || slices.Contains(s.opts.ACR, actor.ACR)
	if !actor.AuthTime.IsZero() && age <= s.opts.StepUp && age >= -clockSkew && proved {
		return nil
	}
	return fault.Wrap(fault.Denied, &StepUpNeeded{Age: age},
		fmt.Sprintf("This needs a sign-in of the last %d minutes.", int(s.opts.StepUp.Minutes())), "Sign in again; the page is kept for you.")
}
