package inventory

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"backup-portal/internal/backup"
)

// crawl is one run through everything the vendor lists.
type crawl struct {
	*Service
	generation int64
	// start stands as the time of every row read: whatever was read live since is at least as new and wins.
	start     time.Time
	usernames map[string]string // by userUid, for the rows of devices
	changed   int
	gone      atomic.Int64
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
	if err := c.holds(ctx); err != nil {
		return fmt.Errorf("legal holds: %w", err)
	}
	devices, err := c.devices(ctx)
	if err != nil {
		return fmt.Errorf("devices: %w", err)
	}
	return c.settle(ctx, orgs, users, devices)
}

// orgs are read whole before the first is written: only the whole list gives each its path.
func (c *crawl) orgs(ctx context.Context) (*met, error) {
	byUID := map[string]backup.Org{}
	seen, err := listing[backup.Org]{
		id: func(o backup.Org) string { return o.UID },
		page: func(ctx context.Context, number, size int) ([]backup.Org, int, error) {
			p, err := c.Reader.OrgPage(ctx, backup.OrgQuery{Page: number, PageSize: size})
			return p.Orgs, p.Total, err
		},
		all: func(ctx context.Context) iter.Seq2[backup.Org, error] { return c.Reader.Orgs(ctx, backup.OrgQuery{}) },
		keep: func(rows []backup.Org) error {
			for _, o := range rows {
				byUID[o.UID] = o
			}
			return nil
		},
	}.read(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]backup.Org, 0, len(byUID))
	for _, uid := range slices.Sorted(maps.Keys(byUID)) {
		if seen.has(uid) { // and not gone again before the last pass
			list = append(list, byUID[uid])
		}
	}
	for rows := range slices.Chunk(orgTree(list), pageRows) {
		if err := c.wrote(ctx, SyncBatch{Orgs: rows}); err != nil {
			return nil, err
		}
	}
	return seen, nil
}

func (c *crawl) users(ctx context.Context) (*met, error) {
	return listing[backup.User]{
		id: func(u backup.User) string { return u.UID },
		page: func(ctx context.Context, number, size int) ([]backup.User, int, error) {
			p, err := c.Reader.UserPage(ctx, backup.UserQuery{Page: number, PageSize: size})
			return p.Users, p.Total, err
		},
		all: func(ctx context.Context) iter.Seq2[backup.User, error] {
			return c.Reader.Users(ctx, backup.UserQuery{})
		},
		keep: func(users []backup.User) error {
			rows := make([]User, len(users))
			for i, u := range users {
				rows[i] = userRow(u)
				c.usernames[u.UID] = rows[i].Username
			}
			return c.wrote(ctx, SyncBatch{Users: rows})
		},
	}.read(ctx)
}

func (c *crawl) devices(ctx context.Context) (*met, error) {
	return listing[backup.Device]{
		id: func(d backup.Device) string { return d.GUID },
		page: func(ctx context.Context, number, size int) ([]backup.Device, int, error) {
			p, err := c.Reader.DevicePage(ctx, backup.DeviceQuery{WithBackups: true, Page: number, PageSize: size})
			return p.Devices, p.Total, err
		},
		all: func(ctx context.Context) iter.Seq2[backup.Device, error] {
			return c.Reader.Devices(ctx, backup.DeviceQuery{WithBackups: true})
		},
		keep: func(devices []backup.Device) error {
			rows := make([]Device, len(devices))
			for i, d := range devices {
				rows[i] = deviceRow(d, c.usernames[d.UserUID], c.start)
			}
			return c.wrote(ctx, SyncBatch{Devices: rows})
		},
	}.read(ctx)
}

func (c *crawl) wrote(ctx context.Context, b SyncBatch) error {
	n, err := c.Store.SyncWrote(ctx, c.generation, b)
	c.changed += n
	return err
}
