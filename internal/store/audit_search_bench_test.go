package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/audit"
	"backup-portal/internal/store/pgtest"
)

// The log that is measured, drawn like the fleet of the same number: organizations in a regular tree of three levels, one
// line in five a session's, the others about a leaf each. One leaf has been quiet since its first lines.
const (
	benchLines      = 100_000
	benchQuietLines = 30
)

// benchLog fills a log in large transactions; what an append costs is measured elsewhere.
func benchLog(b *testing.B, s *Store, url string) (whole, tenth, thousandth, quiet string) {
	b.Helper()
	f := newBenchFleet(0)
	f.load(b, s, url)
	last := f.leaves[len(f.leaves)-1]
	r := rand.New(rand.NewPCG(3, 9))
	for from := 0; from < benchLines; from += 10_000 {
		err := s.write(b.Context(), func(ctx context.Context, tx bun.Tx) error {
			for i := from; i < from+10_000; i++ {
				line := event("person-"+strconv.Itoa(r.IntN(40)), "device.block", f.leaves[r.IntN(len(f.leaves)-1)].UID)
				line.Reason = "Reported lost by its user"
				switch {
				case i < benchQuietLines:
					line.OrgUIDs = []string{last.UID}
				case r.IntN(5) == 0:
					line.Action, line.OrgUIDs = "session.sign-in", nil
				}
				if _, err := s.appendLine(ctx, tx, line); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if isPostgres(url) {
		pgtest.Execute(b, url, "VACUUM ANALYZE audit_line", "VACUUM ANALYZE audit_line_org")
	}
	return f.subtree(0), f.subtree(1), f.subtree(3), last.Path
}

// BenchmarkAuditSearch measures pages of a log of 100,000 lines for readers of everything, a tenth and a thousandth of the
// organizations and of a quiet one; and what an organization's page shows of it.
func BenchmarkAuditSearch(b *testing.B) {
	benchOnEvery(b, func(b *testing.B, s *Store, url, database string) {
		whole, tenth, thousandth, quiet := benchLog(b, s, url)
		took := map[string][]time.Duration{}
		for b.Loop() {
			for kind, q := range map[string]audit.Query{
				"root":       {AllOrgs: true, Scope: []string{whole}},
				"tenth":      {Scope: []string{tenth}},
				"thousandth": {Scope: []string{thousandth}},
				"quiet":      {Scope: []string{quiet}},
				"activity":   {AllOrgs: true, Scope: []string{whole}, Within: quiet, WithoutSessions: true, Limit: 25},
				"text":       {Scope: []string{thousandth}, Who: "name of person-7"},
			} {
				q.Viewer = "somebody"
				for page := range 3 {
					start := time.Now()
					entries, more, err := s.AuditSearch(b.Context(), q)
					if err != nil {
						b.Fatal(err)
					}
					took[kind] = append(took[kind], time.Since(start))
					if page == 0 && len(entries) == 0 {
						b.Fatal(fmt.Errorf("%s: no lines", kind))
					}
					if !more {
						break
					}
					q.BeforeSeq = entries[len(entries)-1].Seq
				}
			}
		}
		for kind, laps := range took {
			b.ReportMetric(p99(laps), "audit-page-p99-ms-"+kind+"-"+database)
		}
	})
}
