package store

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/approval"
	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

func TestVotes(t *testing.T) {
	t.Parallel()
	onEvery(t, conformVotes)
}

// ballot is the word of somebody on what a request is bound to.
func ballot(r operation.Request, person string, approve bool) operation.Vote {
	return operation.Vote{
		Person: operation.Person{Key: person, Name: "Name of " + person, Email: person + "@example.com", Address: "192.0.2.8"}, Approve: approve,
		Reason: "seen", Digest: r.Digest, As: "admin@100", AuthTime: time.Date(2026, 3, 1, 8, 59, 0, 0, time.UTC),
	}
}

// leaves decides that a vote leaves a request's state.
func leaves(r operation.Request) (operation.Turn, error) {
	return operation.Turn{Line: requestLine(r, audit.Approved)}, nil
}

func voted(t *testing.T, s *Store, r operation.Request, person string, approve bool) operation.Request {
	t.Helper()
	r, err := s.Vote(t.Context(), r.ID, ballot(r, person, approve), leaves)
	ok(t, err)
	return r
}

func conformVotes(t *testing.T, open opener) {
	t.Run("votes are kept in their order, and the last one turns the request", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := open(t, c)
		r := asked(t, s, deactivation("r1", "d1"), operation.Awaiting)
		first := voted(t, s, r, "zoe", true)
		c.Advance(-time.Hour) // a clock that goes back changes no order
		second, err := s.Vote(t.Context(), "r1", ballot(r, "bob", true), func(r operation.Request) (operation.Turn, error) {
			if len(r.Votes) != 1 || r.Votes[0].Person.Key != "zoe" || !r.ReadAt.Before(first.ReadAt) {
				t.Errorf("decided on %+v", r)
			}
			return operation.Turn{
				To: operation.Scheduled, Wait: r.UndoWindow, Detail: "agreed", Line: requestLine(r, audit.Scheduled),
				Notices: []operation.Notice{{Person: r.Person, Kind: operation.Soon}},
			}, nil
		})
		ok(t, err)
		want := []operation.Vote{ballot(r, "zoe", true), ballot(r, "bob", true)}
		want[0].At, want[1].At = second.Votes[0].At, second.Votes[1].At
		if diff := cmp.Diff(want, second.Votes); diff != "" || want[0].At.IsZero() || !want[1].At.Before(want[0].At) {
			t.Error(want[0].At, want[1].At, diff)
		}
		if first.Version != 2 || second.Version != 3 || second.State != operation.Scheduled || second.Due.Sub(second.Votes[1].At) != r.UndoWindow || second.Detail != "agreed" {
			t.Errorf("after the second vote: %+v", second)
		}
		told, err := s.Notices(t.Context(), r.Person.Key, 9)
		if err != nil || len(told) != 1 || told[0].RequestID != "r1" || told[0].Kind != operation.Soon {
			t.Errorf("told: %+v, %v", told, err)
		}
		if size := logSize(t, s); size != 3 {
			t.Errorf("%d lines, want asking and two votes", size)
		}
	})

	t.Run("what is refused leaves nothing", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		r := asked(t, s, deactivation("r1", "d1"), operation.Awaiting)
		voted(t, s, r, "bob", true)
		scheduled := asked(t, s, deactivation("r2", "d2"), operation.Scheduled)
		running := asked(t, s, deactivation("r3", "d3"), operation.Running)
		size := logSize(t, s)
		denied := fault.New(fault.Denied, "Not you.", "")
		for _, tt := range []struct {
			name   string
			r      operation.Request
			vote   operation.Vote
			decide func(operation.Request) (operation.Turn, error)
			kind   fault.Kind
		}{
			{"a second vote", r, ballot(r, "bob", true), leaves, fault.Conflict},
			{"another word", r, ballot(r, "bob", false), leaves, fault.Conflict},
			{"a yes when enough have agreed", scheduled, ballot(scheduled, "bob", true), leaves, fault.Conflict},
			{"a no when it runs", running, ballot(running, "bob", false), leaves, fault.Conflict},
			{"on nothing", operation.Request{ID: "none"}, ballot(r, "zoe", true), leaves, fault.NotFound},
			{"refused when it was decided", r, ballot(r, "zoe", true), func(operation.Request) (operation.Turn, error) { return operation.Turn{}, denied }, fault.Denied},
			{"a turn that cannot be", r, ballot(r, "zoe", true), func(r operation.Request) (operation.Turn, error) {
				return operation.Turn{To: operation.Stopped, Line: requestLine(r, audit.Approved)}, nil
			}, fault.Conflict},
		} {
			if _, err := s.Vote(t.Context(), tt.r.ID, tt.vote, tt.decide); !fault.Is(err, tt.kind) {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		if got, err := s.Request(t.Context(), "r1"); err != nil || len(got.Votes) != 1 || got.Version != 2 {
			t.Errorf("%+v, %v", got, err)
		}
		if after := logSize(t, s); after != size {
			t.Errorf("%d lines of votes that were refused", after-size)
		}
		no, err := s.Vote(t.Context(), "r2", ballot(scheduled, "bob", false), func(r operation.Request) (operation.Turn, error) {
			return operation.Turn{To: operation.Rejected, Items: operation.Rejected, Line: requestLine(r, audit.Denied)}, nil
		})
		if err != nil || no.State != operation.Rejected || no.Items[0].State != operation.Rejected || no.Closed.IsZero() {
			t.Errorf("a no in the undo window: %+v, %v", no, err)
		}
	})

	t.Run("a vote between reading and turning wins", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		r := asked(t, s, deactivation("r1", "d1"), operation.Awaiting)
		voted(t, s, r, "bob", true)
		_, err := s.Turn(t.Context(), operation.Turn{ID: r.ID, Version: r.Version, To: operation.Withdrawn, Items: operation.Withdrawn, Line: requestLine(r, audit.Withdrawn)})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("decided without the vote: %v", err)
		}
	})

	t.Run("two who vote at one instant", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		r := asked(t, s, deactivation("r1", "d1"), operation.Awaiting)
		vote := func(person string, want int, pause func()) error {
			_, err := s.Vote(t.Context(), "r1", ballot(r, person, true), func(r operation.Request) (operation.Turn, error) {
				pause()
				if len(r.Votes) != want {
					t.Errorf("%s decides on %d votes, want %d", person, len(r.Votes), want)
				}
				turn, err := leaves(r)
				if len(r.Votes) == 1 {
					turn.To = operation.Running
				}
				return turn, err
			})
			return err
		}
		first, second := atOneInstant(t, s,
			func(pause func()) error { return vote("bob", 0, pause) },
			func(pause func()) error { return vote("zoe", 1, pause) })
		got, err := s.Request(t.Context(), "r1")
		if first != nil || second != nil || err != nil || got.State != operation.Running || len(got.Votes) != 2 {
			t.Errorf("%v, %v: %+v, %v", first, second, got, err)
		}
	})

	t.Run("two who ask at one instant", func(t *testing.T) {
		t.Parallel()
		s := open(t, newClock())
		over := fault.New(fault.Denied, "Over the ceiling.", "")
		ask := func(r operation.Request, pause func()) error {
			_, _, err := s.Ask(t.Context(), r, operation.Spending{Person: approval.Person{Key: r.Person.Key}, Path: "/root/"}, func(spent policy.Spent) (operation.Entry, error) {
				pause()
				if spent.PersonHour > 0 || spent.PersonDay > 0 || spent.SubtreeDay > 0 {
					return operation.Entry{}, over
				}
				return entryAs(r, operation.Awaiting)(spent)
			})
			return err
		}
		first, second := atOneInstant(t, s,
			func(pause func()) error { return ask(deactivation("r1", "d1"), pause) },
			func(pause func()) error { return ask(deactivation("r2", "d2"), pause) })
		if first != nil || !errors.Is(second, over) {
			t.Errorf("%v, %v, want the second to be told of the first", first, second)
		}
	})
}

