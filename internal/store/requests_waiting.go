package store

import (
	"context"

	"github.com/uptrace/bun"

	"backup-portal/internal/operation"
)

// Waiting reads the requests that await votes, newest first, with their votes and without their items.
func (s *Store) Waiting(ctx context.Context) (found []operation.Waiting, err error) {
	err = s.reader.RunInTx(ctx, s.dialect.snapshot(), func(ctx context.Context, tx bun.Tx) error {
		found = nil
		now, err := s.databaseTime(ctx, tx)
		if err != nil {
			return err
		}
		var rows []struct {
			ID, Action, Digest, PersonKey, PersonEmail string
			VoterKey, VoterEmail                       *string
		}
		err = tx.NewRaw(`
			SELECT r.id, r.action, r.digest, r.person_key, r.person_email, v.person_key AS voter_key, v.person_email AS voter_email
			FROM request AS r LEFT JOIN request_vote AS v ON v.request = r.id AND v.digest = r.digest
			WHERE r.state IN `+openRequests+` AND r.state = 'awaiting' AND r.expires > ?
			ORDER BY r.created DESC, r.id DESC, v.seq`, stamp(now)).Scan(ctx, &rows)
		for _, row := range rows {
			if len(found) == 0 || found[len(found)-1].ID != row.ID {
				found = append(found, operation.Waiting{
					ID: row.ID, Action: row.Action, Digest: row.Digest, Person: operation.Person{Key: row.PersonKey, Email: row.PersonEmail},
				})
			}
			if w := &found[len(found)-1]; row.VoterKey != nil {
				w.Voters = append(w.Voters, operation.Person{Key: *row.VoterKey, Email: *row.VoterEmail})
			}
		}
		return err
	})
	return found, translate(err)
}

// Places reads where the targets of these requests lie now, each place once.
func (s *Store) Places(ctx context.Context, ids []string) (map[string][]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []struct{ Under, Path string }
	err := placed(s.reader.NewSelect().TableExpr("operation AS o")).
		ColumnExpr("DISTINCT o.under, coalesce("+currentPath+", o.target_org_path) AS path").
		Where("o.under IN (?)", bun.List(ids)).Scan(ctx, &rows)
	if err != nil {
		return nil, translate(err)
	}
	places := make(map[string][]string, len(ids))
	for _, row := range rows {
		places[row.Under] = append(places[row.Under], row.Path)
	}
	return places, nil
}
