package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"backup-portal/internal/operation"
	"backup-portal/internal/preference"
)

// sharedView answers the id of a view that a third person shares with the place's organization.
func (p *portal) sharedView(place string) string {
	return p.theirView(p.org(place).UID, "active=true&columns=name")
}

func (p *portal) theirView(shareOrgUID, query string) string {
	p.t.Helper()
	id := operation.NewID()
	must(p.t, p.store.AddView(p.t.Context(), preference.View{
		ID: id, Owner: "third", OwnerName: "Third Person", Name: "view " + id, Query: query, ShareOrgUID: shareOrgUID,
	}, 1000))
	return id
}

// views are the names in the menu above the list, the marked one with a star.
func (b *browser) views(path string) []string {
	b.t.Helper()
	var names []string
	b.get(path).page(b.t).Find("#tools .pop-body a:has(bdi)").Each(func(_ int, s *goquery.Selection) {
		name := s.Find(".cut").Text()
		if _, current := s.Attr("aria-current"); current {
			name = "*" + name
		}
		names = append(names, name)
	})
	return names
}

func (b *browser) saveView(name, list, share string) answer {
	return b.post("/devices/views", url.Values{"name": {name}, "list": {list}, "share": {share}})
}

func TestAViewKeepsFiltersOrderAndColumns(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("admin")
	menu := b.get("/devices?active=true&sort=-stored").page(t)
	form, _ := menu.Find("#tools a.ruled").Attr("href")
	list := b.get(form).page(t).Find("input[name=list]").AttrOr("value", "")
	a := b.saveView(`<b>"Big" ones</b>`, list, "")
	want := "/devices?active=true&columns=name%2Cstatus%2Corganization%2Cusername%2ClastConnected%2ClastCompletedBackup%2CtotalStorageBytes%2CproductVersion&sort=-stored"
	if a.status != http.StatusSeeOther || a.header.Get("Location") != want {
		t.Fatalf("saved: %d %s", a.status, a.header.Get("Location"))
	}
	if a := b.saveView(`<b>"Big" ones</b>`, list, ""); a.status != http.StatusSeeOther || a.header.Get("Location") != want {
		t.Errorf("the same form once more, by a double click: %d %s", a.status, a.header.Get("Location"))
	}
	if got := b.views(want); !slices.Equal(got, []string{`*<b>"Big" ones</b>`}) {
		t.Errorf("the menu holds %q", got)
	}
	// The same list without its columns spelt out is the same view; with another filter it is none.
	if got := b.views("/devices?active=true&sort=-stored"); !strings.HasPrefix(got[0], "*") {
		t.Errorf("the view is not marked: %q", got)
	}
	if got := b.views("/devices?active=true"); strings.HasPrefix(got[0], "*") {
		t.Errorf("another list is marked as the view: %q", got)
	}
	if got := p.as("root-admin").views("/devices"); len(got) != 0 {
		t.Errorf("others see a view that is not shared: %q", got)
	}
	for name, status := range map[string]int{
		`<b>"Big" ones</b>`: http.StatusConflict, "": http.StatusUnprocessableEntity, " \u200b ": http.StatusUnprocessableEntity,
		strings.Repeat("é", 81): http.StatusUnprocessableEntity, "a\x00b": http.StatusUnprocessableEntity, strings.Repeat("é", 80): http.StatusSeeOther,
	} {
		got := b.saveView(name, "active=true", "")
		if got.status != status {
			t.Errorf("the name %.20q: %d, want %d", name, got.status, status)
		}
		if kept := got.page(t).Find("#view-name").AttrOr("value", ""); status != http.StatusSeeOther && name != "a\x00b" && kept != name {
			t.Errorf("the name %.20q comes back as %.20q", name, kept)
		}
	}
	for _, list := range []string{"active=maybe", "%zz", "columns=nothing"} {
		if got := b.saveView("wrong "+list, list, ""); got.status != http.StatusUnprocessableEntity {
			t.Errorf("the list %q was kept", list)
		}
	}
}

func TestThereIsAnEndToViews(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("viewer")
	for i := range preference.MostViews {
		must(t, p.store.AddView(t.Context(), preference.View{ID: operation.NewID(), Owner: p.keyOf("viewer"), Name: strings.Repeat("x", i+1), Query: "q=x"}, preference.MostViews))
	}
	if a := b.saveView("one more", "q=x", ""); a.status != http.StatusConflict || !strings.Contains(a.body, "the most there may be") {
		t.Errorf("one view too many: %d", a.status)
	}
	if n := b.get("/devices/views").page(t).Find("tbody tr").Length(); n != preference.MostViews {
		t.Errorf("%d views are listed", n)
	}
}

