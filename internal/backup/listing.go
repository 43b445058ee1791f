package backup

import (
	"errors"
	"fmt"
	"iter"
	"net/http"
)

// listAll walks the pages of a listing and yields each row once.
//
// The vendor may grant fewer rows than asked, so a short page never ends the walk: it ends when its rows reach the
// count that came with the page, or at an empty page, or at a page without any new row (a server that repeats itself).
// When the first page is short the walk goes on with the size granted, so that page numbers mean the same on both sides.
//
// A listing longer than mostRows is given up: a server that invents rows must fill neither memory nor disk.
func listAll[T any](op string, size int, key func(T) string, page func(number, size int) ([]T, int, error)) iter.Seq2[T, error] {
	return listUpTo(mostRows, op, size, key, page)
}

// mostRows is twice the largest fleet that the portal is made for.
const mostRows = 2_000_000

func listUpTo[T any](most int, op string, size int, key func(T) string, page func(number, size int) ([]T, int, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		size := size // a walk shrinks it; the next walk of the same sequence starts afresh
		if size <= 0 {
			size = defaultPageSize
		}
		seen := make(map[string]struct{})
		for number := 1; ; number++ {
			rows, total, err := page(number, size)
			if err != nil {
				yield(zero, err)
				return
			}
			before := len(seen)
			for _, row := range rows {
				k := key(row)
				if _, again := seen[k]; again {
					continue
				}
				if len(seen) == most {
					yield(zero, &Error{Status: http.StatusOK, Op: op, Meaning: Unparseable, Sent: true, Attempts: 1, Cause: fmt.Errorf("the listing has more than %d rows", most)})
					return
				}
				seen[k] = struct{}{}
				if !yield(row, nil) {
					return
				}
			}
			switch {
			case total >= 0 && len(seen) >= total, total < 0 && len(rows) == 0:
				return
			case len(seen) == before:
				if total >= 0 || len(rows) >= size {
					yield(zero, &Error{Status: http.StatusOK, Op: op, Meaning: Incomplete, Sent: true, Attempts: 1, Cause: errors.New("the listing ended before its own count")})
				}
				return
			case number == 1 && len(rows) < size:
				size = len(rows)
			}
		}
	}
}

func convert[W, T any](rows []W, f func(W) T) []T {
	out := make([]T, len(rows))
	for i, row := range rows {
		out[i] = f(row)
	}
	return out
}
