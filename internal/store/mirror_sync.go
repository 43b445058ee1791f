package store

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
)

// A sync's transaction is one statement, so that it takes its locks in the order in which a click takes them. It begins
// with a few rows and goes on with twice as many, up to the most, or half as many while a statement takes too long for
// somebody who waits to write.
const (
	fewRows  = 25
	syncRows = 100
	syncTime = 25 * time.Millisecond
)

type syncState struct {
	bun.BaseModel `bun:"table:sync_state"`

	ID             int    `bun:"id,pk"`
	Generation     int64  `bun:"generation"`
	LeaseSeconds   int64  `bun:"lease_seconds"`
	LeaseUntil     string `bun:"lease_until"`
	StartedAt      string `bun:"started_at"`
	CompletedAt    string `bun:"completed_at"`
	CompletedStart string `bun:"completed_start"`
	FailedAt       string `bun:"failed_at"`
	Failure        string `bun:"failure"`
	NextAt         string `bun:"next_at"`
	HoldsAt        string `bun:"holds_at"` // since when it is known who is on legal hold; empty: it is not
}

func readSyncState(ctx context.Context, db bun.IDB) (syncState, error) {
	var state syncState
	return state, db.NewSelect().Model(&state).Where("id = 1").Scan(ctx)
}

// lockSyncState reads it and keeps every other sync from moving it, or writing under it, until the transaction ends.
func (s *Store) lockSyncState(ctx context.Context, tx bun.Tx) (syncState, error) {
	var state syncState
	return state, tx.NewRaw("SELECT * FROM sync_state WHERE id = 1"+s.dialect.forUpdate()).Scan(ctx, &state)
}

func (st syncState) save(ctx context.Context, tx bun.Tx) error {
	_, err := tx.NewUpdate().Model(&st).WherePK().Exec(ctx)
	return err
}

// SyncStarted takes the sync lease (one sync at a time) and answers the new generation, or a fault.Conflict.
func (s *Store) SyncStarted(ctx context.Context, lease time.Duration) (int64, error) {
	var generation int64
	err := s.syncMove(ctx, func(st *syncState, now time.Time) error {
		if unstamp(st.LeaseUntil).After(now) {
			return fault.New(fault.Conflict, "A refresh is already running.", "Wait for it to end.")
		}
		st.Generation++
		st.LeaseSeconds = max(1, int64(lease/time.Second))
		st.LeaseUntil = stamp(now.Add(lease))
		st.StartedAt = stamp(now)
		generation = st.Generation
		return nil
	})
	return generation, err
}

// SyncCompleted ends a generation that met everything, and its lease.
func (s *Store) SyncCompleted(ctx context.Context, generation int64, next time.Time) error {
	return s.syncMove(ctx, func(st *syncState, now time.Time) error {
		st.CompletedAt, st.CompletedStart = stamp(now), st.StartedAt
		st.FailedAt, st.Failure = "", ""
		st.NextAt, st.LeaseUntil = stamp(next), ""
		return st.holds(generation)
	})
}

// SyncFailed ends a generation that did not, and its lease; failure is safe to show.
func (s *Store) SyncFailed(ctx context.Context, generation int64, failure string, next time.Time) error {
	return s.syncMove(ctx, func(st *syncState, now time.Time) error {
		st.FailedAt, st.Failure = stamp(now), failure
		st.NextAt, st.LeaseUntil = stamp(next), ""
		return st.holds(generation)
	})
}

func (s *Store) syncMove(ctx context.Context, move func(st *syncState, now time.Time) error) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		st, err := s.lockSyncState(ctx, tx)
		if err != nil {
			return err
		}
		now, err := s.databaseTime(ctx, tx)
		if err != nil {
			return err
		}
		if err := move(&st, now); err != nil {
			return err
		}
		return st.save(ctx, tx)
	})
}

// holds tells a sync whose lease ran out, and was taken by another, to stop.
func (st syncState) holds(generation int64) error {
	if st.Generation != generation {
		return fault.New(fault.Conflict, "Another refresh has taken over.", "Wait for it to end.")
	}
	return nil
}

// leaseDue tells whether half of the lease is over.
func (st syncState) leaseDue(now time.Time) bool {
	return unstamp(st.LeaseUntil).Sub(now) < time.Duration(st.LeaseSeconds)*time.Second/2
}

