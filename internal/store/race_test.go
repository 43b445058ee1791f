//go:build race

package store

// databases are those of the conformance tests. The race detector sees the same Go code of ours on both, and SQLite, which
// is Go code itself, takes twenty times as long under it.
func databases() []database { return []database{{"postgres", openPostgres}} }
