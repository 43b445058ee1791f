package store

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"backup-portal/internal/inventory"
)

type orgRecord struct {
	bun.BaseModel `bun:"table:org,alias:o" json:"-"`

	UID               string `bun:"uid,pk"`
	ParentUID         string `bun:"parent_uid"`
	Name              string `bun:"name"`
	ExternalReference string `bun:"external_reference"`
	Path              string `bun:"path"`
	ParentPath        string `bun:"parent_path"`
	Depth             int    `bun:"depth"`
	Active            bool   `bun:"active"`
	Blocked           bool   `bun:"blocked"`
	SortKey           string `bun:"sort_key"`
	SearchText        string `bun:"search_text"`
	mirrorMark
}

func newOrgRecord(o inventory.Org) *orgRecord {
	r := &orgRecord{
		UID: o.UID, ParentUID: o.ParentUID, Name: o.Name, ExternalReference: o.ExternalReference,
		Path: o.Path, ParentPath: strings.TrimSuffix(o.Path, o.UID+"/"), Depth: o.Depth, Active: o.Active, Blocked: o.Blocked,
		SortKey: inventory.OrgSortKey(o.Name), SearchText: inventory.OrgSearchText(o),
	}
	r.Hash = contentHash(r)
	return r
}

func (r *orgRecord) org() inventory.Org {
	return inventory.Org{
		UID: r.UID, ParentUID: r.ParentUID, Name: r.Name, ExternalReference: r.ExternalReference,
		Path: r.Path, Depth: r.Depth, Active: r.Active, Blocked: r.Blocked,
	}
}

func (r *orgRecord) key() mirrorKey { return mirrorKey{inventory.KindOrg, r.UID} }

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

// OrgLevel answers one page of a level of the tree, or of the organizations in scope that hold a text, with the counts of
// their subtrees unless the query wants none; all of it from one snapshot. A parent outside the scope or missing is a
// fault.NotFound, a cursor that no page gave out a fault.Invalid.
func (s *Store) OrgLevel(ctx context.Context, q inventory.OrgQuery) (inventory.OrgPage, error) {
	from, _, err := placeOf(q.After, "")
	if err != nil {
		return inventory.OrgPage{}, err
	}
	limit := q.Limit
	if limit <= 0 {
		limit = inventory.OrgLevelSize
	}
	limit = min(limit, largestPage)

	var page inventory.OrgPage
	err = s.readMirror(ctx, func(ctx context.Context, tx bun.Tx) error {
		page = inventory.OrgPage{}
		level, ok, err := s.levelOf(ctx, tx, q)
		if err != nil || !ok {
			return err
		}
		if err := level(tx.NewSelect().TableExpr("org AS o").ColumnExpr("count(*)")).Scan(ctx, &page.Total); err != nil {
			return err
		}
		var rows []*orgRecord
		if err := walk(level(tx.NewSelect().Model(&rows)), "o", from, false).Limit(int64(limit) + 1).Scan(ctx); err != nil {
			return err
		}
		rows, more := turned(rows, limit, false)
		if more {
			last := rows[len(rows)-1]
			page.Next = place{last.SortKey, last.UID}.String()
		}
		if q.Uncounted {
			for _, r := range rows {
				page.Orgs = append(page.Orgs, inventory.OrgNode{Org: r.org()})
			}
			return nil
		}
		page.Orgs, err = nodes(ctx, tx, rows)
		return err
	})
	return page, err
}

// OrgLevels answers the levels below several organizations in scope, whole and with the counts of their subtrees, all of
// it from one snapshot and out of the first so many rows.
func (s *Store) OrgLevels(ctx context.Context, scope inventory.Scope, paths []string, limit int) (map[string]inventory.OrgPage, error) {
	inScope, ok := under("o.parent_path", scope.Roots())
	if !ok || len(paths) == 0 {
		return nil, nil
	}
	limit = min(limit, largestPage)
	var levels map[string]inventory.OrgPage
	err := s.readMirror(ctx, func(ctx context.Context, tx bun.Tx) error {
		levels = map[string]inventory.OrgPage{}
		var rows []*orgRecord
		err := tx.NewSelect().Model(&rows).Where("o.parent_path IN (?)", bun.List(paths)).Where("?", inScope).
			OrderExpr("o.parent_path, o.sort_key, o.uid").Limit(int64(limit) + 1).Scan(ctx)
		if err != nil {
			return err
		}
		if len(rows) > limit { // of the last level there may be more
			cut := rows[limit].ParentPath
			rows = slices.DeleteFunc(rows, func(r *orgRecord) bool { return r.ParentPath == cut })
		}
		orgs, err := nodes(ctx, tx, rows)
		for i, o := range orgs {
			level := levels[rows[i].ParentPath]
			level.Orgs = append(level.Orgs, o)
			level.Total++
			levels[rows[i].ParentPath] = level
		}
		return err
	})
	return levels, err
}

