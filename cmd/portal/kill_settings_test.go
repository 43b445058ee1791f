package main_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"

	backupemu "backup-portal/internal/emulator/backup"
)

var (
	// Settings are written by two calls: the packets, then the document.
	packetsCall  = backupemu.Match{Method: http.MethodPut, PathPrefix: "/api/v1/OrgSetting/"}
	documentCall = backupemu.Match{Method: http.MethodPut, PathPrefix: "/api/v1/Org/"}
)

// controls reads a form as a browser would post it untouched.
func (a answer) controls(t *testing.T, selector string) url.Values {
	t.Helper()
	form := a.page(t).Find(selector)
	if form.Length() != 1 {
		t.Fatalf("%d forms are %s: %d %s", form.Length(), selector, a.status, a.words(t, "main"))
	}
	return controls(form)
}

func controls(form *goquery.Selection) url.Values {
	values := url.Values{}
	form.Find("input[name], select[name], textarea[name]").Each(func(_ int, field *goquery.Selection) {
		name, kind := field.AttrOr("name", ""), field.AttrOr("type", "text")
		_, checked := field.Attr("checked")
		switch {
		case goquery.NodeName(field) == "select":
			values.Add(name, field.Find("option[selected]").AttrOr("value", field.Find("option").AttrOr("value", "")))
		case goquery.NodeName(field) == "textarea":
			values.Add(name, field.Text())
		case (kind != "radio" && kind != "checkbox") || checked:
			values.Add(name, field.AttrOr("value", ""))
		}
	})
	return values
}

// labelled is the name of the control that a label or a legend of a form belongs to.
func (a answer) labelled(t *testing.T, label string) string {
	t.Helper()
	var name string
	a.page(t).Find("label[for], legend").Each(func(_ int, s *goquery.Selection) {
		if strings.TrimSpace(s.Text()) != label {
			return
		}
		if id, ok := s.Attr("for"); ok {
			name = a.page(t).Find("[id='"+id+"']").AttrOr("name", "")
			return
		}
		name = s.Parent().Find("input").AttrOr("name", "")
	})
	if name == "" {
		t.Fatalf("no field is labelled %q: %s", label, a.words(t, "main"))
	}
	return name
}

// roomy is a budget that no change of settings uses up.
const roomy = "[budget]\nperson_per_hour = 10000\nsubtree_per_day = 10000\nceiling = 10000"

// The labels in the form “Restore” and what is written into them: the switch travels as a packet, the limit in
// the document.
const (
	ofPackets  = "Restore in the browser"
	ofDocument = "Limit for administrators"
)

// edited is the form that sends a change of two parts, as the review of an organization's settings draws it.
func (w *world) edited(b *browser, uid string) url.Values {
	w.t.Helper()
	page := "/organizations/" + uid + "/settings/restore"
	drawn := b.get(page)
	form := drawn.controls(w.t, "#settings-form")
	packets, document := drawn.labelled(w.t, ofPackets), drawn.labelled(w.t, ofDocument)
	form.Set(packets, map[string]string{"true": "false", "false": "true"}[form.Get(packets)])
	form.Set(document, form.Get(document)+"0")
	form.Set("review", "1")
	review := b.post(page, form)
	send := review.controls(w.t, "form#confirm")
	send.Set("reason", "case 4471, typed with care")
	return send
}

// parts is what the vendor has of the two: the packet's value and the document's.
func (w *world) parts(b *browser, uid string) string {
	w.t.Helper()
	drawn := b.get("/organizations/" + uid + "/settings/restore")
	form := drawn.controls(w.t, "#settings-form")
	return form.Get(drawn.labelled(w.t, ofPackets)) + " " + form.Get(drawn.labelled(w.t, ofDocument))
}

// written counts the two calls that reached the vendor.
func (w *world) written() (packets, documents int) {
	for _, r := range w.emulator.Requests() {
		switch {
		case r.Method != http.MethodPut:
		case strings.HasPrefix(r.Path, packetsCall.PathPrefix):
			packets++
		case strings.HasPrefix(r.Path, documentCall.PathPrefix):
			documents++
		}
	}
	return packets, documents
}

// sole is the one operation of a request.
func (w *world) sole(request string) string {
	w.t.Helper()
	r, _ := w.request(request)
	if len(r.Items) != 1 {
		w.t.Fatalf("the request has %d items", len(r.Items))
	}
	return r.Items[0].ID
}

