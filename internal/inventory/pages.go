package inventory

import (
	"context"
	"errors"
	"hash/maphash"
	"iter"
	"sync"

	"golang.org/x/sync/errgroup"
)

const (
	// pageRows is how many rows one request asks for: the vendor's own most. They are compared and written together.
	pageRows = 500
	// crawlers is how many requests of a sync are under way at once; the client holds back what is beyond its own limit.
	crawlers = 4
	// passes is how often a listing is read several pages at a time before it is read page after page.
	passes = 2
	// mostRows is twice the largest fleet that the portal is made for.
	mostRows = 2_000_000
)

// met holds the ids that a listing gave, as hashes under a seed of its own: a million of them weigh little. Should two ids
// share a hash, what is gone is noticed by the next sync, under another seed.
type met struct {
	seed   maphash.Seed
	hashes map[uint64]struct{}
}

func newMet() *met { return &met{seed: maphash.MakeSeed(), hashes: map[uint64]struct{}{}} }

// add tells whether the id is new.
func (m *met) add(id string) bool {
	before := len(m.hashes)
	m.hashes[maphash.String(m.seed, id)] = struct{}{}
	return len(m.hashes) > before
}

func (m *met) has(id string) bool {
	_, ok := m.hashes[maphash.String(m.seed, id)]
	return ok
}

// listing is one of the vendor's lists.
type listing[T any] struct {
	id   func(T) string
	page func(ctx context.Context, number, size int) ([]T, int, error)
	all  func(ctx context.Context) iter.Seq2[T, error] // the same list, read page after page
	keep func(rows []T) error                          // takes rows of one page at a time, each with an id
}

// errShifted says that a pass met fewer rows than the vendor counts.
var errShifted = errors.New("pages shifted while they were read")

// read hands every row on and answers the ids that it met. What changes while a list is read shifts its pages, and a row
// can slip from a page that is yet to come into one that has been: a pass that met fewer rows than the vendor counted is
// followed by another from the first page, and in the end by one that goes page after page.
func (l listing[T]) read(ctx context.Context) (*met, error) {
	for range passes {
		p := &pass[T]{listing: l, seen: newMet()}
		if err := p.run(ctx); !errors.Is(err, errShifted) {
			return p.seen, err
		}
	}
	p := &pass[T]{listing: l, seen: newMet()}
	rows := make([]T, 0, pageRows)
	for row, err := range l.all(ctx) {
		if err != nil {
			return nil, err
		}
		if rows = append(rows, row); len(rows) == pageRows {
			if err := p.take(rows, unknown); err != nil {
				return nil, err
			}
			rows = rows[:0]
		}
	}
	return p.seen, p.take(rows, unknown)
}

// pass is one reading of a list, several pages at a time.
type pass[T any] struct {
	listing[T]

	mu           sync.Mutex // held while rows are kept: readers wait, so that no more than a few pages are in memory
	seen         *met
	fewest, most int  // rows that the vendor counted while the pass ran
	ended        bool // a page brought nothing new
}

// run reads the first page, which tells how many rows the vendor grants, however many were asked for, and then all others:
// page numbers mean the same on both sides. Rows that came while it ran may be missed, so the pass is complete when it met
// as many as the vendor counted at any time.
func (p *pass[T]) run(ctx context.Context) error {
	rows, total, err := p.page(ctx, 1, pageRows)
	if err != nil {
		return err
	}
	size := pageRows
	if len(rows) < min(size, total) {
		size = len(rows)
	}
	if total == unknown || total > mostRows || size == 0 {
		return errShifted
	}
	p.fewest, p.most = total, total
	if err := p.take(rows, total); err != nil {
		return err
	}
	for from := 2; ; {
		to, ended := p.pages(size)
		if ended || from > to {
			break
		}
		group, groupCtx := errgroup.WithContext(ctx)
		group.SetLimit(crawlers)
		for number := from; number <= to && groupCtx.Err() == nil; number++ {
			if _, ended := p.pages(size); ended {
				break
			}
			group.Go(func() error {
				rows, total, err := p.page(groupCtx, number, size)
				if err != nil {
					return err
				}
				return p.take(rows, total)
			})
		}
		from = to + 1
		if err := group.Wait(); err != nil {
			return err
		}
	}
	if len(p.seen.hashes) < p.fewest {
		return errShifted
	}
	return ctx.Err()
}

// pages is how many there are, as far as is known.
func (p *pass[T]) pages(size int) (n int, ended bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return (p.most + size - 1) / size, p.ended || p.most > mostRows
}

// unknown stands for a count that the vendor did not tell.
const unknown = -1

// take keeps the rows of a page that were not met before.
func (p *pass[T]) take(rows []T, total int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if total != unknown {
		p.fewest, p.most = min(p.fewest, total), max(p.most, total)
	}
	before := len(p.seen.hashes)
	fresh := make([]T, 0, len(rows))
	for _, row := range rows {
		if id := p.id(row); p.seen.add(id) && id != "" {
			fresh = append(fresh, row)
		}
	}
	p.ended = p.ended || len(p.seen.hashes) == before
	if len(fresh) == 0 {
		return nil
	}
	return p.keep(fresh)
}
