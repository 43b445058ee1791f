package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// script answers request after request; the last entry stays.
func script(answers ...http.HandlerFunc) http.HandlerFunc {
	var n atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		answers[min(int(n.Add(1)), len(answers))-1](w, r)
	}
}

func answering(status int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
	}
}

func good(w http.ResponseWriter, _ *http.Request) { writeJSON(w, device("1222906893738553990")) }

func dropped(w http.ResponseWriter, _ *http.Request) { hangUp(w) }

func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	fmt.Fprint(w, "{")
}

func TestReadsRetryWhatMayPass(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer   http.HandlerFunc
		want     Meaning // Unclassified is success
		arrivals int
	}{
		"429":                    {script(answering(429), good), Unclassified, 2},
		"502, 503":               {script(answering(502), answering(503), good), Unclassified, 3},
		"504":                    {script(answering(504), good), Unclassified, 2},
		"reset":                  {script(dropped, good), Unclassified, 2},
		"an answer cut off":      {script(cut, good), Unclassified, 2},
		"401, once":              {script(answering(401), good), Unclassified, 2},
		"401, then busy":         {script(answering(401), answering(503), good), Unclassified, 3},
		"503 without end":        {script(answering(503)), InternalServer, 3},
		"429 without end":        {script(answering(429)), TooManyRequests, 3},
		"500 is an answer":       {script(answering(500)), InternalServer, 1},
		"404 is an answer":       {script(answering(404)), NotFound, 1},
		"too long a wait":        {script(answering(429, "Retry-After", "3600")), TooManyRequests, 1},
		"a redirect":             {script(answering(302, "Location", "/elsewhere")), Redirected, 1},
		"garbage":                {script(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }), Unparseable, 1},
		"null":                   {script(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"data":null}`) }), Unparseable, 1},
		"a thing without a name": {script(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"data":{"name":"x"}}`) }), Unparseable, 1},
		"too long a document":    {script(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat(" ", 2000)) }), Unparseable, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t, tt.answer)
			c := newTestClient(t, v.URL, func(o *Options, _ *tuning) { o.MaxDocumentBytes = 1000 })
			_, err := c.Reader().DeviceByGUID(t.Context(), "1222906893738553990", false)
			if MeaningOf(err) != tt.want || (err == nil) != (tt.want == Unclassified) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if v.arrivals() != tt.arrivals || err != nil && Attempts(err) != tt.arrivals {
				t.Errorf("%d arrivals, %d attempts told, want %d", v.arrivals(), Attempts(err), tt.arrivals)
			}
		})
	}
}

// canned answers in memory, so that a test can run on a clock of its own.
func canned(answers ...*http.Response) roundTrip {
	n := 0
	return func(r *http.Request) (*http.Response, error) {
		resp := *answers[min(n, len(answers)-1)]
		n++
		if resp.Body == nil {
			resp.Body = io.NopCloser(strings.NewReader(`{"data":{"guid":"1"}}`))
		}
		resp.Request = r
		return &resp, nil
	}
}

func TestRetryAfterIsNeverShortened(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]func() string{
		"seconds": func() string { return "2" },
		"a date":  func() string { return time.Now().Add(2 * time.Second).UTC().Format(http.TimeFormat) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				busy := &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {header()}}}
				c := newTestClient(t, "https://vendor.example", func(o *Options, _ *tuning) {
					o.Transport = canned(busy, &http.Response{StatusCode: http.StatusOK})
					o.SignIn = TokenProvider(func(context.Context) (string, error) { return "t", nil })
				})
				start := time.Now()
				ctx, cancel := Interactive(t.Context())
				defer cancel()
				if _, err := c.Reader().DeviceByGUID(ctx, "1", false); err != nil {
					t.Fatal(err)
				}
				if waited := time.Since(start); waited < 2*time.Second || waited > 2*time.Second+10*time.Millisecond {
					t.Errorf("waited %v, want 2 s and a little", waited)
				}
			})
		})
	}
}

func TestInteractiveReadsHaveThreeSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newTestClient(t, "https://vendor.example", func(o *Options, _ *tuning) {
			o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			})
			o.SignIn = TokenProvider(func(context.Context) (string, error) { return "t", nil })
		})
		start := time.Now()
		ctx, cancel := Interactive(t.Context())
		defer cancel()
		_, err := c.Reader().DeviceByGUID(ctx, "1", false)
		if waited := time.Since(start); MeaningOf(err) != Silent || waited != 3*time.Second {
			t.Errorf("%v after %v, want silence after 3 s", err, waited)
		}
	})
}

// A wait that would outlast the caller's time is not begun: the caller learns at once what the vendor said.
func TestNoWaitBeyondTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		busy := &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"5"}}}
		c := newTestClient(t, "https://vendor.example", func(o *Options, _ *tuning) {
			o.Transport = canned(busy)
			o.SignIn = TokenProvider(func(context.Context) (string, error) { return "t", nil })
		})
		start := time.Now()
		ctx, cancel := Interactive(t.Context())
		defer cancel()
		_, err := c.Reader().DeviceByGUID(ctx, "1", false)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Meaning != TooManyRequests || e.RetryAfter != 5*time.Second || time.Since(start) != 0 {
			t.Errorf("%v after %v, want too many requests at once", err, time.Since(start))
		}
	})
}

