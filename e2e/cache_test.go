package e2e

import (
	"io/fs"
	"path/filepath"
	"testing"
)

// TestTheCacheKnowsTheProgram reads the folders that the program is built from. It is built before the tests, out of go
// test's sight, which would take an old result for good after a change there; what a test opens, go test looks at again.
func TestTheCacheKnowsTheProgram(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"../cmd", "../internal", "../web"} {
		must(t, filepath.WalkDir(folder, func(_ string, _ fs.DirEntry, err error) error { return err }))
	}
}
