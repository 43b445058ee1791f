package store

import (
	"context"
	"fmt"
	"os"
	"regexp"
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
	if attempts[0]+attempts[1] != 3 {
		t.Errorf("%v attempts, want one of the two to be tried again once", attempts)
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

// sqlOf reads the statements of a fenced block of the operations guide that mentions a text.
func sqlOf(t *testing.T, mentions string) []string {
	t.Helper()
	guide, err := os.ReadFile("../../docs/operations.md")
	ok(t, err)
	for _, found := range regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(string(guide), -1) {
		if !strings.Contains(found[1], mentions) {
			continue
		}
		var statements []string
		for statement := range strings.SplitSeq(found[1], ";") {
			if strings.TrimSpace(statement) != "" {
				statements = append(statements, statement)
			}
		}
		return statements
	}
	t.Fatalf("docs/operations.md has no SQL that mentions %q", mentions)
	return nil
}

// TestTheRoleOfTheGuide makes the roles of docs/operations.md, word for word, and lives as each of them.
func TestTheRoleOfTheGuide(t *testing.T) {
	t.Parallel()
	url := pgtest.Empty(t)
	for _, statement := range sqlOf(t, "CREATE ROLE portal_owner") {
		if strings.Contains(statement, "CREATE DATABASE") {
			continue // the test has one
		}
		// The tests' superuser has the name of the guide's role.
		pgtest.Execute(t, url, strings.ReplaceAll(statement, "ROLE portal ", "ROLE portal_serving "))
	}
	pgtest.Execute(t, url, "ALTER DATABASE "+pgtest.Name(t, url)+" OWNER TO portal_owner")
	owner, serving := pgtest.As(t, url, "portal_owner"), pgtest.As(t, url, "portal_serving")

	if _, err := Open(t.Context(), Options{URL: serving}); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("before the tables are made: %v", err)
	}
	migrated, err := Open(t.Context(), Options{URL: owner})
	ok(t, err)
	if rights, err := migrated.AuditRights(t.Context()); err != nil || !slices.Contains(rights, "ownership of audit_line") {
		t.Errorf("rights of the owner: %q, %v", rights, err)
	}
	ok(t, migrated.Close())
	for _, statement := range sqlOf(t, "REVOKE") {
		pgtest.Execute(t, owner, strings.ReplaceAll(strings.ReplaceAll(statement, "TO portal", "TO portal_serving"), "FROM portal", "FROM portal_serving"))
	}

	s, err := Open(t.Context(), Options{URL: serving})
	ok(t, err)
	t.Cleanup(func() { ok(t, s.Close()) })
	if rights, err := s.AuditRights(t.Context()); err != nil || len(rights) != 0 {
		t.Errorf("rights of the serving role: %q, %v", rights, err)
	}
	key := newKey(t)
	ok(t, s.Writable(t.Context()))
	op := begin(t, s, block("op1", "d1"))
	_, err = s.Move(t.Context(), operation.Move{ID: "op1", Version: op.Version, To: operation.Succeeded, Line: lineOf(op, audit.Succeeded)})
	ok(t, err)
	newFleet(6, 4, 9).sync(t.Context(), t, s)
	sign(t, s, key)
	if r := verify(t, s, key, nil); !r.OK() || r.Lines != 2 {
		t.Errorf("%s %+v", r.Summary(), r.Problems)
	}
	for _, attack := range []string{
		"UPDATE audit_line SET bytes = '{}'", "DELETE FROM audit_leaf", "TRUNCATE audit_line", "DELETE FROM audit_checkpoint",
		"DROP TRIGGER audit_line_no_change ON audit_line", "ALTER TABLE audit_line DISABLE TRIGGER ALL", "DELETE FROM audit_head",
		"DELETE FROM goose_db_version", "DROP TABLE audit_line",
	} {
		if _, err := s.writer.ExecContext(t.Context(), attack); !isForbidden(err) {
			t.Errorf("%s: %v, want it forbidden", attack, err)
		}
	}
	// A newer program finds out at its start that its tables are missing, and says who can make them.
	pgtest.Execute(t, owner, "DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)")
	if _, err := Open(t.Context(), Options{URL: serving}); err == nil || !strings.Contains(err.Error(), "portal migrate") {
		t.Errorf("with a migration missing: %v", err)
	}
}
