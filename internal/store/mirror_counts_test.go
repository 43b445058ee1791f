package store

import (
	"fmt"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"backup-portal/internal/inventory"
)

func TestCountsOfManyWriters(t *testing.T) {
	t.Parallel()
	onEvery(t, countsOfManyWriters)
}

// countsOfManyWriters lets a sync and clicks write the same devices at once: nobody fails, and what stands in each
// organization is counted exactly.
func countsOfManyWriters(t *testing.T, open opener) {
	c := newClock()
	s := open(t, c)
	f := newForest(3, 6, 0, 0)
	f.sync(t, s)
	generation, err := s.SyncStarted(t.Context(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	uids := f.uids()
	device := func(i, round int) inventory.Device {
		return inventory.Device{
			GUID: fmt.Sprint(i), Name: fmt.Sprint("round ", round), OrgUID: uids[(i*7+round*5)%len(uids)],
			Alert: (i+round)%2 == 0, StoredBytes: int64(i * round), SeenAt: c.Now(),
		}
	}
	const devices, rounds = 120, 6
	var writers sync.WaitGroup
	writers.Go(func() {
		for round := range rounds {
			var b inventory.SyncBatch
			for i := range devices {
				b.Devices = append(b.Devices, device(i, round))
			}
			if _, err := s.SyncWrote(t.Context(), generation, b); err != nil {
				t.Error(err)
			}
		}
	})
	for clicker := range 3 {
		writers.Go(func() {
			for round := range rounds {
				for i := clicker; i < devices; i += 11 {
					d := device(devices-1-i, 10+round+clicker)
					if err := s.DeviceSeen(t.Context(), d); err != nil {
						t.Error(err)
					}
					if i%3 == 0 {
						if err := s.DeviceGone(t.Context(), d.GUID); err != nil {
							t.Error(err)
						}
					}
				}
			}
		})
	}
	writers.Wait()

	f.devices = map[string]inventory.Device{}
	page, err := s.Devices(t.Context(), inventory.DeviceQuery{Scope: inventory.Everything(), Limit: devices})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range page.Devices {
		f.devices[d.GUID] = d
	}
	for _, o := range f.orgs {
		node, err := s.OrgNode(t.Context(), inventory.Everything(), o.UID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(f.node(o), node); diff != "" {
			t.Errorf("%s (-counted +answered):\n%s", o.UID, diff)
		}
	}
}
