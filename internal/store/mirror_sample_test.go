package store

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/uptrace/bun"
)

// TestASampleOfRowsThatWereWrittenOften: a sync writes what it finds changed, and on PostgreSQL each time uses an id up. A
// fleet smaller than a sample is all in it, however many ids are of no device.
func TestASampleOfRowsThatWereWrittenOften(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s := open(t, newClock())
		f := named(600, "laptop")
		for round := range 4 {
			for i := range f.devices {
				f.devices[i].ClientVersion = fmt.Sprint(round)
			}
			f.sync(t.Context(), t, s)
		}
		late := f.devices[0]
		late.GUID = "late"
		ok(t, s.DeviceSeen(t.Context(), late))
		all := len(f.devices) + 1
		ok(t, s.readMirror(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			sm, err := s.drawSample(ctx, tx)
			if err != nil || len(sm.rows) != all || sm.weight != 1 {
				t.Errorf("%d devices of %d, each for %.1f; %v", len(sm.rows), all, sm.weight, err)
			}
			// Fewer than there are: each once, and together they stand for all.
			ids, weight, err := s.dialect.drawIDs(ctx, tx, "device", 500)
			ok(t, err)
			slices.Sort(ids)
			if n := len(slices.Compact(slices.Clone(ids))); n == 0 || n > 500 || n != len(ids) {
				t.Errorf("%d ids drawn, %d of them once", len(ids), n)
			}
			if stand := math.Round(weight * float64(len(ids))); stand != float64(all) {
				t.Errorf("%d ids stand for %.0f rows of %d", len(ids), stand, all)
			}
			if ids, _, err = s.dialect.drawIDs(ctx, tx, "device", 1); len(ids) > 1 {
				t.Errorf("drawn: %v", ids)
			}
			return err
		}))
	})
}
