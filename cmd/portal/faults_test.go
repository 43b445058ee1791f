package main_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	backupemu "backup-portal/internal/emulator/backup"
)

// TestVendorFaults goes wrong in a few ways at the real program; all ways are in the golden table of internal/handlers.
func TestVendorFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		order func(*backupemu.Server)
		story string
		note  string
	}{
		{
			"reset before it was carried out", func(s *backupemu.Server) { s.Drop(blockCall, 1) }, "unknown: intent unknown",
			"Nobody can say yet whether it happened. The connection broke before the answer arrived. It is never sent a second time by itself. " +
				"Other actions on this device wait until this is settled.",
		},
		{
			"reset after it was carried out", func(s *backupemu.Server) { s.DropAfter(blockCall, 1) }, "succeeded: intent succeeded",
			"Device blocked. The connection broke before the answer arrived. The check read back that it happened: Active, Blocked.",
		},
		{
			"500", func(s *backupemu.Server) { s.FailNext(blockCall, backupemu.Failure{Status: 500, Body: "oops"}, 1) }, "failed: intent failed",
			"Device not blocked. The backup service answered 500 (Internal Server Error). The check read back that nothing changed: Active.",
		},
		{
			"garbage", func(s *backupemu.Server) {
				s.FailNext(blockCall, backupemu.Failure{Status: 200, Body: "<html>welcome"}, 1)
			}, "failed: intent failed",
			"Device not blocked. The backup service answered with something that is not an answer to this call. The check read back that nothing changed: Active.",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.synced()
			ada := w.ada()
			test.order(w.emulator)
			id := newID()
			posted := ada.post(w.deviceURL()+"/block", blockForm(id))
			if posted.status != http.StatusSeeOther || posted.header.Get("Location") != "/operations/"+id {
				t.Fatalf("the post is answered %d %s", posted.status, posted.body)
			}
			page := ada.get("/operations/" + id)
			got := append(page.words(t, "h1"), page.words(t, ".note")...)
			if diff := cmp.Diff([]string{"Block " + w.device.Name, test.note}, got); page.status != http.StatusOK || diff != "" {
				t.Errorf("the operation's page: %d, heading and notes (-want +got)\n%s", page.status, diff)
			}
			if got := w.story(id); got != test.story || w.changes() != 1 {
				t.Errorf("%s, want %s; %d changes sent", got, test.story, w.changes())
			}
		})
	}
}
