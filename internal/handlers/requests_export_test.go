package handlers_test

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/audit"
)

// asksFor makes a request about devices and answers its address.
func (b *browser) asksFor(action, reason string, guids ...string) string {
	b.t.Helper()
	form := hiddenOf(b.t, b.get(severalURL(action, guids...)))
	form.Set("reason", reason)
	if n := len(form["guid"]); n > 1 {
		form.Set("count", strconv.Itoa(n))
	}
	a := b.post("/devices/several/"+action[strings.Index(action, ".")+1:], form)
	if a.status != http.StatusSeeOther {
		b.t.Fatalf("not asked for: %d %s", a.status, oneLine(a.page(b.t).Find("main").Text()))
	}
	return a.header.Get("Location")
}

// TestTargetsAsCSV takes what became of each device away: no cell is a formula, and it is written down.
func TestTargetsAsCSV(t *testing.T) {
	t.Parallel()
	p := setup(t)
	devices := p.devicesIn("child", 3)
	names := []string{"=cmd|'/C calc'!A0", "@SUM(1)\t;=2", "plain"}
	for i, d := range devices {
		must(t, p.emulator.RenameDevice(d.GUID, names[i]))
	}
	must(t, p.mirror.Sync(t.Context()))
	b := p.as("admin")
	request := b.asksFor("device.block", "case 4471", guidsOf(devices)...)
	b.settled(request, "Done")
	a := b.get(request + "/targets.csv")
	if a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") || !strings.Contains(a.header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("%d %v", a.status, a.header)
	}
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	must(t, err)
	if diff := cmp.Diff([]string{"guid", "name", "user", "organization", "state", "detail", "attempts", "started", "ended", "operation"}, rows[0]); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	if len(rows) != 4 {
		t.Fatalf("%d rows", len(rows)-1)
	}
	for i, row := range rows[1:] {
		want := []string{devices[i].GUID, []string{"'=cmd|'/C calc'!A0", "'@SUM(1)\t;'=2", "plain"}[i], p.usernameOf(devices[i].UserUID), p.fleet.Child.Name, "succeeded"}
		if diff := cmp.Diff(want, row[:5]); diff != "" {
			t.Errorf("row %d (-want +got):\n%s", i, diff)
		}
		if row[6] != "1" || row[7] == "" || row[8] == "" || b.get("/operations/"+row[9]).status != http.StatusOK {
			t.Errorf("row %d ends with %q", i, row[6:])
		}
	}
	line := p.newest("request.export")
	if line.Outcome != audit.Done || line.After["targets"] != "3" || line.Target.Kind != "request" || "/requests/"+line.Target.ID != request {
		t.Errorf("written down is %+v", line)
	}
	for who, want := range map[string]int{"org-manager": http.StatusOK, "auditor": http.StatusOK, "viewer": http.StatusNotFound, "help-desk": http.StatusOK, "child-viewer": http.StatusNotFound, "sibling-viewer": http.StatusNotFound} {
		if got := p.as(who).get(request + "/targets.csv").status; got != want {
			t.Errorf("%s gets %d, want %d", who, got, want)
		}
	}
	if a := b.get("/requests/00000000-0000-7000-8000-000000000000/targets.csv"); a.status != http.StatusNotFound {
		t.Errorf("a request that does not exist: %d", a.status)
	}
}

func (p *portal) usernameOf(uid string) string {
	for _, u := range p.emulator.Snapshot().Users {
		if u.UID == uid {
			return u.Username
		}
	}
	return ""
}
