package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"backup-portal/internal/policy"
)

// Holding is a role that the configuration gives a group at an organization.
type Holding struct {
	Role   policy.Role
	Group  string
	OrgUID string
	Path   string   // of that organization
	People []string // names of the group's members who signed in within the last 90 days; nobody tells of others
}

// RolesAt lists the roles that reach the organization at path, from the top of the tree down. Mappings to organizations
// that the mirror does not know reach nothing.
func (s *Service) RolesAt(ctx context.Context, path string) ([]Holding, error) {
	var uids []string
	for _, m := range s.opts.Mappings {
		if !slices.Contains(uids, m.OrgUID) {
			uids = append(uids, m.OrgUID)
		}
	}
	places, err := s.opts.Places(ctx, uids)
	if err != nil {
		return nil, fmt.Errorf("look up the organizations of the configured roles: %w", err)
	}
	people, err := s.opts.Sessions.PeopleSince(ctx, s.opts.Now().Add(-knownFor))
	if err != nil {
		return nil, err
	}
	var reach []Holding
	for _, m := range s.opts.Mappings {
		if at := places[m.OrgUID].Path; at != "" && strings.HasPrefix(path, at) {
			held := Holding{Role: m.Role, Group: m.Group, OrgUID: m.OrgUID, Path: at}
			for _, p := range people {
				if slices.Contains(p.Groups, m.Group) {
					held.People = append(held.People, p.Name)
				}
			}
			reach = append(reach, held)
		}
	}
	slices.SortStableFunc(reach, func(a, b Holding) int {
		if len(a.Path) != len(b.Path) {
			return len(a.Path) - len(b.Path)
		}
		return slices.Index(policy.Roles, b.Role) - slices.Index(policy.Roles, a.Role)
	})
	return reach, nil
}
