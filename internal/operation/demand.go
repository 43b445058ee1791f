package operation

import (
	"encoding/json"
	"strings"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/approval"
	"backup-portal/internal/policy"
)

// demand is what a change of several places has to bring, by the rules: never less than any of them alone.
type demand struct {
	need    approval.Need
	terms   policy.Terms   // the longest window, the shortest life, the first form of a reason
	reasons []policy.Terms // each form that the reason has to have
	under   string         // path of the subtree in which the budget counts
	refusal string         // why the person may not, in one of the places; ""
	refused int            // which place that is
}

// demandOf asks policy for each place.
func demandOf(actor policy.Actor, a action.Action, paths []string, situation policy.Situation) demand {
	var d demand
	for i, path := range paths {
		decision := policy.Decide(actor, a, path, situation)
		if !decision.May() {
			return demand{refusal: decision.Reason, refused: i}
		}
		d.need = strictest(d.need, decision.Need)
		d.withTerms(decision.Terms, i == 0)
		if i == 0 {
			d.under = decision.By.Path
		}
		// Two roles that ask in two subtrees count in what holds both, which is never less.
		d.under = above(d.under, decision.By.Path)
	}
	return d
}

func (d *demand) withTerms(t policy.Terms, first bool) {
	if first {
		d.terms = t
	}
	d.terms.UndoWindow = max(d.terms.UndoWindow, t.UndoWindow)
	if t.Lifetime > 0 && (d.terms.Lifetime == 0 || t.Lifetime < d.terms.Lifetime) {
		d.terms.Lifetime = t.Lifetime
	}
	if t.ReasonPattern == "" {
		return
	}
	if d.terms.ReasonPattern == "" {
		d.terms.ReasonPattern, d.terms.ReasonExample = t.ReasonPattern, t.ReasonExample
	}
	d.reasons = append(d.reasons, t)
}

// lifetime is how long a request lives that no rule bounds.
const lifetime = 24 * time.Hour

// strictest meets two needs: each group of either, as often as the one that takes more of it.
func strictest(a, b approval.Need) approval.Need {
	var merged approval.Need
	index := map[string]int{}
	for _, need := range []approval.Need{a, b} {
		here := map[string]int{}
		for _, g := range need {
			key := groupKey(g)
			here[key] += g.Count
			at, met := index[key]
			if !met {
				at, index[key] = len(merged), len(merged)
				merged = append(merged, approval.Group{From: g.From})
			}
			merged[at].Count = max(merged[at].Count, here[key])
		}
	}
	return merged
}

// groupKey names who a group is made of.
func groupKey(g approval.Group) string {
	text, err := json.Marshal(g.From)
	if err != nil {
		return "" // strings only: it cannot fail
	}
	return string(text)
}

// above is the path of the lowest organization that holds both.
func above(a, b string) string {
	for !strings.HasPrefix(b, a) {
		a = a[:strings.LastIndex(strings.TrimSuffix(a, "/"), "/")+1]
	}
	return a
}

// overdrawn adds what the budget asks for: one approver more with the reason why, or a refusal.
func (s *Service) overdrawn(need approval.Need, a action.Action, spent policy.Spent, adding int) (now approval.Need, over, refusal string) {
	more, why, refusal := s.opts.Rules.Budget.Check(tallyOf(a), spent, adding)
	if more {
		return need.OneMore(), why, ""
	}
	return need, "", refusal
}

// situation is how policy is asked about something that would be sent now.
func (s *Service) situation() policy.Situation {
	return policy.Situation{ReadOnly: s.opts.ReadOnly, Rules: s.opts.Rules}
}

// standingNow is how policy is asked who may agree to something: the brake stops what is sent, and takes nobody's roles.
func (s *Service) standingNow() policy.Situation { return policy.Situation{Rules: s.opts.Rules} }
