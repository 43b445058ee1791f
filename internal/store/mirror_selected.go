package store

import (
	"context"
	"math"
	"slices"

	"github.com/uptrace/bun"

	"backup-portal/internal/inventory"
)

// everything is the limit of who asks for all rows, and so for no total.
const everything = math.MaxInt

// DeviceIDs answers the ids of all devices in scope that the query selects, in its order, from one snapshot.
func (s *Store) DeviceIDs(ctx context.Context, q inventory.DeviceQuery) ([]int64, error) {
	order := deviceOrder{q.Sort, q.Descending}
	var ids []int64
	err := s.readMirror(ctx, func(ctx context.Context, tx bun.Tx) error {
		p, ok, err := s.planOf(ctx, tx, q, estimate.choose, order, nil, everything)
		if err != nil || !ok {
			return err
		}
		ids, err = s.keys(ctx, tx, p.sel, p.plans.page, p.estimate.rows(p.plans.page), order, nil, everything)
		return err
	})
	return ids, err
}

// DevicesOf answers those of these devices that the query selects now, in the order of the ids. Scope and filters are
// asked again: a row that has left either since its id was read is not for whoever asks.
func (s *Store) DevicesOf(ctx context.Context, q inventory.DeviceQuery, ids []int64) ([]inventory.Device, error) {
	var devices []inventory.Device
	err := s.readMirror(ctx, func(ctx context.Context, tx bun.Tx) error {
		sel, ok, err := s.selectionOf(ctx, tx, q)
		if err != nil || !ok {
			return err
		}
		inScope, _ := under("o.path", sel.roots)
		rows, err := s.wholeRows(ctx, tx, ids, slices.Concat([]condition{inScope}, sel.where)...)
		if err != nil {
			return err
		}
		state, err := readSyncState(ctx, tx)
		if err != nil {
			return err
		}
		completedStart := unstamp(state.CompletedStart)
		for _, r := range rows {
			devices = append(devices, r.device(completedStart))
		}
		return nil
	})
	return devices, err
}
