package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"backup-portal/internal/operation"
)

// drift makes devices differ from their organizations in one value that nobody locks.
func (p *portal) drift(guids ...string) {
	p.t.Helper()
	for _, guid := range guids {
		must(p.t, p.emulator.FollowOrg(guid))
		must(p.t, p.emulator.DriftDevice(guid, "20160", "minutesUntilWarning"))
	}
}

// Before a device follows its organization again the form says which values change from what to what, and for several
// devices what changes on each.
func TestDevicesFollowTheirOrganizationAgain(t *testing.T) {
	t.Parallel()
	p := setup(t, handful)
	b := p.as("org-manager")
	own, child := p.device["own"].GUID, p.device["child"].GUID
	p.drift(own, child)

	ask := b.get("/devices/" + own + "/follow").page(t)
	rows := ask.Find("#confirm table.diff tbody tr")
	if rows.Length() != 1 || !strings.Contains(rows.Text(), "14 days") {
		t.Errorf("one device: %d rows %s", rows.Length(), ask.Find("#confirm").Text())
	}
	several := b.get("/devices/several?action=device.follow&guid=" + own + "&guid=" + child).page(t)
	if notes := several.Find(`[aria-labelledby="h-targets"] tbody tr`); notes.Length() != 2 || strings.Count(notes.Text(), "1 value: ") != 2 {
		t.Errorf("several: %s", notes.Text())
	}
	if facts := several.Find("#confirm").Text(); !strings.Contains(facts, "Values that change") || !strings.Contains(facts, "2 on 2 devices") {
		t.Errorf("together: %s", facts)
	}
	form := controls(several.Find("#confirm"))
	a := b.post("/devices/several/follow", form)
	if a.status != http.StatusSeeOther {
		t.Fatalf("%d %.3000s", a.status, a.body)
	}
	b.settled(a.header.Get("Location"), "Done")
	for _, guid := range []string{own, child} {
		if text := b.get("/devices/" + guid + "/follow").page(t).Find("#confirm").Text(); !strings.Contains(text, "follows its organization already") {
			t.Errorf("%s: %s", guid, text)
		}
	}
}

// Who decides on a change of settings sees each value before and after, and what others have changed meanwhile.
func TestApproversSeeTheValues(t *testing.T) {
	t.Parallel()
	p := setup(t) // with so many devices that a yes is needed
	uid := p.fleet.Own.UID
	changes := p.flipped(uid)
	asker := p.as("org-manager")
	approver := p.as("admin")
	a := asker.post("/organizations/"+uid+"/change-settings", reviewOf(changes))
	to := a.header.Get("Location")
	if !strings.HasPrefix(to, "/requests/") {
		t.Fatalf("%d %s %.2000s", a.status, to, a.body)
	}
	kept := approver.get(to).page(t).Find("#impact table.diff tbody tr")
	if kept.Length() != len(changes) || !strings.Contains(kept.Text(), "yes") || !strings.Contains(kept.Text(), "no") {
		t.Errorf("as it is kept: %d rows %s", kept.Length(), kept.Text())
	}
	now := approver.get(to + "/now").page(t).Find("#impact")
	if n := now.Find("table.diff tbody tr").Length(); n != len(changes) {
		t.Errorf("as it is now: %d rows %s", n, now.Text())
	}
	if !strings.Contains(now.Text(), "evices") {
		t.Errorf("it does not say how far it reaches: %s", now.Text())
	}
	// Somebody else changes one of them around the portal to something third.
	must(t, p.emulator.SetOrgSettings(uid, func(doc map[string]any) {
		defaults, _ := doc["deviceDefaults"].(map[string]any)
		config, _ := defaults["serviceBackupConfig"].(map[string]any)
		config["minutesUntilWarning"] = "99999"
	}))
	if text := approver.get(to + "/now").page(t).Find("main").Text(); strings.Contains(text, "Left out") {
		t.Errorf("a change of something else is told as a conflict: %s", text)
	}
	approver.vote(strings.TrimPrefix(to, "/requests/"), "approve", "fine")
	r, err := p.store.Request(t.Context(), strings.TrimPrefix(to, "/requests/"))
	must(t, err)
	if r.State != operation.Ended || r.Items[0].State != operation.Succeeded {
		t.Errorf("%s: %+v", r.State, r.Items[0])
	}
}
