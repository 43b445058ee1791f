package e2e

import (
	"strings"
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
)

// TestTwoPeople is the road of a destructive change: a manager asks, an admin signs in again and approves, the device is
// deactivated, the manager asks to undo it.
func TestTwoPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	d := w.managed(1)[0]
	manager, admin := w.as(t, "ola", look{}), w.signedInLongAgo(t, "mara", look{})

	manager.visit("/devices/" + d.GUID)
	manager.press("Deactivate device…")
	manager.sees("dialog[open]", "Deactivate this device?")
	manager.fill("dialog textarea[name=reason]", "Sold with the vessel, case 4390")
	manager.press("Ask to deactivate device")
	manager.at("/requests/*")
	request := strings.TrimPrefix(manager.URL(), w.url)
	manager.sees("h1", "Deactivate "+d.Name)
	manager.sees("#votes, .panel", "0 of 1")
	manager.sees("main", "read from the backup service just now")
	manager.sees("#impact", "cold storage")

	admin.visit("/")
	admin.sees(".nav", "1 to decide")
	admin.sees("main", "waits for your decision")
	admin.goesTo("r")
	admin.at("/requests")
	admin.click("tbody a.fill")
	admin.at(request)
	if admin.count("#decide button") != 0 {
		t.Error("an old sign-in is enough to decide")
	}
	admin.press("Sign in again to decide")
	admin.again("mara")
	admin.at(request)
	admin.sees("#decide", "This is the last vote that is needed")
	admin.fill("#decide textarea", "Checked with the crew office")
	admin.press("Approve and deactivate the device")
	admin.sees(".head .pill", "Done")
	if w.isActive(d.GUID) {
		t.Fatal("the device is still active")
	}

	manager.visit("/")
	manager.sees("main", "was done")
	manager.visit(request)
	manager.sees(".tl", "Checked with the crew office")
	manager.press("Reactivate device…")
	manager.sees("dialog[open]", "Reactivate this device?")
	manager.fill("dialog textarea[name=reason]", "The buyer gave it back")
	manager.press("Ask to reactivate device")
	manager.at("/requests/*")
	manager.sees("h1", "Reactivate "+d.Name)
	undo := strings.TrimPrefix(manager.URL(), w.url)
	other := w.as(t, "ingrid", look{})
	other.visit(undo)
	other.press("Approve and reactivate the device")
	other.sees(".head .pill", "Done")
	if !w.isActive(d.GUID) {
		t.Error("the device is still deactivated")
	}
}

// TestAManagerAndAnAdmin is a rule of two groups: a manager from further up and an admin, who are two people.
func TestAManagerAndAnAdmin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small, "PORTAL_RULES", `[rule."device.deactivate".org-manager]
		approvers = [{ from = ["org-manager above"] }, { from = ["admin"] }]`)
	d := w.managed(1)[0]
	manager, chief, admin := w.as(t, "ola", look{}), w.as(t, "jonas", look{}), w.as(t, "mara", look{})
	request := manager.asks("/devices/"+d.GUID, "deactivate", "Ask to deactivate device", "case 4390")
	manager.sees("main", "0 of 2")
	manager.sees(".tl", "One org-manager above it")
	manager.sees(".tl", "One admin")
	admin.visit(request)
	if text := admin.text("#decide"); strings.Contains(text, "last vote") {
		t.Errorf("one of two is called the last: %s", text)
	}
	admin.press("Approve")
	admin.sees("main", "1 of 2")
	admin.sees(".tl", "One org-manager above it")
	if n := admin.count(`[aria-labelledby="h-votes"] b:text-is("One admin")`); n != 0 {
		t.Error("an admin is still missing")
	}
	second := w.as(t, "ingrid", look{}) // another admin is not who is missing
	second.visit(request)
	second.press("Approve")
	second.sees("main", "1 of 2")
	second.sees(".tl", "does not count")
	if !w.isActive(d.GUID) {
		t.Fatal("two admins were enough")
	}
	chief.visit(request)
	chief.press("Approve")
	chief.sees(".head .pill", "Done")
	if w.isActive(d.GUID) {
		t.Error("the device is still active")
	}
}

// TestANoIsFinal shows who asked why not.
func TestANoIsFinal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	d := w.managed(1)[0]
	manager, admin := w.as(t, "ola", look{}), w.as(t, "mara", look{})
	admin.quiet = true // a form that is turned down stands in the console with its status
	request := manager.asks("/devices/"+d.GUID, "deactivate", "Ask to deactivate device", "case 4390")
	admin.visit(request)
	admin.press("Deny")
	admin.sees("#decide", "A reason is needed")
	if f := admin.focused(); !strings.Contains(f, "reason") {
		t.Errorf("after the refusal the focus is on %s", f)
	}
	admin.fill("#decide textarea", "It was back online this morning")
	admin.press("Deny")
	admin.sees(".head .pill", "Denied")
	manager.visit("/requests?list=mine")
	manager.sees("tbody", "Denied")
	manager.sees("#h-notices + *, .todo, main", "was denied")
	manager.visit(request)
	manager.sees(".tl", "It was back online this morning")
	if !w.isActive(d.GUID) || manager.count("form[action*=withdraw]") != 0 {
		t.Error("something can still be done after the no")
	}
}

