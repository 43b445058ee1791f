package policy

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"backup-portal/internal/action"
	"backup-portal/internal/approval"
)

// FewApprovers is how many people who may decide are too few: with two, one who is away and one who asks stop everything.
const FewApprovers = 3

// Satisfiable refuses rules that nobody could satisfy with the roles that are given to groups: each rule of a role that
// somebody may hold has to have a place where holders of the given roles could bring what it needs. A group of the provider
// counts as any number of people. Where one of the roles has no place yet, as before the first sync, it is only asked
// whether the roles are given at all, as if all of them were held at the root.
func (r Rules) Satisfiable(given []Grant) error {
	const top, below = "/top/", "/top/below/"
	placed := !slices.ContainsFunc(given, func(g Grant) bool { return g.Path == "" })
	var p problems
	for _, id := range slices.Sorted(maps.Keys(table)) {
		for _, role := range Roles {
			need := r.rule(id, role).need
			var missing approval.Need
			held, met := false, false
			for _, g := range given {
				if g.Role != role || met {
					continue
				}
				held = true
				targets, voters := []string{below}, atTop(given, top)
				if placed {
					targets, voters = r.targets(g, given, id), given
				}
				for _, path := range targets {
					verdict := r.couldBring(need, id, path, voters)
					if missing = verdict.Missing; verdict.Met {
						met = true
						break
					}
				}
			}
			if held && !met && len(missing) > 0 {
				p = append(p, fmt.Errorf("rule.%q.%s: nobody could satisfy it: it would lack %s, and no group is given such a role where it counts", id, role, missing.Words()))
			}
		}
	}
	return errors.Join(p...)
}

// atTop are the grants as if all were held at one root.
func atTop(given []Grant, top string) []Grant {
	moved := slices.Clone(given)
	for i := range moved {
		moved[i].Path, moved[i].AtRoot = top, true
	}
	return moved
}

// targets are places at which holders of a grant may ask for the action: every sort of place that makes a difference is
// among them, which are the organizations at which roles are held, and one below each.
func (r Rules) targets(asker Grant, given []Grant, actionID string) []string {
	var paths []string
	for _, g := range append([]Grant{asker}, given...) {
		for _, path := range []string{g.Path, g.Path + "below/"} {
			if _, ok := r.opens(asker, actionID, path); ok && !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

// couldBring tells whether holders of the grants, as many of each as are needed, would meet the need at a place.
func (r Rules) couldBring(need approval.Need, actionID, path string, given []Grant) approval.Verdict {
	var votes []approval.Vote
	for i, g := range given {
		standing := Standing(Actor{Grants: []Grant{g}}, action.Action{ID: actionID}, path, Situation{Rules: r})
		for n := range need.People() {
			votes = append(votes, approval.Vote{
				Person: approval.Person{Key: fmt.Sprintf("%d of %d", n, i)}, Standing: [][]approval.Held{standing},
			})
		}
	}
	return approval.Suffice(need, approval.Person{Key: "who asks"}, votes)
}

// Approvers tells how many known people could decide where they are fewest: for each role that has to ask, over the places
// at which it is held.
type Approvers struct {
	Action string
	Role   Role
	Known  int    // people who could fill the group that the fewest could fill
	OrgUID string // where
}

// Approvers counts, for each action of the list and each role that has to ask somebody for it, the known people who
// could agree. Roles that no group is given, or whose places are not known, are left out.
func (r Rules) Approvers(list []action.Action, given []Grant, known []Actor) []Approvers {
	var counts []Approvers
	for _, a := range list {
		for _, role := range Roles {
			found := r.rule(a.ID, role)
			count := Approvers{Action: a.ID, Role: role, Known: -1}
			for _, g := range given {
				if g.Role != role || g.Path == "" || len(found.need) == 0 {
					continue
				}
				path := g.Path
				if found.below {
					path += "below/"
				}
				if n := r.eligible(found.need, a, path, known); count.Known < 0 || n < count.Known {
					count.Known, count.OrgUID = n, g.OrgUID
				}
			}
			if count.Known >= 0 {
				counts = append(counts, count)
			}
		}
	}
	return counts
}

// eligible counts the people who could fill the group of a need that the fewest could fill. One person under two accounts
// is one.
func (r Rules) eligible(need approval.Need, a action.Action, path string, known []Actor) int {
	var votes []approval.Vote
	for _, person := range known {
		standing := Standing(person, a, path, Situation{Rules: r})
		votes = append(votes, approval.Vote{Person: person.Person(), Standing: [][]approval.Held{standing}})
	}
	return slices.Min(append(need.Able(approval.Person{}, votes), len(known)))
}
