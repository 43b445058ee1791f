package store

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// clock is a clock that only moves when a test says so, except that each reading differs from the one before.
type clock struct{ micros atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.micros.Store(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC).UnixMicro())
	return c
}

func (c *clock) Now() time.Time          { return time.UnixMicro(c.micros.Add(1)).UTC() }
func (c *clock) Advance(d time.Duration) { c.micros.Add(d.Microseconds()) }

// openSQLite opens a new database in a folder of the test's own.
func openSQLite(t *testing.T, c *clock) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "portal.db"), Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// The file holds what people signed in with, and the folder may be one that others can enter.
func TestANewDatabaseFileIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "portal.db")
	open := func() {
		t.Helper()
		s, err := Open(t.Context(), Options{URL: "sqlite:" + file})
		if err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(file + "*")
		if err != nil || len(files) < 2 {
			t.Fatalf("files %v, %v", files, err)
		}
		for _, name := range files {
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			main, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != main.Mode().Perm() {
				t.Errorf("%s has mode %o, the database %o", name, info.Mode().Perm(), main.Mode().Perm())
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	open()
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o, %v", info.Mode().Perm(), err)
	}
	// A mode that an operator gave it stays.
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	open()
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %o, %v", info.Mode().Perm(), err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	inUse := "sqlite:" + filepath.Join(t.TempDir(), "portal.db")
	holder, err := Open(t.Context(), Options{URL: inUse})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = holder.Close() })

	newer := "sqlite:" + filepath.Join(t.TempDir(), "portal.db")
	alterVersion(t, newer, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (90000, 1)")
	older := "sqlite:" + filepath.Join(t.TempDir(), "portal.db")
	alterVersion(t, older, "DELETE FROM goose_db_version WHERE version_id > 1")

	for _, tt := range []struct {
		name string
		o    Options
		want string
	}{
		{"a second portal on the folder", Options{URL: inUse}, "in use by another portal"},
		{"a database newer than the program", Options{URL: newer}, "start the newer program"},
		{"inspecting a newer database", Options{URL: newer, Inspect: true}, "start the newer program"},
		{"inspecting an older database", Options{URL: older, Inspect: true}, "start the portal once"},
		{"inspecting nothing", Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "none.db"), Inspect: true}, "no database to inspect"},
		{"another kind of URL", Options{URL: "mysql://x"}, "must look like sqlite:"},
		{"memory, which a crash would empty", Options{URL: "sqlite::memory:"}, "must look like sqlite:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := Open(t.Context(), tt.o)
			if err == nil {
				_ = s.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %q, want it to say %q", err, tt.want)
			}
		})
	}
}

func TestInspectReadsBesideARunningPortalAndNeverWrites(t *testing.T) {
	t.Parallel()
	url := "sqlite:" + filepath.Join(t.TempDir(), "portal.db")
	running, err := Open(t.Context(), Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = running.Close() })
	inspector, err := Open(t.Context(), Options{URL: url, Inspect: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = inspector.Close() })
	record(t, running, event("ann", "a"))
	if r := verify(t, inspector, newKey(t), nil); !r.OK() || r.Lines != 1 {
		t.Errorf("%s %+v", r.Summary(), r.Problems)
	}
	if err := inspector.Writable(t.Context()); err == nil {
		t.Error("an inspector wrote")
	}
	if _, err := inspector.reader.ExecContext(t.Context(), "DELETE FROM lease"); !IsUnwritable(translate(err)) {
		t.Errorf("reader pool: got %v, want a refusal", err)
	}
}

func TestAClosedFolderCanBeOpenedAgain(t *testing.T) {
	t.Parallel()
	url := "sqlite:" + filepath.Join(t.TempDir(), "a folder with spaces?", "portal.db")
	for range 2 {
		s, err := Open(t.Context(), Options{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// alterVersion makes a database and changes what it says of its version.
func alterVersion(t *testing.T, url, statement string) {
	t.Helper()
	s, err := Open(t.Context(), Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}
