package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/approval"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
)

// benchRequests is as many as a fleet sees in years; almost all of them are over.
const benchRequests = 100_000

// loadRequests writes requests of one to three devices of one organization each, an hour's worth of minutes apart.
func (f *benchFleet) loadRequests(tb testing.TB, s *Store) {
	tb.Helper()
	byOrg := map[string][]string{}
	for d := range f.each {
		byOrg[d.OrgUID] = append(byOrg[d.OrgUID], d.GUID)
	}
	paths := map[string]string{}
	for _, o := range f.leaves {
		paths[o.UID] = o.Path
	}
	start := time.Now().Add(-benchRequests * time.Hour / 4)
	const batch = 500
	for first := 0; first < benchRequests; first += batch {
		var requests []*requestRow
		var items []*operationRow
		for n := first; n < first+batch; n++ {
			org := f.leaves[n*7919%len(f.leaves)].UID
			devices := byOrg[org]
			var targets []string
			for k := range min(1+n%3, len(devices)) {
				targets = append(targets, devices[(n/len(f.leaves)*3+k)%len(devices)])
			}
			r := deactivation(fmt.Sprintf("r%06d", n), targets...)
			r.Person.Key = fmt.Sprint("person-", n%200)
			r.Version, r.State, r.Created = 1, operation.Ended, start.Add(time.Duration(n)*time.Hour/4)
			r.Expires = r.Created.Add(r.Lifetime)
			state := operation.Succeeded
			if n%1000 == 999 {
				r.State, state = operation.Awaiting, operation.Awaiting
				r.Expires = time.Now().Add(time.Hour)
			}
			row, err := requestRowOf(r)
			ok(tb, err)
			requests = append(requests, row)
			for i, item := range r.Items {
				item.ID, item.Under, item.Position, item.Version, item.State, item.Created = fmt.Sprint(r.ID, "-", i), r.ID, i, 1, state, r.Created
				item.TargetOrgUID, item.TargetOrgPath = org, paths[org]
				if state == operation.Awaiting {
					item.TargetID = "waiting-" + item.ID // no two on one target
				}
				row, err := operationRowOf(item)
				ok(tb, err)
				items = append(items, row)
			}
		}
		ok(tb, s.write(context.Background(), func(ctx context.Context, tx bun.Tx) error {
			if _, err := tx.NewInsert().Model(&requests).Exec(ctx); err != nil {
				return err
			}
			_, err := tx.NewInsert().Model(&items).Exec(ctx)
			return err
		}))
	}
}

// BenchmarkRequests measures pages of 50 of 100,000 requests, and what is asked beside them.
func BenchmarkRequests(b *testing.B) {
	onBenchFleet(b, func(b *testing.B, s *Store, f *benchFleet, suffix string) {
		f.loadRequests(b, s)
		if _, server := s.dialect.(postgresDialect); server {
			_, err := s.writer.ExecContext(b.Context(), "ANALYZE")
			ok(b, err)
		}
		scopes := map[string]inventory.Scope{"all": inventory.Everything()}
		for depth := 1; depth <= f.levels; depth++ {
			scopes[fmt.Sprint("depth", depth)] = inventory.Scope{Paths: []string{f.subtree(depth)}}
		}
		waiting := []operation.State{operation.Awaiting}
		took := map[string][]time.Duration{}
		lap := func(name string, do func() error) {
			start := time.Now()
			ok(b, do())
			took[name] = append(took[name], time.Since(start))
		}
		for b.Loop() {
			for range 20 {
				for name, scope := range scopes {
					lap("page-"+name, func() error {
						page, err := s.Listed(b.Context(), operation.RequestFilter{Scope: scope, Limit: 50})
						if len(page) == 50 && err == nil {
							_, err = s.Listed(b.Context(), operation.RequestFilter{Scope: scope, After: page[49].ID, Limit: 50})
						}
						return err
					})
					lap("waiting-"+name, func() error {
						_, err := s.Listed(b.Context(), operation.RequestFilter{Scope: scope, States: waiting, Limit: 50})
						return err
					})
					lap("mine-"+name, func() error {
						_, err := s.Listed(b.Context(), operation.RequestFilter{Scope: scope, Person: "person-7", Limit: 50})
						return err
					})
				}
				lap("due", func() error { _, err := s.Due(b.Context()); return err })
				lap("spent", func() error {
					_, err := s.Spent(b.Context(), operation.Spending{Person: approval.Person{Key: "person-7"}, Path: f.subtree(1)}, "")
					return err
				})
			}
		}
		for name, laps := range took {
			b.ReportMetric(p99(laps), "requests-"+name+"-p99-ms"+suffix)
		}
	})
}
