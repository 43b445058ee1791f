package backup

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// vendor is an HTTP server that gives out tokens and hands every other request to answer.
type vendor struct {
	*httptest.Server

	mu       sync.Mutex
	requests []*http.Request
}

func newVendor(t *testing.T, answer http.HandlerFunc) *vendor {
	t.Helper()
	v := &vendor{}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v3/auth/jwt" {
			writeJSON(w, map[string]any{"data": map[string]any{"v3_user_token": "opaque-token"}})
			return
		}
		v.mu.Lock()
		v.requests = append(v.requests, r.Clone(context.Background()))
		v.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(v.Close)
	return v
}

// arrivals counts the requests that were not for a token.
func (v *vendor) arrivals() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.requests)
}

func writeJSON(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(body); err != nil {
		panic(err)
	}
}

// quick is a tuning without noticeable waits.
func quick() tuning {
	t := defaultTuning()
	t.firstDelay = time.Millisecond
	return t
}

func newTestClient(t *testing.T, url string, change func(*Options, *tuning)) *Client {
	t.Helper()
	o := Options{
		BaseURL: url, Dialect: CrashPlan, SignIn: LocalAccount{Username: "test.user@example.com", Password: "password"},
		Transport: newTransport(), Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	tune := quick()
	if change != nil {
		change(&o, &tune)
	}
	c, err := newClient(o, tune)
	if err != nil {
		t.Fatal(err)
	}
	if tr, ok := o.Transport.(*http.Transport); ok {
		t.Cleanup(tr.CloseIdleConnections)
	}
	return c
}

func device(guid string) map[string]any { return map[string]any{"computerId": 1, "guid": guid} }

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	good := Options{BaseURL: "https://vendor.example", Dialect: Code42, SignIn: APIClient{ID: "key-42", Secret: "s"}}
	for name, change := range map[string]func(*Options){
		"no address":          func(o *Options) { o.BaseURL = "" },
		"another scheme":      func(o *Options) { o.BaseURL = "ftp://vendor.example" },
		"credentials in it":   func(o *Options) { o.BaseURL = "https://me:secret@vendor.example" },
		"unknown dialect":     func(o *Options) { o.Dialect = "webex" },
		"no sign-in":          func(o *Options) { o.SignIn = nil },
		"no password":         func(o *Options) { o.SignIn = LocalAccount{Username: "me"} },
		"colon in user name":  func(o *Options) { o.SignIn = LocalAccount{Username: "a:b", Password: "p"} },
		"no secret":           func(o *Options) { o.SignIn = APIClient{ID: "key-42"} },
		"no token provider":   func(o *Options) { o.SignIn = TokenProvider(nil) },
		"colon in the client": func(o *Options) { o.SignIn = APIClient{ID: "a:b", Secret: "p"} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := good
			change(&o)
			if _, err := New(o); err == nil {
				t.Error("accepted")
			}
		})
	}
	if _, err := New(good); err != nil {
		t.Errorf("the good options are refused: %v", err)
	}
}

func TestBaseURLLosesItsPathAndGainsAScheme(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"console.example":           "https://console.example",
		"http://127.0.0.1:4242/x/y": "http://127.0.0.1:4242",
		"https://console.example/":  "https://console.example",
	} {
		got, err := parseOrigin(raw)
		if err != nil || got.String() != want {
			t.Errorf("parseOrigin(%q) = %v, %v, want %s", raw, got, err, want)
		}
	}
}
