package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/emulator/idp"
)

// looks are what every page is looked at in: a wide and a narrow window, in light and in dark, and one in between.
var looks = map[string]look{
	"light-1440": {}, "dark-1440": {dark: true}, "light-1024": {width: 1024}, "light-390": {width: 390}, "dark-390": {width: 390, dark: true},
}

// scene is one picture of each look.
type scene struct {
	name string
	who  string // whose tab; "" = nobody is signed in
	show func(b *tab)
}

// TestScreenshots takes the pictures that a person judges the pages by, into the folder that PORTAL_SCREENSHOTS names
// (make screenshots); without one there is nothing to do. A scene that cannot be shown fails it.
func TestScreenshots(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("PORTAL_SCREENSHOTS")
	if folder == "" {
		return
	}
	fleet := fleetSize{orgs: 60, users: 400, devices: 1200}
	for name, world := range map[string]func(t *testing.T) (*world, []scene){
		"work": func(t *testing.T) (*world, []scene) {
			w := newWorld(t, fleet)
			return w, append(strangers(), w.day(t)...)
		},
		"read-only": func(t *testing.T) (*world, []scene) {
			w := newWorld(t, small, "PORTAL_READ_ONLY", "true")
			return w, []scene{{"read-only", "mara", at("/devices/" + w.device.GUID)}}
		},
		"reference": func(t *testing.T) (*world, []scene) {
			w := newWorld(t, small, "PORTAL_RULES", `rule."device.block".help-desk = { approvers = [{ from = ["org-manager above", "admin"] }], `+
				`undo_window = "90m", reason = { pattern = '^CHG-\d{5}', example = "CHG-20417: handed in on Friday" } }`)
			return w, []scene{{"reference", "mara", at("/reference")}, {"reference-manager", "jonas", at("/reference")}}
		},
		"lists": func(t *testing.T) (*world, []scene) {
			w := newWorld(t, fleet)
			return w, append(w.lists(t), w.people(t)...)
		},
		"requests": func(t *testing.T) (*world, []scene) {
			w := newWorld(t, fleet, "PORTAL_RULES", "[budget]\nperson_per_hour = 500\nsubtree_per_day = 900")
			return w, w.requestScenes(t)
		},
		"settings": func(t *testing.T) (*world, []scene) {
			w := newWorld(t, fleet, "PORTAL_RULES", "[budget]\nperson_per_hour = 500\nsubtree_per_day = 900")
			return w, w.settingsScenes(t)
		},
		"across": func(t *testing.T) (*world, []scene) {
			w := newWorld(t, fleet, "PORTAL_SETTINGS_RATE", "1000")
			return w, w.acrossScenes(t)
		},
		"several": func(t *testing.T) (*world, []scene) {
			w := newWorld(t, fleet)
			return w, w.severalScenes(t)
		},
		"step-up": func(t *testing.T) (*world, []scene) {
			w := newWorld(t, fleet, "PORTAL_RULES", deactivatesAtOnce)
			w.identity.Break(idp.Faults{OmitAuthTime: true})
			return w, w.stepUpScenes()
		},
		"wide": func(t *testing.T) (*world, []scene) {
			w := newWorld(t, fleetSize{fanOut: []int{420, 1}, users: 400, devices: 1200})
			return w, w.wide()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, scenes := world(t)
			tabs := map[string]*tab{}
			for _, s := range scenes {
				for looking, l := range looks {
					b := tabs[s.who+looking]
					if b == nil || s.who == "" {
						b = w.open(t, l)
						if s.who != "" {
							b = w.as(t, s.who, l)
						}
						b.quiet = true
						tabs[s.who+looking] = b
					}
					s.show(b)
					b.picture(filepath.Join(folder, s.name+"-"+looking+".png"))
				}
			}
		})
	}
}

// picture saves the page in its full height as it looks at rest; a dialog covers the window only.
func (b *tab) picture(path string) {
	b.t.Helper()
	b.fits(filepath.Base(path))
	must(b.t, b.Mouse().Move(0, 0))
	_, err := b.Screenshot(playwright.PageScreenshotOptions{
		Path: &path, FullPage: playwright.Bool(b.count("dialog[open]") == 0), Animations: playwright.ScreenshotAnimationsDisabled,
	})
	must(b.t, err)
}