// Freshness says how old the mirror is and what the last sync met.
func (s *Store) Freshness(ctx context.Context) (inventory.Freshness, error) {
	var f inventory.Freshness
	err := s.readMirror(ctx, func(ctx context.Context, tx bun.Tx) error {
		st, err := readSyncState(ctx, tx)
		if err != nil {
			return err
		}
		now, err := s.databaseTime(ctx, tx)
		if err != nil {
			return err
		}
		f = inventory.Freshness{
			CompletedAt: unstamp(st.CompletedAt), StartedAt: unstamp(st.StartedAt),
			Running:  unstamp(st.LeaseUntil).After(now),
			FailedAt: unstamp(st.FailedAt), Failure: st.Failure, NextAt: unstamp(st.NextAt), HoldsAt: unstamp(st.HoldsAt),
		}
		return tx.NewRaw("SELECT coalesce(sum(devices), 0), (SELECT count(*) FROM org), coalesce(sum(users), 0) FROM org_count").
			Scan(ctx, &f.Devices, &f.Orgs, &f.Users)
	})
	return f, err
}

// SyncWrote writes one batch under a generation and answers how many rows changed; see inventory.Store.
func (s *Store) SyncWrote(ctx context.Context, generation int64, b inventory.SyncBatch) (int, error) {
	changes, err := s.changes(ctx, b)
	if err != nil {
		return 0, err
	}
	total, rows := 0, fewRows
	for {
		// Without changes there is a transaction only when the lease wants renewing.
		if len(changes) == 0 {
			st, err := readSyncState(ctx, s.reader)
			if err != nil {
				return total, translate(err)
			}
			now, err := s.databaseTime(ctx, s.reader)
			if err != nil {
				return total, translate(err)
			}
			if err := st.holds(generation); err != nil || !st.leaseDue(now) {
				return total, err
			}
		}
		part := changes[:min(rows, len(changes))]
		changed, took := 0, time.Duration(0)
		err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
			now, err := s.keepLease(ctx, tx, generation)
			if err != nil {
				return err
			}
			start := s.now()
			changed, err = upsert(ctx, tx, part, now)
			took = s.now().Sub(start)
			return err
		})
		if err != nil {
			return total, err
		}
		total += changed
		if changes = changes[len(part):]; len(changes) == 0 {
			return total, nil
		}
		rows = min(2*rows, syncRows)
		if took >= syncTime {
			rows = max(1, len(part)/2)
		}
	}
}

// keepLease renews the lease when half of it is over, sees to it that nobody takes it before the transaction ends, and
// answers the database's time.
func (s *Store) keepLease(ctx context.Context, tx bun.Tx, generation int64) (time.Time, error) {
	st, err := s.lockSyncState(ctx, tx)
	if err != nil {
		return time.Time{}, err
	}
	now, err := s.databaseTime(ctx, tx)
	if err != nil {
		return time.Time{}, err
	}
	if err := st.holds(generation); err != nil || !st.leaseDue(now) {
		return now, err
	}
	st.LeaseUntil = stamp(now.Add(time.Duration(st.LeaseSeconds) * time.Second))
	return now, st.save(ctx, tx)
}

// changes compares a batch with the mirror, on a reader, and answers what has to be written.
func (s *Store) changes(ctx context.Context, b inventory.SyncBatch) ([]mirrorRow, error) {
	rows := make([]mirrorRow, 0, len(b.Orgs)+len(b.Users)+len(b.Devices))
	for _, o := range b.Orgs {
		rows = append(rows, newOrgRecord(o))
	}
	for _, u := range b.Users {
		rows = append(rows, newPersonRecord(u))
	}
	for _, d := range b.Devices {
		rows = append(rows, newDeviceRecord(d))
	}
	return s.changed(ctx, rows)
}

