package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"backup-portal/internal/inventory"
)

// Device reads one row in scope; outside or missing is a fault.NotFound, the same words.
func (s *Store) Device(ctx context.Context, scope inventory.Scope, guid string) (inventory.Device, error) {
	var d inventory.Device
	err := s.readMirror(ctx, func(ctx context.Context, tx bun.Tx) error {
		inScope, ok := under("o.path", scope.Roots())
		if !ok {
			return sql.ErrNoRows
		}
		var row deviceRecord
		err := tx.NewSelect().Model(&row).ColumnExpr("d.*, o.name AS org_name, o.path AS org_path").
			Join("JOIN org AS o ON o.uid = d.org_uid").
			Where("d.guid = ?", guid).Where("?", inScope).Scan(ctx)
		if err != nil {
			return err
		}
		state, err := readSyncState(ctx, tx)
		d = row.device(unstamp(state.CompletedStart))
		return err
	})
	return d, err
}

// Org reads one organization in scope; outside or missing is a fault.NotFound, the same words.
func (s *Store) Org(ctx context.Context, scope inventory.Scope, uid string) (inventory.Org, error) {
	inScope, ok := under("o.path", scope.Roots())
	if !ok {
		return inventory.Org{}, mirrorError(sql.ErrNoRows)
	}
	var row orgRecord
	if err := s.reader.NewSelect().Model(&row).Where("o.uid = ?", uid).Where("?", inScope).Scan(ctx); err != nil {
		return inventory.Org{}, mirrorError(err)
	}
	return row.org(), nil
}

// Orgs lists the organizations in scope, by path; at most limit.
func (s *Store) Orgs(ctx context.Context, scope inventory.Scope, limit int) ([]inventory.Org, error) {
	inScope, ok := under("o.path", scope.Roots())
	if !ok {
		return nil, nil
	}
	var rows []*orgRecord
	if err := s.reader.NewSelect().Model(&rows).Where("?", inScope).Order("o.path").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, mirrorError(err)
	}
	orgs := make([]inventory.Org, len(rows))
	for i, r := range rows {
		orgs[i] = r.org()
	}
	return orgs, nil
}

// OrgPaths answers these organizations by uid, unscoped: for roles only. Unknown uids are absent.
func (s *Store) OrgPaths(ctx context.Context, uids []string) (map[string]inventory.Org, error) {
	orgs := make(map[string]inventory.Org, len(uids))
	for part := range slices.Chunk(uids, mirrorChunk) {
		var rows []*orgRecord
		if err := s.reader.NewSelect().Model(&rows).Where("o.uid IN (?)", bun.List(part)).Scan(ctx); err != nil {
			return nil, mirrorError(err)
		}
		for _, r := range rows {
			orgs[r.UID] = r.org()
		}
	}
	return orgs, nil
}

// User reads one user; a missing one is a fault.NotFound. Whoever asks has already seen something of that user in scope.
func (s *Store) User(ctx context.Context, uid string) (inventory.User, error) {
	var row personRecord
	if err := s.reader.NewSelect().Model(&row).Where("p.uid = ?", uid).Scan(ctx); err != nil {
		return inventory.User{}, mirrorError(err)
	}
	return row.user(), nil
}

// mirrorChunk bounds the lists of ids in one statement.
const mirrorChunk = 500

// readMirror runs several reads on one snapshot, so that rows, totals and counts of one answer agree.
func (s *Store) readMirror(ctx context.Context, fn func(context.Context, bun.Tx) error) error {
	return mirrorError(s.reader.RunInTx(ctx, &sql.TxOptions{ReadOnly: true}, fn))
}

// mirrorError translates; what is not there and what may not be seen get the same words.
func mirrorError(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return inventory.NoSuchPage(err)
	}
	return translate(err)
}

// under is the condition that the path in column lies in one of these subtrees, each as a range that an index answers;
// false when there are none, and then nothing may be read. Roots end in a slash, and U+10FFFF sorts behind every uid.
func under(column string, roots []string) (schema.QueryWithArgs, bool) {
	var clauses []string
	var args []any
	for _, root := range roots {
		clauses = append(clauses, "(?0 >= ? AND ?0 < ?)")
		args = append(args, root, root+"\U0010FFFF")
	}
	query := strings.ReplaceAll(strings.Join(clauses, " OR "), "?0", column)
	return bun.SafeQuery("("+query+")", args...), len(roots) > 0
}