func at(path string) func(*tab) { return func(b *tab) { b.visit(path) } }

// strangers are the pages of people who see nothing of the fleet.
func strangers() []scene {
	return []scene{
		{"sign-in", "", at("/")},
		{"provider", "", func(b *tab) { b.visit("/"); b.press("Sign in") }},
		{"signed-out", "", at("/auth/signed-out")},
		{"no-role", "", arrive("nina")},
		{"too-many-groups", "", arrive("crowd")},
	}
}

func arrive(who string) func(*tab) {
	return func(b *tab) {
		b.visit("/")
		b.press("Sign in")
		b.click(fmt.Sprintf(`a[href*="%s"], button[value="%s"]`, who, who))
		b.at("/")
	}
}

// day is a day's work; each scene finds the world as the ones before it left it.
func (w *world) day(t *testing.T) []scene {
	hand := w.as(t, "mara", look{noScript: true})
	change := func(d backupemu.Device, verb, reason string) string {
		hand.visit("/devices/" + d.GUID + "/" + verb)
		hand.fill("textarea[name=reason]", reason)
		hand.click("main form [type=submit]")
		hand.at("/operations/*")
		return strings.TrimPrefix(hand.URL(), w.url)
	}
	devices := w.ordinary(6)
	blocked, failing, lost, slow, long := devices[1], devices[2], devices[3], devices[4], devices[5]
	must(t, w.emulator.RenameDevice(long.GUID, "OSLO-LT-0099 أحمد’s workstation 👩🏽‍🚀 with a name that somebody typed at length"))
	device, longName := "/devices/"+w.device.GUID, "/devices/"+long.GUID

	succeeded := change(blocked, "block", "Laptop reported stolen, case 4471")
	change(blocked, "unblock", "Found again under a car seat, case 4471")
	change(blocked, "block", "Stolen after all: the serial number was sold online, case 4471")
	w.emulator.FailNext(blockRequests(), backupemu.Failure{Status: http.StatusForbidden}, 1)
	failed := change(failing, "block", "Left the company, case 4502")
	var unknown string
	hold := func() {
		if unknown == "" {
			w.emulator.Drop(blockRequests(), 1)
			unknown = change(lost, "block", "Ransomware suspected, case 4519")
		}
	}
	var running string
	var gate *backupemu.Gate
	return []scene{
		{"overview", "mara", at("/")},
		{"account-menu", "mara", func(b *tab) { b.visit("/"); b.click("header details.pop:last-of-type > summary") }},
		{"shortcuts", "mara", func(b *tab) { b.visit("/"); b.key("?"); b.sees("dialog[open]", "Keyboard shortcuts") }},
		{"organizations", "mara", at("/organizations?open=" + w.emulator.RootOrgUID() + "," + w.crowdedOrg())},
		{"organizations-search", "mara", at("/organizations?q=ber")},
		{"organizations-level", "mara", at("/organizations?within=" + w.emulator.RootOrgUID())},
		{"organizations-empty", "mara", at("/organizations?q=nothing+is+called+this")},
		{"organization", "mara", at("/organizations/" + w.crowdedOrg())},
		{"organization-devices", "mara", at("/organizations/" + w.crowdedOrg() + "/devices")},
		{"organization-users", "mara", at("/organizations/" + w.crowdedOrg() + "/users")},
		{"organization-access", "mara", at("/organizations/" + w.device.OrgUID + "/access")},
		{"organization-access-viewer", "emil", at("/organizations/" + w.device.OrgUID + "/access")},
		{"organization-activity", "mara", at("/organizations/" + w.emulator.RootOrgUID() + "/activity")},
		{"users", "mara", at("/users")},
		{"users-filtered", "mara", at("/users?active=true&blocked=true")},
		{"user", "mara", at("/users/" + w.device.UserUID)},
		{"devices", "mara", at("/devices")},
		{"devices-filtered", "mara", at("/devices?active=true&blocked=true")},
		{"devices-organization", "mara", at("/devices?org=" + w.mixedOrg())},
		{"devices-search", "mara", at("/devices?q=script")},
		{"devices-empty", "mara", at("/devices?q=nothing+is+called+this")},
		{"device", "mara", at(device)},
		{"device-blocked", "mara", at("/devices/" + blocked.GUID)},
		{"device-long-name", "mara", at(longName)},
		{"device-viewer", "emil", at(device)},
		{"confirm-page", "mara", at(device + "/block")},
		{"confirm-dialog", "mara", func(b *tab) {
			b.visit(device)
			b.press("Block device…")
			b.sees("dialog[open]", "Block this device?")
		}},
		{"confirm-problem", "mara", func(b *tab) {
			b.visit(device + "/block")
			b.fill("textarea[name=reason]", "Left the company, case 4502")
			gone := backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Computer/"}
			w.emulator.FailNext(gone, backupemu.Failure{Status: http.StatusForbidden}, 1)
			b.click("main form [type=submit]")
			b.sees(".note", "may not")
		}},
		{"confirm-deauthorize", "mara", at(device + "/deauthorize")},
		{"confirm-organization", "mara", at("/organizations/" + w.mixedOrg() + "/block")},
		{"confirm-organization-impossible", "mara", at("/organizations/" + w.mixedOrg() + "/unblock")},
		{"operation-succeeded", "mara", func(b *tab) { b.visit(succeeded) }},
		{"operation-failed", "mara", func(b *tab) { b.visit(failed) }},
		{"operation-unknown", "mara", func(b *tab) { hold(); b.visit(unknown) }},
		{"overview-waiting", "mara", at("/")},
		{"device-waiting", "mara", at("/devices/" + lost.GUID)},
		{"operation-running", "mara", func(b *tab) {
			if gate == nil {
				gate = w.emulator.Delay(blockRequests())
				t.Cleanup(gate.Release)
				running = change(slow, "block", "Held by the vendor, case 4533")
			}
			b.visit(running)
			b.sees(".st.pill", "Running")
		}},
		{"audit", "mara", at("/audit")},
		{"audit-open-line", "mara", func(b *tab) { b.visit("/audit"); b.click("tbody tr a.fill"); b.sees("tbody", "Operation") }},
		{"audit-filtered", "mara", at("/audit?target=" + blocked.GUID)},
		{"audit-problem", "mara", at("/audit?after=soon")},
		{"audit-viewer", "emil", at("/audit")},
		{"error-404", "mara", at("/devices/1")},
		{"device-vendor-down", "mara", func(b *tab) {
			w.emulator.FailNext(backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Computer/"}, backupemu.Failure{Status: http.StatusForbidden}, 1)
			b.visit(device)
			b.sees(".note", "Actions are off")
		}},
	}
}

// crowdedOrg is the organization below the root with most others directly below it.
func (w *world) crowdedOrg() string {
	children, best := map[string]int{}, ""
	orgs := w.emulator.Snapshot().Orgs
	for _, o := range orgs {
		children[o.ParentUID]++
	}
	for _, o := range orgs {
		if o.ParentUID == w.emulator.RootOrgUID() && (best == "" || children[o.UID] > children[best]) {
			best = o.UID
		}
	}
	return best
}

// mixedOrg is an organization with about a screenful of devices, some of them blocked and some deactivated.
func (w *world) mixedOrg() string {
	type count struct{ all, blocked, inactive int }
	counts := map[string]count{}
	for _, d := range w.emulator.Snapshot().Devices {
		c := counts[d.OrgUID]
		c.all++
		if d.Active && d.Blocked {
			c.blocked++
		}
		if !d.Active {
			c.inactive++
		}
		counts[d.OrgUID] = c
	}
	for _, o := range w.emulator.Snapshot().Orgs {
		if c := counts[o.UID]; c.all >= 12 && c.all <= 24 && c.blocked > 0 && c.inactive > 0 {
			return o.UID
		}
	}
	return w.device.OrgUID
}

// ordinary are active devices that can be blocked, the world's own first.
func (w *world) ordinary(n int) []backupemu.Device {
	found := []backupemu.Device{w.device}
	for _, d := range w.emulator.Snapshot().Devices {
		if len(found) < n && d.Active && !d.Blocked && !d.Deauthorized && d.GUID != w.device.GUID && strings.Count(d.Name, "-") == 2 {
			found = append(found, d)
		}
	}
	return found
}
