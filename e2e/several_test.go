package e2e

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"

	backupemu "backup-portal/internal/emulator/backup"
)

// searchable gives devices a name of their own part of the alphabet, so that a list shows exactly these, in this order.
func (w *world) searchable(devices []backupemu.Device) {
	w.t.Helper()
	for i, d := range devices {
		must(w.t, w.emulator.RenameDevice(d.GUID, "QQX-"+string(rune('A'+i))))
	}
	admin := w.as(w.t, "mara", look{noScript: true})
	for _, d := range devices {
		admin.visit("/devices/" + d.GUID) // a live reading renews the list's row
	}
}

// TestTwelveDevices selects twelve, one of them on hold and one that fails, asks for the others, leaves the page and comes
// back, and takes the outcomes away as a table.
func TestTwelveDevices(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]look{"script": {}, "without script": {noScript: true}, "dark and narrow": {dark: true, width: 390}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fleetSize{orgs: 30, users: 300, devices: 600})
			devices := w.managed(12)
			w.searchable(devices)
			must(t, w.emulator.SetHold(devices[4].UserUID, true))
			manager, admin := w.as(t, "ola", l), w.as(t, "mara", l)

			manager.visit("/devices?q=QQX-")
			manager.chooseAll(l)
			look := func(state string) { // axe needs script
				if !l.noScript {
					manager.accessible(state)
				}
				manager.fits(state)
			}
			look("selection")
			manager.press("Deactivate…")
			manager.at("/devices/several?*")
			manager.sees("h1", "Deactivate 12 devices?")
			manager.sees("main", "11 of 12 will go")
			manager.sees("tr:nth-child(5)", "On legal hold: left out")
			look("preview")
			manager.click(".breadcrumbs a") // back to the list: the choice is kept
			manager.sees("#selected", "12 selected")
			manager.press("Deactivate…")
			manager.fill("#reason", "Vessels sold in May, case 4390")
			manager.fill("#count", "12")
			manager.quiet = true // a form that is turned down stands in the console with its status
			manager.press("Ask to deactivate 11 devices")
			manager.sees("#count-problem", "The number is not 11.")
			manager.fill("#count", "11")
			manager.press("Ask to deactivate 11 devices")
			manager.at("/requests/*")
			request := strings.TrimPrefix(manager.URL(), w.url)
			manager.sees("h1", "Deactivate 11 devices")

			w.emulator.FailNext(deactivations(), backupemu.Failure{Status: 403}, 1)
			gate := w.emulator.Delay(deactivations())
			admin.visit(request)
			admin.fill("#decide textarea", "The customer confirmed it")
			admin.press("Approve and deactivate 11 devices")
			<-gate.Arrived()
			admin.sees("main", "of 11 devices")
			admin.visit("/")
			manager.visit(request)
			manager.sees("#progress, .panel:has(#h-progress)", "of 11 devices")
			gate.Release()
			manager.awaits(request, ".head .pill", "Done in part")
			look("what came of it")
			if n := w.deactivated(devices); n != 10 {
				t.Errorf("%d devices are deactivated", n)
			}

			rows := manager.table(request + "/targets.csv")
			states := map[string]int{}
			for _, row := range rows[1:] {
				states[row[4]]++
			}
			if len(rows) != 12 || states["succeeded"] != 10 || states["failed"] != 1 {
				t.Errorf("the table has %d rows: %v", len(rows)-1, states)
			}
			manager.visit(request)
			manager.press("Reactivate 10 devices…")
			manager.at("/devices/several?*")
			manager.sees("h1", "Reactivate 10 devices?")
		})
	}
}

// chooseAll chooses every row of the list: by the box in its head, or without script by the link that does the same.
func (b *tab) chooseAll(l look) {
	b.t.Helper()
	switch {
	case l.noScript:
		b.press("Select the 12 devices on this page")
	case l.width > 0:
		for row := range 12 { // on a narrow screen the head is not shown
			must(b.t, b.Locator("tbody .pick input").Nth(row).Check())
		}
	default:
		b.click("#select-all")
	}
	b.sees("#selected", "12 selected")
}

func (w *world) deactivated(devices []backupemu.Device) int {
	n := 0
	for _, d := range devices {
		if !w.isActive(d.GUID) {
			n++
		}
	}
	return n
}

// table fetches a file of the person's own and reads it.
func (b *tab) table(path string) [][]string {
	b.t.Helper()
	response, err := b.Context().Request().Get(b.world.url + path)
	must(b.t, err)
	text, err := response.Text()
	must(b.t, err)
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	must(b.t, err)
	return rows
}

// TestSelectionByKeyboard chooses rows with x and the arrows, a range with Shift, and finds them chosen after Back.
func TestSelectionByKeyboard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	b := w.as(t, "mara", look{})
	b.visit("/devices")
	b.key("j", "x", "ArrowDown", "ArrowDown", "x")
	b.sees("#selected", "2 selected")
	b.sees("#live", "2 selected")
	if n := b.count("tbody tr:nth-child(1) .pick :checked, tbody tr:nth-child(3) .pick :checked"); n != 2 {
		t.Errorf("%d of the rows 1 and 3 are chosen", n)
	}
	b.key("x")
	b.sees("#selected", "1 selected")
	b.click("tbody tr:nth-child(5) .pick label")
	shift := playwright.LocatorClickOptions{Modifiers: []playwright.KeyboardModifier{*playwright.KeyboardModifierShift}}
	must(t, b.Locator("tbody tr:nth-child(9) .pick label").Click(shift))
	b.sees("#selected", "6 selected")
	if size, err := b.Locator("tbody tr:nth-child(9) .pick label").BoundingBox(); err != nil || size.Width < 24 || size.Height < 24 {
		t.Errorf("the target of a box is %+v", size)
	}
	b.click("#select-all")
	b.sees("#selected", "50 selected")
	b.click("#select-all")
	b.sees("#selected", "Tick devices")
	b.key("Tab")
	b.click("tbody tr:nth-child(2) .pick label")
	b.press("Block…")
	b.at("/devices/several?*")
	b.sees("h1", "Block 1 device?")
	_, err := b.Evaluate("() => history.back()") // the driver's own Back waits for a load that may come from memory
	must(t, err)
	b.sees("#selected", "1 selected")
	if !strings.Contains(b.URL(), "selected=") {
		t.Errorf("the address is %s", b.URL())
	}
	b.click(`.facet a:has-text("Deactivated")`) // another list: nothing of it is chosen
	b.at("/devices?active=false")
	b.sees("#selected", "Tick devices")
	b.key("/")
	must(t, b.Keyboard().Type("x"))
	if f := b.focused(); !strings.Contains(f, "|q|") {
		t.Errorf("x in a field puts the focus on %s", f)
	}
}
