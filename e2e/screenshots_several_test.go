package e2e

import (
	"net/url"
	"strings"
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
)

// deactivatesAtOnce is a rule under which an admin asks nobody.
const deactivatesAtOnce = "[rule.\"device.deactivate\".admin]\napprovers = []"

// severalURL asks about devices.
func severalURL(action string, devices []backupemu.Device) string {
	values := url.Values{"action": {action}}
	for _, d := range devices {
		values.Add("guid", d.GUID)
	}
	return "/devices/several?" + values.Encode()
}

// severalScenes are selections and the questions before a change, in every state.
func (w *world) severalScenes(t *testing.T) []scene {
	devices := w.managed(36)
	twelve := devices[:12]
	must(t, w.emulator.RenameDevice(twelve[4].GUID, "<b>CTR</b>-0113 أحمد’s workstation with a name that somebody typed at length"))
	must(t, w.emulator.SetHold(twelve[6].UserUID, true))
	must(t, w.emulator.SetActive(twelve[8].GUID, false))
	held := twelve[6]
	for _, d := range w.emulator.Snapshot().Devices { // somebody's last one
		if d.UserUID == twelve[1].UserUID && d.GUID != twelve[1].GUID {
			must(t, w.emulator.SetActive(d.GUID, false))
		}
	}
	ola, mara := w.as(t, "ola", look{noScript: true}), w.as(t, "mara", look{noScript: true})
	four := devices[12:16]
	request := ola.asksForAll(four, "Stolen in one night, case 4471.")
	must(t, w.emulator.SetHold(four[1].UserUID, true))
	mara.votes(request, "approve", "The police has the list.")
	mara.awaits(request, ".head .pill", "Done in part")
	operation := func(row string) string {
		mara.visit(request)
		mara.click(`tr:has-text("` + row + `") a:text-is("Open")`)
		mara.at("/operations/*")
		return strings.TrimPrefix(mara.URL(), w.url)
	}
	done := operation("Succeeded")
	wide := seeing("main", "read from the backup service just now")
	choose := func(b *tab) {
		for _, row := range []string{"2", "3", "5", "8"} {
			b.click("tbody tr:nth-child(" + row + ") .pick label")
		}
		b.sees("#selected", "4 selected")
	}
	return []scene{
		{"several-none-chosen", "ola", at("/devices?active=true")},
		{"several-chosen", "ola", then("/devices?active=true", choose)},
		{"several-help-desk", "tuva", then("/devices", clicking("tbody tr:nth-child(2) .pick label"))},
		{"several-preview", "ola", then(severalURL("device.deactivate", twelve), wide)},
		{"several-block", "ola", then(severalURL("device.block", twelve), wide)},
		{"several-refused", "ola", then(severalURL("device.deactivate", twelve), wide, func(b *tab) {
			b.fill("#reason", "Vessels sold in May, case 4390")
			b.fill("#count", "12")
			b.press("Ask to deactivate 10 devices")
			b.sees("#count-problem", "The number is not 10")
		})},
		{"several-over-budget", "ola", then(severalURL("device.deactivate", devices[8:36]), wide)},
		{"several-nobody", "ola", at("/devices/several?action=device.deactivate")},
		{"several-undo", "ola", then(request, pressing("Reactivate 3 devices…"), wide)},
		{"confirm-asks", "ola", at("/devices/" + twelve[1].GUID + "/deactivate")},
		{"confirm-asks-dialog", "ola", then("/devices/"+twelve[1].GUID, pressing("Deactivate device…"), seeing("dialog[open]", "Deactivate this device?"))},
		{"confirm-asks-organization", "mara", at("/organizations/" + w.device.OrgUID + "/deactivate")},
		{"confirm-on-hold", "ola", at("/devices/" + held.GUID + "/deactivate")},
		{"device-on-hold", "ola", at("/devices/" + held.GUID)},
		{"device-last", "ola", at("/devices/" + twelve[1].GUID)},
		{"devices-on-hold", "mara", then("/devices?hold=true&columns=name,status,legalHold,organization,username,lastConnected", seeing("tbody", "on hold"))},
		{"users-on-hold", "mara", at("/users?hold=true")},
		{"operation-item", "mara", at(done)},
		{"request-with-outcomes", "mara", at(request)},
	}
}

// stepUpScenes are questions whose answer would be sent at once, seen by somebody who signed in long ago.
func (w *world) stepUpScenes() []scene {
	devices := w.managed(3)
	asked := func(b *tab) {
		b.fill("#reason", "Stolen, case 4471")
		b.click("#confirm button[type=submit]")
		b.sees("#confirm", "Sign in again in a new tab")
	}
	return []scene{
		{"confirm-step-up", "mara", then("/devices/"+devices[0].GUID+"/deactivate", asked)},
		{"several-step-up", "mara", then(severalURL("device.deactivate", devices), func(b *tab) { b.fill("#count", "3") }, asked)},
	}
}
