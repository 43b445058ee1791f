package store

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"backup-portal/internal/inventory"
)

// BenchmarkSearchQuery measures one page with its total among 10,000 devices: rare, common and no text, at the root and in
// a subtree, first and later pages. Each iteration is one round of the mix.
func BenchmarkSearchQuery(b *testing.B) {
	s, err := Open(b.Context(), Options{URL: "sqlite:" + filepath.Join(b.TempDir(), "portal.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	}()
	f := newFleet(3, 60, 10_000)
	f.sync(b.Context(), b, s)

	var mix []inventory.DeviceQuery
	for _, scope := range []string{f.orgs[0].Path, f.orgs[1].Path, f.orgs[len(f.orgs)-1].Path} {
		for _, text := range []string{"", "e", "la", "laptop", "example.com", "laptop-0042", "no such device"} {
			q := inventory.DeviceQuery{Scope: inventory.Scope{Paths: []string{scope}}, Text: text}
			mix = append(mix, q)
			q.Active, q.Blocked = new(true), new(true)
			mix = append(mix, q)
			q.Active, q.Blocked = nil, nil
			page, err := s.Devices(b.Context(), q)
			if err != nil {
				b.Fatal(err)
			}
			if page.Next != "" {
				q.After = page.Next
				mix = append(mix, q)
			}
		}
	}

	var took []time.Duration
	for b.Loop() {
		for _, q := range mix {
			start := time.Now()
			if _, err := s.Devices(b.Context(), q); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(start))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "search-query-p99-ms-small")
}
