package telemetry

import (
	"context"
	"fmt"
	"log/slog"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const (
	scopeName   = "backup-portal"
	serviceName = "backup-portal"
)

// OTLP makes the exporter that sends spans by HTTP to where the variables of OpenTelemetry say; the library reads them
// itself. What cannot be sent is told to the logger and dropped.
func OTLP(ctx context.Context, logger *slog.Logger) (sdktrace.SpanExporter, error) {
	// The library has one handler for the whole process.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { logger.Warn("traces not sent", "err", err) }))
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	return exporter, nil
}

func provider(spans sdktrace.SpanExporter, version string) *sdktrace.TracerProvider {
	about := resource.NewSchemaless(attribute.String("service.name", serviceName), attribute.String("service.version", version))
	// What the operator says in OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES counts before our own words; an attribute
	// that cannot be read is left out.
	if said, err := resource.Merge(about, resource.Environment()); err == nil {
		about = said
	}
	return sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans), sdktrace.WithResource(about))
}

// LogHandler adds the trace's id to each line that is logged with a context inside a trace.
func LogHandler(inner slog.Handler) slog.Handler { return logHandler{inner} }

type logHandler struct{ slog.Handler }

// Handle implements slog.Handler.
func (h logHandler) Handle(ctx context.Context, r slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		r.AddAttrs(slog.String("trace", span.TraceID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h logHandler) WithGroup(name string) slog.Handler { return logHandler{h.Handler.WithGroup(name)} }
