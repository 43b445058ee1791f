package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/operation"
)

// devicesIn are active devices that lie in the organization of a place, moved there, each of a user of its own who is on no
// legal hold.
func (p *portal) devicesIn(place string, n int) []backupemu.Device {
	p.t.Helper()
	var list []backupemu.Device
	owners := map[string]bool{}
	for _, d := range p.emulator.Snapshot().Devices {
		taken := slices.ContainsFunc([]string{"own", "child", "sibling", "parent"}, func(place string) bool { return p.device[place].GUID == d.GUID })
		if len(list) == n || taken || !d.Active || d.Blocked || d.Deauthorized || owners[d.UserUID] {
			continue
		}
		owners[d.UserUID] = true
		must(p.t, p.emulator.MoveDevice(d.GUID, p.org(place).UID))
		must(p.t, p.emulator.SetHold(d.UserUID, false))
		d.OrgUID = p.org(place).UID
		list = append(list, d)
	}
	if len(list) < n {
		p.t.Fatalf("the fleet has only %d such devices", len(list))
	}
	return list
}

func guidsOf(devices []backupemu.Device) []string {
	guids := make([]string, 0, len(devices))
	for _, d := range devices {
		guids = append(guids, d.GUID)
	}
	return guids
}

// severalURL asks about devices.
func severalURL(action string, guids ...string) string {
	return "/devices/several?" + url.Values{"action": {action}, "guid": guids}.Encode()
}

// hiddenOf are the values that a drawn form carries.
func hiddenOf(t *testing.T, a answer) url.Values {
	t.Helper()
	form := a.page(t).Find("form#confirm")
	if form.Length() != 1 {
		t.Fatalf("no form is drawn: %d %s", a.status, oneLine(a.page(t).Find("main").Text()))
	}
	values := url.Values{}
	form.Find("input[type=hidden]").Each(func(_ int, s *goquery.Selection) {
		values.Add(s.AttrOr("name", ""), s.AttrOr("value", ""))
	})
	return values
}

// TestSelectionBecomesOneRequest asks for several devices without script: the one on hold is shown and left out, the
// request is bound to the others, and nothing is sent.
func TestSelectionBecomesOneRequest(t *testing.T) {
	t.Parallel()
	p := setup(t)
	devices := p.devicesIn("own", 4)
	must(t, p.emulator.SetHold(devices[1].UserUID, true))
	must(t, p.emulator.SetArchiveHoldDays(p.fleet.Own.UID, 60))
	b := p.as("org-manager")
	drawn := b.get(severalURL("device.deactivate", guidsOf(devices)...))
	page := drawn.page(t)
	text := oneLine(page.Find("main").Text())
	for _, words := range []string{"Deactivate 4 devices?", "3 of 4 will go", "On legal hold: left out", "One other person who may do it", "24 hours", "go to cold storage", "Type 3 to confirm"} {
		if !strings.Contains(text, words) {
			t.Errorf("the page does not say %q: %s", words, text)
		}
	}
	if button := page.Find("form#confirm button[type=submit]").Text(); button != "Ask to deactivate 3 devices" {
		t.Errorf("the button says %q", button)
	}
	form := hiddenOf(t, drawn)
	form.Set("reason", "case 4471")
	if a := b.post("/devices/several/deactivate", form); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "The number is not 3.") || !strings.Contains(a.body, "case 4471") {
		t.Errorf("without the number: %d", a.status)
	}
	form.Set("count", "3")
	form.Set("reason", " ")
	if a := b.post("/devices/several/deactivate", form); a.status != http.StatusUnprocessableEntity || a.page(t).Find("#reason[aria-invalid]").Length() != 1 || a.page(t).Find("#count").AttrOr("value", "") != "3" {
		t.Errorf("without a reason: %d", a.status)
	}
	form.Set("reason", "case 4471")
	posted := b.post("/devices/several/deactivate", form)
	id, found := strings.CutPrefix(posted.header.Get("Location"), "/requests/")
	if posted.status != http.StatusSeeOther || !found || id != form.Get("operation") {
		t.Fatalf("%d %q: %s", posted.status, posted.header.Get("Location"), posted.body)
	}
	r, err := p.store.Request(t.Context(), id)
	must(t, err)
	var targets []string
	for _, op := range r.Items {
		targets = append(targets, op.TargetID)
	}
	if diff := cmp.Diff([]string{devices[0].GUID, devices[2].GUID, devices[3].GUID}, targets); diff != "" || r.State != operation.Awaiting || p.changes() != 0 {
		t.Errorf("state %s, %d changes, targets (-want +got):\n%s", r.State, p.changes(), diff)
	}
	if a := b.post("/devices/several/deactivate", form); a.header.Get("Location") != "/requests/"+id {
		t.Errorf("the same form again: %d %q", a.status, a.header.Get("Location"))
	}
}

// TestSeveralAtOnce blocks devices, which nobody has to agree to.
func TestSeveralAtOnce(t *testing.T) {
	t.Parallel()
	p := setup(t)
	devices := p.devicesIn("child", 3)
	must(t, p.emulator.SetBlocked(devices[2].GUID, true))
	b := p.as("help-desk")
	drawn := b.get(severalURL("device.block", guidsOf(devices)...))
	if text := oneLine(drawn.page(t).Find("main").Text()); !strings.Contains(text, "Left out: The device is already blocked.") || strings.Contains(text, "Ask to") {
		t.Errorf("the page says %s", text)
	}
	form := hiddenOf(t, drawn)
	form.Set("reason", "stolen")
	posted := b.post("/devices/several/block", form)
	if posted.status != http.StatusSeeOther {
		t.Fatalf("%d: %s", posted.status, posted.body)
	}
	b.settled(posted.header.Get("Location"), "Done")
	if p.changes() != 2 {
		t.Errorf("%d changes were sent", p.changes())
	}
}