func TestRetryDelay(t *testing.T) {
	t.Parallel()
	first := 200 * time.Millisecond
	asked := &Error{Status: 429, RetryAfter: time.Second}
	for _, tt := range []struct {
		err      error
		attempt  int
		low, top time.Duration
	}{
		{asked, 1, time.Second, time.Second + first},
		{errors.New("reset"), 1, first, first * 3 / 2},
		{errors.New("reset"), 2, 2 * first, 3 * first},
		{errors.New("reset"), 99, first << 10, first << 10 * 3 / 2},
	} {
		if got := retryDelay(tt.err, tt.attempt, first, 0); got != tt.low {
			t.Errorf("attempt %d after %v: shortest %v, want %v", tt.attempt, tt.err, got, tt.low)
		}
		if got := retryDelay(tt.err, tt.attempt, first, 1); got != tt.top {
			t.Errorf("attempt %d after %v: longest %v, want %v", tt.attempt, tt.err, got, tt.top)
		}
	}
}

func TestRetryAfterForms(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                              0,
		"7":                             7 * time.Second,
		"-7":                            0,
		"soon":                          0,
		"99999999999999999999":          0,
		"Fri, 02 Jan 2026 03:04:15 GMT": 10 * time.Second,
		"Fri, 02 Jan 2026 03:04:00 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("Retry-After %q is %v, want %v", value, got, want)
		}
	}
}

func TestTheTokenStaysAtTheOrigin(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s arrived elsewhere with %q", r.URL, r.Header.Get("Authorization"))
	}))
	t.Cleanup(elsewhere.Close)
	v := newVendor(t, answering(301, "Location", elsewhere.URL+"/api/v1/Computer"))
	if _, err := newTestClient(t, v.URL, nil).Reader().DevicePage(t.Context(), DeviceQuery{}); MeaningOf(err) != Redirected {
		t.Errorf("got %v, want redirected", err)
	}
}

func TestPageLimit(t *testing.T) {
	t.Parallel()
	v := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, map[string]any{"computers": []any{device(strings.Repeat("9", 2000))}, "totalCount": 1})
	})
	read := func(most int64) error {
		c := newTestClient(t, v.URL, func(o *Options, _ *tuning) { o.MaxPageBytes, o.MaxDocumentBytes = most, 500 })
		_, err := c.Reader().DevicePage(t.Context(), DeviceQuery{})
		return err
	}
	if err := read(1000); MeaningOf(err) != Unparseable {
		t.Errorf("a page over the limit: %v", err)
	}
	if err := read(4000); err != nil {
		t.Errorf("a page within the limit: %v", err)
	}
}

func TestAnIDCannotLeaveItsPathSegment(t *testing.T) {
	t.Parallel()
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.EscapedPath() != "/api/v1/Computer/..%2FUser%2Fmy%3Fx" {
			t.Errorf("path %s", r.URL.EscapedPath())
		}
		good(w, r)
	})
	c := newTestClient(t, v.URL, nil)
	if _, err := c.Reader().DeviceByGUID(t.Context(), "../User/my?x", false); MeaningOf(err) != Unparseable { // good tells of another
		t.Error(err)
	}
	for _, guid := range []string{"", ".", ".."} {
		if _, err := c.Reader().DeviceByGUID(t.Context(), guid, false); MeaningOf(err) != NotSent {
			t.Errorf("guid %q: %v, want not sent", guid, err)
		}
	}
	if v.arrivals() != 1 {
		t.Errorf("%d arrivals, want 1", v.arrivals())
	}
}

func TestErrorsShowNoSecret(t *testing.T) {
	t.Parallel()
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprintf(w, "you sent %s\x00\u202e and password \"pass-word-42\" and {\"registrationKey\":\"ABCD-EFGH\",\"x\":1} eyJhbGciOi.eyJzdWIi.c2ln %s", r.Header.Get("Authorization"), strings.Repeat("x", 4000))
	})
	c := newTestClient(t, v.URL, func(o *Options, _ *tuning) { o.SignIn = LocalAccount{Username: "me", Password: "pass-word-42"} })
	_, err := c.Reader().Tenant(t.Context())
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatal(err)
	}
	for _, secret := range []string{"opaque-token", "pass-word-42", "ABCD-EFGH", "eyJ", "\x00", "\u202e"} {
		if strings.Contains(e.Body, secret) || strings.Contains(e.Error(), secret) {
			t.Errorf("%q is in %q or %q", secret, e.Body, e.Error())
		}
	}
	if len(e.Body) > 512 || !strings.HasPrefix(e.Body, "you sent") {
		t.Errorf("excerpt of %d bytes: %q", len(e.Body), e.Body)
	}
}

func TestAPIClientsLearnWhyMyFails(t *testing.T) {
	t.Parallel()
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/v3/oauth/token":
			writeJSON(w, map[string]any{"access_token": "t", "expires_in": 900})
		case "/api/v1/Org/my":
			w.WriteHeader(http.StatusInternalServerError)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	c := newTestClient(t, v.URL, func(o *Options, _ *tuning) { o.SignIn = APIClient{ID: "key-42", Secret: "secret"} })
	if _, err := c.Reader().CurrentUser(t.Context()); !IsNotFound(err) || !strings.Contains(err.Error(), "API client") {
		t.Errorf("user: %v", err)
	}
	if _, err := c.Reader().CurrentOrg(t.Context()); MeaningOf(err) != InternalServer || !strings.Contains(err.Error(), "API client") {
		t.Errorf("organization: %v", err)
	}
}
