package backup

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// testTime is the present of every test that does not bring a clock of its own.
func testTime() time.Time { return time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC) }

// client talks to an emulator over real HTTP, signed in as the administrator.
type client struct {
	t      *testing.T
	server *Server
	url    string
	token  string
	http   *http.Client
	close  func() // waits for the requests under way
}

func start(t *testing.T, o Options) *client {
	t.Helper()
	if o.Now == nil {
		o.Now = testTime
	}
	s := New(o)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return &client{t: t, server: s, url: server.URL, token: s.IssueToken(), http: server.Client(), close: server.Close}
}

// reply is an answer whose data the tests look into; numbers stay as they were written.
type reply struct {
	t      *testing.T
	status int
	header http.Header
	raw    string
}

func (c *client) do(method, path, body string) reply {
	c.t.Helper()
	r, err := c.try(method, path, body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

func (c *client) try(method, path, body string) (reply, error) {
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, content)
	if err != nil {
		return reply{}, fmt.Errorf("building the request: %w", err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	return c.send(req)
}

func (c *client) send(req *http.Request) (reply, error) {
	resp, err := c.http.Do(req)
	if err != nil {
		return reply{}, fmt.Errorf("sending: %w", err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, fmt.Errorf("reading the answer: %w", err)
	}
	return reply{t: c.t, status: resp.StatusCode, header: resp.Header, raw: string(raw)}, nil
}

func (c *client) get(path string) reply { c.t.Helper(); return c.do(http.MethodGet, path, "") }

// want checks the status.
func (r reply) want(status int) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("status %d, want %d: %.300s", r.status, status, r.raw)
	}
	return r
}

// object returns data, or the whole answer when it is not wrapped, as the SDKs do.
func (r reply) object() map[string]any {
	r.t.Helper()
	whole := decodeJSON[map[string]any](r.t, r.raw)
	if data, ok := whole["data"].(map[string]any); ok {
		return data
	}
	return whole
}

// list returns the named list of data.
func (r reply) list(name string) []map[string]any {
	r.t.Helper()
	items, ok := r.object()[name].([]any)
	if !ok {
		r.t.Fatalf("no list %q in %.300s", name, r.raw)
	}
	list := make([]map[string]any, len(items))
	for i, item := range items {
		list[i] = item.(map[string]any)
	}
	return list
}

func decodeJSON[T any](t *testing.T, raw string) T {
	t.Helper()
	var v T
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("the answer is no JSON: %v: %.300s", err, raw)
	}
	return v
}

func text(v any) string { return fmt.Sprint(v) }

// find returns the first element that the condition holds for.
func find[T any](t *testing.T, all []T, what string, is func(T) bool) T {
	t.Helper()
	for _, v := range all {
		if is(v) {
			return v
		}
	}
	t.Fatalf("the seed has no %s", what)
	var none T
	return none
}
