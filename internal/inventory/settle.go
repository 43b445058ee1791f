package inventory

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"backup-portal/internal/backup"
)

// confirmTime bounds how long one sync reads live what is missing; the rest waits for the next. It is enough for the
// devices of a large organization that was removed, and leaves a vendor that lost its list in peace most of the time.
const confirmTime = 5 * time.Minute

// settle looks at the rows that a complete crawl did not meet: marked as missing first, removed when a reading of their
// own says 404, refreshed when it finds them after all. Devices come first, so that no row loses its organization early.
func (c *crawl) settle(ctx context.Context, orgs, users, devices *met) error {
	until := c.Now().Add(confirmTime)
	for _, k := range []struct {
		kind    Kind
		seen    *met
		confirm func(context.Context, string) error
	}{
		{KindDevice, devices, c.confirmDevice},
		{KindUser, users, c.confirmUser},
		{KindOrg, orgs, c.confirmOrg},
	} {
		missing, err := c.missing(ctx, k.kind, k.seen)
		if err != nil {
			return err
		}
		err = c.confirmAll(ctx, missing, until, k.confirm)
		if _, vendor := errors.AsType[*backup.Error](err); vendor && ctx.Err() == nil {
			// What was listed is in the mirror; what is only missing stays until the vendor answers for it.
			c.Logger.WarnContext(ctx, "missing rows not confirmed", slog.String("kind", string(k.kind)), slog.Any("error", err))
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// missing finds and marks the mirror's rows of a kind that were not met.
func (c *crawl) missing(ctx context.Context, kind Kind, seen *met) ([]string, error) {
	const step = 1000
	var missing []string
	for after := ""; ; {
		known, err := c.Store.SyncKnown(ctx, kind, after, step)
		if err != nil {
			return nil, err
		}
		for _, id := range known {
			if !seen.has(id) {
				missing = append(missing, id)
			}
		}
		if len(known) < step {
			break
		}
		after = known[len(known)-1]
	}
	return missing, c.Store.SyncMissing(ctx, c.generation, kind, missing)
}

// confirmAll reads rows live, several at a time, until the time is over or a reading fails.
func (c *crawl) confirmAll(ctx context.Context, ids []string, until time.Time, confirm func(context.Context, string) error) error {
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(crawlers)
	for i, id := range ids {
		if groupCtx.Err() != nil {
			break
		}
		if c.Now().After(until) {
			c.Logger.WarnContext(ctx, "more rows missing than one sync confirms", slog.Int("left", len(ids)-i))
			break
		}
		// An empty batch writes nothing but the lease, when that is due.
		if err := c.wrote(ctx, SyncBatch{}); err != nil {
			return errors.Join(err, group.Wait())
		}
		group.Go(func() error { return confirm(groupCtx, id) })
	}
	return group.Wait()
}

func (c *crawl) confirmDevice(ctx context.Context, guid string) error {
	readAt := c.Now()
	d, err := c.Reader.DeviceByGUID(ctx, guid, true)
	switch {
	case backup.IsNotFound(err):
		c.gone.Add(1)
		return c.Store.DeviceGone(ctx, guid)
	case err != nil:
		return err
	}
	return c.Store.DeviceSeen(ctx, deviceRow(d, c.usernames[d.UserUID], readAt))
}

func (c *crawl) confirmUser(ctx context.Context, uid string) error {
	u, err := c.Reader.UserByUID(ctx, uid, false)
	switch {
	case backup.IsNotFound(err):
		c.gone.Add(1)
		return c.Store.UserGone(ctx, uid)
	case err != nil:
		return err
	}
	return c.Store.UserSeen(ctx, userRow(u))
}

// confirmOrg leaves an organization that exists but was not listed as it stands, missing: its place in the tree is not
// known without the list.
func (c *crawl) confirmOrg(ctx context.Context, uid string) error {
	_, err := c.Reader.OrgByUID(ctx, uid)
	if backup.IsNotFound(err) {
		c.gone.Add(1)
		return c.Store.OrgGone(ctx, uid)
	}
	return err
}
