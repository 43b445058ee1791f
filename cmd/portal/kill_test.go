package main_test

import (
	"net/http"
	"sync"
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
)

var blockCall = backupemu.Match{Method: http.MethodPut, PathPrefix: "/api/v1/ComputerBlock/"}

// TestKilledWhileTheCallIsHeld kills the portal without warning while a change is at the vendor, and starts it again on
// the same data.
func TestKilledWhileTheCallIsHeld(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		hold     func(*backupemu.Server) *backupemu.Gate
		answered bool // killed only after the person was answered "still running"
		settled  string
		applied  bool
	}{
		{"before it is carried out", func(s *backupemu.Server) *backupemu.Gate { return s.Delay(blockCall) }, false, "failed: intent unknown failed", false},
		{"after it was carried out", func(s *backupemu.Server) *backupemu.Gate { return s.DelayAfter(blockCall) }, false, "succeeded: intent unknown succeeded", true},
		{"after the person was answered", func(s *backupemu.Server) *backupemu.Gate { return s.DelayAfter(blockCall) }, true, "succeeded: intent unknown succeeded", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			portal := w.synced()
			ada := w.ada()
			gate := test.hold(w.emulator)
			id := newID()
			var posted sync.WaitGroup
			posted.Go(func() {
				a, err := ada.try(http.MethodPost, w.deviceURL()+"/block", blockForm(id))
				if answered := err == nil && a.header.Get("Location") == "/operations/"+id; answered != test.answered {
					t.Errorf("the post was answered: %t (%d, %v)", answered, a.status, err)
				}
			})
			w.held(gate)
			if got := w.story(id); got != "running: intent" {
				t.Errorf("while the call is held: %s", got)
			}
			if test.answered {
				posted.Wait()
			}
			portal.kill()
			posted.Wait()
			w.abandoned(gate)
			gate.Release()

			w.serve()
			if got := w.story(id); got != "unknown: intent unknown" {
				t.Errorf("after the restart: %s", got)
			}
			page := ada.get("/operations/" + id)
			if notes := page.words(t, ".note"); page.status != http.StatusOK || len(notes) != 1 || notes[0] != unknownNote {
				t.Errorf("the operation's page after the restart, with the old session: %d %q", page.status, notes)
			}
			if again := ada.post(w.deviceURL()+"/block", blockForm(id)); again.header.Get("Location") != "/operations/"+id {
				t.Errorf("the form posted again is answered %d %q", again.status, again.header)
			}
			ada.post("/operations/"+id+"/check", nil)
			if got := w.story(id); got != test.settled {
				t.Errorf("after the check: %s, want %s", got, test.settled)
			}
			if n := w.changes(); n != 1 || w.blocked() != test.applied {
				t.Errorf("%d changes were sent, and the device is blocked: %t", n, w.blocked())
			}
			w.verified()
		})
	}
}

const unknownNote = "Nobody can say yet whether it happened. The portal stopped before the answer arrived. Nothing is sent again. " +
	"It is never sent a second time by itself. Other actions on this device wait until this is settled."

// TestKilledAfterTheOutcome shows that what a person was told of a change survives the portal's sudden death.
func TestKilledAfterTheOutcome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	portal := w.synced()
	ada := w.ada()
	id := newID()
	if a := ada.post(w.deviceURL()+"/block", blockForm(id)); a.header.Get("Location") != "/operations/"+id {
		t.Fatalf("the post is answered %d %s", a.status, a.body)
	}
	portal.kill()

	w.serve()
	if got := w.story(id); got != "succeeded: intent succeeded" || !w.blocked() || w.changes() != 1 {
		t.Errorf("after the restart: %s, blocked %t, %d changes sent", got, w.blocked(), w.changes())
	}
	if notes := ada.get("/operations/"+id).words(t, ".note"); len(notes) != 1 || notes[0] != "Device blocked. Read back: Active, Blocked." {
		t.Errorf("the operation's page says %q", notes)
	}
	w.verified()
}

// TestKilledWhileReading kills the portal while it reads what a change needs to know first: there is no change yet.
func TestKilledWhileReading(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	portal := w.synced()
	ada := w.ada()
	gate := w.emulator.Delay(backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Computer/" + w.device.GUID})
	id := newID()
	var posted sync.WaitGroup
	posted.Go(func() {
		if a, err := ada.try(http.MethodPost, w.deviceURL()+"/block", blockForm(id)); err == nil {
			t.Errorf("a portal that was killed has answered: %d", a.status)
		}
	})
	w.held(gate)
	portal.kill()
	posted.Wait()
	w.abandoned(gate)
	gate.Release()

	w.serve()
	if a := ada.get("/operations/" + id); a.status != http.StatusNotFound || w.changes() != 0 {
		t.Errorf("after the restart: %d for the operation's page, %d changes sent", a.status, w.changes())
	}
	if a := ada.post(w.deviceURL()+"/block", blockForm(id)); a.header.Get("Location") != "/operations/"+id {
		t.Errorf("the form posted again is answered %d %s", a.status, a.body)
	}
	if got := w.story(id); got != "succeeded: intent succeeded" || w.changes() != 1 {
		t.Errorf("after posting again: %s, %d changes sent", got, w.changes())
	}
	w.verified()
}

// TestKilledDuringSync shows that a half-read fleet costs nothing: the lists stay, and the next portal reads it anew.
func TestKilledDuringSync(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	portal := w.synced()
	ada := w.ada()
	before := ada.get("/devices").words(t, "tbody tr td:first-child")
	must(t, w.emulator.RenameDevice(w.device.GUID, "RENAMED-MEANWHILE"))
	gate := w.emulator.Delay(backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Computer"})
	ada.post("/sync", nil)
	w.held(gate)
	portal.kill()

	portal = w.serve()
	if after := ada.get("/devices").words(t, "tbody tr td:first-child"); len(before) == 0 || len(after) != len(before) {
		t.Errorf("%d devices are listed after the restart, %d before", len(after), len(before))
	}
	gate.Release()
	portal.says(`"msg":"mirror synced"`)
	if a := ada.get("/devices?q=RENAMED-MEANWHILE"); len(a.words(t, "tbody tr")) != 1 {
		t.Errorf("the sync of the new portal did not find what has changed: %q", a.words(t, "tbody tr"))
	}
	w.verified()
}

// TestKilledDuringCheck kills the portal for a second time, while it looks how a change came out.
func TestKilledDuringCheck(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	portal := w.synced()
	ada := w.ada()
	call := w.emulator.DelayAfter(blockCall)
	id := newID()
	var posted sync.WaitGroup
	posted.Go(func() { _, _ = ada.try(http.MethodPost, w.deviceURL()+"/block", blockForm(id)) })
	w.held(call)
	portal.kill()
	posted.Wait()
	call.Release()

	portal = w.serve()
	reading := w.emulator.Delay(backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Computer/" + w.device.GUID})
	posted.Go(func() { _, _ = ada.try(http.MethodPost, "/operations/"+id+"/check", nil) })
	w.held(reading)
	portal.kill()
	posted.Wait()
	reading.Release()

	w.serve()
	if got := w.story(id); got != "unknown: intent unknown" {
		t.Errorf("after the second restart: %s", got)
	}
	ada.post("/operations/"+id+"/check", nil)
	if got := w.story(id); got != "succeeded: intent unknown succeeded" || w.changes() != 1 {
		t.Errorf("after the check: %s, %d changes sent", got, w.changes())
	}
	w.verified()
}
