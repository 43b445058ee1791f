package store

import (
	"strings"

	"github.com/uptrace/bun"
)

// costs: rows come from the table on every way, since an index cannot hold texts of any length.
func (postgresDialect) costs() planCosts { return planCosts{covered: 1, fetched: 1, found: 1.5} }

// textTerms knows that the index holds groups of ASCII letters and digits only: asked for others it would be read whole.
// The beginning of a field begins a word, which counts as two characters.
func (postgresDialect) textTerms(_ *sample, needle string) []string {
	run := 0
	for _, r := range needle {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			run++
		case r == '\x1f':
			run = 2
		default:
			run = 0
		}
		if run == 3 {
			return []string{needle}
		}
	}
	return nil
}

func (postgresDialect) textTable(terms []string) (string, condition) {
	pattern := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(terms[0])
	return "device AS d", bun.SafeQuery("d.search_text LIKE ?", "%"+pattern+"%")
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
