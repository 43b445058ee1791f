package store

import (
	"strings"

	"github.com/uptrace/bun/dialect/sqlitedialect"
)

// sqliteDialect writes text into SQL. NUL, which the library refuses and not every database holds, becomes U+FFFD as in
// the audit log: a search for it finds nothing, and an outcome whose words hold it is written all the same.
type sqliteDialect struct{ *sqlitedialect.Dialect }

// AppendString quotes one text.
func (d sqliteDialect) AppendString(b []byte, s string) []byte {
	return d.Dialect.AppendString(b, strings.ReplaceAll(s, "\x00", "\uFFFD"))
}
