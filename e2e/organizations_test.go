package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"

	backupemu "backup-portal/internal/emulator/backup"
)

// onItem fails unless the focus is on the item of the tree with this name.
func (b *tab) onItem(name string) {
	b.t.Helper()
	value, err := b.Evaluate(`() => { const e = document.activeElement; return e.getAttribute("role") + " " + (e.querySelector(".name") || e).textContent.trim(); }`)
	must(b.t, err)
	if value != "treeitem "+name {
		b.t.Fatalf("%s: the focus is on %q, want the item %q", b.URL(), value, name)
	}
}

// wayTo is the chain of organizations from the root to where the world's device is.
func (w *world) wayTo(uid string) []backupemu.Org {
	for _, o := range w.emulator.Snapshot().Orgs {
		if o.UID == uid {
			if o.ParentUID == "" {
				return []backupemu.Org{o}
			}
			return append(w.wayTo(o.ParentUID), o)
		}
	}
	return nil
}

// TestTreeByKeyboard walks the tree to an organization and to its device without a mouse.
func TestTreeByKeyboard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	b := w.as(t, "mara", look{})
	b.goesTo("o")
	b.at("/organizations")
	way := w.wayTo(w.device.OrgUID)
	if len(way) < 2 {
		t.Fatal("the device lies at the root")
	}
	b.tabTo("Filter")
	b.key("Tab")
	b.onItem(way[0].Name)
	b.key("ArrowLeft") // the root was open
	if n := b.count("[role=treeitem]:visible"); n != 1 {
		t.Errorf("closed, the tree shows %d items", n)
	}
	b.at("/organizations?open=none")
	b.key("ArrowRight", "ArrowRight")
	for i, o := range way[1:] {
		b.spells(o.Name, 0) // typing jumps to a name
		b.onItem(o.Name)
		if i == len(way)-2 {
			break
		}
		b.key("ArrowRight")
		b.sees(`[role=treeitem]:focus[aria-expanded="true"] > [role=group]`, "")
		b.onItem(o.Name) // the focus stays where it was while the level is fetched
		b.sees("#live", o.Name+":")
		b.key("ArrowDown")
	}
	if _, err := b.Reload(); err != nil {
		t.Fatal(err)
	}
	last := way[len(way)-1]
	if n := b.count(`[role=treeitem][data-uid="` + last.UID + `"]`); n != 1 {
		t.Errorf("after a reload the tree shows the organization %d times", n)
	}
	b.tabTo("Filter")
	b.key("Tab", "End", "Home")
	b.onItem(way[0].Name)
	for range 60 {
		uid, err := b.Evaluate(`() => document.activeElement.dataset.uid || ""`)
		must(t, err)
		if uid == last.UID {
			break
		}
		b.key("ArrowDown")
	}
	b.key("Enter")
	b.at("/organizations/" + last.UID)
	b.tabTo("Summary")
	b.key("Tab", "Enter")
	b.at("/organizations/" + last.UID + "/devices")
	b.key("j")
	for range 60 {
		if strings.Contains(b.focused(), w.device.Name) {
			break
		}
		b.key("ArrowDown")
	}
	b.key("Enter")
	b.at("/devices/" + w.device.GUID)
	b.goesTo("u")
	b.at("/users")
	if w.changes() != 0 {
		t.Error("reading sent a change")
	}
}

// TestATreesNamesAreTyped: letters are one name within the second that the browser's own lists wait; later ones begin
// another.
func TestATreesNamesAreTyped(t *testing.T) {
	t.Parallel()
	b := newWorld(t, small).as(t, "mara", look{})
	b.visit("/organizations")
	names, err := b.Locator("[role=treeitem] > .row > .name").AllInnerTexts()
	must(t, err)
	root, last := names[0], names[len(names)-1]
	letters := last[:1] + root[:1]
	if last[0] == root[0] || slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, letters) }) {
		t.Fatalf("%q and %q cannot tell one name from two", root, last)
	}
	for apart, want := range map[int]string{900: last[:1], 1100: root[:1]} {
		b.focusFirst()
		b.spells(letters, apart)
		value, err := b.Evaluate(`() => document.activeElement.querySelector(".name").textContent.trim()`)
		must(t, err)
		if !strings.HasPrefix(value.(string), want) {
			t.Errorf("%q typed %d ms apart stands on %q, want a name with %q", letters, apart, value, want)
		}
	}
}

// focusFirst puts the focus on the tree's first item, and ends what was typed there.
func (b *tab) focusFirst() {
	b.t.Helper()
	must(b.t, b.Locator("[role=treeitem]").First().Focus())
	b.key("Home")
}

