package telemetry

import (
	"cmp"
	"net/http"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Middleware measures every request and, with traces, makes a span of it. It stands outside of whatever turns errors
// into answers, and inside of whatever makes the request's id.
func (t *Telemetry) Middleware() echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			began := t.now()
			// The route of the table, never the address: that can hold what somebody searched for, and has no end of values.
			route, method := cmp.Or(c.Path(), "none"), knownMethod(c.Request().Method)
			request := c.Request()
			ctx, span := t.tracer.Start(request.Context(), method+" "+route,
				trace.WithSpanKind(trace.SpanKindServer), trace.WithNewRoot(), trace.WithLinks(linked(request)...),
				trace.WithAttributes(
					attribute.String("http.request.method", method),
					attribute.String("http.route", route),
					attribute.String("portal.request_id", c.Response().Header().Get(echo.HeaderXRequestID)),
				))
			c.SetRequest(request.WithContext(ctx))
			defer func() {
				status := c.Response().Status
				observe(t.requests, t.now().Sub(began), route, method, statusClass(status))
				span.SetAttributes(attribute.Int("http.response.status_code", status))
				if status >= http.StatusInternalServerError {
					span.SetStatus(codes.Error, "")
				}
				span.End()
			}()
			return next(c)
		}
	}
}

// linked refers to the span of whoever sent the request. It does not become the parent: a visitor could otherwise choose
// whose trace they write into.
func linked(r *http.Request) []trace.Link {
	sender := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	context := trace.SpanContextFromContext(sender)
	if !context.IsValid() {
		return nil
	}
	return []trace.Link{{SpanContext: context}}
}
