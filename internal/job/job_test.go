package job_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"backup-portal/internal/job"
	"backup-portal/internal/store"
)

// TestOneHolderWorks runs the same loop from two holders on one database: only who holds the lease works.
func TestOneHolderWorks(t *testing.T) {
	t.Parallel()
	db, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "portal.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex
	runs := map[string]int{}
	enough := make(chan struct{})
	loop := func(holder string) job.Loop {
		return job.Loop{Name: "test", Every: time.Millisecond, Run: func(context.Context) error {
			mu.Lock()
			defer mu.Unlock()
			runs[holder]++
			if runs[holder] == 5 {
				close(enough)
			}
			return nil
		}}
	}
	// The first holder takes the lease for an hour before the second starts.
	if held, err := db.Lease(ctx, "job:test", "first", time.Hour); err != nil || !held {
		t.Fatal(held, err)
	}
	logger := slog.New(slog.DiscardHandler)
	var both sync.WaitGroup
	both.Go(func() { job.Runner{Leases: db, Holder: "second", Logger: logger}.Run(ctx, loop("second")) })
	both.Go(func() {
		job.Runner{Leases: held{db, time.Hour}, Holder: "first", Logger: logger}.Run(ctx, loop("first"))
	})
	<-enough
	cancel()
	both.Wait()
	if runs["second"] != 0 {
		t.Errorf("who does not hold the lease worked %d times", runs["second"])
	}
}

// TestWorkOfEachPortalNeedsNoLease: what one portal counts in its memory, no other can write down.
func TestWorkOfEachPortalNeedsNoLease(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	runs := 0
	job.Runner{Leases: nobody{}, Holder: "h", Logger: slog.New(slog.DiscardHandler)}.Run(ctx,
		job.Loop{Name: "own", Every: time.Millisecond, Everywhere: true, Run: func(context.Context) error {
			if runs++; runs == 2 {
				cancel()
			}
			return nil
		}},
		job.Loop{Name: "shared", Every: time.Millisecond, Run: func(context.Context) error {
			t.Error("ran without its lease")
			return nil
		}},
	)
	if runs != 2 {
		t.Errorf("ran %d times", runs)
	}
}

// nobody gets the lease.
type nobody struct{}

func (nobody) Lease(context.Context, string, string, time.Duration) (bool, error) { return false, nil }

// held renews for longer than the loop asks, so that a slow machine does not lose the lease between two beats.
type held struct {
	leases job.Leases
	least  time.Duration
}

func (h held) Lease(ctx context.Context, name, holder string, d time.Duration) (bool, error) {
	return h.leases.Lease(ctx, name, holder, max(d, h.least))
}

// always gives the lease to everybody.
type always struct{}

func (always) Lease(context.Context, string, string, time.Duration) (bool, error) { return true, nil }

func TestFailuresAreToldOncePerSpell(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	job.Runner{Leases: always{}, Holder: "h", Logger: slog.New(slog.NewTextHandler(&log, nil))}.Run(ctx, job.Loop{
		Name: "flaky", Every: time.Millisecond, Run: func(context.Context) error {
			n++
			switch {
			case n <= 3 || n == 5:
				return errors.New("broken")
			case n == 6:
				cancel()
			}
			return nil
		},
	})
	if got := strings.Count(log.String(), "background work failed"); got != 2 {
		t.Errorf("two spells of failures are told %d times:\n%s", got, log.String())
	}
	if got := strings.Count(log.String(), "works again"); got != 1 {
		t.Errorf("one recovery before the end is told %d times:\n%s", got, log.String())
	}
}
