package backup

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// hangUp ends the connection without an answer.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	_ = conn.Close()
}

// report is everything the road reads from a finished change.
type report struct {
	Outcome  Outcome
	Meaning  Meaning
	Attempts int
	Arrivals int
	Answered bool
}

func TestWhatBecomesOfAChange(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	t.Cleanup(elsewhere.Close)
	status := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			fmt.Fprint(w, body)
		}
	}
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		want   report
	}{
		"204":             {status(204, ""), report{Succeeded, Unclassified, 1, 1, true}},
		"200 empty":       {status(200, " \n"), report{Succeeded, Unclassified, 1, 1, true}},
		"200 with a body": {status(200, `{"data":null}`), report{Succeeded, Unclassified, 1, 1, true}},
		"200 garbage":     {status(200, "<html>"), report{Unknown, Unparseable, 1, 1, true}},
		"200 endless":     {status(200, strings.Repeat("1", 2000)), report{Unknown, Unparseable, 1, 1, true}},
		"302":             {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) }, report{Unknown, Redirected, 1, 1, true}},
		"307": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/api/again", http.StatusTemporaryRedirect)
		}, report{Unknown, Redirected, 1, 1, true}},
		"400":               {status(400, ""), report{Failed, BadRequest, 1, 1, true}},
		"401 twice":         {status(401, ""), report{Failed, Unauthorized, 2, 2, true}},
		"403":               {status(403, ""), report{Failed, Forbidden, 1, 1, true}},
		"404":               {status(404, ""), report{Failed, NotFound, 1, 1, true}},
		"429":               {status(429, ""), report{Failed, TooManyRequests, 1, 1, true}},
		"500":               {status(500, "oops"), report{Unknown, InternalServer, 1, 1, true}},
		"500 with a marker": {status(500, `[{"name":"INVALID_USERNAME"}]`), report{Failed, InternalServer, 1, 1, true}},
		"503":               {status(503, ""), report{Unknown, InternalServer, 1, 1, false}},
		"reset":             {func(w http.ResponseWriter, _ *http.Request) { hangUp(w) }, report{Unknown, Reset, 1, 1, false}},
		"silence":           {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, report{Unknown, Silent, 1, 1, false}},
		"200 cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "{")
		}, report{Unknown, Reset, 1, 1, false}},
		"404 cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, "{")
		}, report{Failed, NotFound, 1, 1, true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t, tt.answer)
			c := newTestClient(t, v.URL, func(o *Options, _ *tuning) {
				o.MaxDocumentBytes = 1000
				if name == "silence" {
					o.CallLimit = 5 * time.Second // in which a busy machine delivers the request, too
				}
			})
			var trace Trace
			err := c.Writer().BlockDevice(WithTrace(t.Context(), &trace), 42)
			got := report{OutcomeOf(err), MeaningOf(err), trace.Attempts, v.arrivals(), Answered(err)}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if err != nil && Attempts(err) != trace.Attempts {
				t.Errorf("Attempts(err) = %d, trace has %d", Attempts(err), trace.Attempts)
			}
		})
	}
}

