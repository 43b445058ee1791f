package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// Lease takes or keeps the lease of this name for the holder, until database time + d, and answers whether the holder
// has it. Somebody else's lease is taken only after it ran out.
func (s *Store) Lease(ctx context.Context, name, holder string, d time.Duration) (held bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		now, err := s.databaseTime(ctx, tx)
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `
			INSERT INTO lease (name, holder, until) VALUES (?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
			WHERE lease.holder = excluded.holder OR lease.until <= ?`, name, holder, stamp(now.Add(d)), stamp(now))
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		held = n == 1
		return err
	})
	return held, err
}

// endLeases takes every lease away from the process before this one: it is gone, for the folder's lock is ours, and a
// sync that was killed must not keep the next one waiting. dialect: SQLite only; elsewhere others may be alive.
func (s *Store) endLeases(ctx context.Context) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM lease"); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE request SET claim_holder = '', claim_until = '' WHERE claim_holder <> '' AND state = 'running'"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE sync_state SET lease_until = ''")
		return err
	})
}
