package store

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/inventory"
	"backup-portal/internal/settings"
)

type comparedRecord struct {
	bun.BaseModel `bun:"table:device_compared,alias:c"`

	GUID       string `bun:"device_guid,pk"`
	OrgUID     string `bun:"org_uid"`
	ComparedAt string `bun:"compared_at"`
	TriedAt    string `bun:"tried_at"`
}

type driftRecord struct {
	bun.BaseModel `bun:"table:device_drift,alias:r"`

	GUID     string `bun:"device_guid,pk"`
	Key      string `bun:"key,pk"`
	OrgUID   string `bun:"org_uid"`
	Property string `bun:"property"`
	Label    string `bun:"label"`
	OrgValue string `bun:"org_value"`
	Value    string `bun:"device_value"`
	Locked   bool   `bun:"locked"`
	Since    string `bun:"since"`
	Seen     string `bun:"seen"`

	Name     string `bun:"name,scanonly"`
	Username string `bun:"username,scanonly"`
	OrgName  string `bun:"org_name,scanonly"`
	SortKey  string `bun:"sort_key,scanonly"`
}

func (r *driftRecord) drift() inventory.Drift {
	return inventory.Drift{
		DriftedValue: inventory.DriftedValue{
			Key: settings.Key(r.Key), Property: r.Property, Label: r.Label, OrgValue: r.OrgValue, Device: r.Value, Locked: r.Locked,
		},
		GUID: r.GUID, Name: r.Name, Username: r.Username, OrgUID: r.OrgUID, OrgName: r.OrgName,
		Since: unstamp(r.Since), ComparedAt: unstamp(r.Seen),
	}
}

// here ties a row about a device to the device, as long as that is active and where it was when the row was written.
const here = "d.guid = ?0.device_guid AND d.org_uid = ?0.org_uid AND d.active"

// DevicesNew lists active devices that were never compared with the organization in which they are now, by organization
// and GUID, after one; at most limit.
func (s *Store) DevicesNew(ctx context.Context, after inventory.DueDevice, limit int) ([]inventory.DueDevice, error) {
	var due []inventory.DueDevice
	err := s.reader.NewSelect().TableExpr("device AS d").ColumnExpr("d.guid, d.org_uid").
		Where("d.active").Where("(d.org_uid, d.guid) > (?, ?)", after.OrgUID, after.GUID).
		Where("NOT EXISTS (SELECT 1 FROM device_compared AS c WHERE c.device_guid = d.guid AND c.org_uid = d.org_uid)").
		Where("EXISTS (SELECT 1 FROM org AS o WHERE o.uid = d.org_uid)").
		OrderExpr("d.org_uid, d.guid").Limit(int64(limit)).Scan(ctx, &due)
	return due, translate(err)
}

// DevicesDue lists active devices that nobody tried to compare since a time, those first that waited longest; at most limit.
func (s *Store) DevicesDue(ctx context.Context, since time.Time, limit int) ([]inventory.DueDevice, error) {
	var due []inventory.DueDevice
	err := s.reader.NewSelect().TableExpr("device_compared AS c").ColumnExpr("d.guid, d.org_uid").
		Join("JOIN device AS d ON "+here, bun.Ident("c")).Where("c.tried_at < ?", stamp(since)).
		OrderExpr("c.tried_at, c.device_guid").Limit(int64(limit)).Scan(ctx, &due)
	return due, translate(err)
}

