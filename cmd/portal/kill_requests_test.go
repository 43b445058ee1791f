package main_test

import (
	"maps"
	"net/http"
	"sync"
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
)

// hundred is the most that one request takes.
const hundred = 100

const (
	askedFor    = "requested approved approved"
	sentStory   = "succeeded: intent succeeded"
	endedAtOnce = "ended: " + askedFor + " ended"
)

// asked is a portal with a request over a hundred devices that lacks one vote.
func (w *world) asked(devices []backupemu.Device) (id string, last *browser) {
	w.t.Helper()
	ada, ben, cleo := w.ada(), w.visitor().signIn("ben"), w.visitor().signIn("cleo")
	id = w.ask(ada, devices)
	// More than 25 within an hour: one more than the rule's one has to agree.
	w.approve(ben, id)
	if got := w.requestStory(id); got != "awaiting: requested approved" {
		w.t.Fatalf("after one vote: %s", got)
	}
	return id, cleo
}

// TestKilledInARun kills the portal without warning in the middle of a request over a hundred devices, and starts it
// again on the same data.
func TestKilledInARun(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		item     int  // at which of them
		calling  bool // its call is at the vendor
		applied  bool // and was carried out
		settled  string
		finished string
	}{
		{name: "before the first item", item: 0, finished: endedAtOnce},
		{name: "in the call of an item, before it is carried out", item: 30, calling: true, settled: "failed: intent unknown failed", finished: "ended: " + askedFor + " stopped started ended"},
		{name: "between call and outcome", item: 60, calling: true, applied: true, settled: "succeeded: intent unknown succeeded", finished: "ended: " + askedFor + " stopped started ended"},
		{name: "between two items", item: 45, finished: endedAtOnce},
		{name: "at the last item", item: hundred - 1, calling: true, applied: true, settled: "succeeded: intent unknown succeeded", finished: "ended: " + askedFor + " stopped ended"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldOf(t, 2*hundred)
			devices := w.deactivatable(hundred)
			portal := w.synced()
			id, cleo := w.asked(devices)
			post, form := w.ballot(cleo, id)

			reading := w.emulator.Delay(readOf(devices[test.item]))
			var posted sync.WaitGroup
			posted.Go(func() { _, _ = cleo.try(http.MethodPost, post, form) })
			w.held(reading)
			if test.calling {
				call := w.emulator.Delay(deactivateCall)
				if test.applied {
					call.Release()
					call = w.emulator.DelayAfter(deactivateCall)
				}
				reading.Release()
				w.held(call)
				defer call.Release()
				portal.kill()
				w.abandoned(call)
				call.Release()
			} else {
				portal.kill()
				w.abandoned(reading)
				reading.Release()
			}
			posted.Wait()
			sent := maps.Clone(w.deactivations())

			w.serve()
			ada := w.ada()
			if test.calling {
				until(t, "the request has stopped", func() bool { return w.requestStory(id) == "stopped: "+askedFor+" stopped" })
				r, _ := w.request(id)
				at := r.Items[test.item]
				if got := w.story(at.ID); got != "unknown: intent unknown" || at.TargetID != devices[test.item].GUID {
					t.Errorf("the item that was under way: %s, %s", at.TargetID, got)
				}
				if got := w.deactivations(); !maps.Equal(sent, got) || len(got) != test.item+1 {
					t.Errorf("while it is stopped, calls went out: %v, %d before", got, len(sent))
				}
				ada.post("/operations/"+at.ID+"/check", nil)
				if got := w.story(at.ID); got != test.settled {
					t.Errorf("after the check: %s, want %s", got, test.settled)
				}
				if test.item < hundred-1 {
					if a := ada.post("/requests/"+id+"/continue", nil); a.header.Get("Location") != "/requests/"+id {
						t.Errorf("going on is answered %d %s", a.status, a.words(t, "main"))
					}
				}
			}
			until(t, "the request has ended", func() bool { return w.requestStory(id) == test.finished })

			want := map[string]int{sentStory: hundred}
			if test.calling {
				want = map[string]int{sentStory: hundred - 1, test.settled: 1}
			}
			if got := w.itemStories(id); !maps.Equal(want, got) {
				t.Errorf("the items: %v, want %v", got, want)
			}
			w.sentOnce(devices)
			left := 0
			if test.calling && !test.applied {
				left = 1
			}
			if n := w.inactive(devices); n != hundred-left {
				t.Errorf("%d devices are deactivated", n)
			}
			w.verified()
		})
	}
}

// TestTheDriverOfARunIsKilled: of two portals on one database the one that runs a request is killed; the other goes on
// when the claim of the first is over, and not before.
func TestTheDriverOfARunIsKilled(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		calling  bool // a call is at the vendor when it is killed
		stories  map[string]int
		finished string
	}{
		{"between two items", false, map[string]int{sentStory: hundred}, endedAtOnce},
		{
			"between call and outcome", true,
			map[string]int{sentStory: hundred - 1, "succeeded: intent unknown succeeded": 1},
			"ended: " + askedFor + " stopped started ended",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newReplicasOf(t, 2*hundred)
			const item = 20
			devices := r.deactivatable(hundred)
			first := r.start(0)
			first.says(`"msg":"mirror synced"`)
			second := r.start(1)
			second.says(`"msg":"portal is ready"`)
			id, cleo := r.asked(devices)
			post, form := r.ballot(cleo, id)

			reading := r.emulator.Delay(readOf(devices[item]))
			// Whoever takes the last vote drives the run.
			if a := r.at(0, cleo).post(post, form); a.header.Get("Location") != "/requests/"+id {
				t.Fatalf("the vote is answered %d %s", a.status, a.words(t, "main"))
			}
			r.held(reading)
			driver := r.value("SELECT claim_holder FROM request WHERE id = '" + id + "'")
			call := r.emulator.DelayAfter(deactivateCall)
			if test.calling {
				reading.Release()
				r.held(call)
			}
			first.kill()
			call.Release()
			reading.Release()

			// As long as the claim lasts nobody else drives: the killed one could be slow only.
			until(t, "the other portal tends the requests", func() bool {
				return r.value("SELECT count(*) FROM lease WHERE name = 'job:requests' AND holder <> '"+driver+"'") == "1"
			})
			if got := r.deactivations(); len(got) > item+1 || r.value("SELECT claim_holder FROM request WHERE id = '"+id+"'") != driver {
				t.Errorf("the other portal took the run before the claim's end: %d calls", len(got))
			}
			// Time passes.
			r.execute("UPDATE request SET claim_until = '2000-01-01T00:00:00.000000Z'")
			if test.calling {
				r.execute("UPDATE operation SET deadline = '2000-01-01T00:00:00.000000Z' WHERE state = 'running'")
				until(t, "the request has stopped", func() bool { return r.requestStory(id) == "stopped: "+askedFor+" stopped" })
				now, _ := r.request(id)
				ada := r.at(1, r.ada())
				ada.post("/operations/"+now.Items[item].ID+"/check", nil)
				ada.post("/requests/"+id+"/continue", nil)
			}
			until(t, "the request has ended", func() bool { return r.requestStory(id) == test.finished })
			if got := r.itemStories(id); !maps.Equal(test.stories, got) {
				t.Errorf("the items: %v, want %v", got, test.stories)
			}
			r.sentOnce(devices)
			if n := r.inactive(devices); n != hundred {
				t.Errorf("%d devices are deactivated", n)
			}
			r.verified()
		})
	}
}
