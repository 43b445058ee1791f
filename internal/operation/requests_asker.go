package operation

import (
	"context"

	"backup-portal/internal/policy"
)

// Asker tells by which role who asked for a request may ask for it now, as in Vote.As, "" when they may not any more.
func (s *Service) Asker(ctx context.Context, r Request) (string, error) {
	a, known := s.catalogue[r.Action]
	person, signedIn, err := s.opts.People.Person(ctx, r.Person.Key)
	if err != nil || !known || !signedIn || len(r.Items) == 0 {
		return "", err
	}
	var by policy.Grant
	for _, item := range r.Items {
		d := policy.Decide(person, a, item.TargetOrgPath, policy.Situation{Rules: s.opts.Rules})
		if !d.May() {
			return "", nil
		}
		if by.Role == "" {
			by = d.By
		}
	}
	return string(by.Role) + "@" + by.OrgUID, nil
}
