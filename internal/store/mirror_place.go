package store

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"backup-portal/internal/fault"
)

// place is where a row stands in a list that is ordered by folded name and then id. Its text in an address carries the
// place itself and looks nothing up: one that someone made up tells nothing of rows outside their scope.
type place struct{ sortKey, id string }

const (
	placeVersion = "1"
	placeMark    = "\x1f" // in no folded text and in no id
	longestPlace = 4096
)

// String is opaque, and safe in an address.
func (p place) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join([]string{placeVersion, p.id, p.sortKey}, placeMark)))
}

func parsePlace(text string) (*place, error) {
	junk := func(cause error) (*place, error) {
		return nil, fault.Wrap(fault.Invalid, cause, "This page of the list cannot be found.", "Start again at the first page.")
	}
	if len(text) > longestPlace {
		return junk(fmt.Errorf("place of %d bytes", len(text)))
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return junk(err)
	}
	parts := strings.Split(string(raw), placeMark)
	if !utf8.Valid(raw) || len(parts) != 3 || parts[0] != placeVersion || parts[1] == "" || strings.ContainsRune(string(raw), 0) {
		return junk(fmt.Errorf("place of %d parts", len(parts)))
	}
	return &place{id: parts[1], sortKey: parts[2]}, nil
}

// placeOf reads the cursors of a query; nil is the first page.
func placeOf(after, before string) (from *place, backwards bool, err error) {
	switch {
	case after != "" && before != "":
		return nil, false, fault.New(fault.Invalid, "A page is either after or before a row.", "Start again at the first page.")
	case after != "":
		from, err = parsePlace(after)
	case before != "":
		from, err = parsePlace(before)
	}
	return from, before != "", err
}

// walk orders a query over rows called alias by place, from one place on.
func walk(q *bun.SelectQuery, alias string, from *place, backwards bool) *bun.SelectQuery {
	compare, order := ">", "ASC"
	if backwards {
		compare, order = "<", "DESC"
	}
	if from != nil {
		q = q.Where("(?0.sort_key, ?0.uid) ?1 (?2, ?3)", bun.Ident(alias), bun.Safe(compare), from.sortKey, from.id)
	}
	return q.OrderExpr("?0.sort_key ?1, ?0.uid ?1", bun.Ident(alias), bun.Safe(order))
}

// turned cuts the row that only told that there are more, and gives rows that were read backwards their order.
func turned[T any](rows []T, limit int, backwards bool) (_ []T, more bool) {
	more = len(rows) > limit
	rows = rows[:min(len(rows), limit)]
	if backwards {
		slices.Reverse(rows)
	}
	return rows, more
}
