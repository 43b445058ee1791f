package store

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/inventory"
)

// BenchmarkTreeLevel measures one part of a level with the counts of its subtrees, at every place of a tree in turn: as
// the admin at the root, and as the manager of a subtree. What stands in the organizations is what a fleet of the size
// that PORTAL_BENCH_DEVICES asks for puts there.
func BenchmarkTreeLevel(b *testing.B) {
	devices, end := 50_000, ""
	if text := os.Getenv("PORTAL_BENCH_DEVICES"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatalf("PORTAL_BENCH_DEVICES: %v", err)
		}
		if devices = n; devices >= 1_000_000 {
			end = "-1m"
		}
	}
	for _, shape := range []struct {
		name   string
		fanOut []int
	}{
		{"flat", []int{10_000}},
		{"100x100", []int{100, 100}},
		{"10x10x10x10", []int{10, 10, 10, 10}},
	} {
		orgs := tree(shape.fanOut)
		b.Run(shape.name, func(b *testing.B) {
			benchOnEvery(b, func(b *testing.B, s *Store, _, database string) {
				plant(b, s, orgs, devices)
				// The root's own level, of which there is one, as often as all others together.
				var queries []inventory.OrgQuery
				for i := range 100 {
					below := orgs[len(orgs)*i/100]
					queries = append(queries,
						inventory.OrgQuery{Scope: inventory.Everything(), ParentUID: orgs[0].UID},
						inventory.OrgQuery{Scope: inventory.Everything(), ParentUID: below.UID},
						inventory.OrgQuery{Scope: inventory.Scope{Paths: []string{below.Path}}},
						inventory.OrgQuery{Scope: inventory.Scope{Paths: []string{below.Path}}, ParentUID: below.UID},
					)
				}
				search := inventory.OrgQuery{Scope: inventory.Everything(), Text: "site 7"}
				var took, found []time.Duration
				for b.Loop() {
					for i, q := range queries {
						took = append(took, levelTime(b, s, q))
						if i%40 == 0 {
							found = append(found, levelTime(b, s, search))
						}
					}
				}
				report(b, took, "tree-level-p99-ms-"+shape.name+"-"+database+end)
				report(b, found, "tree-search-p99-ms-"+shape.name+"-"+database+end)
			})
		})
	}
}

func levelTime(b *testing.B, s *Store, q inventory.OrgQuery) time.Duration {
	b.Helper()
	start := time.Now()
	if _, err := s.OrgLevel(b.Context(), q); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

func report(b *testing.B, took []time.Duration, name string) {
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, name)
}

// tree draws a regular tree of organizations, by path: so many below the root, below each of these, and so on.
func tree(fanOut []int) []inventory.Org {
	var orgs []inventory.Org
	var grow func(parent inventory.Org, level int)
	grow = func(parent inventory.Org, level int) {
		uid := strconv.Itoa(9_000_000_000 + len(orgs))
		o := inventory.Org{
			UID: uid, ParentUID: parent.UID, Name: fmt.Sprintf("Site %d of the company", len(orgs)*7919%10_007),
			Path: inventory.ChildPath(parent.Path, uid), Depth: level, Active: true,
		}
		orgs = append(orgs, o)
		if level < len(fanOut) {
			for range fanOut[level] {
				grow(o, level+1)
			}
		}
	}
	grow(inventory.Org{}, 0)
	return orgs
}

// plant writes organizations and, as the triggers would have, what stands in them.
func plant(b *testing.B, s *Store, orgs []inventory.Org, devices int) {
	b.Helper()
	err := s.write(b.Context(), func(ctx context.Context, tx bun.Tx) error {
		for part := range slices.Chunk(orgs, 500) {
			var rows []mirrorRow
			for _, o := range part {
				rows = append(rows, newOrgRecord(o))
			}
			if _, err := upsert(ctx, tx, rows, time.Now()); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO org_count SELECT uid, ?0, ?0 / 10, ?1, ?0 / 3 FROM org", devices/len(orgs), int64(devices)<<30)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}
