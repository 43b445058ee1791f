package store

import (
	"context"
	"iter"
	"slices"

	"github.com/uptrace/bun"
)

const (
	// shortGap is how many stretches in a row are walked all the same: a query more costs as much.
	shortGap = 2
	// mostSpans is into how many spans a walk is taken apart.
	mostSpans = 16
)

// span is a part of the order of names: sort keys from one to before another; "" is the end.
type span struct{ from, until string }

func (sp span) holds(key string) bool { return key >= sp.from && (sp.until == "" || key < sp.until) }

// within is the condition that a device stands in a span.
func (sp span) within() condition {
	switch {
	case sp.from != "" && sp.until != "":
		return bun.SafeQuery("d.sort_key >= ? AND d.sort_key < ?", sp.from, sp.until)
	case sp.from != "":
		return bun.SafeQuery("d.sort_key >= ?", sp.from)
	case sp.until != "":
		return bun.SafeQuery("d.sort_key < ?", sp.until)
	default:
		return bun.SafeQuery("TRUE")
	}
}

// spansOf answers where in the order of names a text may stand, in ascending order, as of the transaction's snapshot;
// nil is everywhere.
func (s *Store) spansOf(ctx context.Context, tx bun.Tx, needle string) ([]span, error) {
	asked := groupsOf(needle)
	if len(asked) == 0 {
		return nil, nil
	}
	list, err := readStretches(ctx, tx)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	s.names.mu.Lock()
	defer s.names.mu.Unlock()
	for gap := shortGap; ; gap *= 2 {
		spans := s.names.spans(list, asked, gap)
		switch {
		case len(spans) == 1 && spans[0] == span{}:
			return nil, nil
		case len(spans) <= mostSpans:
			return spans, nil
		}
	}
}

// spans joins the stretches that may hold all groups, and up to so many others between two of them.
func (m *nameMap) spans(list []stretch, asked []uint32, gap int) []span {
	spans := []span{}
	left := gap + 1 // stretches left out since the last that was not
	for i, st := range list {
		if known, ok := m.known[st.ID]; ok && known.version == st.Version && !known.set.holdsAll(asked) {
			left++
			continue
		}
		until := ""
		if i+1 < len(list) {
			until = list[i+1].Starts
		}
		if left <= gap {
			spans[len(spans)-1].until = until
		} else {
			spans = append(spans, span{from: st.Starts, until: until})
		}
		left = 0
	}
	return spans
}

// along answers the spans that a walk comes through from a place on, in its order.
func along(spans []span, order deviceOrder, from *cursor) iter.Seq[span] {
	return func(yield func(span) bool) {
		for i := range spans {
			sp := spans[i]
			if order.descending {
				sp = spans[len(spans)-1-i]
			}
			switch {
			case from == nil:
			case order.descending && sp.from > from.key, !order.descending && sp.until != "" && sp.until <= from.key:
				continue
			}
			if !yield(sp) {
				return
			}
		}
	}
}

// reaches tells whether a walk along the order of names comes by a sort key.
func (sel selection) reaches(key string) bool {
	if sel.spans == nil {
		return true
	}
	behind, _ := slices.BinarySearchFunc(sel.spans, key, func(sp span, key string) int {
		if sp.from <= key {
			return -1
		}
		return 1
	})
	return behind > 0 && sel.spans[behind-1].holds(key)
}

// walkSpans walks the order of names from span to span.
func (s *Store) walkSpans(ctx context.Context, tx bun.Tx, sel selection, rows float64, order deviceOrder, from *cursor, limit int) ([]int64, error) {
	var ids []int64
	for sp := range along(sel.spans, order, from) {
		q := s.from(tx, sel, planWalk, order, rows).ColumnExpr("d.id")
		if from != nil && sp.holds(from.key) {
			// The place is the end that the walk begins at; one condition for it leaves the database no choice.
			q = q.Where("?", order.behind(*from))
			if order.descending {
				sp.until = ""
			} else {
				sp.from = ""
			}
		}
		var found []int64
		if err := order.apply(q.Where("?", sp.within())).Limit(int64(limit-len(ids))).Scan(ctx, &found); err != nil {
			return nil, err
		}
		if ids = append(ids, found...); len(ids) >= limit {
			break
		}
	}
	return ids, nil
}
