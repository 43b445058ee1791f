package backup

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// clock is a time that a test sets forward.
type clock struct{ at time.Time }

func newClock() *clock { return &clock{at: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) now() time.Time { return c.at }

func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }

// issuer is a token provider that counts, and waits at its gate when it has one.
type issuer struct {
	*clock
	gate  chan struct{}
	life  time.Duration // of the tokens, by their exp claim; 0 is none
	fail  error
	count int
}

func (i *issuer) token(ctx context.Context) (string, error) {
	i.count++
	if i.gate != nil {
		select {
		case <-i.gate:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	if i.fail != nil {
		return "", i.fail
	}
	if i.life == 0 {
		return fmt.Sprintf("token-%d", i.count), nil
	}
	claims := fmt.Sprintf(`{"exp":%d,"n":%d}`, i.now().Add(i.life).Unix(), i.count)
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln", nil
}

func (i *issuer) tokens() *tokens {
	return newTokens(nil, Options{SignIn: TokenProvider(i.token), Now: i.now, Logger: slog.New(slog.DiscardHandler)}, quick())
}

func TestCallersShareOneRefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := &issuer{clock: newClock(), gate: make(chan struct{})}
		tokens := i.tokens()
		impatient, giveUp := context.WithCancel(t.Context())
		first := make(chan error, 1)
		go func() { // starts the refresh and does not live to see it
			_, err := tokens.get(impatient)
			first <- err
		}()
		synctest.Wait()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if token, err := tokens.get(t.Context()); token != "token-1" || err != nil {
					t.Errorf("got %q, %v", token, err)
				}
			})
		}
		synctest.Wait()
		giveUp()
		if err := <-first; !errors.Is(err, context.Canceled) {
			t.Errorf("the impatient caller got %v", err)
		}
		close(i.gate)
		wg.Wait()
		if i.count != 1 {
			t.Errorf("%d refreshes, want 1", i.count)
		}
	})
}

func TestTokensAreRenewedBeforeTheyEnd(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ told, full time.Duration }{
		"told by the token": {time.Hour, time.Hour},
		"by default":        {0, 15 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := &issuer{clock: newClock(), life: tt.told}
			tokens := i.tokens()
			for _, step := range []struct {
				pass time.Duration
				want int
			}{{0, 1}, {tt.full * 79 / 100, 1}, {tt.full * 2 / 100, 2}, {tt.full * 1 / 100, 2}} {
				i.pass(step.pass)
				if _, err := tokens.get(t.Context()); err != nil || i.count != step.want {
					t.Errorf("%d refreshes (%v), want %d", i.count, err, step.want)
				}
			}
		})
	}
}

func TestAFailedRefreshMattersOnlyWhenTheTokenEnded(t *testing.T) {
	t.Parallel()
	i := &issuer{clock: newClock(), life: 100 * time.Second}
	tokens := i.tokens()
	token, err := tokens.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i.fail = errors.New("no")
	i.pass(85 * time.Second)
	for range 3 { // and the vendor is not asked at each call
		if got, err := tokens.get(t.Context()); got != token || err != nil {
			t.Errorf("near its end: %q, %v", got, err)
		}
	}
	if i.count != 2 {
		t.Errorf("%d refreshes, want 2", i.count)
	}
	i.pass(16 * time.Second)
	if _, err := tokens.get(t.Context()); err == nil {
		t.Error("an ended token was given out")
	}
}

func TestOnlyTheRefusedTokenIsDropped(t *testing.T) {
	t.Parallel()
	i := &issuer{clock: newClock()}
	tokens := i.tokens()
	get := func(want string) {
		t.Helper()
		if got, err := tokens.get(t.Context()); got != want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	get("token-1")
	tokens.drop("token-1")
	get("token-2")
	tokens.drop("token-1") // a slow call that was refused with the old one
	get("token-2")
}

func TestAPIClientTokensLiveAsLongAsTold(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	clock := newClock()
	v := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v3/oauth/token" {
			asked.Add(1)
			writeJSON(w, map[string]any{"access_token": "opaque", "token_type": "bearer", "expires_in": "60"})
			return
		}
		writeJSON(w, map[string]any{"tenantUid": "t"})
	})
	c := newTestClient(t, v.URL, func(o *Options, _ *tuning) {
		o.SignIn, o.Now = APIClient{ID: "key-42", Secret: "secret"}, clock.now
	})
	for _, step := range []struct {
		pass time.Duration
		want int32
	}{{0, 1}, {47 * time.Second, 1}, {2 * time.Second, 2}} {
		clock.pass(step.pass)
		if err := c.Reader().Ping(t.Context()); err != nil || asked.Load() != step.want {
			t.Errorf("asked %d times for a token (%v), want %d", asked.Load(), err, step.want)
		}
	}
}

