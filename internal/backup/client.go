package backup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Dialect says whose SDK the client imitates where the two differ on the wire (wire: section 8).
type Dialect string

// The two dialects.
const (
	CrashPlan Dialect = "crashplan"
	Code42    Dialect = "code42"
)

// Options configure a Client; BaseURL, Dialect and SignIn are needed, everything else has a default.
type Options struct {
	BaseURL string // origin of the API; without a scheme it is https, a path is ignored as the SDKs do
	Dialect Dialect
	SignIn  SignIn

	// Transport carries every request; nil is a tuned one. Of an *http.Transport the writes use a copy that never
	// re-uses a connection, so that net/http has no reason to send anything twice. Any other RoundTripper must itself
	// send each request once.
	Transport http.RoundTripper

	TrustedDomains   []string         // domains whose https hosts may be named by the vendor, see Client.TrustedURL
	Now              func() time.Time // nil is time.Now
	Logger           *slog.Logger     // nil is silent
	Observe          Observer         // nil watches nothing
	Concurrency      int              // calls at once, separately for background reads, interactive reads and writes; default 4
	CallLimit        time.Duration    // all the time a write may take; default 60 s
	MaxPageBytes     int64            // largest list page; default 32 MiB
	MaxDocumentBytes int64            // largest single document; default 8 MiB
}

// Observer is told that a call begins and answers what to tell when it has ended: with the error that the caller gets, or
// nil. The operation is the method and the template of the path ("GET /api/v1/Computer/{id}"), without ids and query.
// Sign-ins are calls of their own.
type Observer func(ctx context.Context, operation string) (context.Context, func(error))

// Client holds what Reader and Writer share: origin, token, breaker.
type Client struct {
	reader *Reader
	writer *Writer
	origin *url.URL
	trust  []string
}

// Reader asks and never changes anything; its calls are retried.
type Reader struct {
	calls     *caller
	orgs      orgGUIDs
	apiClient bool // signed in as one, so the "my" resources do not exist
}

// Writer changes things; each of its calls is sent once.
type Writer struct {
	calls *caller
}

// New checks the options and makes a client; it sends nothing.
func New(o Options) (*Client, error) { return newClient(o, defaultTuning()) }

// Reader gives the half of the client that only asks.
func (c *Client) Reader() *Reader { return c.reader }

// Writer gives the half of the client that changes things.
func (c *Client) Writer() *Writer { return c.writer }

func newClient(o Options, t tuning) (*Client, error) {
	origin, err := parseOrigin(o.BaseURL)
	if err != nil {
		return nil, err
	}
	if o.Dialect != CrashPlan && o.Dialect != Code42 {
		return nil, fmt.Errorf("backup: unknown dialect %q", o.Dialect)
	}
	if o.SignIn == nil {
		return nil, errors.New("backup: no sign-in")
	}
	if err := o.SignIn.validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	read, write := transports(o.Transport)
	breaker := newBreaker(t, o.Logger)
	wire := exchange{origin: origin, redact: newRedactor(o.SignIn.secrets()...), now: o.Now}
	tokens := newTokens(wire.over(read), o, t)
	calls := caller{tokens: tokens, breaker: breaker, options: o, tuning: t}

	_, apiClient := o.SignIn.(APIClient)
	return &Client{
		reader: &Reader{calls: calls.forReads(wire.over(read)), apiClient: apiClient},
		writer: &Writer{calls: calls.forWrites(wire.over(write))},
		origin: origin,
		trust:  o.TrustedDomains,
	}, nil
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Observe == nil {
		o.Observe = func(ctx context.Context, _ string) (context.Context, func(error)) { return ctx, func(error) {} }
	}
	if o.Concurrency <= 0 {
		o.Concurrency = 4
	}
	if o.CallLimit <= 0 {
		o.CallLimit = time.Minute
	}
	if o.MaxPageBytes <= 0 {
		o.MaxPageBytes = 32 << 20
	}
	if o.MaxDocumentBytes <= 0 {
		o.MaxDocumentBytes = 8 << 20
	}
	return o
}

func parseOrigin(raw string) (*url.URL, error) {
	if raw == "" {
		return nil, errors.New("backup: no base URL")
	}
	if !strings.Contains(raw, "://") {
		raw = "https://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("backup: the base URL must be http(s)://host[:port]")
	}
	if u.User != nil {
		return nil, errors.New("backup: the base URL must not hold credentials")
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}
