package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"backup-portal/internal/emulator/backup"
	"backup-portal/internal/operation"
	"backup-portal/internal/settings"
)

// TestWhoMayLookSeesValuesAndNoForm reads as roles that change nothing, and while nothing may be changed.
func TestWhoMayLookSeesValuesAndNoForm(t *testing.T) {
	t.Parallel()
	p := setup(t)
	braked := setup(t, func(c *config) { c.readOnly = true })
	for name, reader := range map[string]struct {
		p    *portal
		who  string
		edit int // buttons that say why they are off
	}{
		"viewer": {p, "viewer", 0}, "auditor": {p, "auditor", 0}, "read-only": {braked, "root-admin", 5},
	} {
		b := reader.p.as(reader.who)
		for _, page := range []string{orgPage(reader.p), devicePage(reader.p)} {
			doc := b.get(page + "/settings").page(t)
			if rows := doc.Find("table.values tbody tr"); rows.Length() < 8 {
				t.Errorf("%s sees %d values of %s", name, rows.Length(), page)
			}
			if edit := doc.Find("main .panel > header a.btn"); edit.Length() != 0 {
				t.Errorf("%s is offered %s", name, words(edit))
			}
			if off := doc.Find(`main .panel > header button[aria-disabled="true"]`); (off.Length() > 0) != (reader.edit > 0) {
				t.Errorf("%s sees %d buttons that are off", name, off.Length())
			}
			group := b.get(page + "/settings/defaults")
			if text := words(group.page(t).Find("main")); group.status != http.StatusOK || group.page(t).Find("main form").Length() > 0 || !strings.Contains(text, "Warn after") {
				t.Errorf("%s: the group's page: %d, %d forms, %s", name, group.status, group.page(t).Find("main form").Length(), text)
			}
			if a := b.post(page+"/settings/defaults", url.Values{"review": {"1"}}); a.status != http.StatusForbidden {
				t.Errorf("%s: a post is answered with %d", name, a.status)
			}
		}
		if reader.p.changes() != 0 {
			t.Errorf("%s sent something", name)
		}
	}
}

// TestHelpDesksEditNamesOnly is offered the form of names and notes, and no other.
func TestHelpDesksEditNamesOnly(t *testing.T) {
	t.Parallel()
	p := setup(t)
	doc := p.as("help-desk").get(devicePage(p) + "/settings").page(t)
	edit := doc.Find("main .panel > header a.btn")
	if edit.Length() != 1 || edit.AttrOr("href", "") != devicePage(p)+"/edit" {
		t.Errorf("offered are %d forms, the first at %q", edit.Length(), edit.AttrOr("href", ""))
	}
	if a := p.as("help-desk").get(devicePage(p) + "/settings/general"); a.status != http.StatusSeeOther || a.header.Get("Location") != devicePage(p)+"/edit" {
		t.Errorf("the form of names: %d to %q", a.status, a.header.Get("Location"))
	}
}

// TestSettingsWhileNobodyAnswers shows no value from memory, and keeps what was typed.
func TestSettingsWhileNobodyAnswers(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("root-admin")
	form := pressed(b.settingsForm(orgPage(p), "restore"), "review", "")
	form.Set("v.restore.webRestoreUserLimitMb", "613")
	onDevice := pressed(b.settingsForm(devicePage(p), "defaults"), "review", "")
	p.emulator.FailNext(backup.Match{Method: http.MethodGet}, backup.Failure{Status: http.StatusServiceUnavailable}, 1000)
	for _, path := range []string{orgPage(p) + "/settings", orgPage(p) + "/settings/restore", devicePage(p) + "/settings", devicePage(p) + "/settings/defaults"} {
		a := b.get(path)
		if doc := a.page(t); a.status != http.StatusOK || doc.Find(".note.bad").Length() != 1 || doc.Find("table.values, #settings-form").Length() != 0 {
			t.Errorf("%s: %d, %s", path, a.status, words(doc.Find("main")))
		}
	}
	a := b.post(orgPage(p)+"/settings/restore", form)
	kept := controls(a.page(t).Find(`main form[action="` + orgPage(p) + `/settings/restore"]`))
	if a.status != http.StatusBadGateway || kept.Get("v.restore.webRestoreUserLimitMb") != "613" || kept.Get("review") != "1" {
		t.Errorf("a post: %d, kept %v", a.status, kept)
	}
	if a := b.post(devicePage(p)+"/settings/defaults", onDevice); a.status != http.StatusBadGateway {
		t.Errorf("a post about a device: %d", a.status)
	}
}

