package inventory

import (
	"context"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"backup-portal/internal/backup"
)

const (
	// placeAge is how long the vendor's word on an organization's parent counts as now, so that many devices of one
	// organization that are read together ask once.
	placeAge = time.Second
	// placesKept bounds the memory; placeRounds how often a place is looked at again because it was moved meanwhile.
	placesKept, placeRounds = 10_000, 3
)

// places remembers when the vendor last confirmed where an organization hangs.
type places struct {
	mu        sync.Mutex
	confirmed map[string]time.Time
}

func (p *places) fresh(uid string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, ok := p.confirmed[uid]
	return ok && now.Sub(at).Abs() < placeAge
}

func (p *places) confirm(uid string, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.confirmed == nil || len(p.confirmed) >= placesKept {
		p.confirmed = map[string]time.Time{}
	}
	p.confirmed[uid] = at
}

// placeNow answers where a path of the mirror is now: the organizations on it are read from the vendor, all at once, but for
// the top one, which has nothing above it that the portal knows, and for read, which the caller has just read. One that was
// moved around the portal takes everything below it along, here and in the mirror.
//
// An organization that the portal's account may not read, or that the vendor's list would have to be searched for, stays
// where the mirror has it. "" is a place that the mirror does not know yet; the sync that was asked for finds it.
func (s *Service) placeNow(ctx context.Context, path, read string) (string, error) {
	for range placeRounds {
		now, err := s.oncePlaced(ctx, path, read)
		if err != nil || now == path || now == "" {
			return now, err
		}
		path = now // its new ancestors may have been moved too
	}
	s.SyncNow()
	return "", nil
}

func (s *Service) oncePlaced(ctx context.Context, path, read string) (string, error) {
	uids := AncestorUIDs(path)
	if len(uids) < 2 {
		return path, nil
	}
	known, err := s.Store.OrgPaths(ctx, uids[1:])
	if err != nil {
		return "", err
	}
	live := make([]backup.Org, len(uids))
	group, reading := errgroup.WithContext(ctx)
	for i, uid := range uids[1:] {
		readAt := s.Now()
		if _, met := known[uid]; !met || uid == read || s.places.fresh(uid, readAt) {
			continue
		}
		group.Go(func() error {
			org, ok, err := s.Reader.OrgAgain(reading, uid)
			switch {
			case backup.IsNotFound(err) || backup.MeaningOf(err) == backup.Forbidden:
				return nil
			case err != nil || !ok:
				return err
			}
			live[i+1] = org
			if org.ParentUID == known[uid].ParentUID {
				s.places.confirm(uid, readAt)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return "", err
	}
	for i := range live { // from the top down: the first that was moved takes the others along
		org := live[i]
		row := known[org.UID]
		if org.UID == "" || org.ParentUID == row.ParentUID {
			continue
		}
		place, err := s.placeOf(ctx, org, row)
		if err != nil {
			return "", err
		}
		if place == "" || !strings.HasPrefix(path, row.Path) { // no place yet, or somebody else's reading was faster
			s.SyncNow()
			return "", nil
		}
		s.keep(ctx, "organization moved", s.Store.OrgMoved(ctx, orgRow(org, place)))
		return place + strings.TrimPrefix(path, row.Path), nil
	}
	return path, nil
}
