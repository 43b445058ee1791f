package store

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
)

// The table logout_token holds hashes and how long each counts: of tokens that were used, and of whom they named.

// RedeemLogout remembers a logout token and whom it named, and ends what it selects, all or nothing; fault.Conflict when
// the token was used before, on whichever portal.
func (s *Store) RedeemLogout(ctx context.Context, r auth.Redemption, now time.Time) (ended []auth.Session, err error) {
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO logout_token (id, expires_at) VALUES (?, ?)", r.Token[:], stamp(r.Until)); err != nil {
			return err
		}
		if _, err := claimNames(ctx, tx, r.Which.Names(), stamp(r.Late)); err != nil {
			return err
		}
		// After the names: a session that was being started under one of them is there now, or will not be.
		ended, err = endSessions(ctx, tx, r.Which, now)
		return err
	})
	return ended, err
}

// notOvertaken refuses a sign-in that had begun when a logout token came with one of its names.
func notOvertaken(ctx context.Context, tx bun.Tx, names []auth.Hash, due time.Time) error {
	late, err := claimNames(ctx, tx, names, "")
	if err != nil {
		return err
	}
	if late > stamp(due) {
		return fault.New(fault.Conflict, "The session was ended before it began.", "")
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM logout_token WHERE id IN (?) AND expires_at = ''", bun.List(ids(names)))
	return err
}

// claimNames holds names until the transaction ends, as a row of each does that two transactions cannot write at once: so
// of a session that starts and a logout token about it the second one sees what the first one did. A name lasts at least
// as long as is asked for; the answer is how long one of them does.
func claimNames(ctx context.Context, tx bun.Tx, names []auth.Hash, atLeast string) (longest string, err error) {
	for _, id := range ids(names) {
		var lasts string
		err := tx.QueryRowContext(ctx, `INSERT INTO logout_token (id, expires_at) VALUES (?, ?)
			ON CONFLICT (id) DO UPDATE SET expires_at =
				CASE WHEN logout_token.expires_at < excluded.expires_at THEN excluded.expires_at ELSE logout_token.expires_at END
			RETURNING expires_at`, id, atLeast).Scan(&lasts)
		if err != nil {
			return "", err
		}
		longest = max(longest, lasts)
	}
	return longest, nil
}

// ids are the hashes in one order, so that nobody waits for a name while holding another's.
func ids(names []auth.Hash) [][]byte {
	list := make([][]byte, 0, len(names))
	for _, name := range names {
		list = append(list, name[:])
	}
	slices.SortFunc(list, bytes.Compare)
	return list
}