// TestSelectionWhileTheVendorIsDown keeps what was typed, and what was seen.
func TestSelectionWhileTheVendorIsDown(t *testing.T) {
	t.Parallel()
	p := setup(t)
	devices := p.devicesIn("own", 2)
	must(t, p.mirror.Sync(t.Context()))
	b := p.as("admin")
	form := hiddenOf(t, b.get(severalURL("device.deactivate", guidsOf(devices)...)))
	form.Set("reason", "typed with care")
	form.Set("count", "2")
	p.emulator.FailNext(backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Computer/"}, backupemu.Failure{Status: 500}, 1000)
	a := b.post("/devices/several/deactivate", form)
	if a.status != http.StatusBadGateway || !strings.Contains(a.body, "typed with care") || a.page(t).Find("#count").AttrOr("value", "") != "2" {
		t.Fatalf("%d: %s", a.status, a.body)
	}
	if diff := cmp.Diff(form["seen"], hiddenOf(t, a)["seen"]); diff != "" || hiddenOf(t, a).Get("operation") != form.Get("operation") {
		t.Errorf("the form is another one (-before +after):\n%s", diff)
	}
	if button := oneLine(a.page(t).Find("form#confirm button[type=submit]").Text()); button != "Ask to deactivate 2 devices" {
		t.Errorf("the button says %q", button)
	}
	preview := b.get(severalURL("device.deactivate", guidsOf(devices)...))
	if text := oneLine(preview.page(t).Find("main").Text()); !strings.Contains(text, "Could not be read now") || preview.page(t).Find("form#confirm").Length() != 0 {
		t.Errorf("the page says %s", text)
	}
}

// TestWhoMayChooseDevices draws boxes only for those who can do something with them.
func TestWhoMayChooseDevices(t *testing.T) {
	t.Parallel()
	p := setup(t)
	for who, want := range map[string][]string{
		"viewer": nil, "auditor": nil,
		"help-desk":   {"device.upgrade", "device.block", "device.unblock", "device.deauthorize"},
		"org-manager": {"device.follow", "device.upgrade", "device.block", "device.unblock", "device.deauthorize", "device.deactivate", "device.reactivate"},
		"admin":       {"device.follow", "device.upgrade", "device.block", "device.unblock", "device.deauthorize", "device.deactivate", "device.reactivate"},
	} {
		page := p.as(who).get("/devices").page(t)
		var offered []string
		page.Find("#selection button[name=action]").Each(func(_ int, s *goquery.Selection) { offered = append(offered, s.AttrOr("value", "")) })
		if diff := cmp.Diff(want, offered); diff != "" {
			t.Errorf("%s is offered (-want +got):\n%s", who, diff)
		}
		if boxes := page.Find("tbody .pick input[name=guid]").Length(); (boxes > 0) != (want != nil) {
			t.Errorf("%s sees %d boxes", who, boxes)
		}
	}
}

// TestSelectionKeepsOnComingBack: the address of the list names what was chosen.
func TestSelectionKeepsOnComingBack(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("admin")
	list := b.get("/devices?active=true&sort=-name").page(t)
	guid := list.Find("tbody .pick input").Eq(1).AttrOr("value", "")
	address := severalURL("device.block", guid) + "&" + url.Values{"list": {list.Find("#selection input[name=list]").AttrOr("value", "")}}.Encode()
	back := b.get(address).page(t).Find(".breadcrumbs a").AttrOr("href", "")
	again := b.get(back).page(t)
	if chosen := again.Find("tbody .pick input[checked]"); chosen.Length() != 1 || chosen.AttrOr("value", "") != guid {
		t.Errorf("%s shows %d chosen", back, chosen.Length())
	}
	if text := oneLine(again.Find("#selected").Text()); text != "1 selected" || !strings.Contains(back, "sort=-name") {
		t.Errorf("%s says %q", back, text)
	}
	if page := b.get("/devices?selected=page").page(t); page.Find("tbody .pick input[checked]").Length() != page.Find("tbody tr").Length() {
		t.Error("not the whole page is chosen")
	}
	for _, hostile := range []string{"javascript:alert(1)", "%zz", "q=" + strings.Repeat("x", 300), "\x00"} {
		page := b.get(severalURL("device.block", guid) + "&" + url.Values{"list": {hostile}}.Encode()).page(t)
		if href := page.Find(".breadcrumbs a").AttrOr("href", ""); !strings.HasPrefix(href, "/devices?") {
			t.Errorf("the list %q leads back to %q", hostile, href)
		}
	}
}

// TestSelectionOfAHundred is read and asked for as a whole.
func TestSelectionOfAHundred(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *config) { c.fleet = backupemu.Options{Calm: true, Orgs: 20, Users: 400, Devices: 700} })
	devices := p.devicesIn("own", 100)
	b := p.as("admin")
	drawn := b.get(severalURL("device.deactivate", guidsOf(devices)...))
	if text := oneLine(drawn.page(t).Find("main").Text()); !strings.Contains(text, "One approver more.") || !strings.Contains(text, "Type 100") {
		t.Errorf("the page says %.600s", text)
	}
	form := hiddenOf(t, drawn)
	form.Set("reason", "case 4471")
	form.Set("count", "100")
	if a := b.post("/devices/several/deactivate", form); a.status != http.StatusSeeOther || len(form["guid"]) != 100 {
		t.Fatalf("%d with %d devices: %.500s", a.status, len(form["guid"]), oneLine(a.page(t).Find("main").Text()))
	}
}
