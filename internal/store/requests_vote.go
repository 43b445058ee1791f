package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
)

// Vote adds a vote, with its line, and turns the request when decide says so. The request is locked meanwhile: of two who
// vote at one instant the second decides on a request that holds the first one's vote.
func (s *Store) Vote(ctx context.Context, id string, v operation.Vote, decide func(operation.Request) (operation.Turn, error)) (voted operation.Request, err error) {
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, err := s.readRequestLocked(ctx, tx, id, s.dialect.forUpdate())
		if err != nil {
			return err
		}
		if r.State != operation.Awaiting && (r.State != operation.Scheduled || v.Approve) {
			return movedOn()
		}
		if slices.ContainsFunc(r.Votes, func(o operation.Vote) bool { return o.Person.Key == v.Person.Key && o.Digest == v.Digest }) {
			return fault.New(fault.Conflict, "You have voted on this request already.", "Its page shows your vote.")
		}
		t, err := decide(r)
		if err != nil {
			return err
		}
		vote := v
		vote.At = r.ReadAt
		if _, err := tx.NewInsert().Model(voteRowOf(id, len(r.Votes)+1, vote)).Exec(ctx); err != nil {
			return err
		}
		t.ID, t.Version = id, r.Version
		if err := s.turn(ctx, tx, t, r.ReadAt); err != nil {
			return err
		}
		voted, err = s.readRequest(ctx, tx, id)
		return err
	})
	if err != nil {
		return operation.Request{}, err
	}
	return voted, nil
}

// Turn changes a request's state with its line, what becomes of its items, and its notices; compare-and-set on the version.
func (s *Store) Turn(ctx context.Context, t operation.Turn) (turned operation.Request, err error) {
	if t.To == "" {
		return operation.Request{}, errors.New("store: a turn to no state")
	}
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		// Locked by a statement of its own, so that the ones behind it read what an item's start has written.
		if _, err := tx.ExecContext(ctx, "SELECT id FROM request WHERE id = ?"+s.dialect.forUpdate(), t.ID); err != nil {
			return err
		}
		now, err := s.databaseTime(ctx, tx)
		if err != nil {
			return err
		}
		if err := s.turn(ctx, tx, t, now); err != nil {
			return err
		}
		turned, err = s.readRequest(ctx, tx, t.ID)
		return err
	})
	if err != nil {
		return operation.Request{}, err
	}
	return turned, nil
}

// turn writes a turn of a request that is locked. Without a state to turn to it counts the version only: whoever decided on
// what they read before decides anew.
func (s *Store) turn(ctx context.Context, tx bun.Tx, t operation.Turn, now time.Time) error {
	q := tx.NewUpdate().Table("request").Set("version = version + 1").Where("id = ?", t.ID).Where("version = ?", t.Version)
	if t.To != "" {
		// The table of turns is kept here too: whoever writes, what is over stays over.
		q.Set("state = ?", t.To).Set("detail = ?", t.Detail).Set("claim_holder = ''").Set("claim_until = ''").
			Where("state IN (?)", bun.List(operation.RequestSources(t.To)))
	}
	switch t.To {
	case operation.Scheduled:
		q.Set("due = ?", stamp(now.Add(t.Wait)))
	case operation.Awaiting, operation.Rejected:
		q.Where("(state <> 'running' OR NOT EXISTS (SELECT 1 FROM operation AS i WHERE i.under = request.id AND i.started <> ''))")
	}
	if t.To == operation.Awaiting {
		q.Set("due = ''")
		if t.Digest != "" {
			q.Set("digest = ?", t.Digest)
		}
	}
	ends := t.To != "" && !(operation.Request{State: t.To}).Open()
	if ends {
		q.Set("closed = ?", stamp(now))
	}
	result, err := q.Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(err, movedOn())
	}
	if err := turnItems(ctx, tx, t, now); err != nil {
		return err
	}
	if ends {
		busy, err := tx.NewSelect().Table("operation").Where("under = ?", t.ID).Where("state IN ('awaiting', 'running')").Exists(ctx)
		if err != nil {
			return err
		}
		if busy {
			return fault.New(fault.Conflict, "Not everything in this request has an outcome yet.", "Its page shows its state now.")
		}
	}
	if err := s.notify(ctx, tx, t.ID, now, t.Notices); err != nil {
		return err
	}
	_, err = s.appendLine(ctx, tx, t.Line)
	return err
}

// turnItems writes what a turn makes of the items that still wait.
func turnItems(ctx context.Context, tx bun.Tx, t operation.Turn, now time.Time) error {
	if t.Items != "" {
		if (operation.Operation{State: t.Items}).Open() || !operation.CanMove(operation.Awaiting, t.Items) {
			return errors.New("store: items that wait cannot become " + string(t.Items) + " all at once")
		}
		_, err := tx.ExecContext(ctx, "UPDATE operation SET version = version + 1, state = ?, detail = ?, closed = ? WHERE under = ? AND state = 'awaiting'",
			string(t.Items), cmp.Or(t.Why, t.Detail), stamp(now), t.ID)
		if err != nil {
			return err
		}
	}
	if len(t.Renewed) > 0 && t.To != operation.Awaiting {
		return errors.New("store: items are bound anew only when everybody decides anew")
	}
	for _, n := range t.Renewed {
		extent, err := json.Marshal(n.Extent)
		if err != nil {
			return fmt.Errorf("write how far an operation reaches: %w", err)
		}
		result, err := tx.ExecContext(ctx, `
			UPDATE operation SET version = version + 1, fingerprint = ?, extent = ?, weight = ?, reach = ?, target_name = ?,
				target_org_uid = ?, target_org_name = ?, target_org_path = ?
			WHERE id = ? AND under = ? AND state = 'awaiting'`,
			n.Fingerprint, string(extent), n.Weight, n.Reach, n.TargetName, n.TargetOrgUID, n.TargetOrgName, n.TargetOrgPath, n.ID, t.ID)
		if err != nil {
			return err
		}
		if rows, err := result.RowsAffected(); err != nil || rows != 1 {
			return errors.Join(err, movedOn())
		}
	}
	return nil
}

func movedOn() error {
	return fault.New(fault.Conflict, "This request has moved on.", "Its page shows its state now.")
}
