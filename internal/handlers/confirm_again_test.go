package handlers_test

import (
	"net/http"
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
)

// TestAFormThatIsSentAgainStillHoldsWhatWasSeen: while the vendor did not answer, the form comes back as it was drawn;
// what has changed since is not let through on the second try.
func TestAFormThatIsSentAgainStillHoldsWhatWasSeen(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]func(*portal) string{
		"organization": func(p *portal) string { return "/organizations/" + p.fleet.Own.UID + "/block" },
		"device":       func(p *portal) string { return "/devices/" + p.device["own"].GUID + "/block" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := setup(t)
			b, path := p.as("admin"), path(p)
			values := b.drawn(path)
			values.Set("reason", "case 4471")
			silence := p.emulator.Delay(backupemu.Match{Method: http.MethodGet})
			a := b.post(path, values)
			silence.Release()
			again := a.page(t).Find("form#confirm")
			if a.status != http.StatusBadGateway || again.Find("input[name=seen]").AttrOr("value", "") != values.Get("seen") {
				t.Fatalf("%d; the form comes back with what was seen as %q, want %q", a.status, again.Find("input[name=seen]").AttrOr("value", ""), values.Get("seen"))
			}
			// Meanwhile the organization has grown, and the device stands elsewhere.
			must(t, p.emulator.MoveOrg(p.fleet.Sibling.UID, p.fleet.Own.UID))
			must(t, p.emulator.MoveDevice(p.device["own"].GUID, p.fleet.Child.UID))
			must(t, p.mirror.Sync(t.Context()))
			if a := b.post(path, values); a.status != http.StatusConflict || p.changes() != 0 {
				t.Errorf("sent again: %d, %d changes", a.status, p.changes())
			}
		})
	}
}
