package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"
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

// TestWaitingIsPartOfAPagesTime: the server lets a page be answered for a minute after it was asked for. One that has waited
// for its turn ends no later than one that has not.
func TestWaitingIsPartOfAPagesTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &Handlers{pageTurns: newTurns(1, 1, turnPatience)}
		done, err := h.pageTurns.take(t.Context(), "mara")
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(turnPatience-time.Second, done)
		start := time.Now()
		c := echo.New().NewContext(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/devices", http.NoBody), httptest.NewRecorder())
		err = h.inTurn(c, "mara", func(c echo.Context) error {
			<-c.Request().Context().Done()
			return c.Request().Context().Err()
		})
		if !errors.Is(err, errTooLong) || time.Since(start) != longestRead {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
		if c.Request().Context().Err() != nil {
			t.Error("the error page has no time left to be drawn")
		}
	})
}
