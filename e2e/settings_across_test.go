package e2e

import (
	"slices"
	"strings"
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/settings"
)

// everyLook is the ways that a story is told in where its pages have a table, a dialog or a form of their own.
func everyLook() map[string]look {
	return map[string]look{"script": {}, "without script": {noScript: true}, "dark and narrow": {dark: true, width: 390}}
}

// sound looks at a state of a page: accessible, which takes script to find out, and no wider than its window.
func (b *tab) sound(l look, state string) {
	b.t.Helper()
	if !l.noScript {
		b.accessible(state)
	}
	b.fits(state)
}

// TestSettingsAreCopied copies two groups from one organization to another: what is chosen and nothing else.
func TestSettingsAreCopied(t *testing.T) {
	t.Parallel()
	for name, l := range everyLook() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, small, "PORTAL_RULES", roomy)
			to := w.childless()
			from := w.otherOrg(to)
			must(t, w.emulator.SetOrgSettings(from, func(doc map[string]any) {
				own := doc["settings"].(map[string]any)
				own["isUsingQuotaDefaults"], own["archiveHoldDays"], own["maxSeats"] = false, 77, 12
				own["webRestoreUserLimitMb"], own["isUsingReportingDefaults"], own["warnInDays"] = 123, false, 44
			}))
			warned := w.inForce(t, to, "reporting.warnInDays")
			b := w.as(t, "mara", l)
			b.quiet = true // a form that is turned down stands in the console with its status
			b.visit("/organizations/" + to + "/settings")
			b.click(`main a[href$="/settings/copy"]`)
			b.at("/organizations/" + to + "/settings/copy")
			b.sound(l, "where to copy from")
			b.visit("/organizations/" + to + "/settings/copy?from=" + from)
			for b.count("input[name=group]:checked") > 0 {
				must(t, b.Locator("input[name=group]:checked").First().Uncheck())
			}
			b.press("Review the copy")
			b.sees("#groups-problem", "Choose at least one group.")
			b.sound(l, "no group to copy")
			for _, group := range []string{"quota", "restore"} {
				must(t, b.Locator("input[name=group][value="+group+"]").Check())
			}
			b.press("Review the copy")
			b.sees("#review", "77 days")
			b.sees("#review", "123 MB")
			if text := b.text("#review"); strings.Contains(text, "44 days") {
				t.Errorf("a group that was not chosen is copied: %s", text)
			}
			b.sound(l, "a copy in review")
			b.sends("Same rules for both, case 4471")
			for key, want := range map[settings.Key]string{"quota.archiveHoldDays": "77", "quota.maxSeats": "12", userLimit: "123", "reporting.warnInDays": warned} {
				if got := w.inForce(t, to, key); got != want {
					t.Errorf("%s is %s, want %s", key, got, want)
				}
			}
		})
	}
}

// otherOrg is an active organization that neither is the one given nor lies above it.
func (w *world) otherOrg(uid string) string {
	w.t.Helper()
	var above []string
	for _, o := range w.wayTo(uid) {
		above = append(above, o.UID)
	}
	for _, o := range w.emulator.Snapshot().Orgs {
		if o.Active && !o.Blocked && o.UID != uid && !slices.Contains(above, o.UID) && o.Level > 2 {
			return o.UID
		}
	}
	w.t.Fatal("there is no other organization")
	return ""
}

// TestDevicesFollowAgain chooses two devices of the drift report and lets them follow their organizations, in one request.
func TestDevicesFollowAgain(t *testing.T) {
	t.Parallel()
	for name, l := range everyLook() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fleetSize{orgs: 30, users: 150, devices: 300}, "PORTAL_RULES", roomy, "PORTAL_SETTINGS_RATE", "500")
			b := w.as(t, "mara", l)
			report := "/organizations/" + w.emulator.RootOrgUID() + "/drift?below=true&q=QQX-"
			chosen := w.drifting(2)
			w.searchable(chosen)
			b.awaits(report, "tbody", "QQX-A")
			b.awaits(report, "tbody", "QQX-B")
			b.sound(l, "a drift report")
			for _, d := range chosen {
				must(t, b.Locator(`tbody .pick input[value="`+d.GUID+`"]`).Check())
			}
			b.press("Follow its organization…")
			b.at("/devices/several?*")
			b.sees("h1", "2 devices")
			b.sound(l, "devices that are to follow")
			b.fill("#reason", "Back to the rules, case 4471")
			if b.count("#count") > 0 {
				b.fill("#count", "2")
			}
			b.click("main form[method=post] [type=submit].btn-primary, main form[method=post] [type=submit].btn-danger")
			b.at("/requests/*")
			b.awaits(strings.TrimPrefix(b.URL(), w.url), ".head .pill", "Done")
			for _, d := range chosen {
				if left := w.drift(d); len(left) > 0 {
					t.Errorf("%s still differs in %v", d.Name, left)
				}
			}
		})
	}
}

