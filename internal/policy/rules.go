package policy

import "backup-portal/internal/approval"

// Rules are the role table and what the configuration changes of it. The zero value is the table of docs/security.md.
type Rules struct {
	Budget  Budget
	changed map[ruleKey]rule
}

type ruleKey struct {
	action string
	role   Role
}

// rule is one line of the table: what a role has to bring for an action.
type rule struct {
	may   bool
	below bool // only strictly below the organization of the grant
	need  approval.Need
	terms Terms
}

// rule is the one that holds for an action and a role.
func (r Rules) rule(action string, role Role) rule {
	found, ok := r.changed[ruleKey{action, role}]
	if !ok {
		found = table[action][role]
	}
	if found.may && found.terms.Lifetime == 0 {
		found.terms.Lifetime = defaultLifetime
	}
	return found
}

// opens tells whether a grant opens the action on a target in the organization at path, once others agreed as the rule
// demands.
func (r Rules) opens(g Grant, action, path string) (found rule, ok bool) {
	found = r.rule(action, g.Role)
	return found, found.may && g.covers(path) && (!found.below || g.Path != path)
}
