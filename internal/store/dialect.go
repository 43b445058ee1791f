package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// dialect is what a database spells or does in its own way; everything else in this package is SQL that both share.
// Its methods answer SQL made of names written in this package, never of values: those are arguments.
type dialect interface {
	schema.Dialect

	// contains is the condition that a column holds the text that is its one argument, byte for byte.
	contains(column string) string
	// containsFold is contains without regard to the case of ASCII letters; a missing text holds nothing.
	containsFold(column string) string
	// searching is how devices are found; see its own words.
	searching

	// forUpdate ends a SELECT whose rows nobody else may change, or lock like this, before the transaction ends.
	forUpdate() string
	// lockOut keeps everybody else from writing a table until the transaction ends; "" where that is so anyway.
	lockOut(table string) string
	// jsonText is the text at a path of keys in a column of JSON; null where there is none.
	jsonText(column string, path ...string) string
	// jsonElements is a table j with the texts of an array, under a key of a column of JSON, as its column value.
	jsonElements(column, key string) string
	// snapshot asks for a transaction that only reads, all of it as of one moment.
	snapshot() *sql.TxOptions
	// clock answers the database's own time; false where the database lives in this process and has this process's time.
	clock(ctx context.Context, db bun.IDB) (now time.Time, has bool, err error)
	// migrations answers the folder of the migrations and how goose runs them.
	migrations() (folder string, d goose.Dialect, options []goose.ProviderOption, err error)
}

// withoutNUL keeps NUL, which neither library writes and not every database holds, out of SQL. It becomes U+FFFD as in
// the audit log: a search for it finds nothing, and an outcome whose words hold it is written all the same.
func withoutNUL(s string) string { return strings.ReplaceAll(s, "\x00", "\uFFFD") }
