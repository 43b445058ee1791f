package e2e

import (
	"net/http"
	"strings"
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/settings"
)

// settingsScenes are the pages about settings: in force, as forms, under review, in conflict, half written, and what follows.
func (w *world) settingsScenes(t *testing.T) []scene {
	orgs := w.quiet(8)
	take := func() string {
		uid := orgs[0]
		orgs = orgs[1:]
		return uid
	}
	hand := w.as(t, "mara", look{noScript: true})
	hand.quiet = true
	page := func(uid string) string { return "/organizations/" + uid + "/settings" }
	many, manySheet := w.orgWhere(t, "twelve backup sets", func(s settings.Sheet) bool {
		sets, _ := s.Sets()
		return len(sets) == manySets
	})
	manySets, _ := manySheet.Sets()
	locked, lockedSheet := w.orgWhere(t, "a locked backup set", func(s settings.Sheet) bool {
		sets, _ := s.Sets()
		return len(sets) > 0 && sets[0].Locked
	})
	lockedSets, _ := lockedSheet.Sets()
	plain, set := w.unlockedSet(t)
	root := w.emulator.RootOrgUID()

	own := take()
	w.behind(t, own, map[settings.Key]string{settings.QuotaInherited: "false", "quota.archiveHoldDays": "400"})
	conflict := take()
	partly := w.halfWritten(hand, take())
	mended := w.halfWritten(hand, take())
	hand.visit(mended)
	hand.press("Send the rest")
	hand.at("/requests/*")
	hand.sees(".head .pill", "Done")
	hand.click("main a[href*='/operations/']")
	hand.at("/operations/*")
	sent := strings.TrimPrefix(hand.URL(), w.url)
	hand.visit(page(root) + "/defaults")
	hand.types("Critical after", "33")
	hand.reviews()
	hand.fill("#confirm textarea", "All vessels are at sea for a month, case 4502")
	hand.click("#confirm [type=submit]")
	hand.at("/requests/*")
	waiting := strings.TrimPrefix(hand.URL(), w.url)
	reviewing := func(b *tab) { b.reviews() }
	limits := func(b *tab) { b.types("Limit for users", "333"); b.types("Limit for administrators", "444") }
	return []scene{
		{"settings", "mara", at(page(own))},
		{"settings-inherited", "mara", at(page(plain))},
		{"settings-root", "mara", at(page(root))},
		{"settings-many-sets", "mara", at(page(many))},
		{"settings-manager", "ola", at(page(w.firstBelow(root)))},
		{"settings-viewer", "emil", at(page(w.device.OrgUID))},
		{"settings-vendor-down", "mara", func(b *tab) {
			w.emulator.FailNext(backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v1/OrgSetting/"}, backupemu.Failure{Status: http.StatusForbidden}, 1)
			b.visit(page(own))
		}},
		{"settings-quota", "mara", at(page(own) + "/quota")},
		{"settings-quota-inherited", "mara", at(page(plain) + "/quota")},
		{"settings-reporting", "mara", at(page(own) + "/reporting")},
		{"settings-restore", "mara", at(page(own) + "/restore")},
		{"settings-defaults", "mara", at(page(own) + "/defaults")},
		{"settings-endpoint", "mara", at(page(own) + "/endpoint")},
		{"settings-set", "mara", at(page(plain) + "/set-" + set)},
		{"settings-set-rows", "mara", then(page(plain)+"/set-"+set, func(b *tab) {
			b.adds("Files in", "/srv/<b>“quotes”</b> and a path that somebody typed at length/which goes on/and on/")
			b.adds("Patterns out", `.*\.(tmp|bak|part)$`)
		})},
		{"settings-set-many", "mara", at(page(many) + "/set-" + manySets[0].ID)},
		{"settings-set-locked", "mara", at(page(locked) + "/set-" + lockedSets[0].ID)},
		{"settings-problem", "mara", then(page(own)+"/quota", func(b *tab) {
			b.types("Days in cold storage", "plenty")
			b.press("Review changes")
			b.sees("#problems", "Days in cold storage")
		})},
		{"settings-nothing", "mara", then(page(own)+"/restore", pressing("Review changes"))},
		{"settings-review", "mara", then(page(own)+"/quota", func(b *tab) {
			b.types("Days in cold storage", "30")
			b.types("User subscriptions", "50")
			b.reviews()
		})},
		{"settings-review-breaks", "mara", then(page(plain)+"/quota", func(b *tab) {
			b.click("#settings-form fieldset.switch input[value=false]")
			b.types("Days in cold storage", "30")
			b.reviews()
		})},
		{"settings-review-set", "mara", then(page(plain)+"/set-"+set, func(b *tab) {
			b.adds("Files in", "/srv/projects/")
			b.removes("Files in")
			b.reviews()
		})},
		{"settings-review-many", "mara", then(page(root)+"/defaults", func(b *tab) { b.types("Warn after", "12") }, reviewing)},
		{"settings-review-problem", "mara", then(page(own)+"/restore", limits, reviewing, clicking("#confirm [type=submit]"), seeing("#confirm", "reason"))},
		{"settings-conflict", "mara", func(b *tab) {
			w.behind(t, conflict, map[settings.Key]string{userLimit: "100", adminLimit: "200"})
			b.visit(page(conflict) + "/restore")
			limits(b)
			w.behind(t, conflict, map[settings.Key]string{userLimit: "111", adminLimit: "222"})
			b.press("Review changes")
			b.sees(merging, "Limit for users")
		}},
		{"settings-operation-partly", "mara", at(partly)},
		{"settings-operation", "mara", at(sent)},
		{"settings-operation-mended", "mara", at(mended)},
		{"settings-undo", "mara", then(sent, pressing("Put it back…"), seeing("#review", "Before"))},
		{"settings-request", "ingrid", at(waiting)},
		{"settings-key", "mara", then(page(own), clicking(`section[aria-labelledby="h-key"] form button`))},
		{"audit-settings", "mara", then("/audit?action=org.settings", clicking("tbody tr a.fill"))},
	}
}

// acrossScenes are settings of many things at once, and what is changed of an organization or a device beside them.
func (w *world) acrossScenes(t *testing.T) []scene {
	root, own, device := w.emulator.RootOrgUID(), w.quiet(1)[0], "/devices/"+w.device.GUID
	w.behindDevice(t, w.device.GUID, map[settings.Key]string{"defaults.minutesUntilWarning": "110880"})
	return []scene{
		{"device-settings", "mara", at(device + "/settings")},
		{"device-settings-defaults", "mara", at(device + "/settings/defaults")},
		{"device-follow", "mara", at(device + "/follow")},
		{"device-edit", "mara", at(device + "/edit")},
		{"device-edit-problem", "mara", then(device+"/edit", func(b *tab) {
			b.fill("#confirm [name='param.name']", "")
			b.click("#confirm [type=submit]")
			b.sees("#confirm", "cannot be empty")
		})},
		{"device-upgrade", "mara", at(device + "/upgrade")},
		{"organization-create", "mara", at("/organizations/" + own + "/create")},
		{"organization-edit", "mara", at("/organizations/" + own + "/edit")},
		{"settings-copy", "mara", at("/organizations/" + own + "/settings/copy")},
		{"settings-copy-chosen", "mara", at("/organizations/" + own + "/settings/copy?from=" + root)},
		{"full-disk-access", "mara", at("/organizations/" + root + "/full-disk-access?below=true")},
		{"full-disk-access-none", "mara", at("/organizations/" + own + "/full-disk-access")},
		{"drift", "mara", func(b *tab) { b.awaits("/organizations/"+root+"/drift?below=true", "tbody", "days") }},
		{"drift-manager", "ola", at("/organizations/" + w.firstBelow(root) + "/drift?below=true")},
		{"drift-none", "mara", at("/organizations/" + own + "/drift?q=nothing+is+called+this")},
	}
}

// halfWritten makes a change of which the second part fails, and answers the address of its operation.
func (w *world) halfWritten(b *tab, uid string) string {
	b.t.Helper()
	b.visit("/organizations/" + uid + "/settings/restore")
	b.switches("Restore in the browser", map[string]string{"true": "no", "false": "yes"}[w.inForce(b.t, uid, settings.WebRestore)])
	b.types("Limit for users", "333")
	b.reviews()
	w.emulator.FailNext(w.documentOf(uid), backupemu.Failure{Status: http.StatusBadRequest}, 1)
	b.fill("#confirm textarea", "The restore desk moves, case 4471")
	b.click("#confirm [type=submit]")
	b.at("/requests/*")
	b.sees(".head .pill", "part")
	b.click("main a[href*='/operations/']")
	b.at("/operations/*")
	b.sees(".st.pill", "part")
	return strings.TrimPrefix(b.URL(), w.url)
}
