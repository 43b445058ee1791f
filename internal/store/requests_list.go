package store

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/operation"
)

// openRequests are the states of operation.Request.Open, as the partial index lists them.
const openRequests = "('awaiting', 'scheduled', 'running', 'stopped')"

// Listed reads a page of requests, newest first, with items and votes. A request lies in the scope while the targets of all
// its items do; what lies outside does not exist, also as the place where a page begins.
func (s *Store) Listed(ctx context.Context, f operation.RequestFilter) (found []operation.Request, err error) {
	var rows []requestRow
	q, err := s.selectRequests(ctx, f, &rows)
	if q == nil || err != nil {
		return nil, err
	}
	err = s.reader.RunInTx(ctx, s.dialect.snapshot(), func(ctx context.Context, tx bun.Tx) error {
		rows = nil
		if err := q.Conn(tx).Scan(ctx); err != nil {
			return err
		}
		found, err = s.requestsOf(ctx, tx, rows)
		return err
	})
	return found, translate(err)
}

// selectRequests reads a page of requests into rows; nil when nothing lies in the scope.
func (s *Store) selectRequests(ctx context.Context, f operation.RequestFilter, rows *[]requestRow) (*bun.SelectQuery, error) {
	roots := f.Scope.Roots()
	if len(roots) == 0 {
		return nil, nil
	}
	inside, _ := under("coalesce("+currentPath+", o.target_org_path)", roots)
	within := func(q *bun.SelectQuery, request string) *bun.SelectQuery {
		outside := placed(q.NewSelect().ColumnExpr("1").TableExpr("operation AS o")).
			Where("o.under = ?.id", bun.Ident(request)).Where("NOT ?", inside)
		return q.Where("NOT EXISTS (?)", outside)
	}
	few, err := s.fewDevices(ctx, roots)
	if err != nil {
		return nil, err
	}
	q := within(s.reader.NewSelect().Model(rows), "r")
	if few && f.Person == "" && !allOpen(f.States) {
		startFromScope(q, roots)
	}
	if f.Person != "" {
		q.Where("r.person_key = ?", f.Person)
	}
	if len(f.States) > 0 {
		q.Where("r.state IN (?)", bun.List(f.States))
	}
	if allOpen(f.States) {
		q.Where("r.state IN " + openRequests) // in the words of the index
	}
	if f.After != "" {
		last := within(q.NewSelect().ColumnExpr("a.created, a.id").TableExpr("request AS a").Where("a.id = ?", f.After), "a")
		q.Where("(r.created, r.id) < (?)", last)
	}
	q.OrderExpr("r.created DESC, r.id DESC")
	if f.Limit > 0 {
		q.Limit(int64(f.Limit))
	}
	return q, nil
}

// allOpen tells whether only open requests are asked for.
func allOpen(states []operation.State) bool {
	return len(states) > 0 && !slices.ContainsFunc(states, func(state operation.State) bool {
		return !(operation.Request{State: state}).Open()
	})
}

// fewDevices tells whether so few of all devices lie in these subtrees that it is quicker to start from them than to walk
// along all requests until a page of them is found. At one in fifty either way looks at some 2,000 of 100,000 requests.
func (s *Store) fewDevices(ctx context.Context, roots []string) (few bool, err error) {
	inside, _ := under("w.path", roots)
	err = s.reader.NewRaw(`
		SELECT 50 * coalesce(sum(c.devices), 0) <= (SELECT coalesce(sum(devices), 0) FROM org_count)
		FROM org AS w JOIN org_count AS c ON c.org_uid = w.uid WHERE ?`, inside).Scan(ctx, &few)
	return few, translate(err)
}

// startFromScope narrows a query for requests to those whose first item can lie in these subtrees: for what it is an item
// of lies there or its organization does, or, when the mirror knows neither any more, lay there.
func startFromScope(q *bun.SelectQuery, roots []string) {
	now, _ := under("w.path", roots)
	then, _ := under("o.target_org_path", roots)
	q.Where(`r.id IN (
		SELECT o.under FROM org AS w JOIN operation AS o ON o.target_org_uid = w.uid WHERE ?0 AND o.under <> '' AND o.position = 0
		UNION SELECT o.under FROM org AS w JOIN device AS d ON d.org_uid = w.uid JOIN operation AS o ON o.target_id = d.guid
			WHERE ?0 AND o.under <> '' AND o.position = 0
		UNION SELECT o.under FROM operation AS o WHERE ?1 AND o.under <> '' AND o.position = 0)`, now, then)
}

// Due lists the requests that something has to be done for by database time, oldest first.
func (s *Store) Due(ctx context.Context) (found []operation.Request, err error) {
	err = s.reader.RunInTx(ctx, s.dialect.snapshot(), func(ctx context.Context, tx bun.Tx) error {
		now, err := s.databaseTime(ctx, tx)
		if err != nil {
			return err
		}
		at := stamp(now)
		var rows []requestRow
		err = tx.NewSelect().Model(&rows).Where("r.state IN "+openRequests).
			Where(`(r.state IN ('awaiting', 'stopped') AND r.expires <= ? OR r.state = 'scheduled' AND r.due <= ?
				OR r.state = 'running' AND r.claim_until <= ?)`, at, at, at).
			OrderExpr("r.created, r.id").Scan(ctx)
		if err != nil {
			return err
		}
		found, err = s.requestsOf(ctx, tx, rows)
		return err
	})
	return found, translate(err)
}

// Claim lets one holder drive a running request until database time + d. Somebody else's claim is taken only after it ran
// out, and ends with each turn of the request.
func (s *Store) Claim(ctx context.Context, id, holder string, d time.Duration) (claimed bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		now, err := s.databaseTime(ctx, tx)
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `
			UPDATE request SET claim_holder = ?, claim_until = ?
			WHERE id = ? AND state = 'running' AND (claim_holder = ? OR claim_until <= ?)`,
			holder, stamp(now.Add(d)), id, holder, stamp(now))
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		claimed = n == 1
		return err
	})
	return claimed && err == nil, err
}

// OpenOnEach reads the open operations of many targets of a kind, by target id.
func (s *Store) OpenOnEach(ctx context.Context, kind string, ids []string) (map[string]operation.Operation, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := s.operations(ctx, "o.target_kind = ? AND o.target_id IN (?) AND o.state IN "+openStates, kind, bun.List(ids))
	if err != nil {
		return nil, err
	}
	byTarget := make(map[string]operation.Operation, len(found))
	for _, o := range found {
		byTarget[o.TargetID] = o
	}
	return byTarget, nil
}

// Steps lists the audit lines of a request and its items, oldest first.
func (s *Store) Steps(ctx context.Context, id string) ([]operation.Event, error) {
	return s.events(ctx, "SELECT seq, bytes FROM audit_line WHERE under = ? ORDER BY seq", id)
}
