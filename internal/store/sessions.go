package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
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
			"INSERT INTO sign_in (state, browser, nonce, verifier, return_to, fresh, began_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			p.State[:], p.Browser[:], p.Nonce, p.Verifier, p.Return, p.Fresh, stamp(p.Began), stamp(p.Expires))
		return err
	})
}

// TakeSignIn removes and returns the pending sign-in of this state and browser; fault.NotFound when there is none or
// its time is over. One statement reads and removes: of two callbacks with the same state one finds nothing.
func (s *Store) TakeSignIn(ctx context.Context, state, browser auth.Hash, now time.Time) (auth.PendingSignIn, error) {
	p := auth.PendingSignIn{State: state, Browser: browser}
	err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		var began, expires string
		row := tx.QueryRowContext(ctx,
			"DELETE FROM sign_in WHERE state = ? AND browser = ? AND expires_at > ? RETURNING nonce, verifier, return_to, fresh, began_at, expires_at",
			state[:], browser[:], stamp(now))
		if err := row.Scan(&p.Nonce, &p.Verifier, &p.Return, &p.Fresh, &began, &expires); err != nil {
			return err
		}
		p.Began, p.Expires = unstamp(began), unstamp(expires)
		return nil
	})
	if err != nil {
		return auth.PendingSignIn{}, err
	}
	return p, nil
}

// StartSession keeps a new session with what the provider said of its person, and forgets the session that it replaces;
// the zero hash replaces none. fault.Conflict when a logout token overtook the sign-in.
func (s *Store) StartSession(ctx context.Context, started auth.Session, replaces auth.Hash, due time.Time) error {
	claims, err := json.Marshal(started.Claims)
	if err != nil {
		return fmt.Errorf("write a session's claims: %w", err)
	}
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := notOvertaken(ctx, tx, started.Claims.Names(), due); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM session WHERE id = ?", replaces[:]); err != nil {
			return err
		}
		if err := keepPerson(ctx, tx, started.Claims, started.Created); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx,
			"INSERT INTO session (id, claims, created_at, seen_at, expires_at, person, issuer, sid, agent, address) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			started.ID[:], string(claims), stamp(started.Created), stamp(started.Seen), stamp(started.Expires),
			started.Claims.Key(), started.Claims.Issuer, started.Claims.SID, started.Agent, started.Address)
		return err
	})
}

// sessionColumns are what readSession reads.
const sessionColumns = "id, claims, created_at, seen_at, expires_at, agent, address"

func readSession(row interface{ Scan(into ...any) error }) (auth.Session, error) {
	var found auth.Session
	var id []byte
	var claims, created, seen, expires string
	if err := row.Scan(&id, &claims, &created, &seen, &expires, &found.Agent, &found.Address); err != nil {
		return auth.Session{}, translate(err)
	}
	copy(found.ID[:], id)
	found.Created, found.Seen, found.Expires = unstamp(created), unstamp(seen), unstamp(expires)
	if err := json.Unmarshal([]byte(claims), &found.Claims); err != nil {
		return auth.Session{}, fmt.Errorf("read a session's claims: %w", err)
	}
	return found, nil
}

// Session returns a session, expired or not; fault.NotFound when it does not exist.
func (s *Store) Session(ctx context.Context, id auth.Hash) (auth.Session, error) {
	return readSession(s.reader.QueryRowContext(ctx, "SELECT "+sessionColumns+" FROM session WHERE id = ?", id[:]))
}

// Sessions returns the sessions of a person whose time is not over, or everybody's for "", seen last first.
func (s *Store) Sessions(ctx context.Context, person string, now time.Time) ([]auth.Session, error) {
	query, args := "SELECT "+sessionColumns+" FROM session WHERE expires_at > ?", []any{stamp(now)}
	if person != "" {
		query, args = query+" AND person = ?", append(args, person)
	}
	rows, err := s.reader.QueryContext(ctx, query+" ORDER BY seen_at DESC, id", args...)
	if err != nil {
		return nil, translate(err)
	}
	return readSessions(rows)
}

func readSessions(rows *sql.Rows) ([]auth.Session, error) {
	defer rows.Close()
	var found []auth.Session
	for rows.Next() {
		one, err := readSession(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, translate(rows.Err())
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

// EndSessions forgets the selected sessions and returns those whose time was not over.
func (s *Store) EndSessions(ctx context.Context, which auth.Selection, now time.Time) (ended []auth.Session, err error) {
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		ended, err = endSessions(ctx, tx, which, now)
		return err
	})
	return ended, err
}

func endSessions(ctx context.Context, tx bun.Tx, which auth.Selection, now time.Time) ([]auth.Session, error) {
	if which.Person == "" && (which.Issuer == "" || which.SID == "") {
		return nil, errors.New("store: a selection of sessions that names nobody")
	}
	query, args := "DELETE FROM session WHERE expires_at > ?", []any{stamp(now)}
	narrow := func(used bool, condition string, values ...any) {
		if used {
			query, args = query+" AND "+condition, append(args, values...)
		}
	}
	narrow(which.Person != "", "person = ?", which.Person)
	narrow(which.SID != "" && which.Person == "", "issuer = ? AND sid = ?", which.Issuer, which.SID)
	narrow(which.SID != "" && which.Person != "", "sid IN (?, '')", which.SID)
	narrow(which.Only != auth.Hash{}, "id = ?", which.Only[:])
	narrow(which.Except != auth.Hash{}, "id <> ?", which.Except[:])
	rows, err := tx.QueryContext(ctx, query+" RETURNING "+sessionColumns, args...)
	if err != nil {
		return nil, err
	}
	return readSessions(rows)
}

// PurgeSessions forgets every session, pending sign-in and used logout token whose time is over, and tells how many.
func (s *Store) PurgeSessions(ctx context.Context, now time.Time) (int, error) {
	purged := 0
	err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		purged = 0 // it may run again
		for _, statement := range []string{
			"DELETE FROM session WHERE expires_at <= ?",
			"DELETE FROM sign_in WHERE expires_at <= ?",
			"DELETE FROM logout_token WHERE expires_at <= ?",
		} {
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
