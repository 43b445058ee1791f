package e2e

import (
	"strings"
	"testing"

	"backup-portal/internal/settings"
)

// TestSettingsThatAreTurnedDown types what cannot be: the field says why, what was typed is kept, nothing is sent.
func TestSettingsThatAreTurnedDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small, "PORTAL_RULES", roomy)
	uid := w.quiet(1)[0]
	before := w.own(t, uid, userLimit)
	for name, l := range map[string]look{"light": {}, "dark": {dark: true}, "narrow": {width: 390}, "without script": {noScript: true}} {
		b := w.as(t, "mara", l)
		b.quiet = true // the status of the refusal stands in the console
		b.visit("/organizations/" + uid + "/settings/restore")
		b.types("Limit for users", "plenty")
		b.types("Limit for administrators", "4444")
		b.press("Review changes")
		b.sees("#problems", "Limit for users")
		for label, want := range map[string]string{"Limit for users": "plenty", "Limit for administrators": "4444"} {
			if got, err := b.field(label).First().InputValue(); err != nil || got != want {
				t.Errorf("%s: %s holds %q (%v)", name, label, got, err)
			}
		}
		if !l.noScript {
			b.accessible("a form that was turned down, " + name)
		}
		b.fits("a form that was turned down, " + name)
		b.click("#problems a")
		if f := b.focused(); !l.noScript && !strings.Contains(f, "input") {
			t.Errorf("%s: the link to the problem leads to %s", name, f)
		}
		b.types("Limit for users", before)
		b.types("Limit for administrators", w.own(t, uid, adminLimit))
		b.press("Review changes")
		b.sees("main", "othing") // there is nothing to change
	}
	if got := w.own(t, uid, userLimit); got != before {
		t.Errorf("the vendor has %s", got)
	}
}

// TestLockedSettings are shown with the reason and are no fields.
func TestLockedSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	var locked settings.Value
	uid, _ := w.orgWhere(t, "a locked value", func(s settings.Sheet) bool {
		for _, v := range s.Values() {
			if v.Locked && !v.ReadOnly && v.Group == settings.Defaults {
				locked = v
				return true
			}
		}
		return false
	})
	b := w.as(t, "mara", look{dark: true})
	page := "/organizations/" + uid + "/settings"
	b.visit(page)
	if by := b.origin(locked.Label); !strings.Contains(by, "Locked") {
		t.Errorf("%s is set by %q", locked.Label, by)
	}
	b.visit(page + "/" + string(locked.Group))
	b.sees("main", locked.Label)
	if n := b.count(`[name*="` + string(locked.Key) + `"]`); n != 0 {
		t.Errorf("a locked value has %d fields", n)
	}
	b.accessible("a form with a locked value")
}

// TestOwnValuesAndInheritedOnes breaks inheritance, with a word about it first, and takes it up again.
func TestOwnValuesAndInheritedOnes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small, "PORTAL_RULES", roomy)
	uid, b := w.quiet(1)[0], w.as(t, "mara", look{})
	w.behind(t, uid, map[settings.Key]string{settings.QuotaInherited: "true"})
	form := "/organizations/" + uid + "/settings/quota"
	b.visit(form)
	b.sees("#settings-form", "Follow")
	b.click("#settings-form fieldset.switch input[value=false]")
	b.types("Days in cold storage", "99")
	b.reviews()
	b.sends("case 4471, own")
	if got := w.own(t, uid, settings.QuotaInherited) + " " + w.own(t, uid, "quota.archiveHoldDays"); got != "false 99" {
		t.Errorf("after breaking it: %s", got)
	}
	b.visit("/organizations/" + uid + "/settings")
	if by := b.origin("Days in cold storage"); !strings.Contains(by, "Set here") {
		t.Errorf("its own value is set by %s", by)
	}
	b.visit(form)
	b.click("#settings-form fieldset.switch input[value=true]")
	b.reviews()
	b.sends("case 4471, followed again")
	if got := w.own(t, uid, settings.QuotaInherited); got != "true" {
		t.Errorf("after following again: %s", got)
	}
	b.visit("/organizations/" + uid + "/settings")
	if by := b.origin("Days in cold storage"); !strings.Contains(by, "Inherited") {
		t.Errorf("the inherited value is set by %s", by)
	}
}
