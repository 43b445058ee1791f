package store

import (
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"
)

// groupsAsked is how many groups of three characters the text index is asked for. Each further one costs a walk along
// its own list, and the row is looked at anyway.
const groupsAsked = 3

func (sqliteDialect) costs() planCosts { return planCosts{covered: 1, fetched: 6, found: 5} }

func (sqliteDialect) textTerms(sm *sample, needle string) []string {
	if utf8.RuneCountInString(needle) < 3 {
		return nil
	}
	return sm.rarest(needle, groupsAsked)
}

// textTable reads the text index first, whatever the planner thinks: SQLite keeps the order of a CROSS JOIN.
func (sqliteDialect) textTable(terms []string) (string, condition) {
	asked := make([]string, len(terms))
	for i, term := range terms {
		asked[i] = `"` + strings.ReplaceAll(term, `"`, `""`) + `"`
	}
	return "device_text AS f CROSS JOIN device AS d ON d.id = f.rowid",
		bun.SafeQuery("f.device_text MATCH ?", strings.Join(asked, " AND "))
}

func (sqliteDialect) indexed(table, index string) string { return table + " INDEXED BY " + index }

// fence is nothing: tables and indexes are named where it matters.
func (sqliteDialect) fence() string { return "" }

func (sqliteDialect) prefer(plan) string { return "" }
