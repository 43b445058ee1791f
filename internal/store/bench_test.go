package store

import (
	"path/filepath"
	"testing"

	"backup-portal/internal/audit"
	"backup-portal/internal/store/pgtest"
)

// BenchmarkAuditAppend measures lines per second of one writer, each line durable before the next.
func BenchmarkAuditAppend(b *testing.B) {
	s := openBench(b)
	line := lineOf(block("op1", "d1"), audit.Succeeded)
	for b.Loop() {
		if _, err := s.Record(b.Context(), line); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "audit-append-per-s-sqlite")
}

// BenchmarkVerifyDatabase measures lines per second of a verification of 100,000 lines with a checkpoint.
func BenchmarkVerifyDatabase(b *testing.B) {
	for name, url := range map[string]func() string{
		"db": func() string { return "sqlite:" + filepath.Join(b.TempDir(), "portal.db") },
		"pg": func() string { return pgtest.Empty(b) },
	} {
		b.Run(name, func(b *testing.B) {
			url := url()
			s, err := Open(b.Context(), Options{URL: url})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			benchLog(b, s, url)
			secret, err := audit.GenerateKey()
			if err != nil {
				b.Fatal(err)
			}
			key, err := audit.ParseKey(secret)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := s.Checkpoint(b.Context(), key); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				r, err := s.AuditVerify(b.Context(), key.Public(), nil)
				if err != nil || !r.OK() || r.Lines != benchLines || r.Unsigned != 0 {
					b.Fatal(r.Summary(), r.Problems, err)
				}
			}
			b.ReportMetric(benchLines*float64(b.N)/b.Elapsed().Seconds(), "audit-verify-"+name+"-per-s")
		})
	}
}

func openBench(b *testing.B) *Store {
	b.Helper()
	s, err := Open(b.Context(), Options{URL: "sqlite:" + filepath.Join(b.TempDir(), "portal.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}
