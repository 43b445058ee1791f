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

	var page inventory.DevicePage
	err = s.readMirror(ctx, func(ctx context.Context, tx bun.Tx) error {
		where, ok, err := s.selection(ctx, tx, q)
		if err != nil || !ok {
			return err
		}
		walk := order
		if backwards {
			walk = order.reversed()
		}
		rows, more, err := pageOfDevices(ctx, tx, where, walk, from, limit)
		if err != nil {
			return err
		}
		if backwards {
			slices.Reverse(rows)
		}
		total := len(rows)
		if from != nil || more { // else the page is all there is, and needs no second look
			counted := filtered(tx.NewSelect().TableExpr("device AS d").ColumnExpr("1"), where).Limit(inventory.CountLimit + 1)
			if err := tx.NewSelect().TableExpr("(?) AS matching", counted).ColumnExpr("count(*)").Scan(ctx, &total); err != nil {
				return err
			}
		}
		page.Total, page.TotalCapped = min(total, inventory.CountLimit), total > inventory.CountLimit
		if len(rows) == 0 {
			return nil
		}
		first, last := order.place(rows[0]), order.place(rows[len(rows)-1])
		// One row more than the page says whether it goes on in the direction walked; back where the cursor points
		// rows may have gone since it was given out, so that is asked.
		behind := false
		if from != nil {
			edge := first
			if backwards {
				edge = last
			}
			if behind, err = anyDevice(ctx, tx, where, walk.reversed(), edge); err != nil {
				return err
			}
		}
		hasNext, hasPrevious := more, behind
		if backwards {
			hasNext, hasPrevious = behind, more
		}
		if hasNext {
			page.Next = last.String()
		}
		if hasPrevious {
			page.Before, page.HasPrevious = first.String(), true
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

// selection is the conditions of a query. It is false when nothing can match: an empty scope, an organization outside it.
func (s *Store) selection(ctx context.Context, tx bun.Tx, q inventory.DeviceQuery) ([]condition, bool, error) {
	roots, err := s.scopeOf(ctx, tx, q)
	inScope, ok := under("path", roots)
	if err != nil || !ok {
		return nil, false, err
	}
	where := []condition{bun.SafeQuery("d.org_uid IN (SELECT uid FROM org WHERE ?)", inScope)}
	where = slices.Concat(where, s.textFilter(q), baseFilters(q), stateFilters(q), s.valueFilters(q))
	if q.KeepNewest > 0 {
		where = append(where, olderThanNewest(q.Scope.Roots(), q.KeepNewest, q.Active != nil))
	}
	return where, true, nil
}

// pageOfDevices reads up to limit rows behind a place in an order, and whether there are more.
func pageOfDevices(ctx context.Context, tx bun.Tx, where []condition, order deviceOrder, from *cursor, limit int) ([]*deviceRecord, bool, error) {
	// The page's keys come from an index where they can; only its rows are then read whole.
	keys := filtered(tx.NewSelect().TableExpr("device AS d").Column("d.id"), where).Limit(int64(limit) + 1)
	if from != nil {
		keys = keys.Where("?", order.behind(*from))
	}
	var rows []*deviceRecord
	err := order.apply(tx.NewSelect().Model(&rows).ColumnExpr("d.*, o.name AS org_name, o.path AS org_path").
		Join("JOIN org AS o ON o.uid = d.org_uid").Where("d.id IN (?)", order.apply(keys))).Scan(ctx)
	if err != nil {
		return nil, false, err
	}
	return rows[:min(len(rows), limit)], len(rows) > limit, nil
}

// anyDevice tells whether a row stands behind a place in an order.
func anyDevice(ctx context.Context, tx bun.Tx, where []condition, order deviceOrder, from cursor) (bool, error) {
	q := filtered(tx.NewSelect().TableExpr("device AS d").ColumnExpr("1"), where).Where("?", order.behind(from))
	return order.apply(q).Limit(1).Exists(ctx)
}