// changed leaves out the rows that stand in the mirror as they are, and those that stand in the batch already.
func (s *Store) changed(ctx context.Context, rows []mirrorRow) ([]mirrorRow, error) {
	known := make(map[mirrorKey]mirrorMark, len(rows))
	ids := map[inventory.Kind][]string{}
	for _, r := range rows {
		key := r.key()
		ids[key.kind] = append(ids[key.kind], key.id)
	}
	for kind, of := range ids {
		table, id, err := mirrorTable(kind)
		if err != nil {
			return nil, err
		}
		for part := range slices.Chunk(of, mirrorChunk) {
			var stored []struct {
				ID string `bun:"id"`
				mirrorMark
			}
			err := s.reader.NewSelect().Table(table).ColumnExpr("? AS id, hash, missing", bun.Ident(id)).
				Where("? IN (?)", bun.Ident(id), bun.List(part)).Scan(ctx, &stored)
			if err != nil {
				return nil, translate(err)
			}
			for _, r := range stored {
				known[mirrorKey{kind, r.ID}] = r.mirrorMark
			}
		}
	}
	once := make(map[mirrorKey]bool, len(rows))
	return slices.DeleteFunc(rows, func(r mirrorRow) bool {
		key := r.key()
		again := once[key]
		once[key] = true
		return again || known[key] == r.mark()
	}), nil
}

// SyncKnown lists the ids of a kind in the mirror, in order, after one; at most limit.
func (s *Store) SyncKnown(ctx context.Context, kind inventory.Kind, after string, limit int) ([]string, error) {
	table, id, err := mirrorTable(kind)
	if err != nil {
		return nil, err
	}
	var ids []string
	err = s.reader.NewSelect().Table(table).Column(id).Where("? > ?", bun.Ident(id), after).
		Order(id).Limit(int64(limit)).Scan(ctx, &ids)
	return ids, translate(err)
}

// SyncMissing marks rows that a complete crawl did not meet; each waits for a live read to say 404.
func (s *Store) SyncMissing(ctx context.Context, generation int64, kind inventory.Kind, ids []string) error {
	table, id, err := mirrorTable(kind)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(ids, syncRows) {
		err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
			st, err := s.lockSyncState(ctx, tx)
			if err != nil {
				return err
			}
			if err := st.holds(generation); err != nil {
				return err
			}
			_, err = tx.NewUpdate().Table(table).Set("missing = ?", generation).
				Where("? IN (?)", bun.Ident(id), bun.List(part)).Where("missing = 0").Exec(ctx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// DeviceGone removes one device that a live read said is 404.
func (s *Store) DeviceGone(ctx context.Context, guid string) error {
	return s.gone(ctx, inventory.KindDevice, guid)
}

// OrgGone removes one organization that a live read said is 404.
func (s *Store) OrgGone(ctx context.Context, uid string) error {
	return s.gone(ctx, inventory.KindOrg, uid)
}

// UserGone removes one user who a live read said is 404.
func (s *Store) UserGone(ctx context.Context, uid string) error {
	return s.gone(ctx, inventory.KindUser, uid)
}

func (s *Store) gone(ctx context.Context, kind inventory.Kind, value string) error {
	table, id, err := mirrorTable(kind)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Table(table).Where("? = ?", bun.Ident(id), value).Exec(ctx)
		return err
	})
}

// DeviceSeen writes one device re-read live, unless the mirror holds the same or something newer.
func (s *Store) DeviceSeen(ctx context.Context, d inventory.Device) error {
	return s.seen(ctx, newDeviceRecord(d))
}

// OrgSeen writes one organization read live, where it still stands in the place that it comes with.
func (s *Store) OrgSeen(ctx context.Context, o inventory.Org) error {
	row := newOrgRecord(o)
	changed, err := s.changed(ctx, []mirrorRow{row})
	if err != nil || len(changed) == 0 {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		// Where it stands was looked up before it was read, and may have changed since with an organization above it. Then
		// all of it waits for the next reading: written back, it would be in the hands of those it was taken from.
		_, err := tx.NewInsert().Model(row).On("CONFLICT (uid) DO UPDATE").Where("o.path = EXCLUDED.path").Exec(ctx)
		return err
	})
}

// UserSeen writes one user read live.
func (s *Store) UserSeen(ctx context.Context, u inventory.User) error {
	return s.seen(ctx, newPersonRecord(u))
}

func (s *Store) seen(ctx context.Context, row mirrorRow) error {
	changed, err := s.changed(ctx, []mirrorRow{row})
	if err != nil || len(changed) == 0 {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		now, err := s.databaseTime(ctx, tx)
		if err != nil {
			return err
		}
		_, err = upsert(ctx, tx, []mirrorRow{row}, now)
		return err
	})
}
