package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/inventory"
)

// A copy takes the values in force of the chosen groups over the review, and says what it leaves out and why.
func TestCopySettings(t *testing.T) {
	t.Parallel()
	p := setup(t, handful, func(c *config) {
		c.prepare = func(p *portal) {
			must(p.t, p.emulator.SetArchiveHoldDays(p.fleet.Own.UID, 77))
			must(p.t, p.emulator.SetArchiveHoldDays(p.fleet.Child.UID, 11))
			must(p.t, p.emulator.LockOrgValue(p.fleet.Child.UID, true, "deviceDefaults", "serviceBackupConfig", "minutesUntilWarning"))
			must(p.t, p.emulator.SetOrgSettings(p.fleet.Own.UID, func(doc map[string]any) {
				defaults, _ := doc["deviceDefaults"].(map[string]any)
				config, _ := defaults["serviceBackupConfig"].(map[string]any)
				config["minutesUntilWarning"] = "20160"
			}))
		}
	})
	b := p.as("org-manager")
	page := "/organizations/" + p.fleet.Child.UID + "/settings/copy"
	from := p.fleet.Own.UID

	if options := b.get(page).page(t).Find(`select#from option`); options.Length() < 2 || strings.Contains(options.Text(), p.fleet.Sibling.Name) || strings.Contains(options.Text(), p.fleet.Root.Name) {
		t.Errorf("the sources are %q", options.Text())
	}
	for typed, want := range map[string]int{from: http.StatusOK, p.fleet.Own.Name: http.StatusOK, p.fleet.Sibling.UID: http.StatusOK, "no such name": http.StatusOK, strings.Repeat("x", 300): http.StatusUnprocessableEntity} {
		a := b.get(page + "?" + url.Values{"from": {typed}}.Encode())
		chosen := a.page(t).Find(`form[method=post] input[name=from]`).AttrOr("value", "")
		if a.status != want || (chosen == from) != (typed == from || typed == p.fleet.Own.Name) {
			t.Errorf("from %.60q: %d, chosen %q", typed, a.status, chosen)
		}
	}
	if a := b.post(page, url.Values{"from": {from}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Choose at least one group") {
		t.Errorf("no group: %d %s", a.status, a.body)
	}
	if a := b.post(page, url.Values{"from": {from}, "group": {"general", "no-group"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("groups that are none: %d", a.status)
	}
	for _, uid := range []string{p.fleet.Sibling.UID, p.fleet.Root.UID, "4711", "../x"} {
		if a := b.post(page, url.Values{"from": {uid}, "group": {"quota"}}); a.status != http.StatusNotFound {
			t.Errorf("from %s: %d", uid, a.status)
		}
	}
	review := b.post(page, url.Values{"from": {from}, "group": {"quota", "defaults"}})
	text := strings.Join(strings.Fields(review.page(t).Find("main").Text()), " ")
	for _, want := range []string{"Copied from " + p.fleet.Own.Name, "cold storage", "11", "77", "1 value not copied.", "Locked by"} {
		if review.status != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%d, the review does not say %q: %s", review.status, want, text)
		}
	}
	form := controls(review.page(t).Find("#confirm"))
	form.Set("reason", "as in "+p.fleet.Own.Name)
	if done := b.landed(b.post("/organizations/"+p.fleet.Child.UID+"/change-settings", form)); !strings.Contains(done.body, "Succeeded") {
		t.Errorf("%s", done.page(t).Find("main").Text())
	}
	read, err := p.mirror.Settings(t.Context(), inventory.Everything(), p.fleet.Child.UID)
	must(t, err)
	if v, _ := read.Sheet.Value("quota.archiveHoldDays"); v.Own != "77" {
		t.Errorf("it keeps archives for %q days", v.Own)
	}
	if a := b.post(page, url.Values{"from": {from}, "group": {"quota"}}); a.status != http.StatusOK || !strings.Contains(a.body, "Nothing would change") {
		t.Errorf("once more: %d %s", a.status, a.page(t).Find("main").Text())
	}
	p.emulator.FailNext(backupemu.Match{PathPrefix: "/api/v3/orgs/"}, backupemu.Failure{Status: http.StatusInternalServerError}, 99)
	if a := b.post(page, url.Values{"from": {from}, "group": {"quota"}}); a.status != http.StatusBadGateway || !strings.Contains(a.body, "Off until the backup service answers") {
		t.Errorf("a silent vendor: %d %s", a.status, a.page(t).Find("main").Text())
	}
	if a := p.as("viewer").get(page); a.page(t).Find("main form").Length() != 0 {
		t.Errorf("a viewer is offered a form: %s", a.body)
	}
}
