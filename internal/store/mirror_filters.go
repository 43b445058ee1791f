package store

import (
	"context"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"backup-portal/internal/inventory"
)

// condition is one part of a WHERE; all parts hold.
type condition = schema.QueryWithArgs

func filtered(q *bun.SelectQuery, where []condition) *bun.SelectQuery {
	for _, c := range where {
		q = q.Where("?", c)
	}
	return q
}

// scopeOf answers the subtrees that a query is about: those of its scope, or of its organization when that lies in the
// scope. None: nothing can match.
func (s *Store) scopeOf(ctx context.Context, tx bun.Tx, q inventory.DeviceQuery) ([]string, error) {
	roots := q.Scope.Roots()
	inScope, ok := under("path", roots)
	if !ok || q.OrgUID == "" {
		return roots, nil
	}
	var paths []string
	err := tx.NewSelect().Table("org").Column("path").Where("uid = ?", q.OrgUID).Where("?", inScope).Scan(ctx, &paths)
	return paths, err // in scope itself, so its subtree is too
}

// stateFilters are the conditions on a device's state.
func stateFilters(q inventory.DeviceQuery) []condition {
	var where []condition
	for _, f := range []struct {
		column string
		want   *bool
	}{{"d.active", q.Active}, {"d.blocked", q.Blocked}, {"d.alert", q.Alert}, {"d.deauthorized", q.Deauthorized}} {
		switch {
		case f.want == nil:
		case *f.want:
			where = append(where, bun.SafeQuery("?", bun.Ident(f.column)))
		default:
			where = append(where, bun.SafeQuery("NOT ?", bun.Ident(f.column)))
		}
	}
	return where
}

// valueFilters are the conditions on what a device runs and where it backs up to.
func (s *Store) valueFilters(q inventory.DeviceQuery) []condition {
	var where []condition
	if q.OS != "" {
		where = append(where, bun.SafeQuery("d.os_name = ?", q.OS))
	}
	if q.ClientVersion != "" {
		where = append(where, bun.SafeQuery("d.client_version = ?", q.ClientVersion))
	}
	if q.Destination != "" {
		where = append(where, bun.SafeQuery(s.dialect.contains("d.destinations"), destinationNeedle(q.Destination)))
	}
	return append(where, timeFilters("d.last_completed", q.Completed)...)
}

// baseFilters are the conditions that no facet takes away.
func baseFilters(q inventory.DeviceQuery) []condition {
	var where []condition
	if q.Directly && q.OrgUID != "" {
		where = append(where, bun.SafeQuery("d.org_uid = ?", q.OrgUID))
	}
	if q.UserUID != "" {
		where = append(where, bun.SafeQuery("d.user_uid = ?", q.UserUID))
	}
	where = append(where, holdFilter("d.user_uid", q.OnHold)...)
	where = append(where, timeFilters("d.last_connected", q.Connected)...)
	return append(where, timeFilters("d.created", q.Created)...)
}

// timeFilters are the conditions on a time. The empty text of "never" sorts before every time.
func timeFilters(column string, r inventory.TimeRange) []condition {
	var where []condition
	name := bun.Ident(column)
	if r.Never {
		where = append(where, bun.SafeQuery("? = ''", name))
	}
	if !r.After.IsZero() {
		where = append(where, bun.SafeQuery("? >= ?", name, stamp(r.After)))
	}
	if !r.Before.IsZero() {
		where = append(where, bun.SafeQuery("? > '' AND ? < ?", name, name, stamp(r.Before)))
	}
	return where
}

// olderThanNewest is the condition that at least n of the same person's devices in these subtrees connected later than
// this one; alike asks only those in this device's active state. A device without a user meets it.
func olderThanNewest(roots []string, n int, alike bool) condition {
	inScope, _ := under("eo.path", roots)
	same := bun.Safe("")
	if alike {
		same = bun.Safe("AND e.active = d.active")
	}
	return bun.SafeQuery(`(d.user_uid = '' OR EXISTS (
		SELECT 1 FROM device AS e JOIN org AS eo ON eo.uid = e.org_uid
		WHERE e.user_uid = d.user_uid AND (e.last_connected, e.guid) > (d.last_connected, d.guid) ? AND ? LIMIT 1 OFFSET ?))`, same, inScope, n-1)
}

// The text of a device's destinations: for each of them destinationMark, its GUID, nameMark and its name.
const (
	destinationMark = "\x1e"
	nameMark        = "\x1f"
)

// destinationNeedle is what the text holds of a device that backs up to a destination. Marks in the GUID would let it
// match names; no GUID holds one.
func destinationNeedle(guid string) string {
	return destinationMark + withoutMarks(guid) + nameMark
}

func joinDestinations(list []inventory.Destination) string {
	var b strings.Builder
	for _, d := range list {
		b.WriteString(destinationMark + withoutMarks(d.GUID) + nameMark + withoutMarks(d.Name))
	}
	return b.String()
}

func splitDestinations(text string) []inventory.Destination {
	var list []inventory.Destination
	for _, part := range strings.Split(text, destinationMark)[1:] {
		guid, name, _ := strings.Cut(part, nameMark)
		list = append(list, inventory.Destination{GUID: guid, Name: name})
	}
	return list
}

func withoutMarks(text string) string {
	return strings.NewReplacer(destinationMark, " ", nameMark, " ").Replace(text)
}
