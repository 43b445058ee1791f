package handlers_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"backup-portal/internal/operation"
)

// TestSelectionsThatCannotBe: nothing, too much, twice, no GUID, and devices that the person may not see.
func TestSelectionsThatCannotBe(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("org-manager")
	strip := answer.timeless
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
