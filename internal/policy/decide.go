package policy

import (
	"cmp"
	"fmt"
	"strings"

	"backup-portal/internal/action"
	"backup-portal/internal/approval"
)

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

// Decide answers whether the actor may run the action on a target in the organization at path ("/rootUid/…/uid/"). Of
// several roles that open it the mildest counts: see milder.
func Decide(actor Actor, a action.Action, path string, s Situation) Decision {
	if s.ReadOnly {
		return Decision{Reason: "The portal is read-only at the moment: no change is sent."}
	}
	var best rule
	var by Grant
	inScope, ownTop := false, false
	for _, g := range actor.Grants {
		if !g.covers(path) {
			continue
		}
		inScope = true
		r, ok := s.Rules.opens(g, a.ID, path)
		if !ok {
			ownTop = ownTop || r.may
			continue
		}
		if !best.may || milder(r, g, best, by) {
			best, by = r, g
		}
	}
	switch {
	case best.may:
		return Decision{Allowed: len(best.need) == 0, Need: best.need, Terms: best.terms, By: by, Reason: best.reason(by)}
	case !inScope:
		return Decision{Reason: "None of your roles reaches this organization."}
	case ownTop:
		return Decision{Reason: "Your role reaches the organizations below this one, not the one that it is held at."}
	default:
		return Decision{Reason: fmt.Sprintf("It needs the role %s.", s.Rules.openTo(a.ID))}
	}
}

// milder tells whether a rule asks less of a person than another: fewer people, then a shorter undo window, then no form
// of the reason. Of equals the grant further up counts, so that a second role further down never makes the subtree
// smaller that a budget is counted in.
func milder(r rule, g Grant, than rule, by Grant) bool {
	pattern := func(r rule) int { return min(len(r.terms.ReasonPattern), 1) }
	return cmp.Or(
		cmp.Compare(r.need.People(), than.need.People()),
		cmp.Compare(r.terms.UndoWindow, than.terms.UndoWindow),
		cmp.Compare(pattern(r), pattern(than)),
		cmp.Compare(len(g.Path), len(by.Path)),
	) < 0
}

// reason says what the rule asks for.
func (r rule) reason(by Grant) string {
	if len(r.need) == 0 {
		return fmt.Sprintf("Role %s allows it; no approval needed.", by.Role)
	}
	return fmt.Sprintf("It needs the approval of %s.", r.need.Words())
}

// openTo names the roles that the action is open to, weakest first.
func (r Rules) openTo(actionID string) string {
	var names []string
	for _, role := range Roles {
		if r.rule(actionID, role).may {
			names = append(names, string(role))
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
