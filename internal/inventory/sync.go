package inventory

import (
	"context"
	"log/slog"
	"time"

	"backup-portal/internal/fault"
)

const (
	// leaseTime is how long a sync that fell silent keeps others out; every batch renews it.
	leaseTime = time.Minute
	// endTime is what a sync that was cancelled still takes to note how it ended.
	endTime = 5 * time.Second
)

// Sync reads everything from the vendor once and brings the mirror up to date. What the vendor no longer lists is removed
// only when a reading of its own says 404. A failed sync keeps what was there and notes a sentence that is safe to show.
// A fault.Conflict says that another sync is running.
func (s *Service) Sync(ctx context.Context) error {
	generation, err := s.Store.SyncStarted(ctx, leaseTime)
	if err != nil {
		return err
	}
	start := s.Now()
	c := &crawl{Service: s, generation: generation, start: start, usernames: map[string]string{}}
	err = c.run(ctx)

	// Noted even when ctx is over: nobody should wait for the lease of a sync that has ended.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	if err == nil {
		err = s.Store.SyncCompleted(end, generation, s.Now().Add(s.Period))
	}
	if err != nil {
		return s.failed(end, ctx.Err(), generation, err, s.Now().Add(min(s.Period, retryAfter)))
	}
	s.Logger.InfoContext(ctx, "mirror synced", slog.Int("changed", c.changed), slog.Int64("gone", c.gone.Load()), slog.Duration("took", s.Now().Sub(start)))
	return nil
}

func (s *Service) failed(ctx context.Context, interrupted error, generation int64, err error, next time.Time) *fault.Fault {
	f := upstream(err)
	if interrupted != nil {
		f = fault.Wrap(fault.Internal, err, "The refresh was interrupted.", "It starts again with the portal.")
	}
	s.Logger.ErrorContext(ctx, "mirror not synced", slog.Any("error", err))
	if noted := s.Store.SyncFailed(ctx, generation, f.Message, next); noted != nil {
		s.Logger.ErrorContext(ctx, "failed sync not noted", slog.Any("error", noted))
	}
	return f
}
