package main_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/operation"
)

// deactivateCall is what deactivates a device; which one stands in its body.
var deactivateCall = backupemu.Match{Method: http.MethodPost, PathPrefix: "/api/v38/computer-deactivation/update"}

// readOf is the live read of a device, which comes before its call.
func readOf(d backupemu.Device) backupemu.Match {
	return backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Computer/" + d.GUID}
}

// deactivatable lists the first n devices that can be deactivated.
func (w *world) deactivatable(n int) []backupemu.Device {
	w.t.Helper()
	var found []backupemu.Device
	for _, d := range w.emulator.Snapshot().Devices {
		if d.Active && !d.OnHold && len(found) < n {
			found = append(found, d)
		}
	}
	if len(found) < n {
		w.t.Fatalf("only %d devices can be deactivated", len(found))
	}
	return found
}

// form reads a page's form as a browser does, without what is typed.
func (a answer) form(t *testing.T, selector string) url.Values {
	t.Helper()
	form := a.page(t).Find(selector)
	if form.Length() != 1 {
		t.Fatalf("%d forms are %s: %d %s", form.Length(), selector, a.status, a.words(t, "main"))
	}
	values := url.Values{}
	form.Find("input[type=hidden]").Each(func(_ int, field *goquery.Selection) {
		values.Add(field.AttrOr("name", ""), field.AttrOr("value", ""))
	})
	return values
}

// ask asks for devices to be deactivated, as a person does in the list, and answers the request's id.
func (w *world) ask(b *browser, devices []backupemu.Device) string {
	w.t.Helper()
	query := url.Values{"action": {"device.deactivate"}}
	for _, d := range devices {
		query.Add("guid", d.GUID)
	}
	const post = "/devices/several/deactivate"
	form := b.get("/devices/several?"+query.Encode()).form(w.t, "form[action='"+post+"']")
	form.Set("reason", "case 4471, typed with care")
	form.Set("count", fmt.Sprint(len(devices)))
	a := b.post(post, form)
	id, ok := strings.CutPrefix(a.header.Get("Location"), "/requests/")
	if !ok {
		w.t.Fatalf("asking is answered %d %s", a.status, a.words(w.t, "main"))
	}
	return id
}

// ballot is the form of a vote, with a yes.
func (w *world) ballot(b *browser, id string) (post string, form url.Values) {
	w.t.Helper()
	post = "/requests/" + id + "/vote"
	form = b.get("/requests/"+id).form(w.t, "form[action='"+post+"']")
	form.Set("vote", "approve")
	return post, form
}

func (w *world) approve(b *browser, id string) {
	w.t.Helper()
	post, form := w.ballot(b, id)
	if a := b.post(post, form); a.header.Get("Location") != "/requests/"+id {
		w.t.Fatalf("a vote is answered %d %s", a.status, a.words(w.t, "main"))
	}
}

// request reads a request and what the audit log says of it and its items.
func (w *world) request(id string) (operation.Request, []operation.Event) {
	w.t.Helper()
	db := w.inspect()
	defer db.Close()
	r, err := db.Request(w.t.Context(), id)
	must(w.t, err)
	steps, err := db.Steps(w.t.Context(), id)
	must(w.t, err)
	return r, steps
}

// requestStory is the state of a request and the lines that are about it as a whole.
func (w *world) requestStory(id string) string {
	w.t.Helper()
	r, steps := w.request(id)
	var own []operation.Event
	for _, e := range steps {
		if e.Line.Operation == "" {
			own = append(own, e)
		}
	}
	return storyOf(r.State, own)
}

// itemStories counts the items by their stories.
func (w *world) itemStories(id string) map[string]int {
	w.t.Helper()
	r, steps := w.request(id)
	events := map[string][]operation.Event{}
	for _, e := range steps {
		events[e.Line.Operation] = append(events[e.Line.Operation], e)
	}
	stories := map[string]int{}
	for _, item := range r.Items {
		stories[storyOf(item.State, events[item.ID])]++
	}
	return stories
}

// deactivations counts the calls that reached the vendor, by device.
func (w *world) deactivations() map[int64]int {
	w.t.Helper()
	calls := map[int64]int{}
	for _, r := range w.emulator.Requests() {
		if r.Method == deactivateCall.Method && r.Path == deactivateCall.PathPrefix {
			var id int64
			if _, err := fmt.Sscanf(r.Body, `{"id":%d}`, &id); err != nil {
				w.t.Errorf("a call names no device: %s", r.Body)
			}
			calls[id]++
		}
	}
	return calls
}

// sentOnce fails unless each of these devices had one call, and no other device any.
func (w *world) sentOnce(devices []backupemu.Device) {
	w.t.Helper()
	want := map[int64]int{}
	for _, d := range devices {
		want[d.ID] = 1
	}
	if got := w.deactivations(); !maps.Equal(want, got) {
		w.t.Errorf("calls by device: %v, want one for each of %d", got, len(devices))
	}
}

// inactive counts how many of the devices the vendor has deactivated.
func (w *world) inactive(devices []backupemu.Device) int {
	w.t.Helper()
	active := map[string]bool{}
	for _, d := range w.emulator.Snapshot().Devices {
		active[d.GUID] = d.Active
	}
	n := 0
	for _, d := range devices {
		if !active[d.GUID] {
			n++
		}
	}
	return n
}
