package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

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

// readSpent adds up the weights of what was asked for or begun within an hour and a day, and neither was left out nor
// failed. What stands in the future, because a clock went back, is counted too. Something counts for the subtree where it
// lies now and for the one where it lay when it was asked for: moving it away gives nothing back.
func readSpent(ctx context.Context, db bun.IDB, spending operation.Spending, without string, now time.Time) (policy.Spent, error) {
	// Two searches of two indexes, for SQLite would walk all of one of them for an OR.
	since := "o.id IN (SELECT id FROM operation WHERE weight > 0 AND started > ?0 UNION ALL SELECT id FROM operation WHERE weight > 0 AND created > ?0)"
	if without != "" {
		since = "o.id IN (SELECT id FROM operation WHERE weight > 0 AND started > ?0)" // what others only asked for is counted when it is run
	}
	hour, day := bun.SafeQuery(since, stamp(now.Add(-time.Hour))), bun.SafeQuery(since, stamp(now.Add(-24*time.Hour)))
	q := db.NewSelect().TableExpr("operation AS o").
		ColumnExpr("coalesce(sum(CASE WHEN o.person_key = ? AND ? THEN o.weight END), 0)", spending.PersonKey, hour).
		ColumnExpr("coalesce(sum(CASE WHEN o.person_key = ? THEN o.weight END), 0)", spending.PersonKey).
		Where("o.weight > 0").Where("?", day).
		Where("o.state IN ('awaiting', 'running', 'succeeded', 'unknown')")
	inside, ok := under(currentPath, inventory.Scope{Paths: []string{spending.Path}}.Roots())
	if ok {
		then, _ := under("o.target_org_path", []string{spending.Path})
		q = placed(q).ColumnExpr("coalesce(sum(CASE WHEN ? OR ? THEN o.weight END), 0)", inside, then)
	} else {
		q.ColumnExpr("0")
	}
	if without != "" {
		q.Where("o.under <> ?", without)
	}
	var spent policy.Spent
	err := q.Scan(ctx, &spent.PersonHour, &spent.PersonDay, &spent.SubtreeDay)
	return spent, err
}
