package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/inventory"
	"backup-portal/internal/settings"
)

type orgSettingsRecord struct {
	bun.BaseModel `bun:"table:org_settings,alias:s"`

	OrgUID         string              `bun:"org_uid,pk"`
	Quota          inventory.Following `bun:"quota"`
	Reporting      inventory.Following `bun:"reporting"`
	Destinations   inventory.Following `bun:"destinations"`
	DeviceDefaults inventory.Following `bun:"device_defaults"`
	Packets        inventory.Following `bun:"packets"`
	DefaultsHash   string              `bun:"defaults_hash"`
	ReadAt         string              `bun:"read_at"`
	TriedAt        string              `bun:"tried_at"`
}

// Following answers an organization and everything below it, by path; see inventory.SettingsStore.
func (s *Store) Following(ctx context.Context, scope inventory.Scope, uid string) ([]inventory.OrgFollowing, error) {
	if uid == "" {
		return nil, inventory.NoSuchPage(sql.ErrNoRows)
	}
	var subtree []inventory.OrgFollowing
	err := s.readMirror(ctx, func(ctx context.Context, tx bun.Tx) error {
		in, ok, err := driftPlaces(ctx, tx, inventory.DriftQuery{Scope: scope, OrgUID: uid, Below: true})
		if err != nil || !ok {
			return err
		}
		var rows []struct {
			Path    string `bun:"path"`
			Active  bool   `bun:"active"`
			Devices int    `bun:"devices"`
			Stored  int    `bun:"stored"`
			orgSettingsRecord
		}
		err = tx.NewSelect().TableExpr("org AS o").Join("LEFT JOIN org_settings AS s ON s.org_uid = o.uid").
			ColumnExpr("o.path, o.active").
			ColumnExpr("(SELECT count(*) FROM device AS d WHERE d.org_uid = o.uid AND d.active) AS devices").
			ColumnExpr("(SELECT count(*) FROM device AS d WHERE d.org_uid = o.uid) AS stored").
			ColumnExpr("coalesce(s.quota, 0) AS quota, coalesce(s.reporting, 0) AS reporting, coalesce(s.destinations, 0) AS destinations").
			ColumnExpr("coalesce(s.device_defaults, 0) AS device_defaults, coalesce(s.packets, 0) AS packets").
			Where("?", in).OrderExpr("o.path").Scan(ctx, &rows)
		if err != nil {
			return err
		}
		subtree = make([]inventory.OrgFollowing, len(rows))
		for i, r := range rows {
			subtree[i] = inventory.OrgFollowing{Path: r.Path, Active: r.Active, Devices: r.Devices, Stored: r.Stored, Follows: map[settings.Inheritance]inventory.Following{
				settings.ByQuota: r.Quota, settings.ByReporting: r.Reporting, settings.ByDestinations: r.Destinations,
				settings.ByDeviceDefaults: r.DeviceDefaults, settings.ByPacket: r.Packets,
			}}
		}
		return nil
	})
	if err == nil && len(subtree) == 0 {
		err = inventory.NoSuchPage(sql.ErrNoRows)
	}
	return subtree, err
}

// OrgsDue lists active organizations whose settings nobody tried to read since a time, those first that waited longest; at
// most limit.
func (s *Store) OrgsDue(ctx context.Context, since time.Time, limit int) ([]string, error) {
	var uids []string
	err := s.reader.NewSelect().TableExpr("org AS o").Join("LEFT JOIN org_settings AS s ON s.org_uid = o.uid").ColumnExpr("o.uid").
		Where("o.active").Where("coalesce(s.tried_at, '') < ?", stamp(since)).
		OrderExpr("coalesce(s.tried_at, ''), o.path").Limit(int64(limit)).Scan(ctx, &uids)
	return uids, translate(err)
}

// OrgsStale makes an organization and everything below it due: what it was told reaches those that follow it.
func (s *Store) OrgsStale(ctx context.Context, uid string) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		in, ok, err := driftPlaces(ctx, tx, inventory.DriftQuery{Scope: inventory.Everything(), OrgUID: uid, Below: true})
		if err != nil || !ok {
			return err
		}
		_, err = tx.NewUpdate().Table("org_settings").Set("tried_at = ''").
			Where("org_uid IN (?)", tx.NewSelect().TableExpr("org AS o").ColumnExpr("o.uid").Where("?", in)).Exec(ctx)
		return err
	})
}

// OrgRead keeps a reading, unless a newer one is there. When the defaults are not what they were, all devices of the
// organization are due.
func (s *Store) OrgRead(ctx context.Context, r inventory.OrgReading) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		now, err := s.databaseTime(ctx, tx)
		if err != nil {
			return err
		}
		var stored []orgSettingsRecord
		if err := tx.NewRaw("SELECT * FROM org_settings WHERE org_uid = ?"+s.dialect.forUpdate(), r.UID).Scan(ctx, &stored); err != nil {
			return err
		}
		row := orgSettingsRecord{
			OrgUID: r.UID, Quota: r.Follows[settings.ByQuota], Reporting: r.Follows[settings.ByReporting],
			Destinations: r.Follows[settings.ByDestinations], DeviceDefaults: r.Follows[settings.ByDeviceDefaults],
			Packets: r.Follows[settings.ByPacket], DefaultsHash: r.Defaults, ReadAt: stamp(r.ReadAt), TriedAt: stamp(r.ReadAt),
		}
		if len(stored) > 0 {
			before := stored[0]
			if before.ReadAt > row.ReadAt && before.ReadAt <= stamp(now.Add(clocksApart)) {
				return nil
			}
			if _, read := r.Follows[settings.ByPacket]; !read {
				row.Packets = before.Packets
			}
			if before.DefaultsHash != row.DefaultsHash {
				if _, err := tx.NewUpdate().Table("device_compared").Set("tried_at = ''").Where("org_uid = ?", r.UID).Exec(ctx); err != nil {
					return err
				}
			}
		}
		_, err = tx.NewInsert().Model(&row).On("CONFLICT (org_uid) DO UPDATE").Exec(ctx)
		return err
	})
}

// OrgTried notes that an organization's settings could not be read: it is due again when all others were.
func (s *Store) OrgTried(ctx context.Context, uid string, at time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		row := orgSettingsRecord{OrgUID: uid, TriedAt: stamp(at)}
		_, err := tx.NewInsert().Model(&row).On("CONFLICT (org_uid) DO UPDATE").Set("tried_at = EXCLUDED.tried_at").Exec(ctx)
		return err
	})
}
