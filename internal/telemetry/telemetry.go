// Package telemetry owns what the portal tells operators' tools about itself: metrics for Prometheus and traces for
// OpenTelemetry. It knows no other room: others hand it names out of fixed lists, durations and figures. What people
// type, addresses, ids of devices and people never become a label or an attribute.
package telemetry

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// Options are the parts that telemetry is made of; all have a default.
type Options struct {
	Version string
	// State reads what only the database knows; it is asked at a scrape, at most every few seconds. Nil tells nothing.
	State  func(context.Context) (State, error)
	Spans  sdktrace.SpanExporter // nil: no traces
	Now    func() time.Time      // nil is time.Now
	Logger *slog.Logger          // nil is silent
}

// Telemetry counts what happens and answers who asks.
type Telemetry struct {
	log      *slog.Logger
	now      func() time.Time
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	calls    *prometheus.HistogramVec
	mails    *prometheus.CounterVec
	tracer   trace.Tracer
	traces   *sdktrace.TracerProvider // nil without traces
}

// New builds the instruments; it sends nothing and listens nowhere.
func New(o Options) *Telemetry {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	t := &Telemetry{log: o.Logger, now: o.Now, registry: prometheus.NewRegistry(), tracer: noop.NewTracerProvider().Tracer(scopeName)}
	t.register(o)
	if o.Spans != nil {
		t.traces = provider(o.Spans, o.Version)
		t.tracer = t.traces.Tracer(scopeName)
	}
	return t
}

// Close sends the spans that still wait and ends tracing.
func (t *Telemetry) Close(ctx context.Context) error {
	if t.traces == nil {
		return nil
	}
	return t.traces.Shutdown(ctx)
}
