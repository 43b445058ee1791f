package e2e

import (
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"backup-portal/internal/action"
	backupemu "backup-portal/internal/emulator/backup"
)

// accessiblePages has a row for each GET route that draws a page; TestEveryPageHasAnAccessibilityRow fails for one without.
var accessiblePages = map[string]func(b *tab, w *world){
	"/":                          func(b *tab, _ *world) { b.visit("/"); b.sees("#pictures:not([hx-get])", "") },
	"/devices":                   func(b *tab, _ *world) { b.visit("/devices?q=a&active=true") },
	"/devices/columns":           func(b *tab, _ *world) { b.visit("/devices/columns?q=a") },
	"/devices/views":             func(b *tab, _ *world) { b.visit("/devices/views") },
	"/devices/views/new":         func(b *tab, _ *world) { b.visit("/devices/views/new?active=true") },
	"/devices/views/:id":         (*tab).openView,
	"/devices/:guid":             func(b *tab, w *world) { b.visit("/devices/" + w.device.GUID) },
	"/devices/:guid/block":       func(b *tab, w *world) { b.visit("/devices/" + w.device.GUID + "/block") },
	"/devices/:guid/unblock":     func(b *tab, w *world) { b.visit("/devices/" + w.device.GUID + "/unblock") },
	"/devices/:guid/deauthorize": func(b *tab, w *world) { b.visit("/devices/" + w.otherDevice() + "/deauthorize") },
	"/devices/:guid/deactivate":  func(b *tab, w *world) { b.visit("/devices/" + w.otherDevice() + "/deactivate") },
	"/devices/:guid/reactivate":  func(b *tab, w *world) { b.visit("/devices/" + w.otherDevice() + "/reactivate") },
	"/devices/several": func(b *tab, w *world) {
		b.visit(severalURL("device.deactivate", w.emulator.Snapshot().Devices[:12]))
		b.sees("main", "12 devices, read from the backup service just now")
	},
	"/organizations/:uid/deactivate": func(b *tab, w *world) { b.visit("/organizations/" + w.device.OrgUID + "/deactivate") },
	"/organizations/:uid/reactivate": func(b *tab, w *world) { b.visit("/organizations/" + w.device.OrgUID + "/reactivate") },
	"/organizations":                 func(b *tab, w *world) { b.visit("/organizations?open=" + w.emulator.RootOrgUID()) },
	"/organizations/:uid":            func(b *tab, w *world) { b.visit("/organizations/" + w.emulator.RootOrgUID()) },
	"/organizations/:uid/children":   func(b *tab, w *world) { b.visit("/organizations/" + w.emulator.RootOrgUID() + "/children") },
	"/organizations/:uid/devices":    func(b *tab, w *world) { b.visit("/organizations/" + w.device.OrgUID + "/devices") },
	"/organizations/:uid/users":      func(b *tab, w *world) { b.visit("/organizations/" + w.emulator.RootOrgUID() + "/users") },
	"/organizations/:uid/access":     func(b *tab, w *world) { b.visit("/organizations/" + w.device.OrgUID + "/access") },
	"/organizations/:uid/activity":   func(b *tab, w *world) { b.visit("/organizations/" + w.device.OrgUID + "/activity") },
	"/organizations/:uid/full-disk-access": func(b *tab, w *world) {
		b.visit("/organizations/" + w.emulator.RootOrgUID() + "/full-disk-access?below=true")
	},
	"/organizations/:uid/drift": func(b *tab, w *world) {
		b.visit("/organizations/" + w.emulator.RootOrgUID() + "/drift?below=true")
	},
	"/organizations/:uid/edit":     func(b *tab, w *world) { b.visit("/organizations/" + w.device.OrgUID + "/edit") },
	"/organizations/:uid/create":   func(b *tab, w *world) { b.visit("/organizations/" + w.device.OrgUID + "/create") },
	"/organizations/:uid/settings": func(b *tab, w *world) { b.visit("/organizations/" + w.device.OrgUID + "/settings") },
	"/organizations/:uid/settings/:group": func(b *tab, w *world) {
		b.visit("/organizations/" + w.emulator.RootOrgUID() + "/settings/set-1")
		b.sees("#settings-form", "Files in")
	},
	"/organizations/:uid/change-settings": func(b *tab, w *world) {
		b.visit("/organizations/" + w.device.OrgUID + "/settings/restore")
		b.fill(`[name="v.restore.webRestoreUserLimitMb"]`, "331")
		b.press("Review changes")
		b.sees("h1", "Review the change")
	},
	"/devices/:guid/settings":        func(b *tab, w *world) { b.visit("/devices/" + w.device.GUID + "/settings") },
	"/devices/:guid/settings/:group": func(b *tab, w *world) { b.visit("/devices/" + w.device.GUID + "/settings/defaults") },
	"/devices/:guid/change-settings": func(b *tab, w *world) {
		b.visit("/devices/" + w.device.GUID + "/settings/defaults")
		b.fill(`[name="v.defaults.minutesUntilWarning"]`, "3.25")
		b.press("Review changes")
		b.sees("h1", "Review the change")
	},
	"/organizations/:uid/settings/copy": func(b *tab, w *world) {
		b.visit("/organizations/" + w.emulator.RootOrgUID() + "/settings/copy?from=" + w.device.OrgUID)
	},
	"/devices/:guid/edit":         func(b *tab, w *world) { b.visit("/devices/" + w.otherDevice() + "/edit") },
	"/devices/:guid/upgrade":      func(b *tab, w *world) { b.visit("/devices/" + w.otherDevice() + "/upgrade") },
	"/devices/:guid/follow":       func(b *tab, w *world) { b.visit("/devices/" + w.otherDevice() + "/follow") },
	"/users":                      func(b *tab, w *world) { b.visit("/users?active=true&org=" + w.emulator.RootOrgUID()) },
	"/users/:uid":                 func(b *tab, w *world) { b.visit("/users/" + w.emulator.Snapshot().Devices[0].UserUID) },
	"/organizations/:uid/block":   func(b *tab, w *world) { b.visit("/organizations/" + w.emulator.RootOrgUID() + "/block") },
	"/organizations/:uid/unblock": func(b *tab, w *world) { b.visit("/organizations/" + w.emulator.RootOrgUID() + "/unblock") },
	"/operations/:id":             func(b *tab, w *world) { b.visit(w.operation) },
	"/requests":                   func(b *tab, _ *world) { b.visit("/requests") },
	"/requests/:id":               func(b *tab, w *world) { b.visit(w.request); b.sees("main", "read from the backup service just now") },
	"/requests/:id/now":           func(b *tab, w *world) { b.visit(w.request + "/now") },
	"/audit":                      func(b *tab, _ *world) { b.visit("/audit"); b.click("tbody tr a.fill") },
	"/reference":                  func(b *tab, _ *world) { b.visit("/reference") },
	"/auth/signed-out":            func(b *tab, _ *world) { b.visit("/auth/signed-out") },
	"/account/sessions":           func(b *tab, _ *world) { b.visit("/account/sessions") },
	"/people":                     func(b *tab, _ *world) { b.visit("/people") },
	"/people/sign-out": func(b *tab, w *world) {
		w.client(b.t, "tuva")
		b.visit("/people/sign-out?person=" + url.QueryEscape(w.settings["PORTAL_OIDC_ISSUER"]+"|sub-tuva"))
	},
}

