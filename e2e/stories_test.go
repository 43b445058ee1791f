package e2e

import (
	"net/http"
	"strings"
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
)

// TestSearch narrows the list while the address bar, Back and reload tell the same.
func TestSearch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	b := w.as(t, "mara", look{})
	b.visit("/devices")
	all := b.text("h1 + *")
	b.fill("main input[name=q]", w.device.GUID)
	must(t, b.Locator("main input[name=q]").Press("Enter"))
	b.at("/devices?*" + w.device.GUID + "*")
	b.sees("#results, main", "1 device matches")
	if n := b.count("tbody tr"); n != 1 {
		t.Errorf("%d rows", n)
	}
	_, err := b.Reload()
	must(t, err)
	b.sees("main", "1 device matches")
	_, err = b.Evaluate("() => history.back()") // the driver's own Back waits for a load that htmx does without
	must(t, err)
	b.sees("tbody tr:nth-child(20)", "")
	b.sees(".head", strings.Fields(all)[0])
	if got := b.URL(); got != w.url+"/devices" {
		t.Errorf("after Back the address is %s", got)
	}
	if n := b.count("html html, tbody html"); n != 0 {
		t.Error("a page stands inside a page")
	}

	b.click(`.facet a:has-text("Deactivated")`)
	b.at("/devices?active=false")
	b.sees(".chip", "deactivated")
	b.click(".chip a")
	b.at("/devices")
	b.press("Next")
	b.at("/devices?after=*")
	b.press("Previous")
	b.at("/devices?before=*")

	b.fill("main input[name=q]", "nothing is called this")
	must(t, b.Locator("main input[name=q]").Press("Enter"))
	b.sees("main", "No device matches")
}

// TestUnknownOutcome is a call whose answer is lost: it is told, checked again, and settled by hand the second time.
func TestUnknownOutcome(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	b := w.as(t, "mara", look{})
	b.quiet = true // a form that is turned down stands in the console with its status
	w.emulator.Drop(blockRequests(), 1)
	b.visit("/devices/" + w.device.GUID)
	b.press("Block device…")
	b.press("Block device")
	b.at("/operations/*")
	w.restart()
	b.sees(".note", "Nobody can say yet whether it happened")
	b.visit("/")
	b.sees("main", "has an unknown outcome")
	b.visit("/devices/" + w.device.GUID)
	b.sees(".act", "Waits until the open operation")
	b.press("Open it")
	b.press("Check again")
	b.sees(".st.pill", "Failed")
	b.sees(".note", "it did not happen")

	w.emulator.DropAfter(blockRequests(), 1)
	b.visit("/devices/" + w.device.GUID + "/block")
	b.press("Block device")
	b.sees(".note", "Device blocked.") // the check read it back
	w.emulator.Drop(blockRequests(), 1)
	b.visit("/devices/" + w.device.GUID + "/unblock")
	b.press("Unblock device")
	b.sees(".st.pill", "Unknown")
	w.restart()
	if b.count("input[name=outcome]:visible") == 0 {
		b.press("Settle by hand…")
	}
	b.click("input[name=outcome][value=failed]")
	b.press("Settle by hand")
	b.sees("main", "A reason is needed")
	b.fill("textarea[name=reason]", "Looked at the vendor's console")
	b.press("Settle by hand")
	b.sees(".st.pill", "Failed")
	b.sees(".tl", "Looked at the vendor's console")
	if w.changes() != 3 {
		t.Errorf("%d changes reached the vendor, want 3", w.changes())
	}
}

// TestRunningPageFollows leaves the answer of a slow vendor to the operation page, which updates itself.
func TestRunningPageFollows(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]look{"script": {}, "without script": {noScript: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, small)
			b := w.as(t, "mara", l)
			gate := w.emulator.Delay(blockRequests())
			b.visit("/devices/" + w.device.GUID + "/block")
			b.press("Block device")
			b.sees(".st.pill", "Running")
			gate.Release()
			b.sees(".st.pill", "Succeeded")
			if w.changes() != 1 {
				t.Errorf("%d changes", w.changes())
			}
		})
	}
}

// TestRoles shows each role what it may do, and says why not of the rest.
func TestRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	for who, can := range map[string]int{"emil": 0, "tuva": 4, "sofie": 0} { // to edit, upgrade, block and deauthorize
		b := w.as(t, who, look{})
		b.visit("/devices/" + w.device.GUID)
		enabled := b.count(`.act a.btn:not([aria-disabled])`)
		if enabled != can {
			t.Errorf("%s is offered %d actions, want %d", who, enabled, can)
		}
		if can == 0 {
			b.sees(".act", "It needs the role help-desk, org-manager or admin")
			reason, err := b.Locator(".act .btn[aria-disabled]").First().GetAttribute("aria-describedby")
			must(t, err)
			if b.count("#"+reason) != 1 {
				t.Errorf("%s: the disabled button's reason %q is not on the page", who, reason)
			}
		}
	}
	help := w.as(t, "tuva", look{})
	help.visit("/audit")
	if text := help.text("main"); strings.Contains(text, "Mara") || strings.Contains(text, "Emil") || !strings.Contains(text, "Tuva") {
		t.Errorf("the help desk's audit page shows %s", text)
	}
	help.quiet = true
	help.visit("/devices/" + w.rootDevice())
	help.sees("h1", "There is no such page for you")
}

// rootDevice is a device outside the help desk's organization.
func (w *world) rootDevice() string {
	for _, d := range w.emulator.Snapshot().Devices {
		if d.OrgUID == w.emulator.RootOrgUID() {
			return d.GUID
		}
	}
	must(w.t, w.emulator.MoveDevice(w.otherDevice(), w.emulator.RootOrgUID()))
	return w.rootDevice()
}

// TestVendorDown reads on from the mirror, says how old that is, and keeps actions off.
func TestVendorDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	b := w.as(t, "mara", look{})
	w.emulator.FailNext(backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Computer/"}, backupemu.Failure{Status: 500}, 1000)
	b.visit("/devices/" + w.device.GUID)
	b.sees(".note", "Shown is what the portal knew")
	b.sees("h1", w.device.Name)
	if n := b.count(`.act a.btn:not([aria-disabled])`); n != 0 {
		t.Errorf("%d actions are offered while the vendor is down", n)
	}
	b.visit("/devices")
	if n := b.count("tbody tr"); n < 20 {
		t.Errorf("the list shows %d rows while the vendor is down", n)
	}
}
