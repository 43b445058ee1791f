package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/audit"
)

// Options say which database to open and how.
type Options struct {
	// URL names the database: "sqlite:./data/portal.db", whose folder is made when it is missing, or
	// "postgres://portal@host/portal". It may hold a password and is in no error.
	URL string
	// Inspect opens a database for reading only, beside a running portal: no lock is taken and no migration runs.
	Inspect bool
	// Now is this process's clock; time.Now when nil. SQLite lives in this process, so its time is this clock.
	Now func() time.Time
	// Logger takes what an operator should know of migrations; nothing is logged when nil.
	Logger *slog.Logger
}

// Store is the portal's database. It implements the store interfaces that the other packages declare.
type Store struct {
	dialect dialect
	writer  *bun.DB  // one connection on SQLite; nil when inspecting
	reader  *bun.DB  // several connections that refuse to write
	lock    *os.File // nil on PostgreSQL
	now     func() time.Time
	log     *slog.Logger
	sampler sampler // of devices
	users   sampler
	names   nameMap
	health  health
	frozen  atomic.Bool // see Freeze; PostgreSQL only

	// serverNow takes the place of a server's clock in tests that move time.
	serverNow func() time.Time

	walkedMu sync.Mutex
	walked   audit.Frontier // the log as far as this process has checked it for signing
}

// Open opens the database and applies missing migrations. A SQLite database belongs to one portal, which holds the
// exclusive lock on its folder; a PostgreSQL database may have several portals.
// It refuses, in a sentence for the operator, a folder that another portal holds and a database newer than the program.
func Open(ctx context.Context, o Options) (_ *Store, err error) {
	s := &Store{now: o.Now, log: o.Logger}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	if isPostgres(o.URL) {
		err = s.openPostgres(ctx, o)
	} else {
		err = s.openSQLite(ctx, o)
	}
	if err == nil && o.Inspect {
		err = sameVersion(ctx, s.reader.DB, s.dialect)
	}
	if err != nil {
		return nil, err
	}
	return s, s.Ready(ctx)
}

// Exclusive tells whether no other portal can be on this database: its folder is locked. Then whatever runs by the
// tables, and not in this process, was left behind by one that is gone.
func (s *Store) Exclusive() bool { return s.lock != nil }

// Close ends all connections and releases the folder.
func (s *Store) Close() error {
	var first error
	keep := func(err error) {
		if err != nil && first == nil {
			first = err
		}
	}
	if s.reader != nil {
		keep(s.reader.Close())
	}
	if s.writer != nil {
		keep(s.writer.Close())
	}
	if s.lock != nil {
		keep(s.lock.Close())
	}
	return first
}

// write runs one transaction on the writer. Only tx may be used inside: on SQLite the writer has one connection, and
// asking the pool for another waits for ever. It runs again, with the whole of fn, when PostgreSQL undid it for the sake
// of another transaction. The error is translated; the outcome is remembered for Writable.
func (s *Store) write(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	if s.writer == nil {
		return fmt.Errorf("store: opened for inspection only")
	}
	var err error
	for range writeAttempts {
		err = s.writer.RunInTx(ctx, &sql.TxOptions{ReadOnly: s.frozen.Load()}, fn)
		if !isUndone(err) {
			break
		}
	}
	err = translate(err)
	s.health.wrote(s.now(), err)
	return err
}

// writeAttempts is how often a transaction is tried that collides with others. Of transactions in a deadlock one goes
// on each time, so this many rounds settle even a crowd.
const writeAttempts = 5

// databaseTime is the time all replicas agree on: the server's clock, or this process's where there is no server.
func (s *Store) databaseTime(ctx context.Context, db bun.IDB) (time.Time, error) {
	now := s.serverNow
	if now == nil {
		at, has, err := s.dialect.clock(ctx, db)
		if has || err != nil {
			return at.UTC().Truncate(time.Microsecond), err
		}
		now = s.now
	}
	return now().UTC().Truncate(time.Microsecond), nil
}

// timeLayout is the text of a time: fixed width, so that it sorts as it reads.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// stamp writes a time for the database; the zero time is the empty string.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeLayout)
}

// unstamp reads a time that stamp wrote.
func unstamp(text string) time.Time {
	t, err := time.Parse(timeLayout, text)
	if err != nil {
		return time.Time{}
	}
	return t
}
