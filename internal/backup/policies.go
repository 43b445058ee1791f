package backup

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/budget"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
)

// interactiveLimit is all the time a person waits for a live reading.
const interactiveLimit = 3 * time.Second

// tuning holds the figures that tests shorten.
type tuning struct {
	attempts      int           // of a read
	firstDelay    time.Duration // doubled each time, jitter added
	retryWithin   time.Duration // no retry later than this after the first attempt, no Retry-After longer
	attemptLimit  time.Duration // one attempt of a read
	queueLimit    time.Duration // waiting for a free slot
	tokenLimit    time.Duration // one refresh, retries included
	breakerAfter  uint          // failures in a row
	breakerPause  time.Duration
	tokenLifetime time.Duration // when neither the answer nor the token tells
}

func defaultTuning() tuning {
	return tuning{
		attempts: 3, firstDelay: 200 * time.Millisecond, retryWithin: 30 * time.Second, attemptLimit: time.Minute,
		queueLimit: 30 * time.Second, tokenLimit: 30 * time.Second, breakerAfter: 10, breakerPause: 10 * time.Second,
		tokenLifetime: 15 * time.Minute,
	}
}

type interactiveKey struct{}

// Interactive gives a context for a reading that a person waits for: 3 s in all, retries included, and a queue that
// no background reading stands in.
func Interactive(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithValue(ctx, interactiveKey{}, true), interactiveLimit)
}

func isInteractive(ctx context.Context) bool {
	b, _ := ctx.Value(interactiveKey{}).(bool)
	return b
}

// newBreaker opens after failures in a row to get any answer of the vendor's own, for reads and writes together. After
// the pause one call tries whether it is well again.
func newBreaker(t tuning, log *slog.Logger) circuitbreaker.CircuitBreaker[*reply] {
	var b circuitbreaker.CircuitBreaker[*reply]
	b = circuitbreaker.NewBuilder[*reply]().
		WithFailureThreshold(t.breakerAfter).
		WithSuccessThreshold(1).
		WithDelay(t.breakerPause).
		HandleIf(func(_ *reply, err error) bool {
			if errors.Is(err, context.Canceled) { // says nothing about the vendor, so it must not close the breaker either
				return b.IsHalfOpen()
			}
			return unanswered(err)
		}).
		OnStateChanged(func(e circuitbreaker.StateChangedEvent) {
			log.Warn("backup API breaker changed", "from", e.OldState.String(), "to", e.NewState.String())
		}).
		Build()
	return b
}

// unanswered tells whether the vendor itself gave no answer.
func unanswered(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	switch e.Meaning {
	case NotSent, Silent, Reset, TokenUnavailable:
		return true
	}
	return gateway(e.Status)
}

// retryable tells whether asking again may help.
func retryable(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	switch e.Meaning {
	case NotSent, Reset, Silent, TooManyRequests:
		return true
	}
	return gateway(e.Status)
}

func newLane(size int, t tuning) bulkhead.Bulkhead[*reply] {
	return bulkhead.NewBuilder[*reply](uint(size)).WithMaxWaitTime(t.queueLimit).Build()
}

// newRetryBudget lets a whole lane retry at once, but not all lanes: a vendor in trouble must not get more load for it.
func newRetryBudget(size int) budget.Budget {
	return budget.NewBuilder().WithMinConcurrency(uint(size)).Build()
}

// newRetry makes the retry policy of one read. It gives up at once when the vendor asks for a wait longer than the time
// left: the wait must not be shortened, and the caller learns what the vendor said rather than that time ran out.
func newRetry(ctx context.Context, t tuning, b budget.Budget, log *slog.Logger) failsafe.Policy[*reply] {
	deadline := time.Now().Add(t.retryWithin)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	return retrypolicy.NewBuilder[*reply]().
		HandleIf(func(_ *reply, err error) bool { return retryable(err) }).
		AbortIf(func(_ *reply, err error) bool {
			if ctx.Err() != nil || errors.Is(err, circuitbreaker.ErrOpen) || errors.Is(err, bulkhead.ErrFull) {
				return true
			}
			e, ok := errors.AsType[*Error](err)
			return ok && e.RetryAfter >= time.Until(deadline)
		}).
		WithMaxAttempts(t.attempts).
		WithMaxDuration(t.retryWithin).
		WithBudget(b).
		WithDelayFunc(func(exec failsafe.ExecutionAttempt[*reply]) time.Duration {
			return retryDelay(exec.LastError(), exec.Attempts(), t.firstDelay, rand.Float64())
		}).
		OnRetryScheduled(func(e failsafe.ExecutionScheduledEvent[*reply]) {
			log.DebugContext(ctx, "backup API is asked again", "after", e.Delay, "error", e.LastError())
		}).
		ReturnLastFailure().
		Build()
}

// retryDelay is the vendor's Retry-After or a doubling delay, plus up to half of the first delay or of itself by
// chance: jitter must never shorten what the vendor asked for.
func retryDelay(err error, attempt int, first time.Duration, chance float64) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok && e.RetryAfter > 0 {
		return e.RetryAfter + time.Duration(chance*float64(first))
	}
	delay := first << min(max(attempt-1, 0), 10)
	return delay + time.Duration(chance*float64(delay)/2)
}

// retryAfter reads both forms of the header; 0 when absent, past or senseless.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if s, err := strconv.ParseInt(v, 10, 32); err == nil {
		return max(time.Duration(s)*time.Second, 0)
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
