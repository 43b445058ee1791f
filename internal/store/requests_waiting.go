package store

import (
	"context"

	"github.com/uptrace/bun"

	"backup-portal/internal/operation"
)

// Waiting reads a page of the requests that await votes and whose time is not over, newest first, without their items but
// with where these lie now. The scope is that of Listed.
func (s *Store) Waiting(ctx context.Context, f operation.RequestFilter) (found []operation.Waiting, err error) {
	f.States = []operation.State{operation.Awaiting}
	now, err := s.databaseTime(ctx, s.reader)
	if err != nil {
		return nil, translate(err)
	}
	var rows []requestRow
	q, err := s.selectRequests(ctx, f, &rows)
	if q == nil || err != nil {
		return nil, err
	}
	q.Where("r.expires > ?", stamp(now))
	err = s.reader.RunInTx(ctx, s.dialect.snapshot(), func(ctx context.Context, tx bun.Tx) error {
		rows = nil
		if err := q.Conn(tx).Scan(ctx); err != nil || len(rows) == 0 {
			return err
		}
		ids := make([]string, len(rows))
		found = make([]operation.Waiting, len(rows))
		byID := make(map[string]*operation.Waiting, len(rows))
		for i, r := range rows {
			ids[i] = r.ID
			found[i] = operation.Waiting{ID: r.ID, Action: r.Action, Digest: r.Digest, Person: operation.Person{Key: r.PersonKey, Email: r.PersonEmail}}
			byID[r.ID] = &found[i]
		}
		return readWaiting(ctx, tx, ids, byID)
	})
	return found, translate(err)
}

// readWaiting adds who has voted, and where the targets lie, each place once.
func readWaiting(ctx context.Context, tx bun.Tx, ids []string, byID map[string]*operation.Waiting) error {
	var votes []struct{ Request, Digest, PersonKey, PersonEmail string }
	err := tx.NewRaw("SELECT request, digest, person_key, person_email FROM request_vote WHERE request IN (?) ORDER BY request, seq", bun.List(ids)).Scan(ctx, &votes)
	if err != nil {
		return err
	}
	for _, v := range votes {
		if w := byID[v.Request]; w.Digest == v.Digest {
			w.Voters = append(w.Voters, operation.Person{Key: v.PersonKey, Email: v.PersonEmail})
		}
	}
	var places []struct{ Under, Path string }
	err = placed(tx.NewSelect().TableExpr("operation AS o")).
		ColumnExpr("DISTINCT o.under, coalesce("+currentPath+", o.target_org_path) AS path").
		Where("o.under IN (?)", bun.List(ids)).Scan(ctx, &places)
	for _, p := range places {
		byID[p.Under].Paths = append(byID[p.Under].Paths, p.Path)
	}
	return err
}
