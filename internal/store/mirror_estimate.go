package store

import (
	"math"
	"strings"

	"backup-portal/internal/inventory"
)

// estimate is how many rows the plans would look at.
type estimate struct {
	total  float64 // devices
	scope  float64 // devices in scope
	found  float64 // rows that the text index finds; +Inf when it cannot be asked
	walk   float64 // rows on the way of the walk until the page is full
	spans  float64 // devices in the spans of the order of names where the text may stand; +Inf when that is not known
	held   float64 // devices of those on legal hold; +Inf when others are asked for
	many   float64 // devices of those who have more than the newest that are left out; +Inf when none are
	facts  float64 // devices last connected in the times asked for
	met    float64 // devices in scope that meet all filters but the text
	bare   bool    // nothing is asked but to lie in scope
	text   bool    // a text is asked for
	byUser bool    // the query is about one user
	both   bool    // the page and its total are asked for, and one reading may find both
	all    bool    // all rows are asked for, in order

	// The part of these that the query selects.
	ofTotal, ofScope, ofFound, ofSpans, ofFacts float64

	matches float64 // devices that the query selects
}

// tally is how many rows of the sample are what; each stands for weight devices.
type tally struct{ scope, found, held, reached, many, facts, met, matches float64 }

// tally holds every row of the sample against what is selected, and tells which rows are.
func (sm *sample) tally(sel selection) (n tally, selected []bool) {
	selected = make([]bool, len(sm.rows))
	for i, r := range sm.rows {
		inScope := r.under(sel.roots)
		if inScope {
			n.scope++
		}
		if len(sel.keys) > 0 && holdsAll(sm.forms[i], sel.keys) {
			n.found++
		}
		if r.OnHold {
			n.held++
		}
		if sel.reaches(r.SortKey) {
			n.reached++
		}
		if r.ofMany(sel.query) {
			n.many++
		}
		if inside(r.LastConnected, sel.query.Connected) {
			n.facts++
		}
		if inScope && r.meets(sel.query) {
			n.met++
			if strings.Contains(r.SearchText, sel.needle) {
				selected[i] = true
				n.matches++
			}
		}
	}
	return n, selected
}

// estimateOf looks at the sample. One more than met is assumed of everything, so that nothing is taken for free.
func (sm *sample) estimateOf(sel selection, order deviceOrder, from *cursor, limit int) estimate {
	n, selected := sm.tally(sel)
	w, inf := max(1, sm.weight), math.Inf(1)
	e := estimate{
		total: float64(len(sm.rows)+1) * w, scope: (n.scope + 1) * w, found: inf, held: inf, spans: inf, many: inf,
		facts: (n.facts + 1) * w, met: (n.met + 1) * w, matches: (n.matches + 1) * w,
		bare: len(sel.where) == 0, text: sel.needle != "", byUser: sel.query.UserUID != "", both: limit < everything, all: limit == everything,
		ofTotal: n.matches / float64(len(sm.rows)+1), ofScope: n.matches / (n.scope + 1), ofFound: n.matches / (n.found + 1),
		ofSpans: n.matches / (n.reached + 1), ofFacts: n.matches / (n.facts + 1),
	}
	if len(sel.groups) > 0 {
		e.found = (n.found + 1) * w
	}
	if sel.query.KeepNewest > 0 {
		e.many = (n.many + 1) * w
	}
	if sel.spans != nil {
		e.spans = (n.reached + 1) * w
	}
	if sel.query.OnHold != nil && *sel.query.OnHold {
		e.held = (n.held + 1) * w
	}
	e.walk = sm.way(sel, selected, order, from, limit) * w
	return e
}

// way is how many rows of the sample a walk passes until the devices that the selected rows stand for fill a page.
func (sm *sample) way(sel selection, selected []bool, order deviceOrder, from *cursor, limit int) float64 {
	var met, passed, until float64
	w := max(1, sm.weight)
	places := sm.places[order.sort]
	for i := range places {
		at := places[i]
		if order.descending {
			at = places[len(places)-1-i]
		}
		if from != nil && !order.after(sm.rows[at], *from) || order.sort == inventory.ByName && !sel.reaches(sm.rows[at].SortKey) {
			continue
		}
		passed++
		if selected[at] {
			met++
		}
		if until == 0 && met*w >= float64(limit) {
			until = passed
		}
	}
	if until == 0 {
		return passed + 1 // to the end, as far as the sample knows
	}
	// Rows of a selection that is spread evenly come one gap after the other. A longer way to the first is taken for
	// what lies before the selection begins: at once in the order of names, where what is called alike stands together,
	// and only when it is much longer in orders that know nothing of names.
	gap, chance := passed/met, 3.0
	if order.sort == inventory.ByName {
		chance = 1
	}
	return max(0, until-chance*gap) + gap*float64(limit)/w
}

func holdsAll(form string, keys []string) bool {
	for _, key := range keys {
		if !strings.Contains(form, key) {
			return false
		}
	}
	return true
}

// rows is how many rows a plan would look at.
func (e estimate) rows(p plan) float64 {
	switch p {
	case planWalk:
		return e.walk
	case planText:
		return e.found
	case planHeld:
		return e.held
	case planSpan:
		return e.spans
	case planMany:
		return e.many
	case planFact:
		return e.facts
	case planUser:
		return 0
	case planScan, planOrgs:
	}
	return e.total
}