// TestAPartThatCouldNotBeRead: what nobody could read is not known, which is another thing than not set.
func TestAPartThatCouldNotBeRead(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("admin")
	page := "/organizations/" + p.fleet.Own.UID + "/settings"
	p.emulator.FailNext(backup.Match{Method: http.MethodGet, PathPrefix: "/api/v1/OrgSetting/"}, backup.Failure{Status: http.StatusForbidden}, 1)
	doc := b.page(page)
	if got := text(doc.Find(".note")); !strings.Contains(got, "A part could not be read.") {
		t.Errorf("above the settings stands %q", got)
	}
	if got := text(doc.Find("section[aria-labelledby=h-restore] tr:has(td:contains('Restore in the browser'))")); !strings.Contains(got, "not known") || strings.Contains(got, "not set") {
		t.Errorf("the part that was not read says %q", got)
	}
	if got := text(b.page(page).Find("main")); strings.Contains(got, "not known") || strings.Contains(got, "A part could not be read") {
		t.Error("what was read is not known")
	}
}

// TestHostileNamesStayText edits paths and names that look like markup, a formula or another direction of writing.
func TestHostileNamesStayText(t *testing.T) {
	t.Parallel()
	p := setup(t, generous)
	b := p.as("root-admin")
	hostile := []string{`"><script>alert(1)</script>`, `=HYPERLINK("http://evil.example")`, "\u202egnp.exe", `(((((a+)+)+)+)+)$`, strings.Repeat("x", 300)}
	sets, _ := p.deviceSheet(p.device["own"].GUID).Sets()
	at := slices.IndexFunc(sets, func(s settings.Set) bool { return !s.Locked })
	group := "set-" + sets[at].ID
	field := "v.set." + sets[at].ID + "."
	form := b.settingsForm(devicePage(p), group)
	form[field+"patterns"] = hostile
	form.Set(field+"name", hostile[0])
	a, review := b.reviews(devicePage(p), group, form)
	review.Set("reason", hostile[0])
	sent := b.post(devicePage(p)+"/change-settings", review)
	if sent.status != http.StatusSeeOther {
		t.Fatalf("sending: %d %s", sent.status, words(sent.page(t).Find("main")))
	}
	pages := map[string]answer{"review": a}
	for _, path := range []string{devicePage(p) + "/settings", devicePage(p) + "/settings/" + group, devicePage(p) + "/change-settings?back=" + p.operationOf(sent), "/operations/" + p.operationOf(sent)} {
		pages[path] = b.get(path)
	}
	for name, a := range pages {
		if doc := a.page(t); a.status != http.StatusOK || doc.Find("main script").Length() != 0 {
			t.Errorf("%s: %d, %d scripts", name, a.status, doc.Find("main script").Length())
		}
	}
	if got := b.settingsForm(devicePage(p), group)[field+"patterns"]; !slices.Equal(got, hostile) {
		t.Errorf("the patterns became %q", got)
	}
}

// TestADoubleClickOnTheReviewSendsOnce posts one review twice.
func TestADoubleClickOnTheReviewSendsOnce(t *testing.T) {
	t.Parallel()
	p := setup(t, generous)
	b := p.as("root-admin")
	form := b.settingsForm(orgPage(p), "restore")
	form.Set("v.restore.webRestoreUserLimitMb", "613")
	_, review := b.reviews(orgPage(p), "restore", form)
	before := p.changes()
	first := b.sends(orgPage(p), review)
	second := b.sends(orgPage(p), review)
	if first.header.Get("Location") != second.header.Get("Location") || p.changes() != before+1 {
		t.Errorf("led to %q and %q, sent %d", first.header.Get("Location"), second.header.Get("Location"), p.changes()-before)
	}
	withoutReason := b.post(orgPage(p)+"/change-settings", url.Values{"operation": {operation.NewID()}, "reason": {" "}, "change.restore.webRestoreUserLimitMb": review["change.restore.webRestoreUserLimitMb"]})
	if withoutReason.status == http.StatusSeeOther || p.changes() != before+1 {
		t.Errorf("without a reason: %d", withoutReason.status)
	}
}
