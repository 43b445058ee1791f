package inventory

import (
	"context"
	"iter"
	"slices"
)

// SelectionStore reads all that a query selects. Each method is one transaction.
type SelectionStore interface {
	// DeviceIDs answers the ids that the store has for all devices that a query selects, in its order; cursors and limit do
	// not matter.
	DeviceIDs(ctx context.Context, q DeviceQuery) ([]int64, error)
	// DevicesOf answers those of these devices that a query still selects, in the order of the ids.
	DevicesOf(ctx context.Context, q DeviceQuery, ids []int64) ([]Device, error)
}

// DeviceSelection is all devices that a query selected at one moment, in its order. Reading them takes as long as whoever
// they are for takes them in, and a sync goes on meanwhile: what it puts elsewhere in the order is neither missed nor met
// twice.
type DeviceSelection struct {
	store  Store
	query  DeviceQuery
	ids    []int64 // and nothing else, so that a million are held in 8 MB
	atOnce int
}

// Select selects devices as the mirror knows them now.
func (s *Service) Select(ctx context.Context, q DeviceQuery) (*DeviceSelection, error) {
	ids, err := s.Store.DeviceIDs(ctx, q)
	return &DeviceSelection{store: s.Store, query: q, ids: ids, atOnce: s.AtOnce}, err
}

// Len is how many devices were selected.
func (sel *DeviceSelection) Len() int { return len(sel.ids) }

// Batches reads the devices, some at a time, as the mirror knows them by then. What was removed meanwhile, has left the
// scope or meets the query no more is left out.
func (sel *DeviceSelection) Batches(ctx context.Context) iter.Seq2[[]Device, error] {
	return func(yield func([]Device, error) bool) {
		for ids := range slices.Chunk(sel.ids, sel.atOnce) {
			devices, err := sel.store.DevicesOf(ctx, sel.query, ids)
			if !yield(devices, err) || err != nil {
				return
			}
		}
	}
}
