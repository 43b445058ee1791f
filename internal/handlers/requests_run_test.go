package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

func deactivations() backupemu.Match {
	return backupemu.Match{Method: http.MethodPost, PathPrefix: "/api/v38/computer-deactivation/update"}
}

func htmx(target string) map[string]string {
	return map[string]string{"HX-Request": "true", "HX-Target": target}
}

// TestTargetsAreReadBehindThePage: the page comes at once, with what it knows; what is live follows, or is a link away.
func TestTargetsAreReadBehindThePage(t *testing.T) {
	t.Parallel()
	p := setup(t)
	admin := p.as("admin")
	d := p.device["own"]
	id := p.as("org-manager").ask(d.GUID, "deactivate", "case 4390")
	must(t, p.emulator.RenameDevice(d.GUID, "NEW-NAME"))
	page := admin.page("/requests/" + id)
	if got := page.Find("#changed").AttrOr("hx-get", ""); got != "/requests/"+id+"/now" {
		t.Errorf("the page fetches %q", got)
	}
	if got := page.Find(`noscript a[href="/requests/`+id+`/now"]`).Length() + strings.Count(page.Find("noscript").Text(), "/requests/"+id+"/now"); got == 0 {
		t.Error("without script nothing leads to what is read now")
	}
	if got := text(page.Find("#changed")); got != "" {
		t.Errorf("before anything was read the page says %q", got)
	}
	part := admin.fetch(http.MethodGet, "/requests/"+id+"/now", nil, htmx("changed"))
	if part.status != http.StatusOK || strings.Contains(part.body, "<html") {
		t.Fatalf("the part: %d", part.status)
	}
	for selector, want := range map[string]string{
		"#changed": "it is now named NEW-NAME", "#impact": "cold storage", "#targets": "read from the backup service just now", "button#approve": "Approve and deactivate the device",
	} {
		if got := text(part.page(t).Find(selector)); !strings.Contains(got, want) {
			t.Errorf("the part says %q in %s, want %q", got, selector, want)
		}
	}
	whole := admin.get("/requests/" + id + "/now")
	if whole.page(t).Find("#changed[hx-get]").Length() != 0 || !strings.Contains(text(whole.page(t).Find("main")), "it is now named NEW-NAME") || whole.page(t).Find("#decide form").Length() != 1 {
		t.Error("the whole page does not show what was read, or asks again for it")
	}
	p.emulator.FailNext(backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Computer/"}, backupemu.Failure{Status: http.StatusForbidden}, 10)
	down := admin.get("/requests/" + id + "/now")
	if down.status != http.StatusOK || !strings.Contains(text(down.page(t).Find("#targets")), "Could not be read now") {
		t.Errorf("while the vendor refuses: %d %s", down.status, text(down.page(t).Find("#targets")))
	}
}

// TestAHoldSinceTheAskingIsNotDenied: of those that go nobody is on hold, and the page must not seem to say it of all.
func TestAHoldSinceTheAskingIsNotDenied(t *testing.T) {
	t.Parallel()
	p := setup(t)
	devices := p.devicesIn("own", 3)
	request := p.as("org-manager").asksFor("device.deactivate", "case 4390", guidsOf(devices)...)
	must(t, p.emulator.SetHold(devices[1].UserUID, true))
	said := text(p.as("admin").page(request + "/now").Find("#impact"))
	if !strings.Contains(said, "1 of 3: left out, the backup service refuses") || strings.Contains(said, "Legal holdnone") {
		t.Errorf("the page says: %s", said)
	}
}

// TestAScheduledRequestCanBeStopped by whoever may decide on it, and its page looks by itself whether it runs.
func TestAScheduledRequestCanBeStopped(t *testing.T) {
	t.Parallel()
	rules, err := policy.ParseRules(`rule."device.deactivate".undo_window = "15m"`)
	must(t, err)
	p := setup(t, func(c *config) { c.road = func(o *operation.Options) { o.Rules = rules } })
	manager, admin, auditor := p.as("org-manager"), p.as("admin"), p.as("auditor")
	id := manager.ask(p.device["own"].GUID, "deactivate", "case 4390")
	if got := text(admin.page("/requests/" + id).Find("#decide")); !strings.Contains(got, "Runs 15 minutes after the last vote") {
		t.Errorf("the decision says %q", got)
	}
	if a := admin.vote(id, "approve", ""); a.status != http.StatusSeeOther {
		t.Fatalf("the vote: %d", a.status)
	}
	page := admin.page("/requests/" + id)
	if got := text(page.Find("main")); !strings.Contains(got, "Enough people have agreed. It runs at ") || !strings.Contains(got, "Stop it") || !strings.Contains(got, "runs in 15 min") {
		t.Errorf("the page says %q", got)
	}
	if got := page.Find("#watch").AttrOr("hx-get", ""); got != "/requests/"+id+"?state=scheduled" {
		t.Errorf("the page watches %q", got)
	}
	if a := auditor.post("/requests/"+id+"/withdraw", url.Values{}); a.status != http.StatusForbidden {
		t.Errorf("an auditor stops it: %d", a.status)
	}
	if a := admin.post("/requests/"+id+"/withdraw", url.Values{"reason": {strings.Repeat("x", 501)}}); a.status != http.StatusUnprocessableEntity || a.page(t).Find("#withdraw textarea").Text() == "" {
		t.Errorf("a reason that is too long: %d", a.status)
	}
	if a := admin.post("/requests/"+id+"/withdraw", url.Values{"reason": {"The contract goes on"}}); a.status != http.StatusSeeOther {
		t.Errorf("stopping it: %d", a.status)
	}
	for _, form := range []string{"withdraw", "continue", "finish"} {
		a := admin.post("/requests/"+id+"/"+form, url.Values{"reason": {"again"}})
		if a.status != http.StatusConflict || !strings.Contains(text(a.page(t).Find(".note.bad")), "The page shows its state now.") {
			t.Errorf("%s after the end: %d %s", form, a.status, text(a.page(t).Find(".note")))
		}
	}
	if got := text(manager.page("/requests/" + id).Find("main")); !strings.Contains(got, "Withdrawn. Nothing was sent") || !strings.Contains(got, "The contract goes on") {
		t.Errorf("in the end the page says %q", got)
	}
	if p.changes() != 0 {
		t.Error("what was stopped was sent")
	}
}

// TestAPageThatWaitsIsDrawnAnewOnlyForAnotherState: what somebody types there is lost to nothing less.
func TestAPageThatWaitsIsDrawnAnewOnlyForAnotherState(t *testing.T) {
	t.Parallel()
	p := setup(t)
	manager := p.as("org-manager")
	id := manager.ask(p.device["own"].GUID, "deactivate", "case 4390")
	for state, want := range map[string]string{"awaiting": "", "scheduled": "true", "": "true"} {
		a := manager.fetch(http.MethodGet, "/requests/"+id+"?state="+state, nil, htmx("watch"))
		if a.status != http.StatusNoContent || a.header.Get("HX-Refresh") != want {
			t.Errorf("a page that shows %q: %d, refreshed: %q", state, a.status, a.header.Get("HX-Refresh"))
		}
	}
}

// TestARunThatStops is gone on with, or ended, once somebody has settled what is unknown.
func TestARunThatStops(t *testing.T) {
	t.Parallel()
	for form, want := range map[string]string{"continue": "2 of 3 devices deactivated. 1 failed.", "finish": "0 of 3 devices deactivated. 1 failed. 2 left out."} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			p := setup(t)
			manager, admin := p.as("org-manager"), p.as("admin")
			var guids []string
			for _, d := range p.devicesIn("own", 3) {
				guids = append(guids, d.GUID)
			}
			must(t, p.mirror.Sync(t.Context()))
			r := p.selected("org-manager", "case 4472", guids...)
			p.emulator.Drop(deactivations(), 1)
			if a := admin.vote(r.ID, "approve", ""); a.status != http.StatusSeeOther {
				t.Fatalf("the vote: %d", a.status)
			}
			stopped := p.becomes(r.ID, func(r operation.Request) bool { return r.State == operation.Stopped })
			page := manager.page("/requests/" + r.ID)
			if stopped.Items[0].State == operation.Unknown && page.Find("#continue").Length() != 0 {
				t.Error("it can go on before anybody knows what happened")
			}
			manager.post("/operations/"+stopped.Items[0].ID+"/check", url.Values{})
			page = manager.page("/requests/" + r.ID)
			if got := text(page.Find("#continue, #finish")); !strings.Contains(got, "Deactivate the other 2 devices") || !strings.Contains(got, "Leave out 2 devices") {
				t.Fatalf("the page offers %q: %s", got, text(page.Find("main")))
			}
			if a := manager.post("/requests/"+r.ID+"/"+form, url.Values{}); a.status != http.StatusSeeOther {
				t.Fatalf("%s: %d", form, a.status)
			}
			p.ended(r.ID)
			if got := text(manager.page("/requests/" + r.ID).Find("main .note")); !strings.Contains(got, want) {
				t.Errorf("in the end the page says %q, want %q", got, want)
			}
		})
	}
}

