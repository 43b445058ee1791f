package store

import "testing"

// TestSQLite runs the conformance suite on SQLite.
func TestSQLite(t *testing.T) {
	t.Parallel()
	conformance(t, openSQLite)
}

// conformance is what every database must do; each part opens databases of its own.
func conformance(t *testing.T, open func(*testing.T, *clock) *Store) {
	for _, part := range []struct {
		name string
		run  func(*testing.T, func(*testing.T, *clock) *Store)
	}{
		{"operations", conformOperations},
		{"audit log", conformAudit},
		{"audit search", conformAuditSearch},
		{"lease", conformLease},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.run(t, open)
		})
	}
}
