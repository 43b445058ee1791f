package inventory

import (
	"context"
	"maps"
)

// Ancestors answers, for each of these organizations by uid, its ancestors inside the scope from the top down, without
// itself: one look for all of them.
func (s *Service) Ancestors(ctx context.Context, scope Scope, orgs []OrgNode) (map[string][]Org, error) {
	wanted := map[string]bool{}
	var uids []string
	for _, o := range orgs {
		for _, uid := range AncestorUIDs(o.Path) {
			if !wanted[uid] {
				wanted[uid] = true
				uids = append(uids, uid)
			}
		}
	}
	known, err := s.Store.OrgPaths(ctx, uids)
	if err != nil {
		return nil, err
	}
	above := make(map[string][]Org, len(orgs))
	for _, o := range orgs {
		for _, uid := range AncestorUIDs(o.Path) {
			if a, ok := known[uid]; ok && uid != o.UID && scope.Contains(a.Path) {
				above[o.UID] = append(above[o.UID], a)
			}
		}
	}
	return above, nil
}

// OrgsOf answers those of these organizations that lie in the scope, by uid; of all others it says nothing.
func (s *Service) OrgsOf(ctx context.Context, scope Scope, uids []string) (map[string]Org, error) {
	orgs, err := s.Store.OrgPaths(ctx, uids)
	maps.DeleteFunc(orgs, func(_ string, o Org) bool { return !scope.Contains(o.Path) })
	return orgs, err
}
