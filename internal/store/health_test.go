package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/store/pgtest"
)

func TestADatabaseThatTakesNoWrites(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		open opener
		stop func(t *testing.T, s *Store)
		mend func(t *testing.T, s *Store)
	}{
		{"sqlite, read-only", openSQLite, freeze, thaw},
		{"postgres, read-only", openPostgres, freeze, thaw},
		{
			"sqlite, full", openSQLite,
			func(t *testing.T, s *Store) {
				ok(t, s.Cap(t.Context(), 1))
				for n := 0; ; n++ { // what is left of the last pages
					if _, err := s.Record(t.Context(), event("ann", "filler")); IsUnwritable(err) {
						return
					} else if err != nil || n > 1000 {
						t.Fatalf("line %d: %v", n, err)
					}
				}
			},
			func(t *testing.T, s *Store) { ok(t, s.Cap(t.Context(), 0)) },
		},
		{
			"postgres, full", openPostgres,
			func(t *testing.T, s *Store) {
				mustExec(t, s, "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no space left'' USING ERRCODE = ''53100''; END'")
				for _, table := range []string{"audit_line", "write_probe"} {
					mustExec(t, s, "CREATE TRIGGER full_disk BEFORE INSERT ON "+table+" EXECUTE FUNCTION full_disk()")
				}
				s.health.forget()
			},
			func(t *testing.T, s *Store) { mustExec(t, s, "DROP FUNCTION full_disk CASCADE") },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, key := tt.open(t, newClock()), newKey(t)
			ok(t, s.Writable(t.Context()))
			op := begin(t, s, block("op1", "d1"))
			tt.stop(t, s)
			lines := logSize(t, s)

			big := block("op2", "d2")
			big.Reason = strings.Repeat("r", 20_000)
			_, _, err := s.Begin(t.Context(), big, time.Minute, lineOf(big, audit.Intent))
			if !IsUnwritable(err) || fault.Of(err).Message != "The portal's database cannot be written. Nothing was sent." {
				t.Errorf("begin: %v, shown as %q", err, fault.Of(err).Message)
			}
			outcome := lineOf(op, audit.Succeeded)
			outcome.Detail = big.Reason
			_, err = s.Move(t.Context(), operation.Move{ID: "op1", Version: op.Version, To: operation.Succeeded, Line: outcome})
			if !IsUnwritable(err) || strings.Contains(fault.Of(err).Message, "Nothing was sent") {
				t.Errorf("move: %v, shown as %q", err, fault.Of(err).Message)
			}
			if err := s.Writable(t.Context()); !IsUnwritable(err) {
				t.Errorf("writable: %v", err)
			}
			if err := s.Ready(t.Context()); err != nil {
				t.Errorf("reads stopped too: %v", err)
			}
			if _, err := s.Operation(t.Context(), "op2"); !fault.Is(err, fault.NotFound) {
				t.Errorf("op2: %v", err)
			}
			if got := logSize(t, s); got != lines {
				t.Errorf("%d lines, want %d", got, lines)
			}

			tt.mend(t, s)
			ok(t, s.Writable(t.Context()))
			begin(t, s, big)
			sign(t, s, key)
			if r := verify(t, s, key, nil); !r.OK() {
				t.Errorf("%s %+v", r.Summary(), r.Problems)
			}
		})
	}
}

func freeze(t *testing.T, s *Store) { ok(t, s.Freeze(t.Context(), true)) }
func thaw(t *testing.T, s *Store)   { ok(t, s.Freeze(t.Context(), false)) }

// TestAServerThatIsGone ends every connection and lets none in, and then lets them in again.
func TestAServerThatIsGone(t *testing.T) {
	t.Parallel()
	url := pgtest.Prepared(t, migrate(t))
	s := reopenPostgres(t, url, newClock())
	op := begin(t, s, block("op1", "d1"))
	allow := func(connections string) {
		pgtest.Administer(t, "ALTER DATABASE "+pgtest.Name(t, url)+" ALLOW_CONNECTIONS "+connections)
	}
	allow("false")
	pgtest.Administer(t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+pgtest.Name(t, url)+"'")
	s.health.forget()
	if err := s.Ready(t.Context()); err == nil {
		t.Error("ready without a server")
	}
	if err := s.Writable(t.Context()); !IsUnwritable(err) {
		t.Errorf("writable: %v", err)
	}
	_, _, err := s.Begin(t.Context(), block("op2", "d2"), time.Minute, lineOf(block("op2", "d2"), audit.Intent))
	if !IsUnwritable(err) || fault.Of(err).Message != "The portal's database cannot be written. Nothing was sent." {
		t.Errorf("begin: %v, shown as %q", err, fault.Of(err).Message)
	}
	_, err = s.Move(t.Context(), operation.Move{ID: "op1", Version: op.Version, To: operation.Succeeded, Line: lineOf(op, audit.Succeeded)})
	if !IsUnwritable(err) || strings.Contains(fault.Of(err).Message, "Nothing was sent") {
		t.Errorf("move: %v, shown as %q", err, fault.Of(err).Message)
	}
	allow("true")
	ok(t, s.Ready(t.Context()))
	ok(t, s.Writable(t.Context()))
	_, err = s.Move(t.Context(), operation.Move{ID: "op1", Version: op.Version, To: operation.Succeeded, Line: lineOf(op, audit.Succeeded)})
	ok(t, err)
}

// A banner on each page must not cost a write on each page.
func TestWritableRestsOnTheLastWrite(t *testing.T) {
	t.Parallel()
	onEvery(t, writableRestsOnTheLastWrite)
}

func writableRestsOnTheLastWrite(t *testing.T, open opener) {
	c := newClock()
	s := open(t, c)
	record(t, s, event("ann", "a"))
	refuseInserts(t, s, "write_probe")
	ok(t, s.Writable(t.Context()))
	c.Advance(probeEvery)
	if err := s.Writable(t.Context()); err == nil {
		t.Error("an old write is no proof")
	}
}

func TestErrorsAreTranslatedByCode(t *testing.T) {
	t.Parallel()
	onEvery(t, errorsAreTranslatedByCode)
}

func errorsAreTranslatedByCode(t *testing.T, open opener) {
	s := open(t, newClock())
	duplicate := func(ctx context.Context, tx bun.Tx) error {
		for range 2 {
			if _, err := tx.ExecContext(ctx, "INSERT INTO lease (name, holder, until) VALUES ('UNIQUE constraint', '', '')"); err != nil {
				return err
			}
		}
		return nil
	}
	if err := s.write(t.Context(), duplicate); !fault.Is(err, fault.Conflict) {
		t.Errorf("a duplicate key: %v", err)
	}
	own := fault.New(fault.Denied, "No.", "")
	if err := translate(fmt.Errorf("wrapped: %w", own)); !errors.Is(err, own) || !fault.Is(err, fault.Denied) {
		t.Errorf("a fault: %v", err)
	}
	lookalike := errors.New("UNIQUE constraint failed: database or disk is full")
	if err := translate(lookalike); fault.Is(err, fault.Conflict) || IsUnwritable(err) || fault.Of(err).Kind != fault.Internal {
		t.Errorf("an error that only sounds like one: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Record(ctx, event("ann", "a")); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who left: %v", err)
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
