package auth

import (
	"context"
	"time"

	"backup-portal/internal/fault"
	"backup-portal/internal/policy"
)

// knownFor is how long after their last sign-in somebody counts as one of the people who could be asked.
const knownFor = 90 * 24 * time.Hour

// Person is what the provider said of somebody at their last sign-in, in whichever browser. It outlives their sessions.
type Person struct {
	Issuer, Subject string
	Name, Email     string
	Groups          []string
	TooManyGroups   bool // the provider would not list them
	Seen            time.Time
}

// actor is the person, who holds nothing yet. When and how they last proved who they are belongs to a session.
func (p Person) actor() policy.Actor {
	return policy.Actor{Issuer: p.Issuer, Subject: p.Subject, Name: p.Name, Email: p.Email}
}

// Person answers who somebody is now: by the claims of their last sign-in, and the roles that today's configuration and
// mirror give for them. It answers false when nobody by that key ever signed in.
func (s *Service) Person(ctx context.Context, key string) (policy.Actor, bool, error) {
	person, err := s.opts.Sessions.Person(ctx, key)
	if fault.Is(err, fault.NotFound) {
		return policy.Actor{}, false, nil
	}
	if err != nil {
		return policy.Actor{}, false, err
	}
	actors, err := s.actors(ctx, []Person{person})
	if err != nil {
		return policy.Actor{}, false, err
	}
	return actors[0], true, nil
}

// Known lists everybody who signed in within the last 90 days, as Person answers them, by name.
func (s *Service) Known(ctx context.Context) ([]policy.Actor, error) {
	people, err := s.opts.Sessions.PeopleSince(ctx, s.opts.Now().Add(-knownFor))
	if err != nil {
		return nil, err
	}
	return s.actors(ctx, people)
}

func (s *Service) actors(ctx context.Context, people []Person) ([]policy.Actor, error) {
	actors := make([]policy.Actor, len(people))
	grants := make([][]policy.Grant, len(people))
	for i, person := range people {
		actors[i] = person.actor()
		grants[i] = s.held(person.Groups)
		actors[i].Grants = grants[i]
	}
	return actors, s.place(ctx, grants...)
}
