package store

import (
	"context"
	"database/sql"
	"strings"

	"github.com/uptrace/bun"

	"backup-portal/internal/inventory"
)

type personRecord struct {
	bun.BaseModel `bun:"table:person,alias:p" json:"-"`

	UID        string `bun:"uid,pk"`
	Username   string `bun:"username"`
	Email      string `bun:"email"`
	Name       string `bun:"name"`
	OrgUID     string `bun:"org_uid"`
	Active     bool   `bun:"active"`
	Blocked    bool   `bun:"blocked"`
	SortKey    string `bun:"sort_key"`
	SearchText string `bun:"search_text"`
	mirrorMark

	OrgName string `bun:"org_name,scanonly" json:"-"`
	OrgPath string `bun:"org_path,scanonly" json:"-"`
	Devices int    `bun:"devices,scanonly" json:"-"`
	OnHold  bool   `bun:"on_hold,scanonly" json:"-"`
}

func newPersonRecord(u inventory.User) *personRecord {
	r := &personRecord{
		UID: u.UID, Username: u.Username, Email: u.Email, Name: u.Name,
		OrgUID: u.OrgUID, Active: u.Active, Blocked: u.Blocked,
		SortKey: inventory.SortKey(u.Username), SearchText: inventory.UserSearchText(u),
	}
	r.Hash = contentHash(r)
	return r
}

func (r *personRecord) user() inventory.User {
	return inventory.User{
		UID: r.UID, Username: r.Username, Email: r.Email, Name: r.Name,
		OrgUID: r.OrgUID, Active: r.Active, Blocked: r.Blocked,
	}
}

func (r *personRecord) row() inventory.UserRow {
	return inventory.UserRow{User: r.user(), OrgName: r.OrgName, OrgPath: r.OrgPath, Devices: r.Devices, OnHold: r.OnHold}
}

func (r *personRecord) key() mirrorKey { return mirrorKey{inventory.KindUser, r.UID} }

// User reads one user; a missing one is a fault.NotFound. Whoever asks has already seen something of that user in scope.
func (s *Store) User(ctx context.Context, uid string) (inventory.User, error) {
	var row personRecord
	if err := s.reader.NewSelect().Model(&row).Where("p.uid = ?", uid).Scan(ctx); err != nil {
		return inventory.User{}, mirrorError(err)
	}
	return row.user(), nil
}

// UserRow answers one user in scope; outside or missing is a fault.NotFound, the same words.
func (s *Store) UserRow(ctx context.Context, scope inventory.Scope, uid string) (inventory.UserRow, error) {
	inScope, ok := under("o.path", scope.Roots())
	if !ok {
		return inventory.UserRow{}, mirrorError(sql.ErrNoRows)
	}
	var row personRecord
	if err := userRows(s.reader.NewSelect().Model(&row), scope.Roots()).Where("p.uid = ?", uid).Where("?", inScope).Scan(ctx); err != nil {
		return inventory.UserRow{}, mirrorError(err)
	}
	return row.row(), nil
}

// userRows reads users with their organization and the number of their devices in these subtrees: a device may stand
// elsewhere than its user.
func userRows(q *bun.SelectQuery, roots []string) *bun.SelectQuery {
	inScope, _ := under("dorg.path", roots)
	return q.ColumnExpr("p.*, o.name AS org_name, o.path AS org_path").ColumnExpr("? AS on_hold", heldUser("p.uid")).
		ColumnExpr("(SELECT count(*) FROM device AS d JOIN org AS dorg ON dorg.uid = d.org_uid WHERE d.user_uid = p.uid AND ?) AS devices", inScope).
		Join("JOIN org AS o ON o.uid = p.org_uid")
}

