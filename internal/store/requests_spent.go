package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/approval"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// Spent reads what was spent; for the run of a request, what others have begun.
func (s *Store) Spent(ctx context.Context, spending operation.Spending, without string) (policy.Spent, error) {
	now, err := s.databaseTime(ctx, s.reader)
	if err != nil {
		return policy.Spent{}, translate(err)
	}
	spent, err := readSpent(ctx, s.reader, spending, without, now)
	return spent, translate(err)
}

// tallied is the column that a tally adds up.
func tallied(t policy.Tally) bun.Ident {
	if t == policy.Reconfigured {
		return "reach"
	}
	return "weight"
}

// readSpent adds up the weights of what was asked for or begun within an hour and a day, and neither was left out nor
// failed altogether. What stands in the future, because a clock went back, is counted too. Something counts for the subtree where it
// lies now and for the one where it lay when it was asked for: moving it away gives nothing back.
func readSpent(ctx context.Context, db bun.IDB, spending operation.Spending, without string, now time.Time) (policy.Spent, error) {
	// Two searches of two indexes, for SQLite would walk all of one of them for an OR.
	since := "o.id IN (SELECT id FROM operation WHERE ?1 > 0 AND started > ?0 UNION ALL SELECT id FROM operation WHERE ?1 > 0 AND created > ?0)"
	if without != "" {
		since = "o.id IN (SELECT id FROM operation WHERE ?1 > 0 AND started > ?0)" // what others only asked for is counted when it is run
	}
	counts := tallied(spending.Tally)
	hour, day := bun.SafeQuery(since, stamp(now.Add(-time.Hour)), counts), bun.SafeQuery(since, stamp(now.Add(-24*time.Hour)), counts)
	// By person: which accounts are one person's is not for SQL to say.
	q := db.NewSelect().TableExpr("operation AS o").ColumnExpr("o.person_key, o.person_email").Group("o.person_key", "o.person_email").
		ColumnExpr("coalesce(sum(CASE WHEN ? THEN o.? END), 0) AS in_hour", hour, counts).ColumnExpr("sum(o.?) AS in_day", counts).
		Where("o.? > 0", counts).Where("?", day).
		Where("o.state IN ('awaiting', 'running', 'succeeded', 'failed-in-part', 'unknown')")
	inside, ok := under(currentPath, inventory.Scope{Paths: []string{spending.Path}}.Roots())
	if ok {
		then, _ := under("o.target_org_path", []string{spending.Path})
		q = placed(q).ColumnExpr("coalesce(sum(CASE WHEN ? OR ? THEN o.? END), 0) AS in_subtree", inside, then, counts)
	} else {
		q.ColumnExpr("0 AS in_subtree")
	}
	if without != "" {
		q.Where("o.under <> ?", without)
	}
	var people []struct {
		PersonKey, PersonEmail   string
		InHour, InDay, InSubtree int
	}
	if err := q.Scan(ctx, &people); err != nil {
		return policy.Spent{}, err
	}
	var spent policy.Spent
	for _, p := range people {
		spent.SubtreeDay += p.InSubtree
		if approval.Same(spending.Person, approval.Person{Key: p.PersonKey, Email: p.PersonEmail}) {
			spent.PersonHour += p.InHour
			spent.PersonDay += p.InDay
		}
	}
	return spent, nil
}
