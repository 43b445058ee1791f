package backup

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"golang.org/x/sync/singleflight"
)

// tokens keeps one token for all callers and renews it before it ends (wire: sections 1.3 and 1.4).
type tokens struct {
	fetch  func(ctx context.Context) (grant, error)
	now    func() time.Time
	tuning tuning

	flight singleflight.Group

	mu      sync.Mutex
	current held
}

// refreshPause is how long a refresh that failed is left alone while the old token still holds.
const refreshPause = 10 * time.Second

// grant is a token and its lifetime, 0 when the answer does not tell.
type grant struct {
	token string
	life  time.Duration
}

type held struct {
	token            string
	refreshAt, endAt time.Time
}

func newTokens(s SignIn, x *exchange, o Options, t tuning) *tokens {
	return &tokens{now: o.Now, tuning: t, fetch: func(ctx context.Context) (grant, error) {
		switch s := s.(type) {
		case LocalAccount:
			return localGrant(ctx, x, t, s)
		case APIClient:
			return clientGrant(ctx, x, t, s, o.Dialect)
		case TokenProvider:
			token, err := s(ctx)
			return grant{token: token}, err
		default:
			return grant{}, fmt.Errorf("unknown sign-in %T", s)
		}
	}}
}

// get gives a token that is not near its end. All callers share one refresh, which outlives any of them.
func (t *tokens) get(ctx context.Context) (string, error) {
	if h := t.held(); h.token != "" && t.now().Before(h.refreshAt) {
		return h.token, nil
	}
	fresh := t.flight.DoChan("", func() (any, error) {
		if h := t.held(); h.token != "" && t.now().Before(h.refreshAt) { // another refresh ended meanwhile
			return h.token, nil
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.tuning.tokenLimit)
		defer cancel()
		return t.refresh(ctx)
	})
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case r := <-fresh:
		token, _ := r.Val.(string)
		return token, r.Err
	}
}

func (t *tokens) held() held {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.current
}

// refresh fetches a token. While the old one still holds, a failure is not the callers' business yet.
func (t *tokens) refresh(ctx context.Context) (string, error) {
	g, err := t.fetch(ctx)
	if err == nil && g.token == "" {
		err = errors.New("the sign-in gave an empty token")
	}
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		if t.current.token != "" && now.Before(t.current.endAt) {
			t.current.refreshAt = now.Add(refreshPause)
			return t.current.token, nil
		}
		return "", err
	}
	life := g.life
	if end, ok := expiry(g.token); life <= 0 && ok {
		life = end.Sub(now)
	}
	if life <= 0 {
		life = t.tuning.tokenLifetime
	}
	t.current = held{token: g.token, refreshAt: now.Add(life * 8 / 10), endAt: now.Add(life)}
	return g.token, nil
}

// drop forgets a token that the vendor refused, unless it was replaced already.
func (t *tokens) drop(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current.token == token {
		t.current = held{}
	}
}

// localGrant signs in a local account.
//
//api:op GET /api/v3/auth/jwt
func localGrant(ctx context.Context, x *exchange, t tuning, a LocalAccount) (grant, error) {
	r := request{method: http.MethodGet, target: target{template: "/api/v3/auth/jwt", query: url.Values{"useBody": {pythonBool(true)}}}, authorization: "Basic " + basic(a.Username, a.Password), header: http.Header{}}
	body, err := ask(ctx, x, t, r, func(r *request) error {
		if a.TOTP == nil {
			return nil
		}
		code, err := a.TOTP()
		r.header.Set("totp-auth", code)
		return err
	})
	if err != nil {
		return grant{}, err
	}
	var answer struct {
		Token text `json:"v3_user_token"`
	}
	err = decodeToken(body, &answer, &answer.Token)
	return grant{token: string(answer.Token)}, err
}

// clientGrant signs in an API client. Only pycpg names a content type for the empty body (wire: section 8).
//
//api:op POST /api/v3/oauth/token
func clientGrant(ctx context.Context, x *exchange, t tuning, a APIClient, d Dialect) (grant, error) {
	r := request{method: http.MethodPost, target: target{template: "/api/v3/oauth/token", query: url.Values{"grant_type": {"client_credentials"}}}, authorization: "Basic " + basic(a.ID, a.Secret), header: http.Header{}}
	if d == CrashPlan {
		r.header.Set("Content-Type", "application/json")
	}
	body, err := ask(ctx, x, t, r, nil)
	if err != nil {
		return grant{}, err
	}
	var answer struct {
		Token text  `json:"access_token"`
		Life  whole `json:"expires_in"`
	}
	err = decodeToken(body, &answer, &answer.Token)
	return grant{token: string(answer.Token), life: time.Duration(min(max(answer.Life, 0), 1<<31)) * time.Second}, err
}

// ask sends a sign-in request, again when the vendor is busy or the connection broke.
func ask(ctx context.Context, x *exchange, t tuning, r request, prepare func(*request) error) ([]byte, error) {
	r.op, r.most = r.method+" "+r.target.template, x.limit
	var sent int
	var last *reply
	var lastErr error
	_, err := failsafe.With(newRetry(ctx, t, newRetryBudget())).WithContext(ctx).Get(func() (*reply, error) {
		if prepare != nil {
			if lastErr = prepare(&r); lastErr != nil {
				return nil, lastErr
			}
		}
		var e *Error
		if last, e = x.send(ctx, r, &sent); e != nil {
			e.Attempts, lastErr = sent, e
			return nil, e
		}
		lastErr = nil
		return last, nil
	})
	if lastErr != nil {
		return nil, lastErr
	}
	if last == nil {
		return nil, err
	}
	return last.body, nil
}

// decodeToken reads a wrapped or bare token answer; the body is never part of the error.
func decodeToken(body []byte, into any, token *text) error {
	data, err := unwrap(body)
	if err != nil || json.Unmarshal(data, into) != nil || *token == "" {
		return errors.New("the sign-in was answered without a token")
	}
	return nil
}

// expiry reads the end of a JSON web token, unverified: it only decides when to ask for the next one.
func expiry(token string) (time.Time, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return time.Time{}, false
	}
	var claims struct {
		Exp whole `json:"exp"`
	}
	if json.Unmarshal(raw, &claims) != nil || claims.Exp <= 0 {
		return time.Time{}, false
	}
	return time.Unix(int64(claims.Exp), 0), true
}
