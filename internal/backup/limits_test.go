package backup

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

func TestBreakerOpensAndHeals(t *testing.T) {
	t.Parallel()
	var well atomic.Bool
	gone, goAway := context.WithCancel(t.Context())
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/Computer/2" { // its caller gives up while it runs
			goAway()
			<-r.Context().Done()
			return
		}
		if !well.Load() {
			hangUp(w)
			return
		}
		good(w, r)
	})
	c := newTestClient(t, v.URL, func(_ *Options, tune *tuning) {
		tune.attempts, tune.breakerAfter, tune.breakerPause = 1, 3, time.Hour
	})
	for range 3 {
		if _, err := c.Reader().Device(t.Context(), 1, false); MeaningOf(err) != Reset {
			t.Fatalf("while closed: %v, want reset", err)
		}
	}
	before := v.arrivals()
	if _, err := c.Reader().Device(t.Context(), 1, false); MeaningOf(err) != Open {
		t.Errorf("a read: %v, want breaker open", err)
	}
	err := c.Writer().BlockDevice(t.Context(), 1)
	if MeaningOf(err) != Open || OutcomeOf(err) != FailedNotSent {
		t.Errorf("a change: %v (%v), want breaker open, not sent", err, OutcomeOf(err))
	}
	if v.arrivals() != before {
		t.Errorf("%d requests passed the open breaker", v.arrivals()-before)
	}

	breaker := c.reader.calls.breaker
	breaker.HalfOpen()
	if _, err := c.Reader().Device(gone, 2, false); !errors.Is(err, context.Canceled) || breaker.IsClosed() {
		t.Errorf("a call given up (%v) closed the breaker", err)
	}
	breaker.HalfOpen()
	if _, err := c.Reader().Device(t.Context(), 1, false); MeaningOf(err) != Reset || !breaker.IsOpen() {
		t.Errorf("the trial failed (%v), breaker %v, want open", err, breaker.State())
	}
	well.Store(true)
	breaker.HalfOpen()
	if _, err := c.Reader().Device(t.Context(), 1, false); err != nil || !breaker.IsClosed() {
		t.Errorf("the trial succeeded (%v), breaker %v, want closed", err, breaker.State())
	}
}

func TestRefusalsDoNotOpenTheBreaker(t *testing.T) {
	t.Parallel()
	v := newVendor(t, script(answering(404), answering(500), answering(403), answering(429), answering(400)))
	c := newTestClient(t, v.URL, func(_ *Options, tune *tuning) { tune.attempts, tune.breakerAfter = 1, 2 })
	for range 10 {
		if _, err := c.Reader().Device(t.Context(), 1, false); err == nil || MeaningOf(err) == Open {
			t.Fatalf("got %v", err)
		}
	}
}

// gate holds every request until it is opened, and tells how many wait.
type gate struct{ arrived, open chan struct{} }

func newGate() gate { return gate{arrived: make(chan struct{}, 100), open: make(chan struct{})} }

func (g gate) hold(w http.ResponseWriter, r *http.Request) {
	g.arrived <- struct{}{}
	select {
	case <-g.open:
	case <-r.Context().Done():
	}
	good(w, r)
}

// wait returns when one more request is held.
func (g gate) wait(t *testing.T) {
	t.Helper()
	select {
	case <-g.arrived:
	case <-time.After(time.Minute):
		t.Fatal("no request arrived")
	}
}

func TestConcurrencyLimit(t *testing.T) {
	t.Parallel()
	g := newGate()
	v := newVendor(t, g.hold)
	c := newTestClient(t, v.URL, func(o *Options, tune *tuning) { o.Concurrency, tune.queueLimit = 1, time.Millisecond })
	read := make(chan error)
	go func() {
		_, err := c.Reader().Device(t.Context(), 1, false)
		read <- err
	}()
	g.wait(t)
	if _, err := c.Reader().Device(t.Context(), 2, false); MeaningOf(err) != Full {
		t.Errorf("a second background read: %v, want full", err)
	}

	// A person's read and a change each have a lane of their own.
	person := make(chan error)
	go func() {
		ctx, cancel := Interactive(t.Context())
		defer cancel()
		_, err := c.Reader().Device(ctx, 3, false)
		person <- err
	}()
	g.wait(t)
	change := make(chan error)
	go func() { change <- c.Writer().BlockDevice(t.Context(), 4) }()
	g.wait(t)
	err := c.Writer().BlockDevice(t.Context(), 5)
	if MeaningOf(err) != Full || OutcomeOf(err) != FailedNotSent {
		t.Errorf("a second change: %v (%v), want full, not sent", err, OutcomeOf(err))
	}
	close(g.open)
	for _, done := range []chan error{read, person, change} {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if v.arrivals() != 3 {
		t.Errorf("%d arrivals, want 3", v.arrivals())
	}
}

func TestWaitingForASlotEndsWithTheContext(t *testing.T) {
	t.Parallel()
	g := newGate()
	v := newVendor(t, g.hold)
	c := newTestClient(t, v.URL, func(o *Options, tune *tuning) { o.Concurrency, tune.queueLimit = 1, time.Hour })
	first := make(chan error)
	go func() { first <- c.Writer().BlockDevice(t.Context(), 1) }()
	g.wait(t)
	ctx, cancel := context.WithCancel(t.Context())
	second := make(chan error)
	go func() { second <- c.Writer().BlockDevice(ctx, 2) }()
	cancel()
	if err := <-second; OutcomeOf(err) != FailedNotSent {
		t.Errorf("the waiting change: %v (%v), want not sent", err, OutcomeOf(err))
	}
	close(g.open)
	if err := <-first; err != nil {
		t.Error(err)
	}
}