// pagesWithout are the GET routes that draw nothing of ours.
var pagesWithout = map[string]string{
	"/auth/sign-in": "redirects to the provider", "/auth/callback": "redirects", "/find": "redirects", "/audit/export.csv": "a file", "/devices/facets": "a part of /devices", "/requests/:id/targets.csv": "a file", "/devices/export.csv": "a file", "/devices/export.jsonl": "a file", "/organizations/:uid/full-disk-access/export.csv": "a file", "/organizations/:uid/drift/export.csv": "a file",
	"/healthz": "for machines", "/readyz": "for machines", "/static/:file": "files",
}

func TestEveryPageHasAnAccessibilityRow(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../internal/handlers/routes.go")
	must(t, err)
	found := regexp.MustCompile(`route\(http\.MethodGet, "([^"]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(found) < 10 {
		t.Fatalf("only %d GET routes found in the route table", len(found))
	}
	for _, m := range found {
		if accessiblePages[m[1]] == nil && pagesWithout[m[1]] == "" {
			t.Errorf("GET %s has no accessibility row", m[1])
		}
	}
	for _, a := range action.All {
		if path := a.Kind.Path(":"+a.Kind.Param) + "/" + a.Verb; accessiblePages[path] == nil {
			t.Errorf("the confirmation GET %s has no accessibility row", path)
		}
	}
}

// TestAccessible runs axe over every page, dialog and state in both themes, and on a narrow screen.
func TestAccessible(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	// An unknown outcome gives every page something to say about it.
	w.emulator.Drop(blockRequests(), 1)
	first := w.as(t, "mara", look{})
	first.visit("/devices/" + w.device.GUID + "/block")
	first.press("Block device")
	first.sees(".st.pill", "Unknown")
	first.accessible("operation with an unknown outcome")
	w.operation = strings.TrimPrefix(first.URL(), w.url)
	devices := w.managed(2)
	asked := devices[0].GUID
	if asked == w.otherDevice() { // whose dialogs are looked at below
		asked = devices[1].GUID
	}
	w.request = w.as(t, "ola", look{}).asks("/devices/"+asked, "deactivate", "Ask to deactivate device", "case 4390")

	for name, l := range map[string]look{"wide": {}, "narrow": {width: 390}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := w.as(t, "mara", l)
			for page, visit := range accessiblePages {
				visit(b, w)
				b.accessible(page)
				b.fits(page)
			}
			for state, path := range map[string]string{
				"selection of nothing": "/devices/several?action=device.block", "chosen rows": "/devices?selected=page",
				"empty list": "/devices?q=zzzzzz", "not found": "/nowhere", "bad filter": "/devices?active=maybe", "bad date": "/audit?after=soon",
			} {
				b.quiet = true // the status of an error stands in the console
				b.visit(path)
				b.accessible(state)
				b.fits(state)
			}
			b.visit("/")
			b.sees("#pictures:not([hx-get])", "") // the figures of a busy machine come after the page
			b.click("#pictures .cols-2 details.figures > summary")
			b.click("#states details.figures > summary")
			b.sees(`section[aria-labelledby="h-os"] table`, "Share")
			b.accessible("overview with tables open")
			b.fits("overview with tables open")
			b.key("?")
			b.sees("dialog[open]", "Keyboard shortcuts")
			b.accessible("shortcuts dialog")
			other := w.otherDevice()
			b.visit("/devices/" + other)
			b.press("Block device…")
			b.sees("dialog[open]", "Block this device?")
			b.accessible("confirmation dialog")

			for _, who := range []string{"nina", "crowd"} {
				lost := w.open(t, l)
				lost.quiet = true
				lost.visit("/")
				lost.accessible("sign-in")
				lost.press("Sign in")
				lost.sees("h1", "Who do you want to be")
				lost.accessible("the provider's page")
				lost.click(`a[href*="` + who + `"]`)
				lost.sees("button", "Sign out")
				lost.accessible("without a role: " + who)
				lost.fits("without a role: " + who)
			}
		})
	}
}

// TestAccessibleInTrouble runs axe over the pages that tell of trouble: read-only, the vendor down, a form turned down.
func TestAccessibleInTrouble(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small, "PORTAL_READ_ONLY", "true")
	for name, l := range map[string]look{"wide": {}, "narrow": {width: 390}} {
		b := w.as(t, "mara", l)
		b.quiet = true // the status of an error stands in the console
		b.sees(".band", "Read-only")
		b.accessible("read-only, " + name)
		b.visit("/devices/" + w.device.GUID + "/block")
		b.accessible("confirmation that cannot go on, " + name)
		b.visit("/devices/" + w.device.GUID)
		b.accessible("device while read-only, " + name)
	}
	w.emulator.FailNext(backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Computer/"}, backupemu.Failure{Status: 500}, 1000)
	b := w.as(t, "mara", look{})
	b.visit("/devices/" + w.device.GUID)
	b.sees(".note", "Shown is what the portal knew")
	b.accessible("device while the vendor is down")
	b.fits("device while the vendor is down")
}

// otherDevice is an active, unblocked device that is not the story's own.
func (w *world) otherDevice() string {
	for _, d := range w.emulator.Snapshot().Devices {
		if d.Active && !d.Blocked && d.GUID != w.device.GUID && !strings.Contains(d.Name, "<") {
			return d.GUID
		}
	}
	w.t.Fatal("no other device")
	return ""
}
