package inventory

import (
	"context"
	"errors"
	"log/slog"

	"backup-portal/internal/backup"
)

// settle looks at the rows that a complete crawl did not meet: marked as missing first, removed when a reading of their
// own says 404, refreshed when it finds them after all. Devices come first, so that no row loses its organization early.
func (c *crawl) settle(ctx context.Context, orgs, users, devices met) error {
	left := confirmLimit
	for _, k := range []struct {
		kind    Kind
		seen    met
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
		if len(missing) > left {
			c.Logger.WarnContext(ctx, "more rows missing than one sync confirms", slog.String("kind", string(k.kind)), slog.Int("missing", len(missing)))
		}
		for _, id := range missing[:min(left, len(missing))] {
			left--
			err := k.confirm(ctx, id)
			if _, vendor := errors.AsType[*backup.Error](err); vendor && ctx.Err() == nil {
				// What was listed is in the mirror; what is only missing stays until the vendor answers for it.
				c.Logger.WarnContext(ctx, "missing rows not confirmed", slog.String("kind", string(k.kind)), slog.Any("error", err))
				return nil
			}
			if err != nil {
				return err
			}
			// An empty batch writes nothing but the lease, when that is due.
			if err := c.wrote(ctx, SyncBatch{}); err != nil {
				return err
			}
		}
	}
	return nil
}

// missing finds and marks the mirror's rows of a kind that were not met.
func (c *crawl) missing(ctx context.Context, kind Kind, seen met) ([]string, error) {
	const step = 1000
	var missing []string
	for after := ""; ; {
		known, err := c.Store.SyncKnown(ctx, kind, after, step)
		if err != nil {
			return nil, err
		}
		for _, id := range known {
			if _, ok := seen[id]; !ok {
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

func (c *crawl) confirmDevice(ctx context.Context, guid string) error {
	readAt := c.Now()
	d, err := c.Reader.DeviceByGUID(ctx, guid, true)
	switch {
	case backup.IsNotFound(err):
		c.gone++
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
		c.gone++
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
		c.gone++
		return c.Store.OrgGone(ctx, uid)
	}
	return err
}
