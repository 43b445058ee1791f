package store

import (
	"strings"

	"github.com/uptrace/bun"
)

func (sqliteDialect) costs() planCosts { return planCosts{covered: 1, passed: 1, fetched: 6, found: 8} }

func (sqliteDialect) textForm(text string) string { return text }

// textKey: the text index holds every group of three characters as it is.
func (sqliteDialect) textKey(group string) (string, bool) { return group, true }

// textTable reads the text index first, whatever the planner thinks: SQLite keeps the order of a CROSS JOIN.
func (sqliteDialect) textTable(groups []string) (string, condition) {
	return "device_text AS f CROSS JOIN device AS d ON d.id = f.rowid", bun.SafeQuery("f.device_text MATCH ?", allOf(groups))
}

func (sqliteDialect) usersHolding(groups []string, uid string) condition {
	return bun.SafeQuery(`(SELECT rowid AS id FROM person_text WHERE person_text MATCH ? UNION SELECT id FROM person WHERE uid = ?) AS f
		CROSS JOIN person AS p ON p.id = f.id`, allOf(groups), uid)
}

// allOf is the text index's question for what holds all these groups.
func allOf(groups []string) string {
	asked := make([]string, len(groups))
	for i, group := range groups {
		asked[i] = `"` + strings.ReplaceAll(group, `"`, `""`) + `"`
	}
	return strings.Join(asked, " AND ")
}

func (sqliteDialect) indexed(table, index string) string { return table + " INDEXED BY " + index }

// fence is nothing: tables and indexes are named where it matters.
func (sqliteDialect) fence() string { return "" }

func (sqliteDialect) prefer(plan) string { return "" }
