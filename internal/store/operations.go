package store

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
)

var _ operation.Store = (*Store)(nil)

// openStates are the states of operation.Operation.Open, as the partial unique index lists them.
const openStates = "('awaiting', 'running', 'unknown')"

// Begin inserts a running operation with its intent line and a deadline of database time + limit, or answers the one
// that has this id already. Another open operation on the target, or a running one with its serial, is a fault.Conflict.
func (s *Store) Begin(ctx context.Context, op operation.Operation, limit time.Duration, intent audit.Line) (stored operation.Operation, existed bool, err error) {
	if op.Under != "" {
		return operation.Operation{}, false, errors.New("store: an item of a request is not begun by itself")
	}
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		stored, err = readOperation(ctx, tx, op.ID)
		if existed = err == nil; existed || !fault.Is(err, fault.NotFound) {
			return err
		}
		now, err := s.databaseTime(ctx, tx)
		if err != nil {
			return err
		}
		op.Version, op.State = 1, operation.Running
		op.Created, op.Started, op.Deadline = now, now, now.Add(limit)
		row, err := operationRowOf(op)
		if err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
			return err
		}
		if _, err := s.appendLine(ctx, tx, intent); err != nil {
			return err
		}
		stored, err = readOperation(ctx, tx, op.ID)
		return err
	})
	if isTaken(err) {
		// On PostgreSQL two inserts of one id may race; the loser finds the winner's row here.
		if winner, readErr := s.Operation(ctx, op.ID); readErr == nil {
			return winner, true, nil
		}
		err = s.held(ctx, err, []operation.Operation{op})
	}
	if err != nil {
		return operation.Operation{}, false, err
	}
	return stored, existed, nil
}

// held says why rows could not be written because others hold what is theirs: an open operation on one of the targets, or
// else a running one with the same serial.
func (s *Store) held(ctx context.Context, taken error, ops []operation.Operation) error {
	byKind := map[string][]string{}
	for _, op := range ops {
		byKind[op.TargetKind] = append(byKind[op.TargetKind], op.TargetID)
	}
	for kind, ids := range byKind {
		open, err := s.OpenOnEach(ctx, kind, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if by, ok := open[id]; ok {
				return fault.Wrap(fault.Conflict, errors.Join(&operation.TargetHeld{Operation: by}, taken),
					"Another change of "+by.TargetName+" is not finished.", "Open its page to see it; nothing was sent now.")
			}
		}
	}
	return serialRuns(taken)
}

// serialRuns is the conflict of what has to wait until another operation has ended.
func serialRuns(taken error) error {
	return fault.Wrap(fault.Conflict, errors.Join(operation.ErrSerial, taken),
		"Another change for the same user is under way.", "Nothing was sent now; try again when it has ended.")
}

// Move changes the state with its line, compare-and-set on the version; a lost one is a fault.Conflict. An item begins to
// run only while its request does.
// The end of an operation does not say whether something was sent, so neither does an unwritable database here.
func (s *Store) Move(ctx context.Context, m operation.Move) (moved operation.Operation, err error) {
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		now, err := s.databaseTime(ctx, tx)
		if err != nil {
			return err
		}
		if err := s.admit(ctx, tx, m.Admission); err != nil {
			return err
		}
		if m.To == operation.Running {
			if err := s.lockRequestOf(ctx, tx, m.ID); err != nil {
				return err
			}
		}
		q := tx.NewUpdate().Table("operation").
			Set("version = version + 1").Set("state = ?", m.To).Set("attempts = ?", m.Attempts).Set("detail = ?", m.Detail).
			Where("id = ?", m.ID).Where("version = ?", m.Version).
			// The table of moves is kept here too: whoever writes, what was settled stays settled.
			Where("state IN (?)", bun.List(operation.Sources(m.To)))
		if m.SetsCheck {
			q.Set("checked = ?", m.Checked).Set("checked_at = ?", stamp(now))
		}
		if m.Limit != 0 {
			q.Set("deadline = ?", stamp(now.Add(m.Limit)))
		}
		if m.To == operation.Running {
			q.Set("started = ?", stamp(now)).
				Where("(under = '' OR EXISTS (SELECT 1 FROM request AS r WHERE r.id = operation.under AND r.state = 'running'))")
		}
		if len(m.Written) > 0 {
			written, err := writtenText(m.Written)
			if err != nil {
				return err
			}
			q.Set("written = ?", written)
		}
		if !m.UndoUntil.IsZero() {
			q.Set("undo_until = ?", stamp(m.UndoUntil))
		}
		if !(operation.Operation{State: m.To}).Open() {
			q.Set("closed = ?", stamp(now))
		}
		result, err := q.Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, fault.New(fault.Conflict, "This operation has moved on.", "The page shows its state now."))
		}
		if _, err := s.appendLine(ctx, tx, m.Line); err != nil {
			return err
		}
		moved, err = readOperation(ctx, tx, m.ID)
		return err
	})
	if isTaken(err) {
		err = serialRuns(err)
	}
	if IsUnwritable(err) {
		err = fault.Wrap(fault.Internal, err, "The portal's database cannot be written, so the outcome is not recorded.",
			"The operation becomes unknown; check it again when the database is back.")
	}
	if err != nil {
		return operation.Operation{}, err
	}
	return moved, nil
}

