package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/preference"
)

var _ preference.Store = (*Store)(nil)

// viewsListed bounds a list of views: a menu of more is no help to anybody.
const viewsListed = 500

// Choice answers what a person chose under a name, "" when nothing.
func (s *Store) Choice(ctx context.Context, person, name string) (string, error) {
	var value string
	err := translate(s.reader.QueryRowContext(ctx, "SELECT value FROM preference WHERE person_key = ? AND name = ?", person, name).Scan(&value))
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return value, err
}

// Choose keeps a person's choice; "" forgets it.
func (s *Store) Choose(ctx context.Context, person, name, value string) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if value == "" {
			_, err := tx.ExecContext(ctx, "DELETE FROM preference WHERE person_key = ? AND name = ?", person, name)
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO preference (person_key, name, value) VALUES (?, ?, ?) "+
			"ON CONFLICT (person_key, name) DO UPDATE SET value = excluded.value", person, name, value)
		return err
	})
}

// Views lists the reader's own views, then those shared with them; each by name.
func (s *Store) Views(ctx context.Context, r preference.Reader) ([]preference.View, error) {
	var rows []viewRow
	err := s.visibleViews(r).OrderExpr("CASE WHEN v.owner = ? THEN 0 ELSE 1 END, v.name, v.id", r.Key).Limit(viewsListed).Scan(ctx, &rows)
	if err != nil {
		return nil, translate(err)
	}
	views := make([]preference.View, 0, len(rows))
	for _, row := range rows {
		views = append(views, row.view())
	}
	return views, nil
}

// View answers one of those; any other is a fault.NotFound.
func (s *Store) View(ctx context.Context, r preference.Reader, id string) (preference.View, error) {
	var row viewRow
	if err := translate(s.visibleViews(r).Where("v.id = ?", id).Scan(ctx, &row)); err != nil {
		if fault.Is(err, fault.NotFound) {
			return preference.View{}, inventory.NoSuchPage(err)
		}
		return preference.View{}, err
	}
	return row.view(), nil
}

// viewRow is a saved view with the place of the organization that it is shared with.
type viewRow struct {
	ID          string
	Owner       string
	OwnerName   string
	Name        string
	Query       string
	ShareOrgUID string `bun:"share_org_uid"`
	Path        string
	Created     string
}

func (r viewRow) view() preference.View {
	return preference.View{
		ID: r.ID, Owner: r.Owner, OwnerName: r.OwnerName, Name: r.Name, Query: r.Query,
		ShareOrgUID: r.ShareOrgUID, ShareOrgPath: r.Path, Created: unstamp(r.Created),
	}
}

// visibleViews selects the reader's own views, and those shared with an organization that one of their subtrees holds or
// that stands above one of them.
func (s *Store) visibleViews(r preference.Reader) *bun.SelectQuery {
	roots := inventory.Scope{Paths: r.Roots}.Roots()
	var above []string
	for _, root := range roots {
		above = append(above, inventory.AncestorUIDs(root)...)
	}
	return s.reader.NewSelect().TableExpr("saved_view AS v").Join("LEFT JOIN org AS o ON o.uid = v.share_org_uid").
		ColumnExpr("v.id, v.owner, v.owner_name, v.name, v.query, v.share_org_uid, COALESCE(o.path, '') AS path, v.created").
		WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			q = q.Where("v.owner = ?", r.Key)
			if inScope, ok := under("o.path", roots); ok {
				q = q.WhereOr("?", inScope)
			}
			if len(above) > 0 {
				q = q.WhereOr("o.uid IN (?)", bun.List(above))
			}
			return q
		})
}

// AddView keeps a new view. A name that the owner has used is a fault.Conflict, as is one view more than most.
func (s *Store) AddView(ctx context.Context, v preference.View, most int) error {
	return nameTaken(s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		// Whoever adds one beside this waits here, and counts what this one has added.
		var held []string
		if err := tx.NewRaw("SELECT id FROM saved_view WHERE owner = ? ORDER BY id"+s.dialect.forUpdate(), v.Owner).Scan(ctx, &held); err != nil {
			return err
		}
		kept := 0
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM saved_view WHERE owner = ?", v.Owner).Scan(&kept); err != nil {
			return err
		}
		if kept >= most {
			return fault.New(fault.Conflict, fmt.Sprintf("You keep %d views already, which is the most there may be.", kept), "Delete one that you no longer use.")
		}
		_, err := tx.ExecContext(ctx,
			"INSERT INTO saved_view (id, owner, owner_name, name, query, share_org_uid, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
			v.ID, v.Owner, v.OwnerName, v.Name, v.Query, v.ShareOrgUID, stamp(v.Created))
		return err
	}))
}

// ChangeView gives a view another name and another organization to be shared with; one that is gone is a fault.NotFound.
func (s *Store) ChangeView(ctx context.Context, v preference.View) error {
	return nameTaken(s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		changed, err := affected(tx.ExecContext(ctx, "UPDATE saved_view SET name = ?, share_org_uid = ? WHERE id = ?", v.Name, v.ShareOrgUID, v.ID))
		if err == nil && changed == 0 {
			return inventory.NoSuchPage(nil)
		}
		return err
	}))
}

// RemoveView forgets a view; one that is already gone is a fault.NotFound, so that of two callers one has done it.
func (s *Store) RemoveView(ctx context.Context, id string) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		removed, err := affected(tx.ExecContext(ctx, "DELETE FROM saved_view WHERE id = ?", id))
		if err == nil && removed == 0 {
			return inventory.NoSuchPage(nil)
		}
		return err
	})
}

// nameTaken says what a collision of views means.
func nameTaken(err error) error {
	if f := fault.Of(err); err != nil && f.Kind == fault.Conflict && f.Cause != nil {
		return fault.Wrap(fault.Conflict, err, "You have a view of that name already.", "Choose another name, or delete the other view first.")
	}
	return err
}
