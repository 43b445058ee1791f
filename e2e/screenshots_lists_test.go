package e2e

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/playwright-community/playwright-go"

	backupemu "backup-portal/internal/emulator/backup"
)

// then visits a page and does something there.
func then(path string, does ...func(b *tab)) func(*tab) {
	return func(b *tab) {
		b.visit(path)
		for _, do := range does {
			do(b)
		}
	}
}

func pressing(name string) func(*tab) { return func(b *tab) { b.press(name) } }

func clicking(selector string) func(*tab) { return func(b *tab) { b.click(selector) } }

func seeing(selector, words string) func(*tab) { return func(b *tab) { b.sees(selector, words) } }

// lists are what people make of the lists of devices and users, and what these say in trouble.
func (w *world) lists(t *testing.T) []scene {
	w.keepView(t, "ola", "Behind for a week", "active=true&backup-before=7d", true)
	w.keepView(t, "mara", "Blocked laptops of the Oslo office that nobody has asked about since the summer", "active=true&blocked=true", false)
	w.keepView(t, "mara", "Largest first", "sort=-stored", true)
	narrowed := "/devices?active=true&os=win&backup-before=7d&sort=-stored&org=" + w.emulator.RootOrgUID()
	counted := func(b *tab) { // folded on a narrow screen
		attached := playwright.LocatorWaitForOptions{State: playwright.WaitForSelectorStateAttached}
		must(b.t, b.Locator(`#facets [aria-label="Client version"]`).WaitFor(attached))
	}
	return []scene{
		{"devices-counts", "mara", then(narrowed, counted, func(b *tab) {
			if fold := b.Locator(".fold > summary:visible"); b.count(".fold > summary:visible") > 0 {
				must(b.t, fold.Click())
			}
		})},
		{"devices-filters", "mara", then(narrowed, counted, pressing("All filters"))},
		{"devices-filter-problem", "mara", then("/devices?backup-before=soon&keep-newest=much&active=maybe", seeing(".note", "not right"))},
		{"devices-none-match", "mara", at(narrowed + "&q=nothing+is+called+this&blocked=true")},
		{"devices-focus", "mara", then("/devices", counted, func(b *tab) { b.key("j", "j", "j") })},
		{"devices-many-columns", "mara", then("/devices?columns=name,guid,status,organization,username,lastConnected,lastCompletedBackup,totalStorageBytes,productVersion,osName,osVersion,osHostname,alerts", counted)},
		{"columns-page", "mara", at("/devices/columns")},
		{"columns-dialog", "mara", then("/devices", counted, pressing("Columns"), seeing("dialog[open]", "Save columns"))},
		{"views-menu", "mara", then(narrowed, counted, pressing("Saved views"))},
		{"views", "mara", at("/devices/views")},
		{"view-new", "mara", then(narrowed, counted, pressing("Saved views"), pressing("Save this list…"), seeing("dialog[open]", "Share with"))},
		{"view-problem", "mara", then(narrowed, counted, pressing("Saved views"), pressing("Save this list…"), pressing("Save view"), seeing("dialog[open]", "needs a name"))},
		{"view-change", "mara", then("/devices/views", clicking(`tr:has-text("Largest first") .btn`), seeing("dialog[open]", "Delete view"))},
		{"view-of-another", "mara", then("/devices/views", clicking(`tr:has-text("Ola Brandt") .btn`), seeing("dialog[open]", "Saved by"))},
		{"export-menu", "mara", then(narrowed, counted, pressing("Export"))},
		{"export-menu-viewer", "emil", then("/devices", counted, pressing("Export"))},
		{"users-none-match", "mara", at("/users?q=nothing+is+called+this&blocked=true")},
		{"organization-vendor-down", "mara", w.refusing("/api/v3/orgs/", "/organizations/"+w.device.OrgUID)},
		{"user-vendor-down", "mara", w.refusing("/api/v1/User/", "/users/"+w.device.UserUID)},
		{"organization-blocked", "mara", w.blockedOrg(t)},
		{"overview-tables", "mara", then("/", clicking("#pictures .cols-2 details.figures > summary"), clicking("#states details.figures > summary"))},
	}
}

// keepView saves a list of devices under a name, for oneself or for everybody at one's organization.
func (w *world) keepView(t *testing.T, who, name, list string, shared bool) {
	b := w.as(t, who, look{noScript: true})
	b.visit("/devices/views/new?" + list)
	b.fill("main input[name=name]", name)
	if shared {
		must(t, firstError(b.Locator("#view-share").SelectOption(playwright.SelectOptionValues{Indexes: playwright.IntSlice(1)})))
	}
	b.press("Save view")
	b.at("/devices?*")
}

// refusing shows a page for which the vendor turns the reading down.
func (w *world) refusing(vendorPath, page string) func(*tab) {
	return func(b *tab) {
		w.emulator.FailNext(backupemu.Match{Method: http.MethodGet, PathPrefix: vendorPath}, backupemu.Failure{Status: http.StatusForbidden}, 1)
		b.visit(page)
		b.sees(".note", "Shown is what the portal knew")
	}
}

// blockedOrg blocks an organization, once, and shows it.
func (w *world) blockedOrg(t *testing.T) func(*tab) {
	page := "/organizations/" + w.mixedOrg()
	var done bool
	return func(b *tab) {
		if !done {
			done = true
			hand := w.as(t, "mara", look{noScript: true})
			hand.visit(page + "/block")
			hand.fill("textarea[name=reason]", "Contract ended, case 4581")
			hand.click("main form [type=submit]")
			hand.at("/operations/*")
		}
		b.visit(page)
		b.sees(".st.pill", "locked")
	}
}

// people are the pages about who is signed in, and where the focus shows at first.
func (w *world) people(t *testing.T) []scene {
	w.as(t, "tuva", look{})
	w.as(t, "sofie", look{})
	return []scene{
		{"sessions", "mara", at("/account/sessions")},
		{"people", "mara", at("/people")},
		{"people-sign-out", "mara", at("/people/sign-out?person=" + url.QueryEscape(w.settings["PORTAL_OIDC_ISSUER"]+"|sub-tuva"))},
		{"people-sign-out-dialog", "mara", then("/people", clicking(`tr:has-text("Tuva Hagen") .btn`), seeing("dialog[open]", "Tuva Hagen"))},
		{"skip-link", "mara", then("/organizations", func(b *tab) { b.key("Tab") })},
	}
}

// wide is a level of the tree that is shown in parts.
func (w *world) wide() []scene {
	level := "/organizations?within=" + w.emulator.RootOrgUID()
	return []scene{
		{"tree-next", "mara", then("/organizations", seeing(".rest", "Next 200"))},
		{"tree-level", "mara", then(level, seeing(".pager", "Next"))},
		{"tree-focus", "mara", then("/organizations", func(b *tab) {
			must(b.t, b.Locator("[role=treeitem]").First().Focus())
			b.key("ArrowDown", "ArrowDown", "ArrowRight")
			b.sees("#live", "shown")
		})},
	}
}
