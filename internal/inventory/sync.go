package inventory

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"backup-portal/internal/backup"
	"backup-portal/internal/fault"
)

const (
	// leaseTime is how long a sync that fell silent keeps others out; every batch renews it.
	leaseTime = time.Minute
	// batchRows is how many rows are compared and written together.
	batchRows = 100
	// confirmLimit bounds the live readings of one sync that confirm what is gone; the rest waits for the next.
	confirmLimit = 500
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
	s.Logger.InfoContext(ctx, "mirror synced", slog.Int("changed", c.changed), slog.Int("gone", c.gone), slog.Duration("took", s.Now().Sub(start)))
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

// crawl is one run through everything the vendor lists.
type crawl struct {
	*Service
	generation int64
	// start stands as the time of every row read: whatever was read live since is at least as new and wins.
	start         time.Time
	usernames     map[string]string // by userUid, for the rows of devices
	changed, gone int
}

func (c *crawl) run(ctx context.Context) error {
	orgs, err := c.orgs(ctx)
	if err != nil {
		return fmt.Errorf("organizations: %w", err)
	}
	users, err := c.users(ctx)
	if err != nil {
		return fmt.Errorf("users: %w", err)
	}
	devices, err := c.devices(ctx)
	if err != nil {
		return fmt.Errorf("devices: %w", err)
	}
	return c.settle(ctx, orgs, users, devices)
}

// met holds the ids that a complete listing gave.
type met map[string]struct{}

// orgs are read whole before the first is written: only the whole list gives each its path.
func (c *crawl) orgs(ctx context.Context) (met, error) {
	var list []backup.Org
	err := c.complete(func() error {
		list = list[:0]
		for o, err := range c.Reader.Orgs(ctx, backup.OrgQuery{}) {
			if err != nil {
				return err
			}
			list = append(list, o)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	seen := met{}
	rows := func(yield func(Org, error) bool) {
		for _, o := range orgTree(list) {
			if !yield(o, nil) {
				return
			}
		}
	}
	return seen, write(rows, func(batch []Org) error {
		for _, o := range batch {
			seen[o.UID] = struct{}{}
		}
		return c.wrote(ctx, SyncBatch{Orgs: batch})
	})
}

func (c *crawl) users(ctx context.Context) (met, error) {
	seen := met{}
	return seen, c.complete(func() error {
		return write(c.Reader.Users(ctx, backup.UserQuery{}), func(batch []backup.User) error {
			rows := make([]User, 0, len(batch))
			for _, u := range batch {
				row := userRow(u)
				seen[row.UID] = struct{}{}
				c.usernames[row.UID] = row.Username
				rows = append(rows, row)
			}
			return c.wrote(ctx, SyncBatch{Users: rows})
		})
	})
}

func (c *crawl) devices(ctx context.Context) (met, error) {
	seen := met{}
	return seen, c.complete(func() error {
		return write(c.Reader.Devices(ctx, backup.DeviceQuery{WithBackups: true}), func(batch []backup.Device) error {
			rows := make([]Device, 0, len(batch))
			for _, d := range batch {
				seen[d.GUID] = struct{}{}
				rows = append(rows, deviceRow(d, c.usernames[d.UserUID], c.start))
			}
			return c.wrote(ctx, SyncBatch{Devices: rows})
		})
	})
}

// complete repeats a listing once that did not reach the vendor's own count: what changes while it is read shifts pages.
func (c *crawl) complete(list func() error) error {
	err := list()
	if backup.MeaningOf(err) == backup.Incomplete {
		err = list()
	}
	return err
}

// write hands rows on in batches as they come, before the next page is asked for.
func write[T any](rows iter.Seq2[T, error], keep func([]T) error) error {
	batch := make([]T, 0, batchRows)
	for row, err := range rows {
		if err != nil {
			return err
		}
		if batch = append(batch, row); len(batch) == batchRows {
			if err := keep(batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	if len(batch) == 0 {
		return nil
	}
	return keep(batch)
}

func (c *crawl) wrote(ctx context.Context, b SyncBatch) error {
	n, err := c.Store.SyncWrote(ctx, c.generation, b)
	c.changed += n
	return err
}
