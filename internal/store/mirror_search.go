package store

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/inventory"
)

const (
	defaultPage = 50
	largestPage = 1000
	day         = 24 * time.Hour
)

// Devices answers one page of the devices in scope that the query selects, with its total; all of it from one snapshot.
// A cursor that no page gave out, or one of another order, is a fault.Invalid.
func (s *Store) Devices(ctx context.Context, q inventory.DeviceQuery) (inventory.DevicePage, error) {
	return s.devicesBy(ctx, q, estimate.choose)
}

// devicesBy answers a page by the plans that choose takes.
func (s *Store) devicesBy(ctx context.Context, q inventory.DeviceQuery, choose chooser) (inventory.DevicePage, error) {
	order := deviceOrder{q.Sort, q.Descending}
	from, backwards, err := startOf(q, order)
	if err != nil {
		return inventory.DevicePage{}, err
	}
	limit := q.Limit
	if limit <= 0 {
		limit = defaultPage
	}
	limit = min(limit, largestPage)
	walk := order
	if backwards {
		walk = order.reversed()
	}

	var page inventory.DevicePage
	err = s.readMirror(ctx, func(ctx context.Context, tx bun.Tx) error {
		p, ok, err := s.planOf(ctx, tx, q, choose, walk, from, limit+1)
		if err != nil || !ok {
			return err
		}
		found, err := s.find(ctx, tx, p.sel, p.plans, p.estimate, walk, from, limit)
		if err != nil {
			return err
		}
		page.Total, page.TotalCapped = min(found.total, inventory.CountLimit), found.total > inventory.CountLimit
		if len(found.ids) == 0 {
			return nil
		}
		rows, err := s.wholeRows(ctx, tx, found.ids)
		if err != nil {
			return err
		}
		more, behind := found.more, found.behind
		if backwards {
			slices.Reverse(rows)
			more, behind = behind, more
		}
		if more {
			page.Next = order.place(rows[len(rows)-1]).String()
		}
		if behind {
			page.Before, page.HasPrevious = order.place(rows[0]).String(), true
		}

		state, err := readSyncState(ctx, tx)
		if err != nil {
			return err
		}
		completedStart := unstamp(state.CompletedStart)
		for _, r := range rows {
			page.Devices = append(page.Devices, r.device(completedStart))
		}
		return nil
	})
	return page, err
}

// planned is what a query selects and how it is found.
type planned struct {
	sel      selection
	estimate estimate
	plans    choice
}

// planOf decides how up to limit devices behind a place are found; false when nothing can match.
func (s *Store) planOf(ctx context.Context, tx bun.Tx, q inventory.DeviceQuery, choose chooser, walk deviceOrder, from *cursor, limit int) (planned, bool, error) {
	sel, ok, err := s.selectionOf(ctx, tx, q)
	if err != nil || !ok {
		return planned{}, false, err
	}
	sm, err := s.sampled(ctx, tx)
	if err != nil {
		return planned{}, false, err
	}
	sel.groups, sel.keys = sm.rarest(sel.needle, s.dialect.textKey)
	if sel.spans, err = s.spansOf(ctx, tx, sel.needle); err != nil || sel.spans != nil && len(sel.spans) == 0 {
		return planned{}, false, err
	}
	e := sm.estimateOf(sel, walk, from, limit)
	return planned{sel, e, choose(e, s.dialect.costs(), sel.covered, walk.sort)}, true, nil
}

// wholeRows reads devices by id, in the order of the ids, as far as they meet these conditions.
func (s *Store) wholeRows(ctx context.Context, tx bun.Tx, ids []int64, where ...condition) ([]*deviceRecord, error) {
	if err := s.prefer(ctx, tx, planScan); err != nil {
		return nil, err
	}
	place := make(map[int64]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	var rows []*deviceRecord
	// A CROSS JOIN, which SQLite leaves in its order: an organization is looked up for each device, and not the other way.
	q := tx.NewSelect().Model(&rows).ColumnExpr("d.*, o.name AS org_name, o.path AS org_path").ColumnExpr("? AS on_hold", heldUser("d.user_uid")).
		Join("CROSS JOIN org AS o").Where("o.uid = d.org_uid").Where("d.id IN (?)", bun.List(ids))
	err := filtered(q, where).Scan(ctx)
	slices.SortFunc(rows, func(a, b *deviceRecord) int { return place[a.ID] - place[b.ID] })
	return rows, err
}