// TestNobodyDecidesInTime lets a request's time pass.
func TestNobodyDecidesInTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	d := w.managed(1)[0]
	manager := w.as(t, "ola", look{})
	request := manager.asks("/devices/"+d.GUID, "deactivate", "Ask to deactivate device", "case 4390")
	manager.sees("main", "in 24 h")
	w.age("DROP TRIGGER request_as_asked; UPDATE request SET expires = created")
	manager.awaits(request, ".head .pill", "Expired")
	manager.sees("main", "Its time was over before enough had agreed.")
	if !w.isActive(d.GUID) {
		t.Error("what had expired was run")
	}
}

// TestAnOrganizationTakesTwo waits after the second vote, is stopped once, and runs the second time.
func TestAnOrganizationTakesTwo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	uid := w.childless()
	mara, ingrid, sara := w.as(t, "mara", look{}), w.as(t, "ingrid", look{}), w.as(t, "sara", look{})
	ask := func() string {
		request := mara.asks("/organizations/"+uid, "deactivate", "Ask to deactivate organization", "Contract ended, case 4581")
		mara.sees("main", "0 of 2")
		ingrid.visit(request)
		ingrid.sees("#decide", "Runs 15 minutes after the last vote")
		ingrid.press("Approve")
		ingrid.sees("main", "1 of 2")
		sara.visit(request)
		sara.press("Approve and deactivate the organization")
		sara.sees(".head .pill", "Agreed, runs soon")
		sara.sees(".note", "It runs at ")
		return request
	}
	ask()
	sara.fill("#withdraw textarea", "The contract goes on")
	sara.press("Stop it")
	sara.sees(".head .pill", "Withdrawn")

	request := ask()
	ingrid.visit(request) // and leaves it open
	w.age("UPDATE request SET due = created WHERE state = 'scheduled'")
	ingrid.sees(".head .pill", "Done")
	ingrid.sees(".note", "Organization deactivated")
	for _, o := range w.emulator.Snapshot().Orgs {
		if o.UID == uid && o.Active {
			t.Error("the organization is still active")
		}
	}
}

// TestDecidingByKeyboard comes from the overview to a vote without a mouse; Enter by itself never approves.
func TestDecidingByKeyboard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	d := w.managed(1)[0]
	manager, admin := w.as(t, "ola", look{}), w.as(t, "mara", look{})
	request := manager.asks("/devices/"+d.GUID, "deactivate", "Ask to deactivate device", "case 4390")
	admin.goesTo("r")
	admin.at("/requests")
	admin.key("j", "Enter")
	admin.at(request)
	admin.sees("main", "read from the backup service just now")
	for range 80 {
		if admin.key("Tab"); strings.Contains(admin.focused(), "textarea") {
			break
		}
	}
	must(t, admin.Keyboard().Type("Checked"))
	admin.key("Enter") // a new line
	admin.tabTo("Deny")
	admin.tabTo("Approve and deactivate the device")
	if !w.isActive(d.GUID) {
		t.Fatal("it was approved before anybody said so")
	}
	admin.key("Enter")
	admin.sees(".head .pill", "Done")
}

// TestDecidingWithoutScript does all of it by plain forms and links; a run updates itself.
func TestDecidingWithoutScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	d := w.managed(1)[0]
	plain := look{noScript: true}
	manager, admin := w.as(t, "ola", plain), w.signedInLongAgo(t, "mara", plain)
	request := manager.asks("/devices/"+d.GUID, "deactivate", "Ask to deactivate device", "case 4390")
	manager.press("Read them from the backup service now")
	manager.at(request + "/now")
	manager.sees("main", "read from the backup service just now")
	admin.visit("/requests")
	admin.click("tbody a.fill")
	admin.press("Sign in again to decide")
	admin.again("mara")
	admin.at(request)
	admin.fill("#decide textarea", "Checked")
	gate := w.emulator.Delay(backupemu.Match{Method: "POST", PathPrefix: "/api/v38/computer-deactivation"})
	admin.press("Approve and deactivate the device")
	admin.sees(".head .pill", "Running")
	gate.Release()
	admin.sees(".head .pill", "Done")
	if w.isActive(d.GUID) {
		t.Error("the device is still active")
	}
}

// TestAVoteThatComesTooLate keeps what was typed, lets the person sign in beside it, and takes it then.
func TestAVoteThatComesTooLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	d := w.managed(1)[0]
	manager, admin := w.as(t, "ola", look{}), w.as(t, "mara", look{})
	admin.quiet = true
	request := manager.asks("/devices/"+d.GUID, "deactivate", "Ask to deactivate device", "case 4390")
	admin.visit(request)
	admin.fill("#decide textarea", "Typed with care")
	w.age(`UPDATE session SET claims = json_remove(claims, '$.auth_time')`)
	admin.press("Approve and deactivate the device")
	admin.sees("#decide", "sign in again first")
	beside, err := admin.Context().NewPage()
	must(t, err)
	link, err := admin.Locator("#decide a[target=_blank]").GetAttribute("href")
	must(t, err)
	other := &tab{t: t, world: w, Page: beside}
	other.visit(link)
	other.again("mara")
	other.at(request)
	if text, err := admin.Locator("#decide textarea").InputValue(); err != nil || text != "Typed with care" {
		t.Errorf("what was typed is %q (%v)", text, err)
	}
	admin.press("Approve and deactivate the device")
	admin.sees(".head .pill", "Done")
	admin.sees(".tl", "Typed with care")
}
