package store

import (
	"strings"

	"github.com/uptrace/bun"
)

func (postgresDialect) costs() planCosts { return planCosts{covered: 1, fetched: 5, found: 4} }

// indexable: the text index holds groups within words only. Asked for others it would be read whole.
func (postgresDialect) indexable(group string) bool {
	return !strings.ContainsFunc(group, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}

func (postgresDialect) textTable(groups []string) (string, condition) {
	where := make([]string, len(groups))
	args := make([]any, len(groups))
	for i, group := range groups {
		where[i], args[i] = "d.search_text LIKE ?", "%"+group+"%" // letters and digits, see indexable
	}
	return "device AS d", bun.SafeQuery(strings.Join(where, " AND "), args...)
}

func (postgresDialect) indexed(table, _ string) string { return table }

// fence keeps a subquery apart: what comes around it, an order above all, does not lead the planner to another index.
func (postgresDialect) fence() string { return " OFFSET 0" }

// prefer sets the planner for the rest of the transaction. Its estimates of texts and subtrees are guesses, and a wrong
// one reads a million rows.
func (postgresDialect) prefer(p plan) string {
	sort, seqscan, bitmapscan := "on", "on", "on"
	switch p {
	case planWalk:
		sort, seqscan, bitmapscan = "off", "off", "off"
	case planText:
		seqscan = "off"
	case planScan, planOrgs, planUser:
	}
	return "SELECT set_config('enable_sort', '" + sort + "', true), set_config('enable_seqscan', '" + seqscan +
		"', true), set_config('enable_bitmapscan', '" + bitmapscan + "', true)"
}
