package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
)

var _ operation.Store = (*Store)(nil)

// operationRow is an operation as the table holds it.
type operationRow struct {
	bun.BaseModel `bun:"table:operation,alias:o"`

	ID            string `bun:",pk"`
	Version       int64
	State         operation.State
	Action        string
	PersonKey     string
	PersonName    string
	PersonEmail   string
	PersonAddress string
	Reason        string
	Request       string
	TargetKind    string
	TargetID      string
	TargetName    string
	TargetOrgUID  string
	TargetOrgName string
	TargetOrgPath string // as it was at the start; reading prefers the mirror's
	Params        string // JSON object of strings
	Fingerprint   string
	Attempts      int
	Detail        string
	Checked       string
	CheckedAt     string
	Created       string
	Started       string
	Deadline      string
	Closed        string
	// CurrentPath is where the target lies now: null when the mirror knows neither it nor its organization, empty when
	// it lies where nobody may look.
	CurrentPath sql.NullString `bun:",scanonly"`
}

func operationRowOf(o operation.Operation) (*operationRow, error) {
	params, err := json.Marshal(o.Params)
	if err != nil {
		return nil, fmt.Errorf("write the parameters of an operation: %w", err)
	}
	return &operationRow{
		ID: o.ID, Version: o.Version, State: o.State, Action: o.Action,
		PersonKey: o.Person.Key, PersonName: o.Person.Name, PersonEmail: o.Person.Email, PersonAddress: o.Person.Address,
		Reason: o.Reason, Request: o.Request, TargetKind: o.TargetKind, TargetID: o.TargetID, TargetName: o.TargetName,
		TargetOrgUID: o.TargetOrgUID, TargetOrgName: o.TargetOrgName, TargetOrgPath: o.TargetOrgPath,
		Params: string(params), Fingerprint: o.Fingerprint, Attempts: o.Attempts, Detail: o.Detail, Checked: o.Checked,
		CheckedAt: stamp(o.CheckedAt), Created: stamp(o.Created), Started: stamp(o.Started),
		Deadline: stamp(o.Deadline), Closed: stamp(o.Closed),
	}, nil
}

func (r *operationRow) operation() (operation.Operation, error) {
	var params map[string]string
	if err := json.Unmarshal([]byte(r.Params), &params); err != nil {
		return operation.Operation{}, fmt.Errorf("read the parameters of operation %s: %w", r.ID, err)
	}
	path := r.TargetOrgPath
	if r.CurrentPath.Valid {
		path = r.CurrentPath.String
	}
	return operation.Operation{
		ID: r.ID, Version: r.Version, State: r.State, Action: r.Action,
		Person: operation.Person{Key: r.PersonKey, Name: r.PersonName, Email: r.PersonEmail, Address: r.PersonAddress},
		Reason: r.Reason, Request: r.Request, TargetKind: r.TargetKind, TargetID: r.TargetID, TargetName: r.TargetName,
		TargetOrgUID: r.TargetOrgUID, TargetOrgName: r.TargetOrgName, TargetOrgPath: path,
		Params: params, Fingerprint: r.Fingerprint, Attempts: r.Attempts, Detail: r.Detail, Checked: r.Checked,
		CheckedAt: unstamp(r.CheckedAt), Created: unstamp(r.Created), Started: unstamp(r.Started),
		Deadline: unstamp(r.Deadline), Closed: unstamp(r.Closed),
	}, nil
}

// openStates are the states of operation.Operation.Open, as the partial unique index lists them.
const openStates = "('awaiting', 'scheduled', 'running', 'unknown')"

// Begin inserts a running operation with its intent line and a deadline of database time + limit, or answers the one
// that has this id already. Another open operation on the target is a fault.Conflict.
func (s *Store) Begin(ctx context.Context, op operation.Operation, limit time.Duration, intent audit.Line) (stored operation.Operation, existed bool, err error) {
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
	if fault.Is(err, fault.Conflict) {
		// On PostgreSQL two inserts of one id may race; the loser finds the winner's row here.
		if winner, readErr := s.Operation(ctx, op.ID); readErr == nil {
			return winner, true, nil
		}
		err = fault.Wrap(fault.Conflict, err, "Another change of this target is not finished.",
			"Open the target's page to see it; nothing was sent now.")
	}
	if err != nil {
		return operation.Operation{}, false, err
	}
	return stored, existed, nil
}

// Move changes the state with its line, compare-and-set on the version; a lost one is a fault.Conflict.
// The end of an operation does not say whether something was sent, so neither does an unwritable database here.
func (s *Store) Move(ctx context.Context, m operation.Move) (moved operation.Operation, err error) {
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		now, err := s.databaseTime(ctx, tx)
		if err != nil {
			return err
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
			q.Set("started = ?", stamp(now))
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
	if IsUnwritable(err) {
		err = fault.Wrap(fault.Internal, err, "The portal's database cannot be written, so the outcome is not recorded.",
			"The operation becomes unknown; check it again when the database is back.")
	}
	if err != nil {
		return operation.Operation{}, err
	}
	return moved, nil
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
	entries, err := s.entries(ctx, "SELECT seq, bytes FROM audit_line WHERE operation = ? ORDER BY seq", id)
	if err != nil {
		return nil, err
	}
	events := make([]operation.Event, len(entries))
	for i, e := range entries {
		events[i] = operation.Event{Seq: e.Seq, Line: e.Line}
	}
	return events, nil
}

// currentPath is the path where an operation's target lies now: a device that was moved since takes its operations along,
// also to an organization that the mirror has not met. A target that the mirror does not know any more stays where it was.
const currentPath = "CASE WHEN d.guid IS NULL THEN g.path ELSE coalesce(now_in.path, '') END"

// selectOperations reads operations with the path where their target lies now.
func selectOperations(db bun.IDB, rows any) *bun.SelectQuery {
	return db.NewSelect().Model(rows).ColumnExpr("o.*").ColumnExpr(currentPath + " AS current_path").
		Join("LEFT JOIN org AS g ON g.uid = o.target_org_uid").
		Join("LEFT JOIN device AS d ON o.target_kind = 'device' AND d.guid = o.target_id").
		Join("LEFT JOIN org AS now_in ON now_in.uid = d.org_uid")
}

func readOperation(ctx context.Context, db bun.IDB, id string) (operation.Operation, error) {
	var rows []operationRow
	if err := selectOperations(db, &rows).Where("o.id = ?", id).Scan(ctx); err != nil {
		return operation.Operation{}, err
	}
	if len(rows) == 0 {
		return operation.Operation{}, noOperation()
	}
	return rows[0].operation()
}

func noOperation() error {
	return fault.New(fault.NotFound, "There is no such operation.", "Look for it in the audit log.")
}

func (s *Store) operations(ctx context.Context, where string, args ...any) ([]operation.Operation, error) {
	var rows []operationRow
	if err := selectOperations(s.reader, &rows).Where(where, args...).Order("o.created", "o.id").Scan(ctx); err != nil {
		return nil, translate(err)
	}
	return operationsOf(rows)
}

func operationsOf(rows []operationRow) ([]operation.Operation, error) {
	found := make([]operation.Operation, len(rows))
	for i := range rows {
		var err error
		if found[i], err = rows[i].operation(); err != nil {
			return nil, err
		}
	}
	return found, nil
}
