package store

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
)

func TestTurns(t *testing.T) {
	t.Parallel()
	onEvery(t, conformTurns)
}

func conformTurns(t *testing.T, open opener) {
	t.Run("only turns of the table", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		for _, from := range operation.States {
			for _, to := range operation.States {
				id := string(from) + "-" + string(to)
				r := asked(t, s, deactivation(id, "d-"+id), operation.Awaiting)
				mustExec(t, s, "UPDATE request SET state = ? WHERE id = ?", string(from), id)
				turned, err := s.Turn(t.Context(), operation.Turn{ID: id, Version: r.Version, To: to, Items: operation.LeftOut, Line: requestLine(r, audit.Ended), Detail: "why"})
				switch {
				case operation.CanTurn(from, to) && (err != nil || turned.State != to || turned.Version != 2 || turned.Detail != "why" ||
					turned.Closed.IsZero() == !turned.Open() || turned.Items[0].State != operation.LeftOut || turned.Items[0].Closed.IsZero()):
					t.Errorf("%s: %+v, %v", id, turned, err)
				case !operation.CanTurn(from, to) && !fault.Is(err, fault.Conflict):
					t.Errorf("%s: %v", id, err)
				}
			}
		}
	})

	t.Run("only moves of the table, and a start only while the request runs", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		for _, of := range operation.States {
			for _, from := range operation.States {
				for _, to := range operation.States {
					if of != operation.Running && (from != operation.Awaiting || to != operation.Running) {
						continue // what else becomes of an item does not ask for its request
					}
					id := string(of) + "-" + string(from) + "-" + string(to)
					r := asked(t, s, deactivation(id, "d-"+id), operation.Running)
					mustExec(t, s, "UPDATE request SET state = ? WHERE id = ?", string(of), id)
					mustExec(t, s, "UPDATE operation SET state = ? WHERE under = ?", string(from), id)
					_, err := s.Move(t.Context(), operation.Move{ID: r.Items[0].ID, Version: 1, To: to, Line: itemLine(r.Items[0], audit.Intent)})
					may := operation.CanMove(from, to) && (to != operation.Running || of == operation.Running)
					if may && err != nil || !may && !fault.Is(err, fault.Conflict) {
						t.Errorf("%s: %v", id, err)
					}
				}
			}
		}
	})

	t.Run("back or rejected only before the first start, over only after the last end", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		r := asked(t, s, deactivation("r1", "d1", "d2"), operation.Running)
		turn := func(to, items operation.State) error {
			_, err := s.Turn(t.Context(), operation.Turn{ID: "r1", Version: r.Version, To: to, Items: items, Line: requestLine(r, audit.Ended)})
			return err
		}
		if err := turn(operation.Ended, ""); !fault.Is(err, fault.Conflict) {
			t.Errorf("over while items wait: %v", err)
		}
		item := r.Items[0]
		started, err := s.Move(t.Context(), operation.Move{ID: item.ID, Version: 1, To: operation.Running, Limit: time.Minute, Line: itemLine(item, audit.Intent)})
		if err != nil || started.Started.IsZero() || started.Deadline.Sub(started.Started) != time.Minute {
			t.Fatalf("%+v, %v", started, err)
		}
		if err := turn(operation.Ended, operation.LeftOut); !fault.Is(err, fault.Conflict) {
			t.Errorf("over while an item runs: %v", err)
		}
		until := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
		done, err := s.Move(t.Context(), operation.Move{ID: item.ID, Version: 2, To: operation.Succeeded, UndoUntil: until, Line: itemLine(item, audit.Succeeded)})
		if err != nil || !done.UndoUntil.Equal(until) {
			t.Fatalf("%+v, %v", done, err)
		}
		for _, to := range []operation.State{operation.Awaiting, operation.Rejected} {
			if err := turn(to, ""); !fault.Is(err, fault.Conflict) {
				t.Errorf("%s when an item was started: %v", to, err)
			}
		}
		for _, items := range []operation.State{operation.Running, operation.Awaiting, operation.Succeeded, operation.Scheduled} {
			if err := turn(operation.Stopped, items); err == nil {
				t.Errorf("all items became %s at once", items)
			}
		}
		ok(t, turn(operation.Ended, operation.LeftOut))
		got, err := s.Request(t.Context(), "r1")
		states := []operation.State{got.Items[0].State, got.Items[1].State}
		if err != nil || !slices.Equal(states, []operation.State{operation.Succeeded, operation.LeftOut}) {
			t.Errorf("%v, %v", states, err)
		}
	})

	t.Run("it is bound anew when it goes back", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		r := asked(t, s, deactivation("r1", "d1", "d2"), operation.Awaiting)
		renewal := operation.Renewal{
			ID: r.Items[1].ID, Fingerprint: "grown", Extent: action.Extent{Same: "x", Orgs: 1, Devices: 7, Users: 3}, Weight: 7, Reach: 9,
			TargetName: "new name", TargetOrgUID: "o2", TargetOrgName: "Two", TargetOrgPath: "/root/o2/",
		}
		back := func(id string, n operation.Renewal) (operation.Request, error) {
			return s.Turn(t.Context(), operation.Turn{ID: id, Version: 1, To: operation.Awaiting, Digest: "anew", Renewed: []operation.Renewal{n}, Line: requestLine(r, audit.Returned)})
		}
		if _, err := back("r1", renewal); !fault.Is(err, fault.Conflict) {
			t.Errorf("from awaiting: %v", err)
		}
		r = asked(t, s, deactivation("r2", "d3", "d4"), operation.Scheduled)
		if _, err := back("r2", renewal); !fault.Is(err, fault.Conflict) {
			t.Errorf("an item of another request: %v", err)
		}
		renewal.ID = r.Items[1].ID
		got, err := back("r2", renewal)
		ok(t, err)
		want := r.Items[1]
		want.Version, want.Fingerprint, want.Extent, want.Weight, want.Reach, want.TargetName = 2, "grown", renewal.Extent, 7, 9, "new name"
		want.TargetOrgUID, want.TargetOrgName, want.TargetOrgPath = "o2", "Two", "/root/o2/"
		if diff := cmp.Diff([]operation.Operation{r.Items[0], want}, got.Items); diff != "" || got.Digest != "anew" || !got.Due.IsZero() {
			t.Errorf("%+v %s", got, diff)
		}
		voted(t, s, got, "bob", true)
	})

	t.Run("a start and a way back at one instant", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		starts := func(item operation.Operation) error {
			_, err := s.Move(t.Context(), operation.Move{ID: item.ID, Version: 1, To: operation.Running, Line: itemLine(item, audit.Intent)})
			return err
		}
		goesBack := func(r operation.Request) operation.Turn {
			return operation.Turn{ID: r.ID, Version: 1, To: operation.Awaiting, Line: requestLine(r, audit.Returned)}
		}
		r := asked(t, s, deactivation("r1", "d1"), operation.Running)
		first, second := atOneInstant(t, s,
			func(pause func()) error {
				return s.write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					if err := s.turn(ctx, tx, goesBack(r), r.Created); err != nil {
						return err
					}
					pause()
					return nil
				})
			},
			func(func()) error { return starts(r.Items[0]) })
		if first != nil || !fault.Is(second, fault.Conflict) {
			t.Errorf("a start behind the way back: %v, %v", first, second)
		}
		r = asked(t, s, deactivation("r2", "d2"), operation.Running)
		first, second = atOneInstant(t, s,
			func(pause func()) error {
				return s.write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					if err := s.lockRequestOf(ctx, tx, r.Items[0].ID); err != nil {
						return err
					}
					if _, err := tx.ExecContext(ctx, "UPDATE operation SET state = 'running', started = created WHERE under = 'r2'"); err != nil {
						return err
					}
					pause()
					return nil
				})
			},
			func(func()) error { _, err := s.Turn(t.Context(), goesBack(r)); return err })
		if first != nil || !fault.Is(second, fault.Conflict) {
			t.Errorf("a way back behind the start: %v, %v", first, second)
		}
	})

	t.Run("one with a serial runs at a time", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		r := deactivation("r1", "d1", "d2", "d3")
		for i := range r.Items[:2] {
			r.Items[i].Serial = "user:u1"
		}
		r = asked(t, s, r, operation.Running)
		move := func(n int, version int64, to operation.State) error {
			_, err := s.Move(t.Context(), operation.Move{ID: r.Items[n].ID, Version: version, To: to, Line: itemLine(r.Items[n], audit.Intent)})
			return err
		}
		ok(t, move(0, 1, operation.Running))
		if err := move(1, 1, operation.Running); !errors.Is(err, operation.ErrSerial) || !fault.Is(err, fault.Conflict) {
			t.Errorf("beside another of its user: %v", err)
		}
		ok(t, move(2, 1, operation.Running))
		direct := block("op1", "d9")
		direct.Serial = "user:u1"
		if _, _, err := s.Begin(t.Context(), direct, time.Minute, lineOf(direct, audit.Intent)); !errors.Is(err, operation.ErrSerial) || !fault.Is(err, fault.Conflict) {
			t.Errorf("a direct one beside it: %v", err)
		}
		if err := move(0, 1, operation.Succeeded); !fault.Is(err, fault.Conflict) || errors.Is(err, operation.ErrSerial) {
			t.Errorf("a lost compare-and-set: %v", err)
		}
		ok(t, move(0, 2, operation.Unknown)) // nobody calls for it any more
		ok(t, move(1, 1, operation.Running))
	})
}
