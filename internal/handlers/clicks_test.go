package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/operation"
)

// TestTwentyClicks posts one form twenty times while the vendor holds the first call: one call, twenty answers that lead
// to the same operation.
func TestTwentyClicks(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *config) { c.road = func(o *operation.Options) { o.AnswerAfter = 1 } })
	b := p.as("admin")
	d := p.device["own"]
	doc := b.get("/devices/" + d.GUID + "/block").page(t)
	id, _ := doc.Find("input[name=operation]").Attr("value")
	form := url.Values{"operation": {id}, "reason": {"case 4471"}, "seen": {doc.Find("input[name=seen]").AttrOr("value", "")}}
	gate := p.emulator.Delay(backupemu.Match{PathPrefix: "/api/v1/ComputerBlock"})
	first := b.post("/devices/"+d.GUID+"/block", form)
	<-gate.Arrived()
	var clicks sync.WaitGroup
	answers := make(chan answer, 19)
	for range 19 {
		clicks.Go(func() { answers <- b.post("/devices/"+d.GUID+"/block", form) })
	}
	clicks.Wait()
	close(answers)
	want := "/operations/" + id
	if first.header.Get("Location") != want {
		t.Fatalf("the first click leads to %d %q", first.status, first.header.Get("Location"))
	}
	for a := range answers {
		if a.status != http.StatusSeeOther || a.header.Get("Location") != want {
			t.Errorf("a click is answered with %d %q, want 303 %q", a.status, a.header.Get("Location"), want)
		}
	}
	running := b.get(want)
	if running.status != http.StatusOK || !strings.Contains(running.page(t).Find(".st.pill").Text(), "Running") {
		t.Errorf("while the call is held the page says %q", running.page(t).Find(".st.pill").Text())
	}
	gate.Release()
	if n := p.changes(); n != 1 {
		t.Errorf("%d calls reached the vendor, want 1", n)
	}
}

// TestTwoTabs draws the form twice: the second change finds the device changed and is refused with its reason.
func TestTwoTabs(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("admin")
	d := p.device["own"]
	forms := make([]url.Values, 2)
	for i := range forms {
		doc := b.get("/devices/" + d.GUID + "/block").page(t)
		forms[i] = url.Values{
			"operation": {doc.Find("input[name=operation]").AttrOr("value", "")}, "seen": {doc.Find("input[name=seen]").AttrOr("value", "")}, "reason": {"tab"},
		}
	}
	if a := b.post("/devices/"+d.GUID+"/block", forms[0]); a.status != http.StatusSeeOther {
		t.Fatalf("the first tab: %d", a.status)
	}
	a := b.post("/devices/"+d.GUID+"/block", forms[1])
	if a.status != http.StatusConflict || p.changes() != 1 || p.trail(forms[1].Get("operation")) != "refused" {
		t.Errorf("the second tab: %d, %d changes, trail %q", a.status, p.changes(), p.trail(forms[1].Get("operation")))
	}
}

// TestMainJobWithoutScript is the road as a browser without script takes it; the trail is the proof.
func TestMainJobWithoutScript(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("help-desk")
	d := p.device["own"]

	found := b.get("/find?q=" + d.GUID)
	if found.header.Get("Location") != "/devices/"+d.GUID {
		t.Fatalf("a search that matches one device leads to %q", found.header.Get("Location"))
	}
	page := b.get(found.header.Get("Location")).page(t)
	confirm := "/devices/" + d.GUID + "/block"
	if n := page.Find(".act a.btn[href='" + confirm + "']").Length(); n != 1 {
		t.Fatalf("%d ways lead to %s", n, confirm)
	}
	form := b.get(confirm).page(t).Find("form#confirm")
	if method, _ := form.Attr("method"); method != "post" {
		t.Fatalf("the confirmation is a form with method %q", method)
	}
	values := url.Values{"reason": {"Laptop reported stolen"}}
	for _, name := range []string{"operation", "seen"} {
		values.Set(name, form.Find("input[name="+name+"]").AttrOr("value", ""))
	}
	posted := b.post(form.AttrOr("action", ""), values)
	op := b.get(posted.header.Get("Location")).page(t)
	if state := strings.TrimSpace(op.Find(".st.pill").First().Text()); state != "Succeeded" {
		t.Errorf("the operation is %q", state)
	}
	if got := p.trail(values.Get("operation")); got != "intent succeeded" {
		t.Errorf("trail %q", got)
	}
	lines := b.get("/audit").page(t).Find("tbody tr").Text()
	for _, word := range []string{"device.block", "Intent", "Succeeded", "session.sign-in"} {
		if !strings.Contains(lines, word) {
			t.Errorf("the audit page does not tell %q", word)
		}
	}
	undo, ok := op.Find(`a.btn[href$="/unblock"]`).Attr("href")
	if !ok {
		t.Fatal("the operation offers no undo")
	}
	if b.get(undo).page(t).Find("form#confirm").Length() != 1 {
		t.Error("the undo leads to no form")
	}
}
