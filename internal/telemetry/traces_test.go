package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"backup-portal/internal/telemetry"
)

// keptSpans keeps what was exported when the exporter is shut down: the one of the library forgets it then.
type keptSpans struct{ *tracetest.InMemoryExporter }

func (keptSpans) Shutdown(context.Context) error { return nil }

// told writes a span as "name kind status; attribute=value …".
func told(s tracetest.SpanStub) string {
	text := fmt.Sprintf("%s %s %s;", s.Name, s.SpanKind, s.Status.Code)
	for _, a := range s.Attributes {
		text += fmt.Sprintf(" %s=%s", a.Key, a.Value.String())
	}
	return text
}

// TestSpans makes a request that calls the vendor, and looks at all that is exported of it.
func TestSpans(t *testing.T) {
	t.Parallel()
	kept := keptSpans{tracetest.NewInMemoryExporter()}
	tel := telemetry.New(telemetry.Options{Version: "1.2.3", Spans: kept})
	var log bytes.Buffer
	logger := slog.New(telemetry.LogHandler(slog.NewJSONHandler(&log, nil))).With("part", "test")

	e := echo.New()
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Response().Header().Set(echo.HeaderXRequestID, "request-1")
			return next(c)
		}
	}, tel.Middleware())
	e.GET("/devices/:guid", func(c echo.Context) error {
		ctx, ended := tel.VendorCall(c.Request().Context(), "GET /api/v1/Computer/{guid}")
		logger.InfoContext(ctx, "inside")
		ended("internal server error")
		return c.NoContent(http.StatusBadGateway)
	})
	const sender = "4bf92f3577b34da6a3ce929d0e0e4736"
	ask(t, e, http.MethodGet, "/devices/954143368874689941?q=secret", "traceparent", "00-"+sender+"-00f067aa0ba902b7-01", "User-Agent", "tell-tale")
	logger.Info("outside")
	if err := tel.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	spans := kept.GetSpans()
	if len(spans) != 2 {
		t.Fatalf("%d spans, want 2", len(spans))
	}
	call, request := spans[0], spans[1]
	want := []string{
		"GET /api/v1/Computer/{guid} client Error; http.request.method=GET url.template=/api/v1/Computer/{guid} portal.outcome=internal server error",
		"GET /devices/:guid server Error; http.request.method=GET http.route=/devices/:guid portal.request_id=request-1 http.response.status_code=502",
	}
	if diff := cmp.Diff(want, []string{told(call), told(request)}); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if call.Parent.SpanID() != request.SpanContext.SpanID() {
		t.Error("the vendor's call is no part of the request")
	}
	if id := request.SpanContext.TraceID().String(); id == sender || request.Parent.IsValid() {
		t.Error("a visitor chose the trace")
	}
	if len(request.Links) != 1 || request.Links[0].SpanContext.TraceID().String() != sender {
		t.Errorf("the sender's span is not linked: %v", request.Links)
	}
	service := fmt.Sprint(request.Resource)
	if !strings.Contains(service, "service.name=backup-portal") || !strings.Contains(service, "service.version=1.2.3") {
		t.Errorf("the resource is %s", service)
	}

	var lines []map[string]any
	for decoder := json.NewDecoder(&log); decoder.More(); {
		var line map[string]any
		if err := decoder.Decode(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if lines[0]["trace"] != request.SpanContext.TraceID().String() || lines[0]["part"] != "test" || lines[1]["trace"] != nil {
		t.Errorf("the log lines are %v", lines)
	}
}

func TestWithoutTracesThereAreNone(t *testing.T) {
	t.Parallel()
	tel := telemetry.New(telemetry.Options{})
	ctx, ended := tel.VendorCall(t.Context(), "GET /api/v1/Org")
	ended(telemetry.OutcomeOK)
	if trace.SpanContextFromContext(ctx).IsValid() {
		t.Error("a span was made")
	}
	if err := tel.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
