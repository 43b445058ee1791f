package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

const userAgent = "backup-portal"

// exchange is one request and its whole answer on one transport. It talks to the configured origin only and follows
// no redirect, so a token never travels elsewhere.
type exchange struct {
	origin *url.URL
	redact *redactor
	now    func() time.Time
	base   http.RoundTripper
}

func (x exchange) over(base http.RoundTripper) *exchange {
	x.base = base
	return &x
}

// request is what one exchange sends.
type request struct {
	method        string
	op            string
	target        target
	authorization string
	header        http.Header
	most          int64 // bytes of the answer's body
}

// carriedBy gives a request the body, in a form that net/http cannot send a second time by itself.
func (t target) carriedBy(req *http.Request) {
	if t.body == nil {
		return
	}
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(t.body)), int64(len(t.body))
	req.Header.Set("Content-Type", "application/json")
}

// reply is a 2xx answer, read completely.
type reply struct {
	status   int
	body     []byte
	attempts int
}

// send sends once and reads the answer. sent is counted up when the request may have reached the vendor.
func (x *exchange) send(ctx context.Context, r request, sent *int) (*reply, *Error) {
	fail := func(e Error) *Error {
		e.Op = r.op
		return &e
	}
	if err := ctx.Err(); err != nil {
		return nil, fail(Error{Meaning: NotSent, Cause: err})
	}
	var progress connection
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, progress.trace()), r.method, r.target.url(x.origin).String(), nil)
	if err != nil {
		return nil, fail(Error{Meaning: NotSent, Cause: err})
	}
	if r.header != nil {
		req.Header = r.header.Clone()
	}
	r.target.carriedBy(req)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	if r.authorization != "" {
		req.Header.Set("Authorization", r.authorization)
	}
	resp, err := x.base.RoundTrip(req)
	if err != nil {
		if progress.notSent(err) {
			return nil, fail(Error{Meaning: NotSent, Cause: err})
		}
		*sent++
		return nil, fail(Error{Meaning: broken(ctx, err), Sent: true, Cause: err})
	}
	*sent++
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, r.most+1))
	e := Error{Status: resp.StatusCode, Sent: true}
	switch {
	case resp.StatusCode >= 400: // the status decides, even when the body broke off
		e.Meaning, e.Marker = classify(r.op, resp.StatusCode, body)
		e.RetryAfter = retryAfter(resp.Header, x.now())
	case resp.StatusCode >= 300 || resp.StatusCode < 200:
		e.Meaning = Redirected
	case err != nil:
		e.Status, e.Meaning, e.Cause = 0, broken(ctx, err), err
	case int64(len(body)) > r.most:
		e.Meaning, e.Cause = Unparseable, fmt.Errorf("the answer is longer than %d bytes", r.most)
	default:
		return &reply{status: resp.StatusCode, body: bytes.TrimSpace(body)}, nil
	}
	_, credential, _ := strings.Cut(r.authorization, " ")
	e.Body = x.redact.excerpt(body, credential)
	return nil, fail(e)
}

// broken tells silence from a broken connection.
func broken(ctx context.Context, err error) Meaning {
	timeout, ok := errors.AsType[net.Error](err)
	if ctx.Err() != nil || ok && timeout.Timeout() {
		return Silent
	}
	return Reset
}

// connection watches how far net/http came.
type connection struct {
	asked, got atomic.Bool
}

func (c *connection) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { c.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { c.got.Store(true) },
	}
}

// notSent tells whether nothing can have reached the vendor. Without proof the answer is no.
func (c *connection) notSent(err error) bool {
	if c.asked.Load() {
		return !c.got.Load()
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}
