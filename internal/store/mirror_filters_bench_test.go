package store

import (
	"testing"
	"time"

	"backup-portal/internal/inventory"
)

// BenchmarkFilterQuery measures pages with their totals by filters that few or no devices meet, and by some of every day,
// each over everything, a tenth and a thousandth of the fleet.
func BenchmarkFilterQuery(b *testing.B) {
	onBenchFleet(b, func(b *testing.B, s *Store, f *benchFleet, suffix string) {
		now, flagged := time.Now(), true
		ago := func(days int) time.Time { return now.Add(-time.Duration(days) * day) }
		queries := []inventory.DeviceQuery{
			{ClientVersion: "9.9"},
			{ClientVersion: "11.8.0", Blocked: &flagged},
			{OS: "linux"},
			{OS: "linux", Destination: "4201", Alert: &flagged, Sort: inventory.ByStored},
			{Blocked: &flagged, Alert: &flagged, Deauthorized: &flagged},
			{Completed: inventory.TimeRange{Never: true}},
			{Completed: inventory.TimeRange{Before: ago(120)}},
			{Completed: inventory.TimeRange{Before: ago(120)}, Text: "laptop"},
			{Completed: inventory.TimeRange{Before: ago(30)}, Sort: inventory.ByCompleted},
			{Connected: inventory.TimeRange{Before: ago(90)}},
			{Connected: inventory.TimeRange{After: ago(1)}, Completed: inventory.TimeRange{Never: true}},
			{Created: inventory.TimeRange{After: ago(1)}},
			{KeepNewest: 1, OS: "linux", Alert: &flagged},
		}
		took := map[string][]time.Duration{}
		for b.Loop() {
			for scope, depth := range map[string]int{"root": 0, "tenth": 1, "thousandth": 3} {
				for _, q := range queries {
					q.Scope = inventory.Scope{Paths: []string{f.subtree(depth)}}
					for range 10 {
						start := time.Now()
						if _, err := s.Devices(b.Context(), q); err != nil {
							b.Fatal(err)
						}
						took[scope] = append(took[scope], time.Since(start))
					}
				}
			}
		}
		for scope, laps := range took {
			b.ReportMetric(p99(laps), "search-filter-p99-ms-"+scope+suffix)
		}
	})
}
