package audit

import (
	"strings"
	"testing"
)

// BenchmarkVerifyBundle measures lines per second of an offline verification of 200,000 lines held in memory.
func BenchmarkVerifyBundle(b *testing.B) {
	const lines = 200_000
	key, _ := newKey(b)
	header, records, saved := exported(b, key, lines)
	bundle := header + strings.Join(records, "")
	for b.Loop() {
		r, err := VerifyBundle(strings.NewReader(bundle), key.Public(), &saved)
		if err != nil || !r.OK() || r.Lines != lines {
			b.Fatal(r.Summary(), r.Problems, err)
		}
	}
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "bundle-verify-per-s")
}
