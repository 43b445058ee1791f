package store

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/uptrace/bun"

	"backup-portal/internal/audit"
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
	figure(b, "audit-append-per-s-sqlite", float64(b.N)/b.Elapsed().Seconds())
}

// BenchmarkVerifyDatabase measures lines per second of a verification of 100,000 lines with a checkpoint.
func BenchmarkVerifyDatabase(b *testing.B) {
	const lines = 100_000
	s := openBench(b)
	for n := 0; n < lines; n += 10_000 {
		err := s.writer.RunInTx(b.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
			for i := range 10_000 {
				op := block(fmt.Sprint("op", n+i), fmt.Sprint("d", n+i))
				if _, err := s.appendLine(ctx, tx, lineOf(op, audit.Succeeded)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
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
		if err != nil || !r.OK() || r.Lines != lines || r.Unsigned != 0 {
			b.Fatal(r.Summary(), r.Problems, err)
		}
	}
	figure(b, "audit-verify-db-per-s", float64(lines)*float64(b.N)/b.Elapsed().Seconds())
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

// figure reports a measurement and prints the line that make bench collects. b.Loop runs the benchmark once, so the
// line comes once.
func figure(b *testing.B, name string, perSecond float64) {
	b.Helper()
	b.ReportMetric(perSecond, "per_s")
	fmt.Printf("\nbench: %s %.0f per_s\n", name, perSecond)
}
