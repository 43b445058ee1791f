package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/internal/settings"
)

// settingsForm is the form of a group as a browser would post it untouched.
func (b *browser) settingsForm(page, group string) url.Values {
	b.t.Helper()
	a := b.get(page + "/settings/" + group)
	form := a.page(b.t).Find("#settings-form")
	if form.Length() != 1 {
		b.t.Fatalf("%s/settings/%s has no form (%d)", page, group, a.status)
	}
	return controls(form)
}

// reviews posts a form and answers the review's own form.
func (b *browser) reviews(page, group string, form url.Values) (answer, url.Values) {
	b.t.Helper()
	form = pressed(form, "review", "")
	a := b.post(page+"/settings/"+group, form)
	if a.status != http.StatusOK || a.page(b.t).Find("#review #confirm").Length() != 1 {
		b.t.Fatalf("no review of %s: %d %s", group, a.status, words(a.page(b.t).Find("main")))
	}
	return a, controls(a.page(b.t).Find("#confirm"))
}

// sends posts a reviewed change.
func (b *browser) sends(page string, review url.Values) answer {
	b.t.Helper()
	review.Set("reason", "case 4471")
	return b.post(page+"/change-settings", review)
}

// generous lets one person change as much as they like: what waits for others is another test's matter.
func generous(c *config) {
	c.road = func(o *operation.Options) {
		o.Rules.Budget = policy.Budget{PersonPerHour: 1_000_000, SubtreePerDay: 1_000_000}
	}
}

