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

// behind sets who gets the reports of Own and how much users restore, around the portal.
func (p *portal) behind(recipients []string, limit int) {
	p.t.Helper()
	must(p.t, p.emulator.SetOrgSettings(p.fleet.Own.UID, func(doc map[string]any) {
		inner, _ := doc["settings"].(map[string]any)
		list := make([]any, len(recipients))
		for i, r := range recipients {
			list[i] = r
		}
		inner["isUsingReportingDefaults"], inner["recipients"], inner["warnInDays"] = false, list, limit
	}))
}

// TestMeetingSomebodyElsesChange edits values that somebody else changes meanwhile: nothing is overwritten, the page shows
// both, and what is chosen value by value is reviewed and sent.
func TestMeetingSomebodyElsesChange(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		choice, days, recipients string
	}{
		"theirs": {"theirs", "9", `["a@x.example","theirs@x.example"]`},
		"mine":   {"mine", "7", `["a@x.example","mine@x.example"]`},
		"both":   {"both", "7", `["a@x.example","theirs@x.example","mine@x.example"]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := setup(t, generous)
			b := p.as("root-admin")
			p.behind([]string{"a@x.example", "b@x.example"}, 5)
			form := b.settingsForm(orgPage(p), "reporting")
			form.Set("v.reporting.warnInDays", "7")
			form.Set("v.reporting.alertInDays", "77")
			form["v.reporting.recipients"] = []string{"a@x.example", "mine@x.example"}
			_, review := b.reviews(orgPage(p), "reporting", form)
			p.behind([]string{"a@x.example", "theirs@x.example"}, 9)
			before := p.changes()

			met := b.sends(orgPage(p), review)
			doc := met.page(t)
			if met.status != http.StatusConflict || p.changes() != before {
				t.Fatalf("answered %d, sent %d changes", met.status, p.changes()-before)
			}
			text := words(doc.Find("#review"))
			for _, part := range []string{"2 values changed meanwhile", "theirs@x.example", "mine@x.example", "1 other value"} {
				if !strings.Contains(text, part) {
					t.Errorf("the page lacks %q: %s", part, text)
				}
			}
			choices := controls(doc.Find("form.settings-form"))
			choices.Set("merge", "1")
			unchosen := b.post(orgPage(p)+"/change-settings", choices)
			if unchosen.status != http.StatusConflict || unchosen.page(t).Find(".problem").Length() != 2 {
				t.Errorf("without a choice: %d %s", unchosen.status, words(unchosen.page(t).Find("main")))
			}
			choices.Set("choice.reporting.recipients", test.choice)
			choices.Set("choice.reporting.warnInDays", map[string]string{"theirs": "theirs", "mine": "mine", "both": "mine"}[test.choice])
			merged := b.post(orgPage(p)+"/change-settings", choices)
			confirm := merged.page(t).Find("#review #confirm")
			if merged.status != http.StatusOK || confirm.Length() != 1 || p.changes() != before {
				t.Fatalf("the result is answered with %d, sent %d: %s", merged.status, p.changes()-before, words(merged.page(t).Find("main")))
			}
			if sent := b.sends(orgPage(p), controls(confirm)); sent.status != http.StatusSeeOther {
				t.Fatalf("sending the result: %d", sent.status)
			}
			sheet := p.orgSheet(p.fleet.Own.UID)
			for key, want := range map[settings.Key]string{"reporting.warnInDays": test.days, "reporting.alertInDays": "77", "reporting.recipients": test.recipients} {
				if got := own(p, sheet, key); got != want {
					t.Errorf("%s is %s, want %s", key, got, want)
				}
			}
		})
	}
}

// TestAConflictIsMetBeforeTheReviewToo posts a form that somebody else's change has overtaken.
func TestAConflictIsMetBeforeTheReviewToo(t *testing.T) {
	t.Parallel()
	p := setup(t, generous)
	b := p.as("root-admin")
	p.behind([]string{"a@x.example"}, 5)
	form := b.settingsForm(orgPage(p), "reporting")
	form.Set("v.reporting.warnInDays", "7")
	p.behind([]string{"a@x.example"}, 9)
	a := b.fetch(http.MethodPost, orgPage(p)+"/settings/reporting", pressed(form, "review", ""), nil)
	if text := words(a.page(t).Find("#review")); a.status != http.StatusConflict || !strings.Contains(text, "Somebody else changed") {
		t.Errorf("answered %d: %s", a.status, text)
	}
	// What they changed to the same value is no conflict and needs no sending.
	p.behind([]string{"a@x.example"}, 7)
	if a := b.post(orgPage(p)+"/settings/reporting", pressed(form, "review", "")); a.page(t).Find("#review button[type=submit].btn-primary").Length() != 0 {
		t.Errorf("what is set already can be sent: %d %s", a.status, words(a.page(t).Find("main")))
	}
}

// TestPuttingBack undoes a change and sends the rest of one that failed in part, each as a change of its own.
func TestPuttingBack(t *testing.T) {
	t.Parallel()
	p := setup(t, generous)
	b := p.as("root-admin")
	p.behind([]string{"a@x.example"}, 5)
	form := b.settingsForm(orgPage(p), "reporting")
	form.Set("v.reporting.warnInDays", "7")
	_, review := b.reviews(orgPage(p), "reporting", form)
	sent := b.sends(orgPage(p), review)
	id := p.operationOf(sent)
	for who, status := range map[string]int{"root-admin": http.StatusOK, "admin": http.StatusOK, "child-viewer": http.StatusNotFound} {
		if a := p.as(who).get(orgPage(p) + "/change-settings?back=" + id); a.status != status {
			t.Errorf("%s sees %d, want %d", who, a.status, status)
		}
	}
	for _, path := range []string{orgPage(p) + "/change-settings?rest=" + id, devicePage(p) + "/change-settings?back=" + id, "/organizations/" + p.fleet.Child.UID + "/change-settings?back=" + id} {
		want := http.StatusNotFound
		if strings.Contains(path, "rest=") {
			want = http.StatusConflict // there is no rest
		}
		if a := b.get(path); a.status != want {
			t.Errorf("%s: %d, want %d", path, a.status, want)
		}
	}
	a := b.get(orgPage(p) + "/change-settings?back=" + id)
	if text := words(a.page(t).Find("table.changes")); !strings.Contains(text, "7 days") || !strings.Contains(text, "5 days") {
		t.Errorf("the way back: %s", text)
	}
	if in := b.fetch(http.MethodGet, orgPage(p)+"/change-settings?back="+id, nil, map[string]string{"HX-Request": "true", "HX-Target": "dialog"}); in.header.Get("HX-Redirect") == "" {
		t.Error("a page was drawn into a dialog")
	}
	if undone := b.sends(orgPage(p), controls(a.page(t).Find("#confirm"))); undone.status != http.StatusSeeOther {
		t.Fatalf("putting back: %d", undone.status)
	}
	if days := own(p, p.orgSheet(p.fleet.Own.UID), "reporting.warnInDays"); days != "5" {
		t.Errorf("put back to %s", days)
	}
}

// TestTheRestOfAPartialFailure sends what the second call did not bring.
func TestTheRestOfAPartialFailure(t *testing.T) {
	t.Parallel()
	p := setup(t, generous)
	b := p.as("root-admin")
	const key = string(settings.WebRestore)
	must(t, p.emulator.SetOrgPacket(p.fleet.Own.UID, "device_webRestore_enabled", "true", false))
	form := b.settingsForm(orgPage(p), "restore")
	was := form.Get("v." + key)
	form.Set("v."+key, map[string]string{"true": "false", "false": "true"}[was])
	form.Set("v.restore.webRestoreUserLimitMb", "613")
	_, review := b.reviews(orgPage(p), "restore", form)
	p.emulator.FailNext(backup.Match{Method: http.MethodPut, PathPrefix: "/api/v1/Org/"}, backup.Failure{Status: http.StatusForbidden}, 1)
	id := p.operationOf(b.sends(orgPage(p), review))
	if op, err := p.store.Operation(t.Context(), id); err != nil || op.State != operation.Partial {
		t.Fatalf("the operation is %s (%v)", op.State, err)
	}
	a := b.get(orgPage(p) + "/change-settings?rest=" + id)
	if text := words(a.page(t).Find("table.changes")); a.status != http.StatusOK || !strings.Contains(text, "613") || a.page(t).Find("table.changes tbody tr").Length() != 1 {
		t.Fatalf("the rest: %d %s", a.status, text)
	}
	if sent := b.sends(orgPage(p), controls(a.page(t).Find("#confirm"))); sent.status != http.StatusSeeOther {
		t.Fatalf("sending the rest: %d", sent.status)
	}
	if limit := own(p, p.orgSheet(p.fleet.Own.UID), "restore.webRestoreUserLimitMb"); limit != "613" {
		t.Errorf("the limit is %s", limit)
	}
	back := b.get(orgPage(p) + "/change-settings?back=" + id)
	if text := words(back.page(t).Find("table.changes")); back.page(t).Find("table.changes tbody tr").Length() != 1 || strings.Contains(text, "613") {
		t.Errorf("putting the first part back: %s", text)
	}
}

// operationOf is the one operation of what a post became.
func (p *portal) operationOf(a answer) string {
	p.t.Helper()
	to := a.header.Get("Location")
	if id, ok := strings.CutPrefix(to, "/operations/"); ok {
		return id
	}
	r, err := p.store.Request(p.t.Context(), strings.TrimPrefix(to, "/requests/"))
	if err != nil || len(r.Items) != 1 {
		p.t.Fatalf("the post led to %q (%d): %v", to, a.status, err)
	}
	return r.Items[0].ID
}

// TestBackToTheFormKeepsWhatWasTyped goes from the review to the form and on again.
func TestBackToTheFormKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	p := setup(t, generous)
	b := p.as("root-admin")
	form := b.settingsForm(orgPage(p), "reporting")
	form.Set("v.reporting.inherited", "false")
	form.Set("v.reporting.warnInDays", "11")
	form["v.reporting.recipients"] = []string{"z@x.example", "a@x.example"}
	a, review := b.reviews(orgPage(p), "reporting", form)
	again := controls(a.page(t).Find("#changes-again"))
	again.Set("edit", "1")
	back := controls(b.post(orgPage(p)+"/settings/reporting", again).page(t).Find("#settings-form"))
	for _, name := range []string{"v.reporting.inherited", "v.reporting.warnInDays", "v.reporting.recipients"} {
		if !slices.Equal(back[name], form[name]) {
			t.Errorf("%s is %q, was typed %q", name, back[name], form[name])
		}
	}
	_, once := b.reviews(orgPage(p), "reporting", back)
	for name := range review {
		if strings.HasPrefix(name, "change.") && !slices.Equal(once[name], review[name]) {
			t.Errorf("%s became %q from %q", name, once[name], review[name])
		}
	}
	// A review that was drawn by nobody.
	for _, forged := range []url.Values{{"edit": {"1"}, "change.reporting.warnInDays": {"{"}}, {"edit": {"1"}, "change.x": {""}}} {
		if a := b.post(orgPage(p)+"/settings/reporting", forged); a.status != http.StatusUnprocessableEntity && a.status != http.StatusOK {
			t.Errorf("%v is answered with %d", forged, a.status)
		}
	}
	if a := b.post(orgPage(p)+"/change-settings", url.Values{"operation": {operation.NewID()}, "reason": {"x"}, "change.reporting.warnInDays": {"{"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("forged changes are answered with %d", a.status)
	}
	if p.changes() != 0 {
		t.Error("something was sent")
	}
}
