package store

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
)

// block is an operation as the road begins it.
func block(id, target string) operation.Operation {
	return operation.Operation{
		ID: id, Action: "device.block", Person: operation.Person{Key: "https://idp|ann", Name: "Ann", Email: "ann@example.com", Address: "192.0.2.7"},
		Reason: "lost", Request: "r-" + id, TargetKind: "device", TargetID: target, TargetName: "laptop'; --",
		TargetOrgUID: "o1", TargetOrgName: "Org", TargetOrgPath: "/root/o1/",
		Params: map[string]string{"note": "ünïcode"}, Fingerprint: "active",
	}
}

// lineOf is a line about an operation.
func lineOf(o operation.Operation, outcome audit.Outcome) audit.Line {
	return audit.Line{
		Actor: audit.Actor{Key: o.Person.Key, Name: o.Person.Name}, Action: o.Action, Vendor: "backup",
		Target:  audit.Target{Kind: o.TargetKind, ID: o.TargetID, Name: o.TargetName, Org: o.TargetOrgName},
		OrgUIDs: []string{o.TargetOrgUID}, Outcome: outcome, Operation: o.ID, Request: o.Request,
	}
}

func begin(t *testing.T, s *Store, o operation.Operation) operation.Operation {
	t.Helper()
	stored, existed, err := s.Begin(t.Context(), o, time.Minute, lineOf(o, audit.Intent))
	if err != nil || existed {
		t.Fatalf("begin %s: existed %v, %v", o.ID, existed, err)
	}
	return stored
}

