package handlers_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
)

var orgChanges = backupemu.Match{Method: http.MethodPost, PathPrefix: "/api/v3/orgs/"}

// drawn is a confirmation as it was drawn: the values that its form carries.
func (b *browser) drawn(path string) url.Values {
	b.t.Helper()
	form := b.get(path).page(b.t).Find("form#confirm")
	values := url.Values{}
	for _, name := range []string{"operation", "seen"} {
		value := form.Find("input[name="+name+"]").AttrOr("value", "")
		if value == "" {
			b.t.Fatalf("%s draws no form with a field %s", path, name)
		}
		values.Set(name, value)
	}
	return values
}

// factsOf reads a list of facts from a page.
func factsOf(list *goquery.Selection) map[string]string {
	facts := map[string]string{}
	list.Find("dt").Each(func(_ int, s *goquery.Selection) {
		facts[oneLine(s.Text())] = oneLine(s.NextFiltered("dd").Text())
	})
	return facts
}

// TestOrganizationWithoutScript blocks an organization as a browser without script does: what it reaches is told before,
// a reason is demanded, and the operation leads to the organization and to its undo.
func TestOrganizationWithoutScript(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("admin")
	path := "/organizations/" + p.fleet.Own.UID + "/block"
	form := b.get(path).page(t).Find("form#confirm")
	if method := form.AttrOr("method", ""); method != "post" || form.AttrOr("action", "") != path {
		t.Fatalf("the confirmation is a form with method %q to %q", method, form.AttrOr("action", ""))
	}
	var below, devices, users int
	snapshot := p.emulator.Snapshot()
	for _, o := range snapshot.Orgs {
		if p.inside(o.UID) && o.UID != p.fleet.Own.UID {
			below++
		}
	}
	for _, d := range snapshot.Devices {
		if p.inside(d.OrgUID) {
			devices++
		}
	}
	for _, u := range snapshot.Users {
		if p.inside(u.OrgUID) {
			users++
		}
	}
	want := map[string]string{
		"Organization": p.fleet.Own.Name, "UID": p.fleet.Own.UID, "State now": "Active", "Organizations below it": strconv.Itoa(below),
		"Devices in all": strconv.Itoa(devices), "Users in all": strconv.Itoa(users),
	}
	got := factsOf(form.Find("dl.facts"))
	got["UID"] = strings.Fields(got["UID"])[0] // beside it stands what copies it
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the form tells (-brute force +form):\n%s", diff)
	}
	if !strings.Contains(form.Text(), "Unblock organization takes it back. Its users stay blocked") {
		t.Error("the form does not say what its undo leaves")
	}

	values := b.drawn(path)
	if a := b.post(path, values); a.status != http.StatusUnprocessableEntity || p.changes() != 0 || !strings.Contains(a.body, "A reason is needed") {
		t.Errorf("without a reason: %d, %d changes", a.status, p.changes())
	}
	values.Set("reason", "Subsidiary was sold, case 4471")
	posted := b.post(path, values)
	if posted.status != http.StatusSeeOther || p.trail(values.Get("operation")) != "intent succeeded" || p.changes() != 1 {
		t.Fatalf("%d, trail %q, %d changes: %s", posted.status, p.trail(values.Get("operation")), p.changes(), posted.body)
	}
	op := b.get(posted.header.Get("Location")).page(t)
	if text := oneLine(op.Find("#operation").Text()); !strings.Contains(text, "Organization blocked.") || !strings.Contains(text, "Subsidiary was sold") {
		t.Errorf("the operation says %q", text)
	}
	for _, link := range []string{"/organizations/" + p.fleet.Own.UID, "/organizations/" + p.fleet.Own.UID + "/unblock"} {
		if op.Find(`#operation a[href="`+link+`"]`).Length() != 1 {
			t.Errorf("the operation has no link to %s", link)
		}
	}
	for _, o := range p.emulator.Snapshot().Orgs {
		if p.inside(o.UID) && !o.Blocked {
			t.Errorf("%s below is not blocked", o.Name)
		}
	}
}

// TestWhoMayBlockAnOrganization holds what the form says to each role, and that a post past the form is refused as well.
func TestWhoMayBlockAnOrganization(t *testing.T) {
	t.Parallel()
	p := setup(t)
	for _, c := range []struct{ who, place, says string }{
		{"viewer", "child", "It needs the role org-manager or admin."},
		{"help-desk", "child", "It needs the role org-manager or admin."},
		{"auditor", "own", "It needs the role org-manager or admin."},
		{"org-manager", "own", "Your role reaches the organizations below this one, not the one that it is held at."},
	} {
		b := p.as(c.who)
		path := "/organizations/" + p.org(c.place).UID + "/block"
		page := b.get(path).page(t)
		if page.Find("form#confirm").Length() != 0 || !strings.Contains(oneLine(page.Find("#confirm").Text()), c.says) {
			t.Errorf("%s reads %q of %s, want %q and no form", c.who, oneLine(page.Find("#confirm").Text()), c.place, c.says)
		}
		id := operation.NewID()
		a := b.post(path, url.Values{"operation": {id}, "reason": {"past the form"}})
		if a.status != http.StatusForbidden || p.trail(id) != "refused" || !strings.Contains(a.body, c.says) {
			t.Errorf("%s posts to %s: %d, trail %q", c.who, c.place, a.status, p.trail(id))
		}
	}
	manager, path := p.as("org-manager"), "/organizations/"+p.fleet.Child.UID+"/block"
	if button := oneLine(manager.get(path).page(t).Find("form#confirm button[type=submit]").Text()); button != "Ask to block organization" {
		t.Errorf("a manager's button says %q", button)
	}
	asked := manager.post(path, url.Values{"operation": {operation.NewID()}, "reason": {"case 4471"}})
	if asked.status != http.StatusSeeOther || !strings.HasPrefix(asked.header.Get("Location"), "/requests/") {
		t.Errorf("a manager asks: %d %q", asked.status, asked.header.Get("Location"))
	}
	for _, place := range []string{"sibling", "parent"} {
		id := operation.NewID()
		a := p.as("admin").post("/organizations/"+p.org(place).UID+"/block", url.Values{"operation": {id}, "reason": {"not mine"}})
		none := p.as("admin").post("/organizations/4711/block", url.Values{"operation": {operation.NewID()}, "reason": {"not mine"}})
		strip := answer.timeless
		if a.status != http.StatusNotFound || p.trail(id) != "" || strip(a) != strip(none) {
			t.Errorf("an organization outside (%s): %d, trail %q; differs from one that does not exist: %t", place, a.status, p.trail(id), strip(a) != strip(none))
		}
	}
	if p.changes() != 0 {
		t.Errorf("%d changes were sent", p.changes())
	}
}

