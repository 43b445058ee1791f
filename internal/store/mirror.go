package store

import (
	"context"
	"database/sql"
	"errors"
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
		err := tx.NewSelect().Model(&row).ColumnExpr("d.*, o.name AS org_name, o.path AS org_path").ColumnExpr("? AS on_hold", heldUser("d.user_uid")).
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

// mirrorChunk bounds the lists of ids in one statement.
const mirrorChunk = 500

// readMirror runs several reads on one snapshot, so that rows, totals and counts of one answer agree.
func (s *Store) readMirror(ctx context.Context, fn func(context.Context, bun.Tx) error) error {
	return mirrorError(s.reader.RunInTx(ctx, s.dialect.snapshot(), fn))
}

// mirrorError translates; what is not there and what may not be seen get the same words.
func mirrorError(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return inventory.NoSuchPage(err)
	}
	return translate(err)
}

// lastRune sorts behind every uid: below a path that ends in a slash lies what comes before path + lastRune.
const lastRune = "\U0010FFFF"

// under is the condition that the path in column lies in one of these subtrees, each as a range that an index answers;
// false when there are none, and then nothing may be read.
func under(column string, roots []string) (schema.QueryWithArgs, bool) {
	var clauses []string
	var args []any
	for _, root := range roots {
		clauses = append(clauses, "(?0 >= ? AND ?0 < ?)")
		args = append(args, root, root+lastRune)
	}
	query := strings.ReplaceAll(strings.Join(clauses, " OR "), "?0", column)
	return bun.SafeQuery("("+query+")", args...), len(roots) > 0
}