// Users answers one page of the users in scope that the query selects, ordered by folded username and then uid, with its
// total; all of it from one snapshot. A cursor that no page gave out is a fault.Invalid.
//
// There is no index of texts: one that hardly anybody has is looked for along all users in scope, which among 500,000
// takes about half a second.
func (s *Store) Users(ctx context.Context, q inventory.UserQuery) (inventory.UserPage, error) {
	from, backwards, err := placeOf(q.After, q.Before)
	if err != nil {
		return inventory.UserPage{}, err
	}
	limit := q.Limit
	if limit <= 0 {
		limit = defaultPage
	}
	limit = min(limit, largestPage)

	var page inventory.UserPage
	err = s.readMirror(ctx, func(ctx context.Context, tx bun.Tx) error {
		page = inventory.UserPage{}
		selected, ok, err := s.selectedUsers(ctx, tx, q)
		if err != nil || !ok {
			return err
		}
		people := func() *bun.SelectQuery { return selected(tx.NewSelect().TableExpr("person AS p")) }
		// The page's keys come from an index alone; only its rows are then read whole.
		keys := walk(people().ColumnExpr("p.uid"), "p", from, backwards).Limit(int64(limit) + 1)
		var rows []*personRecord
		if err := walk(userRows(tx.NewSelect().Model(&rows), q.Scope.Roots()).Where("p.uid IN (?)", keys), "p", nil, backwards).Scan(ctx); err != nil {
			return err
		}
		rows, more := turned(rows, limit, backwards)

		total := len(rows)
		if from != nil || more { // else the page is all there is, and needs no second look
			counted := people().ColumnExpr("1").Limit(inventory.CountLimit + 1)
			if err := tx.NewSelect().TableExpr("(?) AS matching", counted).ColumnExpr("count(*)").Scan(ctx, &total); err != nil {
				return err
			}
		}
		page.Total, page.TotalCapped = min(total, inventory.CountLimit), total > inventory.CountLimit
		if len(rows) == 0 {
			return nil
		}
		first, last := rows[0], rows[len(rows)-1]
		// One row more than the page says whether it goes on in the direction walked; back where the cursor points
		// rows may have gone since it was given out, so that is asked.
		behind := false
		if from != nil {
			edge := place{first.SortKey, first.UID}
			if backwards {
				edge = place{last.SortKey, last.UID}
			}
			if behind, err = walk(people().ColumnExpr("1"), "p", &edge, !backwards).Limit(1).Exists(ctx); err != nil {
				return err
			}
		}
		hasNext, hasPrevious := more, behind
		if backwards {
			hasNext, hasPrevious = behind, more
		}
		if hasNext {
			page.Next = place{last.SortKey, last.UID}.String()
		}
		if hasPrevious {
			page.Before, page.HasPrevious = place{first.SortKey, first.UID}.String(), true
		}
		for _, r := range rows {
			page.Users = append(page.Users, r.row())
		}
		return nil
	})
	return page, err
}

// selectedUsers are the conditions of a query on person p; false when nothing can match: an empty scope, an organization
// outside it.
func (s *Store) selectedUsers(ctx context.Context, tx bun.Tx, q inventory.UserQuery) (func(*bun.SelectQuery) *bun.SelectQuery, bool, error) {
	inScope, ok := under("path", q.Scope.Roots())
	if ok && q.OrgUID != "" {
		var paths []string
		if err := tx.NewSelect().Table("org").Column("path").Where("uid = ?", q.OrgUID).Where("?", inScope).Scan(ctx, &paths); err != nil {
			return nil, false, err
		}
		inScope, ok = under("path", paths) // in scope itself, so its subtree is too
	}
	needle, uid := inventory.SearchNeedle(q.Text), strings.TrimSpace(q.Text)
	return func(people *bun.SelectQuery) *bun.SelectQuery {
		people = people.Where("p.org_uid IN (SELECT uid FROM org WHERE ?)", inScope)
		if needle != "" {
			people = people.Where("("+s.dialect.contains("p.search_text")+" OR p.uid = ?)", needle, uid)
		}
		if q.Active != nil {
			people = people.Where("p.active = ?", *q.Active)
		}
		if q.Blocked != nil {
			people = people.Where("p.blocked = ?", *q.Blocked)
		}
		return filtered(people, holdFilter("p.uid", q.OnHold))
	}, ok, nil
}
