package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// ask posts the form of an action on a device and answers the request that it became.
func (b *browser) ask(guid, verb, reason string) string {
	b.t.Helper()
	a := b.post("/devices/"+guid+"/"+verb, url.Values{"operation": {operation.NewID()}, "reason": {reason}})
	path, isRequest := strings.CutPrefix(a.header.Get("Location"), "/requests/")
	if a.status != http.StatusSeeOther || !isRequest {
		b.t.Fatalf("asking to %s: %d, leads to %q\n%s", verb, a.status, a.header.Get("Location"), text(a.page(b.t).Find("main")))
	}
	return path
}

// vote posts what the page's form would.
func (b *browser) vote(id, vote, reason string) answer {
	b.t.Helper()
	digest := b.get("/requests/"+id).page(b.t).Find("#decide input[name=digest]").AttrOr("value", "")
	return b.post("/requests/"+id+"/vote", url.Values{"vote": {vote}, "reason": {reason}, "digest": {digest}})
}

// page is the answer to a GET, for selectors.
func (b *browser) page(path string) *goquery.Document { return b.get(path).page(b.t) }

func text(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

// actor is somebody who has signed in, as the directory knows them.
func (p *portal) actor(who string) policy.Actor {
	p.t.Helper()
	people, err := p.signIn.Known(p.t.Context())
	must(p.t, err)
	for _, person := range people {
		if person.Subject == "sub-"+who {
			person.AuthTime = time.Now()
			return person
		}
	}
	p.as(who)
	return p.actor(who)
}

// selected is a request of somebody to deactivate these devices.
func (p *portal) selected(who, reason string, guids ...string) operation.Request {
	p.t.Helper()
	r, err := p.road.SubmitAll(p.t.Context(), p.actor(who), operation.Selection{
		ID: operation.NewID(), Action: "device.deactivate", Reason: reason, TargetIDs: guids,
	})
	must(p.t, err)
	return r
}

// ended waits until a request has come to its end.
func (p *portal) ended(id string) operation.Request {
	p.t.Helper()
	return p.becomes(id, func(r operation.Request) bool { return !r.Open() })
}

func (p *portal) becomes(id string, fits func(operation.Request) bool) operation.Request {
	p.t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	patience := time.After(time.Minute)
	for {
		r, err := p.store.Request(p.t.Context(), id)
		must(p.t, err)
		if fits(r) {
			return r
		}
		select {
		case <-again.C:
		case <-patience:
			p.t.Fatalf("request %s stays %s", id, r.State)
		}
	}
}

// TestARequestFromAskingToUndo walks the pages of two people: one asks, the other agrees, the device is deactivated.
func TestARequestFromAskingToUndo(t *testing.T) {
	t.Parallel()
	p := setup(t)
	admin, manager := p.as("admin"), p.as("org-manager")
	d := p.device["own"]
	if got := admin.get("/").page(t).Find(`.nav a[href="/requests"] .count`).Length(); got != 0 {
		t.Error("the navigation counts requests that nobody made")
	}
	id := manager.ask(d.GUID, "deactivate", "Sold with the vessel, case 4390")

	own := manager.get("/requests/" + id).page(t)
	for selector, want := range map[string]string{
		"h1": "Deactivate " + d.Name, ".head .pill": "Waiting", "#changed + *": "", "#impact": "Sold with the vessel, case 4390", "#h-votes + p": "0 of 1",
		"#withdraw button": "Withdraw request", ".tl": "One other person who may do it",
	} {
		if got := text(own.Find(selector)); !strings.Contains(got, want) {
			t.Errorf("who asked reads %q in %s, want %q", got, selector, want)
		}
	}
	if n := own.Find("#decide").Length(); n != 0 {
		t.Error("who asked is offered a vote")
	}

	overview := admin.get("/").page(t)
	if got := text(overview.Find(`.nav a[href="/requests"]`)); got != "Requests 1 1 to decide" {
		t.Errorf("the navigation says %q", got)
	}
	if got := text(overview.Find("#h-waiting").Closest("section")); !strings.Contains(got, "1 to decide") || !strings.Contains(got, "Deactivate "+d.Name) || !strings.Contains(got, "Asked by Person org-manager") {
		t.Errorf("the overview says %q", got)
	}
	list := admin.get("/requests").page(t)
	if got := text(list.Find("tbody tr")); !strings.Contains(got, "Deactivate "+d.Name) || !strings.Contains(got, "Waiting for you") || !strings.Contains(got, "0 of 1") || !strings.Contains(got, "in 24 h") {
		t.Errorf("the list to decide says %q", got)
	}
	if got := text(list.Find("#h-notices").Closest("section")); !strings.Contains(got, "was asked for by Person org-manager") {
		t.Errorf("the notice says %q", got)
	}
	for path, want := range map[string]string{"/devices?q=" + d.GUID: "Request open", "/devices/" + d.GUID: "Deactivate " + d.Name + ", asked for by Person org-manager."} {
		if got := text(admin.get(path).page(t).Find("main")); !strings.Contains(got, want) {
			t.Errorf("%s does not say %q", path, want)
		}
	}

	page := admin.get("/requests/" + id).page(t)
	if got := text(page.Find("#decide")); !strings.Contains(got, "You vote as admin at") || !strings.Contains(got, "This is the last vote") || !strings.Contains(got, "Approve and deactivate the device") {
		t.Errorf("the decision says %q", got)
	}
	if got := page.Find("#decide form button").First().AttrOr("value", ""); got != "deny" {
		t.Errorf("Enter would send %q", got)
	}
	if list := admin.get("/requests").page(t); list.Find("#h-notices").Length() != 0 {
		t.Error("the notice of a request that was opened is still new")
	}

	if a := admin.vote(id, "approve", "Checked with the crew office"); a.status != http.StatusSeeOther || a.header.Get("Location") != "/requests/"+id {
		t.Fatalf("the vote: %d %s", a.status, a.body)
	}
	p.ended(id)
	done := manager.get("/").page(t)
	if got := text(done.Find("#h-waiting").Closest("section")); !strings.Contains(got, "was done") {
		t.Errorf("who asked reads %q on the overview", got)
	}
	end := manager.get("/requests/" + id).page(t)
	for selector, want := range map[string]string{
		".head .pill": "Done", ".note.ok": "Device deactivated.", "#targets tbody": "Succeeded", "#h-votes + p": "1 of 1", "#act-undo": "Reactivate device…",
		".tl": "“Checked with the crew office”", "#h-history": "What happened",
	} {
		want = strings.Trim(want, "“”")
		if got := text(end.Find(selector)); !strings.Contains(got, want) {
			t.Errorf("in the end %s says %q, want %q", selector, got, want)
		}
	}
	if got := text(manager.get("/").page(t).Find("#h-waiting").Closest("section")); strings.Contains(got, "was done") {
		t.Error("what was looked at is still new on the overview")
	}
	if a := admin.vote(id, "approve", ""); a.status != http.StatusConflict {
		t.Errorf("a vote on what has ended: %d", a.status)
	}
}

// TestVotesThatAreTurnedDown: each is told with what was typed still there, and sends nothing.
func TestVotesThatAreTurnedDown(t *testing.T) {
	t.Parallel()
	p := setup(t)
	admin, manager, auditor := p.as("admin"), p.as("org-manager"), p.as("auditor")
	id := manager.ask(p.device["own"].GUID, "deactivate", "case 4390")
	digest := p.becomes(id, func(operation.Request) bool { return true }).Digest
	const typed = "typed with <care>"
	for name, tt := range map[string]struct {
		by     *browser
		form   url.Values
		status int
		says   string
	}{
		"by who asked":        {manager, url.Values{"vote": {"approve"}, "digest": {digest}}, http.StatusForbidden, "Nobody agrees to their own request"},
		"by who may not":      {auditor, url.Values{"vote": {"approve"}, "digest": {digest}}, http.StatusForbidden, "Only who may ask for this themselves"},
		"a no without why":    {admin, url.Values{"vote": {"deny"}, "digest": {digest}, "reason": {" "}}, http.StatusUnprocessableEntity, "A reason is needed."},
		"neither yes nor no":  {admin, url.Values{"digest": {digest}, "reason": {typed}}, http.StatusUnprocessableEntity, "Use one of the two buttons"},
		"on something else":   {admin, url.Values{"vote": {"approve"}, "digest": {"0000"}, "reason": {typed}}, http.StatusConflict, "not what you saw"},
		"without any digest":  {admin, url.Values{"vote": {"approve"}, "reason": {typed}}, http.StatusConflict, "not what you saw"},
		"a reason too long":   {admin, url.Values{"vote": {"approve"}, "digest": {digest}, "reason": {strings.Repeat("x", 501)}}, http.StatusUnprocessableEntity, "longer than 500"},
		"by somebody outside": {p.as("sibling-viewer"), url.Values{"vote": {"approve"}, "digest": {digest}}, http.StatusNotFound, "There is no such page for you"},
	} {
		a := tt.by.post("/requests/"+id+"/vote", tt.form)
		page := a.page(t)
		if a.status != tt.status || !strings.Contains(text(page.Find("main")), tt.says) {
			t.Errorf("a vote %s: %d, does not say %q:\n%s", name, a.status, tt.says, text(page.Find("main")))
		}
		if tt.by == admin {
			if got := page.Find("#decide textarea").Text(); got != tt.form.Get("reason") {
				t.Errorf("a vote %s: what was typed came back as %q", name, got)
			}
			if got := page.Find("#decide input[name=digest]").AttrOr("value", ""); got != digest {
				t.Errorf("a vote %s: the form is bound to %q", name, got)
			}
		}
	}
	htmx := map[string]string{"HX-Request": "true", "HX-Target": "decide"}
	a := admin.fetch(http.MethodPost, "/requests/"+id+"/vote", url.Values{"vote": {"approve"}, "digest": {"0000"}, "reason": {typed}}, htmx)
	if a.status != http.StatusConflict || a.header.Get("HX-Retarget") != "#request" || !strings.Contains(a.body, "read from the backup service just now") {
		t.Errorf("htmx is not told to draw the changed request: %d %v", a.status, a.header)
	}
	if p.changes() != 0 {
		t.Error("a vote that was turned down changed something")
	}
	if a := admin.vote(id, "deny", "Not this one"); a.status != http.StatusSeeOther {
		t.Fatalf("a no: %d", a.status)
	}
	if got := text(manager.get("/requests/" + id).page(t).Find("main")); !strings.Contains(got, "Nothing was sent to the backup service. Denied by Person admin") || !strings.Contains(got, "Not this one") {
		t.Errorf("who asked reads %q", got)
	}
	if a := admin.vote(id, "approve", ""); a.status != http.StatusConflict || p.changes() != 0 {
		t.Errorf("a yes after the no: %d, %d changes", a.status, p.changes())
	}
}

// TestAVoteAsksForANewSignIn: without one there is a link in place of the buttons, and a post that came too late keeps what
// was typed.
func TestAVoteAsksForANewSignIn(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *config) { c.road = func(o *operation.Options) { o.StepUp = time.Nanosecond } })
	admin, manager := p.as("admin"), p.as("org-manager")
	id := manager.ask(p.device["own"].GUID, "deactivate", "case 4390")
	page := admin.get("/requests/" + id).page(t)
	if n := page.Find("#decide button").Length(); n != 0 {
		t.Errorf("%d buttons without a new sign-in", n)
	}
	const fresh = "/auth/sign-in?fresh=1&return=%2Frequests%2F"
	if got := page.Find("#decide a.btn").AttrOr("href", ""); got != fresh+id {
		t.Errorf("the sign-in leads to %q", got)
	}
	digest := p.becomes(id, func(operation.Request) bool { return true }).Digest
	form := url.Values{"vote": {"approve"}, "digest": {digest}, "reason": {"typed with care"}}
	for name, header := range map[string]map[string]string{"plain": nil, "htmx": {"HX-Request": "true", "HX-Target": "decide"}} {
		a := admin.fetch(http.MethodPost, "/requests/"+id+"/vote", form, header)
		page := a.page(t)
		link := page.Find("#decide a.btn-primary")
		if a.status != http.StatusForbidden || link.AttrOr("href", "") != fresh+id || link.AttrOr("target", "") != "_blank" {
			t.Errorf("%s: %d, the link is %q", name, a.status, link.AttrOr("href", ""))
		}
		if got := page.Find("#decide textarea").Text(); got != "typed with care" || page.Find("#decide button[value=approve]").Length() != 1 {
			t.Errorf("%s: what was typed came back as %q", name, got)
		}
	}
	if p.changes() != 0 {
		t.Error("a vote without a new sign-in changed something")
	}
}

