package handlers_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	backupemu "backup-portal/internal/emulator/backup"
)

// held puts the users of some devices at Own on legal hold, takes everybody else off, and syncs.
func (p *portal) held(n int) []backupemu.Device {
	p.t.Helper()
	for _, u := range p.emulator.Snapshot().Users {
		must(p.t, p.emulator.SetHold(u.UID, false))
	}
	devices := p.devicesIn("own", n)
	for _, d := range devices {
		must(p.t, p.emulator.SetHold(d.UserUID, true))
	}
	must(p.t, p.mirror.Sync(p.t.Context()))
	return devices
}

// TestLegalHoldInLists: the filter finds exactly the devices and users on hold, the chip says so, and exports carry it.
func TestLegalHoldInLists(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.held(3)
	owners := map[string]bool{}
	for _, d := range p.emulator.Snapshot().Devices {
		owners[d.UserUID] = false
	}
	var want []string
	for _, u := range p.rows() {
		if u.OnHold {
			owners[u.UserUID] = true
			want = append(want, u.GUID)
		}
	}
	slices.Sort(want)
	b := p.as("root-admin")
	got := b.listed("/devices?hold=true")
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 3 {
		t.Errorf("on hold (-want +got):\n%s", diff)
	}
	if rest := b.listed("/devices?hold=false"); len(rest)+len(got) != len(p.rows()) {
		t.Errorf("%d on hold and %d not, of %d", len(got), len(rest), len(p.rows()))
	}
	page := b.get("/devices?hold=true&columns=name,legalHold").page(t)
	if chip := oneLine(page.Find(".chip").Text()); !strings.Contains(chip, "Legal hold its user is on one") {
		t.Errorf("the chip says %q", chip)
	}
	page.Find(`tbody td[data-label="Legal hold"]`).Each(func(_ int, s *goquery.Selection) {
		if oneLine(s.Text()) != "on hold" {
			t.Errorf("a row says %q", s.Text())
		}
	})
	for path, mark := range map[string]string{"/devices/export.csv?hold=true&columns=name,legalHold": ",on hold", "/devices/export.jsonl?hold=true&columns=name,legalHold": `"legalHold":"on hold"`} {
		if n := strings.Count(b.get(path).body, mark); n != len(want) {
			t.Errorf("%s has %d of %d marks", path, n, len(want))
		}
	}
	users := b.get("/users?hold=true").page(t)
	if n := users.Find("tbody tr").Length(); n != 3 || strings.Count(users.Find("tbody").Text(), "On legal hold") != 3 {
		t.Errorf("%d users on hold, marked %d times", n, strings.Count(users.Find("tbody").Text(), "On legal hold"))
	}
	if a := b.get("/devices?hold=maybe"); a.status != http.StatusUnprocessableEntity {
		t.Errorf("hold=maybe: %d", a.status)
	}
	inside := 0
	for _, u := range p.emulator.Snapshot().Users {
		if u.OnHold && p.inside(u.OrgUID) {
			inside++
		}
	}
	org := factsOf(p.as("admin").get("/organizations/" + p.fleet.Own.UID).page(t).Find("dl.facts.wide div"))
	if got := org["On legal hold"]; !strings.HasPrefix(got, strconv.Itoa(inside)+" user") {
		t.Errorf("the organization says %q, %d are on hold", got, inside)
	}
}

// TestLegalHoldOnItsPages: the device and its owner are marked, and deactivation is off with the reason.
func TestLegalHoldOnItsPages(t *testing.T) {
	t.Parallel()
	p := setup(t)
	d := p.held(1)[0]
	b := p.as("admin")
	page := b.get("/devices/" + d.GUID).page(t)
	if pills := oneLine(page.Find(".st.pill").Text()); !strings.Contains(pills, "On legal hold, 1 matter") {
		t.Errorf("the device's states are %q", pills)
	}
	if act := oneLine(page.Find("#why-device-deactivate").Text()); !strings.Contains(act, "on legal hold") || page.Find("a#act-device-deactivate").Length() != 0 {
		t.Errorf("deactivation says %q", act)
	}
	if user := oneLine(b.get("/users/" + d.UserUID).page(t).Find(".st.pill").Text()); !strings.Contains(user, "On legal hold") {
		t.Errorf("the user's states are %q", user)
	}
	confirm := b.get("/devices/" + d.GUID + "/deactivate").page(t)
	if text := oneLine(confirm.Find("#confirm").Text()); !strings.Contains(text, "On legal hold.") || confirm.Find("form#confirm").Length() != 0 {
		t.Errorf("the question says %s", text)
	}
	if viewer := oneLine(p.as("viewer").get("/devices/" + d.GUID).page(t).Find(".st.pill").Text()); !strings.Contains(viewer, "On legal hold") {
		t.Errorf("a viewer sees the states %q", viewer)
	}
}

// TestLegalHoldBelowAnOrganization turns its deactivation off on its page, with the reason, and nothing else.
func TestLegalHoldBelowAnOrganization(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.held(9)
	b := p.as("admin")
	acts := func() map[string]string {
		offered := map[string]string{}
		page := b.get("/organizations/" + p.fleet.Own.UID).page(t)
		for _, name := range []string{"deactivate", "block"} {
			if page.Find("a#act-org-"+name).Length() == 0 {
				offered[name] = "off: "
			}
			offered[name] += oneLine(page.Find("#why-org-" + name).Text())
		}
		return offered
	}
	held, inside := acts(), 0
	for _, u := range p.emulator.Snapshot().Users {
		if u.OnHold && p.inside(u.OrgUID) {
			inside++
		}
	}
	if want := "off: " + strconv.Itoa(inside) + " people below it are on legal hold: the backup service refuses while they are."; inside < 2 || held["deactivate"] != want {
		t.Errorf("deactivation says %q, want %q", held["deactivate"], want)
	}
	if strings.HasPrefix(held["block"], "off: ") {
		t.Errorf("blocking says %q", held["block"])
	}
	for _, u := range p.emulator.Snapshot().Users {
		must(t, p.emulator.SetHold(u.UID, false))
	}
	must(t, p.mirror.Sync(t.Context()))
	if free := acts()["deactivate"]; strings.Contains(free, "off: ") || free == "" {
		t.Errorf("with nobody on hold deactivation says %q", free)
	}
}

// TestTheLastDeviceOfAUser is marked before it is deactivated, and so is who has to agree.
func TestTheLastDeviceOfAUser(t *testing.T) {
	t.Parallel()
	p := setup(t)
	d := p.devicesIn("own", 1)[0]
	for _, other := range p.emulator.Snapshot().Devices {
		if other.UserUID == d.UserUID && other.GUID != d.GUID {
			must(t, p.emulator.SetActive(other.GUID, false))
		}
	}
	must(t, p.mirror.Sync(t.Context()))
	b := p.as("admin")
	if act := oneLine(b.get("/devices/" + d.GUID).page(t).Find("#why-device-deactivate").Text()); !strings.HasPrefix(act, "It is the last device of its user.") || !strings.Contains(act, "It needs the approval of one other person who may do it.") {
		t.Errorf("the device says %q", act)
	}
	if text := oneLine(b.get("/devices/" + d.GUID + "/deactivate").page(t).Find("#confirm").Text()); !strings.Contains(text, "Last device of its user.") {
		t.Errorf("the question says %s", text)
	}
	if text := oneLine(b.get(severalURL("device.deactivate", d.GUID, p.device["own"].GUID)).page(t).Find("main").Text()); !strings.Contains(text, "Last device of its user") {
		t.Errorf("the selection says %s", text)
	}
}
