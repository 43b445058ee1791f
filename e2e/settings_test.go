package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"

	"backup-portal/internal/settings"
)

// roomy is a budget that no story of settings uses up.
const roomy = "[budget]\nperson_per_hour = 10000\nsubtree_per_day = 10000\nceiling = 10000"

// quiet are active organizations without others below them, with devices, and where what the stories change is not
// locked.
func (w *world) quiet(n int) []string {
	w.t.Helper()
	snapshot := w.emulator.Snapshot()
	parent, inactive, devices := map[string]bool{}, map[string]bool{}, map[string]int{}
	for _, o := range snapshot.Orgs { // a parent comes before its children
		parent[o.ParentUID] = true
		inactive[o.UID] = !o.Active || o.Blocked || inactive[o.ParentUID]
	}
	for _, d := range snapshot.Devices {
		devices[d.OrgUID]++
	}
	var found []string
	for _, o := range snapshot.Orgs {
		if len(found) == n || parent[o.UID] || inactive[o.UID] || devices[o.UID] == 0 {
			continue
		}
		sheet, _ := w.sheet(w.t, o.UID)
		if !slices.ContainsFunc(sheet.Values(), func(v settings.Value) bool { return v.Locked && changed(v.Key) }) {
			found = append(found, o.UID)
		}
	}
	if len(found) < n {
		w.t.Fatalf("only %d organizations are quiet", len(found))
	}
	return found
}

// changed tells whether the stories change a value.
func changed(k settings.Key) bool {
	return k == settings.WebRestore || k == "defaults.minutesUntilSevere" || strings.HasPrefix(string(k), "quota.") || strings.HasPrefix(string(k), "reporting.")
}

// field is what a label or the legend of a form belongs to.
func (b *tab) field(label string) playwright.Locator {
	return b.Locator("#settings-form").GetByLabel(label, playwright.LocatorGetByLabelOptions{Exact: playwright.Bool(true)})
}

// types puts text into the field with this label.
func (b *tab) types(label, text string) {
	b.t.Helper()
	must(b.t, b.field(label).First().Fill(text))
}

// switches chooses one of the choices of a field.
func (b *tab) switches(legend, choice string) {
	b.t.Helper()
	group := b.Locator("#settings-form").GetByRole(*playwright.AriaRoleGroup, playwright.LocatorGetByRoleOptions{Name: legend, Exact: playwright.Bool(true)})
	must(b.t, group.GetByLabel(choice, playwright.LocatorGetByLabelOptions{Exact: playwright.Bool(true)}).Check())
}

// reviews asks what the form would change.
func (b *tab) reviews() {
	b.t.Helper()
	b.press("Review changes")
	b.sees("#review", "Before")
}

// sends makes the change that is reviewed, and waits for its end.
func (b *tab) sends(reason string) {
	b.t.Helper()
	b.fill("#confirm textarea[name=reason]", reason)
	b.click("#confirm [type=submit]")
	b.at("/requests/*")
	b.sees(".head .pill", "Done")
}

// origin is what the page of settings says of who sets a value.
func (b *tab) origin(label string) string {
	b.t.Helper()
	return b.text(`tr:has(td.lead:has-text("` + label + `")) td[data-label="Set by"]`)
}

// edit is one change of a value, as a person makes it and as the vendor has it afterwards.
type edit struct {
	group, label string
	key          settings.Key
	change       func(b *tab)
	reads        string // in the review
	want         string // canonical
}

// TestSettingsOfEachGroup reads, edits, reviews and saves one value of each group of an organization.
func TestSettingsOfEachGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small, "PORTAL_RULES", roomy)
	b, uid := w.as(t, "mara", look{}), w.quiet(1)[0]
	page := "/organizations/" + uid + "/settings"
	types := func(label, text string) func(b *tab) { return func(b *tab) { b.types(label, text) } }
	for _, e := range []edit{
		{"quota", "Days in cold storage", "quota.archiveHoldDays", func(b *tab) {
			b.click("#settings-form fieldset.switch input[value=false]")
			b.types("Days in cold storage", "400")
		}, "400 days", "400"},
		{"reporting", "Warn after", "reporting.warnInDays", func(b *tab) {
			b.click("#settings-form fieldset.switch input[value=false]")
			b.types("Warn after", "9")
		}, "9 days", "9"},
		{"restore", "Limit for users", "restore.webRestoreUserLimitMb", types("Limit for users", "777"), "777 MB", "777"},
		{"defaults", "Critical after", "defaults.minutesUntilSevere", types("Critical after", "3.5"), "3.5 days", "5040"},
	} {
		b.visit(page)
		b.click(`section[aria-labelledby="h-` + e.group + `"] header a.btn`)
		b.at(page + "/" + e.group)
		e.change(b)
		b.reviews()
		b.sees("#review", e.label)
		b.sees("#review", e.reads)
		if w.own(t, uid, e.key) == e.want {
			t.Errorf("%s was changed by the review", e.key)
		}
		b.sends("case 4471, " + e.group)
		if got := w.own(t, uid, e.key); got != e.want {
			t.Errorf("%s is %s, want %s", e.key, got, e.want)
		}
		b.visit(page)
		if by := b.origin(e.label); !strings.Contains(by, "Set here") {
			t.Errorf("%s is set by %s", e.key, by)
		}
	}
	b.visit("/audit?target=" + uid)
	b.sees("tbody", "org.settings")
}
