package backup

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// tokens keeps one token for all callers and renews it before it ends (wire: sections 1.3 and 1.4).
type tokens struct {
	fetch  func(ctx context.Context) (grant, error)
	now    func() time.Time
	log    *slog.Logger
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

func newTokens(x *exchange, o Options, t tuning) *tokens {
	d := desk{wire: x, options: o, tuning: t, retries: newRetryBudget(1)}
	return &tokens{now: o.Now, log: o.Logger, tuning: t, fetch: func(ctx context.Context) (grant, error) {
		switch s := o.SignIn.(type) {
		case LocalAccount:
			return d.localAccount(ctx, s)
		case APIClient:
			return d.apiClient(ctx, s)
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
			t.log.WarnContext(ctx, "backup API gave no new token; the present one still holds", "until", t.current.endAt, "error", err)
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
