package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
)

// TestAViewIsSharedWithAnyOfManyOrganizations: where there are more organizations than a list can offer, the one to share
// with is found by what it is called, and nothing outside one's own part is found at all.
func TestAViewIsSharedWithAnyOfManyOrganizations(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *config) { c.fleet = backupemu.Options{Calm: true, Orgs: 300, Users: 20, Devices: 20} })
	b := p.as("root-admin")
	save := func(name string, also ...string) answer {
		form := url.Values{"name": {name}, "list": {"active=true"}, "share": {""}}
		for i := 0; i+1 < len(also); i += 2 {
			form.Set(also[i], also[i+1])
		}
		return b.post("/devices/views", form)
	}
	sharedWith := func(name string) string {
		for _, row := range b.get("/devices/views").page(t).Find("tbody tr").EachIter() {
			if row.Find(".lead").Text() == name {
				return row.Find("td[data-label='Shared with']").Text()
			}
		}
		return "no such view"
	}
	empty := b.get("/devices/views/new?active=true").page(t)
	if empty.Find("#view-share option").Length() != 1 || empty.Find("#view-organization").Length() != 1 {
		t.Errorf("of 300 organizations %d are offered", empty.Find("#view-share option").Length()-1)
	}

	times := map[string]int{}
	orgs := p.emulator.Snapshot().Orgs
	for _, o := range orgs {
		times[strings.ToLower(o.Name)]++
	}
	last := orgs[len(orgs)-1]
	for _, o := range orgs[200:] {
		if times[strings.ToLower(o.Name)] == 1 {
			last = o
		}
	}
	for name, typed := range map[string]string{"by uid": last.UID, "by name": " " + strings.ToUpper(last.Name) + "\u200b"} {
		if a := save(name, "organization", typed); a.status != http.StatusSeeOther {
			t.Fatalf("%s: %d %.300s", name, a.status, a.body)
		}
		if got := sharedWith(name); got != last.Name {
			t.Errorf("%s: shared with %q, want %q", name, got, last.Name)
		}
	}

	several := save("one of several", "organization", "halden")
	page := several.page(t)
	choice := page.Find("#view-share")
	if several.status != http.StatusUnprocessableEntity || choice.AttrOr("aria-invalid", "") != "true" || choice.Find("option[selected]").AttrOr("value", "") != "choose" {
		t.Fatalf("a name of several: %d %s", several.status, choice.Text())
	}
	if text := oneLine(page.Find("#view-share-problem").Text()); !strings.Contains(text, "“halden”: choose one of them. ") || choice.Find("option").Length() != 22 || page.Find("#view-name").AttrOr("value", "") != "one of several" {
		t.Errorf("%d choices and %q", choice.Find("option").Length(), text)
	}
	if a := save("one of several", "share", "choose"); a.status != http.StatusUnprocessableEntity || sharedWith("one of several") != "no such view" {
		t.Errorf("nothing chosen: %d, shared with %q", a.status, sharedWith("one of several"))
	}
	chosen := choice.Find("option").Eq(7)
	if a := save("one of several", "share", chosen.AttrOr("value", "")); a.status != http.StatusSeeOther || !strings.HasPrefix(chosen.Text(), sharedWith("one of several")) {
		t.Errorf("%d, shared with %q, chosen was %q", a.status, sharedWith("one of several"), chosen.Text())
	}
	change := b.get("/devices/views").page(t).Find("tbody tr a.btn").First().AttrOr("href", "")
	if present := b.get(change).page(t).Find("#view-share option[selected]"); present.Text() == "" || present.AttrOr("value", "") == "" {
		t.Errorf("the form of a shared view offers %q", present.Text())
	}

	manager := p.as("org-manager")
	for who, typed := range map[*browser]string{b: "no such organization", manager: p.fleet.Sibling.UID} {
		a := who.post("/devices/views", url.Values{"name": {"none"}, "list": {"active=true"}, "organization": {typed}})
		found := a.page(t).Find("#view-organization-problem").Text()
		if a.status != http.StatusUnprocessableEntity || who == b && (!strings.Contains(found, "No organization that you see") || a.page(t).Find("#view-organization").AttrOr("value", "") != typed) {
			t.Errorf("%q: %d %q", typed, a.status, found)
		}
	}
}
