package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"

	"backup-portal/internal/settings"
)

// unlockedSet finds an organization whose first backup set can be edited, and the key of one of its values.
func (w *world) unlockedSet(t testing.TB) (uid, set string) {
	t.Helper()
	quiet := w.quiet(8)
	uid, sheet := w.orgWhere(t, "a backup set that can be edited", func(s settings.Sheet) bool {
		sets, _ := s.Sets()
		own, _ := s.Value("general.orgUid")
		return slices.Contains(quiet, own.Own) && len(sets) > 0 && !sets[0].Locked
	})
	sets, _ := sheet.Sets()
	return uid, sets[0].ID
}

// adds writes an entry into a new row of a list.
func (b *tab) adds(legend, entry string) {
	b.t.Helper()
	list := b.Locator(`#settings-form fieldset:has(> legend:text-is("` + legend + `"))`)
	rows, err := list.Locator("input").Count()
	must(b.t, err)
	must(b.t, list.Locator("button[name=add]").Click())
	must(b.t, list.Locator("input").Nth(rows).Fill(entry))
}

// removes takes the first row of a list away.
func (b *tab) removes(legend string) {
	b.t.Helper()
	list := b.Locator(`#settings-form fieldset:has(> legend:text-is("` + legend + `"))`)
	rows, err := list.Locator("input").Count()
	must(b.t, err)
	must(b.t, list.Locator("button[name=remove]").First().Click())
	must(b.t, list.Locator("input").Nth(rows-1).WaitFor(playwright.LocatorWaitForOptions{State: playwright.WaitForSelectorStateDetached}))
}

// TestABackupSet edits files in and out, patterns, schedule, retention and destinations of one set, with script and without.
func TestABackupSet(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small, "PORTAL_RULES", roomy)
	uid, set := w.unlockedSet(t)
	page := "/organizations/" + uid + "/settings"
	value := func(name string) string { return w.own(t, uid, settings.Key("set."+set+"."+name)) }
	for round, l := range []look{{}, {noScript: true}} {
		b := w.as(t, "mara", l)
		entry := []string{"with script", "without script"}[round]
		b.visit(page)
		b.click(`section[aria-labelledby="h-sets"] tbody a.fill`)
		b.at(page + "/set-" + set)
		b.adds("Files in", "/srv/"+entry+"/")
		b.adds("Files out", "/srv/"+entry+"/tmp/")
		b.adds("Patterns out", ".*\\."+strings.ReplaceAll(entry, " ", "-"))
		if round == 1 {
			b.removes("Files in")
		}
		b.types("New version every", []string{"2 hours", "3 hours"}[round])
		b.types("Keep deleted files for", []string{"40 days", "50 days"}[round])
		b.switches("Keep deleted files for good", "no")
		must(t, b.Locator("#settings-form fieldset:has(> legend:text-is('Destinations')) select").First().
			Press([]string{"ArrowDown", "ArrowUp"}[round]))
		b.reviews()
		b.sees("#review ins", "/srv/"+entry+"/")
		b.sees("#review", "New version every")
		b.sends("case 4471, " + entry)
		for name, want := range map[string]string{"includes": "/srv/" + entry + "/", "excludes": "/srv/" + entry + "/tmp/", "patterns": strings.ReplaceAll(entry, " ", "-")} {
			if got := value(name); !strings.Contains(got, want) {
				t.Errorf("%s, %s: %s is %s", entry, name, want, got)
			}
		}
		if got, want := value("backupFrequency"), []string{"7200000", "10800000"}[round]; got != want {
			t.Errorf("%s: a new version every %s ms, want %s", entry, got, want)
		}
		if got, want := value("keepDeletedMinutes"), []string{"57600", "72000"}[round]; got != want {
			t.Errorf("%s: deleted files are kept for %s minutes, want %s", entry, got, want)
		}
	}
}
