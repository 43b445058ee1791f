package e2e

import (
	"strings"
	"testing"

	"backup-portal/internal/settings"
)

// TestSettingsByKeyboard changes one value without a mouse; Enter in a field leads to the review and never further.
func TestSettingsByKeyboard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small, "PORTAL_RULES", roomy)
	uid, b := w.quiet(1)[0], w.as(t, "mara", look{})
	b.visit("/organizations/" + uid + "/settings/restore")
	for range 60 {
		b.key("Tab")
		if value, err := b.Evaluate(`() => (document.activeElement.labels?.[0]?.textContent ?? "").trim()`); err == nil && value == "Limit for users" {
			break
		}
	}
	b.key("Control+a")
	must(t, b.Keyboard().Type("4321"))
	b.key("Enter")
	b.sees("#review", "4321")
	if got := w.own(t, uid, userLimit); got == "4321" {
		t.Fatal("Enter in the form sent the change")
	}
	for range 60 {
		if b.key("Tab"); strings.Contains(b.focused(), "textarea") {
			break
		}
	}
	must(t, b.Keyboard().Type("case 4471"))
	b.tabTo("Change settings")
	b.key("Enter")
	b.at("/requests/*")
	b.sees(".head .pill", "Done")
	if got := w.own(t, uid, userLimit); got != "4321" {
		t.Errorf("the limit is %s", got)
	}
}

// TestSettingsOfManyDevices reaches more devices than the budget of one person: a second one agrees, and sees what changes.
func TestSettingsOfManyDevices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	root := w.emulator.RootOrgUID()
	mara, ingrid := w.as(t, "mara", look{}), w.as(t, "ingrid", look{})
	before := w.own(t, root, "defaults.minutesUntilSevere")
	mara.visit("/organizations/" + root + "/settings/defaults")
	mara.types("Critical after", "33")
	mara.reviews()
	mara.sees("#review", "devices")
	mara.fill("#confirm textarea", "case 4471")
	mara.click("#confirm [type=submit]")
	mara.at("/requests/*")
	request := strings.TrimPrefix(mara.URL(), w.url)
	mara.sees("main", "0 of 1")
	mara.sees("main", "33 days")
	if got := w.own(t, root, "defaults.minutesUntilSevere"); got != before {
		t.Fatal("it was changed before anybody agreed")
	}
	ingrid.visit(request)
	ingrid.sees("main", "33 days")
	ingrid.accessible("a request for a change of settings")
	ingrid.click("#decide button[value=approve]")
	ingrid.sees(".head .pill", "Done")
	if got := w.own(t, root, "defaults.minutesUntilSevere"); got != "47520" {
		t.Errorf("the default is %s minutes", got)
	}
}

// TestAManagersSettings shows a manager values from above without a name of who sets them.
func TestAManagersSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small, "PORTAL_RULES", roomy)
	own, b := w.firstBelow(w.emulator.RootOrgUID()), w.as(t, "ola", look{})
	w.behind(t, own, map[settings.Key]string{settings.QuotaInherited: "true"})
	var rootName string
	for _, o := range w.emulator.Snapshot().Orgs {
		if o.ParentUID == "" {
			rootName = o.Name
		}
	}
	for _, path := range []string{"", "/quota", "/reporting", "/restore", "/defaults"} {
		b.visit("/organizations/" + own + "/settings" + path)
		content, err := b.Content()
		must(t, err)
		if strings.Contains(content, rootName) || strings.Contains(content, w.emulator.RootOrgUID()) {
			t.Errorf("settings%s names what is above", path)
		}
		if path == "" {
			b.sees("main", "Set above your organization")
		}
	}
}

// TestTheRegistrationKey is masked until somebody asks, and the log keeps who did.
func TestTheRegistrationKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	uid, b := w.quiet(1)[0], w.as(t, "mara", look{dark: true})
	sheet, _ := w.sheet(t, uid)
	key := sheet.RegistrationKey()
	b.visit("/organizations/" + uid + "/settings")
	content, err := b.Content()
	must(t, err)
	if key == "" || strings.Contains(content, key) {
		t.Errorf("the key %q stands on the page", key)
	}
	b.click(`section[aria-labelledby="h-key"] form button`)
	b.sees("main, dialog", key)
	b.accessible("a registration key")
	b.visit("/audit?target=" + uid)
	b.sees("tbody", "registration")
	if content, err = b.Content(); err != nil || strings.Contains(content, key) {
		t.Error("the key stands in the log")
	}
}
