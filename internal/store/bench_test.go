package store

import (
	"path/filepath"
	"strings"
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
	benchOnEvery(b, func(b *testing.B, s *Store, url, database string) {
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
		b.ReportMetric(benchLines*float64(b.N)/b.Elapsed().Seconds(), "audit-verify-db-per-s"+strings.TrimPrefix("-"+database, "-sqlite"))
	})
}

// benchOnEvery measures on every database, each of them new and empty.
func benchOnEvery(b *testing.B, measure func(b *testing.B, s *Store, url, database string)) {
	b.Helper()
	for _, database := range []struct {
		name string
		url  func(b *testing.B) string
	}{
		{"sqlite", func(b *testing.B) string { return "sqlite:" + filepath.Join(b.TempDir(), "portal.db") }},
		{"pg", func(b *testing.B) string { return pgtest.Empty(b) }},
	} {
		b.Run(database.name, func(b *testing.B) {
			url := database.url(b)
			s, err := Open(b.Context(), Options{URL: url})
			if err != nil {
				b.Fatal(err)
			}
			defer func() {
				if err := s.Close(); err != nil {
					b.Error(err)
				}
			}()
			measure(b, s, url, database.name)
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
