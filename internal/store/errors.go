package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"backup-portal/internal/fault"
)

// errUnwritable marks a database that takes no writes: full, read-only or broken.
var errUnwritable = errors.New("database not writable")

// IsUnwritable tells whether a write failed because the database takes none now: the disk is full, read-only or broken.
func IsUnwritable(err error) bool { return errors.Is(err, errUnwritable) }

// translate gives a driver's error its meaning, by code and never by text. This file is the only place that knows the
// codes. A fault passes unchanged.
func translate(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Fault](err); ok {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, sql.ErrNoRows) {
		return fault.Wrap(fault.NotFound, err, "It does not exist.", "")
	}
	switch {
	case isTaken(err):
		return fault.Wrap(fault.Conflict, err, "Somebody or something was faster.", "Reload the page and look at what happened.")
	case isOut(err):
		return fault.Wrap(fault.Internal, errors.Join(errUnwritable, err),
			"The portal's database cannot be written. Nothing was sent.", "Ask your operator to look at the portal's database and its disk.")
	}
	return err
}

// isTaken tells that a row with this key stands in the table already.
func isTaken(err error) bool {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return sqlState(err) == "23505" // unique_violation
}

// isUndone tells that PostgreSQL undid a transaction for the sake of another one; run again, it may succeed.
func isUndone(err error) bool {
	return slices.Contains([]string{
		"40001", // serialization_failure
		"40P01", // deadlock_detected
	}, sqlState(err))
}

// isForbidden tells that the database's role may not do this.
func isForbidden(err error) bool { return sqlState(err) == "42501" } // insufficient_privilege

// isOut tells that the database takes no writes now, whoever asks.
func isOut(err error) bool {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff { // the low byte is the primary code
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN:
			return true
		}
		return false
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true // whatever it is that the server does not like, or nobody is there
	}
	if state := sqlState(err); state != "" {
		return slices.Contains([]string{
			"25006", // read_only_sql_transaction: a standby, or told so
			"42501", // insufficient_privilege: the role may not
			"57P01", // admin_shutdown
			"57P02", // crash_shutdown
			"57P03", // cannot_connect_now
			"57P05", // idle_session_timeout
		}, state) || slices.Contains([]string{
			"08", // connection exceptions
			"53", // insufficient resources: disk, memory, connections
			"58", // system errors: input and output
			"XX", // internal errors: damaged data
		}, state[:2])
	}
	// The connection was lost.
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

// sqlState answers PostgreSQL's code of an error, or nothing.
func sqlState(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}
