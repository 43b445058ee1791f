package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"backup-portal/internal/operation"
	"backup-portal/internal/settings"
)

// TestWhatGoesAlongIsNamed switches on a feature that needs endpoint monitoring: what the vendor writes with it stands in the
// review, in the order and in the audit log, and is put back with it.
func TestWhatGoesAlongIsNamed(t *testing.T) {
	t.Parallel()
	p := setup(t, generous)
	b := p.as("root-admin")
	const (
		feature    settings.Key = "endpoint.device_fileForensics_scan_enabled"
		monitoring              = settings.Monitoring
		detection  settings.Key = "endpoint.device_advancedExfiltrationDetection_enabled"
	)
	all := []settings.Key{feature, monitoring, detection}
	for _, key := range all {
		must(t, p.emulator.SetOrgPacket(p.fleet.Own.UID, strings.TrimPrefix(string(key), "endpoint."), "false", false))
	}
	form := b.settingsForm(orgPage(p), "endpoint")
	form.Set("v."+string(feature), "true")
	a, review := b.reviews(orgPage(p), "endpoint", form)
	if rows := a.page(t).Find("table.changes tbody tr").Length(); rows != len(all) {
		t.Errorf("the review has %d rows: %s", rows, words(a.page(t).Find("table.changes")))
	}
	// Going back to the form and on again names the same.
	edit := controls(a.page(t).Find(`form[action="` + orgPage(p) + `/settings/endpoint"]`))
	again := b.post(orgPage(p)+"/settings/endpoint", pressed(edit, "edit", "again"))
	_, second := b.reviews(orgPage(p), "endpoint", controls(again.page(t).Find("#settings-form")))
	for _, key := range all {
		if name := "change." + string(key); review.Get(name) == "" || second.Get(name) != review.Get(name) {
			t.Errorf("%s: %q, after going back %q", name, review.Get(name), second.Get(name))
		}
	}
	id := p.operationOf(b.sends(orgPage(p), second))
	op, err := p.store.Operation(t.Context(), id)
	if err != nil || op.State != operation.Succeeded || len(op.Params) != len(all) || len(op.Written) != len(all) {
		t.Fatalf("%s, written %q (%v)", op.State, op.Written, err)
	}
	events, err := p.store.Events(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	last := events[len(events)-1].Line
	for _, key := range all {
		if last.Before[string(key)] != "no" || last.After[string(key)] != "yes" {
			t.Errorf("the audit line has %s from %q to %q", key, last.Before[string(key)], last.After[string(key)])
		}
	}
	back := b.get(orgPage(p) + "/change-settings?back=" + id)
	if sent := b.sends(orgPage(p), controls(back.page(t).Find("#confirm"))); sent.status != http.StatusSeeOther {
		t.Fatalf("putting back: %d %s", sent.status, words(sent.page(t).Find("main")))
	}
	for _, key := range all {
		if now := own(p, p.orgSheet(p.fleet.Own.UID), key); now != "false" {
			t.Errorf("%s is %s after it was put back", key, now)
		}
	}
}

// TestWhatOthersHadSetIsNotOurs: the page of a change says what it wrote and what was like that already, and its undo takes
// back its own alone.
func TestWhatOthersHadSetIsNotOurs(t *testing.T) {
	t.Parallel()
	p := setup(t, generous)
	b := p.as("root-admin")
	p.behind([]string{"a@x.example"}, 5)
	form := b.settingsForm(orgPage(p), "reporting")
	form.Set("v.reporting.warnInDays", "7")
	form["v.reporting.recipients"] = []string{"b@x.example"}
	_, review := b.reviews(orgPage(p), "reporting", form)
	p.behind([]string{"a@x.example"}, 7)
	id := p.operationOf(b.sends(orgPage(p), review))
	if text := words(b.get("/operations/" + id).page(t).Find("main")); !strings.Contains(text, "somebody else had set it already") {
		t.Errorf("the page of the change: %s", text)
	}
	back := b.get(orgPage(p) + "/change-settings?back=" + id)
	if text := words(back.page(t).Find("table.changes")); back.page(t).Find("table.changes tbody tr").Length() != 1 || !strings.Contains(text, "a@x.example") {
		t.Errorf("the undo: %s", text)
	}
}