// newServer serves every path, sign-in included, with one handler.
func newServer(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server.URL
}

func TestSignInFailures(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		want   Meaning
		text   string
	}{
		"wrong password":   {answering(401), TokenRefused, "GET /api/v3/auth/jwt: unauthorized (status 401)"},
		"not allowed":      {answering(403), TokenRefused, "forbidden"},
		"no token in it":   {func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, map[string]any{"data": map[string]any{}}) }, TokenRefused, "without a token"},
		"garbage":          {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>secret") }, TokenRefused, "without a token"},
		"vendor broken":    {answering(500), TokenUnavailable, "internal server error"},
		"vendor busy":      {answering(429), TokenUnavailable, "too many requests"},
		"connection reset": {dropped, TokenUnavailable, "reset"},
		"redirect":         {answering(302, "Location", "https://elsewhere.example/"), TokenUnavailable, "redirected"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newServer(t, tt.answer)
			err := newTestClient(t, server, nil).Writer().BlockDevice(t.Context(), 1)
			if MeaningOf(err) != tt.want || OutcomeOf(err) != FailedNotSent || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("%v: %v, %v; want %v, not sent, %q", err, MeaningOf(err), OutcomeOf(err), tt.want, tt.text)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the answer is in the error: %v", err)
			}
		})
	}
}

func TestSignInRetriesWhenTheVendorIsBusy(t *testing.T) {
	t.Parallel()
	token := func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, map[string]any{"v3_user_token": "bare"}) }
	done := func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "Bearer bare" {
			t.Errorf("Authorization %q", got)
		}
		w.WriteHeader(http.StatusNoContent)
	}
	server := newServer(t, script(answering(503), token, done))
	if err := newTestClient(t, server, nil).Writer().BlockDevice(t.Context(), 1); err != nil {
		t.Error(err)
	}
}

func TestEachRenewalAsksForAFreshCode(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var codes []string
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v3/auth/jwt" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		codes = append(codes, r.Header.Get("totp-auth"))
		writeJSON(w, map[string]any{"v3_user_token": fmt.Sprint("t", len(codes))})
	})
	n := 0
	c := newTestClient(t, server, func(o *Options, _ *tuning) {
		o.SignIn = LocalAccount{Username: "me", Password: "p", TOTP: func() (string, error) {
			n++
			return fmt.Sprintf("%06d", n), nil
		}}
	})
	if err := c.Writer().BlockDevice(t.Context(), 1); MeaningOf(err) != Unauthorized {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if diff := cmp.Diff([]string{"000001", "000002"}, codes); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

func TestBasicIsLatin1WherePossible(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]string{
		"password":  "me:password",
		"caf\u00e9": "me:caf\xe9",
		"\u20ac42":  "me:\xe2\x82\xac42",
	} {
		got, err := base64.StdEncoding.DecodeString(basic("me", password))
		if err != nil || string(got) != want {
			t.Errorf("basic(me, %s) holds %q, want %q", password, got, want)
		}
	}
}

// The vectors of RFC 6238, appendix B, cut to six digits.
func TestTOTP(t *testing.T) {
	t.Parallel()
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		code, err := TOTPFromSecret("gezd gnbv gy3t qojq GEZDGNBVGY3TQOJQ====", func() time.Time { return time.Unix(at, 0) })
		if err != nil {
			t.Fatal(err)
		}
		if got, err := code(); got != want || err != nil {
			t.Errorf("at %d: %s, %v, want %s", at, got, err, want)
		}
	}
	for _, secret := range []string{"", "not base32!", "1"} {
		if _, err := TOTPFromSecret(secret, nil); err == nil || secret != "" && strings.Contains(err.Error(), secret) {
			t.Errorf("secret %q: %v", secret, err)
		}
	}
}
