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

	ID         int64  `bun:"id,scanonly" json:"-"`
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
func (s *Store) Users(ctx context.Context, q inventory.UserQuery) (inventory.UserPage, error) {
	return s.usersBy(ctx, q, estimate.choose)
}

// usersBy answers a page by the plans that choose takes.
func (s *Store) usersBy(ctx context.Context, q inventory.UserQuery, choose chooser) (inventory.UserPage, error) {
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
		sel, ok, err := s.selectUsers(ctx, tx, q, strings.TrimSpace(q.Text), from, backwards, limit+1, choose)
		if err != nil || !ok {
			return err
		}
		// The page's ids come from an index alone; only its rows are then read whole.
		ids, err := s.userIDs(ctx, tx, sel, from, backwards, limit+1)
		if err != nil {
			return err
		}
		more := len(ids) > limit
		ids = ids[:min(len(ids), limit)]

		total := len(ids)
		if from != nil || more { // else the page is all there is, and needs no second look
			if total, err = s.countUsers(ctx, tx, sel); err != nil {
				return err
			}
		}
		page.Total, page.TotalCapped = min(total, inventory.CountLimit), total > inventory.CountLimit
		if len(ids) == 0 {
			return nil
		}
		rows, err := s.wholeUsers(ctx, tx, q.Scope, ids)
		if err != nil {
			return err
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
			others, err := s.userIDs(ctx, tx, sel, &edge, !backwards, 1)
			if err != nil {
				return err
			}
			behind = len(others) > 0
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

// wholeUsers reads users by id, in the order of the list.
func (s *Store) wholeUsers(ctx context.Context, tx bun.Tx, scope inventory.Scope, ids []int64) ([]*personRecord, error) {
	if err := s.prefer(ctx, tx, planScan); err != nil {
		return nil, err
	}
	var rows []*personRecord
	err := walk(userRows(tx.NewSelect().Model(&rows), scope.Roots()).Where("p.id IN (?)", bun.List(ids)), "p", nil, false).Scan(ctx)
	return rows, err
}
