package handlers_test

import (
	"net/http"
	"testing"
)

// TestHeadIsGetWithoutItsBody: monitors and link checkers ask that way.
func TestHeadIsGetWithoutItsBody(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("admin")
	for _, path := range []string{"/healthz", "/readyz", "/", "/devices", "/nowhere", "/devices/" + p.device["sibling"].GUID, "/devices?active=maybe"} {
		get, head := b.get(path), b.fetch(http.MethodHead, path, nil, nil)
		if head.status != get.status || head.body != "" {
			t.Errorf("HEAD %s: %d with %d bytes, GET: %d", path, head.status, len(head.body), get.status)
		}
		for _, name := range []string{"Content-Security-Policy", "Cache-Control", "Content-Type"} {
			if head.header.Get(name) != get.header.Get(name) {
				t.Errorf("HEAD %s: %s is %q, GET: %q", path, name, head.header.Get(name), get.header.Get(name))
			}
		}
	}
	if a := p.as("").fetch(http.MethodHead, "/devices", nil, nil); a.status != http.StatusFound {
		t.Errorf("HEAD without a session: %d", a.status)
	}
}
