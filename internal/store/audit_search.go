package store

import (
	"cmp"
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"backup-portal/internal/audit"
)

// AuditSearch answers lines that the query's reader may see, newest first, and whether there are older ones.
// Text is compared without regard to the case of ASCII letters.
func (s *Store) AuditSearch(ctx context.Context, q audit.Query) (entries []audit.Entry, more bool, err error) {
	limit := cmp.Or(q.Limit, 50)
	// One line more than the page says whether there are older ones.
	if roots := listedRoots(q); len(roots) > 0 {
		err = translate(s.reader.RunInTx(ctx, s.dialect.snapshot(), func(ctx context.Context, tx bun.Tx) error {
			entries, err = s.listedLines(ctx, tx, q, roots, limit+1)
			return err
		}))
	} else {
		entries, err = s.auditLines(ctx, s.reader, q, limit+1, bun.SafeQuery("TRUE"))
	}
	if err != nil {
		return nil, false, err
	}
	return entries[:min(len(entries), limit)], len(entries) > limit, nil
}

// auditLines answers up to limit lines that a query finds and its reader may see, newest first, among those of a condition.
func (s *Store) auditLines(ctx context.Context, db bun.IDB, q audit.Query, limit int, among condition) ([]audit.Entry, error) {
	sel := db.NewSelect().TableExpr("audit_line AS l").ColumnExpr("l.seq, l.bytes").
		Where("?", among).Order("l.seq DESC").Limit(int64(limit))
	visible(s.dialect, sel, q)
	for _, f := range []struct {
		column string
		value  string
	}{
		{"l.action = ?", q.Action},
		{"l.outcome = ?", string(q.Outcome)},
		{"l.operation = ?", q.Operation},
		{"l.under = ?", q.Under},
		{"l.target_id = ?", q.TargetID},
		{"l.target_kind = ?", q.TargetKind},
		{"l.request = ?", q.Request},
		{"l.at >= ?", stamp(q.After)},
		{"l.at < ?", stamp(q.Before)},
	} {
		if f.value != "" {
			sel.Where(f.column, f.value)
		}
	}
	if q.Within != "" {
		inside, _ := under("w.path", []string{q.Within})
		sel.Where("EXISTS (?)", sel.NewSelect().ColumnExpr("1").TableExpr(s.dialect.jsonElements("l.bytes", "orgs")).
			Join("JOIN org AS w ON w.uid = j.value").Where("?", inside))
	}
	if q.WithoutSessions {
		sel.Where("l.action NOT LIKE 'session.%'")
	}
	if q.Newest > 0 {
		sel.Where("l.seq >= (SELECT size FROM audit_head) - ?", q.Newest)
	}
	if q.BeforeSeq != 0 {
		sel.Where("l.seq < ?", q.BeforeSeq)
	}
	contacts := []string{s.dialect.jsonText("l.bytes", "actor", "email"), s.dialect.jsonText("l.bytes", "actor", "address")}
	if q.Who != "" {
		columns := []string{"l.actor_name"}
		if q.Contacts {
			columns = append(columns, contacts...)
		}
		sel.WhereGroup(" AND ", func(g *bun.SelectQuery) *bun.SelectQuery {
			return containing(s.dialect, g.Where("l.actor_key = ?", q.Who), q.Who, columns...)
		})
	}
	if q.Target != "" {
		sel.WhereGroup(" AND ", func(g *bun.SelectQuery) *bun.SelectQuery {
			return containing(s.dialect, g.Where("l.target_id = ?", q.Target), q.Target, "l.target_name")
		})
	}
	if q.Text != "" {
		columns := []string{
			"l.action", "l.actor_name", "l.target_id", "l.target_name",
			s.dialect.jsonText("l.bytes", "target", "org"), s.dialect.jsonText("l.bytes", "reason"), s.dialect.jsonText("l.bytes", "detail"),
		}
		if q.Contacts {
			columns = append(columns, contacts...)
		}
		sel.WhereGroup(" AND ", func(g *bun.SelectQuery) *bun.SelectQuery { return containing(s.dialect, g, q.Text, columns...) })
	}
	return s.entries(ctx, db, "?", sel)
}

// visible adds who may see which line: it is a part of the query, so rows, pages and "more" all follow from it.
// An organization that the mirror does not know is in nobody's scope.
func visible(d dialect, sel *bun.SelectQuery, q audit.Query) {
	if q.Own {
		sel.Where("l.actor_key = ?", q.Viewer)
		return
	}
	if q.AllOrgs && len(q.Scope) == 0 {
		return
	}
	sel.WhereGroup(" AND ", func(g *bun.SelectQuery) *bun.SelectQuery {
		g.Where("l.actor_key = ?", q.Viewer)
		if len(q.Scope) == 0 {
			return g
		}
		inScope := sel.NewSelect().ColumnExpr("1").TableExpr("org AS g").Where("g.uid = j.value").
			WhereGroup(" AND ", func(w *bun.SelectQuery) *bun.SelectQuery {
				for _, path := range q.Scope {
					w.WhereOr("g.path >= ? AND g.path < ?", path, path+"\U0010FFFF")
				}
				return w
			})
		outside := sel.NewSelect().ColumnExpr("1").TableExpr(d.jsonElements("l.bytes", "orgs")).Where("NOT EXISTS (?)", inScope)
		if q.AllOrgs {
			// Whoever stands at a root reads what has no place in the tree any more, but nothing of another root's tree.
			placed := sel.NewSelect().ColumnExpr("1").TableExpr("org AS h").Where("h.uid = j.value").Where("h.path <> ''")
			return g.WhereOr("NOT EXISTS (?)", outside.Where("EXISTS (?)", placed))
		}
		return g.WhereOr("l.has_orgs AND NOT EXISTS (?)", outside)
	})
}

// containing adds that one of the columns holds the text, or what the group had before.
func containing(d dialect, g *bun.SelectQuery, text string, columns ...string) *bun.SelectQuery {
	for _, column := range columns {
		g.WhereOr(d.containsFold(column), text)
	}
	return g
}

// entries reads lines by a query for (seq, bytes).
func (s *Store) entries(ctx context.Context, db bun.IDB, query string, args ...any) ([]audit.Entry, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, translate(err)
	}
	defer rows.Close()
	var entries []audit.Entry
	for rows.Next() {
		var e audit.Entry
		if err := rows.Scan(&e.Seq, &e.Bytes); err != nil {
			return nil, translate(err)
		}
		if e.Line, err = audit.Decode(e.Bytes); err != nil {
			return nil, fmt.Errorf("line %d of the audit log: %w", e.Seq, err)
		}
		entries = append(entries, e)
	}
	return entries, translate(rows.Err())
}
