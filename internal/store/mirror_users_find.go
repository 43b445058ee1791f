package store

import (
	"context"
	"math"
	"slices"

	"github.com/uptrace/bun"

	"backup-portal/internal/inventory"
)

// asDevice is a user as plans are chosen by: what finding one costs follows from texts, places in order and organizations,
// as it does for devices.
func (r *personRecord) asDevice() *deviceRecord {
	return &deviceRecord{
		GUID: r.UID, SortKey: r.SortKey, SearchText: r.SearchText, OrgPath: r.OrgPath,
		Active: r.Active, Blocked: r.Blocked, OnHold: r.OnHold,
	}
}

// drawUsers is drawSample for users.
func (s *Store) drawUsers(ctx context.Context, tx bun.Tx) (*sample, error) {
	asked, weight, err := s.dialect.drawIDs(ctx, tx, "person", sampleSize)
	if err != nil {
		return nil, err
	}
	drawn := &sample{places: map[inventory.DeviceSort][]int{}, weight: weight}
	for part := range slices.Chunk(asked, mirrorChunk) {
		var rows []*personRecord
		err := tx.NewSelect().Model(&rows).ColumnExpr("p.*, o.path AS org_path").ColumnExpr("? AS on_hold", heldUser("p.uid")).
			Join("JOIN org AS o ON o.uid = p.org_uid").Where("p.id IN (?)", bun.List(part)).Scan(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			drawn.rows = append(drawn.rows, r.asDevice())
			drawn.forms = append(drawn.forms, s.dialect.textForm(r.SearchText))
		}
	}
	drawn.sort()
	return drawn, nil
}

// userSelection is what a query of users selects, and how they are found.
type userSelection struct {
	selection

	uid      string // that of the user who is found by it, whatever the text
	estimate estimate
	plans    choice
}

// selectUsers decides how a page of users, from one place on, and its total are found; false when nothing can match: an
// empty scope, an organization outside it.
func (s *Store) selectUsers(ctx context.Context, tx bun.Tx, q inventory.UserQuery, uid string, from *place, backwards bool, limit int, choose chooser) (userSelection, bool, error) {
	sel := userSelection{uid: uid, selection: selection{
		query:  inventory.DeviceQuery{Scope: q.Scope, OrgUID: q.OrgUID, Active: q.Active, Blocked: q.Blocked, OnHold: q.OnHold},
		needle: inventory.SearchNeedle(q.Text), covered: q.OnHold == nil,
	}}
	var err error
	if sel.roots, err = s.scopeOf(ctx, tx, sel.query); err != nil || len(sel.roots) == 0 {
		return sel, false, err
	}
	if sel.needle != "" {
		sel.where = append(sel.where, bun.SafeQuery("("+s.dialect.contains("p.search_text")+" OR p.uid = ?)", sel.needle, uid))
	}
	if q.Active != nil {
		sel.where = append(sel.where, bun.SafeQuery("p.active = ?", *q.Active))
	}
	if q.Blocked != nil {
		sel.where = append(sel.where, bun.SafeQuery("p.blocked = ?", *q.Blocked))
	}
	sel.where = append(sel.where, holdFilter("p.uid", q.OnHold)...)

	sm, err := s.users.sample(ctx, tx, s.drawUsers)
	if err != nil {
		return sel, false, err
	}
	sel.groups, sel.keys = sm.rarest(sel.needle, s.dialect.textKey)
	order := deviceOrder{sort: inventory.ByName, descending: backwards}
	var at *cursor
	if from != nil {
		at = &cursor{key: from.sortKey, guid: from.id}
	}
	sel.estimate = sm.estimateOf(sel.selection, order, at, limit)
	sel.estimate.both = false
	costs := s.dialect.costs()
	costs.fact = math.Inf(1) // facts are those of devices
	sel.plans = choose(sel.estimate, costs, sel.covered, order.sort)
	return sel, true, nil
}

// people begins a query of the selected users p in the way of a plan.
func (s *Store) people(tx bun.Tx, sel userSelection, p plan) *bun.SelectQuery {
	q := tx.NewSelect()
	byRow, _ := under("o.path", sel.roots)
	listed, _ := under("path", sel.roots)
	switch p {
	case planOrgs:
		return filtered(q.TableExpr("org AS o CROSS JOIN "+s.dialect.indexed("person AS p", "person_org")).
			Where("p.org_uid = o.uid").Where("?", byRow), sel.where)
	case planText:
		q = q.TableExpr("?", s.dialect.usersHolding(sel.groups, sel.uid))
	case planWalk:
		q = q.TableExpr(s.dialect.indexed("person AS p", "person_list"))
	case planHeld:
		q = q.TableExpr("hold AS held CROSS JOIN person AS p").Where("p.uid = held.user_uid")
	case planScan, planSpan, planUser, planMany, planFact:
		q = q.TableExpr("person AS p")
	}
	q = filtered(q, sel.where)
	if sel.estimate.rows(p) <= lookedUpRows {
		return q.Where("EXISTS (SELECT 1 FROM org AS o WHERE o.uid = p.org_uid AND ? LIMIT 1 OFFSET 0)", byRow)
	}
	return q.Where("(p.org_uid IN (SELECT uid FROM org WHERE ?)) IS TRUE", listed)
}

// userIDs answers the ids of up to limit users behind a place, in order.
func (s *Store) userIDs(ctx context.Context, tx bun.Tx, sel userSelection, from *place, backwards bool, limit int) ([]int64, error) {
	p := sel.plans.page
	if err := s.prefer(ctx, tx, p); err != nil {
		return nil, err
	}
	q := s.people(tx, sel, p)
	if fence := s.dialect.fence(); p != planWalk && fence != "" {
		q = tx.NewSelect().TableExpr("(?"+fence+") AS p", q.ColumnExpr("p.id, p.sort_key, p.uid"))
	}
	var ids []int64
	return ids, walk(q.ColumnExpr("p.id"), "p", from, backwards).Limit(int64(limit)).Scan(ctx, &ids)
}

// countUsers answers how many users are selected, up to one more than CountLimit.
func (s *Store) countUsers(ctx context.Context, tx bun.Tx, sel userSelection) (int, error) {
	if err := s.prefer(ctx, tx, sel.plans.count); err != nil {
		return 0, err
	}
	counted := s.people(tx, sel, sel.plans.count).ColumnExpr("1").Limit(inventory.CountLimit + 1)
	total := 0
	return total, tx.NewSelect().TableExpr("(?) AS matching", counted).ColumnExpr("count(*)").Scan(ctx, &total)
}
