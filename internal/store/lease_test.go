package store

import (
	"path/filepath"
	"testing"
	"time"
)

// Whoever holds the folder's lock is the only process, so a lease from before it opened protects nobody.
func TestOpenEndsTheLeasesOfAProcessThatWasKilled(t *testing.T) {
	t.Parallel()
	o := Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "portal.db"), Now: newClock().Now}
	s, err := Open(t.Context(), o)
	ok(t, err)
	if held, err := s.Lease(t.Context(), "job", "old", time.Hour); err != nil || !held {
		t.Fatalf("held %t, %v", held, err)
	}
	_, err = s.SyncStarted(t.Context(), time.Hour)
	ok(t, err)
	ok(t, s.Close())

	s, err = Open(t.Context(), o)
	ok(t, err)
	defer func() { ok(t, s.Close()) }()
	if held, err := s.Lease(t.Context(), "job", "new", time.Hour); err != nil || !held {
		t.Errorf("the job's lease: held %t, %v", held, err)
	}
	if _, err := s.SyncStarted(t.Context(), time.Hour); err != nil {
		t.Errorf("the sync's lease: %v", err)
	}
}
