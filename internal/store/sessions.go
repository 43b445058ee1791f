package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/auth"
)

var _ auth.Store = (*Store)(nil)

// BeginSignIn keeps a pending sign-in.
func (s *Store) BeginSignIn(ctx context.Context, p auth.PendingSignIn) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx,
			"INSERT INTO sign_in (state, browser, nonce, verifier, return_to, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
			p.State[:], p.Browser[:], p.Nonce, p.Verifier, p.Return, stamp(p.Expires))
		return err
	})
}

// TakeSignIn removes and returns the pending sign-in of this state and browser; fault.NotFound when there is none or
// its time is over. One statement reads and removes: of two callbacks with the same state one finds nothing.
func (s *Store) TakeSignIn(ctx context.Context, state, browser auth.Hash, now time.Time) (auth.PendingSignIn, error) {
	p := auth.PendingSignIn{State: state, Browser: browser}
	err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var expires string
		row := tx.QueryRowContext(ctx,
			"DELETE FROM sign_in WHERE state = ? AND browser = ? AND expires_at > ? RETURNING nonce, verifier, return_to, expires_at",
			state[:], browser[:], stamp(now))
		if err := row.Scan(&p.Nonce, &p.Verifier, &p.Return, &expires); err != nil {
			return err
		}
		p.Expires = unstamp(expires)
		return nil
	})
	if err != nil {
		return auth.PendingSignIn{}, err
	}
	return p, nil
}

// StartSession keeps a new session and forgets the one that it replaces; the zero hash replaces none.
func (s *Store) StartSession(ctx context.Context, started auth.Session, replaces auth.Hash) error {
	claims, err := json.Marshal(started.Claims)
	if err != nil {
		return fmt.Errorf("write a session's claims: %w", err)
	}
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM session WHERE id = ?", replaces[:]); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx,
			"INSERT INTO session (id, claims, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?)",
			started.ID[:], string(claims), stamp(started.Created), stamp(started.Seen), stamp(started.Expires))
		return err
	})
}

// Session returns a session, expired or not; fault.NotFound when it does not exist.
func (s *Store) Session(ctx context.Context, id auth.Hash) (auth.Session, error) {
	var claims, created, seen, expires string
	row := s.reader.QueryRowContext(ctx, "SELECT claims, created_at, seen_at, expires_at FROM session WHERE id = ?", id[:])
	if err := row.Scan(&claims, &created, &seen, &expires); err != nil {
		return auth.Session{}, translate(err)
	}
	found := auth.Session{ID: id, Created: unstamp(created), Seen: unstamp(seen), Expires: unstamp(expires)}
	if err := json.Unmarshal([]byte(claims), &found.Claims); err != nil {
		return auth.Session{}, fmt.Errorf("read a session's claims: %w", err)
	}
	return found, nil
}

// TouchSession moves a session's end. It never revives a removed session; of two touches the later time stays.
func (s *Store) TouchSession(ctx context.Context, id auth.Hash, seen, expires time.Time) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE session SET seen_at = ?, expires_at = ? WHERE id = ? AND seen_at < ?",
			stamp(seen), stamp(expires), id[:], stamp(seen))
		return err
	})
}

// EndSession forgets a session; one that is already gone is no error.
func (s *Store) EndSession(ctx context.Context, id auth.Hash) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM session WHERE id = ?", id[:])
		return err
	})
}

// PurgeSessions forgets every session and pending sign-in whose time is over, and tells how many.
func (s *Store) PurgeSessions(ctx context.Context, now time.Time) (int, error) {
	purged := 0
	err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, statement := range []string{"DELETE FROM session WHERE expires_at <= ?", "DELETE FROM sign_in WHERE expires_at <= ?"} {
			result, err := tx.ExecContext(ctx, statement, stamp(now))
			if err != nil {
				return err
			}
			rows, err := result.RowsAffected()
			if err != nil {
				return err
			}
			purged += int(rows)
		}
		return nil
	})
	return purged, err
}