// TestARunShowsHowFarItIs asks again while it runs, with and without script, and no longer.
func TestARunShowsHowFarItIs(t *testing.T) {
	t.Parallel()
	p := setup(t)
	admin := p.as("admin")
	var guids []string
	for _, d := range p.devicesIn("own", 3) {
		guids = append(guids, d.GUID)
	}
	must(t, p.mirror.Sync(t.Context()))
	r := p.selected("org-manager", "case 4480", guids...)
	first := p.emulator.DelayAfter(deactivations())
	if a := admin.vote(r.ID, "approve", ""); a.status != http.StatusSeeOther {
		t.Fatalf("the vote: %d", a.status)
	}
	<-first.Arrived()
	page := admin.page("/requests/" + r.ID)
	if got := text(page.Find("#h-progress").Closest("section")); !strings.Contains(got, "0 of 3 devices") || !strings.Contains(got, "Now "+nameOf(t, p, guids[0])) {
		t.Errorf("the progress says %q", got)
	}
	if page.Find("#request[hx-get]").Length() != 1 || page.Find("head noscript").Length() != 1 {
		t.Error("the page does not ask again")
	}
	part := admin.fetch(http.MethodGet, "/requests/"+r.ID, nil, htmx("request"))
	if strings.Contains(part.body, "<html") || part.page(t).Find("#request").Length() != 1 {
		t.Error("htmx does not get the part that changes")
	}
	first.Release()
	p.ended(r.ID)
	if page := admin.page("/requests/" + r.ID); page.Find("#request[hx-get]").Length() != 0 || page.Find("head noscript").Length() != 0 {
		t.Error("the page asks again for what has ended")
	}
}

func nameOf(t *testing.T, p *portal, guid string) string {
	t.Helper()
	for _, d := range p.emulator.Snapshot().Devices {
		if d.GUID == guid {
			return d.Name
		}
	}
	t.Fatal("no such device")
	return ""
}
