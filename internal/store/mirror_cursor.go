package store

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
)

// deviceOrder is one order of the list, in one direction. Ties are in order of GUID, which turns with the direction:
// either way an index is walked from one end.
type deviceOrder struct {
	sort       inventory.DeviceSort
	descending bool
}

// column is what the order compares first.
func (o deviceOrder) column() string {
	switch o.sort {
	case inventory.ByConnected:
		return "d.last_connected"
	case inventory.ByCompleted:
		return "d.last_completed"
	case inventory.ByStored:
		return "d.stored_bytes"
	default:
		return "d.sort_key"
	}
}

// index is the one that has this order.
func (o deviceOrder) index() string {
	switch o.sort {
	case inventory.ByConnected:
		return "device_by_connected"
	case inventory.ByCompleted:
		return "device_by_completed"
	case inventory.ByStored:
		return "device_by_stored"
	default:
		return "device_by_name"
	}
}

// after tells whether a row comes behind a place.
func (o deviceOrder) after(r *deviceRecord, from cursor) bool {
	at := &deviceRecord{GUID: from.guid, SortKey: from.key, LastConnected: from.key, LastCompleted: from.key}
	at.StoredBytes, _ = strconv.ParseInt(from.key, 10, 64)
	if o.descending {
		return o.compare(r, at) < 0
	}
	return o.compare(r, at) > 0
}

// name tells the orders apart in cursors.
func (o deviceOrder) name() string {
	if o.descending {
		return "-" + string(o.sort)
	}
	return string(o.sort)
}

func (o deviceOrder) reversed() deviceOrder { return deviceOrder{o.sort, !o.descending} }

// place is where a row stands.
func (o deviceOrder) place(r *deviceRecord) cursor {
	key := r.SortKey
	switch o.sort {
	case inventory.ByConnected:
		key = r.LastConnected
	case inventory.ByCompleted:
		key = r.LastCompleted
	case inventory.ByStored:
		key = strconv.FormatInt(r.StoredBytes, 10)
	}
	return cursor{order: o.name(), key: key, guid: r.GUID}
}

// apply orders a query.
func (o deviceOrder) apply(q *bun.SelectQuery) *bun.SelectQuery {
	if o.descending {
		return q.OrderExpr("? DESC, d.guid DESC", bun.Safe(o.column()))
	}
	return q.OrderExpr("?, d.guid", bun.Safe(o.column()))
}

// behind is the condition that a row comes after a place, or stands at it when that is included.
func (o deviceOrder) behind(from cursor) condition {
	var key any = from.key
	if o.sort == inventory.ByStored {
		key, _ = strconv.ParseInt(from.key, 10, 64) // parseCursor has seen that it is a number
	}
	comparison := ">"
	if o.descending {
		comparison = "<"
	}
	if from.included {
		comparison += "="
	}
	return bun.SafeQuery("(?, d.guid) ? (?, ?)", bun.Safe(o.column()), bun.Safe(comparison), key, from.guid)
}

// cursor is a place in the list. It carries the place itself and looks nothing up: a cursor someone made up tells
// nothing of rows outside their scope.
type cursor struct {
	order, key, guid string
	included         bool // what stands at the place counts as behind it; no page gives such a cursor out
}

const (
	cursorVersion = "2"
	cursorMark    = "\x1f" // in no folded text and in no GUID
	longestCursor = 4096
)

// String is opaque, and safe in an address.
func (c cursor) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join([]string{cursorVersion, c.order, c.guid, c.key}, cursorMark)))
}

// parseCursor reads a place in this order; one in another order is as good as none.
func parseCursor(text string, o deviceOrder) (*cursor, error) {
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
	if !utf8.Valid(raw) || len(parts) != 4 || parts[0] != cursorVersion || parts[2] == "" || strings.ContainsRune(string(raw), 0) {
		return junk(fmt.Errorf("cursor of %d parts", len(parts)))
	}
	c := cursor{order: parts[1], guid: parts[2], key: parts[3]}
	if c.order != o.name() {
		return junk(fmt.Errorf("cursor of order %q in order %q", c.order, o.name()))
	}
	if o.sort == inventory.ByStored {
		if _, err := strconv.ParseInt(c.key, 10, 64); err != nil {
			return junk(err)
		}
	}
	return &c, nil
}

// startOf reads the query's cursor; nil is the first page.
func startOf(q inventory.DeviceQuery, o deviceOrder) (from *cursor, backwards bool, err error) {
	switch {
	case q.After != "" && q.Before != "":
		return nil, false, fault.New(fault.Invalid, "A page is either after or before a row.", "Start again at the first page.")
	case q.After != "":
		from, err = parseCursor(q.After, o)
	case q.Before != "":
		from, err = parseCursor(q.Before, o)
	}
	return from, q.Before != "", err
}
