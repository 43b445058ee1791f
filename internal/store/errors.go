package store

import (
	"context"
	"database/sql"
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"backup-portal/internal/fault"
)

// errUnwritable marks a database that takes no writes: full, read-only or broken.
var errUnwritable = errors.New("database not writable")

// IsUnwritable tells whether a write failed because the database takes none now: the disk is full, read-only or broken.
func IsUnwritable(err error) bool { return errors.Is(err, errUnwritable) }

// translate gives a driver's error its meaning, by code and never by text. It is the only place that knows the codes;
// dialect: PostgreSQL joins here with its SQLSTATEs. A fault passes unchanged.
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
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return fault.Wrap(fault.Conflict, err, "Somebody or something was faster.", "Reload the page and look at what happened.")
	}
	switch e.Code() & 0xff { // the low byte is the primary code
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN:
		return fault.Wrap(fault.Internal, errors.Join(errUnwritable, err),
			"The portal's database cannot be written. Nothing was sent.", "Ask your operator to look at the disk of the portal.")
	}
	return err
}
