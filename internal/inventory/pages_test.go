package inventory

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pagedVendor is a list that changes between two requests.
type pagedVendor struct {
	mu     sync.Mutex
	ids    []string
	most   int                              // rows of a page, whatever is asked for; 0 is no limit
	asked  map[int]int                      // how often, by number of page; 0 is the whole list
	before func(v *pagedVendor, number int) // runs before a page is given
	total  func(v *pagedVendor) int         // nil tells the truth
}

func newPagedVendor(rows int) *pagedVendor {
	v := &pagedVendor{asked: map[int]int{}}
	for i := range rows {
		v.ids = append(v.ids, fmt.Sprint("id", i))
	}
	return v
}

func (v *pagedVendor) page(_ context.Context, number, size int) ([]string, int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.asked[number]++
	if v.before != nil {
		v.before(v, number)
	}
	if v.most > 0 {
		size = min(size, v.most)
	}
	from := min((number-1)*size, len(v.ids))
	to := min(from+size, len(v.ids))
	total := len(v.ids)
	if v.total != nil {
		total = v.total(v)
	}
	return slices.Clone(v.ids[from:to]), total, nil
}

var errIncomplete = errors.New("incomplete")

// all is a careful reading of what the vendor has now.
func (v *pagedVendor) all(context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.asked[0]++
		for _, id := range v.ids {
			if !yield(id, nil) {
				return
			}
		}
		if v.total != nil && v.total(v) > len(v.ids) {
			yield("", errIncomplete)
		}
	}
}

// read answers what was kept, each id once.
func (v *pagedVendor) read(ctx context.Context) (kept []string, seen *met, err error) {
	seen, err = listing[string]{
		id: func(id string) string { return id }, page: v.page, all: v.all,
		keep: func(rows []string) error { kept = append(kept, rows...); return nil },
	}.read(ctx)
	slices.Sort(kept)
	return slices.Compact(kept), seen, err
}

func TestListing(t *testing.T) {
	t.Parallel()
	once := func(number int, change func(v *pagedVendor)) func(*pagedVendor, int) {
		done := false
		return func(v *pagedVendor, n int) {
			if n == number && !done {
				done = true
				change(v)
			}
		}
	}
	for _, c := range []struct {
		name      string
		rows      int
		set       func(v *pagedVendor)
		pages     int  // of a pass
		first     int  // how often the first page is asked for at most: for each pass once; pages are asked for in any order
		careful   bool // whether it ends page after page
		slips     int  // rows that may slip through, to be read by themselves
		err       error
		forgotten []string // rows that were listed and are gone
	}{
		{name: "nothing", rows: 0, pages: 1, first: 1},
		{name: "one page", rows: 500, pages: 1, first: 1},
		{name: "many pages", rows: 4321, pages: 9, first: 1},
		{name: "a capped page", rows: 4321, set: func(v *pagedVendor) { v.most = 100 }, pages: 44, first: 1},
		{name: "a row that comes first", rows: 2600, set: func(v *pagedVendor) {
			v.before = once(4, func(v *pagedVendor) { v.ids = slices.Insert(v.ids, 0, "new") })
		}, pages: 6, first: 2, slips: 1},
		{name: "a row that goes", rows: 2600, set: func(v *pagedVendor) {
			v.before = once(4, func(v *pagedVendor) { v.ids = v.ids[1:] })
		}, pages: 6, first: 2, slips: 1, forgotten: []string{"id0"}},
		{name: "rows that come behind a full last page", rows: 2500, set: func(v *pagedVendor) {
			v.before = once(5, func(v *pagedVendor) { v.ids = append(v.ids, "new") })
		}, pages: 6, first: 1},
		{name: "a cap that comes later", rows: 2600, set: func(v *pagedVendor) {
			v.before = once(2, func(v *pagedVendor) { v.most = 100 })
		}, pages: 26, first: 2},
		{name: "a cap that changes with every page", rows: 2600, set: func(v *pagedVendor) {
			v.before = func(v *pagedVendor, n int) { v.most = 500 - 100*(n%3) }
		}, pages: 7, first: 2, careful: true},
		{name: "a count that is never told", rows: 1200, set: func(v *pagedVendor) {
			v.total = func(*pagedVendor) int { return unknown }
		}, pages: 1, first: 2, careful: true},
		{name: "a count that is never reached", rows: 1200, set: func(v *pagedVendor) {
			v.total = func(v *pagedVendor) int { return len(v.ids) + 4000 }
		}, pages: 11, first: 2, careful: true, err: errIncomplete},
		{name: "a count without end", rows: 1200, set: func(v *pagedVendor) {
			v.total = func(*pagedVendor) int { return 1 << 40 }
		}, pages: 1, first: 2, careful: true, err: errIncomplete},
		{name: "a first page of nothing", rows: 1200, set: func(v *pagedVendor) {
			v.before = func(v *pagedVendor, _ int) { v.ids = nil }
			v.total = func(*pagedVendor) int { return 1200 }
		}, pages: 1, first: 2, careful: true, err: errIncomplete},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := newPagedVendor(c.rows)
			if c.set != nil {
				c.set(v)
			}
			kept, seen, err := v.read(t.Context())
			if !errors.Is(err, c.err) {
				t.Fatalf("%v, want %v", err, c.err)
			}
			if len(v.asked) > c.pages+1 || v.asked[1] > c.first || (v.asked[0] > 0) != c.careful {
				t.Errorf("%d pages, the first %d times, careful %t; want at most %d, at most %d, %t",
					len(v.asked), v.asked[1], v.asked[0] > 0, c.pages, c.first, c.careful)
			}
			if c.err != nil {
				return
			}
			missed := 0
			for _, id := range v.ids {
				if !seen.has(id) {
					missed++
				}
			}
			if missed > c.slips {
				t.Errorf("%d rows of %d were not met", missed, len(v.ids))
			}
			want := slices.Sorted(slices.Values(append(slices.DeleteFunc(slices.Clone(v.ids), func(id string) bool { return !seen.has(id) }), c.forgotten...)))
			if diff := cmp.Diff(want, kept); diff != "" {
				t.Errorf("kept (-want +got):\n%s", diff)
			}
		})
	}
}

