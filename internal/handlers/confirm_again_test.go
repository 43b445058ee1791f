package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/emulator/idp"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
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

// TestWhatGoesAtOnceAsksForANewSignIn: where nobody else has to agree, an old sign-in is told before and refused after, and
// what was typed stays.
func TestWhatGoesAtOnceAsksForANewSignIn(t *testing.T) {
	t.Parallel()
	rules, err := policy.ParseRules("[rule.\"device.deactivate\".admin]\napprovers = []")
	must(t, err)
	p := setup(t, func(c *config) { c.road = func(o *operation.Options) { o.Rules = rules } })
	devices := p.devicesIn("own", 2)
	p.provider.Break(idp.Faults{OmitAuthTime: true})
	old := p.as("admin")
	p.provider.Break(idp.Faults{})
	for _, path := range []string{"/devices/" + devices[0].GUID + "/deactivate", severalURL("device.deactivate", guidsOf(devices)...)} {
		drawn := old.get(path)
		form := hiddenOf(t, drawn)
		form.Set("reason", "typed with care")
		form.Set("count", "2")
		refused := old.post(drawn.page(t).Find("form#confirm").AttrOr("action", ""), form)
		for when, a := range map[string]answer{"before": drawn, "after": refused} {
			if link := a.page(t).Find("#confirm a[target=_blank]").AttrOr("href", ""); !strings.HasPrefix(link, "/auth/sign-in?fresh=1&return=%2Fdevices") {
				t.Errorf("%s, %s: the sign-in is %q", path, when, link)
			}
		}
		if refused.status != http.StatusForbidden || !strings.Contains(refused.body, "typed with care") || p.changes() != 0 {
			t.Errorf("%s: %d, %d changes", path, refused.status, p.changes())
		}
	}
	b := p.as("admin")
	drawn := b.get("/devices/" + devices[0].GUID + "/deactivate")
	if drawn.page(t).Find("#confirm a[target=_blank]").Length() != 0 {
		t.Error("somebody who has just signed in is asked to do it again")
	}
	form := hiddenOf(t, drawn)
	form.Set("reason", "typed with care")
	a := b.post("/devices/"+devices[0].GUID+"/deactivate", form)
	if b.settled(a.header.Get("Location"), "Done"); p.changes() != 1 {
		t.Errorf("%d changes", p.changes())
	}
}
