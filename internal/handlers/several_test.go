package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
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

// TestSelectionsThatCannotBe: nothing, too much, twice, no GUID, and devices that the person may not see.
func TestSelectionsThatCannotBe(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("org-manager")
	strip := func(a answer) string { return strings.ReplaceAll(a.body, a.header.Get("X-Request-Id"), "ID") }
	own, foreign := p.device["own"].GUID, p.device["sibling"].GUID
	many := make([]string, 0, 101)
	for i := range 101 {
		many = append(many, strconv.Itoa(900000+i))
	}
	missing := strip(b.get("/devices/4711"))
	for name, c := range map[string]struct {
		guids  []string
		status int
		says   string
	}{
		"nothing":          {nil, http.StatusUnprocessableEntity, "No device is selected"},
		"101":              {many, http.StatusUnprocessableEntity, "More than 100 devices are selected"},
		"one twice":        {[]string{own, own}, http.StatusOK, "Deactivate 1 device?"},
		"malformed":        {[]string{own, "../etc"}, http.StatusNotFound, ""},
		"empty":            {[]string{""}, http.StatusNotFound, ""},
		"missing":          {[]string{own, "4711"}, http.StatusNotFound, ""},
		"one is foreign":   {[]string{own, foreign}, http.StatusNotFound, ""},
		"foreign, on hold": {[]string{foreign, p.device["parent"].GUID}, http.StatusNotFound, ""},
	} {
		before := len(p.emulator.Requests())
		a := b.get(severalURL("device.deactivate", c.guids...))
		if asked := len(p.emulator.Requests()) - before; asked > 0 && (name == "malformed" || name == "101") {
			t.Errorf("%s: the vendor was asked %d times", name, asked)
		}
		if a.status != c.status || !strings.Contains(a.body, c.says) {
			t.Errorf("%s: %d, want %d with %q", name, a.status, c.status, c.says)
		}
		id := operation.NewID()
		posted := b.post("/devices/several/deactivate", url.Values{"operation": {id}, "reason": {"case 4471"}, "count": {"2"}, "guid": c.guids})
		if c.status != http.StatusOK && posted.status != c.status {
			t.Errorf("%s: a post is answered with %d, want %d", name, posted.status, c.status)
		}
		if c.status != http.StatusNotFound {
			continue
		}
		for _, a := range []answer{a, posted} {
			if strip(a) != missing {
				t.Errorf("%s differs from a device that does not exist:\n%s", name, firstDifference(strip(a), missing))
			}
		}
		if _, err := p.store.Request(t.Context(), id); err == nil {
			t.Errorf("%s: a request was made", name)
		}
	}
	for _, action := range []string{"", "nothing", "org.block", "device.erase"} {
		if a := b.get(severalURL(action, own)); a.status != http.StatusNotFound {
			t.Errorf("the action %q: %d", action, a.status)
		}
	}
	if p.changes() != 0 {
		t.Errorf("%d changes were sent", p.changes())
	}
}

