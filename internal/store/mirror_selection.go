package store

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"backup-portal/internal/inventory"
)

// selection is what a query selects, before it is decided how to find it.
type selection struct {
	query   inventory.DeviceQuery
	roots   []string // the subtrees of the scope or, when that lies in the scope, of the organization
	needle  string   // what the search text must hold; "" is nothing
	groups  []string // what the text index is asked for; none when it cannot be asked
	keys    []string // how it knows them
	spans   []span   // of the order of names; nil is all of it
	where   []condition
	covered bool // the indexes of names and of organizations hold all that is asked
}

// selectionOf is false when nothing can match: an empty scope, an organization outside it.
func (s *Store) selectionOf(ctx context.Context, tx bun.Tx, q inventory.DeviceQuery) (selection, bool, error) {
	sel := selection{query: q, needle: inventory.SearchNeedle(q.Text)}
	var err error
	if sel.roots, err = s.scopeOf(ctx, tx, q); err != nil || len(sel.roots) == 0 {
		return sel, false, err
	}
	if sel.needle != "" {
		sel.where = append(sel.where, bun.SafeQuery(s.dialect.contains("d.search_text"), sel.needle))
	}
	others := slices.Concat(baseFilters(q), s.valueFilters(q))
	if q.KeepNewest > 0 {
		others = append(others, olderThanNewest(q.Scope.Roots(), q.KeepNewest, q.Active != nil))
	}
	sel.where = slices.Concat(sel.where, stateFilters(q), others)
	sel.covered = len(others) == 0
	return sel, true, nil
}

// lookedUpRows is up to how many rows looking each one's organization up costs less than first listing all in scope.
const lookedUpRows = 5000

// from begins a query of the selected devices d in the way of a plan that looks at about so many rows.
func (s *Store) from(tx bun.Tx, sel selection, p plan, order deviceOrder, rows float64) *bun.SelectQuery {
	q := tx.NewSelect()
	byRow, _ := under("o.path", sel.roots)
	listed, _ := under("path", sel.roots)
	switch p {
	case planOrgs:
		return filtered(q.TableExpr("org AS o CROSS JOIN "+s.dialect.indexed("device AS d", "device_of_org")).
			Where("d.org_uid = o.uid").Where("?", byRow), sel.where)
	case planText:
		table, found := s.dialect.textTable(sel.groups)
		q = q.TableExpr(table).Where("?", found)
	case planSpan:
		q = q.TableExpr(s.dialect.indexed("device AS d", deviceOrder{}.index()))
	case planWalk:
		q = q.TableExpr(s.dialect.indexed("device AS d", order.index()))
	case planUser:
		q = q.TableExpr(s.dialect.indexed("device AS d", "device_of_user"))
	case planHeld:
		q = q.TableExpr("hold AS held CROSS JOIN " + s.dialect.indexed("device AS d", "device_of_user")).Where("d.user_uid = held.user_uid")
	case planFact:
		q = q.TableExpr(s.dialect.indexed("device AS d", "device_by_connected"))
	case planMany:
		users := tx.NewSelect().TableExpr(s.dialect.indexed("device", "device_of_user")).Column("user_uid").Group("user_uid").
			Having("count(*) > ? OR user_uid = ''", sel.query.KeepNewest)
		q = q.TableExpr("(?"+s.dialect.fence()+") AS many CROSS JOIN "+s.dialect.indexed("device AS d", "device_of_user"), users).
			Where("d.user_uid = many.user_uid")
	default:
		q = q.TableExpr("device AS d")
	}
	q = filtered(q, sel.where)
	if rows <= lookedUpRows {
		// The OFFSET keeps PostgreSQL from turning this into a join.
		q = q.Where("EXISTS (SELECT 1 FROM "+s.dialect.indexed("org AS o", "org_place")+" WHERE o.uid = d.org_uid AND ? LIMIT 1 OFFSET 0)", byRow)
	} else {
		// As a value and not as a condition of its own, so that it is a list looked into and leads to no index.
		q = q.Where("(d.org_uid IN (SELECT uid FROM org WHERE ?)) IS TRUE", listed)
	}
	return q
}

// prefer prepares the transaction for the query of a plan.
func (s *Store) prefer(ctx context.Context, tx bun.Tx, p plan) error {
	statement := s.dialect.prefer(p)
	if statement == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, statement)
	return err
}

// met is the query of the columns of all selected devices, in no order.
func (s *Store) met(tx bun.Tx, sel selection, p plan, order deviceOrder, rows float64, columns condition) condition {
	if p != planSpan {
		return bun.SafeQuery("?", s.from(tx, sel, p, order, rows).ColumnExpr("?", columns))
	}
	var parts []any
	for _, sp := range sel.spans {
		parts = append(parts, s.from(tx, sel, p, order, rows).ColumnExpr("?", columns).Where("?", sp.within()))
	}
	return bun.SafeQuery(strings.TrimPrefix(strings.Repeat(" UNION ALL ?", len(parts)), " UNION ALL "), parts...)
}

// keys answers the ids of up to limit devices behind a place, in order.
func (s *Store) keys(ctx context.Context, tx bun.Tx, sel selection, p plan, rows float64, order deviceOrder, from *cursor, limit int) ([]int64, error) {
	if err := s.prefer(ctx, tx, p); err != nil {
		return nil, err
	}
	if p == planWalk && order.sort == inventory.ByName && sel.spans != nil {
		return s.walkSpans(ctx, tx, sel, rows, order, from, limit)
	}
	var q *bun.SelectQuery
	if p == planWalk {
		q = s.from(tx, sel, p, order, rows)
	} else {
		met := s.met(tx, sel, p, order, rows, bun.SafeQuery("d.id, d.guid, ?", bun.Safe(order.column())))
		q = tx.NewSelect().TableExpr("(?"+s.dialect.fence()+") AS d", met)
	}
	if from != nil {
		q = q.Where("?", order.behind(*from))
	}
	var ids []int64
	return ids, order.apply(q.ColumnExpr("d.id")).Limit(int64(limit)).Scan(ctx, &ids)
}

// count answers how many devices are selected, up to one more than CountLimit.
func (s *Store) count(ctx context.Context, tx bun.Tx, sel selection, p plan, rows float64) (int, error) {
	if err := s.prefer(ctx, tx, p); err != nil {
		return 0, err
	}
	total := 0
	met := s.met(tx, sel, p, deviceOrder{}, rows, bun.SafeQuery("1"))
	return total, tx.NewSelect().TableExpr("(? LIMIT ?) AS matching", met, inventory.CountLimit+1).ColumnExpr("count(*)").Scan(ctx, &total)
}
