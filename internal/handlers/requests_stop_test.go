package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"backup-portal/internal/operation"
)

// running is a request about three devices whose first call is held.
func (p *portal) running(reason string) (r operation.Request, release func()) {
	p.t.Helper()
	var guids []string
	for _, d := range p.devicesIn("own", 3) {
		guids = append(guids, d.GUID)
	}
	must(p.t, p.mirror.Sync(p.t.Context()))
	r = p.selected("org-manager", reason, guids...)
	first := p.emulator.DelayAfter(deactivations())
	if a := p.as("admin").vote(r.ID, "approve", ""); a.status != http.StatusSeeOther {
		p.t.Fatalf("the vote: %d", a.status)
	}
	<-first.Arrived()
	return r, first.Release
}

// TestARunIsStoppedByHand with one button on its page, and gone on with by another.
func TestARunIsStoppedByHand(t *testing.T) {
	t.Parallel()
	p := setup(t)
	manager, admin, auditor := p.as("org-manager"), p.as("admin"), p.as("auditor")
	r, release := p.running("case 4490")
	at := "/requests/" + r.ID
	page := admin.page(at)
	if got := text(page.Find("#stop")); !strings.Contains(got, "Stop the run") || !strings.Contains(got, "2 devices wait") {
		t.Fatalf("the progress offers %q", got)
	}
	if got := page.Find("#stop").AttrOr("action", ""); got != at+"/stop" {
		t.Errorf("the form goes to %q", got)
	}
	if auditor.page(at).Find("#stop").Length() != 0 {
		t.Error("an auditor is offered to stop it")
	}
	still := admin.page(at + "?still=yes")
	if still.Find("head noscript").Length() != 0 || still.Find("#request[hx-get]").Length() != 0 || still.Find("#stop").Length() != 1 {
		t.Error("the page that somebody writes a reason on is drawn anew by itself")
	}
	if a := auditor.post(at+"/stop", url.Values{}); a.status != http.StatusForbidden {
		t.Errorf("an auditor stops it: %d", a.status)
	}
	if a := p.as("sibling-viewer").post(at+"/stop", url.Values{}); a.status != http.StatusNotFound {
		t.Errorf("somebody who does not see it stops it: %d", a.status)
	}
	long := admin.post(at+"/stop", url.Values{"reason": {strings.Repeat("x", 501)}})
	if long.status != http.StatusUnprocessableEntity || len(long.page(t).Find("#stop input[name=reason]").AttrOr("value", "")) != 501 || long.page(t).Find("head noscript").Length() != 0 {
		t.Errorf("a reason that is too long: %d", long.status)
	}
	// Twenty clicks: one stops it, the others are shown that it is stopped.
	var clicks sync.WaitGroup
	answers := make(chan answer, 20)
	for range 20 {
		clicks.Go(func() { answers <- admin.post(at+"/stop", url.Values{"reason": {"the wrong list"}}) })
	}
	clicks.Wait()
	close(answers)
	count := map[int]int{}
	for a := range answers {
		count[a.status]++
		if a.status == http.StatusConflict && !strings.Contains(text(a.page(t).Find("main")), "Stopped by hand") {
			t.Errorf("a late click is shown %q", text(a.page(t).Find("main .note")))
		}
	}
	if count[http.StatusSeeOther] != 1 || count[http.StatusConflict] != 19 {
		t.Errorf("twenty clicks: %v", count)
	}
	page = manager.page(at)
	if got := text(page.Find("main")); !strings.Contains(got, "One change is still under way. 2 devices not sent yet") || !strings.Contains(got, "the wrong list") || strings.Contains(text(page.Find("main .note")), "unknown") {
		t.Errorf("while one is under way the page says %q", got)
	}
	release()
	p.becomes(r.ID, func(r operation.Request) bool { return r.Items[0].State == operation.Succeeded })
	if got := text(manager.page(at).Find("main")); !strings.Contains(got, "Stopped by hand by ") || !strings.Contains(got, "stopped the run") || p.changes() != 1 {
		t.Errorf("the page says %q after %d changes", got, p.changes())
	}
	if got := text(manager.page("/").Find("main")); !strings.Contains(got, "stopped by hand the request to deactivate") {
		t.Errorf("the overview says %q", got)
	}
	if a := manager.post(at+"/continue", url.Values{}); a.status != http.StatusSeeOther {
		t.Fatalf("going on: %d", a.status)
	}
	p.ended(r.ID)
	if a := admin.post(at+"/stop", url.Values{}); a.status != http.StatusConflict || !strings.Contains(text(a.page(t).Find(".note.bad")), "It is not running.") || p.changes() != 3 {
		t.Errorf("stopped after its end: %d %s, %d changes", a.status, text(a.page(t).Find(".note")), p.changes())
	}
}