// TestEditedSelections: a form that was edited, used before, drawn from an older state or in two tabs changes nothing else.
func TestEditedSelections(t *testing.T) {
	t.Parallel()
	p := setup(t)
	devices := p.devicesIn("own", 3)
	b := p.as("org-manager")
	address := severalURL("device.deactivate", guidsOf(devices[:2])...)
	form, other := hiddenOf(t, b.get(address)), hiddenOf(t, b.get(address))
	fill := func(v url.Values, n int) url.Values {
		v.Set("reason", "typed with care")
		v.Set("count", strconv.Itoa(n))
		return v
	}
	must(t, p.emulator.SetBlocked(devices[0].GUID, true))
	a := b.post("/devices/several/deactivate", fill(form, 2))
	again := hiddenOf(t, a)
	if a.status != http.StatusConflict || !strings.Contains(a.body, "has changed since you opened the form") || !strings.Contains(a.body, "typed with care") || again.Get("operation") == form.Get("operation") {
		t.Fatalf("a form from before a change: %d", a.status)
	}
	first := b.post("/devices/several/deactivate", fill(again, 2))
	if first.status != http.StatusSeeOther {
		t.Fatalf("the form that was drawn again: %d %s", first.status, first.body)
	}
	added := url.Values{"operation": again["operation"], "guid": guidsOf(devices)}
	if a := b.post("/devices/several/deactivate", fill(added, 3)); a.header.Get("Location") == "" || a.header.Get("Location") != first.header.Get("Location") {
		t.Errorf("the form with a device more: %d %q", a.status, a.header.Get("Location"))
	}
	less := url.Values{"operation": again["operation"], "guid": guidsOf(devices[2:])}
	if a := b.post("/devices/several/deactivate", fill(less, 1)); a.status != http.StatusConflict || !strings.Contains(a.body, "used for another change") {
		t.Errorf("the form with another device: %d", a.status)
	}
	if a := p.as("admin").post("/devices/several/deactivate", fill(again, 2)); a.status != http.StatusConflict {
		t.Errorf("somebody else's form: %d", a.status)
	}
	if a := b.post("/devices/several/reactivate", fill(again, 2)); a.status == http.StatusSeeOther {
		t.Errorf("the form for another action: %d", a.status)
	}
	// The other tab still shows both devices; the open request holds them.
	if a := b.post("/devices/several/deactivate", fill(other, 2)); a.status != http.StatusConflict || p.changes() != 0 {
		t.Errorf("the other tab: %d, %d changes", a.status, p.changes())
	}
	r, err := p.store.Request(t.Context(), again.Get("operation"))
	must(t, err)
	if len(r.Items) != 2 {
		t.Errorf("the request has %d targets", len(r.Items))
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
		"help-desk":   {"device.block", "device.unblock", "device.deauthorize"},
		"org-manager": {"device.block", "device.unblock", "device.deauthorize", "device.deactivate", "device.reactivate"},
		"admin":       {"device.block", "device.unblock", "device.deauthorize", "device.deactivate", "device.reactivate"},
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

// TestAnActionThatAsksCannotBeRunByItsOldRoute: no form to the device itself sends anything before somebody agreed.
func TestAnActionThatAsksCannotBeRunByItsOldRoute(t *testing.T) {
	t.Parallel()
	p := setup(t)
	d := p.device["own"]
	for _, who := range []string{"org-manager", "admin"} {
		b := p.as(who)
		for _, extra := range []url.Values{{}, {"approved": {"true"}, "force": {"1"}}, {"seen": {""}}} {
			form := url.Values{"operation": {operation.NewID()}, "reason": {"past the form"}}
			for key, value := range extra {
				form[key] = value
			}
			a := b.post("/devices/"+d.GUID+"/deactivate", form)
			to := a.header.Get("Location")
			if a.status != http.StatusSeeOther || !strings.HasPrefix(to, "/requests/") || p.changes() != 0 {
				t.Fatalf("%s %v: %d %q, %d changes", who, extra, a.status, to, p.changes())
			}
			if again := b.post("/devices/"+d.GUID+"/deactivate", form); again.header.Get("Location") != to {
				t.Errorf("%s posts the same form again: %d %q", who, again.status, again.header.Get("Location"))
			}
			if a := b.post("/devices/several/deactivate", url.Values{"operation": {operation.NewID()}, "reason": {"the other door"}, "guid": {d.GUID}}); a.status != http.StatusConflict {
				t.Errorf("%s asks for the same device beside the open request: %d", who, a.status)
			}
			b.post(to+"/withdraw", url.Values{})
			if a := b.post("/devices/"+d.GUID+"/deactivate", form); a.header.Get("Location") != to || p.changes() != 0 {
				t.Errorf("%s posts the form of a withdrawn request: %d %q", who, a.status, a.header.Get("Location"))
			}
		}
	}
	if drawn := p.as("org-manager").get("/devices/" + d.GUID + "/deactivate").page(t); oneLine(drawn.Find("form#confirm button[type=submit]").Text()) != "Ask to deactivate device" {
		t.Errorf("the form's button says %q", oneLine(drawn.Find("form#confirm button[type=submit]").Text()))
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
