package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

var _ operation.Requests = (*Store)(nil)

// Ask stores a request with its items, all or none, or answers the one that has this id already. One asks after the other,
// whichever portal they come from, so that what decide is told of has been spent by nobody else meanwhile. A target with
// an open operation is a fault.Conflict that names it.
func (s *Store) Ask(ctx context.Context, r operation.Request, spending operation.Spending, decide func(policy.Spent) (operation.Entry, error)) (stored operation.Request, existed bool, err error) {
	if len(r.Items) == 0 {
		return operation.Request{}, false, errors.New("store: a request without items")
	}
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.passTurnstile(ctx, tx); err != nil {
			return err
		}
		stored, err = s.readRequest(ctx, tx, r.ID)
		if existed = err == nil; existed || !fault.Is(err, fault.NotFound) {
			return err
		}
		now, err := s.databaseTime(ctx, tx)
		if err != nil {
			return err
		}
		spent, err := readSpent(ctx, tx, spending, "", now)
		if err != nil {
			return err
		}
		entry, err := decide(spent)
		if err != nil {
			return err
		}
		if err := s.enter(ctx, tx, r, entry, now); err != nil {
			return err
		}
		stored, err = s.readRequest(ctx, tx, r.ID)
		return err
	})
	if isTaken(err) {
		err = s.held(ctx, err, r.Items)
	}
	if err != nil {
		return operation.Request{}, false, err
	}
	return stored, existed, nil
}

// passTurnstile waits until nobody else is asking, and keeps others waiting until the transaction ends.
func (s *Store) passTurnstile(ctx context.Context, tx bun.Tx) error {
	var id int
	err := tx.QueryRowContext(ctx, "SELECT id FROM request_turnstile WHERE id = 1"+s.dialect.forUpdate()).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return errors.New("store: the turnstile of requests is gone")
	}
	return err
}

// enter writes a request as it was decided, with its items, its line and its notices.
func (s *Store) enter(ctx context.Context, tx bun.Tx, r operation.Request, e operation.Entry, now time.Time) error {
	if !slices.Contains([]operation.State{operation.Awaiting, operation.Scheduled, operation.Running}, e.State) {
		return errors.New("store: a request cannot begin as " + string(e.State))
	}
	r.Version, r.State, r.Need, r.Over = 1, e.State, e.Need, e.Over
	r.Created, r.Expires, r.Due, r.Closed = now, now.Add(r.Lifetime), time.Time{}, time.Time{}
	if e.State == operation.Scheduled {
		r.Due = now.Add(r.UndoWindow)
	}
	row, err := requestRowOf(r)
	if err != nil {
		return err
	}
	if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
		return err
	}
	items := make([]*operationRow, len(r.Items))
	for i, item := range r.Items {
		item.Version, item.State, item.Under, item.Position = 1, operation.Awaiting, r.ID, i
		item.Action, item.Person, item.Reason, item.Request = r.Action, r.Person, r.Reason, r.HTTP
		item.Created, item.Started, item.Deadline, item.Closed = now, time.Time{}, time.Time{}, time.Time{}
		if items[i], err = operationRowOf(item); err != nil {
			return err
		}
	}
	if _, err := tx.NewInsert().Model(&items).Exec(ctx); err != nil {
		return err
	}
	if err := s.notify(ctx, tx, r.ID, now, e.Notices); err != nil {
		return err
	}
	_, err = s.appendLine(ctx, tx, e.Line)
	return err
}

// Request reads one request with its items and votes; a missing one is a fault.NotFound.
func (s *Store) Request(ctx context.Context, id string) (r operation.Request, err error) {
	err = s.reader.RunInTx(ctx, s.dialect.snapshot(), func(ctx context.Context, tx bun.Tx) error {
		r, err = s.readRequest(ctx, tx, id)
		return err
	})
	return r, translate(err)
}

func (s *Store) readRequest(ctx context.Context, db bun.IDB, id string) (operation.Request, error) {
	return s.readRequestLocked(ctx, db, id, "")
}

// readRequestLocked reads a request; the lock is what ends the query for its row.
func (s *Store) readRequestLocked(ctx context.Context, db bun.IDB, id, lock string) (operation.Request, error) {
	var rows []requestRow
	if err := db.NewRaw("SELECT * FROM request WHERE id = ?"+lock, id).Scan(ctx, &rows); err != nil {
		return operation.Request{}, err
	}
	if len(rows) == 0 {
		return operation.Request{}, noRequest()
	}
	found, err := s.requestsOf(ctx, db, rows)
	if err != nil {
		return operation.Request{}, err
	}
	return found[0], nil
}

func noRequest() error {
	return fault.New(fault.NotFound, "There is no such request.", "Look for it in the audit log.")
}