// TestRequestsOutsideDoNotExist: one target outside is enough.
func TestRequestsOutsideDoNotExist(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b, manager := p.as("admin"), p.as("org-manager")
	strip := answer.timeless
	mixed := p.selected("root-admin", "LEAK-mixed", p.device["own"].GUID, p.device["sibling"].GUID)
	outside := p.selected("root-admin", "LEAK-outside", p.device["parent"].GUID)
	p.selected("root-admin", "all inside", p.device["child"].GUID)
	missing := b.get("/requests/" + operation.NewID())
	for _, id := range []string{mixed.ID, outside.ID, "not-an-id", mixed.Items[0].ID} {
		for _, path := range []string{"", "/now"} {
			if a := b.get("/requests/" + id + path); a.status != http.StatusNotFound || strip(a) != strip(missing) {
				t.Errorf("%s%s differs from a request that does not exist (%d):\n%s", id, path, a.status, firstDifference(strip(a), strip(missing)))
			}
		}
		for _, form := range []string{"vote", "withdraw", "continue", "finish"} {
			a := b.post("/requests/"+id+"/"+form, url.Values{"vote": {"deny"}, "reason": {"x"}, "digest": {mixed.Digest}})
			if a.status != http.StatusNotFound || strip(a) != strip(missing) {
				t.Errorf("posting %s to %s: %d", form, id, a.status)
			}
		}
	}
	for _, path := range []string{"/requests", "/requests?list=all", "/requests?list=to-decide", "/requests?list=mine", "/", "/requests?list=all&after=" + mixed.ID} {
		body := b.get(path).body
		if strings.Contains(body, mixed.ID) || strings.Contains(body, outside.ID) || strings.Contains(body, "LEAK-") {
			t.Errorf("%s names a request with a target outside", path)
		}
	}
	if got := text(b.get("/requests?list=all").page(t).Find("tbody")); !strings.Contains(got, "all inside") {
		t.Errorf("what lies inside is not listed: %q", got)
	}
	// The device is the reader's, what is asked for about it is not.
	if got := text(manager.get("/devices/" + p.device["own"].GUID).page(t).Find(".note")); !strings.Contains(got, "A request about this device is open.") || strings.Contains(got, "root-admin") {
		t.Errorf("the device's page says %q", got)
	}
}
