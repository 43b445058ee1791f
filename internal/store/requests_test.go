package store

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"backup-portal/internal/action"
	"backup-portal/internal/approval"
	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

func TestRequests(t *testing.T) {
	t.Parallel()
	onEvery(t, conformRequests)
}

// deactivation is a request as the road asks for it.
func deactivation(id string, targets ...string) operation.Request {
	r := operation.Request{
		ID: id, Action: "device.deactivate", Person: operation.Person{Key: "https://idp|ann", Name: "Ann", Email: "ann@example.com", Address: "192.0.2.7"},
		Reason: "sold'; --", HTTP: "h-" + id, Params: map[string]string{"note": "ünïcode"}, Digest: "digest-" + id,
		UndoWindow: 15 * time.Minute, Lifetime: 24 * time.Hour,
	}
	for i, target := range targets {
		item := block(fmt.Sprint(id, "-", i), target)
		item.Extent, item.Weight, item.Serial = action.Extent{Same: "active", Devices: 1}, 1, "user:"+target
		r.Items = append(r.Items, item)
	}
	return r
}

// requestLine is a line about a request as a whole.
func requestLine(r operation.Request, outcome audit.Outcome) audit.Line {
	return audit.Line{
		Actor: audit.Actor{Key: r.Person.Key, Name: r.Person.Name}, Action: r.Action, Vendor: "backup",
		Target:  audit.Target{Kind: "request", ID: r.ID, Name: fmt.Sprint(len(r.Items), " devices")},
		OrgUIDs: []string{"o1"}, Outcome: outcome, Reason: r.Reason, Under: r.ID,
	}
}

// itemLine is a line about an item.
func itemLine(o operation.Operation, outcome audit.Outcome) audit.Line {
	line := lineOf(o, outcome)
	line.Under = o.Under
	return line
}

// entryAs decides that a request is stored in this state.
func entryAs(r operation.Request, state operation.State) func(policy.Spent) (operation.Entry, error) {
	return func(policy.Spent) (operation.Entry, error) {
		return operation.Entry{
			Need: approval.Need{{Count: 1, From: []approval.Source{{Role: "admin", Where: approval.Above}}}}, Over: "25 devices an hour",
			State: state, Line: requestLine(r, audit.Requested),
		}, nil
	}
}

// asked stores a request in one of the states in which it can begin.
func asked(t *testing.T, s *Store, r operation.Request, state operation.State) operation.Request {
	t.Helper()
	stored, existed, err := s.Ask(t.Context(), r, operation.Spending{}, entryAs(r, state))
	if err != nil || existed {
		t.Fatalf("ask %s: existed %v, %v", r.ID, existed, err)
	}
	return stored
}

