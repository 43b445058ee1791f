package store

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
)

const (
	defaultPage = 50
	largestPage = 1000 // an export's batch
	day         = 24 * time.Hour
)

// Devices answers one page of the devices in scope that the query selects, ordered by folded name and then GUID, with its
// total; all of it from one snapshot. A cursor that no page gave out is a fault.Invalid.
func (s *Store) Devices(ctx context.Context, q inventory.DeviceQuery) (inventory.DevicePage, error) {
	from, backwards, err := startOf(q)
	if err != nil {
		return inventory.DevicePage{}, err
	}
	limit := q.Limit
	if limit <= 0 {
		limit = defaultPage
	}
	limit = min(limit, largestPage)

	var page inventory.DevicePage
	err = s.readMirror(ctx, func(ctx context.Context, tx bun.Tx) error {
		where, ok, err := selection(ctx, tx, q)
		if err != nil || !ok {
			return err
		}
		where = append(where, stateFilters(q)...)
		rows, more, err := pageOfDevices(ctx, tx, where, from, backwards, limit)
		if err != nil {
			return err
		}
		total := len(rows)
		if from != nil || more { // else the page is all there is, and needs no second look
			counted := filtered(tx.NewSelect().TableExpr("device AS d").ColumnExpr("1"), where).Limit(inventory.CountLimit + 1)
			if err := tx.NewSelect().TableExpr("(?) AS matching", counted).ColumnExpr("count(*)").Scan(ctx, &total); err != nil {
				return err
			}
		}
		page.Total, page.TotalCapped = min(total, inventory.CountLimit), total > inventory.CountLimit
		if len(rows) == 0 {
			return nil
		}
		first, last := cursorOf(rows[0]), cursorOf(rows[len(rows)-1])
		// One row more than the page says whether it goes on in the direction walked; back where the cursor points
		// rows may have gone since it was given out, so that is asked.
		behind := false
		if from != nil {
			edge := first
			if backwards {
				edge = last
			}
			if behind, err = anyDevice(ctx, tx, where, edge, !backwards); err != nil {
				return err
			}
		}
		hasNext, hasPrevious := more, behind
		if backwards {
			hasNext, hasPrevious = behind, more
		}
		if hasNext {
			page.Next = last.String()
		}
		if hasPrevious {
			page.Before, page.HasPrevious = first.String(), true
		}

		state, err := readSyncState(ctx, tx)
		if err != nil {
			return err
		}
		completedStart := unstamp(state.CompletedStart)
		for _, r := range rows {
			page.Devices = append(page.Devices, r.device(completedStart))
		}
		return nil
	})
	return page, err
}

// DeviceCounts answers the counts by state of the devices in scope under the query's text and organization, in one query.
func (s *Store) DeviceCounts(ctx context.Context, q inventory.DeviceQuery, now time.Time) (inventory.DeviceCounts, error) {
	var c inventory.DeviceCounts
	err := s.readMirror(ctx, func(ctx context.Context, tx bun.Tx) error {
		where, ok, err := selection(ctx, tx, q)
		if err != nil || !ok {
			return err
		}
		counts := tx.NewSelect().TableExpr("device AS d").ColumnExpr(countColumns, ages{
			Day: stamp(now.Add(-day)), Week: stamp(now.Add(-7 * day)), Month: stamp(now.Add(-30 * day)),
		})
		err = filtered(counts, where).Scan(ctx, &c.Total, &c.Active, &c.ActiveBlocked, &c.Deauthorized, &c.Deactivated, &c.Alert,
			&c.Stale30Days, &c.NeverCompleted, &c.Under1Day, &c.Under7Days, &c.Under30Days, &c.Over30Days)
		c.Never = c.NeverCompleted
		return err
	})
	return c, err
}

// countColumns are the fields of inventory.DeviceCounts in order. The empty text of "never" sorts before every time.
const countColumns = `count(*),
	count(*) FILTER (WHERE d.active = 1 AND d.blocked = 0 AND d.deauthorized = 0),
	count(*) FILTER (WHERE d.active = 1 AND d.blocked = 1),
	count(*) FILTER (WHERE d.active = 1 AND d.blocked = 0 AND d.deauthorized = 1),
	count(*) FILTER (WHERE d.active = 0),
	count(*) FILTER (WHERE d.alert = 1),
	count(*) FILTER (WHERE d.active = 1 AND d.last_connected < ?month),
	count(*) FILTER (WHERE d.active = 1 AND d.last_completed = ''),
	count(*) FILTER (WHERE d.active = 1 AND d.last_completed > ?day),
	count(*) FILTER (WHERE d.active = 1 AND d.last_completed > ?week AND d.last_completed <= ?day),
	count(*) FILTER (WHERE d.active = 1 AND d.last_completed > ?month AND d.last_completed <= ?week),
	count(*) FILTER (WHERE d.active = 1 AND d.last_completed > '' AND d.last_completed <= ?month)`

// ages are the named arguments of countColumns.
type ages struct{ Day, Week, Month string }

// condition is one part of a WHERE; all parts hold.
type condition = schema.QueryWithArgs