// atOneInstant runs two writes so that the second begins while the first stands in its pause, and the first goes on once
// the second waits for it, or did not have to.
func atOneInstant(t *testing.T, s *Store, first, second func(pause func()) error) (firstErr, secondErr error) {
	t.Helper()
	inside, met := make(chan struct{}), make(chan struct{})
	var once, twice sync.Once
	var both sync.WaitGroup
	waits := s.writer.Stats().WaitCount
	both.Go(func() {
		firstErr = first(func() { once.Do(func() { close(inside); untilBlocked(t, s, waits, met) }) })
	})
	<-inside
	both.Go(func() {
		secondErr = second(func() { twice.Do(func() { close(met) }) })
	})
	both.Wait()
	return firstErr, secondErr
}

// untilBlocked returns when a write waits for another: on SQLite for the only connection, on PostgreSQL for a lock.
func untilBlocked(t *testing.T, s *Store, waits int64, met <-chan struct{}) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range 12_000 { // a minute
		select {
		case <-met:
			return
		case <-tick.C:
		}
		if _, ok := s.dialect.(sqliteDialect); ok {
			if s.writer.Stats().WaitCount > waits {
				return
			}
			continue
		}
		var blocked int
		if err := s.reader.NewRaw("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(t.Context(), &blocked); err != nil || blocked > 0 {
			return
		}
	}
	t.Error("the second write did not come")
}
