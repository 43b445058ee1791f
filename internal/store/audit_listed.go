package store

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"backup-portal/internal/audit"
)

const (
	// auditWindow is how many of the newest lines are looked at for each one that is asked for. Of a scope that is a good
	// part of the fleet they fill the page; else the database has listed which lines are about its organizations.
	auditWindow = 20
	// auditAsked is how many listed lines are looked at first for each one that is asked for, and listedGrowth by how much
	// that grows each time, up to listedMost lines at once: filters may leave few of them.
	auditAsked   = 2
	listedGrowth = 8
	listedMost   = 50_000
)

// listedRoots answers the subtrees that every line of a query is about, but for the reader's own; none when it is not
// about subtrees, or when another index leads to fewer lines.
func listedRoots(q audit.Query) []string {
	switch {
	case q.Own || q.TargetID != "" || q.Operation != "" || q.Under != "" || q.Request != "":
		return nil
	case q.Within != "":
		return []string{q.Within}
	case q.AllOrgs:
		return nil
	}
	return q.Scope
}

// listedLines is auditLines for a query about these subtrees: in the newest lines first, then in those that are listed for
// the subtrees' organizations. The list leads to lines only: what they say, and who may see them, is read from their bytes.
func (s *Store) listedLines(ctx context.Context, tx bun.Tx, q audit.Query, roots []string, limit int) ([]audit.Entry, error) {
	var before, first int64
	if err := tx.NewSelect().Table("audit_head").Column("size").Scan(ctx, &before); err != nil {
		return nil, err
	}
	if q.Newest > 0 {
		first = max(0, before-int64(q.Newest))
	}
	if q.BeforeSeq != 0 {
		before = min(before, q.BeforeSeq)
	}
	window := max(first, before-int64(auditWindow*limit))
	entries, err := s.auditLines(ctx, tx, q, limit, bun.SafeQuery("l.seq >= ? AND l.seq < ?", window, before))
	if err != nil || len(entries) == limit || window == first {
		return entries, err
	}
	// Whatever the planner thinks of a scope, no table is read whole.
	if err := s.prefer(ctx, tx, planText); err != nil {
		return nil, err
	}
	before = window
	for asked := auditAsked * limit; ; asked = min(asked*listedGrowth, listedMost) {
		places, further, err := s.listed(ctx, tx, q, roots, first, before, asked)
		if err != nil {
			return nil, err
		}
		for part := range slices.Chunk(places, mirrorChunk) {
			found, err := s.auditLines(ctx, tx, q, limit-len(entries), bun.SafeQuery("l.seq IN (?)", bun.List(part)))
			if err != nil {
				return nil, err
			}
			if entries = append(entries, found...); len(entries) == limit {
				return entries, nil
			}
		}
		if !further {
			return entries, nil
		}
		before = places[len(places)-1]
	}
}

// listed answers about the newest so many places, from one place up to another, of lines that are listed for these
// subtrees or, unless the query is about an organization, are the reader's own; and whether there are older ones.
func (s *Store) listed(ctx context.Context, tx bun.Tx, q audit.Query, roots []string, first, before int64, asked int) (places []int64, further bool, err error) {
	inScope, _ := under("o.path", roots)
	lists := []*bun.SelectQuery{
		tx.NewSelect().TableExpr("org AS o CROSS JOIN audit_line_org AS l").Where("l.org_uid = o.uid").Where("?", inScope),
	}
	if q.Within == "" {
		lists = append(lists, tx.NewSelect().TableExpr("audit_line AS l").Where("l.actor_key = ?", q.Viewer))
	}
	oldest := first
	for _, list := range lists {
		var some []int64
		err := list.ColumnExpr("l.seq").Where("l.seq >= ? AND l.seq < ?", first, before).
			Order("l.seq DESC").Limit(int64(asked)).Scan(ctx, &some)
		if err != nil {
			return nil, false, err
		}
		if len(some) == asked {
			oldest, further = max(oldest, some[asked-1]), true // this list goes on, so the other is read no further than it
		}
		places = append(places, some...)
	}
	slices.SortFunc(places, func(a, b int64) int { return int(b - a) })
	places = slices.Compact(places)
	return slices.DeleteFunc(places, func(at int64) bool { return at < oldest }), further, nil
}
