package handlers

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
)

const (
	// pagesAtOnce and exportsAtOnce are how many requests of one person are worked on at the same time. Together they are
	// fewer than the connections that read a SQLite database: whoever asks for the slowest searches over and over makes
	// themselves wait, and nobody else.
	pagesAtOnce   = 4
	exportsAtOnce = 2
	// pagesWaiting is how many more of a person's requests wait for their turn, and turnPatience how long each does. A
	// browser that opens its tabs again asks for dozens at once.
	pagesWaiting = 200
	turnPatience = 30 * time.Second
	// longestRead ends a page, the time that it waited for its turn included, while the server still lets it be answered:
	// what takes longer would only go on for somebody who has given up.
	longestRead = 50 * time.Second
)

// turns lets so many requests of each person be worked on at once. Some more wait, the rest is turned away.
type turns struct {
	atOnce, waiting int
	patience        time.Duration

	mu     sync.Mutex
	queues map[string]*queue // of those who have a request
}

// queue is what one person asks for.
type queue struct {
	free chan struct{} // takes one for each request that is worked on
	all  int           // those, and those that wait
}

func newTurns(atOnce, waiting int, patience time.Duration) *turns {
	return &turns{atOnce: atOnce, waiting: waiting, patience: patience, queues: map[string]*queue{}}
}

// errTooMany is the end of a request for which a person asked besides too many others.
var errTooMany = errors.New("too many requests of one person at once")

// take waits for the person's turn. Whoever gets it calls done.
func (t *turns) take(ctx context.Context, person string) (done func(), err error) {
	q := t.join(person)
	if q == nil {
		return nil, errTooMany
	}
	timer := time.NewTimer(t.patience)
	defer timer.Stop()
	select {
	case q.free <- struct{}{}:
		return func() {
			<-q.free
			t.leave(person)
		}, nil
	case <-timer.C:
		err = errTooMany
	case <-ctx.Done():
		err = ctx.Err()
	}
	t.leave(person)
	return nil, err
}

// join answers the person's queue, nil when it is full.
func (t *turns) join(person string) *queue {
	t.mu.Lock()
	defer t.mu.Unlock()
	q := t.queues[person]
	if q == nil {
		q = &queue{free: make(chan struct{}, t.atOnce)}
		t.queues[person] = q
	}
	if q.all >= t.atOnce+t.waiting {
		return nil
	}
	q.all++
	return q
}

func (t *turns) leave(person string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	q := t.queues[person]
	if q.all--; q.all == 0 {
		delete(t.queues, person)
	}
}

// inTurn works on a person's request when it is its turn, and on a page no longer than a page may take. What is posted
// waits for nobody: it searches nothing, and a vendor that is silent to one change must not keep its person from others.
func (h *Handlers) inTurn(c echo.Context, person string, handle echo.HandlerFunc) error {
	asked := c.Request()
	switch {
	case asked.Method != http.MethodGet:
		return handle(c)
	case isExport(c):
		return h.exportTurns.work(c, person, handle)
	}
	ctx, cancel := context.WithTimeout(asked.Context(), longestRead)
	defer cancel()
	c.SetRequest(asked.WithContext(ctx))
	defer c.SetRequest(asked) // an error page is drawn after the time is up
	err := h.pageTurns.work(c, person, handle)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return errors.Join(errTooLong, err)
	}
	return err
}

// work lets a request be worked on when it is the person's turn.
func (t *turns) work(c echo.Context, person string, handle echo.HandlerFunc) error {
	done, err := t.take(c.Request().Context(), person)
	if errors.Is(err, errTooMany) {
		c.Response().Header().Set(echo.HeaderRetryAfter, "5")
	}
	if err != nil {
		return err
	}
	defer done()
	return handle(c)
}

// errTooLong is the end of a page that took longer than a page may.
var errTooLong = errors.New("the page took too long")

// isExport tells whether a route streams a list as a file.
func isExport(c echo.Context) bool {
	return strings.Contains(c.Path(), "/export.") || strings.HasSuffix(c.Path(), ".csv")
}
