package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"backup-portal/internal/action"
	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
)

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
	Under         string
	Position      int
	Extent        string // JSON object
	Weight        int
	Reach         int
	Written       string // JSON array of names of parameters
	Serial        string
	UndoUntil     string
	// CurrentPath is where the target lies now: null when the mirror knows neither it nor its organization, empty when
	// it lies where nobody may look.
	CurrentPath sql.NullString `bun:",scanonly"`
}

func operationRowOf(o operation.Operation) (*operationRow, error) {
	params, err := json.Marshal(o.Params)
	if err != nil {
		return nil, fmt.Errorf("write the parameters of an operation: %w", err)
	}
	extent, err := json.Marshal(o.Extent)
	if err != nil {
		return nil, fmt.Errorf("write how far an operation reaches: %w", err)
	}
	written, err := writtenText(o.Written)
	if err != nil {
		return nil, err
	}
	return &operationRow{
		ID: o.ID, Version: o.Version, State: o.State, Action: o.Action,
		PersonKey: o.Person.Key, PersonName: o.Person.Name, PersonEmail: o.Person.Email, PersonAddress: o.Person.Address,
		Reason: o.Reason, Request: o.Request, TargetKind: o.TargetKind, TargetID: o.TargetID, TargetName: o.TargetName,
		TargetOrgUID: o.TargetOrgUID, TargetOrgName: o.TargetOrgName, TargetOrgPath: o.TargetOrgPath,
		Params: string(params), Fingerprint: o.Fingerprint, Attempts: o.Attempts, Detail: o.Detail, Checked: o.Checked,
		CheckedAt: stamp(o.CheckedAt), Created: stamp(o.Created), Started: stamp(o.Started),
		Deadline: stamp(o.Deadline), Closed: stamp(o.Closed),
		Under: o.Under, Position: o.Position, Extent: string(extent), Weight: o.Weight, Serial: o.Serial, UndoUntil: stamp(o.UndoUntil),
		Reach: o.Reach, Written: written,
	}, nil
}

// writtenText is the names of parameters as the table holds them.
func writtenText(names []string) (string, error) {
	if len(names) == 0 {
		return "[]", nil
	}
	text, err := json.Marshal(names)
	if err != nil {
		return "", fmt.Errorf("write what an operation has written: %w", err)
	}
	return string(text), nil
}

func (r *operationRow) operation() (operation.Operation, error) {
	var params map[string]string
	if err := json.Unmarshal([]byte(r.Params), &params); err != nil {
		return operation.Operation{}, fmt.Errorf("read the parameters of operation %s: %w", r.ID, err)
	}
	var extent action.Extent
	if err := json.Unmarshal([]byte(r.Extent), &extent); err != nil {
		return operation.Operation{}, fmt.Errorf("read how far operation %s reaches: %w", r.ID, err)
	}
	var written []string
	if r.Written != "[]" {
		if err := json.Unmarshal([]byte(r.Written), &written); err != nil {
			return operation.Operation{}, fmt.Errorf("read what operation %s has written: %w", r.ID, err)
		}
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
		Under: r.Under, Position: r.Position, Extent: extent, Weight: r.Weight, Serial: r.Serial, UndoUntil: unstamp(r.UndoUntil),
		Reach: r.Reach, Written: written,
	}, nil
}

// currentPath is the path where an operation's target lies now: a device that was moved since takes its operations along,
// also to an organization that the mirror has not met. A target that the mirror does not know any more stays where it was.
const currentPath = "CASE WHEN d.guid IS NULL THEN g.path ELSE coalesce(now_in.path, '') END"

// selectOperations reads operations with the path where their target lies now.
func selectOperations(db bun.IDB, rows any) *bun.SelectQuery {
	return placed(db.NewSelect().Model(rows).ColumnExpr("o.*").ColumnExpr(currentPath + " AS current_path"))
}

// placed joins what currentPath reads to a query for operations called o.
func placed(q *bun.SelectQuery) *bun.SelectQuery {
	return q.Join("LEFT JOIN org AS g ON g.uid = o.target_org_uid").
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
