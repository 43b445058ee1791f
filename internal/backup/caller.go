package backup

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/budget"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
)

// caller sends the requests of one half of the client: with a token, within the limits, read into memory.
type caller struct {
	tokens  *tokens
	breaker circuitbreaker.CircuitBreaker[*reply]
	options Options
	tuning  tuning

	// Set by forReads or forWrites.
	wire        *exchange
	background  bulkhead.Bulkhead[*reply]
	interactive bulkhead.Bulkhead[*reply]
	retries     budget.Budget
	perAttempt  time.Duration // of a read; a write has one limit for everything
}

func (c caller) forReads(wire *exchange) *caller {
	c.wire = wire
	c.background, c.interactive = newLane(c.options.Concurrency, c.tuning), newLane(c.options.Concurrency, c.tuning)
	c.retries = newRetryBudget(c.options.Concurrency)
	c.perAttempt = c.tuning.attemptLimit
	return &c
}

func (c caller) forWrites(wire *exchange) *caller {
	c.wire = wire
	c.background = newLane(c.options.Concurrency, c.tuning)
	return &c
}

func readDocument[W row](ctx context.Context, c *caller, t target) (_ W, err error) {
	ctx, ended := c.options.Observe(ctx, "GET "+t.template)
	defer func() { ended(err) }()
	var none W
	r, err := c.read(ctx, t, c.options.MaxDocumentBytes)
	if err != nil {
		return none, err
	}
	w, err := decodeDocument[W](r.body)
	if err != nil {
		return none, c.unparseable(t, r, err)
	}
	return w, nil
}

func readPage[W row](ctx context.Context, c *caller, path, key string, query url.Values) ([]W, int, error) {
	return readRows(ctx, c, path, query, func(body []byte) ([]W, int, error) { return decodePage[W](body, key) })
}

// readList is readPage where the vendor may also answer with the bare rows.
func readList[W row](ctx context.Context, c *caller, path, key string, query url.Values) ([]W, int, error) {
	return readRows(ctx, c, path, query, func(body []byte) ([]W, int, error) { return decodeList[W](body, key) })
}

func readRows[W row](ctx context.Context, c *caller, path string, query url.Values, decode func([]byte) ([]W, int, error)) (_ []W, _ int, err error) {
	ctx, ended := c.options.Observe(ctx, "GET "+path)
	defer func() { ended(err) }()
	t := target{template: path, query: query}
	r, err := c.read(ctx, t, c.options.MaxPageBytes)
	if err != nil {
		return nil, 0, err
	}
	rows, total, err := decode(r.body)
	if err != nil {
		return nil, 0, c.unparseable(t, r, err)
	}
	return rows, total, nil
}

func (c *caller) unparseable(t target, r *reply, cause error) error {
	return &Error{Status: r.status, Op: "GET " + t.template, Meaning: Unparseable, Sent: true, Attempts: r.attempts, Body: c.wire.redact.excerpt(r.body), Cause: cause}
}

// read asks until it is answered or the retries are used up.
func (c *caller) read(ctx context.Context, t target, most int64) (*reply, error) {
	lane := c.background
	if isInteractive(ctx) {
		lane = c.interactive
	}
	return c.call(ctx, http.MethodGet, t, most, newRetry(ctx, c.tuning, c.retries, c.options.Logger), lane, c.breaker)
}

// change sends one request that changes something, once, and fills the Trace of the context.
func (c *caller) change(ctx context.Context, method string, t target) (err error) {
	ctx, ended := c.options.Observe(ctx, method+" "+t.template)
	defer func() { ended(err) }()
	trace, start := traceOf(ctx), c.options.Now()
	ctx, cancel := context.WithTimeout(ctx, c.options.CallLimit)
	defer cancel()
	r, err := c.call(ctx, method, t, c.options.MaxDocumentBytes, c.background, c.breaker)
	if err == nil && len(r.body) > 0 && !json.Valid(r.body) {
		err = &Error{Status: r.status, Op: method + " " + t.template, Meaning: Unparseable, Sent: true, Attempts: r.attempts, Body: c.wire.redact.excerpt(r.body)}
	}
	trace.Duration = c.options.Now().Sub(start)
	if e, ok := errors.AsType[*Error](err); ok {
		trace.Attempts, trace.Status = e.Attempts, e.Status
	} else if r != nil {
		trace.Attempts, trace.Status = r.attempts, r.status
	}
	return err
}

