package main_test

import (
	"maps"
	"sync"
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
)

// TestVendorFaultsInARun: what goes wrong with one device is that device's outcome; what nobody knows stops the rest.
func TestVendorFaultsInARun(t *testing.T) {
	t.Parallel()
	const failed = "failed: intent failed"
	answers := func(status int, body string) func(*backupemu.Server) {
		return func(s *backupemu.Server) {
			s.FailNext(deactivateCall, backupemu.Failure{Status: status, Body: body}, 1)
		}
	}
	w := newWorld(t)
	devices := w.deactivatable(12)
	portal := w.synced()
	ada, ben := w.ada(), w.visitor().signIn("ben")
	id := w.ask(ada, devices)
	post, form := w.ballot(ben, id)
	faults := []struct {
		item  int
		order func(*backupemu.Server)
		story string
		calls int
	}{
		{1, answers(500, "oops"), failed, 1},
		{2, answers(429, "slow down"), failed, 1},
		{4, answers(400, `[{"name":"ACTIVE_LEGAL_HOLD"}]`), failed, 1},
		{5, func(s *backupemu.Server) { s.DropAfter(deactivateCall, 1) }, sentStory, 1},
		{6, func(s *backupemu.Server) {
			must(t, s.SetActive(devices[6].GUID, false)) // somebody else was faster
		}, "left-out: refused", 0},
		{9, func(s *backupemu.Server) { s.Drop(deactivateCall, 1) }, "unknown: intent unknown", 1},
	}
	gates := make([]*backupemu.Gate, len(faults))
	for i, f := range faults {
		gates[i] = w.emulator.Delay(readOf(devices[f.item]))
	}
	var posted sync.WaitGroup
	posted.Go(func() { _, _ = ben.try("POST", post, form) })
	for i, f := range faults {
		w.held(gates[i])
		f.order(w.emulator)
		gates[i].Release()
	}
	posted.Wait()
	until(t, "the run has stopped", func() bool { return w.requestStory(id) == "stopped: requested approved stopped" })
	// A portal that is gone does not look by itself, ten seconds later, what has become of the one that nobody knows of.
	portal.kill()
	w.serve()
	r, _ := w.request(id)
	for _, f := range faults {
		if got := w.story(r.Items[f.item].ID); got != f.story {
			t.Errorf("device %d: %s, want %s (%s)", f.item, got, f.story, r.Items[f.item].Detail)
		}
		if n := w.deactivations()[devices[f.item].ID]; n != f.calls {
			t.Errorf("device %d had %d calls", f.item, n)
		}
	}
	if a := ada.post("/requests/"+id+"/continue", nil); a.status != 409 {
		t.Errorf("going on before anybody knows is answered %d", a.status)
	}
	ada.post("/requests/"+id+"/finish", nil)
	ada.post("/operations/"+r.Items[9].ID+"/check", nil)
	until(t, "it has ended", func() bool { r, _ := w.request(id); return r.State == "ended" })
	want := map[string]int{
		sentStory: 5, failed: 3, "left-out: refused": 1, "failed: intent unknown failed": 1, "left-out:": 2,
	}
	got := w.itemStories(id)
	if !maps.Equal(want, got) {
		t.Errorf("the items: %v, want %v; %s", got, want, w.requestStory(id))
	}
	w.verified()
}
