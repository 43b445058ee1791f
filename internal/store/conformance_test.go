package store

import (
	"testing"

	"backup-portal/internal/store/pgtest"
)

// opener opens a new database of the test's own, whose time is this clock.
type opener func(*testing.T, *clock) *Store

// database is one that the conformance tests run on.
type database struct {
	name string
	open opener
}

// onEvery runs a test on every database: what the portal does must not depend on which one it is.
func onEvery(t *testing.T, test func(t *testing.T, open opener)) {
	for _, d := range databases() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			test(t, d.open)
		})
	}
}

func TestOperations(t *testing.T) {
	t.Parallel()
	onEvery(t, conformOperations)
}

func TestAudit(t *testing.T) {
	t.Parallel()
	onEvery(t, conformAudit)
}

func TestAuditSearch(t *testing.T) {
	t.Parallel()
	onEvery(t, conformAuditSearch)
}

func TestLease(t *testing.T) {
	t.Parallel()
	onEvery(t, conformLease)
}

// openPostgres opens a new database of the test's own; both the portal's and the server's time are the clock's.
func openPostgres(t *testing.T, c *clock) *Store {
	t.Helper()
	return reopenPostgres(t, pgtest.Prepared(t, migrate(t)), c)
}

// reopenPostgres opens a database once more, as another portal does.
func reopenPostgres(t *testing.T, url string, c *clock) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{URL: url, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	s.serverNow = c.Now
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// migrate makes the tables.
func migrate(t *testing.T) func(url string) error {
	return func(url string) error {
		s, err := Open(t.Context(), Options{URL: url})
		if err != nil {
			return err
		}
		return s.Close()
	}
}

// refuseInserts makes the database refuse every further row of a table.
func refuseInserts(t *testing.T, s *Store, table string) {
	t.Helper()
	if _, ok := s.dialect.(sqliteDialect); ok {
		mustExec(t, s, "CREATE TRIGGER no_more BEFORE INSERT ON "+table+" BEGIN SELECT RAISE(ABORT, 'no more'); END")
		return
	}
	mustExec(t, s, "CREATE FUNCTION no_more() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no more''; END'")
	mustExec(t, s, "CREATE TRIGGER no_more BEFORE INSERT ON "+table+" EXECUTE FUNCTION no_more()")
}
