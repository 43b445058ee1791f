package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/operation"
)

// lists tells whether the list of devices holds a device, as this person reads it now.
func (b *browser) lists(d backupemu.Device) bool {
	b.t.Helper()
	return strings.Contains(b.get("/devices?q="+d.GUID).page(b.t).Find("tbody").Text(), d.Name)
}

// TestAMovedDeviceChangesHands moves devices around the portal, out of and into what an admin holds: acts and details
// follow with the next reading, lists with what was read or with the next sync.
func TestAMovedDeviceChangesHands(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("admin")
	block := func(d backupemu.Device) answer {
		return b.post("/devices/"+d.GUID+"/block", url.Values{"operation": {operation.NewID()}, "reason": {"case 4471"}})
	}

	away := p.device["own"]
	form := b.drawn("/devices/" + away.GUID + "/block")
	form.Set("reason", "drawn while it was here")
	must(t, p.emulator.MoveDevice(away.GUID, p.fleet.Sibling.UID))
	if !b.lists(away) {
		t.Error("a list that nobody told of the move lacks the device: this test shows nothing")
	}
	if a := b.post("/devices/"+away.GUID+"/block", form); a.status != http.StatusNotFound || p.changes() != 0 || p.trail(form.Get("operation")) != "" {
		t.Errorf("the form from before the move: %d, %d changes, trail %q", a.status, p.changes(), p.trail(form.Get("operation")))
	}
	if b.lists(away) {
		t.Error("after it was read where it is now, the old owner's list still holds it")
	}
	for _, path := range []string{"", "/block", "/deauthorize"} {
		if a := b.get("/devices/" + away.GUID + path); a.status != http.StatusNotFound {
			t.Errorf("the old owner opens %q: %d", path, a.status)
		}
	}

	here := p.device["sibling"]
	must(t, p.emulator.MoveDevice(here.GUID, p.fleet.Child.UID))
	if b.lists(here) {
		t.Error("a list knows of a move that nobody told of")
	}
	if a := block(here); a.status != http.StatusSeeOther || p.changes() != 1 {
		t.Errorf("the new owner blocks it: %d, %d changes", a.status, p.changes())
	}
	if !b.lists(here) {
		t.Error("after an act on it the new owner's list does not hold it")
	}

	later := p.device["parent"]
	must(t, p.emulator.MoveDevice(later.GUID, p.fleet.Own.UID))
	must(t, p.mirror.Sync(t.Context()))
	if !b.lists(later) {
		t.Error("after a sync the new owner's list does not hold it")
	}
}

// TestAMovedOrganizationChangesHands is the same for an organization, and for everything below it.
func TestAMovedOrganizationChangesHands(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("admin")
	path, inside := "/organizations/"+p.fleet.Child.UID+"/block", p.device["child"]
	form := b.drawn(path)
	form.Set("reason", "drawn while it was here")
	must(t, p.emulator.MoveOrg(p.fleet.Child.UID, p.fleet.Sibling.UID))
	if a := b.post(path, form); a.status != http.StatusNotFound || p.changes() != 0 || p.trail(form.Get("operation")) != "" {
		t.Errorf("the form from before the move: %d, %d changes, trail %q", a.status, p.changes(), p.trail(form.Get("operation")))
	}
	if a := b.get(path); a.status != http.StatusNotFound {
		t.Errorf("the old owner asks for it: %d", a.status)
	}
	if a := b.get("/devices/" + inside.GUID); a.status != http.StatusNotFound || b.lists(inside) {
		t.Errorf("after it was read the old owner opens a device inside: %d, lists it: %t", a.status, b.lists(inside))
	}

	must(t, p.emulator.MoveOrg(p.fleet.Child.UID, p.fleet.Own.UID))
	form = b.drawn(path)
	form.Set("reason", "back again")
	posted := b.post(path, form)
	if posted.status != http.StatusSeeOther || p.changes() != 1 {
		t.Errorf("the new owner blocks it: %d, %d changes", posted.status, p.changes())
	}
	if a := b.get(posted.header.Get("Location")); a.status != http.StatusOK {
		t.Errorf("the new owner opens their own operation: %d", a.status)
	}
	if !b.lists(inside) {
		t.Error("the new owner's list does not hold a device inside")
	}
}

// TestWhatLiesBelowAMovedOrganizationChangesHands moves an organization that nobody reads afterwards: whoever acts on
// something below it, or opens that, finds it where it is now.
func TestWhatLiesBelowAMovedOrganizationChangesHands(t *testing.T) {
	t.Parallel()
	p := setup(t)
	block := func(b *browser, path string) answer {
		return b.post(path+"/block", url.Values{"operation": {operation.NewID()}, "reason": {"case 4471"}})
	}
	inside, user := p.device["child"], p.userIn("child")
	must(t, p.emulator.MoveOrg(p.fleet.Child.UID, p.fleet.Sibling.UID))
	old, new := p.as("admin"), p.as("root-admin")
	if !old.lists(inside) {
		t.Fatal("a list that nobody told of the move lacks the device: this test shows nothing")
	}
	if a := block(old, "/devices/"+inside.GUID); a.status != http.StatusNotFound || p.changes() != 0 {
		t.Errorf("the old owner blocks a device below it: %d, %d changes", a.status, p.changes())
	}
	if old.lists(inside) {
		t.Error("after the reading the old owner's list still holds it")
	}
	for _, path := range []string{"/devices/" + inside.GUID, "/users/" + user.UID, "/organizations/" + p.fleet.Child.UID} {
		if a := old.get(path); a.status != http.StatusNotFound {
			t.Errorf("the old owner opens %s: %d", path, a.status)
		}
	}
	page := new.get("/devices/" + inside.GUID).page(t)
	if got := named(page, ".breadcrumbs a"); len(got) < 2 || got[len(got)-2] != p.fleet.Sibling.Name {
		t.Errorf("the device stands below %q", got)
	}
}