// TestTwoClicksOnAnOrganization are one call, and a form from before is refused.
func TestTwoClicksOnAnOrganization(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *config) { c.road = func(o *operation.Options) { o.AnswerAfter = 1 } })
	b := p.as("admin")
	path := "/organizations/" + p.fleet.Own.UID + "/block"
	form, older := b.drawn(path), b.drawn(path)
	form.Set("reason", "case 4471")
	older.Set("reason", "another tab")
	gate := p.emulator.Delay(orgChanges)
	first := b.post(path, form)
	<-gate.Arrived()
	var clicks sync.WaitGroup
	for range 2 {
		clicks.Go(func() {
			if a := b.post(path, form); a.status != http.StatusSeeOther || a.header.Get("Location") != first.header.Get("Location") {
				t.Errorf("a click is answered with %d %q, want %q", a.status, a.header.Get("Location"), first.header.Get("Location"))
			}
		})
	}
	clicks.Wait()
	gate.Release()
	b.settled(first.header.Get("Location"), "Succeeded")
	a := b.post(path, older)
	if a.status != http.StatusConflict || p.changes() != 1 || p.trail(older.Get("operation")) != "refused" {
		t.Errorf("the form from before: %d, %d changes, trail %q", a.status, p.changes(), p.trail(older.Get("operation")))
	}
}

// TestOrganizationIDs: what cannot be the uid of an organization asks nobody, whatever stands in the mirror.
func TestOrganizationIDs(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("root-admin")
	for uid, asks := range map[string]bool{
		"8c97h74umc2s8mmm": true, "df0bd0e8-5832-4f7c-96e6-1e1c85efa69b": true, strings.Repeat("a", 64): true,
		strings.Repeat("a", 65): false, "a.b": false, "a b": false, "é": false,
	} {
		row := inventory.Org{UID: uid, ParentUID: p.fleet.Root.UID, Name: uid, Path: inventory.ChildPath("/"+p.fleet.Root.UID+"/", uid), Depth: 1, Active: true}
		must(t, p.store.OrgSeen(t.Context(), row))
		before := len(p.emulator.Requests())
		if a := b.get("/organizations/" + url.PathEscape(uid) + "/block"); a.status != http.StatusNotFound {
			t.Errorf("%q, which the vendor does not know, answers %d", uid, a.status)
		}
		if sent := len(p.emulator.Requests()) > before; sent != asks {
			t.Errorf("%q is asked for: %t, want %t", uid, sent, asks)
		}
	}
}

// settled reads an operation's page until it says this state.
func (b *browser) settled(path, state string) {
	b.t.Helper()
	for range 1000 {
		if strings.Contains(b.get(path).page(b.t).Find(".st.pill").First().Text(), state) {
			return
		}
	}
	b.t.Fatalf("%s does not come to %s", path, state)
}

// TestUnknownOutcomeOfAnOrganization: nobody guesses, the page of the operation settles it by a check.
func TestUnknownOutcomeOfAnOrganization(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("admin")
	path := "/organizations/" + p.fleet.Own.UID + "/block"
	form := b.drawn(path)
	form.Set("reason", "case 4471")
	p.emulator.Drop(orgChanges, 1)
	op := b.post(path, form).header.Get("Location")
	page := oneLine(b.get(op).page(t).Find("#operation").Text())
	for _, words := range []string{"Nobody can say yet whether it happened.", "Other actions on this organization wait", "Reads the organization. Changes nothing."} {
		if !strings.Contains(page, words) {
			t.Errorf("the operation does not say %q: %s", words, page)
		}
	}
	if a := b.get(path); !strings.Contains(a.body, "Waits until the open operation on this organization is settled.") {
		t.Error("the form does not tell that an operation is open")
	}
	if a := b.post(op+"/check", url.Values{}); a.status != http.StatusSeeOther {
		t.Errorf("check: %d", a.status)
	}
	if page := oneLine(b.get(op).page(t).Find("#operation").Text()); !strings.Contains(page, "Organization not blocked.") || p.changes() != 1 {
		t.Errorf("after the check (%d changes): %s", p.changes(), page)
	}
}
