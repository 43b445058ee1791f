package policy

import "backup-portal/internal/approval"

// Line is what the rules say of one role and one action.
type Line struct {
	Role  Role
	May   bool
	Below bool          // only below the organization that the role is held at
	Need  approval.Need // empty: at once
	Needs string        // in words: "at once", "one other person who may do it agrees"
	Terms Terms
}

// Explain tells what each role may do with an action, in the order of Roles.
func (r Rules) Explain(actionID string) []Line {
	lines := make([]Line, len(Roles))
	for i, role := range Roles {
		found := r.rule(actionID, role)
		lines[i] = Line{Role: role, May: found.may, Below: found.below, Need: found.need, Needs: found.words(), Terms: found.terms}
	}
	return lines
}

func (r rule) words() string {
	switch {
	case !r.may:
		return "may not"
	case len(r.need) == 0:
		return "at once"
	}
	return "after the approval of " + r.need.Words()
}
