package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/approval"
	"backup-portal/internal/operation"
)

// requestRow is a request as the table holds it.
type requestRow struct {
	bun.BaseModel `bun:"table:request,alias:r"`

	ID            string `bun:",pk"`
	Version       int64
	State         operation.State
	Action        string
	PersonKey     string
	PersonName    string
	PersonEmail   string
	PersonAddress string
	Reason        string
	HTTP          string `bun:"http"`
	Params        string // JSON object of strings
	Need          string // JSON
	OverBudget    string
	Digest        string
	UndoWindow    time.Duration
	Created       string
	Expires       string
	Due           string
	Closed        string
	Detail        string
	ClaimHolder   string
	ClaimUntil    string
}

func requestRowOf(r operation.Request) (*requestRow, error) {
	params, err := json.Marshal(r.Params)
	if err != nil {
		return nil, fmt.Errorf("write the parameters of a request: %w", err)
	}
	need, err := json.Marshal(r.Need)
	if err != nil {
		return nil, fmt.Errorf("write what a request needs: %w", err)
	}
	return &requestRow{
		ID: r.ID, Version: r.Version, State: r.State, Action: r.Action,
		PersonKey: r.Person.Key, PersonName: r.Person.Name, PersonEmail: r.Person.Email, PersonAddress: r.Person.Address,
		Reason: r.Reason, HTTP: r.HTTP, Params: string(params), Need: string(need), OverBudget: r.Over, Digest: r.Digest,
		UndoWindow: r.UndoWindow, Created: stamp(r.Created), Expires: stamp(r.Expires), Due: stamp(r.Due),
		Closed: stamp(r.Closed), Detail: r.Detail,
	}, nil
}

func (r *requestRow) request() (operation.Request, error) {
	var params map[string]string
	if err := json.Unmarshal([]byte(r.Params), &params); err != nil {
		return operation.Request{}, fmt.Errorf("read the parameters of request %s: %w", r.ID, err)
	}
	var need approval.Need
	if err := json.Unmarshal([]byte(r.Need), &need); err != nil {
		return operation.Request{}, fmt.Errorf("read what request %s needs: %w", r.ID, err)
	}
	created, expires := unstamp(r.Created), unstamp(r.Expires)
	return operation.Request{
		ID: r.ID, Version: r.Version, State: r.State, Action: r.Action,
		Person: operation.Person{Key: r.PersonKey, Name: r.PersonName, Email: r.PersonEmail, Address: r.PersonAddress},
		Reason: r.Reason, HTTP: r.HTTP, Params: params, Need: need, Over: r.OverBudget, Digest: r.Digest,
		UndoWindow: r.UndoWindow, Created: created, Expires: expires, Lifetime: expires.Sub(created),
		Due: unstamp(r.Due), Closed: unstamp(r.Closed), Detail: r.Detail,
	}, nil
}

// voteRow is a vote as the table holds it; no row of it ever changes.
type voteRow struct {
	bun.BaseModel `bun:"table:request_vote,alias:v"`

	Request       string `bun:",pk"`
	PersonKey     string `bun:",pk"`
	Digest        string `bun:",pk"`
	Seq           int
	PersonName    string
	PersonEmail   string
	PersonAddress string
	Approve       bool
	Reason        string
	Roles         string
	AuthTime      string
	At            string
}

func voteRowOf(request string, seq int, v operation.Vote) *voteRow {
	return &voteRow{
		Request: request, Seq: seq, Digest: v.Digest,
		PersonKey: v.Person.Key, PersonName: v.Person.Name, PersonEmail: v.Person.Email, PersonAddress: v.Person.Address,
		Approve: v.Approve, Reason: v.Reason, Roles: v.As, AuthTime: stamp(v.AuthTime), At: stamp(v.At),
	}
}

func (r *voteRow) vote() operation.Vote {
	return operation.Vote{
		Person:  operation.Person{Key: r.PersonKey, Name: r.PersonName, Email: r.PersonEmail, Address: r.PersonAddress},
		Approve: r.Approve, Reason: r.Reason, Digest: r.Digest, As: r.Roles, AuthTime: unstamp(r.AuthTime), At: unstamp(r.At),
	}
}

// requestsOf gives requests their items and votes: two queries, however many requests there are.
func (s *Store) requestsOf(ctx context.Context, db bun.IDB, rows []requestRow) ([]operation.Request, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	now, err := s.databaseTime(ctx, db)
	if err != nil {
		return nil, err
	}
	ids, places := make([]string, len(rows)), make(map[string]int, len(rows))
	found := make([]operation.Request, len(rows))
	for i := range rows {
		if found[i], err = rows[i].request(); err != nil {
			return nil, err
		}
		found[i].ReadAt = now
		ids[i], places[rows[i].ID] = rows[i].ID, i
	}
	var items []operationRow
	if err := selectOperations(db, &items).Where("o.under IN (?)", bun.List(ids)).Order("o.under", "o.position").Scan(ctx); err != nil {
		return nil, err
	}
	for i := range items {
		item, err := items[i].operation()
		if err != nil {
			return nil, err
		}
		r := &found[places[item.Under]]
		r.Items = append(r.Items, item)
	}
	var votes []voteRow
	if err := db.NewSelect().Model(&votes).Where("v.request IN (?)", bun.List(ids)).Order("v.request", "v.seq").Scan(ctx); err != nil {
		return nil, err
	}
	for i := range votes {
		r := &found[places[votes[i].Request]]
		r.Votes = append(r.Votes, votes[i].vote())
	}
	return found, nil
}