func words(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

func orgPage(p *portal) string { return "/organizations/" + p.fleet.Own.UID }

func devicePage(p *portal) string { return "/devices/" + p.device["own"].GUID }

// TestSettingsOfEveryGroup looks at each group, edits one value of it, reviews and saves: the vendor then has that value, and
// the page shows it.
func TestSettingsOfEveryGroup(t *testing.T) {
	t.Parallel()
	p := setup(t, generous)
	b := p.as("root-admin")
	onOrg := func() settings.Sheet { return p.orgSheet(p.fleet.Own.UID) }
	onDevice := func() settings.Sheet { return p.deviceSheet(p.device["own"].GUID) }
	set := func(sheet settings.Sheet) string {
		sets, _ := sheet.Sets()
		at := slices.IndexFunc(sets, func(s settings.Set) bool { return !s.Locked })
		return sets[at].ID
	}
	for _, test := range []struct {
		name, page, group string
		sheet             func() settings.Sheet
		key               settings.Key
		typed             []string
		want, said        string
	}{
		{"quota", orgPage(p), "quota", onOrg, "quota.archiveHoldDays", []string{"47"}, "47", "47 days"},
		{"reporting", orgPage(p), "reporting", onOrg, "reporting.recipients", []string{"a@x.example", "", "b@x.example"}, `["a@x.example","b@x.example"]`, "b@x.example"},
		{"restore", orgPage(p), "restore", onOrg, "restore.webRestoreUserLimitMb", []string{"777"}, "777", "777 MB"},
		{"endpoint", orgPage(p), "endpoint", onOrg, "", nil, "", ""},
		{"defaults", orgPage(p), "defaults", onOrg, "defaults.minutesUntilWarning", []string{"3.5"}, "5040", "3.5 days"},
		{"a backup set", orgPage(p), "set-" + set(onOrg()), onOrg, settings.Key("set." + set(onOrg()) + ".includes"), []string{"/data/", "C:/Data/"}, `["/data/","C:/Data/"]`, "C:/Data/"},
		{"a device’s alerts", devicePage(p), "defaults", onDevice, "defaults.minutesUntilSevere", []string{"9"}, "12960", "9 days"},
		{"a device’s backup set", devicePage(p), "set-" + set(onDevice()), onDevice, settings.Key("set." + set(onDevice()) + ".scanTime"), []string{"04:45"}, "04:45", "04:45"},
	} {
		t.Run(test.name, func(t *testing.T) {
			key, typed, want := test.key, test.typed, test.want
			if typed == nil { // whichever can be switched
				v := firstSwitch(t, test.sheet(), settings.Group(test.group))
				key, want = v.Key, map[bool]string{true: "false", false: "true"}[v.Effective == "true"]
				typed = []string{want}
			}
			form := b.settingsForm(test.page, test.group)
			if form.Has("v." + test.group + ".inherited") {
				form.Set("v."+test.group+".inherited", "false")
			}
			form["v."+string(key)] = typed
			before := p.changes()
			a, review := b.reviews(test.page, test.group, form)
			if text := words(a.page(t).Find("table.changes")); !strings.Contains(text, test.said) {
				t.Errorf("the review says %q", text)
			}
			if p.changes() != before {
				t.Error("something was sent before the review was agreed to")
			}
			if sent := b.sends(test.page, review); sent.status != http.StatusSeeOther {
				t.Fatalf("sending: %d %s", sent.status, words(sent.page(t).Find("main")))
			}
			if v, _ := test.sheet().Value(key); v.Own != want {
				t.Errorf("the vendor has %s, want %s", v.Own, want)
			}
			if again := b.settingsForm(test.page, test.group); !slices.Contains(again["v."+string(key)], typed[len(typed)-1]) {
				t.Errorf("the form holds %q", again["v."+string(key)])
			}
		})
	}
}

// firstSwitch is a value of a group that is yes or no and can be edited.
func firstSwitch(t *testing.T, sheet settings.Sheet, group settings.Group) settings.Value {
	t.Helper()
	for _, v := range slices.Backward(sheet.In(group)) {
		if v.Kind == settings.Bool && !v.ReadOnly && !v.Locked && v.Why == "" {
			return v
		}
	}
	t.Fatalf("nothing of %s can be switched", group)
	return settings.Value{}
}

func TestAnUntouchedFormChangesNothing(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("root-admin")
	// A quota that no form is typed like, and recipients that no form would take.
	must(t, p.emulator.SetOrgSettings(p.fleet.Own.UID, func(doc map[string]any) {
		inner, _ := doc["settings"].(map[string]any)
		inner["isUsingQuotaDefaults"], inner["maxBytes"] = false, 1_234_567_891
		inner["isUsingReportingDefaults"], inner["recipients"] = false, []any{"the crew office", " a@x.example"}
	}))
	for _, page := range []string{orgPage(p), devicePage(p)} {
		sheet := p.orgSheet(p.fleet.Own.UID)
		if page == devicePage(p) {
			sheet = p.deviceSheet(p.device["own"].GUID)
		}
		for _, section := range sheet.Sections() {
			if section.ReadOnly || section.Group == settings.General {
				continue
			}
			form := pressed(b.settingsForm(page, string(section.Group)), "review", "")
			a := b.post(page+"/settings/"+string(section.Group), form)
			if text := words(a.page(t).Find("#problems")); a.status != http.StatusOK || !strings.Contains(text, "Nothing would change") {
				t.Errorf("%s of %s: %d %q %s", section.Group, page, a.status, text, words(a.page(t).Find("table.changes")))
			}
		}
	}
}

func TestWhatCannotBeTakenIsSaidAtItsField(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("root-admin")
	form := b.settingsForm(orgPage(p), "reporting")
	form.Set("v.reporting.inherited", "false")
	form.Set("v.reporting.warnInDays", "soon")
	form["v.reporting.recipients"] = []string{"a@x.example", `"><script>alert(1)</script>`}
	a := b.post(orgPage(p)+"/settings/reporting", pressed(form, "review", ""))
	doc := a.page(t)
	if a.status != http.StatusUnprocessableEntity {
		t.Fatalf("answered with %d", a.status)
	}
	field := doc.Find(`[name="v.reporting.warnInDays"]`)
	if field.AttrOr("value", "") != "soon" || field.AttrOr("aria-invalid", "") != "true" {
		t.Errorf("the field: %v", field.Nodes[0].Attr)
	}
	for id := range strings.FieldsSeq(field.AttrOr("aria-describedby", "")) {
		if words(doc.Find("#"+id)) == "" {
			t.Errorf("the field is described by #%s, which is not there", id)
		}
	}
	if link := doc.Find(`#problems a[href="#` + field.AttrOr("id", "") + `"]`); link.Length() != 1 {
		t.Errorf("the summary does not lead to the field: %s", words(doc.Find("#problems")))
	}
	if last := doc.Find(`[name="v.reporting.recipients"]`).Last(); last.AttrOr("value", "") != `"><script>alert(1)</script>` {
		t.Errorf("what was typed is lost: %q", last.AttrOr("value", ""))
	}
	if doc.Find("main script").Length() != 0 {
		t.Error("what was typed became a part of the page")
	}
	if got := doc.Find(`[name="v.reporting.inherited"][checked]`).AttrOr("value", ""); got != "false" {
		t.Errorf("the switch is at %q", got)
	}
	if p.changes() != 0 {
		t.Error("something was sent")
	}
}

// TestRowsComeAndGo adds and removes lines of a list, with and without script.
func TestRowsComeAndGo(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("root-admin")
	const name = "v.reporting.recipients"
	page := orgPage(p) + "/settings/reporting"
	form := b.settingsForm(orgPage(p), "reporting")
	form[name] = []string{"a@x.example", "not yet an address"}
	for what, header := range map[string]map[string]string{"without script": nil, "in place": {"HX-Request": "true", "HX-Target": "settings-form", "HX-Current-URL": p.url + page}} {
		form["add"] = []string{"reporting.recipients"}
		a := b.fetch(http.MethodPost, page, form, header)
		delete(form, "add")
		if whole := strings.Contains(a.body, "<html"); whole != (header == nil) || a.status != http.StatusOK {
			t.Errorf("%s: %d, whole page %t", what, a.status, whole)
		}
		if got := controls(a.page(t).Find("#settings-form"))[name]; !slices.Equal(got, []string{"a@x.example", "not yet an address", ""}) {
			t.Errorf("%s: the lines are %q", what, got)
		}
		if _, focus := a.page(t).Find(`[name="` + name + `"]`).Last().Attr("autofocus"); !focus {
			t.Errorf("%s: the new line has no focus", what)
		}
		form["remove"] = []string{"reporting.recipients/0"}
		a = b.fetch(http.MethodPost, page, form, header)
		delete(form, "remove")
		if got := controls(a.page(t).Find("#settings-form"))[name]; !slices.Equal(got, []string{"not yet an address"}) {
			t.Errorf("%s: after the removal the lines are %q", what, got)
		}
	}
	for _, button := range []string{"reporting.recipients/9", "reporting.recipients/-1", "reporting.recipients", "/", "nothing/0"} {
		form["remove"] = []string{button}
		if a := b.post(page, form); a.status != http.StatusOK || len(controls(a.page(t).Find("#settings-form"))[name]) != 2 {
			t.Errorf("the button %q is answered with %d", button, a.status)
		}
	}
}

// TestTheSwitchOfInheritance breaks an inheritance and takes it up again; the form and the review say so before.
func TestTheSwitchOfInheritance(t *testing.T) {
	t.Parallel()
	p := setup(t, generous)
	b := p.as("root-admin")
	must(t, p.emulator.SetOrgSettings(p.fleet.Own.UID, func(doc map[string]any) {
		inner, _ := doc["settings"].(map[string]any)
		inner["isUsingQuotaDefaults"] = true
	}))
	follow := func() bool {
		v, _ := p.orgSheet(p.fleet.Own.UID).Value(settings.QuotaInherited)
		return v.Own == "true"
	}
	days, _ := p.orgSheet(p.fleet.Own.UID).Value("quota.archiveHoldDays")
	if !follow() {
		t.Fatal("the organization does not follow the root")
	}
	a := b.get(orgPage(p) + "/settings/quota")
	if text := words(a.page(t).Find("fieldset.switch")); !strings.Contains(text, "no longer follow "+p.fleet.Root.Name) {
		t.Errorf("the form does not say what it breaks: %q", text)
	}
	form := b.settingsForm(orgPage(p), "quota")
	form.Set("v.quota.archiveHoldDays", "1") // counts for nothing while the organization follows
	if a := b.post(orgPage(p)+"/settings/quota", pressed(form, "review", "")); !strings.Contains(a.body, "Nothing would change") {
		t.Errorf("a value behind the switch: %d %s", a.status, words(a.page(t).Find("table.changes")))
	}
	form = b.settingsForm(orgPage(p), "quota")
	form.Set("v.quota.inherited", "false")
	a, review := b.reviews(orgPage(p), "quota", form)
	if text := words(a.page(t).Find("#review")); !strings.Contains(text, "It ends an inheritance") || !strings.Contains(text, "follows "+p.fleet.Root.Name) {
		t.Errorf("the review does not say what it breaks: %q", text)
	}
	if sent := b.sends(orgPage(p), review); sent.status != http.StatusSeeOther {
		t.Fatalf("sending: %d", sent.status)
	}
	// What counted before the switch counts after it.
	if now, _ := p.orgSheet(p.fleet.Own.UID).Value("quota.archiveHoldDays"); follow() || now.Effective != days.Effective {
		t.Errorf("after the switch %s counts, before it %s", now.Effective, days.Effective)
	}
	form = b.settingsForm(orgPage(p), "quota")
	form.Set("v.quota.inherited", "true")
	a, review = b.reviews(orgPage(p), "quota", form)
	if text := words(a.page(t).Find("#review")); !strings.Contains(text, "follows the level above again") {
		t.Errorf("the review of the way back: %q", text)
	}
	if sent := b.sends(orgPage(p), review); sent.status != http.StatusSeeOther || !follow() {
		t.Errorf("the way back: %d, follows %t", sent.status, follow())
	}
}

func TestALockedValueIsNoField(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("root-admin")
	must(t, p.emulator.LockOrgValue(p.fleet.Own.UID, true, "deviceDefaults", "serviceBackupConfig", "warningEmailEnabled"))
	const name = "defaults.warningEmailEnabled"
	was := own(p, p.orgSheet(p.fleet.Own.UID), name)
	doc := b.get(orgPage(p) + "/settings/defaults").page(t)
	if doc.Find(`[name="v.`+name+`"]`).Length() != 0 || !strings.Contains(words(doc.Find("#settings-form")), "Locked") {
		t.Errorf("a locked value: %s", words(doc.Find("#settings-form")))
	}
	if row := words(b.get(orgPage(p) + "/settings").page(t).Find("#h-defaults").Closest("section").Find("tbody tr").First()); !strings.Contains(row, "Locked") {
		t.Errorf("the tab says %q", row)
	}
	form := b.settingsForm(orgPage(p), "defaults")
	form.Set("was."+name, was)
	form.Set("v."+name, map[string]string{"true": "false", "false": "true"}[was])
	if a := b.post(orgPage(p)+"/settings/defaults", pressed(form, "review", "")); !strings.Contains(a.body, "Nothing would change") {
		t.Errorf("a forged field: %d %s", a.status, words(a.page(t).Find("table.changes")))
	}
}
