package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"backup-portal/internal/approval"
)

// The bounds of a need: more could hardly ever be met, and would be a mistake.
const (
	mostGroups    = 5
	mostPeople    = 10
	mostSources   = 10
	anyone        = "anyone"
	whatASourceIs = `a role, perhaps with where it is held: "admin", "org-manager above", "admin at root", "anyone", "anyone above"`
)

// need reads the list of groups of approvers.
func (s settings) need(key string) approval.Need {
	groups := s.list(key)
	var need approval.Need
	for _, g := range groups {
		need = append(need, g.group())
	}
	if len(need) > mostGroups || need.People() > mostPeople {
		s.fail("%s are at most %d groups with %d people in all", key, mostGroups, mostPeople)
	}
	return need
}

// group reads { count = 1, from = ["org-manager above", "admin"] }.
func (s settings) group() approval.Group {
	g := approval.Group{Count: 1}
	if s.has("count") {
		g.Count = s.number("count", 1, mostPeople)
	}
	from, ok := s.texts("from")
	if !ok || len(from) == 0 || len(from) > mostSources {
		s.fail("from has to be a list of who may agree, each %s", whatASourceIs)
		from = nil
	}
	for _, text := range from {
		source, ok := parseSource(text)
		switch {
		case !ok:
			s.fail("%q is not %s; the roles are %s, %s and %s", text, whatASourceIs, HelpDesk, OrgManager, Admin)
		case slices.Contains(g.From, source):
			s.fail("%q stands twice in from", text)
		default:
			g.From = append(g.From, source)
		}
	}
	s.rest("count", "from")
	return g
}

// parseSource reads "org-manager above": a role that may make changes, and where it is held.
func parseSource(text string) (approval.Source, bool) {
	role, place, _ := strings.Cut(strings.Join(strings.Fields(text), " "), " ")
	where, ok := map[string]approval.Where{"": approval.Anywhere, "above": approval.Above, "at root": approval.Root}[place]
	switch {
	case !ok:
		return approval.Source{}, false
	case role == anyone:
		return approval.Source{Where: where}, true
	}
	return approval.Source{Role: role, Where: where}, slices.Contains([]Role{HelpDesk, OrgManager, Admin}, Role(role))
}

// checkSources refuses approvers who may not do it themselves: their votes would never count. It is asked of the whole,
// as one rule may open the action to those whom another one names.
func (r Rules) checkSources(p *problems) {
	for _, id := range slices.Sorted(maps.Keys(table)) {
		for _, role := range Roles {
			for _, g := range r.rule(id, role).need {
				for _, source := range g.From {
					if by := Role(source.Role); by != "" && !r.rule(id, by).may {
						*p = append(*p, fmt.Errorf("rule.%q.%s: approvers name %s, who may not do %s themselves: open it to them in [rule.%q.%s], or take them out",
							id, role, by, id, id, by))
					}
				}
			}
		}
	}
}
