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
			<-gate.Arrived()
			if got := w.story(id); got != "running: intent" {
				t.Errorf("while the call is held: %s", got)
			}
			if test.answered {
				posted.Wait()
			}
			portal.kill()
			posted.Wait()
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
