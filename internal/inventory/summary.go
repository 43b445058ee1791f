package inventory

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// keptDevices is from how many devices on a summary is kept; counting fewer anew takes no longer than drawing them.
	keptDevices = 50_000
	// keptFresh is how old a kept summary is answered as it is. After that the next is counted behind the answer, up to
	// keptLong: older ones are waited for.
	keptFresh = time.Minute
	keptLong  = 10 * time.Minute
	// keptScopes bounds how many summaries are kept.
	keptScopes = 64
	// facetPatience is how long counts beside a list wait for a summary: they are drawn after the rows.
	facetPatience = 2 * time.Second
	// countTime ends a count whose asker has left.
	countTime = 2 * time.Minute
)

// summaries keeps what large scopes sum up to, and counts each scope once at a time however many ask.
type summaries struct {
	mu       sync.Mutex
	kept     map[string]DeviceSummary
	counting map[string]*summing
}

// summing is a count under way.
type summing struct {
	done    chan struct{}
	summary DeviceSummary // when done
	err     error
}

// Summary sums up the devices of a scope; CountedAt says when. When ctx ends first, the count goes on for who asks next.
func (s *Service) Summary(ctx context.Context, scope Scope) (DeviceSummary, error) {
	kept, found := s.keptSummary(scope)
	age := s.Now().Sub(kept.CountedAt)
	if found && age < keptFresh {
		return kept, nil
	}
	count := s.sumUp(ctx, scope)
	if found && age < keptLong {
		return kept, nil
	}
	select {
	case <-count.done:
		return count.summary, count.err
	case <-ctx.Done():
		return DeviceSummary{}, ctx.Err()
	}
}

// Facets counts the values beside the list of devices that a query answers. Where more match than are counted one by one,
// and the summary of a scope tells it as well, that is waited for as long as the store may take.
func (s *Service) Facets(ctx context.Context, q DeviceQuery) (Facets, error) {
	now := s.Now()
	scope, ok, err := s.summedUp(ctx, q, now)
	if err != nil {
		return Facets{}, err
	}
	if ok {
		if kept, found := s.keptSummary(scope); found && now.Sub(kept.CountedAt) < keptLong {
			if now.Sub(kept.CountedAt) >= keptFresh {
				s.sumUp(ctx, scope)
			}
			return FacetsOf(q, agedCells(kept.Cells, q, now), true), nil
		}
	}
	facets, err := s.Store.Facets(ctx, q, now)
	if err != nil || !ok || facets.Known {
		return facets, err
	}
	count := s.sumUp(ctx, scope)
	waiting, cancel := context.WithTimeout(ctx, facetPatience)
	defer cancel()
	select {
	case <-count.done:
		if count.err == nil {
			facets = FacetsOf(q, agedCells(count.summary.Cells, q, now), true)
		}
	case <-waiting.Done(): // the count goes on for who asks next
	}
	return facets, nil
}

// summedUp answers the scope whose summary tells the facets of a query; false when other filters are set than those that
// facets stand for, or an age that none of them is.
func (s *Service) summedUp(ctx context.Context, q DeviceQuery, now time.Time) (Scope, bool, error) {
	if SearchNeedle(q.Text) != "" || q.UserUID != "" || q.OnHold != nil || q.KeepNewest > 0 ||
		q.Connected != (TimeRange{}) || q.Created != (TimeRange{}) {
		return Scope{}, false, nil
	}
	if _, known := q.Completed.ages(now); !known {
		return Scope{}, false, nil
	}
	if q.OrgUID == "" {
		return q.Scope, true, nil
	}
	// Through the tree and not through Org: an organization outside the scope is no fault here, it has no devices.
	orgs, err := s.Store.OrgPaths(ctx, []string{q.OrgUID})
	if err != nil {
		return Scope{}, false, err
	}
	path := orgs[q.OrgUID].Path
	return Scope{Paths: []string{path}}, q.Scope.Contains(path), nil
}

func (s *Service) keptSummary(scope Scope) (DeviceSummary, bool) {
	s.summaries.mu.Lock()
	defer s.summaries.mu.Unlock()
	kept, found := s.summaries.kept[keyOf(scope)]
	return kept, found
}

// keyOf is the same for scopes that see the same.
func keyOf(scope Scope) string { return strings.Join(scope.Roots(), "\n") }

// sumUp counts a scope, or joins the count that is under way.
func (s *Service) sumUp(ctx context.Context, scope Scope) *summing {
	key := keyOf(scope)
	s.summaries.mu.Lock()
	defer s.summaries.mu.Unlock()
	if count, found := s.summaries.counting[key]; found {
		return count
	}
	count := &summing{done: make(chan struct{})}
	s.summaries.counting[key] = count
	go func() {
		counting, cancel := context.WithTimeout(context.WithoutCancel(ctx), countTime)
		defer cancel()
		count.summary, count.err = s.Store.DeviceSummary(counting, scope, s.Now())
		if count.err != nil {
			s.Logger.WarnContext(counting, "devices not summed up", slog.Any("error", count.err))
		}
		s.summaries.keep(key, count)
		close(count.done)
	}()
	return count
}

// keep ends a count; the result stays when it is large. The oldest of too many goes.
func (k *summaries) keep(key string, count *summing) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.counting, key)
	if count.err != nil {
		return
	}
	delete(k.kept, key)
	if count.summary.Total <= keptDevices {
		return
	}
	if len(k.kept) >= keptScopes {
		oldest := slices.MinFunc(slices.Collect(maps.Keys(k.kept)), func(a, b string) int {
			return k.kept[a].CountedAt.Compare(k.kept[b].CountedAt)
		})
		delete(k.kept, oldest)
	}
	k.kept[key] = count.summary
}

// resummarize counts again what is kept, and the whole fleet, one after the other: after a sync much has changed.
func (s *Service) resummarize(ctx context.Context) {
	s.summaries.mu.Lock()
	keys := slices.Sorted(maps.Keys(s.summaries.kept))
	s.summaries.mu.Unlock()
	roots, err := s.Store.Orgs(ctx, Everything(), 1) // the first root: of most tenants the only one
	if err != nil {
		return
	}
	for _, o := range roots {
		if !slices.Contains(keys, o.Path) {
			keys = append(keys, o.Path)
		}
	}
	for _, key := range keys {
		select {
		case <-s.sumUp(ctx, Scope{Paths: strings.Split(key, "\n")}).done:
		case <-ctx.Done():
			return
		}
	}
}
