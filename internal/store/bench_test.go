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
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "audit-append-per-s-sqlite")
}

// BenchmarkVerifyDatabase measures lines per second of a verification of 40,000 lines with a checkpoint.
func BenchmarkVerifyDatabase(b *testing.B) {
	const lines = 40_000
	s := openBench(b)
	// Written as every line is, but durable together.
	err := s.write(b.Context(), func(ctx context.Context, tx bun.Tx) error {
		for i := range lines {
			op := block(fmt.Sprint("op", i), fmt.Sprint("d", i))
			if _, err := s.appendLine(ctx, tx, lineOf(op, audit.Succeeded)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
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
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "audit-verify-db-per-s")
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
