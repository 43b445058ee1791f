package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// sqliteDialect is SQLite: one file, one process, one writer.
type sqliteDialect struct{ *sqlitedialect.Dialect }

var _ dialect = sqliteDialect{}

// AppendString quotes one text.
func (d sqliteDialect) AppendString(b []byte, s string) []byte {
	return d.Dialect.AppendString(b, withoutNUL(s))
}

func (sqliteDialect) contains(column string) string { return "instr(" + column + ", ?) > 0" }

func (sqliteDialect) containsFold(column string) string {
	return "instr(lower(coalesce(" + column + ", '')), lower(?)) > 0"
}

// forUpdate is empty: a transaction on the writer is the only one that writes, since it began.
func (sqliteDialect) forUpdate() string { return "" }

func (sqliteDialect) lockOut(string) string { return "" }

func (sqliteDialect) jsonText(column string, path ...string) string {
	return column + " ->> '$." + strings.Join(path, ".") + "'"
}

func (sqliteDialect) jsonElements(column, key string) string {
	return "json_each(" + column + ", '$." + key + "') AS j"
}

func (sqliteDialect) snapshot() *sql.TxOptions { return &sql.TxOptions{ReadOnly: true} }

func (sqliteDialect) clock(context.Context, bun.IDB) (time.Time, bool, error) {
	return time.Time{}, false, nil
}

func (sqliteDialect) migrations() (string, goose.Dialect, []goose.ProviderOption, error) {
	return "migrations/sqlite", goose.DialectSQLite3, nil, nil
}

// openSQLite opens a database file; unless for inspection it takes the exclusive lock on its folder first.
func (s *Store) openSQLite(ctx context.Context, o Options) error {
	file, err := fileOf(o.URL)
	if err != nil {
		return err
	}
	s.dialect = sqliteDialect{sqlitedialect.New()}
	if o.Inspect {
		if _, err := os.Stat(file); err != nil {
			return fmt.Errorf("there is no database to inspect: %w", err)
		}
	} else {
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return fmt.Errorf("make the data folder: %w", err)
		}
		if s.lock, err = lockFolder(filepath.Dir(file)); err != nil {
			return err
		}
		if err := keepPrivate(file); err != nil {
			return err
		}
		if s.writer, err = s.connectSQLite(file, 1, "query_only(0)"); err != nil {
			return err
		}
		if err := migrateUp(ctx, s.writer.DB, s.dialect, s.log); err != nil {
			return err
		}
		if err := s.endLeases(ctx); err != nil && !IsUnwritable(err) {
			return fmt.Errorf("end the leases of the last run: %w", err)
		}
	}
	// More than one person's requests can hold at once, however slow they are.
	s.reader, err = s.connectSQLite(file, max(8, runtime.NumCPU()), "query_only(1)")
	return err
}

// fileOf reads the path out of a database URL.
func fileOf(databaseURL string) (string, error) {
	path, found := strings.CutPrefix(databaseURL, "sqlite:")
	path = strings.TrimPrefix(path, "//")
	if !found || path == "" || path == ":memory:" {
		return "", fmt.Errorf("the database URL must look like sqlite:./data/portal.db or postgres://portal@host/portal")
	}
	return filepath.Abs(path)
}

// connectSQLite opens a pool with the settings that every connection needs.
// synchronous=FULL because at NORMAL a power cut can lose a committed audit intent; recursive_triggers because without
// it INSERT OR REPLACE deletes without asking the triggers that protect the audit log.
func (s *Store) connectSQLite(file string, connections int, pragmas ...string) (*bun.DB, error) {
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
	return bun.NewDB(pool, s.dialect), nil
}
