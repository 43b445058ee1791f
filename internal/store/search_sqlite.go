package store

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/uptrace/bun"
)

func (sqliteDialect) costs() planCosts {
	return planCosts{covered: 1, passed: 1, fetched: 16, found: 8, fact: 1}
}

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

// drawIDs: ids are given one after the other and few fall out of use.
func (sqliteDialect) drawIDs(ctx context.Context, tx bun.Tx, table string, most int) (ids []int64, weight float64, err error) {
	var newest int64
	if err := tx.NewSelect().Table(table).ColumnExpr("coalesce(max(id), 0)").Scan(ctx, &newest); err != nil {
		return nil, 0, err
	}
	for i := range min(newest, int64(most)) {
		id := i + 1
		if newest > int64(most) {
			id = rand.Int64N(newest) + 1
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	return ids, float64(newest) / max(1, float64(len(ids))), nil
}
