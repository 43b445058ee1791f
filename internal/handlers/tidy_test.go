package handlers_test

import (
	"net/http"
	"testing"
)

// TestListsHaveTidyAddresses sends each list's form as a browser without script does, with its empty fields.
func TestListsHaveTidyAddresses(t *testing.T) {
	t.Parallel()
	b := setup(t).as("admin")
	for path, want := range map[string]string{
		"/devices?q=&org=":                         "/devices",
		"/users?q=ann&active=":                     "/users?q=ann",
		"/organizations?q=":                        "/organizations",
		"/audit?who=&action=device.block&outcome=": "/audit?action=device.block",
	} {
		if a := b.get(path); a.status != http.StatusSeeOther || a.header.Get("Location") != want {
			t.Errorf("%s: %d to %q, want %q", path, a.status, a.header.Get("Location"), want)
		}
	}
	// That nothing is open in the tree is said by a parameter without a value.
	if a := b.get("/organizations?open="); a.status != http.StatusOK {
		t.Errorf("a closed tree: %d", a.status)
	}
}
