package backup

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// watch keeps what an Observer is told: the operation and how the call ended.
type watch struct {
	mu   sync.Mutex
	seen []string
}

func (w *watch) observe(ctx context.Context, op string) (context.Context, func(error)) {
	return ctx, func(err error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		end := "ok"
		if err != nil {
			end = MeaningOf(err).String()
		}
		w.seen = append(w.seen, op+": "+end)
	}
}

func TestObserverIsToldOfEveryCall(t *testing.T) {
	t.Parallel()
	const signIn, document = "GET /api/v3/auth/jwt: ok", "GET /api/v1/Computer/{guid}: "
	readOne := func(ctx context.Context, c *Client) error {
		_, err := c.Reader().DeviceByGUID(ctx, "1222906893738553990", false)
		return err
	}
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		call   func(context.Context, *Client) error
		want   []string
	}{
		"a document":         {good, readOne, []string{signIn, document + "ok"}},
		"retries are a part": {script(answering(503), good), readOne, []string{signIn, document + "ok"}},
		"a refusal":          {answering(403), readOne, []string{signIn, document + "forbidden"}},
		"an odd answer":      {cut, readOne, []string{signIn, document + "connection reset"}},
		"a page": {good, func(ctx context.Context, c *Client) error {
			_, err := c.Reader().DevicePage(ctx, DeviceQuery{Text: "secret name"})
			return err
		}, []string{signIn, "GET /api/v1/Computer: unparseable"}},
		"a change": {answering(409), func(ctx context.Context, c *Client) error {
			return c.Writer().BlockDevice(ctx, 4711)
		}, []string{signIn, "PUT /api/v1/ComputerBlock/{id}: conflict"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var w watch
			v := newVendor(t, tt.answer)
			c := newTestClient(t, v.URL, func(o *Options, _ *tuning) { o.Observe = w.observe })
			err := tt.call(t.Context(), c)
			if diff := cmp.Diff(tt.want, w.seen); diff != "" {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
		})
	}
}
