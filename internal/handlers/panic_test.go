package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
)

// brokenFleet panics with words that nobody outside may read.
type brokenFleet struct{ operation.Fleet }

func (brokenFleet) Live(context.Context, inventory.Scope, string) (inventory.LiveDevice, error) {
	panic("LEAK: pq: password=hunter2 at /srv/portal/live.go:12")
}

func TestPanicIsAPageWithoutItsWords(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *config) {
		c.road = func(o *operation.Options) { o.Fleet = brokenFleet{o.Fleet} }
	})
	b := p.as("admin")
	for name, header := range map[string]map[string]string{"page": nil, "fragment": {"HX-Request": "true"}} {
		a := b.fetch(http.MethodPost, "/devices/"+p.device["own"].GUID+"/block", url.Values{"operation": {operation.NewID()}, "reason": {"x"}}, header)
		if a.status != http.StatusInternalServerError || !strings.Contains(a.body, a.header.Get("X-Request-Id")) || a.header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d without its request id or policy: %.300s", name, a.status, a.body)
		}
		for _, token := range []string{"LEAK", "hunter2", ".go:", "goroutine", "panic"} {
			if strings.Contains(a.body, token) {
				t.Errorf("%s: the answer holds %q", name, token)
			}
		}
	}
	if n := p.changes(); n != 0 {
		t.Errorf("%d changes were sent", n)
	}
	if a := b.get("/devices"); a.status != http.StatusOK {
		t.Errorf("after the panic: %d", a.status)
	}
}