// drift is where the settings of a device differ from its organization's, read around the portal.
func (w *world) drift(d backupemu.Device) []settings.Difference {
	w.t.Helper()
	own, _ := w.deviceSheet(w.t, d.GUID)
	defaults, _ := w.sheet(w.t, d.OrgUID)
	return settings.Drift(defaults, own)
}

// drifting are active devices that differ from their organization.
func (w *world) drifting(n int) []backupemu.Device {
	w.t.Helper()
	var found []backupemu.Device
	for _, d := range w.emulator.Snapshot().Devices {
		if d.Active && !d.Blocked && !d.Deauthorized && !d.OnHold && strings.Count(d.Name, "-") == 2 && len(w.drift(d)) > 0 {
			if found = append(found, d); len(found) == n {
				return found
			}
		}
	}
	w.t.Fatalf("only %d devices differ", len(found))
	return nil
}

// TestChangedInTheWindow lets somebody else write between the portal's write and its reading back: nothing of theirs is
// lost, and the operation tells.
func TestChangedInTheWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small, "PORTAL_RULES", roomy)
	uid, b := w.childless(), w.as(t, "mara", look{})
	b.visit("/organizations/" + uid + "/settings/restore")
	b.types("Limit for users", "555")
	b.reviews()
	b.fill("#confirm textarea", "case 4471")
	gate := w.emulator.DelayAfter(w.documentOf(uid))
	b.click("#confirm [type=submit]")
	<-gate.Arrived()
	must(t, w.emulator.SetOrgSettings(uid, func(doc map[string]any) { doc["settings"].(map[string]any)["webRestoreAdminLimitMb"] = 999 }))
	gate.Release()
	b.at("/requests/*")
	b.sees(".head .pill", "Done")
	b.click("main a[href*='/operations/']")
	b.sees("main", "Changed meanwhile by somebody else: Limit for administrators from 500 MB to 999 MB")
	if got := w.own(t, uid, userLimit) + " " + w.own(t, uid, adminLimit); got != "555 999" {
		t.Errorf("the vendor has %s", got)
	}
}

// TestSettingsAreUndone takes a change back from the page that tells what came of it.
func TestSettingsAreUndone(t *testing.T) {
	t.Parallel()
	for name, l := range everyLook() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, small, "PORTAL_RULES", roomy)
			uid, b := w.childless(), w.as(t, "mara", l)
			before := w.own(t, uid, userLimit)
			b.visit("/organizations/" + uid + "/settings/restore")
			b.types("Limit for users", "555")
			b.reviews()
			b.sound(l, "a review")
			b.sends("case 4471")
			b.click("main a[href*='/operations/']")
			b.sees(".st.pill", "Succeeded")
			b.sound(l, "a change of settings that was made")
			b.press("Put it back…")
			b.sees("#review", "555")
			if got := w.own(t, uid, userLimit); got != "555" {
				t.Fatalf("the link alone made it %s", got)
			}
			b.sends("a mistake, case 4472")
			if got := w.own(t, uid, userLimit); got != before {
				t.Errorf("put back it is %s, want %s", got, before)
			}
		})
	}
}

// TestFullDiskAccess reads which Macs of an organization let the backup client read the whole disk, as a page and as a file.
func TestFullDiskAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	root, count := w.emulator.RootOrgUID(), 0
	org := ""
	for _, d := range w.emulator.Snapshot().Devices {
		if d.OSName == "mac" && d.Active && (org == "" || d.OrgUID == org) && d.OrgUID != root {
			org = d.OrgUID
			must(t, w.emulator.SetFullDiskAccess(d.GUID, count > 0))
			count++
		}
	}
	b := w.as(t, "mara", look{})
	b.visit("/organizations/" + org + "/full-disk-access")
	b.sees("#h-disk-access", "Full disk access of")
	b.accessible("a report of Macs")
	rows := b.table("/organizations/" + org + "/full-disk-access/export.csv")
	if len(rows) != count+1 {
		t.Errorf("the file has %d lines for %d Macs", len(rows), count)
	}
	without := 0
	for _, row := range rows {
		if slices.Contains(row, "not-granted") {
			without++
		}
	}
	if without != 1 {
		t.Errorf("%d Macs are without access, want 1: %v", without, rows)
	}
}
