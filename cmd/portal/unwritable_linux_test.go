package main_test

import (
	"context"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// limitFiles limits how large the files of a running process may grow, in bytes. Zero refuses every write to a file, as
// a full disk or one that the kernel made read-only does, and can be lifted again; it needs no privilege.
func limitFiles(p *process, limit string) {
	p.t.Helper()
	out, err := exec.Command("prlimit", "--pid", strconv.Itoa(p.cmd.Process.Pid), "--fsize="+limit+":").CombinedOutput()
	if err != nil {
		p.t.Fatalf("prlimit: %v\n%s", err, out)
	}
}

// TestDatabaseTakesNoWrites takes the disk away from a running portal, and gives it back.
func TestDatabaseTakesNoWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	portal := w.synced()
	ada := w.ada()
	if bands := ada.get("/").words(t, ".band"); len(bands) != 0 {
		t.Fatalf("banners while all is well: %q", bands)
	}

	limitFiles(portal, "0")
	until(t, "the banner is there", func() bool { return len(ada.get("/").words(t, ".band")) > 0 })
	const banner = "The portal's database cannot be written. No change is sent until it can. Reading works as always; tell your operator."
	for _, path := range []string{"/", "/devices", "/devices?q=a", w.deviceURL(), w.deviceURL() + "/block", "/audit", "/readyz"} {
		a := ada.get(path)
		if a.status != http.StatusOK {
			t.Errorf("%s answers %d: %s", path, a.status, a.body)
		}
		if bands := a.words(t, ".band"); path != "/readyz" && (len(bands) != 1 || bands[0] != banner) {
			t.Errorf("%s has the banners %q", path, bands)
		}
	}
	id := newID()
	refused := ada.post(w.deviceURL()+"/block", blockForm(id))
	if refused.status != http.StatusInternalServerError || w.changes() != 0 {
		t.Errorf("a change is answered %d, %d sent", refused.status, w.changes())
	}
	if notes := refused.words(t, "main .note"); len(notes) != 1 || notes[0] != "The portal's database cannot be written. Nothing was sent. Ask your operator to look at the portal's database and its disk." {
		t.Errorf("the person is told %q", notes)
	}
	if typed := refused.words(t, "textarea[name=reason]"); len(typed) != 1 || typed[0] != blockForm(id).Get("reason") {
		t.Errorf("what was typed: %q", typed)
	}
	if kept, _ := refused.page(t).Find("input[name=operation]").Attr("value"); kept != id {
		t.Errorf("the form's operation is %q now, was %q", kept, id)
	}
	if strings.Contains(refused.body, "SQLITE") || strings.Contains(refused.body, "disk I/O") {
		t.Error("the driver's words stand on the page")
	}

	limitFiles(portal, "unlimited")
	until(t, "the banner is gone", func() bool { return len(ada.get("/").words(t, ".band")) == 0 })
	if a := ada.post(w.deviceURL()+"/block", blockForm(id)); a.header.Get("Location") != "/operations/"+id {
		t.Errorf("the same form is answered %d %s", a.status, a.body)
	}
	if got := w.story(id); got != "succeeded: intent succeeded" || w.changes() != 1 {
		t.Errorf("%s, %d changes sent", got, w.changes())
	}
	w.verified()
}

// TestOutcomeWaitsForTheDisk takes the disk away while a change is at the vendor: its outcome is not lost.
func TestOutcomeWaitsForTheDisk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	portal := w.synced()
	ada := w.ada()
	gate := w.emulator.DelayAfter(blockCall)
	id := newID()
	posted := make(chan answer, 1)
	go func() {
		a, _ := ada.try(http.MethodPost, w.deviceURL()+"/block", blockForm(id))
		posted <- a
	}()
	w.held(gate)
	limitFiles(portal, "0")
	gate.Release()
	portal.says(`"msg":"change sent"`)
	portal.says(`"msg":"background work failed"`)
	limitFiles(portal, "unlimited")
	if a := <-posted; a.header.Get("Location") != "/operations/"+id {
		t.Errorf("the person who posted is answered %d", a.status)
	}
	until(t, "the outcome is written", func() bool { return w.story(id) != "running: intent" })
	if got := w.story(id); got != "succeeded: intent succeeded" || w.changes() != 1 {
		t.Errorf("%s, %d changes sent", got, w.changes())
	}
	w.verified()
}

// TestStartOnADiskThatTakesNoWrites: a portal that could not write a single audit line does not begin to answer.
func TestStartOnADiskThatTakesNoWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "prlimit", "--fsize=0:", program, "serve")
	cmd.Dir, cmd.Env = w.folder, environ(w.settings)
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.HasPrefix(string(out), "portal: PORTAL_DATABASE_URL: ") || !strings.Contains(string(out), "cannot be written") {
		t.Errorf("%v: it says\n%s", err, out)
	}
	if asked := w.emulator.Requests(); len(asked) != 0 {
		t.Errorf("the vendor was asked %d times", len(asked))
	}
}

// TestARunWaitsForTheDisk takes the disk away in the middle of a run: the outcome of the call that is out is not lost, and
// no other goes out before it is written.
func TestARunWaitsForTheDisk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	devices := w.deactivatable(8)
	portal := w.synced()
	ada, ben := w.ada(), w.visitor().signIn("ben")
	id := w.ask(ada, devices)
	reading := w.emulator.Delay(readOf(devices[4]))
	w.approve(ben, id)
	w.held(reading)
	call := w.emulator.DelayAfter(deactivateCall)
	reading.Release()
	w.held(call)
	limitFiles(portal, "0")
	call.Release()
	portal.says(`"msg":"background work failed"`)
	if n := len(w.deactivations()); n != 5 {
		t.Errorf("%d calls went out though the fifth is not written", n)
	}
	limitFiles(portal, "unlimited")
	until(t, "the request has ended", func() bool { return w.requestStory(id) == "ended: requested approved ended" })
	if got := w.itemStories(id); got[sentStory] != len(devices) {
		t.Errorf("the items: %v", got)
	}
	w.sentOnce(devices)
	w.verified()
}
