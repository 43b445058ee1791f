// Package store owns the SQL: every table, every query and every transaction of the portal, on SQLite and PostgreSQL. It
// is written in the subset of SQL that both share; where they differ a query asks the [dialect]. Each exported method is
// one transaction named after what happened.
//
// It must not know HTTP, HTML or the vendor's client, and it decides nothing: rules live with the packages that declare
// the interfaces that *Store implements.
//
// # Conventions for every file here
//
// Times are TEXT, UTC, of fixed width with microseconds ("2006-01-02T15:04:05.000000Z"): they sort as they read and are
// the same bytes in a line of the audit log. The empty string is "never". Use [stamp] and [unstamp].
// Booleans are INTEGER 0 or 1 on SQLite and BOOLEAN on PostgreSQL: write d.active, not d.active = 1. Text is compared by
// its bytes; on PostgreSQL each column says so.
//
// Reads go through s.reader, changes through [Store.write]; inside write only the tx may be used, because SQLite's one
// writer connection is taken. On PostgreSQL other portals write at the same time: what a change decides on is read under
// a lock, and the head of the audit log is locked last. A function given to write may run again, so it sets what it
// answers and never adds to it. Every error passes [translate] before it leaves the package.
package store
