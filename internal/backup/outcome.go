package backup

import (
	"context"
	"errors"
	"time"
)

// Outcome is what became of a change.
type Outcome int

// The four outcomes. The zero value is Unknown, so what nobody classified is looked at by a person.
const (
	Unknown       Outcome = iota // it may or may not have happened
	Succeeded                    // the vendor says it is done
	FailedNotSent                // nothing was sent
	Failed                       // the vendor refused it
)

// String names the outcome for logs.
func (o Outcome) String() string {
	return [...]string{"unknown", "succeeded", "failed, not sent", "failed"}[o]
}

// OutcomeOf tells what became of a change from the error of the Writer's call.
func OutcomeOf(err error) Outcome {
	if err == nil {
		return Succeeded
	}
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok:
		return Unknown
	case !e.Sent:
		return FailedNotSent
	case e.Status >= 400 && e.Status < 500:
		return Failed
	case e.Status >= 500 && e.Marker != "":
		return Failed
	default:
		return Unknown
	}
}

// Answered tells whether nothing of the call can still be running at the vendor: it was answered by the vendor
// itself, not by a gateway in front of it, or never sent.
func Answered(err error) bool {
	if err == nil {
		return true
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	return !e.Sent || e.Status != 0 && !gateway(e.Status)
}

// Attempts tells how often a failed call was sent; 0 for nil (ask a Trace) and for errors not made here.
func Attempts(err error) int {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Attempts
	}
	return 0
}

// Trace is filled while a Writer's call runs and complete when the call returns.
type Trace struct {
	Attempts int           // how often the request was sent: 2 after a renewed token
	Status   int           // the last answer's status, 0 when none came
	Duration time.Duration // the whole call, waiting included
}

type traceKey struct{}

// WithTrace asks the next Writer's call made with the context to fill t.
func WithTrace(ctx context.Context, t *Trace) context.Context {
	return context.WithValue(ctx, traceKey{}, t)
}

func traceOf(ctx context.Context) *Trace {
	if t, ok := ctx.Value(traceKey{}).(*Trace); ok {
		return t
	}
	return &Trace{}
}