func TestAChangeIsSentAgainOnlyAfterARenewedToken(t *testing.T) {
	t.Parallel()
	refuse := func(w http.ResponseWriter) { w.WriteHeader(http.StatusUnauthorized) }
	for name, tt := range map[string]struct {
		second func(w http.ResponseWriter)
		tokens []string // given out in turn; then an error
		want   report
	}{
		"then done":           {func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }, []string{"one", "two"}, report{Succeeded, Unclassified, 2, 2, true}},
		"then reset":          {hangUp, []string{"one", "two"}, report{Unknown, Reset, 2, 2, false}},
		"then refused":        {refuse, []string{"one", "two", "three"}, report{Failed, Unauthorized, 2, 2, true}},
		"no second token":     {nil, []string{"one"}, report{Failed, Unauthorized, 1, 1, true}},
		"no token whatsoever": {nil, nil, report{FailedNotSent, TokenRefused, 0, 0, true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var seen []string
			v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				seen = append(seen, r.Header.Get("Authorization"))
				first := len(seen) == 1
				mu.Unlock()
				if first {
					refuse(w)
					return
				}
				tt.second(w)
			})
			given := 0
			c := newTestClient(t, v.URL, func(o *Options, _ *tuning) {
				o.SignIn = TokenProvider(func(context.Context) (string, error) {
					if given == len(tt.tokens) {
						return "", errors.New("no more tokens")
					}
					given++
					return tt.tokens[given-1], nil
				})
			})
			var trace Trace
			err := c.Writer().UnblockDevice(WithTrace(t.Context(), &trace), 42)
			got := report{OutcomeOf(err), MeaningOf(err), trace.Attempts, v.arrivals(), Answered(err)}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			mu.Lock()
			defer mu.Unlock()
			if len(seen) == 2 {
				if diff := cmp.Diff([]string{"Bearer one", "Bearer two"}, seen); diff != "" {
					t.Errorf("tokens (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// net/http sends a request again, by itself, when a re-used connection dies. The first half shows that with the transport
// of the reads, the second that a change has a connection of its own and arrives once.
func TestADeadConnectionDoesNotSendAChangeTwice(t *testing.T) {
	t.Parallel()
	var hangUps atomic.Bool
	var mu sync.Mutex
	var from []string // the client's end of each connection, in order of arrival
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		from = append(from, r.RemoteAddr)
		mu.Unlock()
		if hangUps.Load() {
			hangUp(w)
			return
		}
		writeJSON(w, device("1"))
	})
	arrivals := func() []string {
		mu.Lock()
		defer mu.Unlock()
		got := from
		from = nil
		return got
	}
	c := newTestClient(t, v.URL, func(_ *Options, tune *tuning) { tune.attempts = 1 })
	warm := func() string { // leaves an idle connection in the pool
		hangUps.Store(false)
		if _, err := c.Reader().Device(t.Context(), 1, false); err != nil {
			t.Fatal(err)
		}
		hangUps.Store(true)
		return arrivals()[0]
	}

	idle := warm()
	if _, err := c.Reader().Device(t.Context(), 1, false); err == nil {
		t.Fatal("the control was answered")
	}
	if got := arrivals(); len(got) != 2 || got[0] != idle {
		t.Fatalf("the control arrived over %v, idle was %s: the danger this test guards against is gone", got, idle)
	}

	hangUps.Store(false)
	if err := c.Writer().BlockDevice(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	former := arrivals()[0]
	idle = warm()
	err := c.Writer().BlockDevice(t.Context(), 1)
	if OutcomeOf(err) != Unknown || Attempts(err) != 1 {
		t.Errorf("outcome %v after %d attempts (%v), want unknown after 1", OutcomeOf(err), Attempts(err), err)
	}
	if got := arrivals(); len(got) != 1 || got[0] == idle || got[0] == former {
		t.Errorf("the change arrived over %v, used before were %s and %s; want once, over a fresh connection", got, idle, former)
	}
}

func TestChangesSpeakHTTP1(t *testing.T) {
	t.Parallel()
	protocols := make(chan string, 2)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protocols <- r.Method + " " + r.Proto
		writeJSON(w, device("1"))
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	c := newTestClient(t, server.URL, func(o *Options, _ *tuning) {
		o.Transport = server.Client().Transport
		o.SignIn = TokenProvider(func(context.Context) (string, error) { return "t", nil })
	})
	if _, err := c.Reader().Device(t.Context(), 1, false); err != nil {
		t.Fatal(err)
	}
	if err := c.Writer().BlockDevice(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"GET HTTP/2.0", "PUT HTTP/1.1"}, []string{<-protocols, <-protocols}); diff != "" {
		t.Errorf("protocols (-want +got):\n%s", diff)
	}
}

// roundTrip is a transport that is not net/http's.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestNothingSentNeedsProof(t *testing.T) {
	t.Parallel()
	const closed = "http://127.0.0.1:1" // a port that is given to nobody: one just closed may be another test's by now
	for name, tt := range map[string]struct {
		transport http.RoundTripper
		want      Outcome
	}{
		"nobody listens": {newTransport(), FailedNotSent},
		"a foreign dial error": {roundTrip(func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
		}), FailedNotSent},
		"a foreign error": {roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("broken") }), Unknown},
		"a foreign reading error": {roundTrip(func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "read", Err: errors.New("reset")}
		}), Unknown},
		"a foreign writing error ": {roundTrip(func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "write", Err: errors.New("pipe")}
		}), Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newTestClient(t, closed, func(o *Options, _ *tuning) {
				o.Transport = tt.transport
				o.SignIn = TokenProvider(func(context.Context) (string, error) { return "t", nil })
			})
			if err := c.Writer().BlockDevice(t.Context(), 1); OutcomeOf(err) != tt.want {
				t.Errorf("outcome %v (%v), want %v", OutcomeOf(err), err, tt.want)
			}
		})
	}
}

// The vendor refused the first request and never saw a second: that is a refusal, and one attempt.
func TestARenewalWithoutAConnectionIsARefusal(t *testing.T) {
	t.Parallel()
	calls := 0
	c := newTestClient(t, "https://vendor.example", func(o *Options, _ *tuning) {
		o.SignIn = TokenProvider(func(context.Context) (string, error) { return "t", nil })
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if calls++; calls > 1 {
				return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
			}
			return &http.Response{StatusCode: http.StatusUnauthorized, Body: http.NoBody, Request: r}, nil
		})
	})
	err := c.Writer().BlockDevice(t.Context(), 1)
	if OutcomeOf(err) != Failed || MeaningOf(err) != Unauthorized || Attempts(err) != 1 || calls != 2 {
		t.Errorf("%v: %v after %d attempts, %d calls", err, OutcomeOf(err), Attempts(err), calls)
	}
}

func TestAChangeGivenUpBeforehandIsNotSent(t *testing.T) {
	t.Parallel()
	v := newVendor(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := newTestClient(t, v.URL, nil).Writer().BlockDevice(ctx, 1)
	if OutcomeOf(err) != FailedNotSent || !errors.Is(err, context.Canceled) || v.arrivals() != 0 {
		t.Errorf("outcome %v (%v), %d arrivals", OutcomeOf(err), err, v.arrivals())
	}
}
