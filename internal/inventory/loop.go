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

// Run syncs at the start, then on the period and whenever SyncNow asks, until ctx is over.
func (s *Service) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
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
		}
		timer.Reset(wait)
	}
}