func conformOperations(t *testing.T, open opener) {
	t.Run("what begins is what is read", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := open(t, c)
		want := block("op1", "d1")
		want.Version, want.State = 1, operation.Running
		stored := begin(t, s, block("op1", "d1"))
		times := cmpopts.IgnoreFields(operation.Operation{}, "Created", "Started", "Deadline")
		if diff := cmp.Diff(want, stored, times); diff != "" {
			t.Error(diff)
		}
		read, err := s.Operation(t.Context(), "op1")
		if diff := cmp.Diff(stored, read); err != nil || diff != "" {
			t.Error(err, diff)
		}
		if got := stored.Deadline.Sub(stored.Started); got != time.Minute {
			t.Errorf("deadline %v after the start, want the limit", got)
		}
		found, ok, err := s.OpenOn(t.Context(), "device", "d1")
		if err != nil || !ok || found.ID != "op1" {
			t.Errorf("open on d1: %v %v %v", found.ID, ok, err)
		}
		if _, ok, err := s.OpenOn(t.Context(), "org", "d1"); ok || err != nil {
			t.Errorf("open on an org of the same id: %v %v", ok, err)
		}
	})

	t.Run("a missing one is not found", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		if _, err := s.Operation(t.Context(), "none"); !fault.Is(err, fault.NotFound) {
			t.Errorf("read: %v", err)
		}
		if err := s.Note(t.Context(), "none", "x"); !fault.Is(err, fault.NotFound) {
			t.Errorf("note: %v", err)
		}
		if _, err := s.Move(t.Context(), operation.Move{ID: "none", Version: 1, To: operation.Failed}); !fault.Is(err, fault.Conflict) {
			t.Errorf("move: %v", err)
		}
		if size := logSize(t, s); size != 0 {
			t.Errorf("%d lines of what did not happen", size)
		}
	})

	t.Run("twenty posts of one form are one operation", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		var wg sync.WaitGroup
		var mu sync.Mutex
		existing := 0
		for range 20 {
			wg.Go(func() {
				stored, existed, err := s.Begin(t.Context(), block("op1", "d1"), time.Minute, lineOf(block("op1", "d1"), audit.Intent))
				if err != nil || stored.ID != "op1" || stored.State != operation.Running {
					t.Errorf("begin: %+v, %v", stored, err)
				}
				mu.Lock()
				defer mu.Unlock()
				if existed {
					existing++
				}
			})
		}
		wg.Wait()
		if existing != 19 {
			t.Errorf("%d callers were told that it existed, want 19", existing)
		}
		if size := logSize(t, s); size != 1 {
			t.Errorf("%d intent lines, want 1", size)
		}
	})

	t.Run("only moves of the table", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		op := begin(t, s, block("op1", "d1"))
		done, err := s.Move(t.Context(), operation.Move{ID: "op1", Version: op.Version, To: operation.Succeeded, Line: lineOf(op, audit.Succeeded)})
		if err != nil {
			t.Fatal(err)
		}
		before := logSize(t, s)
		for _, to := range operation.States {
			if _, err := s.Move(t.Context(), operation.Move{ID: "op1", Version: done.Version, To: to, Line: lineOf(op, audit.Failed)}); !fault.Is(err, fault.Conflict) {
				t.Errorf("what has succeeded becomes %s: %v", to, err)
			}
		}
		if after := logSize(t, s); after != before {
			t.Errorf("moves that were turned down wrote %d lines", after-before)
		}
	})

	t.Run("one open operation per target", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		first := begin(t, s, block("op1", "d1"))
		other := block("op2", "d1")
		other.Action = "device.unblock"
		if _, _, err := s.Begin(t.Context(), other, time.Minute, lineOf(other, audit.Intent)); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second operation on the target: %v", err)
		}
		unknown, err := s.Move(t.Context(), operation.Move{ID: "op1", Version: first.Version, To: operation.Unknown, Line: lineOf(first, audit.Unknown)})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Begin(t.Context(), other, time.Minute, lineOf(other, audit.Intent)); !fault.Is(err, fault.Conflict) {
			t.Errorf("while the first one's outcome is unknown: %v", err)
		}
		begin(t, s, block("op3", "d2")) // another target is free
		if _, err := s.Move(t.Context(), operation.Move{ID: "op1", Version: unknown.Version, To: operation.Succeeded, Line: lineOf(first, audit.Succeeded)}); err != nil {
			t.Fatal(err)
		}
		begin(t, s, other)
		if size := logSize(t, s); size != 5 {
			t.Errorf("%d lines, want 5: refused ones write none", size)
		}
	})

	t.Run("what failed in part names what it wrote, and holds its target no more", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		for i, first := range []operation.State{operation.Running, operation.Unknown} {
			op := begin(t, s, block(fmt.Sprint("op", i), "d1"))
			if first == operation.Unknown {
				moved, err := s.Move(t.Context(), operation.Move{ID: op.ID, Version: op.Version, To: first, Line: lineOf(op, audit.Unknown), Written: []string{"packet'; --"}})
				ok(t, err)
				if diff := cmp.Diff([]string{"packet'; --"}, moved.Written); diff != "" {
					t.Error(diff)
				}
				op = moved
			}
			part, err := s.Move(t.Context(), operation.Move{ID: op.ID, Version: op.Version, To: operation.Partial, Line: lineOf(op, audit.Partial), Written: []string{"a", "b"}})
			if diff := cmp.Diff([]string{"a", "b"}, part.Written); err != nil || diff != "" || part.State != operation.Partial || part.Closed.IsZero() {
				t.Errorf("after %s: %+v, %v", first, part, err)
			}
			if _, held, err := s.OpenOn(t.Context(), "device", "d1"); held || err != nil {
				t.Errorf("it holds its target: %v", err)
			}
			for _, to := range operation.States {
				if _, err := s.Move(t.Context(), operation.Move{ID: op.ID, Version: part.Version, To: to, Line: lineOf(op, audit.Failed)}); !fault.Is(err, fault.Conflict) {
					t.Errorf("what has failed in part becomes %s: %v", to, err)
				}
			}
		}
	})

	t.Run("a move is compare-and-set", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := open(t, c)
		op := begin(t, s, block("op1", "d1"))
		var wg sync.WaitGroup
		var mu sync.Mutex
		won, lost := 0, 0
		for i := range 8 {
			wg.Go(func() {
				_, err := s.Move(t.Context(), operation.Move{
					ID: "op1", Version: op.Version, To: operation.Succeeded, Line: lineOf(op, audit.Succeeded),
					Attempts: i, Detail: "blocked", Checked: "blocked", SetsCheck: true,
				})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					won++
				case fault.Is(err, fault.Conflict):
					lost++
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won != 1 || lost != 7 {
			t.Errorf("%d won and %d lost, want 1 and 7", won, lost)
		}
		got, err := s.Operation(t.Context(), "op1")
		if err != nil {
			t.Fatal(err)
		}
		if got.State != operation.Succeeded || got.Version != 2 || got.Detail != "blocked" || got.Checked != "blocked" || got.Closed.IsZero() || got.CheckedAt.IsZero() {
			t.Errorf("after the move: %+v", got)
		}
		if size := logSize(t, s); size != 2 {
			t.Errorf("%d lines, want intent and outcome", size)
		}
	})

	t.Run("a move keeps what it does not name", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		op := begin(t, s, block("op1", "d1"))
		if err := s.Note(t.Context(), "op1", "still blocked"); err != nil {
			t.Fatal(err)
		}
		got, err := s.Move(t.Context(), operation.Move{ID: "op1", Version: op.Version, To: operation.Unknown, Line: lineOf(op, audit.Unknown), Limit: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		if got.Checked != "still blocked" || !got.Closed.IsZero() || got.Deadline.Before(op.Deadline.Add(50*time.Minute)) || !got.Started.Equal(op.Started) {
			t.Errorf("after the move: %+v", got)
		}
	})

	t.Run("overdue is by database time", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := open(t, c)
		begin(t, s, block("op1", "d1"))
		c.Advance(50 * time.Second)
		begin(t, s, block("op2", "d2"))
		assertOverdue(t, s, false)
		assertOverdue(t, s, true, "op1", "op2")
		c.Advance(11 * time.Second)
		assertOverdue(t, s, false, "op1")
	})

	t.Run("events are the operation's lines, oldest first", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		op := begin(t, s, block("op1", "d1"))
		begin(t, s, block("op2", "d2"))
		if _, err := s.Move(t.Context(), operation.Move{ID: "op1", Version: 1, To: operation.Failed, Line: lineOf(op, audit.Failed)}); err != nil {
			t.Fatal(err)
		}
		events, err := s.Events(t.Context(), "op1")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range events {
			got = append(got, fmt.Sprintf("%d %s %s", e.Seq, e.Line.Action, e.Line.Outcome))
		}
		if diff := cmp.Diff([]string{"0 device.block intent", "2 device.block failed"}, got); diff != "" {
			t.Error(diff)
		}
	})

	t.Run("the organization's path is the mirror's", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		mirrorOrg(t, s, "o1", "/root/moved/o1/")
		begin(t, s, block("op1", "d1"))
		got, err := s.Operation(t.Context(), "op1")
		if err != nil || got.TargetOrgPath != "/root/moved/o1/" {
			t.Errorf("path %q, %v", got.TargetOrgPath, err)
		}
	})

	t.Run("nothing of a step is kept when its line cannot be written", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		op := begin(t, s, block("op1", "d1"))
		refuseLines(t, s)
		if _, _, err := s.Begin(t.Context(), block("op2", "d2"), time.Minute, lineOf(block("op2", "d2"), audit.Intent)); err == nil {
			t.Error("began without an intent")
		}
		if _, err := s.Operation(t.Context(), "op2"); !fault.Is(err, fault.NotFound) {
			t.Errorf("op2: %v", err)
		}
		if _, err := s.Move(t.Context(), operation.Move{ID: "op1", Version: op.Version, To: operation.Succeeded, Line: lineOf(op, audit.Succeeded)}); err == nil {
			t.Error("moved without an outcome")
		}
		if got, err := s.Operation(t.Context(), "op1"); err != nil || got.State != operation.Running {
			t.Errorf("op1: %v %v", got.State, err)
		}
	})
}

