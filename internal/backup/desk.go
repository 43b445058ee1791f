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
)

// desk is where tokens are asked for.
type desk struct {
	wire    *exchange
	options Options
	tuning  tuning
	retries budget.Budget
}

// localAccount signs in a local account, with a fresh code at each try.
//
//api:op GET /api/v3/auth/jwt
func (d desk) localAccount(ctx context.Context, a LocalAccount) (grant, error) {
	body, err := d.ask(ctx, "GET /api/v3/auth/jwt", func() (request, error) {
		r := request{
			method:        http.MethodGet,
			target:        target{template: "/api/v3/auth/jwt", query: url.Values{"useBody": {pythonBool(true)}}},
			authorization: "Basic " + basic(a.Username, a.Password),
		}
		if a.TOTP == nil {
			return r, nil
		}
		code, err := a.TOTP()
		r.header = http.Header{}
		r.header.Set("totp-auth", code)
		return r, err
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

// apiClient signs in an API client. Only pycpg names a content type for the empty body (wire: section 8).
//
//api:op POST /api/v3/oauth/token
func (d desk) apiClient(ctx context.Context, a APIClient) (grant, error) {
	r := request{
		method:        http.MethodPost,
		target:        target{template: "/api/v3/oauth/token", query: url.Values{"grant_type": {"client_credentials"}}},
		authorization: "Basic " + basic(a.ID, a.Secret),
	}
	if d.options.Dialect == CrashPlan {
		r.header = http.Header{"Content-Type": {"application/json"}}
	}
	body, err := d.ask(ctx, "POST /api/v3/oauth/token", func() (request, error) { return r, nil })
	if err != nil {
		return grant{}, err
	}
	var answer struct {
		Token text  `json:"access_token"`
		Life  whole `json:"expires_in"` // seconds
	}
	err = decodeToken(body, &answer, &answer.Token)
	return grant{token: string(answer.Token), life: time.Duration(min(max(answer.Life, 0), 1<<31)) * time.Second}, err
}

// ask sends a sign-in request, again when the vendor is busy or the connection broke. It stands outside the lanes,
// because whoever waits for a token already has a place in one.
func (d desk) ask(ctx context.Context, op string, prepare func() (request, error)) (_ []byte, err error) {
	ctx, ended := d.options.Observe(ctx, op)
	defer func() { ended(err) }()
	var sent int
	var last *reply
	var lastErr error
	retry := newRetry(ctx, d.tuning, d.retries, d.options.Logger)
	_, err = failsafe.With(retry).WithContext(ctx).Get(func() (*reply, error) {
		last, lastErr = d.try(ctx, op, prepare, &sent)
		return last, lastErr
	})
	switch {
	case lastErr != nil:
		return nil, lastErr
	case last == nil:
		return nil, err
	default:
		return last.body, nil
	}
}

func (d desk) try(ctx context.Context, op string, prepare func() (request, error), sent *int) (*reply, error) {
	r, err := prepare()
	if err != nil {
		return nil, err
	}
	r.op, r.most = op, d.options.MaxDocumentBytes
	answer, failure := d.wire.send(ctx, r, sent)
	if failure != nil {
		failure.Attempts = *sent
		return nil, failure
	}
	return answer, nil
}

// decodeToken reads a wrapped or bare token answer; the body is never part of the error.
func decodeToken(body []byte, into any, token *text) error {
	data, err := unwrap(body)
	if err != nil || json.Unmarshal(data, into) != nil || *token == "" {
		return errors.New("the sign-in was answered without a token")
	}
	return nil
}
