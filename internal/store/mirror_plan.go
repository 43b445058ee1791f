package store

import (
	"math"
	"strings"

	"backup-portal/internal/inventory"
)

// plan is how devices are found: what is read first, and row by row held against all other conditions. Every plan
// answers the same; they differ in what they cost.
type plan string

const (
	planWalk plan = "walk" // along the order asked for, until the page is full
	planScan plan = "scan" // the whole table, or whatever index the database thinks of; for counts
	planOrgs plan = "orgs" // every device of the organizations in scope
	planText plan = "text" // what the text index finds
	planSpan plan = "span" // every device in the spans of the order of names where the text may stand
	planUser plan = "user" // every device of the user
	planHeld plan = "held" // every device of those on legal hold
	planMany plan = "many" // every device of those who have more than the newest that are left out
)

// choice is the plans of one query; once tells that one reading finds the page and the total, which only a plan can that
// meets all that is selected: a walk ends with its page, and a scan knows no order.
type choice struct {
	page, count plan
	once        bool
}

// numbered is what it costs to count a row while it is found, in the unit of planCosts.
const numbered = 10

// planCosts are what a row costs a database on the way of each plan, in any unit. A row is covered when the index that
// is walked holds all that is asked of it; passed when the index of an order tells that it is out of scope.
type planCosts struct{ covered, passed, fetched, found float64 }

// estimate is how many rows the plans would look at.
type estimate struct {
	total  float64 // devices
	scope  float64 // devices in scope
	found  float64 // rows that the text index finds; +Inf when it cannot be asked
	walk   float64 // rows on the way of the walk until the page is full
	spans  float64 // devices in the spans of the order of names where the text may stand; +Inf when that is not known
	held   float64 // devices of those on legal hold; +Inf when others are asked for
	many   float64 // devices of those who have more than the newest that are left out; +Inf when none are
	byUser bool    // the query is about one user
	both   bool    // the page and its total are asked for, and one reading may find both

	// The part of these that the query selects.
	ofTotal, ofScope, ofFound, ofSpans float64

	matches float64 // devices that the query selects
}

// estimateOf looks at the sample. One more than met is assumed of everything, so that nothing is taken for free.
func (sm *sample) estimateOf(sel selection, order deviceOrder, from *cursor, limit int) estimate {
	var matches, scope, found, held, reached, many float64
	matching := make([]bool, len(sm.rows))
	for i, r := range sm.rows {
		inScope, holds := r.under(sel.roots), strings.Contains(r.SearchText, sel.needle)
		if inScope {
			scope++
		}
		if r.OnHold {
			held++
		}
		if sel.reaches(r.SortKey) {
			reached++
		}
		if r.ofMany(sel.query) {
			many++
		}
		if len(sel.keys) > 0 && holdsAll(sm.forms[i], sel.keys) {
			found++
		}
		if inScope && holds && r.meets(sel.query) {
			matching[i] = true
			matches++
		}
	}
	w := max(1, sm.weight)
	e := estimate{
		total: float64(len(sm.rows)+1) * w, scope: (scope + 1) * w, found: math.Inf(1), held: math.Inf(1),
		spans: math.Inf(1), many: math.Inf(1), matches: (matches + 1) * w, byUser: sel.query.UserUID != "", both: limit < everything,
	}
	if len(sel.groups) > 0 {
		e.found = (found + 1) * w
	}
	if sel.query.KeepNewest > 0 {
		e.many = (many + 1) * w
	}
	if sel.spans != nil {
		e.spans = (reached + 1) * w
	}
	if sel.query.OnHold != nil && *sel.query.OnHold {
		e.held = (held + 1) * w
	}
	e.ofTotal, e.ofScope, e.ofFound, e.ofSpans = matches/float64(len(sm.rows)+1), matches/(scope+1), matches/(found+1), matches/(reached+1)

	var met, passed, until float64
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
		if matching[at] {
			met++
		}
		if until == 0 && met*w >= float64(limit) {
			until = passed
		}
	}
	e.walk = (passed + 1) * w // to the end, as far as the sample knows
	if until > 0 {
		// Rows of a selection that is spread evenly come one gap after the other. A longer way to the first is taken for
		// what lies before the selection begins: at once in the order of names, where what is called alike stands together,
		// and only when it is much longer in orders that know nothing of names.
		gap, chance := passed/met, 3.0
		if order.sort == inventory.ByName {
			chance = 1
		}
		e.walk = max(0, until-chance*gap)*w + gap*float64(limit)
	}
	return e
}

