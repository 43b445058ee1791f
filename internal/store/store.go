package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"backup-portal/internal/audit"
)

// Options say which database to open and how.
type Options struct {
	// URL names the database: "sqlite:./data/portal.db". Its folder is made when it is missing.
	URL string
	// Inspect opens a database for reading only, beside a running portal: no lock is taken and no migration runs.
	Inspect bool
	// Now is the clock; time.Now when nil. SQLite lives in this process, so its time is this clock.
	Now func() time.Time
	// Logger takes what an operator should know of migrations; nothing is logged when nil.
	Logger *slog.Logger
}

// Store is the portal's database. It implements the store interfaces that the other packages declare.
type Store struct {
	writer *bun.DB // one connection; nil when inspecting
	reader *bun.DB // several connections that refuse to write
	lock   *os.File
	now    func() time.Time
	log    *slog.Logger
	health health

	walkedMu sync.Mutex
	walked   audit.Frontier // the log as far as this process has checked it for signing
}

// Open opens the database, takes the exclusive lock on its folder and applies missing migrations.
// It refuses, in a sentence for the operator, a folder that another portal holds and a database newer than the program.
func Open(ctx context.Context, o Options) (_ *Store, err error) {
	file, err := fileOf(o.URL)
	if err != nil {
		return nil, err
	}
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
	if o.Inspect {
		if _, err = os.Stat(file); err != nil {
			return nil, fmt.Errorf("there is no database to inspect: %w", err)
		}
	} else {
		if err = os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return nil, fmt.Errorf("make the data folder: %w", err)
		}
		if s.lock, err = lockFolder(filepath.Dir(file)); err != nil {
			return nil, err
		}
		if s.writer, err = connect(file, 1, "query_only(0)"); err != nil {
			return nil, err
		}
		if err = migrateUp(ctx, s.writer.DB, s.log); err != nil {
			return nil, err
		}
		if err = s.endLeases(ctx); err != nil && !IsUnwritable(err) {
			return nil, fmt.Errorf("end the leases of the last run: %w", err)
		}
	}
	if s.reader, err = connect(file, max(4, runtime.NumCPU()), "query_only(1)"); err != nil {
		return nil, err
	}
	if o.Inspect {
		err = sameVersion(ctx, s.reader.DB)
	}
	if err != nil {
		return nil, err
	}
	return s, s.Ready(ctx)
}

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

// fileOf reads the path out of a database URL.
func fileOf(databaseURL string) (string, error) {
	path, found := strings.CutPrefix(databaseURL, "sqlite:")
	path = strings.TrimPrefix(path, "//")
	if !found || path == "" || path == ":memory:" {
		return "", fmt.Errorf("the database URL must look like sqlite:./data/portal.db")
	}
	return filepath.Abs(path)
}

// connect opens a pool with the settings that every connection needs.
// synchronous=FULL because at NORMAL a power cut can lose a committed audit intent; recursive_triggers because without
// it INSERT OR REPLACE deletes without asking the triggers that protect the audit log.
func connect(file string, connections int, pragmas ...string) (*bun.DB, error) {
	dsn := url.URL{Scheme: "file", Path: file, RawQuery: url.Values{
		"_txlock": {"immediate"},
		"_pragma": append([]string{
			"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "recursive_triggers(1)",
			"cache_size(-16000)", "temp_store(MEMORY)",
		}, pragmas...),
	}.Encode()}
	pool, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return bun.NewDB(pool, sqliteDialect{sqlitedialect.New()}), nil
}

// write runs one transaction on the writer. Only tx may be used inside: the writer has one connection, and asking the
// pool for another waits for ever. The error is translated; the outcome is remembered for Writable.
func (s *Store) write(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	if s.writer == nil {
		return fmt.Errorf("store: opened for inspection only")
	}
	err := translate(s.writer.RunInTx(ctx, nil, fn))
	s.health.wrote(s.now(), err)
	return err
}

// databaseTime is the time all replicas agree on. SQLite has one process, whose clock it is; dialect: PostgreSQL asks
// clock_timestamp() here.
func (s *Store) databaseTime(context.Context, bun.Tx) (time.Time, error) {
	return s.now().UTC().Truncate(time.Microsecond), nil
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