func assertOverdue(t *testing.T, s *Store, all bool, want ...string) {
	t.Helper()
	found, err := s.Overdue(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range found {
		got = append(got, o.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("overdue (all %v): %s", all, diff)
	}
}

// logSize counts the lines of the log.
func logSize(t *testing.T, s *Store) int64 {
	t.Helper()
	tree, err := readHead(t.Context(), s.reader, "")
	if err != nil {
		t.Fatal(err)
	}
	return tree.Size()
}

// refuseLines makes the database refuse every further line of the log.
func refuseLines(t *testing.T, s *Store) {
	t.Helper()
	refuseInserts(t, s, "audit_line")
}

// mirrorOrg puts an organization into the mirror.
func mirrorOrg(t *testing.T, s *Store, uid, path string) {
	t.Helper()
	mustExec(t, s, `INSERT INTO org (uid, parent_uid, name, external_reference, path, depth, active, blocked, hash, missing)
		VALUES (?, '', ?, '', ?, 0, TRUE, FALSE, '', 0)`, uid, uid, path)
}

func mustExec(t *testing.T, s *Store, query string, args ...any) {
	t.Helper()
	if _, err := s.writer.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func conformLease(t *testing.T, open opener) {
	c := newClock()
	s := open(t, c)
	for _, step := range []struct {
		name    string
		holder  string
		advance time.Duration
		want    bool
	}{
		{"free", "a", 0, true},
		{"kept by its holder", "a", 40 * time.Second, true},
		{"not given to another", "b", 40 * time.Second, false},
		{"given when it ran out", "b", 30 * time.Second, true},
		{"and lost by the first", "a", 0, false},
	} {
		c.Advance(step.advance)
		held, err := s.Lease(t.Context(), "sync", step.holder, time.Minute)
		if err != nil || held != step.want {
			t.Errorf("%s: held %v, %v", step.name, held, err)
		}
	}
	if held, err := s.Lease(t.Context(), "expiry", "a", time.Minute); err != nil || !held {
		t.Errorf("another name: held %v, %v", held, err)
	}
}