func holdsAll(form string, keys []string) bool {
	for _, key := range keys {
		if !strings.Contains(form, key) {
			return false
		}
	}
	return true
}

// chooser decides on plans; covered tells whether indexes hold all that is asked, ordered whether the one of names is in
// the order asked for.
type chooser func(e estimate, costs planCosts, covered, ordered bool) choice

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
	case planUser:
		return 0
	case planScan, planOrgs:
	}
	return e.total
}

// choose takes the cheapest plans: one for the page and one for its total, or one that finds both at once.
func (e estimate) choose(costs planCosts, covered, ordered bool) choice {
	if e.byUser {
		return choice{page: planUser, count: planUser, once: e.both}
	}
	share := min(1, e.scope/e.total)
	if !math.IsInf(e.many, 1) {
		// Each row's user is looked up, too.
		costs.passed, costs.fetched, costs.found = 2*costs.passed, 2*costs.fetched, 2*costs.found
	}
	row, walked := costs.fetched, costs.fetched*share+costs.passed*(1-share)
	if covered {
		row = costs.covered
		if ordered {
			walked = costs.covered
		}
	}
	// A page needs all that its plan finds, but for the walk.
	pages := map[plan]float64{
		planWalk: e.walk * walked, planOrgs: e.scope * walked, planText: e.found * costs.found,
		planHeld: e.held * costs.fetched,
	}
	// A count stops where totals end.
	until := func(rows, part float64) float64 { return min(rows, (inventory.CountLimit+1)/max(part, 1e-9)) }
	counts := map[plan]float64{planScan: until(e.total, e.ofTotal) * row, planOrgs: until(e.scope, e.ofScope) * row}
	if !math.IsInf(e.spans, 1) {
		pages[planSpan] = e.spans*row + e.matches*costs.fetched
		counts[planSpan] = until(e.spans, e.ofSpans) * row
	}
	if !math.IsInf(e.found, 1) {
		counts[planText] = until(e.found, e.ofFound) * costs.found
	}
	if !math.IsInf(e.many, 1) {
		// All users are gone through first, along the index of their devices.
		pages[planMany] = e.total*costs.covered + e.many*costs.fetched
		counts[planMany] = pages[planMany]
	}
	if !math.IsInf(e.held, 1) {
		counts[planHeld] = e.held * costs.fetched
	}
	apart := choice{page: cheapest(pages), count: cheapest(counts)}
	if !e.both {
		return apart
	}
	least := pages[apart.page] + counts[apart.count]
	delete(pages, planWalk)
	pages[planOrgs] += e.matches * numbered // elsewhere finding a row costs so much that counting it does not show
	once := cheapest(pages)
	if cost, offered := pages[once]; offered && cost < least {
		return choice{page: once, count: once, once: true}
	}
	return apart
}

func cheapest(costs map[plan]float64) plan {
	best, least := planScan, math.Inf(1)
	for _, p := range []plan{planWalk, planScan, planOrgs, planText, planSpan, planHeld, planMany} {
		if cost, offered := costs[p]; offered && cost < least {
			best, least = p, cost
		}
	}
	return best
}

// searching is how a database finds devices.
type searching interface {
	costs() planCosts
	// textForm is a search text as the text index knows it.
	textForm(text string) string
	// textKey is what the form of every text holds that holds this group of three characters; false when the text index
	// cannot be asked for it.
	textKey(group string) (key string, ok bool)
	// textTable answers the devices d that the text index finds to hold all these groups, as tables and a condition.
	textTable(groups []string) (string, condition)
	// usersHolding is a table p of the users that the text index finds to hold all these groups, and of the one with a uid.
	usersHolding(groups []string, uid string) condition
	// indexed is a table that is read along an index.
	indexed(table, index string) string
	// fence ends a subquery that is to be answered as it stands.
	fence() string
	// prefer is a statement before the query of a plan; "" is none.
	prefer(p plan) string
}
