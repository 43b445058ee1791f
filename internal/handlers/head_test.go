package handlers_test

import (
	"net/http"
	"testing"

	"backup-portal/internal/audit"
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

// TestTheHeadOfAnExportIsNone: nothing leaves, so nothing is read and nothing is written down.
func TestTheHeadOfAnExportIsNone(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b, other := p.as("auditor"), setup(t).as("auditor")
	for _, path := range []string{"/devices/export.csv", "/devices/export.jsonl", "/audit/export.csv"} {
		head := b.fetch(http.MethodHead, path, nil, nil)
		for _, action := range []string{"devices.export", "audit.export"} {
			if lines, _, err := p.store.AuditSearch(t.Context(), audit.Query{AllOrgs: true, Action: action}); err != nil || len(lines) != 0 {
				t.Errorf("HEAD %s is written down as an export: %+v, %v", path, lines, err)
			}
		}
		get := other.get(path)
		for _, name := range []string{"Content-Type", "Cache-Control"} {
			if head.status != get.status || head.header.Get(name) != get.header.Get(name) {
				t.Errorf("HEAD %s: %d, %s %q; GET: %d, %q", path, head.status, name, head.header.Get(name), get.status, get.header.Get(name))
			}
		}
	}
	if a := p.as("viewer").fetch(http.MethodHead, "/devices/export.csv", nil, nil); a.status != http.StatusForbidden {
		t.Errorf("a viewer's HEAD: %d", a.status)
	}
}