func conformRequests(t *testing.T, open opener) {
	t.Run("what is asked is what is read", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := open(t, c)
		mirrorOrg(t, s, "o1", "/root/moved/o1/")
		r := deactivation("r1", "d2", "d1")
		r.Items[0].Reason, r.Items[1].Person.Key, r.Items[0].Action = "another", "somebody else", "device.block"
		stored := asked(t, s, r, operation.Scheduled)
		want := r
		want.Version, want.State, want.Over = 1, operation.Scheduled, "25 devices an hour"
		want.Need = approval.Need{{Count: 1, From: []approval.Source{{Role: "admin", Where: approval.Above}}}}
		want.Items = deactivation("r1", "d2", "d1").Items
		for i := range want.Items {
			item := &want.Items[i]
			item.Version, item.State, item.Under, item.Position = 1, operation.Awaiting, "r1", i
			item.Action, item.Person, item.Reason, item.Request = r.Action, r.Person, r.Reason, r.HTTP
			item.TargetOrgPath = "/root/moved/o1/"
			item.Created = stored.Created
		}
		if diff := cmp.Diff(want, stored, cmpopts.IgnoreFields(operation.Request{}, "Created", "Expires", "Due", "ReadAt")); diff != "" {
			t.Error(diff)
		}
		if life, wait := stored.Expires.Sub(stored.Created), stored.Due.Sub(stored.Created); life != r.Lifetime || wait != r.UndoWindow {
			t.Errorf("lives %v, due after %v", life, wait)
		}
		read, err := s.Request(t.Context(), "r1")
		if diff := cmp.Diff(stored, read, cmpopts.IgnoreFields(operation.Request{}, "ReadAt")); err != nil || diff != "" {
			t.Error(err, diff)
		}
		if !read.ReadAt.After(stored.ReadAt) || read.ReadAt.After(c.Now()) {
			t.Errorf("read at %v", read.ReadAt)
		}
		if _, err := s.Request(t.Context(), "r1-0"); !fault.Is(err, fault.NotFound) {
			t.Errorf("an item as a request: %v", err)
		}
	})

	t.Run("twenty posts of one form are one request", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		r := deactivation("r1", "d1", "d2")
		var wg sync.WaitGroup
		var mu sync.Mutex
		existing := 0
		for range 20 {
			wg.Go(func() {
				stored, existed, err := s.Ask(t.Context(), r, operation.Spending{}, entryAs(r, operation.Awaiting))
				if err != nil || len(stored.Items) != 2 {
					t.Errorf("ask: %+v, %v", stored, err)
				}
				mu.Lock()
				defer mu.Unlock()
				if existed {
					existing++
				}
			})
		}
		wg.Wait()
		if size := logSize(t, s); existing != 19 || size != 1 {
			t.Errorf("%d callers were told that it existed, want 19; %d lines, want 1", existing, size)
		}
	})

	t.Run("all of it or nothing", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		holder := begin(t, s, block("op1", "d2"))
		waiting := asked(t, s, deactivation("r1", "d3"), operation.Awaiting)
		size := logSize(t, s)
		refused := errors.New("over the ceiling")
		no := func(policy.Spent) (operation.Entry, error) { return operation.Entry{}, refused }
		for _, tt := range []struct {
			name   string
			r      operation.Request
			decide func(policy.Spent) (operation.Entry, error)
			held   string
			err    error
		}{
			{"a target that an operation holds", deactivation("r2", "d1", "d2"), nil, holder.ID, nil},
			{"a target that waits in another request", deactivation("r3", "d1", "d3"), nil, waiting.Items[0].ID, nil},
			{"a target twice", deactivation("r4", "d1", "d1"), nil, "", nil},
			{"refused when it was decided", deactivation("r5", "d1"), no, "", refused},
			{"no targets", deactivation("r6"), nil, "", nil},
			{"as if it were over", deactivation("r7", "d1"), entryAs(deactivation("r7", "d1"), operation.Ended), "", nil},
		} {
			if tt.decide == nil {
				tt.decide = entryAs(tt.r, operation.Awaiting)
			}
			_, existed, err := s.Ask(t.Context(), tt.r, operation.Spending{}, tt.decide)
			if err == nil || existed || tt.err != nil && !errors.Is(err, tt.err) {
				t.Errorf("%s: existed %v, %v", tt.name, existed, err)
			}
			held, ok := errors.AsType[*operation.TargetHeld](err)
			if ok != (tt.held != "") || ok && (held.Operation.ID != tt.held || !fault.Is(err, fault.Conflict)) {
				t.Errorf("%s: held by %+v, want %q", tt.name, held, tt.held)
			}
			if _, err := s.Request(t.Context(), tt.r.ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s is stored: %v", tt.name, err)
			}
		}
		if _, open, err := s.OpenOn(t.Context(), "device", "d1"); open || err != nil {
			t.Errorf("something of a refused request is left: %v %v", open, err)
		}
		if after := logSize(t, s); after != size {
			t.Errorf("%d lines of what was not asked", after-size)
		}
		refuseLines(t, s)
		r := deactivation("r8", "d1")
		if _, _, err := s.Ask(t.Context(), r, operation.Spending{}, entryAs(r, operation.Awaiting)); err == nil {
			t.Error("asked without a line")
		}
		if _, err := s.Request(t.Context(), "r8"); !fault.Is(err, fault.NotFound) {
			t.Errorf("asked without a line: %v", err)
		}
	})

	t.Run("an item holds its target and is not begun by itself", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		r := asked(t, s, deactivation("r1", "d1"), operation.Awaiting)
		_, _, err := s.Begin(t.Context(), block("op1", "d1"), time.Minute, lineOf(block("op1", "d1"), audit.Intent))
		held, ok := errors.AsType[*operation.TargetHeld](err)
		if !fault.Is(err, fault.Conflict) || !ok || held.Operation.ID != r.Items[0].ID {
			t.Errorf("a direct one on the target: %v", err)
		}
		item := deactivation("r2", "d9").Items[0]
		item.Under, item.Position = "r1", 1
		if _, _, err := s.Begin(t.Context(), item, time.Minute, itemLine(item, audit.Intent)); err == nil {
			t.Error("an item was begun by itself")
		}
	})

	t.Run("nothing that was asked or said is changed or removed", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		r := asked(t, s, deactivation("r1", "d1"), operation.Awaiting)
		voted(t, s, r, "bob", true)
		asked(t, s, deactivation("r2", "d2"), operation.Awaiting) // nobody's vote keeps it
		for _, attack := range []string{
			"DELETE FROM request WHERE id = 'r2'", "DELETE FROM request_vote", "DELETE FROM operation",
			"UPDATE request_vote SET approve = NOT approve", "UPDATE request SET need = '[]'", "UPDATE request SET person_key = 'x'",
			"UPDATE request SET expires = '9'", "UPDATE operation SET target_id = 'd9'", "UPDATE operation SET under = ''",
			"UPDATE operation SET weight = 0, person_key = 'x'", "UPDATE operation SET params = '{}'", "UPDATE request SET params = '{}'",
		} {
			if _, err := s.writer.ExecContext(t.Context(), attack); err == nil {
				t.Errorf("%s went through", attack)
			}
		}
		if _, ok := s.dialect.(postgresDialect); ok {
			for _, attack := range []string{"TRUNCATE request, request_vote", "TRUNCATE operation"} {
				if _, err := s.writer.ExecContext(t.Context(), attack); err == nil {
					t.Errorf("%s went through", attack)
				}
			}
		}
	})
}
