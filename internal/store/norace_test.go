//go:build !race

package store

// databases are those of the conformance tests.
func databases() []database { return []database{{"sqlite", openSQLite}, {"postgres", openPostgres}} }