// A shared view is seen by those who may read its organization, something above it or something in it, and by nobody
// else; it is read with the reader's own rights, and never names what they may not see.
func TestSharedViewsReachTheirReaders(t *testing.T) {
	t.Parallel()
	p := setup(t)
	root, admin, viewer := p.as("root-admin"), p.as("admin"), p.as("viewer")
	for place, seen := range map[string][2]bool{"own": {true, true}, "child": {true, true}, "parent": {true, true}, "sibling": {true, false}} {
		id := p.sharedView(place)
		for i, b := range []*browser{root, viewer} {
			a, menu := b.get("/devices/views/"+id), b.views("/devices")
			if (a.status == http.StatusOK) != seen[i] || slices.Contains(menu, "view "+id) != seen[i] {
				t.Errorf("shared with %s, reader %d: %d, in the menu %q", place, i, a.status, menu)
			}
		}
	}
	// What it filters by lies outside: the reader must not learn that there is such an organization or user.
	var outside string
	for _, d := range p.emulator.Snapshot().Devices {
		if !p.inside(d.OrgUID) {
			outside = d.UserUID
		}
	}
	for _, query := range []string{"org=" + p.fleet.Sibling.UID + "&columns=name", "user=" + outside + "&columns=name", "org=nothing&columns=name"} {
		id := p.theirView(p.fleet.Root.UID, query)
		missing := viewer.get("/devices/views/" + operation.NewID())
		a := viewer.get("/devices/views/" + id)
		if a.status != http.StatusNotFound || a.timeless() != missing.timeless() {
			t.Errorf("%s: %d", query, a.status)
		}
		if slices.Contains(viewer.views("/devices"), "view "+id) || strings.Contains(viewer.get("/devices/views").body, id) {
			t.Errorf("%s: the reader sees that it exists", query)
		}
		for _, verb := range []string{"", "/delete"} {
			if a := admin.post("/devices/views/"+id+verb, url.Values{"name": {"x"}}); a.status != http.StatusNotFound {
				t.Errorf("%s: a post%s answers %d", query, verb, a.status)
			}
		}
	}
	// Opened, it shows what the reader may see.
	id := p.theirView(p.fleet.Root.UID, "columns=name")
	open := viewer.get("/devices/views/"+id).page(t).Find("dd a").AttrOr("href", "")
	if got, want := len(viewer.listed(open)), len(viewer.listed("/devices")); got != want {
		t.Errorf("%s shows %d devices, the reader may see %d", open, got, want)
	}
	if body := viewer.get("/devices/views").body; strings.Contains(body, p.fleet.Root.Name) || !strings.Contains(body, "an organization above yours") {
		t.Error("the page of views names the organization above")
	}
}

func TestSharingIsWrittenDownAndEnds(t *testing.T) {
	t.Parallel()
	p := setup(t)
	owner, admin := p.as("viewer"), p.as("admin")
	own, child := p.fleet.Own.UID, p.fleet.Child.UID
	if a := owner.saveView("out of reach", "q=x", p.fleet.Sibling.UID); a.status != http.StatusUnprocessableEntity {
		t.Errorf("shared with an organization outside: %d", a.status)
	}
	if a := owner.saveView("ours", "q=x", own); a.status != http.StatusSeeOther {
		t.Fatalf("shared: %d", a.status)
	}
	line := p.newest("view.share")
	if line.Target.Name != "ours" || !slices.Equal(line.OrgUIDs, []string{own}) || line.Actor.Name != "Person viewer" {
		t.Errorf("shared: %+v", line)
	}
	address, _ := owner.get("/devices/views").page(t).Find("tbody .btn").Attr("href")
	if a := owner.post(address, url.Values{"name": {"ours, below"}, "share": {child}}); a.status != http.StatusSeeOther {
		t.Errorf("shared with another organization: %d", a.status)
	}
	if before, after := p.newest("view.unshare"), p.newest("view.share"); !slices.Equal(before.OrgUIDs, []string{own}) || !slices.Equal(after.OrgUIDs, []string{child}) || after.Target.Name != "ours, below" {
		t.Errorf("shared with another organization: %+v, then %+v", before, after)
	}
	if a := owner.post(address, url.Values{"name": {"x"}, "share": {p.fleet.Sibling.UID}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("moved outside: %d", a.status)
	}
	if a := p.as("org-manager").post(address+"/delete", url.Values{}); a.status != http.StatusForbidden {
		t.Errorf("deleted by somebody who is no admin: %d", a.status)
	}
	if a := admin.post(address, url.Values{"name": {"mine now"}}); a.status != http.StatusForbidden {
		t.Errorf("renamed by an admin: %d", a.status)
	}
	if a := admin.post(address+"/delete", url.Values{}); a.status != http.StatusSeeOther {
		t.Errorf("deleted by an admin: %d", a.status)
	}
	if line := p.newest("view.unshare"); line.Actor.Name != "Person admin" || !slices.Equal(line.OrgUIDs, []string{child}) {
		t.Errorf("deleted: %+v", line)
	}
	if a := owner.get(address); a.status != http.StatusNotFound {
		t.Errorf("after it was deleted: %d", a.status)
	}
}

// keyOf is how the portal knows one of the test's people.
func (p *portal) keyOf(who string) string {
	p.t.Helper()
	p.as(who)
	return p.newest("session.sign-in").Actor.Key
}
