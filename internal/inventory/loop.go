package inventory

import (
	"context"
	"log/slog"
	"time"

	"backup-portal/internal/fault"
)

// retryAfter is how soon a failed sync is tried again.
const retryAfter = time.Minute

// SyncNow asks Run for a sync as soon as none is running; any number of requests before it starts ask for one.
func (s *Service) SyncNow() {
	select {
	case s.wanted <- struct{}{}:
	default:
	}
}

// Run syncs at the start, then on the period and whenever SyncNow asks, until ctx is over. Several portals share the
// period: what one has synced, the others need not.
func (s *Service) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for started := false; ; started = true {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			if !started {
				break
			}
			if wait := s.notDue(ctx); wait > 0 {
				timer.Reset(wait)
				continue
			}
		case <-s.wanted:
		}
		wait := s.Period
		switch err := s.Sync(ctx); {
		case fault.Is(err, fault.Conflict):
			// Another process syncs, or one was killed while it did: look again when its lease can be over.
			s.Logger.InfoContext(ctx, "sync left to another", slog.Any("error", err))
			wait = min(wait, leaseTime)
		case err != nil:
			// Before the first sync nobody holds a role, and a vendor that was away for a moment is back soon.
			wait = min(wait, retryAfter)
		default:
			s.resummarize(ctx)
		}
		timer.Reset(wait)
	}
}

// notDue is how long the next sync can wait, because another portal has synced since this one did.
func (s *Service) notDue(ctx context.Context) time.Duration {
	fresh, err := s.Store.Freshness(ctx)
	if err != nil || fresh.Running {
		return 0
	}
	wait := fresh.NextAt.Sub(s.Now())
	if wait > 0 {
		s.Logger.DebugContext(ctx, "sync not due: another portal has synced", slog.Duration("wait", wait))
	}
	return min(wait, s.Period)
}
