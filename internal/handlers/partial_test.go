package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/settings"
)

// handful is a fleet so small that no budget asks for anybody's yes.
func handful(c *config) {
	c.fleet = backupemu.Options{Calm: true, Orgs: 20, Users: 8, Devices: 8}
}

// flipped are changes of two values of an organization, one in each of its two documents: what is on goes off, and what is
// off goes on.
func (p *portal) flipped(uid string) settings.Changes {
	p.t.Helper()
	read, err := p.mirror.Settings(p.t.Context(), inventory.Everything(), uid)
	must(p.t, err)
	var changes settings.Changes
	for _, part := range []settings.Part{settings.Packets, settings.Document} {
		for _, v := range read.Sheet.Values() {
			_, ofSet := settings.GroupSet(v.Group)
			if v.Part == part && v.Kind == settings.Bool && !v.ReadOnly && !v.Locked && !v.Absent && !ofSet && !strings.HasSuffix(string(v.Key), ".inherited") {
				changes = append(changes, settings.Change{Key: v.Key, From: v.Own, To: map[string]string{"true": "false"}[v.Own]})
				if v.Own != "true" {
					changes[len(changes)-1].To = "true"
				}
				break
			}
		}
	}
	if len(changes) != 2 {
		p.t.Fatalf("%d values to change", len(changes))
	}
	return changes
}

// reviewOf is the posted review of these changes.
func reviewOf(changes settings.Changes) url.Values {
	form := url.Values{"operation": {operation.NewID()}, "reason": {"case 7"}}
	for name, value := range changes.Params() {
		form.Set("change."+name, value)
	}
	return form
}

// landed follows a post to the operation that it led to, which may be an item of a request.
func (b *browser) landed(a answer) answer {
	b.t.Helper()
	to := a.header.Get("Location")
	if a.status != http.StatusSeeOther || to == "" {
		b.t.Fatalf("%d %.3000s", a.status, a.body)
	}
	page := b.get(to)
	if strings.HasPrefix(to, "/requests/") {
		if link := page.page(b.t).Find(`a[href^="/operations/"]`).First().AttrOr("href", ""); link != "" {
			return b.get(link)
		}
		b.t.Fatalf("no operation of %s: %s", to, page.page(b.t).Find("main").Text())
	}
	return page
}

// When the second of two writes fails, the page says what is written and what is not, and each repair is one click.
func TestAnOperationThatFailedInPart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ button, other, why string }{
		"the rest is sent":           {"Send the rest", "Put the first part back", "It is in force by now: nothing is left to send."},
		"the first part is put back": {"Put the first part back", "Send the rest", "The values from before are in force again."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := setup(t, handful)
			b := p.as("org-manager")
			uid := p.fleet.Child.UID
			changes := p.flipped(uid)
			p.emulator.FailNext(backupemu.Match{Method: http.MethodPut, PathPrefix: "/api/v1/Org/"}, backupemu.Failure{Status: http.StatusBadRequest, Body: `[{"name":"REFUSED"}]`}, 1)
			page := b.landed(b.post("/organizations/"+uid+"/change-settings", reviewOf(changes)))
			doc := page.page(t)
			if got := strings.TrimSpace(doc.Find(".st.pill").First().Text()); got != "Failed in part" {
				t.Fatalf("it reads %q: %s", got, doc.Find("main").Text())
			}
			parts := doc.Find(`[aria-labelledby="h-changes"] .body`)
			if parts.Length() != 2 || !strings.Contains(parts.Eq(0).Text(), "in force") || !strings.Contains(parts.Eq(1).Text(), "Not written") {
				t.Fatalf("%d parts: %s", parts.Length(), parts.Text())
			}
			for i, change := range changes {
				p, _ := settings.PropertyOf(change.Key)
				if !strings.Contains(parts.Eq(i).Text(), p.Label) || strings.Contains(parts.Eq(1-i).Text(), p.Label) {
					t.Errorf("%s stands in the wrong part: %s", p.Label, parts.Text())
				}
			}
			repair := doc.Find(`[aria-labelledby="h-repairs"] form`).FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.TrimSpace(s.Find("button").Text()) == c.button })
			form := controls(repair)
			first := b.post(repair.AttrOr("action", ""), form)
			done := b.landed(first)
			if !strings.Contains(done.page(t).Find(".st.pill").First().Text(), "Succeeded") {
				t.Errorf("the repair: %s", done.page(t).Find("main").Text())
			}
			if again := b.post(repair.AttrOr("action", ""), form); again.header.Get("Location") != first.header.Get("Location") {
				t.Errorf("a double click: %d %s", again.status, again.header.Get("Location"))
			}
			read, err := p.mirror.Settings(t.Context(), inventory.Everything(), uid)
			must(t, err)
			for _, change := range changes {
				want := change.To
				if c.button != "Send the rest" {
					want = change.From
				}
				if v, _ := read.Sheet.Value(change.Key); v.Own != want {
					t.Errorf("%s is %q, want %q", change.Key, v.Own, want)
				}
			}
			// What is done is offered no more, and the other repair still is.
			id := regexp.MustCompile(`operation (\S+)`).FindStringSubmatch(form.Get("reason"))[1]
			after := b.get("/operations/" + id).page(t).Find(`[aria-labelledby="h-repairs"]`)
			if got := strings.TrimSpace(after.Find("button[aria-disabled=true]").Text()); got != c.button || !strings.Contains(after.Text(), c.why) {
				t.Errorf("afterwards %q is not offered: %s", got, after.Text())
			}
			if got := strings.TrimSpace(after.Find("form button").Text()); got != c.other {
				t.Errorf("afterwards %q is offered", got)
			}
			for _, who := range []string{"viewer", "sibling-viewer"} {
				if a := p.as(who).post(repair.AttrOr("action", ""), reviewOf(changes)); a.status == http.StatusSeeOther {
					t.Errorf("%s may repair it", who)
				}
			}
			list := b.get("/audit?outcome=failed+in+part").page(t)
			if list.Find("tbody tr").Length() != 1 || !strings.Contains(list.Find("tbody").Text(), "Failed in part") {
				t.Errorf("the log by that outcome: %s", list.Find("tbody").Text())
			}
		})
	}
}

// Settings that were changed are put back through the same review, and whoever does not see the target finds nothing.
func TestSettingsArePutBack(t *testing.T) {
	t.Parallel()
	p := setup(t, handful)
	b := p.as("org-manager")
	uid := p.fleet.Child.UID
	changes := p.flipped(uid)
	done := b.landed(b.post("/organizations/"+uid+"/change-settings", reviewOf(changes))).page(t)
	back := done.Find("#act-undo").AttrOr("href", "")
	if !strings.HasPrefix(back, "/organizations/"+uid+"/change-settings?back=") {
		t.Fatalf("it leads to %q: %s", back, done.Find("main").Text())
	}
	form := controls(b.get(back).page(t).Find("#confirm"))
	form.Set("reason", "a mistake")
	if a := b.landed(b.post("/organizations/"+uid+"/change-settings", form)); !strings.Contains(a.body, "Succeeded") {
		t.Errorf("%s", a.body)
	}
	read, err := p.mirror.Settings(t.Context(), inventory.Everything(), uid)
	must(t, err)
	for _, change := range changes {
		if v, _ := read.Sheet.Value(change.Key); v.Own != change.From {
			t.Errorf("%s is %q, was %q", change.Key, v.Own, change.From)
		}
	}
	if a := p.as("sibling-viewer").get(back); a.status != http.StatusNotFound {
		t.Errorf("somebody from elsewhere gets %d", a.status)
	}
}