// admit has it decided whether an item may begin. One passes after the other, whoever asks or begins, until its
// transaction ends.
func (s *Store) admit(ctx context.Context, tx bun.Tx, a *operation.Admission) error {
	if a == nil {
		return nil
	}
	if err := s.passTurnstile(ctx, tx); err != nil {
		return err
	}
	now, err := s.databaseTime(ctx, tx)
	if err != nil {
		return err
	}
	spent, err := readSpent(ctx, tx, a.Spending, a.Under, now)
	if err != nil {
		return err
	}
	return a.Decide(spent)
}

// lockRequestOf locks the request that an item is under, as its turns do: none comes between reading its state and the
// item's start.
func (s *Store) lockRequestOf(ctx context.Context, tx bun.Tx, item string) error {
	_, err := tx.ExecContext(ctx, "SELECT r.id FROM request AS r WHERE r.id = (SELECT under FROM operation WHERE id = ?)"+s.dialect.forUpdate(), item)
	return err
}

// Note records what a check read, without a change of state and without a line.
func (s *Store) Note(ctx context.Context, id, checked string) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		now, err := s.databaseTime(ctx, tx)
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, "UPDATE operation SET checked = ?, checked_at = ? WHERE id = ?", checked, stamp(now), id)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, noOperation())
		}
		return nil
	})
}

// Operation reads one operation, its organization's path as the mirror has it now; a missing one is a fault.NotFound.
func (s *Store) Operation(ctx context.Context, id string) (operation.Operation, error) {
	o, err := readOperation(ctx, s.reader, id)
	return o, translate(err)
}

// OpenOn reads the open operation of a target, if there is one.
func (s *Store) OpenOn(ctx context.Context, kind, id string) (operation.Operation, bool, error) {
	found, err := s.operations(ctx, "o.target_kind = ? AND o.target_id = ? AND o.state IN "+openStates, kind, id)
	if err != nil || len(found) == 0 {
		return operation.Operation{}, false, err
	}
	return found[0], true, nil
}

// Overdue lists the running operations whose deadline has passed by database time, oldest first; with all, every one.
func (s *Store) Overdue(ctx context.Context, all bool) ([]operation.Operation, error) {
	if all {
		return s.operations(ctx, "o.state = 'running'")
	}
	now, err := s.databaseTime(ctx, s.reader)
	if err != nil {
		return nil, err
	}
	return s.operations(ctx, "o.state = 'running' AND o.deadline < ?", stamp(now))
}

// Unsettled lists the operations with an unknown outcome whose target lies in the scope now, oldest first; at most limit.
func (s *Store) Unsettled(ctx context.Context, scope inventory.Scope, limit int) ([]operation.Operation, error) {
	if scope.Empty() {
		return nil, nil
	}
	var rows []operationRow
	q := selectOperations(s.reader, &rows).Where("o.state = 'unknown'").WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		for _, path := range scope.Paths {
			q.WhereOr(currentPath+" >= ? AND "+currentPath+" < ?", path, path+"\U0010FFFF")
		}
		return q
	})
	if err := q.Order("o.created", "o.id").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, translate(err)
	}
	return operationsOf(rows)
}

// Events lists the audit lines of an operation, oldest first.
func (s *Store) Events(ctx context.Context, id string) ([]operation.Event, error) {
	return s.events(ctx, "SELECT seq, bytes FROM audit_line WHERE operation = ? ORDER BY seq", id)
}

func (s *Store) events(ctx context.Context, query string, args ...any) ([]operation.Event, error) {
	entries, err := s.entries(ctx, s.reader, query, args...)
	if err != nil {
		return nil, err
	}
	events := make([]operation.Event, len(entries))
	for i, e := range entries {
		events[i] = operation.Event{Seq: e.Seq, Line: e.Line}
	}
	return events, nil
}
