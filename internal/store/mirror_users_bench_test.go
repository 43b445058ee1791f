package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/inventory"
	"backup-portal/internal/store/pgtest"
)

// loadUsers writes the people behind a fleet, half as many as its devices, in large transactions.
func (f *benchFleet) loadUsers(b *testing.B, s *Store, url string) []inventory.User {
	b.Helper()
	(&benchFleet{orgs: f.orgs}).load(b, s, url)
	r := rand.New(rand.NewPCG(8, 2))
	var first, last []string
	for range firstNames {
		first = append(first, benchName(r, 3))
	}
	for range lastNames {
		last = append(last, benchName(r, 4))
	}
	var users []inventory.User
	for i := range f.devices / 2 {
		given, family := first[r.IntN(firstNames)], last[r.IntN(lastNames)]
		mail := fmt.Sprintf("%s.%s%d@example.com", given, family, i)
		users = append(users, inventory.User{
			UID: strconv.Itoa(500_000_000 + i), Username: mail, Email: mail, Name: given + " " + family,
			OrgUID: f.leaves[r.IntN(len(f.leaves))].UID, Active: r.IntN(10) > 0, Blocked: r.IntN(50) == 0,
		})
	}
	const rows, inserts = 250, 80
	for from := 0; from < len(users); from += rows * inserts {
		err := s.write(b.Context(), func(ctx context.Context, tx bun.Tx) error {
			for at := from; at < min(len(users), from+rows*inserts); at += rows {
				var batch []*personRecord
				for _, u := range users[at:min(len(users), at+rows)] {
					batch = append(batch, newPersonRecord(u))
				}
				if _, err := tx.NewInsert().Model(&batch).Exec(ctx); err != nil {
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
		pgtest.Execute(b, url, "VACUUM ANALYZE person")
	}
	return users
}

// BenchmarkUserQuery measures pages of users with their totals: texts that few, some and very many of them hold, each over
// everything, a tenth and a thousandth of the organizations.
func BenchmarkUserQuery(b *testing.B) {
	benchOnEvery(b, func(b *testing.B, s *Store, url, database string) {
		f := newBenchFleet(benchDevices(b))
		users := f.loadUsers(b, s, url)
		took := map[string][]time.Duration{}
		r := rand.New(rand.NewPCG(1, 2))
		for b.Loop() {
			for i := range 300 {
				u := users[r.IntN(len(users))]
				class, text := "rare", u.Username
				switch i % 6 {
				case 1:
					text = u.Username[7 : len(u.Username)-8] // of the family name, with the number
				case 2, 3:
					class, text = "mid", []string{u.Username[:6], u.Username[7:12]}[i%2] // a given name, part of a family name
				case 4, 5:
					class, text = "common", []string{"@example.com", u.Username[:2], ".com"}[i%3]
				}
				q := inventory.UserQuery{Scope: inventory.Scope{Paths: []string{f.subtree(i % 3)}}, Text: text}
				start := time.Now()
				page, err := s.Users(b.Context(), q)
				if err != nil || i%3 == 0 && len(page.Users) == 0 {
					b.Fatalf("%q: %d users, %v", text, len(page.Users), err)
				}
				took[class] = append(took[class], time.Since(start))
			}
		}
		for class, laps := range took {
			b.ReportMetric(p99(laps), "user-query-p99-ms-"+class+"-"+database)
		}
	})
}