// TestKilledInASettingsWrite kills the portal around the two calls of one change, starts it again on the same data, looks how it
// came out, and mends what is half done.
func TestKilledInASettingsWrite(t *testing.T) {
	t.Parallel()
	const happened, inPart, not = "succeeded: intent unknown succeeded", "failed-in-part: intent unknown failed in part", "failed: intent unknown failed"
	for _, test := range []struct {
		name               string
		hold               func(*backupemu.Server) *backupemu.Gate
		settled            string
		packets, documents int // calls that reached the vendor
		repair             string
	}{
		{"before part one", func(s *backupemu.Server) *backupemu.Gate { return s.Delay(packetsCall) }, not, 1, 0, ""},
		{"in part one", func(s *backupemu.Server) *backupemu.Gate { return s.DelayAfter(packetsCall) }, inPart, 1, 0, "rest"},
		{"between the parts", func(s *backupemu.Server) *backupemu.Gate { return s.Delay(documentCall) }, inPart, 1, 1, "back"},
		{"in part two", func(s *backupemu.Server) *backupemu.Gate { return s.DelayAfter(documentCall) }, happened, 1, 1, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.with("PORTAL_RULES", roomy)
			portal := w.synced()
			ada := w.ada()
			uid := w.device.OrgUID
			form := w.edited(ada, uid)
			before := w.parts(ada, uid)
			after := wanted(before)
			gate := test.hold(w.emulator)
			request := form.Get("operation")
			var posted sync.WaitGroup
			posted.Go(func() { _, _ = ada.try(http.MethodPost, "/organizations/"+uid+"/change-settings", form) })
			w.held(gate)
			portal.kill()
			posted.Wait()
			w.abandoned(gate)
			gate.Release()

			w.serve()
			id := w.sole(request)
			if got := w.story(id); got != "unknown: intent unknown" {
				t.Errorf("after the restart: %s", got)
			}
			if a := ada.post("/organizations/"+uid+"/change-settings", form); a.header.Get("Location") != "/requests/"+request {
				t.Errorf("the form posted again is answered %d %q", a.status, a.header)
			}
			ada.post("/operations/"+id+"/check", nil)
			if got := w.story(id); got != test.settled {
				t.Errorf("after the check: %s, want %s", got, test.settled)
			}
			if packets, documents := w.written(); packets != test.packets || documents != test.documents {
				t.Errorf("%d packets and %d documents were sent, want %d and %d", packets, documents, test.packets, test.documents)
			}
			want := map[string]string{happened: after, not: before, inPart: mixed(after, before)}[test.settled]
			if got := w.parts(ada, uid); got != want {
				t.Errorf("the vendor has %s, want %s", got, want)
			}
			if test.repair != "" {
				w.repaired(ada, uid, id, test.repair)
				if got, want := w.parts(ada, uid), map[string]string{"rest": after, "back": before}[test.repair]; got != want {
					t.Errorf("after the repair the vendor has %s, want %s", got, want)
				}
				packets, documents := w.written()
				if sent := map[string]int{"rest": packets - test.packets, "back": documents - test.documents}[test.repair]; sent != 0 {
					t.Errorf("the repair sent %d calls of the other part", sent)
				}
			}
			w.verified()
		})
	}
}

// TestKilledAfterASettingsWrite shows that what was told of both parts survives.
func TestKilledAfterASettingsWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.with("PORTAL_RULES", roomy)
	portal := w.synced()
	ada := w.ada()
	uid := w.device.OrgUID
	form := w.edited(ada, uid)
	after := wanted(w.parts(ada, uid))
	request := form.Get("operation")
	if a := ada.post("/organizations/"+uid+"/change-settings", form); a.header.Get("Location") != "/requests/"+request {
		t.Fatalf("the post is answered %d %s", a.status, a.words(t, "main"))
	}
	until(t, "the request has ended", func() bool { return strings.HasPrefix(w.requestStory(request), "ended:") })
	portal.kill()

	w.serve()
	packets, documents := w.written()
	if got := w.story(w.sole(request)); got != sentStory || packets != 1 || documents != 1 {
		t.Errorf("after the restart: %s, %d packets and %d documents were sent", got, packets, documents)
	}
	if got := w.parts(ada, uid); got != after {
		t.Errorf("the vendor has %s, want %s", got, after)
	}
	w.verified()
}

// wanted is what edited makes of both parts, and mixed has the packets of the one and the document of the other.
func wanted(parts string) string {
	packet, limit, _ := strings.Cut(parts, " ")
	return map[string]string{"true": "false", "false": "true"}[packet] + " " + limit + "0"
}

func mixed(packets, document string) string {
	packet, _, _ := strings.Cut(packets, " ")
	_, limit, _ := strings.Cut(document, " ")
	return packet + " " + limit
}

// repaired sends what an operation left undone ("rest") or puts back what it did ("back"), as its page offers.
func (w *world) repaired(b *browser, uid, id, repair string) {
	w.t.Helper()
	button := map[string]string{"rest": "Send the rest", "back": "Put the first part back"}[repair]
	page := b.get("/operations/" + id)
	var form url.Values
	page.page(w.t).Find("form").Each(func(_ int, s *goquery.Selection) {
		if strings.TrimSpace(s.Find("button").Text()) == button {
			form = controls(s)
		}
	})
	if form == nil {
		w.t.Fatalf("the operation's page has no button %q: %s", button, page.words(w.t, "main"))
	}
	a := b.post("/organizations/"+uid+"/change-settings", form)
	request, ok := strings.CutPrefix(a.header.Get("Location"), "/requests/")
	if !ok {
		w.t.Fatalf("the repair is answered %d %s", a.status, a.words(w.t, "main"))
	}
	until(w.t, "the repair has ended", func() bool { return strings.HasPrefix(w.requestStory(request), "ended:") })
	if got := w.story(w.sole(request)); got != sentStory {
		w.t.Errorf("the repair: %s", got)
	}
}
