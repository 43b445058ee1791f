package store

import (
	"context"

	"github.com/uptrace/bun"
)

// found is one page of a selection: its ids in the order walked, whether the list goes on behind them and begins before
// them, and how many devices it has, at most one more than CountLimit or exactly.
type found struct {
	ids          []int64
	more, behind bool
	total        int
}

// find finds the page of up to limit devices behind a place.
func (s *Store) find(ctx context.Context, tx bun.Tx, sel selection, plans choice, e estimate, walk deviceOrder, from *cursor, limit int) (found, error) {
	if plans.once {
		return s.findOnce(ctx, tx, sel, plans.page, e, walk, from, limit)
	}
	// One row more than the page says whether it goes on in the direction walked.
	ids, err := s.keys(ctx, tx, sel, plans.page, e.rows(plans.page), walk, from, limit+1)
	if err != nil {
		return found{}, err
	}
	f := found{ids: ids[:min(len(ids), limit)], more: len(ids) > limit, total: min(len(ids), limit)}
	if from == nil && !f.more { // the page is all there is, and needs no second look
		return f, nil
	}
	if f.total, err = s.count(ctx, tx, sel, plans.count, e.rows(plans.count)); err != nil {
		return found{}, err
	}
	if from != nil && len(f.ids) > 0 {
		// Back where the cursor points rows may have gone since it was given out, so that is asked.
		edge := *from
		edge.included = true
		others, err := s.keys(ctx, tx, sel, plans.page, e.rows(plans.page), walk.reversed(), &edge, 1)
		if err != nil {
			return found{}, err
		}
		f.behind = len(others) > 0
	}
	return f, nil
}

// findOnce finds a page by a plan that meets all that is selected: what is counted is what was met on the way.
func (s *Store) findOnce(ctx context.Context, tx bun.Tx, sel selection, p plan, e estimate, walk deviceOrder, from *cursor, limit int) (found, error) {
	if err := s.prefer(ctx, tx, p); err != nil {
		return found{}, err
	}
	ahead := bun.SafeQuery("TRUE")
	if from != nil {
		ahead = walk.behind(*from)
	}
	met := s.met(tx, sel, p, walk, e.rows(p), bun.SafeQuery("d.id, d.guid, ?, ? AS ahead", bun.Safe(walk.column()), ahead))
	counted := tx.NewSelect().TableExpr("(?"+s.dialect.fence()+") AS d", met).
		ColumnExpr("d.*, count(*) OVER () AS total, sum(CASE WHEN d.ahead THEN 0 ELSE 1 END) OVER () AS passed")
	var rows []struct {
		ID     int64 `bun:"id"`
		Total  int   `bun:"total"`
		Passed int   `bun:"passed"`
	}
	q := tx.NewSelect().TableExpr("(?) AS d", counted).ColumnExpr("d.id, d.total, d.passed").Where("d.ahead")
	if err := walk.apply(q).Limit(int64(limit)+1).Scan(ctx, &rows); err != nil {
		return found{}, err
	}
	f := found{more: len(rows) > limit}
	for _, r := range rows[:min(len(rows), limit)] {
		f.ids, f.total, f.behind = append(f.ids, r.ID), r.Total, r.Passed > 0
	}
	if from != nil && len(rows) == 0 { // nothing tells the total
		var err error
		f.total, err = s.count(ctx, tx, sel, p, e.rows(p))
		return f, err
	}
	return f, nil
}