// TestTreeLoads fetches levels by mouse, the next part of a long one in its place, and tells when it cannot.
func TestTreeLoads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fleetSize{orgs: 700, users: 80, devices: 160})
	b := w.as(t, "mara", look{})
	b.visit("/organizations")
	crowded := w.crowdedOrg()
	item := `[role=treeitem][data-uid="` + crowded + `"]`
	b.click(item + " > .row > .tw")
	b.sees(item+" .rest", "Next 200 of 600")
	if n := b.count(item + " > [role=group] > [data-uid]"); n != 200 {
		t.Errorf("a level of 600 shows %d", n)
	}
	b.sees("#live", "200 shown")
	b.at("/organizations?open=*" + crowded + "*")
	must(t, b.Locator(item+" .rest").Focus())
	b.key("Enter")
	b.sees("#live", "200 more shown")
	if n := b.count(item + " > [role=group] > [data-uid]"); n != 400 {
		t.Errorf("with the next 200 there are %d", n)
	}
	place, err := b.Evaluate(`() => document.activeElement.getAttribute("aria-posinset")`)
	must(t, err)
	if place != "201" {
		t.Errorf("the focus is on item %v, want the first of the new ones", place)
	}
	if n := b.count(`[role=treeitem][tabindex="0"]`); n != 1 {
		t.Errorf("Tab stops %d times in the tree", n)
	}
	b.at("/organizations?open=" + crowded + "~400")
	if _, err := b.Reload(); err != nil {
		t.Fatal(err)
	}
	if n := b.count(item + " > [role=group] > [data-uid]"); n != 400 {
		t.Errorf("after a reload %d are back", n)
	}
	b.accessible("tree with 400 of 600")
	b.fits("tree with 400 of 600")
	far := b.Locator(item + " > [role=group] > li").Nth(350)
	uid, err := far.GetAttribute("data-uid")
	must(t, err)
	must(t, far.Locator(":scope > .row > .name").Click())
	b.at("/organizations/" + uid)
	if _, err := b.GoBack(); err != nil {
		t.Fatal(err)
	}
	b.sees(`[data-uid="`+uid+`"][tabindex="0"]:focus`, "")

	b.quiet = true // the failed request stands in the console
	must(t, b.Route("**/children", func(r playwright.Route) {
		must(t, r.Fulfill(playwright.RouteFulfillOptions{Status: playwright.Int(http.StatusBadGateway)}))
	}))
	other := b.Locator(`[role=treeitem][aria-expanded="false"] > .row > .tw`).First()
	must(t, other.Click())
	b.sees("#message", "could not be read")
	if n := b.count(`[role=treeitem][aria-busy="true"]`); n != 0 {
		t.Errorf("%d items stay busy", n)
	}
}

// TestTreeIsRestored opens more than a page has room for: after a reload all of it is back, and the address as it was.
func TestTreeIsRestored(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fleetSize{orgs: 1500, users: 20, devices: 40})
	b := w.as(t, "mara", look{})
	crowded := w.crowdedOrg()
	var vessels []string
	children := map[string]int{}
	for _, o := range w.emulator.Snapshot().Orgs {
		children[o.ParentUID]++
		if o.ParentUID == crowded {
			vessels = append(vessels, o.UID)
		}
	}
	var open []string
	want := 1 + children[w.emulator.RootOrgUID()] + len(vessels)
	for _, uid := range vessels {
		if children[uid] > 0 && len(open) < 45 {
			open = append(open, uid)
			want += children[uid]
		}
	}
	address := "/organizations?open=" + crowded + "~600," + strings.Join(open, ",")
	b.visit(address)
	_, err := b.WaitForFunction(`(want) => document.querySelectorAll("[role=treeitem][data-uid]").length === want`, want)
	must(t, err)
	if n := b.count("[data-unfinished], [aria-busy=true], .rest"); n != 0 {
		t.Errorf("%d places are unfinished", n)
	}
	for _, uid := range open {
		if !strings.Contains(b.URL(), uid) {
			t.Errorf("%s is no longer in the address", uid)
		}
	}
	if n := b.count(`[role=treeitem][tabindex="0"]`); n != 1 {
		t.Errorf("Tab stops %d times in the tree", n)
	}
}

// TestTreeNarrowAndWithoutScript finds the way by links alone, and at 390 pixels.
func TestTreeNarrowAndWithoutScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	for name, l := range map[string]look{"without script": {noScript: true}, "narrow": {width: 390}, "narrow without script": {width: 390, noScript: true}} {
		b := w.as(t, "mara", l)
		b.press("Organizations")
		way := w.wayTo(w.device.OrgUID)
		for _, o := range way[1 : len(way)-1] {
			b.click(`[data-uid="` + o.UID + `"] > .row > .tw`)
			b.sees(`[data-uid="`+o.UID+`"][aria-expanded="true"] > [role=group]`, "")
		}
		b.fits(name)
		b.click(`[data-uid="` + w.device.OrgUID + `"] > .row > .name`)
		b.at("/organizations/" + w.device.OrgUID)
		b.fits(name)
		b.click(`.tabs a:has-text("Devices")`)
		b.click(`tbody a:has-text("` + w.device.Name + `")`)
		b.at("/devices/" + w.device.GUID)
		b.click(`.breadcrumbs a:has-text("` + way[len(way)-1].Name + `")`)
		b.at("/organizations/" + w.device.OrgUID)
		b.press("Organizations")
		b.fill("main input[name=q]", way[len(way)-1].Name)
		b.press("Filter")
		b.at("/organizations?q=*")
		b.sees("tbody", way[len(way)-1].Name)
		b.fits(name)
	}
}

// TestOrganizationsInTrouble runs axe over what the pages say when the vendor does not answer or nothing is found.
func TestOrganizationsInTrouble(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	w.emulator.FailNext(backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v3/orgs"}, backupemu.Failure{Status: 500}, 1000)
	w.emulator.FailNext(backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v1/User/"}, backupemu.Failure{Status: 500}, 1000)
	for name, l := range map[string]look{"light": {}, "narrow dark": {dark: true, width: 390}} {
		b := w.as(t, "mara", l)
		for page, says := range map[string]string{
			"/organizations/" + w.device.OrgUID: "Shown is what the portal knew", "/users/" + w.device.UserUID: "Shown is what the portal knew",
			"/organizations?q=nothing+is+called+this": "No organization matches", "/users?q=nothing+is+called+this": "No user matches",
			"/organizations?within=" + w.emulator.RootOrgUID(): "Below",
		} {
			b.visit(page)
			b.sees("main", says)
			b.accessible(name + " " + says)
			b.fits(name + " " + says)
		}
	}
}
