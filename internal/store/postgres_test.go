package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/store/pgtest"
)

// twoPortals opens one database twice.
func twoPortals(t *testing.T) (a, b *Store) {
	t.Helper()
	url, c := pgtest.Prepared(t, migrate(t)), newClock()
	return reopenPostgres(t, url, c), reopenPostgres(t, url, c)
}

// TestPortalsThatStartTogetherMigrateOnce: each finds all tables, and nobody fails on what another made.
func TestPortalsThatStartTogetherMigrateOnce(t *testing.T) {
	t.Parallel()
	url := pgtest.Empty(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			s, err := Open(t.Context(), Options{URL: url})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if _, err := s.Record(t.Context(), event("ann", "started")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s := reopenPostgres(t, url, newClock())
	var applied, versions, heads int
	err := s.reader.NewRaw("SELECT count(*), count(DISTINCT version_id), (SELECT count(*) FROM audit_head) FROM goose_db_version").
		Scan(t.Context(), &applied, &versions, &heads)
	if err != nil || applied != versions || heads != 1 || logSize(t, s) != 4 {
		t.Errorf("%d migrations of %d versions, %d heads, %d lines, %v", applied, versions, heads, logSize(t, s), err)
	}
}

// TestBothFoldersOfMigrationsAgree: a number means the same on both databases.
func TestBothFoldersOfMigrationsAgree(t *testing.T) {
	t.Parallel()
	names := func(folder string) (names []string) {
		entries, err := migrations.ReadDir("migrations/" + folder)
		ok(t, err)
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	if sqlite, postgres := names("sqlite"), names("postgres"); !slices.Equal(sqlite, postgres) {
		t.Errorf("sqlite has %q, postgres has %q", sqlite, postgres)
	}
}

func TestOpenPostgresRefuses(t *testing.T) {
	t.Parallel()
	newer, older := pgtest.Prepared(t, migrate(t)), pgtest.Prepared(t, migrate(t))
	pgtest.Execute(t, newer, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (90000, true)")
	pgtest.Execute(t, older, "DELETE FROM goose_db_version WHERE version_id > 1")
	for _, tt := range []struct {
		name string
		o    Options
		want string
	}{
		{"a database newer than the program", Options{URL: newer}, "start the newer program"},
		{"inspecting a newer database", Options{URL: newer, Inspect: true}, "start the newer program"},
		{"inspecting an older database", Options{URL: older, Inspect: true}, "start the portal once"},
		{"a server that is not there", Options{URL: "postgres://portal:hunter2@127.0.0.1:1/portal"}, "127.0.0.1"},
		{"an address that cannot be read", Options{URL: "postgres://portal:hunter2@%zz/portal"}, "must look like postgres://"},
		{"a setting that cannot be", Options{URL: "postgres://portal:hunter2@localhost/portal?sslmode=hunter2"}, "must look like postgres://"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := Open(t.Context(), tt.o)
			if err == nil {
				_ = s.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %q, want it to say %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the password stands in the error: %v", err)
			}
		})
	}
}

func TestInspectingPostgresNeverWrites(t *testing.T) {
	t.Parallel()
	url := pgtest.Prepared(t, migrate(t))
	running := reopenPostgres(t, url, newClock())
	inspector, err := Open(t.Context(), Options{URL: url, Inspect: true})
	ok(t, err)
	t.Cleanup(func() { ok(t, inspector.Close()) })
	record(t, running, event("ann", "a"))
	if r := verify(t, inspector, newKey(t), nil); !r.OK() || r.Lines != 1 {
		t.Errorf("%s %+v", r.Summary(), r.Problems)
	}
	if err := inspector.Writable(t.Context()); err == nil {
		t.Error("an inspector wrote")
	}
	for _, s := range []*Store{inspector, running} {
		if _, err := s.reader.ExecContext(t.Context(), "DELETE FROM lease"); !IsUnwritable(translate(err)) {
			t.Errorf("reader pool: got %v, want a refusal", err)
		}
	}
}

// TestTwoPortalsShareOneLog writes from both at once, alone and as part of operations, while both sign.
func TestTwoPortalsShareOneLog(t *testing.T) {
	t.Parallel()
	a, b := twoPortals(t)
	key := newKey(t)
	const writers, each = 6, 40
	var all sync.WaitGroup
	for w := range writers {
		s := []*Store{a, b}[w%2]
		all.Go(func() {
			for i := range each {
				id := fmt.Sprintf("op-%d-%d", w, i)
				op := block(id, "d-"+id)
				stored, _, err := s.Begin(t.Context(), op, time.Minute, lineOf(op, audit.Intent))
				if err == nil {
					_, err = s.Move(t.Context(), operation.Move{ID: id, Version: stored.Version, To: operation.Succeeded, Line: lineOf(op, audit.Succeeded)})
				}
				if err == nil {
					_, err = s.Record(t.Context(), event(fmt.Sprint("writer-", w), fmt.Sprint("event-", i)))
				}
				if err == nil && i%10 == 0 {
					_, err = s.Checkpoint(t.Context(), key)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	sign(t, a, key)
	last := sign(t, b, key)
	for _, s := range []*Store{a, b} {
		if r := verify(t, s, key, &last); !r.OK() || r.Lines != 3*writers*each || r.Unsigned != 0 {
			t.Errorf("%s %+v", r.Summary(), r.Problems)
		}
	}
	entries, _, err := a.AuditSearch(t.Context(), audit.Query{AllOrgs: true, Limit: 1000})
	ok(t, err)
	for i, e := range entries[1:] {
		if e.Line.At.After(entries[i].Line.At) {
			t.Fatalf("line %d is later than line %d", e.Seq, entries[i].Seq)
		}
	}
}

// TestTwoPortalsBeginOneOperation posts one form to both, and two forms for one target.
func TestTwoPortalsBeginOneOperation(t *testing.T) {
	t.Parallel()
	a, b := twoPortals(t)
	begins := func(id func(n int) string) (began, existed, refused int) {
		var mu sync.Mutex
		var all sync.WaitGroup
		for n := range 20 {
			all.Go(func() {
				op := block(id(n), "d-"+id(0))
				_, was, err := []*Store{a, b}[n%2].Begin(t.Context(), op, time.Minute, lineOf(op, audit.Intent))
				mu.Lock()
				defer mu.Unlock()
				switch {
				case fault.Is(err, fault.Conflict):
					refused++
				case err != nil:
					t.Error(err)
				case was:
					existed++
				default:
					began++
				}
			})
		}
		all.Wait()
		return began, existed, refused
	}
	if began, existed, refused := begins(func(int) string { return "one" }); began != 1 || existed != 19 || refused != 0 {
		t.Errorf("one form: %d began, %d existed, %d refused", began, existed, refused)
	}
	if began, existed, refused := begins(func(n int) string { return fmt.Sprint("form-", n) }); began != 1 || existed != 0 || refused != 19 {
		t.Errorf("twenty forms for one target: %d began, %d existed, %d refused", began, existed, refused)
	}
	if n := logSize(t, a); n != 2 {
		t.Errorf("%d intents, want 2", n)
	}
}

// TestTwoPortalsTakeOneLease: whoever asks together, one gets it.
func TestTwoPortalsTakeOneLease(t *testing.T) {
	t.Parallel()
	a, b := twoPortals(t)
	for name, take := range map[string]func(s *Store, holder string) (bool, error){
		"a job's": func(s *Store, holder string) (bool, error) { return s.Lease(t.Context(), "job", holder, time.Hour) },
		"the sync's": func(s *Store, _ string) (bool, error) {
			_, err := s.SyncStarted(t.Context(), time.Hour)
			if fault.Is(err, fault.Conflict) {
				return false, nil
			}
			return err == nil, err
		},
	} {
		var mu sync.Mutex
		var all sync.WaitGroup
		taken := 0
		for n := range 12 {
			all.Go(func() {
				held, err := take([]*Store{a, b}[n%2], fmt.Sprint("holder-", n))
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if held {
					taken++
				}
			})
		}
		all.Wait()
		if taken != 1 {
			t.Errorf("%s lease was taken %d times", name, taken)
		}
	}
}

// TestADeadlockIsTriedAgain has two transactions take two rows in opposite orders; each waits with its first until the
// other has its own.
func TestADeadlockIsTriedAgain(t *testing.T) {
	t.Parallel()
	a, b := twoPortals(t)
	mustExec(t, a, "INSERT INTO lease (name, holder, until) VALUES ('x', '', ''), ('y', '', '')")
	var both, first sync.WaitGroup
	first.Add(2)
	attempts := make([]int, 2)
	for n, s := range []*Store{a, b} {
		rows := []string{"x", "y"}
		if n == 1 {
			slices.Reverse(rows)
		}
		both.Go(func() {
			err := s.write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				attempts[n]++
				for i, row := range rows {
					if _, err := tx.ExecContext(ctx, "UPDATE lease SET holder = holder || ? WHERE name = ?", fmt.Sprint(n), row); err != nil {
						return err
					}
					if i == 0 && attempts[n] == 1 {
						first.Done()
						first.Wait()
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	// The one that was undone may meet the other once more before that one is done.
	if attempts[0]+attempts[1] < 3 {
		t.Errorf("%v attempts, want one of the two to be tried again", attempts)
	}
	var holders []string
	ok(t, a.reader.NewRaw("SELECT holder FROM lease ORDER BY name").Scan(t.Context(), &holders))
	for _, h := range holders {
		if len(h) != 2 {
			t.Errorf("a row was written by %q, want both once", h)
		}
	}
}

// TestTheServersTimeCounts: a portal whose clock is wrong neither takes leases early nor sets wrong deadlines.
func TestTheServersTimeCounts(t *testing.T) {
	t.Parallel()
	url := pgtest.Prepared(t, migrate(t))
	wrong, err := Open(t.Context(), Options{URL: url, Now: func() time.Time { return time.Now().Add(240 * time.Hour) }})
	ok(t, err)
	t.Cleanup(func() { ok(t, wrong.Close()) })
	right, err := Open(t.Context(), Options{URL: url})
	ok(t, err)
	t.Cleanup(func() { ok(t, right.Close()) })

	if held, err := right.Lease(t.Context(), "job", "right", time.Hour); err != nil || !held {
		t.Fatal(held, err)
	}
	if held, err := wrong.Lease(t.Context(), "job", "wrong", time.Hour); err != nil || held {
		t.Errorf("a clock that is ahead took a lease: %t %v", held, err)
	}
	op := begin(t, wrong, block("op1", "d1"))
	if apart := time.Until(op.Deadline); apart < 0 || apart > time.Minute {
		t.Errorf("the deadline is %v away", apart)
	}
	assertOverdue(t, wrong, false)
	entries, _, err := right.AuditSearch(t.Context(), audit.Query{AllOrgs: true})
	if err != nil || len(entries) != 1 || time.Since(entries[0].Line.At).Abs() > time.Minute {
		t.Errorf("the line's time: %+v, %v", entries, err)
	}
	if right.Exclusive() {
		t.Error("a portal on a server believes itself alone")
	}
}

// TestAStartLeavesTheLeasesOfOthers: on a server a portal that starts is not the only one.
func TestAStartLeavesTheLeasesOfOthers(t *testing.T) {
	t.Parallel()
	url, c := pgtest.Prepared(t, migrate(t)), newClock()
	s := reopenPostgres(t, url, c)
	if held, err := s.Lease(t.Context(), "job", "old", time.Hour); err != nil || !held {
		t.Fatal(held, err)
	}
	_, err := s.SyncStarted(t.Context(), time.Hour)
	ok(t, err)
	s = reopenPostgres(t, url, c)
	if held, err := s.Lease(t.Context(), "job", "new", time.Hour); err != nil || held {
		t.Errorf("the job's lease: held %t, %v", held, err)
	}
	if _, err := s.SyncStarted(t.Context(), time.Hour); !fault.Is(err, fault.Conflict) {
		t.Errorf("the sync's lease: %v", err)
	}
}
