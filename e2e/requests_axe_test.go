package e2e

import (
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
)

// TestRequestsAreAccessible runs axe over requests in their states, in both themes and on a narrow screen.
func TestRequestsAreAccessible(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	devices := w.managed(5)
	ola, mara := w.as(t, "ola", look{noScript: true}), w.as(t, "mara", look{noScript: true})
	waiting := ola.asksForAll(devices[:2], "Vessels sold in May, case 4390")
	ended := ola.asksForAll(devices[2:4], "Stolen in one night, case 4471")
	must(t, w.emulator.SetHold(devices[3].UserUID, true))
	mara.votes(ended, "approve", "Checked with the crew office.")
	mara.awaits(ended, ".head .pill", "Done in part")
	stopped := ola.asks("/devices/"+devices[4].GUID, "deactivate", "Ask to deactivate device", "case 4472")
	w.emulator.Drop(backupemu.Match{Method: "POST", PathPrefix: "/api/v38/computer-deactivation/update"}, 1)
	mara.votes(stopped, "approve", "")
	must(t, w.emulator.RenameDevice(devices[0].GUID, "CTR-NEW-0128"))

	for name, l := range map[string]look{"wide": {}, "narrow": {width: 390}} {
		admin, manager, old := w.as(t, "sara", l), w.as(t, "ola", l), w.signedInLongAgo(t, "ingrid", l)
		admin.quiet = true // a form that is turned down stands in the console with its status
		look := func(b *tab, path, selector, words string) {
			b.visit(path)
			b.sees(selector, words)
			b.accessible(path + " of a request, " + name)
			b.fits(path + ", " + name)
		}
		look(admin, waiting, "#changed", "CTR-NEW-0128")
		admin.press("Deny")
		admin.sees("#decide", "A reason is needed")
		admin.accessible("a vote that was turned down, " + name)
		look(old, waiting, "#decide", "Sign in again to decide")
		look(manager, waiting, "#withdraw", "Withdraw request")
		look(manager, ended, "#targets", "Left out")
		look(manager, stopped, "#targets", devices[4].Name) // stopped, or ended once the second check has found what became of it
		for _, list := range []string{"to-decide", "mine", "all"} {
			look(manager, "/requests?list="+list, "h1", "Requests")
		}
		look(admin, "/", "#h-waiting", "Waiting for you")
	}
}
