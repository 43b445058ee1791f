package store

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"backup-portal/internal/inventory"
)

// onBenchFleet measures on every database, each filled with a fleet of the size that PORTAL_BENCH_DEVICES asks for.
func onBenchFleet(b *testing.B, measure func(b *testing.B, s *Store, f *benchFleet, suffix string)) {
	f := newBenchFleet(benchDevices(b))
	benchOnEvery(b, func(b *testing.B, s *Store, url, database string) {
		f.load(b, s, url)
		mapNames(b, s)
		measure(b, s, f, "-"+database)
	})
}

// mapNames does what a portal does in the background after a complete sync.
func mapNames(b *testing.B, s *Store) {
	b.Helper()
	generation, err := s.SyncStarted(b.Context(), time.Minute)
	if err == nil {
		err = s.SyncCompleted(b.Context(), generation, time.Now())
	}
	start := time.Now()
	if err == nil {
		err = s.MapNames(b.Context())
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d stretches of names looked at in %v", len(s.names.known), time.Since(start))
}

// BenchmarkSearchQuery measures 1,000 pages with their totals: a third each of texts that few, some and very many devices
// hold, each over everything, a tenth and a thousandth of the fleet; in every order, first and later pages.
func BenchmarkSearchQuery(b *testing.B) {
	onBenchFleet(b, func(b *testing.B, s *Store, f *benchFleet, suffix string) {
		queries := f.searches(1000)
		took := map[string][]time.Duration{}
		for b.Loop() {
			for _, m := range queries {
				start := time.Now()
				page, err := s.Devices(b.Context(), m.query)
				if err != nil {
					b.Fatal(err)
				}
				lap := time.Since(start)
				took[m.class], took[m.scope] = append(took[m.class], lap), append(took[m.scope], lap)
				if page.Next == "" || !m.later {
					continue
				}
				next := m.query
				next.After = page.Next
				start = time.Now()
				if _, err := s.Devices(b.Context(), next); err != nil {
					b.Fatal(err)
				}
				lap = time.Since(start)
				took[m.class], took[m.scope] = append(took[m.class], lap), append(took[m.scope], lap)
			}
		}
		for class, laps := range took {
			b.ReportMetric(p99(laps), "search-query-p99-ms-"+class+suffix)
		}
	})
}

// BenchmarkExportBatches measures reading the whole list as an export does: what is selected, then a thousand rows at a time.
func BenchmarkExportBatches(b *testing.B) {
	onBenchFleet(b, func(b *testing.B, s *Store, f *benchFleet, suffix string) {
		read := 0
		var selecting []time.Duration
		for b.Loop() {
			q := inventory.DeviceQuery{Scope: inventory.Scope{Paths: []string{f.subtree(0)}}, Sort: inventory.ByCompleted}
			start := time.Now()
			ids, err := s.DeviceIDs(b.Context(), q)
			if err != nil {
				b.Fatal(err)
			}
			selecting = append(selecting, time.Since(start))
			for part := range slices.Chunk(ids, 1000) {
				devices, err := s.DevicesOf(b.Context(), q, part)
				if err != nil {
					b.Fatal(err)
				}
				read += len(devices)
			}
		}
		b.ReportMetric(float64(read)/b.Elapsed().Seconds(), "export-read-rows-per-s"+suffix)
		b.ReportMetric(p99(selecting), "export-select-ms"+suffix)
	})
}

// BenchmarkSummary measures what the overview is counted from, and the facets of a list.
func BenchmarkSummary(b *testing.B) {
	onBenchFleet(b, func(b *testing.B, s *Store, f *benchFleet, suffix string) {
		var summaries, facets []time.Duration
		scopes := []string{f.subtree(0), f.subtree(1), f.subtree(3)}
		for b.Loop() {
			for _, path := range scopes {
				scope := inventory.Scope{Paths: []string{path}}
				start := time.Now()
				if _, err := s.DeviceSummary(b.Context(), scope, start); err != nil {
					b.Fatal(err)
				}
				summaries = append(summaries, time.Since(start))
				start = time.Now()
				if _, err := s.Facets(b.Context(), inventory.DeviceQuery{Scope: scope, Text: "laptop-0"}, start); err != nil {
					b.Fatal(err)
				}
				facets = append(facets, time.Since(start))
			}
		}
		b.ReportMetric(p99(summaries), "summary-live-p99-ms"+suffix)
		b.ReportMetric(p99(facets), "facets-p99-ms"+suffix)
	})
}

func p99(laps []time.Duration) float64 {
	slices.Sort(laps)
	return float64(laps[len(laps)*99/100].Microseconds()) / 1000
}

// search is one query of a mix.
type search struct {
	class string // of its text
	scope string
	query inventory.DeviceQuery
	later bool // the second page is asked for, too
}

// searches draws a mix of queries; texts are parts of names that some device has.
func (f *benchFleet) searches(n int) []search {
	r := rand.New(rand.NewPCG(5, 1))
	var some []inventory.Device
	every := max(1, f.devices/500)
	i := 0
	for d := range f.each {
		if i++; i%every == 0 {
			some = append(some, d)
		}
	}
	first := func(d inventory.Device) string { return d.Username[:6] }
	texts := map[string]func(d inventory.Device) string{
		"rare": func(d inventory.Device) string {
			return []string{d.GUID[4:], d.Name[:len(d.Name)-2], d.Username[4:], d.Name[2:]}[r.IntN(4)]
		},
		"mid": func(d inventory.Device) string {
			return []string{first(d), d.Username[7:15], d.Name[:len(d.Name)-5], d.Name[:len(d.Name)-4], first(d)[:4]}[r.IntN(5)]
		},
		"common": func(d inventory.Device) string {
			return []string{"laptop", "LAPTOP-", "desktop", "ws-", "macbook-pro", "example.com", ".corp", "@example"}[r.IntN(8)]
		},
	}
	scopes := map[string]string{"root": f.subtree(0), "tenth": f.subtree(1), "thousandth": f.subtree(3)}
	orders := []inventory.DeviceSort{inventory.ByConnected, inventory.ByCompleted, inventory.ByStored}
	var list []search
	for i := range n {
		class, scope := []string{"rare", "mid", "common"}[i%3], []string{"root", "tenth", "thousandth"}[i/3%3]
		q := inventory.DeviceQuery{
			Scope: inventory.Scope{Paths: []string{scopes[scope]}}, Text: texts[class](some[r.IntN(len(some))]),
		}
		if r.IntN(4) == 0 {
			q.Sort, q.Descending = orders[r.IntN(3)], r.IntN(2) == 0
		}
		list = append(list, search{class: class, scope: scope, query: q, later: r.IntN(3) == 0})
	}
	return list
}
