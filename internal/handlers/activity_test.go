package handlers_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"backup-portal/internal/audit"
)

// TestActivityIsWhole: the lines of a quiet organization are shown, page after page, however many of others came since.
func TestActivityIsWhole(t *testing.T) {
	t.Parallel()
	p := setup(t)
	event := func(name, org string) {
		_, err := p.store.Record(t.Context(), audit.Line{
			Actor: audit.Actor{Key: "k", Name: "Somebody Else"}, Action: "device.block",
			Target: audit.Target{Kind: "device", ID: "1", Name: name}, OrgUIDs: []string{org}, Reason: "about " + name, Outcome: audit.Succeeded,
		})
		must(t, err)
	}
	const quiet, perPage = 30, 25
	for range quiet {
		event("quiet", p.fleet.Child.UID)
	}
	for range 600 { // more than are looked at one by one
		event("busy", p.fleet.Own.UID)
	}
	b := p.as("org-manager")
	page := "/organizations/" + p.fleet.Child.UID + "/activity"
	shown := func(address string, want int) string {
		t.Helper()
		a := b.get(address)
		if got := strings.Count(a.body, "about quiet"); a.status != http.StatusOK || got != want || strings.Contains(a.body, "about busy") {
			t.Fatalf("%s: %d, %d lines of the organization, want %d and none of others", address, a.status, got, want)
		}
		return a.body
	}
	older := regexp.MustCompile(`[?]older=[0-9]+`).FindString(shown(page, perPage))
	shown(page+older, quiet-perPage)
	if older == "" {
		t.Error("no link to the older lines")
	}
}