// TestListingReadsSeveralPagesAtOnce holds every page until as many are asked for as may be.
func TestListingReadsSeveralPagesAtOnce(t *testing.T) {
	t.Parallel()
	v := newPagedVendor(5001) // the first page, and ten more
	var mu sync.Mutex
	asked, together := 0, make(chan struct{})
	held := func(ctx context.Context, number, size int) ([]string, int, error) {
		if number > 1 {
			mu.Lock()
			if asked++; asked == crawlers {
				close(together)
			}
			mu.Unlock()
			select {
			case <-together:
			case <-ctx.Done():
				return nil, 0, ctx.Err()
			}
		}
		return v.page(ctx, number, size)
	}
	rows, keeping := 0, false
	seen, err := listing[string]{
		id: func(id string) string { return id }, page: held, all: v.all,
		keep: func(page []string) error {
			if keeping {
				t.Error("two pages are kept at once")
			}
			keeping = true
			rows += len(page)
			keeping = false
			return nil
		},
	}.read(t.Context())
	if err != nil || rows != 5001 || !seen.has("id5000") || seen.has("id5001") {
		t.Errorf("%d rows, %v", rows, err)
	}
}

// TestListingEndsWithTheFirstError asks for few pages more once one failed, or could not be kept.
func TestListingEndsWithTheFirstError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, at := range []string{"page", "keep"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			v := newPagedVendor(500 * 1000)
			_, err := listing[string]{
				id: func(id string) string { return id },
				page: func(ctx context.Context, number, size int) ([]string, int, error) {
					if number == 3 && at == "page" {
						return nil, 0, broken
					}
					if number > 3 && at == "page" {
						<-ctx.Done() // else many are read before the one that fails
						return nil, 0, ctx.Err()
					}
					return v.page(ctx, number, size)
				},
				all: v.all,
				keep: func(rows []string) error {
					if at == "keep" && rows[0] != "id0" {
						return broken
					}
					return nil
				},
			}.read(t.Context())
			if !errors.Is(err, broken) || v.asked[0] > 0 || len(v.asked) > 3*crawlers {
				t.Errorf("%v after %d pages", err, len(v.asked))
			}
		})
	}
}