// Compared keeps comparisons, each unless a newer one of its device is there; see inventory.SettingsStore.
func (s *Store) Compared(ctx context.Context, list []inventory.Comparison) error {
	for part := range slices.Chunk(list, syncRows) {
		if err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error { return s.keepCompared(ctx, tx, part) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) keepCompared(ctx context.Context, tx bun.Tx, list []inventory.Comparison) error {
	now, err := s.databaseTime(ctx, tx)
	if err != nil {
		return err
	}
	stored, err := s.lockCompared(ctx, tx, list)
	if err != nil {
		return err
	}
	defaults, err := defaultsOf(ctx, tx, list)
	if err != nil {
		return err
	}
	var rows []*comparedRecord
	var drifts []*driftRecord
	var whole []string
	for _, c := range list {
		readAt, before := stamp(c.ReadAt), stored[c.GUID]
		// A time that has not come yet was written under a clock that was wrong.
		if newest := max(before.ComparedAt, before.TriedAt); newest > readAt && newest <= stamp(now.Add(clocksApart)) {
			continue
		}
		row := &comparedRecord{GUID: c.GUID, OrgUID: c.OrgUID, TriedAt: readAt}
		switch {
		case !c.Failed:
			row.ComparedAt = readAt
			whole = append(whole, c.GUID)
			if known, found := defaults[c.OrgUID]; found && known != c.Defaults {
				row.TriedAt = "" // the defaults were changed while it was under way
			}
		case before.OrgUID == c.OrgUID:
			row.ComparedAt = before.ComparedAt
		}
		stored[c.GUID] = *row // a device that stands in the list twice
		rows = append(rows, row)
		for _, d := range c.Drifts {
			drifts = append(drifts, &driftRecord{
				GUID: c.GUID, Key: string(d.Key), OrgUID: c.OrgUID, Property: d.Property, Label: d.Label, OrgValue: d.OrgValue, Value: d.Device,
				Locked: d.Locked, Since: readAt, Seen: readAt,
			})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if _, err := tx.NewInsert().Model(&rows).On("CONFLICT (device_guid) DO UPDATE").Exec(ctx); err != nil {
		return err
	}
	if err := keepDrifts(ctx, tx, drifts); err != nil || len(whole) == 0 {
		return err
	}
	// What no longer differs was not written just now.
	_, err = tx.NewDelete().Model((*driftRecord)(nil)).Where("r.device_guid IN (?)", bun.List(whole)).
		Where("r.seen <> (SELECT c.compared_at FROM device_compared AS c WHERE c.device_guid = r.device_guid)").Exec(ctx)
	return err
}

// keepDrifts writes rows. One that was there stands since it was first seen, but for a device that was moved: there it is
// another organization's value.
func keepDrifts(ctx context.Context, tx bun.Tx, drifts []*driftRecord) error {
	for part := range slices.Chunk(drifts, mirrorChunk) {
		_, err := tx.NewInsert().Model(&part).On("CONFLICT (device_guid, key) DO UPDATE").
			Set("org_uid = EXCLUDED.org_uid, property = EXCLUDED.property, label = EXCLUDED.label, org_value = EXCLUDED.org_value").
			Set("device_value = EXCLUDED.device_value, locked = EXCLUDED.locked, seen = EXCLUDED.seen").
			Set("since = CASE WHEN r.org_uid = EXCLUDED.org_uid THEN r.since ELSE EXCLUDED.since END").Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// lockCompared answers what is kept of the devices of a list, by GUID.
func (s *Store) lockCompared(ctx context.Context, tx bun.Tx, list []inventory.Comparison) (map[string]comparedRecord, error) {
	guids := make([]string, 0, len(list))
	for _, c := range list {
		guids = append(guids, c.GUID)
	}
	var rows []comparedRecord
	err := tx.NewRaw("SELECT * FROM device_compared WHERE device_guid IN (?) ORDER BY device_guid"+s.dialect.forUpdate(), bun.List(guids)).Scan(ctx, &rows)
	stored := make(map[string]comparedRecord, len(rows))
	for _, r := range rows {
		stored[r.GUID] = r
	}
	return stored, err
}

// defaultsOf answers what stands for the defaults of the organizations of a list, as they were read last.
func defaultsOf(ctx context.Context, tx bun.Tx, list []inventory.Comparison) (map[string]string, error) {
	var uids []string
	for _, c := range list {
		if !slices.Contains(uids, c.OrgUID) {
			uids = append(uids, c.OrgUID)
		}
	}
	var rows []orgSettingsRecord
	err := tx.NewSelect().Model(&rows).Where("s.org_uid IN (?)", bun.List(uids)).Where("s.read_at <> ''").Scan(ctx)
	defaults := make(map[string]string, len(rows))
	for _, r := range rows {
		defaults[r.OrgUID] = r.DefaultsHash
	}
	return defaults, err
}

// DriftForgotten removes what is kept of devices that are active no more, or gone, or in another organization; at most
// limit devices, and answers how many it were.
func (s *Store) DriftForgotten(ctx context.Context, limit int) (int, error) {
	var guids []string
	err := s.reader.NewSelect().TableExpr("device_compared AS c").ColumnExpr("c.device_guid").
		Where("NOT EXISTS (SELECT 1 FROM device AS d WHERE "+here+")", bun.Ident("c")).Limit(int64(limit)).Scan(ctx, &guids)
	if err != nil || len(guids) == 0 {
		return 0, translate(err)
	}
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, table := range []string{"device_drift", "device_compared"} {
			// A device that came back since is compared anew.
			if _, err := tx.NewDelete().Table(table).Where("device_guid IN (?)", bun.List(guids)).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	return len(guids), err
}

// DriftFreshness counts the devices that a query's organizations hold, whatever its other filters.
func (s *Store) DriftFreshness(ctx context.Context, q inventory.DriftQuery) (inventory.DriftFreshness, error) {
	var f inventory.DriftFreshness
	err := s.readMirror(ctx, func(ctx context.Context, tx bun.Tx) error {
		f = inventory.DriftFreshness{}
		in, ok, err := driftPlaces(ctx, tx, q)
		if err != nil || !ok {
			return err
		}
		var oldest sql.NullString
		err = tx.NewSelect().TableExpr("org AS o").Join("JOIN device AS d ON d.org_uid = o.uid AND d.active").
			Join("LEFT JOIN device_compared AS c ON c.device_guid = d.guid AND c.org_uid = d.org_uid AND c.compared_at <> ''").
			ColumnExpr("count(*), count(c.device_guid), min(c.compared_at)").
			Where("?", in).Scan(ctx, &f.Devices, &f.Compared, &oldest)
		if err != nil {
			return err
		}
		f.Oldest = unstamp(oldest.String)
		return tx.NewSelect().TableExpr("org AS o").Join("JOIN device_drift AS r ON r.org_uid = o.uid").
			Join("JOIN device AS d ON "+here, bun.Ident("r")).ColumnExpr("count(DISTINCT r.device_guid)").Where("?", in).Scan(ctx, &f.Drifting)
	})
	return f, err
}
