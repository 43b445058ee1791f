package policy

import (
	"fmt"
	"strings"

	"backup-portal/internal/action"
	"backup-portal/internal/approval"
)

// need is what a role has to bring for an action: nothing more (allow), or the yes of other people (ask).
type need int

const (
	never    need = iota
	allow         // at once
	askOne        // one other person has to agree
	askTwo        // two other people, at least one of them an admin
	askBelow      // like askOne, and only strictly below the organization of the grant
)

// rules is the role table of changes. An action or a role that is not in it may not: deny by default.
// The actions of later releases stand here already, so that adding one to the catalogue cannot open it by accident.
var rules = map[string]map[Role]need{
	"device.block":       {HelpDesk: allow, OrgManager: allow, Admin: allow},
	"device.unblock":     {HelpDesk: allow, OrgManager: allow, Admin: allow},
	"device.deauthorize": {HelpDesk: allow, OrgManager: allow, Admin: allow},
	"device.deactivate":  {OrgManager: askOne, Admin: askOne},
	"device.reactivate":  {OrgManager: askOne, Admin: askOne},
	"org.block":          {OrgManager: askBelow, Admin: allow},
	"org.unblock":        {OrgManager: askBelow, Admin: allow},
	"org.deactivate":     {Admin: askTwo},
	"org.reactivate":     {Admin: askTwo},
}

// HasRule tells whether the role table knows the action; a law asks it for each catalogue value.
func HasRule(actionID string) bool { return rules[actionID] != nil }

// Situation is what a decision needs beside person, action and target.
type Situation struct {
	ReadOnly bool  // the emergency brake: no change leaves the portal
	Rules    Rules // the configuration's; zero: the table as it stands
}

// Decision is an answer with its reason. Allowed means at once; a Need means after these others agreed; neither means no.
type Decision struct {
	Allowed bool
	Need    approval.Need
	Terms   Terms
	By      Grant  // the role that opens the action, when one does
	Reason  string // one sentence, for the page and the audit log, whatever the answer
}

// Asks tells whether the action is open to the actor once others agreed.
func (d Decision) Asks() bool { return len(d.Need) > 0 }

// May tells whether the action is open to the actor at all.
func (d Decision) May() bool { return d.Allowed || d.Asks() }

// Decide answers whether the actor may run the action on a target in the organization at path ("/rootUid/…/uid/").
func Decide(actor Actor, a action.Action, path string, s Situation) Decision {
	if s.ReadOnly {
		return Decision{Reason: "The portal is read-only at the moment: no change is sent."}
	}
	best, by := never, Grant{}
	inScope, ownTop := false, false
	for _, g := range actor.Grants {
		if !g.covers(path) {
			continue
		}
		inScope = true
		n := rules[a.ID][g.Role]
		if n == askBelow && g.Path == path {
			ownTop = true
			continue
		}
		if n != never && (best == never || n < best) {
			best, by = n, g
		}
	}
	switch {
	case best == allow:
		return Decision{Allowed: true, By: by, Reason: fmt.Sprintf("Role %s allows it; no approval needed.", by.Role)}
	case best != never:
		anybody := approval.Group{Count: 1, From: []approval.Source{{}}}
		n := approval.Need{anybody}
		if best == askTwo {
			n = approval.Need{{Count: 1, From: []approval.Source{{Role: string(Admin)}}}, anybody}
		}
		return Decision{Need: n, By: by, Reason: fmt.Sprintf("It needs the approval of %s.", people(n.People()))}
	case !inScope:
		return Decision{Reason: "None of your roles reaches this organization."}
	case ownTop:
		return Decision{Reason: "Your role reaches the organizations below this one, not the one that it is held at."}
	default:
		return Decision{Reason: fmt.Sprintf("It needs the role %s.", allowedRoles(a.ID))}
	}
}

func people(n int) string {
	if n == 1 {
		return "one other person"
	}
	return fmt.Sprintf("%d other people", n)
}

// allowedRoles names the roles that the table opens the action to, weakest first.
func allowedRoles(actionID string) string {
	var names []string
	for _, r := range Roles {
		if rules[actionID][r] != never {
			names = append(names, string(r))
		}
	}
	switch len(names) {
	case 0:
		return "of nobody: the action is not open to any role"
	case 1:
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}