// selection is the part of the conditions that rows and counts share: scope, organization and text. It is false when
// nothing can match: an empty scope, an organization outside it.
func selection(ctx context.Context, tx bun.Tx, q inventory.DeviceQuery) ([]condition, bool, error) {
	inScope, ok := under("path", q.Scope.Roots())
	if ok && q.OrgUID != "" {
		var paths []string
		if err := tx.NewSelect().Table("org").Column("path").Where("uid = ?", q.OrgUID).Where("?", inScope).Scan(ctx, &paths); err != nil {
			return nil, false, err
		}
		inScope, ok = under("path", paths) // in scope itself, so its subtree is too
	}
	if !ok {
		return nil, false, nil
	}
	where := []condition{bun.SafeQuery("d.org_uid IN (SELECT uid FROM org WHERE ?)", inScope)}
	if needle := inventory.SearchNeedle(q.Text); needle != "" {
		// dialect: PostgreSQL says strpos.
		where = append(where, bun.SafeQuery("instr(d.search_text, ?) > 0", needle))
	}
	return where, true, nil
}

// stateFilters are the conditions on a device's state.
func stateFilters(q inventory.DeviceQuery) []condition {
	var where []condition
	for _, f := range []struct {
		column string
		want   *bool
	}{{"d.active", q.Active}, {"d.blocked", q.Blocked}, {"d.alert", q.Alert}, {"d.deauthorized", q.Deauthorized}} {
		if f.want != nil {
			where = append(where, bun.SafeQuery("? = ?", bun.Ident(f.column), *f.want))
		}
	}
	return where
}

func filtered(q *bun.SelectQuery, where []condition) *bun.SelectQuery {
	for _, c := range where {
		q = q.Where("?", c)
	}
	return q
}

// pageOfDevices reads up to limit rows behind (or, backwards, before) a cursor, in list order, and whether there are more.
func pageOfDevices(ctx context.Context, tx bun.Tx, where []condition, from *cursor, backwards bool, limit int) ([]*deviceRecord, bool, error) {
	// The page's keys come from the index alone; only its rows are then read whole.
	keys := filtered(tx.NewSelect().TableExpr("device AS d").Column("d.guid"), where).Limit(int64(limit) + 1)
	keys = ordered(beyond(keys, from, backwards), backwards)
	var rows []*deviceRecord
	err := ordered(tx.NewSelect().Model(&rows).ColumnExpr("d.*, o.name AS org_name, o.path AS org_path").
		Join("JOIN org AS o ON o.uid = d.org_uid").Where("d.guid IN (?)", keys), backwards).Scan(ctx)
	if err != nil {
		return nil, false, err
	}
	more := len(rows) > limit
	rows = rows[:min(len(rows), limit)]
	if backwards {
		slices.Reverse(rows)
	}
	return rows, more, nil
}

// anyDevice tells whether a row stands behind (or before) a place in the list.
func anyDevice(ctx context.Context, tx bun.Tx, where []condition, from cursor, backwards bool) (bool, error) {
	q := filtered(tx.NewSelect().TableExpr("device AS d").ColumnExpr("1"), where)
	return ordered(beyond(q, &from, backwards), backwards).Limit(1).Exists(ctx)
}

func beyond(q *bun.SelectQuery, from *cursor, backwards bool) *bun.SelectQuery {
	switch {
	case from == nil:
		return q
	case backwards:
		return q.Where("(d.sort_key, d.guid) < (?, ?)", from.sortKey, from.guid)
	default:
		return q.Where("(d.sort_key, d.guid) > (?, ?)", from.sortKey, from.guid)
	}
}

func ordered(q *bun.SelectQuery, backwards bool) *bun.SelectQuery {
	if backwards {
		return q.OrderExpr("d.sort_key DESC, d.guid DESC")
	}
	return q.OrderExpr("d.sort_key, d.guid")
}

// cursor is a place in the list. It carries the place itself and looks nothing up: a cursor someone made up tells
// nothing of rows outside their scope.
type cursor struct{ sortKey, guid string }

const (
	cursorVersion = "1"
	cursorMark    = "\x1f" // in no folded text and in no GUID
	longestCursor = 4096
)

func cursorOf(r *deviceRecord) cursor { return cursor{r.SortKey, r.GUID} }

// String is opaque, and safe in an address.
func (c cursor) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join([]string{cursorVersion, c.guid, c.sortKey}, cursorMark)))
}

func parseCursor(text string) (*cursor, error) {
	junk := func(cause error) (*cursor, error) {
		return nil, fault.Wrap(fault.Invalid, cause, "This page of the list cannot be found.", "Start again at the first page.")
	}
	if len(text) > longestCursor {
		return junk(fmt.Errorf("cursor of %d bytes", len(text)))
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return junk(err)
	}
	parts := strings.Split(string(raw), cursorMark)
	if !utf8.Valid(raw) || len(parts) != 3 || parts[0] != cursorVersion || parts[1] == "" || strings.ContainsRune(string(raw), 0) {
		return junk(fmt.Errorf("cursor of %d parts", len(parts)))
	}
	return &cursor{guid: parts[1], sortKey: parts[2]}, nil
}

// startOf reads the query's cursor; nil is the first page.
func startOf(q inventory.DeviceQuery) (from *cursor, backwards bool, err error) {
	switch {
	case q.After != "" && q.Before != "":
		return nil, false, fault.New(fault.Invalid, "A page is either after or before a row.", "Start again at the first page.")
	case q.After != "":
		from, err = parseCursor(q.After)
	case q.Before != "":
		from, err = parseCursor(q.Before)
	}
	return from, q.Before != "", err
}
