package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"backup-portal/internal/policy"
)

// Mapping gives the members of a provider's group a role at an organization's subtree.
type Mapping struct {
	Group  string // compared as it is, letter case included
	Role   policy.Role
	OrgUID string
}

// Place is where an organization stands in the mirror.
type Place struct {
	Path string // materialised path, "/rootUid/childUid/"
	Root bool   // it has no parent
}

// ParseMappings reads `group=role@orgUid` entries, separated by ";" or line breaks. A line that starts with "#" is a
// comment. A group may hold "=" and "@" (directory names do): the last of each counts. An error names the entry.
func ParseMappings(text string) ([]Mapping, error) {
	var mappings []Mapping
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		for entry := range strings.SplitSeq(line, ";") {
			entry = strings.TrimSpace(entry)
			if entry == "" {
				continue
			}
			m, err := parseMapping(entry)
			if err != nil {
				return nil, fmt.Errorf("role %q: %w", entry, err)
			}
			if slices.Contains(mappings, m) {
				return nil, fmt.Errorf("role %q: it is given twice", entry)
			}
			mappings = append(mappings, m)
		}
	}
	return mappings, nil
}

func parseMapping(entry string) (Mapping, error) {
	at := strings.LastIndex(entry, "@")
	if at < 0 {
		return Mapping{}, fmt.Errorf("it must look like group=role@orgUid, and has no %q", "@")
	}
	equals := strings.LastIndex(entry[:at], "=")
	if equals < 0 {
		return Mapping{}, fmt.Errorf("it must look like group=role@orgUid, and has no %q before the %q", "=", "@")
	}
	m := Mapping{
		Group:  strings.TrimSpace(entry[:equals]),
		Role:   policy.Role(strings.TrimSpace(entry[equals+1 : at])),
		OrgUID: strings.TrimSpace(entry[at+1:]),
	}
	switch {
	case m.Group == "":
		return Mapping{}, fmt.Errorf("it names no group")
	case !slices.Contains(policy.Roles, m.Role):
		return Mapping{}, fmt.Errorf("there is no role %q; the roles are %s", m.Role, roleNames())
	case m.OrgUID == "" || strings.ContainsFunc(m.OrgUID, unicode.IsSpace) || strings.Contains(m.OrgUID, "/"):
		return Mapping{}, fmt.Errorf("%q is not the uid of an organization", m.OrgUID)
	}
	return m, nil
}

func roleNames() string {
	names := make([]string, len(policy.Roles))
	for i, role := range policy.Roles {
		names[i] = string(role)
	}
	return strings.Join(names, ", ")
}

// grants are the roles that these groups give at this moment: the mappings say which, the mirror says where.
func (s *Service) grants(ctx context.Context, groups []string) ([]policy.Grant, error) {
	grants := s.held(groups)
	return grants, s.place(ctx, grants)
}

// held are the roles that these groups give, without where they are held.
func (s *Service) held(groups []string) []policy.Grant {
	var grants []policy.Grant
	for _, m := range s.opts.Mappings {
		if slices.Contains(groups, m.Group) {
			grants = append(grants, policy.Grant{Role: m.Role, OrgUID: m.OrgUID, Group: m.Group})
		}
	}
	return grants
}

// place fills in where grants are held, with one question for any number of people. An organization that the mirror
// does not know leaves a grant without a path, which gives nothing.
func (s *Service) place(ctx context.Context, people ...[]policy.Grant) error {
	var uids []string
	for _, grants := range people {
		for _, g := range grants {
			uids = append(uids, g.OrgUID)
		}
	}
	if len(uids) == 0 {
		return nil
	}
	slices.Sort(uids)
	places, err := s.opts.Places(ctx, slices.Compact(uids))
	if err != nil {
		return fmt.Errorf("look up the organizations of a person's roles: %w", err)
	}
	for _, grants := range people {
		for i := range grants {
			place := places[grants[i].OrgUID]
			grants[i].Path, grants[i].AtRoot = place.Path, place.Root && place.Path != ""
		}
	}
	return nil
}
