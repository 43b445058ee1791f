package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"backup-portal/internal/audit"
	"backup-portal/internal/auth"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// summedUp are the lines of an event that the portal writes for what it has counted so far, and those before.
func (p *portal) summedUp(event string) []audit.Line {
	p.t.Helper()
	must(p.t, p.signIn.Close(p.t.Context()))
	entries, _, err := p.store.AuditSearch(p.t.Context(), audit.Query{Action: event, AllOrgs: true, Limit: 100})
	must(p.t, err)
	lines := make([]audit.Line, 0, len(entries))
	for _, e := range entries {
		lines = append(lines, e.Line)
	}
	return lines
}

// oneMinute stops the clock of sign-in: no minute ends in the midst of a test.
func oneMinute(c *config) {
	at := time.Now()
	c.now = func() time.Time { return at }
}

// TestWhoTriesForeignIdsIsSeen: asking for what lies outside leaves one line a minute, however often; and it says nothing
// that asking for what does not exist would not say, for people read their own lines.
func TestWhoTriesForeignIdsIsSeen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ device, org, user, person string }{
		"outside":   {},
		"not there": {"4711", "900000", "900001", "iss sub"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := setup(t, oneMinute)
			b := p.as("viewer")
			if name == "outside" {
				c.device, c.org, c.user = p.device["sibling"].GUID, p.fleet.Sibling.UID, p.userIn("sibling").UID
			}
			b.get("/devices/" + c.device)
			b.get("/organizations/" + c.org + "/activity")
			b.get("/organizations?within=" + c.org)
			b.get("/users/" + c.user)
			b.post("/devices/"+c.device+"/block", url.Values{"operation": {operation.NewID()}, "reason": {"x"}})
			for range 40 {
				b.get("/devices/" + c.device)
			}
			// None of these is an attempt at an id.
			for _, path := range []string{"/nowhere", "/devices?q=nothing", "/devices/" + p.device["own"].GUID, "/static/none.css"} {
				b.get(path)
			}
			want := "45 within a minute: GET /devices/" + c.device + ", GET /organizations/" + c.org + "/activity, GET /organizations, GET /users/" + c.user +
				", POST /devices/" + c.device + "/block, …"
			lines := p.summedUp(auth.EventMissed)
			if len(lines) != 1 || lines[0].Detail != want || lines[0].Outcome != audit.Refused || lines[0].Actor.Name != "Person viewer" || lines[0].Actor.Address == "" {
				t.Fatalf("%d lines: %+v\nwant %s", len(lines), lines, want)
			}
			for who, reads := range map[string]bool{"auditor": true, "root-auditor": true, "viewer": true, "help-desk": false, "sibling-viewer": false} {
				if got := strings.Contains(p.as(who).get("/audit?action="+auth.EventMissed).body, "Person viewer"); got != reads {
					t.Errorf("%s reads of it: %t, want %t", who, got, reads)
				}
			}
		})
	}
}

// TestRefusalsDoNotFillTheLog: whoever may not export finds out five times a minute, and then one line counts.
func TestRefusalsDoNotFillTheLog(t *testing.T) {
	t.Parallel()
	p := setup(t, oneMinute)
	b := p.as(string(policy.Viewer))
	for range 30 {
		if a := b.get("/devices/export.csv"); a.status != http.StatusForbidden {
			t.Fatalf("a viewer's export: %d", a.status)
		}
	}
	lines := p.summedUp("devices.export")
	if len(lines) != 6 || lines[0].Detail != "Refused 25 more times within a minute." || lines[0].Outcome != audit.Refused {
		t.Errorf("%d lines for 30 refusals, the last %+v", len(lines), lines[0])
	}
	must(t, p.signIn.Housekeep(t.Context()))
	if again := p.summedUp("devices.export"); len(again) != len(lines) {
		t.Errorf("what was summed up is summed up again: %d lines", len(again))
	}
}
