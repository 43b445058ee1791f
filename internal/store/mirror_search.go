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
	largestPage = 1000 // an export's batch
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
		sel, ok, err := s.selectionOf(ctx, tx, q)
		if err != nil || !ok {
			return err
		}
		sm, err := s.sampled(ctx, tx)
		if err != nil {
			return err
		}
		sel.groups, sel.keys = sm.rarest(sel.needle, s.dialect.textKey)
		if sel.spans, err = s.spansOf(ctx, tx, sel.needle); err != nil || sel.spans != nil && len(sel.spans) == 0 {
			return err
		}
		e := sm.estimateOf(sel, walk, from, limit+1)
		plans := choose(e, s.dialect.costs(), sel.covered, order.sort == inventory.ByName)
		found, err := s.find(ctx, tx, sel, plans, e, walk, from, limit)
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

// wholeRows reads devices by id, in the order of the ids.
func (s *Store) wholeRows(ctx context.Context, tx bun.Tx, ids []int64) ([]*deviceRecord, error) {
	if err := s.prefer(ctx, tx, planScan); err != nil {
		return nil, err
	}
	place := make(map[int64]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	var rows []*deviceRecord
	err := tx.NewSelect().Model(&rows).ColumnExpr("d.*, o.name AS org_name, o.path AS org_path").ColumnExpr("? AS on_hold", heldUser("d.user_uid")).
		Join("JOIN org AS o ON o.uid = d.org_uid").Where("d.id IN (?)", bun.List(ids)).Scan(ctx)
	slices.SortFunc(rows, func(a, b *deviceRecord) int { return place[a.ID] - place[b.ID] })
	return rows, err
}
