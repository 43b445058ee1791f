package e2e

import (
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// openView shows the form of a saved view in its dialog.
func (b *tab) openView(_ *world) {
	b.visit("/devices/views")
	if b.count("main tbody .btn") == 0 {
		b.visit("/devices/views/new?active=true")
		b.fill("main input[name=name]", "Active, by "+b.t.Name())
		b.press("Save view")
		b.at("/devices?active=true*")
		b.visit("/devices/views")
	}
	b.click("main tbody .btn")
	b.sees("dialog[open]", "Save view")
}

// TestTheListOfDevices narrows, sorts, shapes, keeps and takes away a list, as an admin does all day.
func TestTheListOfDevices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	b := w.as(t, "mara", look{})
	b.visit("/devices")
	b.sees("#facets", "Client version") // the counts come after the rows
	must(t, b.Locator("#facet-state-0").Press("Enter"))
	b.at("/devices?active=true&blocked=false&deauthorized=false")
	b.sees("#facet-state-0[aria-current]", "Active")
	if f := b.focused(); !strings.HasPrefix(f, "a#facet-state-0") {
		t.Errorf("after a filter was chosen the focus is on %s", f)
	}
	must(t, b.Locator("#sort-lastCompletedBackup").Press("Enter"))
	b.at("/devices?active=true&blocked=false&deauthorized=false&sort=backup")
	b.sees("th[aria-sort=ascending]", "Backed up")
	if f := b.focused(); !strings.HasPrefix(f, "a#sort-lastCompletedBackup") {
		t.Errorf("after sorting the focus is on %s", f)
	}

	b.press("All filters")
	b.quiet = true // a form that is turned down stands in the console with its status
	b.fill("#f-backup-before", "soon")
	b.press("Apply filters")
	b.sees(".note", "not right")
	b.sees("#f-backup-before-problem", "an age like 30d")
	b.fill("#f-backup-before", "1d")
	b.press("Apply filters")
	b.sees(".chip", "1 day ago")
	if strings.Contains(b.URL(), "=&") || strings.HasSuffix(b.URL(), "=") || !strings.Contains(b.URL(), "backup-before=1d") {
		t.Errorf("the address is %s", b.URL())
	}

	b.click("#choose-columns")
	b.sees("dialog[open]", "Save columns")
	must(t, b.Locator("#move-down-status").Press("Enter"))
	b.sees("dialog[open] li:nth-child(3)", "State")
	if f := b.focused(); !strings.HasPrefix(f, "button#move-down-status") {
		t.Errorf("after a column was moved the focus is on %s", f)
	}
	must(t, b.Locator("#column-guid").Check())
	b.press("Save columns")
	b.sees("thead", "GUID")
	b.sees("thead th:nth-child(4)", "State")

	b.press("Saved views")
	b.press("Save this list…")
	b.sees("dialog[open]", "Share with")
	b.press("Save view")
	b.sees("dialog[open] #view-problem", "needs a name")
	b.fill("dialog[open] input[name=name]", "Behind for a day")
	b.press("Save view")
	b.at("/devices?*columns=*")
	b.press("Saved views")
	b.sees("#tools a[aria-current]", "Behind for a day")

	shown := b.text("#matching")
	b.press("Export")
	download, err := b.ExpectDownload(func() error { return b.Locator("#tools a[download]").First().Click() })
	must(t, err)
	if name := download.SuggestedFilename(); !strings.HasPrefix(name, "devices-20") || !strings.HasSuffix(name, ".csv") {
		t.Errorf("the file is called %s; the list shows %s", name, shown)
	}
}

// TestTheListOfDevicesWithoutScript does the same with plain links and forms.
func TestTheListOfDevicesWithoutScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	b := w.as(t, "mara", look{noScript: true})
	b.visit("/devices")
	b.press("Show counts and more filters")
	b.at("/devices?counts=true")
	b.click(`#facets a:has-text("Deactivated")`)
	b.at("/devices?active=false")
	b.press("All filters")
	must(t, firstError(b.Locator("#f-sort").SelectOption(playwright.SelectOptionValues{Values: playwright.StringSlice("-stored")})))
	b.press("Apply filters")
	b.at("/devices?active=false&sort=-stored")
	b.sees("th[aria-sort=descending]", "Stored")
	b.press("Columns")
	b.at("/devices/columns?*")
	b.click("#move-up-status")
	b.sees("li:first-child", "State")
	must(t, b.Locator("#column-username").Uncheck())
	b.press("Save columns")
	b.at("/devices?active=false&sort=-stored")
	b.sees("thead th.pick + th", "State")
	if strings.Contains(b.text("thead"), "User") {
		t.Error("a column that was taken away is there")
	}
	b.press("Saved views")
	b.press("Save this list…")
	b.fill("main input[name=name]", "Largest of those that are gone")
	b.press("Save view")
	b.press("Saved views")
	b.press("All views")
	b.at("/devices/views")
	b.press("Change…")
	b.press("Delete view")
	b.at("/devices/views")
	b.sees("main", "No view is saved yet")
}

// firstError drops what a call answers beside its error.
func firstError(_ []string, err error) error { return err }
