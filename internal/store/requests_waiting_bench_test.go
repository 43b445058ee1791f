package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
)

// BenchmarkWaiting measures what each page counts, a page of fifty at a time: 200 requests of 100 devices each await votes.
func BenchmarkWaiting(b *testing.B) {
	onBenchFleet(b, func(b *testing.B, s *Store, f *benchFleet, suffix string) {
		f.loadWaiting(b, s)
		if _, server := s.dialect.(postgresDialect); server {
			_, err := s.writer.ExecContext(b.Context(), "ANALYZE")
			ok(b, err)
		}
		var laps []time.Duration
		for b.Loop() {
			start := time.Now()
			_, err := s.Waiting(b.Context(), operation.RequestFilter{Scope: inventory.Everything(), Limit: 50})
			ok(b, err)
			laps = append(laps, time.Since(start))
		}
		b.ReportMetric(p99(laps), "waiting-page-p99-ms"+suffix)
	})
}

const waitingRequests = 200

// loadWaiting writes requests of 100 devices each, with two votes, that await a third.
func (f *benchFleet) loadWaiting(tb testing.TB, s *Store) {
	tb.Helper()
	var targets []string
	for d := range f.each {
		if targets = append(targets, d.GUID); len(targets) == 100*waitingRequests {
			break
		}
	}
	for n := range waitingRequests {
		r := deactivation(fmt.Sprintf("w%03d", n), targets[100*n:100*n+100]...)
		r.Version, r.State, r.Created, r.Expires = 1, operation.Awaiting, time.Now(), time.Now().Add(time.Hour)
		row, err := requestRowOf(r)
		ok(tb, err)
		items := make([]*operationRow, len(r.Items))
		for i, item := range r.Items {
			item.ID, item.Under, item.Position, item.Version, item.State, item.Created = fmt.Sprint(r.ID, "-", i), r.ID, i, 1, operation.Awaiting, r.Created
			items[i], err = operationRowOf(item)
			ok(tb, err)
		}
		ok(tb, s.write(context.Background(), func(ctx context.Context, tx bun.Tx) error {
			for _, row := range []any{row, &items, voteRowOf(r.ID, 1, operation.Vote{Person: operation.Person{Key: "a"}, Digest: r.Digest}), voteRowOf(r.ID, 2, operation.Vote{Person: operation.Person{Key: "b"}, Digest: r.Digest})} {
				if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}
