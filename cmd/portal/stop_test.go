package main_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
)

// TestStopFinishesTheCall asks a portal to stop while a change is at the vendor: while its person waits for the answer,
// and when they were told that it still runs and nothing but the portal knows of it.
func TestStopFinishesTheCall(t *testing.T) {
	t.Parallel()
	for name, answered := range map[string]bool{"its person waits": false, "its person was answered": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			portal := w.synced()
			ada := w.ada()
			gate := w.emulator.Delay(blockCall)
			id := newID()
			var posted sync.WaitGroup
			posted.Go(func() {
				a, err := ada.try(http.MethodPost, w.deviceURL()+"/block", blockForm(id))
				if err != nil || a.header.Get("Location") != "/operations/"+id {
					t.Errorf("the person who posted is answered %d %v", a.status, err)
				}
			})
			w.held(gate)
			if answered {
				posted.Wait()
			}
			portal.terminate()
			portal.says("stopping: running calls are finished first")
			until(t, "no new request is taken", func() bool {
				_, err := w.visitor().try(http.MethodGet, "/healthz", nil)
				return err != nil
			})
			if !portal.running() || w.story(id) != "running: intent" {
				t.Errorf("the portal did not wait for the call: running %t, %s", portal.running(), w.story(id))
			}
			gate.Release()
			posted.Wait()
			if code := portal.ended(); code != 0 {
				t.Errorf("exit code %d:\n%s", code, portal.output())
			}
			if got := w.story(id); got != "succeeded: intent succeeded" || !w.blocked() || w.changes() != 1 {
				t.Errorf("after the stop: %s, blocked %t, %d changes sent", got, w.blocked(), w.changes())
			}

			portal = w.serve()
			if out := portal.output(); strings.Contains(out, "unknown outcome") {
				t.Errorf("the next portal found something to settle:\n%s", out)
			}
			if notes := ada.get("/operations/"+id).words(t, ".note"); len(notes) != 1 || !strings.HasPrefix(notes[0], "Device blocked.") {
				t.Errorf("the operation's page says %q", notes)
			}
			w.verified()
		})
	}
}

// TestOnePortalPerFolder starts a second portal on the data folder of a running one.
func TestOnePortalPerFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.serve()
	w.with("PORTAL_ADDR", freeAddress(t))
	second := launch(t, w.folder, w.settings, "serve")
	if code := second.ended(); code != 1 {
		t.Errorf("the second portal exits with %d", code)
	}
	want := "portal: PORTAL_DATABASE_URL: the data folder " + w.folder + " is in use by another portal: stop that one, or point PORTAL_DATABASE_URL at another folder"
	if got := second.output(); got != want {
		t.Errorf("the second portal says\n%s\nwant\n%s", got, want)
	}
	if a := w.visitor().get("/readyz"); a.status != http.StatusOK {
		t.Errorf("the first portal is no longer ready: %d", a.status)
	}
	first.terminate()
	if code := first.ended(); code != 0 {
		t.Errorf("the first portal exits with %d", code)
	}
	w.serve()
}
