package handlers

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestTurns: whoever waits too long is told so, whoever leaves is forgotten, and nothing stays behind.
func TestTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		line := newTurns(1, 2, 10*time.Second)
		done, err := line.take(t.Context(), "mara")
		if err != nil {
			t.Fatal(err)
		}
		gone, leave := context.WithCancel(t.Context())
		ends := make(chan error, 2)
		for _, ctx := range []context.Context{t.Context(), gone} {
			go func() {
				_, err := line.take(ctx, "mara")
				ends <- err
			}()
		}
		synctest.Wait()
		if _, err := line.take(t.Context(), "mara"); !errors.Is(err, errTooMany) {
			t.Errorf("one more than may wait: %v", err)
		}
		other, err := line.take(t.Context(), "jonas")
		if err != nil {
			t.Fatalf("somebody else: %v", err)
		}
		other()
		leave()
		if err := <-ends; !errors.Is(err, context.Canceled) {
			t.Errorf("who left: %v", err)
		}
		start := time.Now()
		if err := <-ends; !errors.Is(err, errTooMany) || time.Since(start) != 10*time.Second {
			t.Errorf("who waited for %s: %v", time.Since(start), err)
		}
		done()
		if len(line.queues) != 0 {
			t.Errorf("%d queues are left of nobody", len(line.queues))
		}
		if done, err = line.take(t.Context(), "mara"); err != nil {
			t.Errorf("afterwards: %v", err)
		} else {
			done()
		}
	})
}
