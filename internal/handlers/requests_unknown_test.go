package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"backup-portal/internal/operation"
)

// TestAnEndWhileAnOutcomeIsUnknown is told as what it is, wherever the request is shown, until somebody settles it.
func TestAnEndWhileAnOutcomeIsUnknown(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *config) { c.road = func(o *operation.Options) { o.CheckAfter = time.Hour } })
	manager, admin := p.as("org-manager"), p.as("admin")
	guids := guidsOf(p.devicesIn("own", 3))
	must(t, p.mirror.Sync(t.Context()))
	r := p.selected("org-manager", "case 4472", guids...)
	p.emulator.Drop(deactivations(), 1)
	if a := admin.vote(r.ID, "approve", ""); a.status != http.StatusSeeOther {
		t.Fatalf("the vote: %d", a.status)
	}
	stopped := p.becomes(r.ID, func(r operation.Request) bool { return r.State == operation.Stopped })
	if a := manager.post("/requests/"+r.ID+"/finish", url.Values{}); a.status != http.StatusSeeOther {
		t.Fatalf("it cannot be ended: %d", a.status)
	}
	p.ended(r.ID)

	page := manager.page("/requests/" + r.ID)
	if got := text(page.Find(".head .pill")); got != "Ended; 1 outcome still unknown" {
		t.Errorf("its state is %q", got)
	}
	note, item := page.Find("main .note"), "/operations/"+stopped.Items[0].ID
	if got := text(note); !strings.Contains(got, "0 of 3 devices deactivated; 1 outcome still unknown. 2 left out.") || note.Find(`a[href="`+item+`"]`).Length() != 1 {
		t.Errorf("its page says %q, and leads to what has to be settled: %d", got, note.Find(`a[href="`+item+`"]`).Length())
	}
	if got := text(manager.page("/requests?list=mine").Find("tbody")); !strings.Contains(got, "Ended; 1 outcome still unknown") {
		t.Errorf("the list says %q", got)
	}
	if a := manager.post(item+"/check", url.Values{}); a.status != http.StatusSeeOther {
		t.Fatalf("it cannot be settled from there: %d", a.status)
	}
	page = manager.page("/requests/" + r.ID)
	if got := text(page.Find(".head .pill")) + ": " + text(page.Find("main .note")); !strings.Contains(got, "Not done: 0 of 3 devices deactivated. 1 failed. 2 left out.") {
		t.Errorf("once it is settled the page says %q", got)
	}
}
