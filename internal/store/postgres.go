package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

// postgresDialect is PostgreSQL: a server, with other portals beside this one.
type postgresDialect struct{ *pgdialect.Dialect }

var _ dialect = postgresDialect{}

// AppendString quotes one text.
func (d postgresDialect) AppendString(b []byte, s string) []byte {
	return d.Dialect.AppendString(b, withoutNUL(s))
}

func (postgresDialect) contains(column string) string { return "strpos(" + column + ", ?) > 0" }

// containsFold names the collation because lower follows it, and SQLite's knows ASCII only.
func (postgresDialect) containsFold(column string) string {
	return "strpos(lower(coalesce(" + column + `, '') COLLATE "C"), lower(? COLLATE "C")) > 0`
}

func (postgresDialect) forUpdate() string { return " FOR UPDATE" }

// lockOut takes the weakest lock that also keeps out who asks for the same.
func (postgresDialect) lockOut(table string) string {
	return "LOCK TABLE " + table + " IN SHARE ROW EXCLUSIVE MODE"
}

func (postgresDialect) jsonText(column string, path ...string) string {
	return column + "::jsonb #>> '{" + strings.Join(path, ",") + "}'"
}

func (postgresDialect) jsonElements(column, key string) string {
	return "jsonb_array_elements_text(" + column + "::jsonb -> '" + key + "') AS j(value)"
}

func (postgresDialect) snapshot() *sql.TxOptions {
	return &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
}

func (postgresDialect) clock(ctx context.Context, db bun.IDB) (now time.Time, has bool, err error) {
	// Not now(), which is when the transaction began: it may have waited for a lock since.
	err = db.QueryRowContext(ctx, "SELECT clock_timestamp()").Scan(&now)
	return now, true, err
}

func (postgresDialect) migrations() (string, goose.Dialect, []goose.ProviderOption, error) {
	// Of two portals that start together one migrates; the other asks each second, for ten minutes, whether it is done.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 600))
	return "migrations/postgres", goose.DialectPostgres, []goose.ProviderOption{goose.WithSessionLocker(locker)}, err
}

// Connections of one portal: two portals and an operator fit into the server's default of 100.
const (
	postgresWriters = 12
	postgresReaders = 24
	postgresIdle    = 4
)

// isPostgres tells by its scheme that a URL names a PostgreSQL database.
func isPostgres(databaseURL string) bool {
	return strings.HasPrefix(databaseURL, "postgres://") || strings.HasPrefix(databaseURL, "postgresql://")
}

// openPostgres connects to a server. Nothing is locked: other portals may run on the same database.
func (s *Store) openPostgres(ctx context.Context, o Options) error {
	s.dialect = postgresDialect{pgdialect.New()}
	if !o.Inspect {
		// A migration may take long, and nobody waits for it but this portal.
		migrator, err := s.connectPostgres(o.URL, 2, map[string]string{"lock_timeout": "60s"})
		if err != nil {
			return err
		}
		if err := errors.Join(migrateUp(ctx, migrator.DB, s.dialect, s.log), migrator.Close()); err != nil {
			return err
		}
		s.writer, err = s.connectPostgres(o.URL, postgresWriters, map[string]string{
			// As long as SQLite's busy_timeout. A statement has longer than a lock, a silent transaction as long.
			"lock_timeout": "10s", "statement_timeout": "30s", "idle_in_transaction_session_timeout": "30s",
		})
		if err != nil {
			return err
		}
	}
	var err error
	s.reader, err = s.connectPostgres(o.URL, postgresReaders, map[string]string{
		// Compiling a search takes longer than the search.
		"jit":                           "off",
		"default_transaction_read_only": "on", "statement_timeout": "60s", "idle_in_transaction_session_timeout": "60s",
	})
	return err
}

// connectPostgres opens a pool whose connections have these settings.
func (s *Store) connectPostgres(databaseURL string, connections int, settings map[string]string) (*bun.DB, error) {
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		// The cause may quote the URL, and there may be a password in it.
		return nil, errors.New("the database URL cannot be read: it must look like postgres://portal@host:5432/portal?sslmode=verify-full")
	}
	// The library writes values into the text of a statement, so each text is new and preparing it would be a round trip
	// for nothing. The extended protocol is kept all the same: it takes one statement at a time.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.RuntimeParams["application_name"] = "portal"
	// What the library writes between quotes ends at the next quote; with this setting off a backslash would matter.
	config.RuntimeParams["standard_conforming_strings"] = "on"
	config.RuntimeParams["timezone"] = "UTC"
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	pool := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(settle(settings)))
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(min(connections, postgresIdle))
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return bun.NewDB(pool, s.dialect), nil
}

// settle gives a new connection its settings. The server would take them as the connection begins as well, but a pooler
// in front of it refuses whatever it cannot restore.
func settle(settings map[string]string) func(context.Context, *pgx.Conn) error {
	var calls []string
	var values []any
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		values = append(values, name, settings[name])
		calls = append(calls, fmt.Sprintf("set_config($%d, $%d, false)", len(values)-1, len(values)))
	}
	statement := "SELECT " + strings.Join(calls, ", ")
	return func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, statement, values...)
		return err
	}
}