// put sends a document that was read and edited. What is no JSON document was not made here on purpose.
func (c *caller) put(ctx context.Context, t target) error {
	if !json.Valid(t.body) {
		return &Error{Op: "PUT " + t.template, Meaning: NotSent, Cause: errors.New("the document is not JSON")}
	}
	return c.change(ctx, "PUT", t)
}

// call runs attempts under the policies. What the last attempt said counts; the policies' own errors only when there
// was no attempt at all.
func (c *caller) call(ctx context.Context, method string, t target, most int64, policies ...failsafe.Policy[*reply]) (*reply, error) {
	op := method + " " + t.template
	if !t.addressable() {
		return nil, &Error{Op: op, Meaning: NotSent, Cause: errors.New("the id cannot be part of a path")}
	}
	var last *reply
	var lastErr error
	var ran bool
	var sent int
	_, err := failsafe.With(policies...).WithContext(ctx).Get(func() (*reply, error) {
		ran = true
		last, lastErr = c.attempt(ctx, method, t, most, &sent)
		return last, lastErr
	})
	switch {
	case !ran:
		return nil, refused(op, err)
	case lastErr != nil:
		if e, ok := errors.AsType[*Error](lastErr); ok {
			e.Attempts, e.Sent = sent, e.Sent || sent > 0
		}
		return nil, lastErr
	default:
		last.attempts = sent
		return last, nil
	}
}

// refused says why no attempt was made.
func refused(op string, err error) error {
	e := &Error{Op: op, Meaning: NotSent, Cause: err}
	switch {
	case errors.Is(err, circuitbreaker.ErrOpen):
		e.Meaning = Open
	case errors.Is(err, bulkhead.ErrFull):
		e.Meaning = Full
	}
	return e
}

// attempt sends the request with the token; when that is refused, once more with a new one.
func (c *caller) attempt(ctx context.Context, method string, t target, most int64, sent *int) (*reply, error) {
	op := method + " " + t.template
	token, err := c.tokens.get(ctx)
	if err != nil {
		return nil, noToken(op, err)
	}
	if c.perAttempt > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.perAttempt)
		defer cancel()
	}
	r, first := c.wire.send(ctx, request{method: method, op: op, target: t, authorization: "Bearer " + token, most: most}, sent)
	if first == nil {
		return r, nil
	}
	if first.Status != http.StatusUnauthorized {
		return nil, first
	}
	c.tokens.drop(token)
	token, err = c.tokens.get(ctx)
	if err != nil {
		first.Cause = err
		return nil, first
	}
	r, second := c.wire.send(ctx, request{method: method, op: op, target: t, authorization: "Bearer " + token, most: most}, sent)
	switch {
	case second == nil:
		return r, nil
	case !second.Sent: // the vendor refused the first, and nothing went out after it
		first.Cause = second
		return nil, first
	default:
		return nil, second
	}
}

// noToken turns a failed sign-in into the error of the call that needed it; of the call itself nothing was sent.
func noToken(op string, err error) error {
	e := &Error{Op: op, Meaning: TokenRefused, Cause: err}
	answer, asked := errors.AsType[*Error](err)
	gaveUp := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	if gaveUp || asked && (answer.Status < 400 || answer.Status >= 500 || answer.Status == http.StatusTooManyRequests) {
		e.Meaning = TokenUnavailable
	}
	return e
}
