package telemetry

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// OutcomeOK is the outcome of a call that succeeded.
const OutcomeOK = "ok"

// VendorCall opens the record of one call of the vendor's API; the answer closes it with the outcome, OutcomeOK or a
// word from the client's fixed list. The operation is a method and a template ("GET /api/v1/Computer/{id}"): ids and
// queries are no part of it.
func (t *Telemetry) VendorCall(ctx context.Context, operation string) (context.Context, func(outcome string)) {
	began := t.now()
	method, template, _ := strings.Cut(operation, " ")
	ctx, span := t.tracer.Start(ctx, operation, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("http.request.method", method), attribute.String("url.template", template),
	))
	return ctx, func(outcome string) {
		observe(t.calls, t.now().Sub(began), operation, outcome)
		span.SetAttributes(attribute.String("portal.outcome", outcome))
		if outcome != OutcomeOK {
			span.SetStatus(codes.Error, outcome)
		}
		span.End()
	}
}
