package store

import (
	"context"
	"database/sql"
	"errors"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"backup-portal/internal/inventory"
)

// OrgMoved writes an organization that was read live below another parent and takes everything below it along, so that
// a subtree is never in two places. One transaction: whoever may see it may do so from one moment on.
func (s *Store) OrgMoved(ctx context.Context, o inventory.Org) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var was orgRecord
		err := tx.NewSelect().Model(&was).Where("o.uid = ?", o.UID).Scan(ctx)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if inside, ok := under("path", inventory.Scope{Paths: []string{was.Path}}.Roots()); ok && was.Path != o.Path && o.Path != "" {
			length := utf8.RuneCountInString(was.Path)
			// Without its hash the next sync writes the row anew, wherever that finds it.
			_, err := tx.NewUpdate().Table("org").
				Set("path = ? || substr(path, ?)", o.Path, length+1).
				Set("parent_path = ? || substr(parent_path, ?)", o.Path, length+1). // its own is written below
				Set("depth = depth + ?", o.Depth-was.Depth).Set("hash = ''").
				Where("?", inside).Exec(ctx)
			if err != nil {
				return err
			}
		}
		now, err := s.databaseTime(ctx, tx)
		if err != nil {
			return err
		}
		_, err = upsert(ctx, tx, []mirrorRow{newOrgRecord(o)}, now)
		return err
	})
}
