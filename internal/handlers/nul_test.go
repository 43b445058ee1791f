package handlers_test

import (
	"net/http"
	"net/url"
	"testing"

	"backup-portal/internal/operation"
)

// TestNULAndBrokenTextBreakNothing: what no database holds is searched for, filtered by and typed into reasons.
func TestNULAndBrokenTextBreakNothing(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("root-admin")
	for _, text := range []string{"x%00x", "a%00b", "%ff%fe", "%ed%a0%80", "%3F0%20%3F%20%3FTableAlias", "%27%3B--", "%5C", "x%E2%80%AEx"} {
		for _, path := range []string{
			"/devices?q=", "/devices?org=", "/devices?counts=true&user=", "/devices?os=", "/devices?client=", "/devices?counts=true&destination=",
			"/devices/export.csv?q=", "/devices/export.jsonl?client=", "/users?q=", "/users?org=", "/organizations?q=", "/organizations?open=",
			"/organizations/" + p.fleet.Own.UID + "/activity?older=", "/audit?who=", "/audit?action=", "/audit?target=", "/audit?outcome=", "/audit?under=",
		} {
			if a := b.get(path + text); a.status != http.StatusOK {
				t.Errorf("%s%s: %d", path, text, a.status)
			}
		}
		if a := b.get("/find?q=" + text); a.status != http.StatusSeeOther {
			t.Errorf("/find?q=%s: %d", text, a.status)
		}
		for _, path := range []string{"/devices/", "/operations/", "/organizations/", "/users/", "/devices/views/", "/people/sign-out?person=", "/organizations?within="} {
			if a := b.get(path + text); a.status != http.StatusNotFound {
				t.Errorf("%s%s: %d", path, text, a.status)
			}
		}
	}
	for _, text := range []string{"%00", "%E2%80%AE"} { // nothing that anybody sees: a filter that is not set
		for _, path := range []string{"/devices?q=", "/users?org=", "/organizations?q=", "/audit?who="} {
			if a := b.get(path + text); a.status != http.StatusSeeOther {
				t.Errorf("%s%s: %d", path, text, a.status)
			}
		}
		for _, path := range []string{"/devices/", "/operations/", "/organizations/", "/users/", "/devices/views/"} {
			if a := b.get(path + text); a.status != http.StatusNotFound {
				t.Errorf("%s%s: %d", path, text, a.status)
			}
		}
	}
	d := p.device["own"]
	for _, verb := range []string{"block", "unblock"} {
		id := operation.NewID()
		a := b.post("/devices/"+d.GUID+"/"+verb, url.Values{"operation": {id}, "reason": {"a\x00b\xff'; ?0 ?TableAlias --\u202e"}, "seen": {""}})
		if a.status != http.StatusSeeOther || p.trail(id) != "intent succeeded" {
			t.Errorf("%s with a hostile reason: %d, %s", verb, a.status, p.trail(id))
		}
		if a := b.get("/operations/" + id); a.status != http.StatusOK {
			t.Errorf("its operation: %d", a.status)
		}
	}
}
