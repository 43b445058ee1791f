package store

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/uptrace/bun"
)

// costs: no index holds what filters ask. The table is read as fast, and an entry has room for 2,700 bytes.
func (postgresDialect) costs() planCosts {
	return planCosts{covered: 1, passed: 5, fetched: 5, found: 4, fact: math.Inf(1)}
}

// textForm: the text index knows words of letters and digits, and which characters they begin and end with.
func (postgresDialect) textForm(text string) string {
	return strings.Map(func(r rune) rune {
		if wordCharacter(r) {
			return r
		}
		return ' '
	}, text)
}

func wordCharacter(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

// textKey: three characters of a word, or the beginning or the end of one. Asked for what holds none the index would be
// read whole; what is a letter beyond ASCII depends on the server.
func (d postgresDialect) textKey(group string) (string, bool) {
	key := d.textForm(group)
	inWord := func(i int) bool { return key[i] != ' ' }
	switch {
	case len(group) != 3: // beyond ASCII
		return "", false
	case inWord(1) && (inWord(0) || inWord(2)):
		return key, true
	case inWord(2):
		return key[1:], true
	default:
		return "", false
	}
}

func (postgresDialect) textTable(groups []string) (string, condition) {
	return "device AS d", holdingAll("d.search_text", groups)
}

// usersHolding: OFFSET 0 keeps other conditions from leading to another index.
func (postgresDialect) usersHolding(groups []string, uid string) condition {
	return bun.SafeQuery("(SELECT * FROM person WHERE ? OR uid = ? OFFSET 0) AS p", holdingAll("search_text", groups), uid)
}

// holdingAll is the condition that a column holds all these groups, as the text index answers it.
func holdingAll(column string, groups []string) condition {
	literally := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	where := make([]string, len(groups))
	args := make([]any, len(groups))
	for i, group := range groups {
		where[i], args[i] = column+" LIKE ?", "%"+literally.Replace(group)+"%"
	}
	return bun.SafeQuery("("+strings.Join(where, " AND ")+")", args...)
}

func (postgresDialect) indexed(table, _ string) string { return table }

// fence keeps a subquery apart: what comes around it, an order above all, does not lead the planner to another index.
func (postgresDialect) fence() string { return " OFFSET 0" }

// prefer sets the planner for the rest of the transaction. Its estimates of texts and subtrees are guesses, and a wrong
// one reads a million rows.
func (postgresDialect) prefer(p plan) string {
	sort, seqscan, bitmapscan, joins := "on", "on", "on", "on"
	switch p {
	case planWalk:
		sort, seqscan, bitmapscan = "off", "off", "off"
	case planSpan:
		seqscan, bitmapscan = "off", "off"
	case planMany:
		// Other joins than by a loop would look each device's user up before they know whose devices are asked for.
		seqscan, bitmapscan, joins = "off", "off", "off"
	case planText:
		seqscan = "off"
	case planScan, planOrgs, planUser, planHeld, planFact:
	}
	return "SELECT set_config('enable_sort', '" + sort + "', true), set_config('enable_seqscan', '" + seqscan +
		"', true), set_config('enable_bitmapscan', '" + bitmapscan + "', true), set_config('enable_hashjoin', '" + joins +
		"', true), set_config('enable_mergejoin', '" + joins + "', true)"
}

// drawIDs reads as many pages of the table as there are to be ids, and draws from the ids on them. The ids themselves are no
// measure here: each row that is written again uses one up, so most are of no row.
func (postgresDialect) drawIDs(ctx context.Context, tx bun.Tx, table string, most int) (ids []int64, weight float64, err error) {
	var pages int64
	if err := tx.NewRaw("SELECT pg_relation_size(?) / current_setting('block_size')::int", table).Scan(ctx, &pages); err != nil {
		return nil, 0, err
	}
	part := min(1, float64(most)/float64(max(1, pages)))
	if err := tx.NewRaw("SELECT id FROM ? TABLESAMPLE SYSTEM (?)", bun.Ident(table), 100*part).Scan(ctx, &ids); err != nil {
		return nil, 0, err
	}
	rows := float64(len(ids)) / part
	rand.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	ids = ids[:min(len(ids), most)]
	return ids, rows / max(1, float64(len(ids))), nil
}
