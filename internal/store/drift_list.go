package store

import (
	"context"
	"strings"

	"github.com/uptrace/bun"

	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
)

// driftMark stands between GUID and key in the place of a row; neither holds it.
const driftMark = "\x1e"

func (r *driftRecord) place() place { return place{r.SortKey, r.GUID + driftMark + r.Key} }

// driftPlaceOf reads the cursors of a query; nil is the first page.
func driftPlaceOf(after, before string) (from *driftRecord, backwards bool, err error) {
	at, backwards, err := placeOf(after, before)
	if err != nil || at == nil {
		return nil, backwards, err
	}
	guid, key, found := strings.Cut(at.id, driftMark)
	if !found {
		return nil, false, fault.New(fault.Invalid, "This page of the list cannot be found.", "Start again at the first page.")
	}
	return &driftRecord{SortKey: at.sortKey, GUID: guid, Key: key}, backwards, nil
}

// walkDrifts orders rows by place, from one place on.
func walkDrifts(q *bun.SelectQuery, from *driftRecord, backwards bool) *bun.SelectQuery {
	compare, order := ">", "ASC"
	if backwards {
		compare, order = "<", "DESC"
	}
	if from != nil {
		q = q.Where("(p.sort_key, p.device_guid, p.key) ?0 (?1, ?2, ?3)", bun.Safe(compare), from.SortKey, from.GUID, from.Key)
	}
	return q.OrderExpr("p.sort_key ?0, p.device_guid ?0, p.key ?0", bun.Safe(order))
}

// driftPlaces is the condition on org o that a query's organizations meet; false when there are none: an empty scope, an
// organization outside it.
func driftPlaces(ctx context.Context, tx bun.Tx, q inventory.DriftQuery) (condition, bool, error) {
	in, ok := under("o.path", q.Scope.Roots())
	if !ok || q.OrgUID == "" {
		return in, ok, nil
	}
	var paths []string
	if err := tx.NewSelect().TableExpr("org AS o").ColumnExpr("o.path").Where("o.uid = ?", q.OrgUID).Where("?", in).Scan(ctx, &paths); err != nil {
		return in, false, err
	}
	if len(paths) > 0 && !q.Below {
		return bun.SafeQuery("o.uid = ?", q.OrgUID), true, nil
	}
	in, ok = under("o.path", paths) // in scope itself, so its subtree is too
	return in, ok, nil
}

// drifts are the rows that a query selects, called p: read whole before they are put in order, because going along all
// devices by name to find the few that differ takes longer the fewer they are.
func (s *Store) drifts(tx bun.Tx, in condition, q inventory.DriftQuery) func() *bun.SelectQuery {
	picked := tx.NewSelect().TableExpr("org AS o").
		Join("JOIN device_drift AS r ON r.org_uid = o.uid").Join("JOIN device AS d ON "+here, bun.Ident("r")).
		ColumnExpr("r.device_guid, r.key, r.property, r.label, d.sort_key").Where("?", in)
	if q.Property != "" {
		picked = picked.Where("r.property = ?", q.Property)
	}
	if text := strings.TrimSpace(q.Text); text != "" {
		picked = picked.Where("("+s.dialect.contains("d.search_text")+" OR "+s.dialect.containsFold("r.org_value")+" OR "+
			s.dialect.containsFold("r.device_value")+" OR "+s.dialect.containsFold("r.label")+")",
			inventory.SearchNeedle(text), text, text, text)
	}
	return func() *bun.SelectQuery {
		return tx.NewSelect().WithQuery(bun.NewWithQuery("p", picked).Materialized()).TableExpr("p")
	}
}

// Drifts answers one page of the report; a cursor that no page gave out is a fault.Invalid.
func (s *Store) Drifts(ctx context.Context, q inventory.DriftQuery) (inventory.DriftPage, error) {
	from, backwards, err := driftPlaceOf(q.After, q.Before)
	if err != nil {
		return inventory.DriftPage{}, err
	}
	limit := q.Limit
	if limit <= 0 {
		limit = defaultPage
	}
	limit = min(limit, largestPage)

	var page inventory.DriftPage
	err = s.readMirror(ctx, func(ctx context.Context, tx bun.Tx) error {
		page = inventory.DriftPage{}
		in, ok, err := driftPlaces(ctx, tx, q)
		if err != nil || !ok {
			return err
		}
		picked := s.drifts(tx, in, q)
		var rows []*driftRecord
		// The page's keys first: only its rows are then read whole.
		keys := walkDrifts(picked().ColumnExpr("p.device_guid, p.key, p.sort_key"), from, backwards).Limit(int64(limit) + 1)
		err = walkDrifts(tx.NewSelect().TableExpr("(?) AS p", keys), nil, backwards).
			Join("JOIN device_drift AS r ON r.device_guid = p.device_guid AND r.key = p.key").
			Join("JOIN device AS d ON d.guid = p.device_guid").Join("JOIN org AS o ON o.uid = d.org_uid").
			ColumnExpr("r.*, d.name, d.username, d.sort_key, o.name AS org_name").Scan(ctx, &rows)
		if err != nil {
			return err
		}
		rows, more := turned(rows, limit, backwards)
		if !q.Batch {
			total := len(rows)
			if from != nil || more { // else the page is all there is, and needs no second look
				counted := picked().ColumnExpr("1").Limit(inventory.CountLimit + 1)
				if err := tx.NewSelect().TableExpr("(?) AS matching", counted).ColumnExpr("count(*)").Scan(ctx, &total); err != nil {
					return err
				}
			}
			page.Total, page.TotalCapped = min(total, inventory.CountLimit), total > inventory.CountLimit
		}
		for _, r := range rows {
			page.Drifts = append(page.Drifts, r.drift())
		}
		return driftEnds(ctx, &page, picked, rows, from, backwards, more)
	})
	return page, err
}

// driftEnds fills in where a page goes on.
func driftEnds(ctx context.Context, page *inventory.DriftPage, picked func() *bun.SelectQuery, rows []*driftRecord, from *driftRecord, backwards, more bool) error {
	if len(rows) == 0 {
		return nil
	}
	first, last := rows[0], rows[len(rows)-1]
	// Back where the cursor points rows may have gone since it was given out, so that is asked.
	behind := false
	if from != nil {
		edge := first
		if backwards {
			edge = last
		}
		var err error
		if behind, err = walkDrifts(picked().ColumnExpr("1"), edge, !backwards).Limit(1).Exists(ctx); err != nil {
			return err
		}
	}
	hasNext, hasPrevious := more, behind
	if backwards {
		hasNext, hasPrevious = behind, more
	}
	if hasNext {
		page.Next = last.place().String()
	}
	if hasPrevious {
		page.Before, page.HasPrevious = first.place().String(), true
	}
	return nil
}

// DriftTallies counts for each property how many values the report would hold with it chosen, most first.
func (s *Store) DriftTallies(ctx context.Context, q inventory.DriftQuery) ([]inventory.Tally, error) {
	q.Property = ""
	var tallies []inventory.Tally
	err := s.readMirror(ctx, func(ctx context.Context, tx bun.Tx) error {
		tallies = nil
		in, ok, err := driftPlaces(ctx, tx, q)
		if err != nil || !ok {
			return err
		}
		return s.drifts(tx, in, q)().ColumnExpr("p.property AS value, min(p.label) AS label, count(*) AS count").
			GroupExpr("p.property").OrderExpr("3 DESC, 1").Scan(ctx, &tallies)
	})
	return tallies, err
}