// levelOf is what the organizations of a query have in common; false when there can be none: an empty scope.
func (s *Store) levelOf(ctx context.Context, tx bun.Tx, q inventory.OrgQuery) (func(*bun.SelectQuery) *bun.SelectQuery, bool, error) {
	roots := q.Scope.Roots()
	below := ""
	if q.ParentUID != "" {
		inScope, ok := under("o.path", roots)
		if !ok {
			return nil, false, sql.ErrNoRows
		}
		err := tx.NewSelect().TableExpr("org AS o").ColumnExpr("o.path").Where("o.uid = ?", q.ParentUID).Where("?", inScope).Scan(ctx, &below)
		if err != nil {
			return nil, false, err
		}
		roots = []string{below} // in scope itself, so its subtree is too
	}
	inScope, ok := under("o.path", roots)
	if !ok {
		return nil, false, nil
	}
	text := strings.TrimSpace(inventory.Fold(q.Text))
	return func(level *bun.SelectQuery) *bun.SelectQuery {
		switch {
		case text != "":
			return level.Where("?", inScope).Where("o.path <> ?", below).
				Where("("+s.dialect.contains("o.search_text")+" OR o.uid = ?)", text, strings.TrimSpace(q.Text))
		case below != "":
			return level.Where("o.parent_path = ?", below)
		case slices.Equal(roots, inventory.Everything().Paths):
			return level.Where("o.parent_path = ?", roots[0])
		default:
			return level.Where("o.path IN (?)", bun.List(roots))
		}
	}, true, nil
}

// OrgNode answers one organization in scope with its counts; outside or missing is a fault.NotFound, the same words.
func (s *Store) OrgNode(ctx context.Context, scope inventory.Scope, uid string) (inventory.OrgNode, error) {
	var node inventory.OrgNode
	err := s.readMirror(ctx, func(ctx context.Context, tx bun.Tx) error {
		inScope, ok := under("o.path", scope.Roots())
		if !ok {
			return sql.ErrNoRows
		}
		var row orgRecord
		if err := tx.NewSelect().Model(&row).Where("o.uid = ?", uid).Where("?", inScope).Scan(ctx); err != nil {
			return err
		}
		found, err := nodes(ctx, tx, []*orgRecord{&row})
		if err == nil {
			node = found[0]
		}
		return err
	})
	return node, err
}

// nodes adds to organizations what stands in their subtrees.
func nodes(ctx context.Context, tx bun.Tx, rows []*orgRecord) ([]inventory.OrgNode, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	var ranges []string
	var args []any
	for _, r := range rows {
		ranges = append(ranges, "(?, ?, ?, ?)")
		args = append(args, r.UID, r.Path, r.Path+lastRune, r.Depth+1)
	}
	var sums []struct {
		UID         string  `bun:"uid"`
		Children    int     `bun:"children"`
		Orgs        int     `bun:"orgs"`
		Devices     int     `bun:"devices"`
		Alerts      int     `bun:"alerts"`
		StoredBytes float64 `bun:"stored_bytes"` // exact to nine petabytes, and no sum is too large
		Users       int     `bun:"users"`
	}
	err := tx.NewRaw(`
		WITH top (uid, path, beyond, next_depth) AS (VALUES `+strings.Join(ranges, ", ")+`)
		SELECT top.uid,
			count(*) FILTER (WHERE o.depth = top.next_depth) AS children,
			count(*) - 1 AS orgs,
			coalesce(sum(n.devices), 0) AS devices,
			coalesce(sum(n.alerts), 0) AS alerts,
			coalesce(sum(CAST(n.stored_bytes AS DOUBLE PRECISION)), 0.0) AS stored_bytes,
			coalesce(sum(n.users), 0) AS users
		FROM top
		JOIN org AS o ON o.path >= top.path AND o.path < top.beyond
		LEFT JOIN org_count AS n ON n.org_uid = o.uid
		GROUP BY top.uid`, args...).Scan(ctx, &sums)
	if err != nil {
		return nil, err
	}
	byUID := make(map[string]inventory.OrgNode, len(sums))
	for _, n := range sums {
		byUID[n.UID] = inventory.OrgNode{
			Children: n.Children, Orgs: n.Orgs, Devices: n.Devices, Users: n.Users, Alerts: n.Alerts,
			StoredBytes: int64(min(n.StoredBytes, math.MaxInt64/2)),
		}
	}
	list := make([]inventory.OrgNode, len(rows))
	for i, r := range rows {
		list[i] = byUID[r.UID]
		list[i].Org = r.org()
	}
	return list, nil
}
