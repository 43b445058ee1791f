package e2e

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
	_ "modernc.org/sqlite" // the driver "sqlite"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/emulator/idp"
)

// managed are active devices in the part of the fleet where the org manager works, none of them on hold, each of another
// user.
func (w *world) managed(n int) []backupemu.Device {
	w.t.Helper()
	snapshot := w.emulator.Snapshot()
	parents, owners := map[string]string{}, map[string]bool{}
	for _, o := range snapshot.Orgs {
		parents[o.UID] = o.ParentUID
	}
	top := w.firstBelow(w.emulator.RootOrgUID())
	var found []backupemu.Device
	for _, d := range snapshot.Devices {
		uid := d.OrgUID
		for uid != "" && uid != top {
			uid = parents[uid]
		}
		if len(found) == n || uid == "" || !d.Active || d.Blocked || d.Deauthorized || owners[d.UserUID] || strings.Count(d.Name, "-") != 2 {
			continue
		}
		owners[d.UserUID] = true
		must(w.t, w.emulator.SetHold(d.UserUID, false))
		found = append(found, d)
	}
	if len(found) < n {
		w.t.Fatalf("the manager's part of the fleet has only %d such devices", len(found))
	}
	return found
}

// signedInLongAgo signs somebody in by a provider that does not say when they last proved who they are.
func (w *world) signedInLongAgo(t testing.TB, who string, l look) *tab {
	t.Helper()
	w.identity.Break(idp.Faults{OmitAuthTime: true})
	defer w.identity.Break(idp.Faults{})
	return w.as(t, who, l)
}

// again proves who one is a second time, on the provider's page.
func (b *tab) again(who string) {
	b.t.Helper()
	b.sees("h1", "Who do you want to be")
	b.click(fmt.Sprintf(`a[href*="%s"], button[value="%s"]`, who, who))
}

// asks asks for a change of a device and answers the address of the request.
func (b *tab) asks(page, verb, button, reason string) string {
	b.t.Helper()
	b.visit(page + "/" + verb)
	b.fill("textarea[name=reason]", reason)
	b.press(button)
	b.at("/requests/*")
	return strings.TrimPrefix(b.URL(), b.world.url)
}

func (w *world) isActive(guid string) bool {
	for _, d := range w.emulator.Snapshot().Devices {
		if d.GUID == guid {
			return d.Active
		}
	}
	return false
}

// age changes times in the portal's database, as if it were later.
func (w *world) age(statement string) {
	w.t.Helper()
	db, err := sql.Open("sqlite", strings.TrimPrefix(w.settings["PORTAL_DATABASE_URL"], "sqlite:")+"?_pragma=busy_timeout(10000)")
	must(w.t, err)
	defer db.Close()
	_, err = db.ExecContext(w.t.Context(), statement)
	must(w.t, err)
}

// awaits visits a page again until it says so.
func (b *tab) awaits(path, selector, words string) {
	b.t.Helper()
	for range 120 {
		b.visit(path)
		found := b.Locator(selector, playwright.PageLocatorOptions{HasText: words}).First()
		if found.WaitFor(playwright.LocatorWaitForOptions{Timeout: playwright.Float(500)}) == nil {
			return
		}
	}
	b.t.Fatalf("%s does not come to say %q", path, words)
}

// childless is an organization without others below it and without anybody on hold.
func (w *world) childless() string {
	snapshot := w.emulator.Snapshot()
	parent := map[string]bool{w.emulator.RootOrgUID(): true}
	for _, o := range snapshot.Orgs {
		parent[o.ParentUID] = true
	}
	for _, o := range snapshot.Orgs {
		if !parent[o.UID] && o.Active && !o.Blocked {
			for _, u := range snapshot.Users {
				if u.OrgUID == o.UID {
					must(w.t, w.emulator.SetHold(u.UID, false))
				}
			}
			return o.UID
		}
	}
	w.t.Fatal("every organization has others below it")
	return ""
}
