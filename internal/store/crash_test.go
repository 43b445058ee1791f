package store

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"backup-portal/internal/audit"
)

// crashVariable tells the test binary to be the process that is killed, and names its database.
const crashVariable = "STORE_TEST_CRASH_DATABASE"

// TestWhatWasCommittedSurvivesAKill starts this test again as a process of its own that begins operations and says each
// one it was told is stored, kills it without warning, and asks the database.
func TestWhatWasCommittedSurvivesAKill(t *testing.T) {
	if url := os.Getenv(crashVariable); url != "" {
		beginForEver(t, url)
	}
	t.Parallel()
	url := "sqlite:" + t.TempDir() + "/portal.db"
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWhatWasCommittedSurvivesAKill$")
	child.Env = append(os.Environ(), crashVariable+"="+url)
	out, err := child.StdoutPipe()
	ok(t, err)
	ok(t, child.Start())
	told := 0
	for lines := bufio.NewScanner(out); told < 50 && lines.Scan(); {
		text, isTold := strings.CutPrefix(lines.Text(), "stored ")
		if !isTold {
			t.Fatalf("the process said %q", lines.Text())
		}
		told, err = strconv.Atoi(text)
		ok(t, err)
	}
	ok(t, child.Process.Kill())
	_ = child.Wait() // killed: its error says so
	if told < 50 {
		t.Fatalf("the process ended after %d operations", told)
	}

	s, err := Open(t.Context(), Options{URL: url})
	ok(t, err)
	t.Cleanup(func() { _ = s.Close() })
	running, err := s.Overdue(t.Context(), true)
	ok(t, err)
	if len(running) < told {
		t.Errorf("%d operations are there, %d were told to be stored", len(running), told)
	}
	for _, op := range running {
		events, err := s.Events(t.Context(), op.ID)
		if err != nil || len(events) != 1 || events[0].Line.Outcome != audit.Intent {
			t.Errorf("operation %s has lines %v, %v", op.ID, events, err)
		}
	}
	key := newKey(t)
	sign(t, s, key)
	if r := verify(t, s, key, nil); !r.OK() || r.Lines != int64(len(running)) {
		t.Errorf("%d operations: %s %+v", len(running), r.Summary(), r.Problems)
	}
}

// beginForEver is the process that is killed; it never returns.
func beginForEver(t *testing.T, url string) {
	s, err := Open(t.Context(), Options{URL: url})
	ok(t, err)
	for n := 1; ; n++ {
		op := block(fmt.Sprint("op", n), fmt.Sprint("d", n))
		_, _, err := s.Begin(t.Context(), op, time.Minute, lineOf(op, audit.Intent))
		ok(t, err)
		fmt.Printf("stored %d\n", n)
	}
}
