package store

import (
	"context"
	"math"

	"github.com/uptrace/bun"

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
	planFact plan = "fact" // the index that holds all that filters ask, or the part of it between two times of connection
)

// choice is the plans of one query; once tells that one reading finds the page and the total, which only a plan can that
// meets all that is selected: a walk ends with its page, and a scan knows no order.
type choice struct {
	page, count plan
	once        bool
}

// What a row costs in the unit of planCosts beside being found: to be counted on the way, and to be sorted among all.
const (
	numbered = 10
	sorted   = 10
)

// planCosts are what a row costs a database on the way of each plan, in any unit. A row is covered when the index that
// is walked holds all that is asked of it; passed when the index of an order tells that it is out of scope. A fact is
// an entry of the index that holds all that filters ask; +Inf where there is none.
type planCosts struct{ covered, passed, fetched, found, fact float64 }

// chooser decides on plans for an order; covered tells whether the index of names holds all that is asked.
type chooser func(e estimate, costs planCosts, covered bool, by inventory.DeviceSort) choice

// choose takes the cheapest plans: one for the page and one for its total, or one that finds both at once.
func (e estimate) choose(costs planCosts, covered bool, by inventory.DeviceSort) choice {
	if e.byUser {
		return choice{page: planUser, count: planUser, once: e.both}
	}
	share := min(1, e.scope/e.total)
	if !math.IsInf(e.many, 1) {
		// Each row's user is looked up, too.
		costs.passed, costs.fetched, costs.found, costs.fact = 2*costs.passed, 2*costs.fetched, 2*costs.found, 2*costs.fact
	}
	row, walked := costs.fetched, costs.fetched*share+costs.passed*(1-share)
	switch {
	case covered && by == inventory.ByName:
		walked = costs.covered
	case e.bare:
		walked = costs.passed
	case by == inventory.ByConnected:
		walked = min(walked, e.fact(costs))
	}
	if covered {
		row = costs.covered
	}
	// A page needs all that its plan finds, but for the walk.
	pages := map[plan]float64{
		planWalk: e.walk * walked, planOrgs: e.scope * row, planText: e.found * costs.found, planHeld: e.held * costs.fetched,
	}
	if covered && by != inventory.ByName {
		pages[planOrgs] += e.matches * costs.fetched // for what orders them
	}
	// A count stops where totals end.
	until := func(rows, part float64) float64 { return min(rows, (inventory.CountLimit+1)/max(part, 1e-9)) }
	counts := map[plan]float64{planScan: until(e.total, e.ofTotal) * row, planOrgs: until(e.scope, e.ofScope) * row}
	if fact := e.fact(costs); !math.IsInf(fact, 1) {
		pages[planFact] = e.facts * fact
		counts[planFact] = until(e.facts, e.ofFacts) * fact
	}
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
	if e.all {
		for p := range pages {
			if p != planWalk {
				pages[p] += e.matches * sorted
			}
		}
	}
	apart := choice{page: cheapest(pages), count: cheapest(counts)}
	if !e.both {
		return apart
	}
	least := pages[apart.page] + counts[apart.count]
	delete(pages, planWalk)
	for _, p := range []plan{planOrgs, planFact} { // elsewhere finding a row costs so much that counting it does not show
		if cost, offered := pages[p]; offered {
			pages[p] = cost + e.matches*numbered
		}
	}
	once := cheapest(pages)
	if cost, offered := pages[once]; offered && cost < least {
		return choice{page: once, count: once, once: true}
	}
	return apart
}

// fact is what one costs, with the row that is fetched for its text when it meets all other filters.
func (e estimate) fact(costs planCosts) float64 {
	if !e.text {
		return costs.fact
	}
	return costs.fact + costs.fetched*e.met/e.facts
}

func cheapest(costs map[plan]float64) plan {
	best, least := planScan, math.Inf(1)
	for _, p := range []plan{planWalk, planScan, planOrgs, planText, planSpan, planHeld, planMany, planFact} {
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
	// drawIDs draws up to most ids of a table at random, each once, and answers for how many rows each stands.
	drawIDs(ctx context.Context, tx bun.Tx, table string, most int) (ids []int64, weight float64, err error)
}
