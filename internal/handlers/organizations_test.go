package handlers_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/audit"
	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/inventory"
)

// named lists the names of what a selector finds.
func named(doc *goquery.Document, selector string) []string {
	return doc.Find(selector).Map(func(_ int, s *goquery.Selection) string { return strings.TrimSpace(s.Text()) })
}

// byName are the names of organizations in the order of the tree.
func byName(orgs []backupemu.Org) []string {
	var names []string
	slices.SortFunc(orgs, func(a, b backupemu.Org) int {
		return strings.Compare(inventory.OrgSortKey(a.Name)+"\x00"+a.UID, inventory.OrgSortKey(b.Name)+"\x00"+b.UID)
	})
	for _, o := range orgs {
		names = append(names, o.Name)
	}
	return names
}

func (p *portal) children(uid string) []backupemu.Org {
	var list []backupemu.Org
	for _, o := range p.emulator.Snapshot().Orgs {
		if o.ParentUID == uid {
			list = append(list, o)
		}
	}
	return list
}

// toggled presses the button that opens or closes an organization of the tree, as a browser without script does.
func (b *browser) toggled(doc *goquery.Document, uid string) answer {
	b.t.Helper()
	button := doc.Find("[data-uid='" + uid + "'] > .row > button.tw")
	form := doc.Find("form#" + button.AttrOr("form", "missing"))
	if button.Length() != 1 || form.Length() != 1 {
		b.t.Fatalf("%d buttons and %d forms toggle %s", button.Length(), form.Length(), uid)
	}
	query := url.Values{button.AttrOr("name", ""): {button.AttrOr("value", "")}}
	form.Find("input").Each(func(_ int, s *goquery.Selection) { query.Set(s.AttrOr("name", ""), s.AttrOr("value", "")) })
	led := b.get(form.AttrOr("action", "") + "?" + query.Encode())
	if led.status != http.StatusSeeOther {
		b.t.Fatalf("toggling %s answers %d", uid, led.status)
	}
	return b.get(led.header.Get("Location"))
}

// TestTreeWithoutScript opens and closes by buttons, and finds the way to an organization and its devices.
func TestTreeWithoutScript(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("root-admin")
	const top, second = "[role=tree] > li > .row .name", "[role=tree] > li > ul > li > .row .name"
	first := b.get("/organizations").page(t)
	if diff := cmp.Diff([]string{p.fleet.Root.Name}, named(first, top)); diff != "" {
		t.Errorf("the roots: %s", diff)
	}
	if diff := cmp.Diff(byName(p.children(p.fleet.Root.UID)), named(first, second)); diff != "" {
		t.Errorf("a single root is open: %s", diff)
	}
	item := first.Find("[data-uid='" + p.fleet.Own.UID + "']")
	if got := item.AttrOr("aria-expanded", ""); got != "false" {
		t.Fatalf("an organization with others below it is aria-expanded=%q", got)
	}
	opened := b.toggled(first, p.fleet.Own.UID).page(t)
	item = opened.Find("[data-uid='" + p.fleet.Own.UID + "']")
	below := item.Find("[role=group] > li")
	if below.Length() != len(p.children(p.fleet.Own.UID)) || item.AttrOr("aria-expanded", "") != "true" {
		t.Errorf("opened, it shows %d organizations, want %d", below.Length(), len(p.children(p.fleet.Own.UID)))
	}
	below.Each(func(i int, s *goquery.Selection) {
		got := []string{s.AttrOr("aria-level", ""), s.AttrOr("aria-posinset", ""), s.AttrOr("aria-setsize", "")}
		if diff := cmp.Diff([]string{"3", strconv.Itoa(i + 1), strconv.Itoa(below.Length())}, got); diff != "" {
			t.Errorf("level, place and size: %s", diff)
		}
	})
	closed := b.toggled(opened, p.fleet.Own.UID).page(t)
	if got := closed.Find("[data-uid='" + p.fleet.Own.UID + "'] [role=group]").Length(); got != 0 {
		t.Error("the button that closes it leaves it open")
	}
	if got := b.get("/organizations?open=none").page(t).Find("[role=group]").Length(); got != 0 {
		t.Error("a closed root is drawn open")
	}
	page := b.get(item.Find(".name").First().AttrOr("href", "")).page(t)
	if got := page.Find("h1").Text(); got != p.fleet.Own.Name {
		t.Errorf("its name leads to %q", got)
	}
	devices := b.get(page.Find(".tabs a:contains('Devices')").AttrOr("href", "")).page(t)
	if !slices.Contains(named(devices, "tbody a.fill"), p.device["own"].Name) {
		t.Error("its devices lack one of them")
	}
}

// TestTreeCounts holds the counts of the tree, of the list and of the page against the emulator's own.
func TestTreeCounts(t *testing.T) {
	t.Parallel()
	p := setup(t)
	devices, users, alerts := 0, 0, 0
	for _, d := range p.emulator.Snapshot().Devices {
		if p.inside(d.OrgUID) {
			devices++
			if d.Alert {
				alerts++
			}
		}
	}
	for _, u := range p.emulator.Snapshot().Users {
		if p.inside(u.OrgUID) {
			users++
		}
	}
	b := p.as("viewer")
	said := strings.Join(strings.Fields(b.get("/organizations").page(t).Find("[role=treeitem] .row").First().Text()), " ")
	want := strings.Join([]string{p.fleet.Own.Name, strconv.Itoa(devices) + " devices", strconv.Itoa(users) + " users", strconv.Itoa(alerts) + " alerts"}, " ")
	if !strings.HasPrefix(said, want) {
		t.Errorf("the tree says %q, brute force %q", said, want)
	}
	row := named(b.get("/organizations?q="+p.fleet.Own.UID).page(t), "tbody td.num")
	if diff := cmp.Diff([]string{strconv.Itoa(devices), strconv.Itoa(users), strconv.Itoa(alerts)}, row[:3]); diff != "" {
		t.Errorf("the list: %s", diff)
	}
	figures := named(b.get("/organizations/"+p.fleet.Own.UID).page(t), ".tabs .small")
	if diff := cmp.Diff([]string{strconv.Itoa(devices), strconv.Itoa(users)}, figures); diff != "" {
		t.Errorf("the page: %s", diff)
	}
}

// TestManyChildren is a level of 600: 200 at a time in the tree, in the list and on the page, each once and in order.
func TestManyChildren(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *config) { c.fleet = backupemu.Options{Calm: true, Orgs: 700, Users: 60, Devices: 160} })
	var crowded string
	for _, o := range p.emulator.Snapshot().Orgs {
		if len(p.children(o.UID)) == 600 {
			crowded = o.UID
		}
	}
	want, b := byName(p.children(crowded)), p.as("root-admin")
	walk := func(next string, get func(string) answer, rows string, onward func(*goquery.Document) string) (names []string, parts int) {
		for ; next != ""; parts++ {
			a := get(next)
			if a.status != http.StatusOK {
				t.Fatalf("%s: %d", next, a.status)
			}
			doc := a.page(t)
			names, next = append(names, named(doc, rows)...), onward(doc)
		}
		return names, parts
	}
	fragment := func(path string) answer {
		a := b.fetch(http.MethodGet, path, nil, map[string]string{"HX-Request": "true"})
		if n := compressed(t, a.body); n > 15_000 {
			t.Errorf("a part of a level is %d bytes compressed", n)
		}
		return a
	}
	next := func(label string) func(*goquery.Document) string {
		return func(doc *goquery.Document) string {
			return doc.Find("main a:contains('"+label+"')").AttrOr("href", "")
		}
	}
	for name, c := range map[string]struct {
		start, rows string
		get         func(string) answer
		onward      func(*goquery.Document) string
	}{
		"tree": {"/organizations/" + crowded + "/children", "li[data-uid] .name", fragment, func(doc *goquery.Document) string { return doc.Find("a[data-more]").AttrOr("data-more", "") }},
		"list": {"/organizations?within=" + crowded, "tbody a.fill", b.get, next("Next 200")},
		"page": {"/organizations/" + crowded, "tbody a.fill", b.get, next("Next 200")},
	} {
		names, parts := walk(c.start, c.get, c.rows, c.onward)
		if diff := cmp.Diff(want, names); diff != "" || parts != 3 {
			t.Errorf("%s: %d parts, %s", name, parts, diff)
		}
	}
	open := b.get("/organizations?open=" + p.fleet.Root.UID + "," + crowded)
	if n := compressed(t, open.body); n > 40_000 {
		t.Errorf("the page with 200 of 600 is %d bytes compressed", n)
	}
	rest := open.page(t).Find("li.rest a")
	if got := named(open.page(t), "li.rest a"); len(got) != 2 || got[0] != "Next 200 of 600" {
		t.Fatalf("below the first 200 stands %q", got)
	}
	if got := b.get(rest.First().AttrOr("href", "")).page(t); named(got, "tbody a.fill")[0] != want[200] {
		t.Error("without script, the next 200 begin elsewhere")
	}
	second := fragment(rest.First().AttrOr("data-more", "")).page(t).Find("li").First()
	if second.AttrOr("aria-posinset", "") != "201" || second.AttrOr("aria-setsize", "") != "600" {
		t.Errorf("the next ones begin at %s of %s", second.AttrOr("aria-posinset", ""), second.AttrOr("aria-setsize", ""))
	}
	if a := b.get("/organizations?within=" + crowded + "&after=junk"); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a cursor that no page gave out: %d", a.status)
	}
}

func compressed(t *testing.T, body string) int {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write([]byte(body))
	must(t, err)
	must(t, w.Close())
	return packed.Len()
}

// TestOrganizationFilter finds by a part of the name, says where each lies, and names nothing above what one may see.
func TestOrganizationFilter(t *testing.T) {
	t.Parallel()
	p := setup(t)
	child := p.fleet.Child
	for who, want := range map[string]string{"root-admin": p.fleet.Root.Name + " › " + p.fleet.Own.Name, "viewer": p.fleet.Own.Name, "child-viewer": ""} {
		b := p.as(who)
		doc := b.get("/organizations?q=" + child.UID).page(t)
		if diff := cmp.Diff([]string{child.Name}, named(doc, "tbody a.fill")); diff != "" {
			t.Errorf("%s finds %s", who, diff)
		}
		if got := strings.TrimSpace(doc.Find("td[data-label='Part of']").Text()); got != want {
			t.Errorf("%s reads that it is part of %q, want %q", who, got, want)
		}
	}
	b := p.as("root-admin")
	if got := b.get("/organizations?q=nothing+is+called+this").page(t).Find(".empty").Text(); !strings.Contains(got, "No organization matches") {
		t.Errorf("nothing found says %q", got)
	}
	if a := b.get("/organizations?q=" + strings.Repeat("x", 201)); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a long text: %d", a.status)
	}
	if a := b.fetch(http.MethodGet, "/organizations?q=a", nil, map[string]string{"HX-Request": "true", "HX-Target": "results"}); strings.Contains(a.body, "<html") || a.page(t).Find("#results, #matching").Length() != 2 {
		t.Error("htmx gets more or less than the results")
	}
}

// TestTwoSubtrees: whoever holds roles at two places sees two roots, and neither what is between nor above.
func TestTwoSubtrees(t *testing.T) {
	t.Parallel()
	p := setup(t)
	doc := p.as("twice").get("/organizations").page(t)
	if diff := cmp.Diff(byName([]backupemu.Org{p.fleet.Own, p.fleet.Sibling}), named(doc, "[role=tree] > li > .row .name")); diff != "" {
		t.Error(diff)
	}
	if doc.Find("[role=group]").Length() != 0 {
		t.Error("of several roots some are open")
	}
	level := p.as("twice").get("/organizations/" + p.fleet.Own.UID).page(t)
	if got := named(level, ".breadcrumbs a"); len(got) != 0 {
		t.Errorf("above a root of one's own stands %q", got)
	}
}

// TestOrganizationPage tells state, ancestors, actions and what the vendor no longer answers.
func TestOrganizationPage(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("root-admin")
	must(t, p.emulator.SetOrgBlocked(p.fleet.Child.UID, true))
	doc := b.get("/organizations/" + p.fleet.Child.UID).page(t)
	if got := strings.TrimSpace(doc.Find(".st.pill").Text()); got != "Blocked" {
		t.Errorf("a blocked organization is %q", got)
	}
	if diff := cmp.Diff([]string{p.fleet.Root.Name, p.fleet.Own.Name}, named(doc, ".breadcrumbs a")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Edit", "Change settings", "Create", "Block", "Unblock", "Deactivate", "Reactivate"}, named(doc, ".act > b")); diff != "" {
		t.Error(diff)
	}
	if n := doc.Find(".act a.btn[href$='/unblock']").Length(); n != 1 {
		t.Errorf("%d ways to unblock it", n)
	}
	p.unknownOrg("child")
	if got := b.get("/organizations/" + p.fleet.Child.UID).page(t).Find(".note").Text(); !strings.Contains(got, "A change on this organization is open") {
		t.Errorf("an open operation is told as %q", got)
	}

	p.emulator.FailNext(backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v3/orgs"}, backupemu.Failure{Status: http.StatusForbidden}, 1)
	down := b.get("/organizations/" + p.fleet.Own.UID)
	if text := down.page(t).Find(".note").Text(); down.status != http.StatusOK || !strings.Contains(text, "Shown is what the portal knew") {
		t.Errorf("while the vendor does not answer: %d %q", down.status, text)
	}
	if n := down.page(t).Find(".act a.btn").Length(); n != 0 {
		t.Errorf("%d actions are offered then", n)
	}

	must(t, p.emulator.MoveOrg(p.fleet.Child.UID, p.fleet.Sibling.UID))
	for _, path := range []string{"", "/devices", "/users", "/access", "/activity"} {
		if a := p.as("admin").get("/organizations/" + p.fleet.Child.UID + path); a.status != http.StatusNotFound {
			t.Errorf("the old owner opens %q of an organization that was moved: %d", path, a.status)
		}
	}
	if a := p.as("sibling-viewer").get("/organizations/" + p.fleet.Child.UID); a.status != http.StatusOK {
		t.Errorf("the new owner gets %d", a.status)
	}
}

// TestAccess lists the roles that reach an organization, for those who may know; what is held above is not named.
func TestAccess(t *testing.T) {
	t.Parallel()
	p := setup(t)
	path := "/organizations/" + p.fleet.Child.UID + "/access"
	row := func(who, group string) string {
		cells := p.as(who).get(path).page(t).Find("tbody tr:contains('"+group+"') td").Slice(2, goquery.ToEnd)
		return strings.Join(cells.Map(func(_ int, s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }), ": ")
	}
	p.as("help-desk")
	p.as("root-admin")
	for _, tt := range []struct{ who, group, want string }{
		{"admin", "g-child-viewer", "this organization: nobody in 90 days"},
		{"admin", "g-help-desk", p.fleet.Own.Name + ": Person help-desk"},
		{"admin", "g-root-admin", "above your organization: "},
		{"root-admin", "g-root-admin", p.fleet.Root.Name + ": Person root-admin"},
	} {
		if got := row(tt.who, tt.group); got != tt.want {
			t.Errorf("%s reads that %s is held at %q, want %q", tt.who, tt.group, got, tt.want)
		}
	}
	if above := p.as("admin").get(path); strings.Contains(above.body, "Person root-admin") || strings.Contains(above.body, "g-sibling-viewer") {
		t.Error("who holds a role above, or beside, is named")
	}
	for who, sees := range map[string]bool{"viewer": false, "help-desk": false, "org-manager": true, "admin": true, "auditor": true} {
		a := p.as(who).get(path)
		if strings.Contains(a.body, "g-child-viewer") != sees || strings.Contains(a.body, "is for those with the role") == sees {
			t.Errorf("%s sees who holds a role: %t, want %t", who, !sees, sees)
		}
	}
}

// TestActivity tells of everything at and below an organization, of nothing beside it, and page by page.
func TestActivity(t *testing.T) {
	t.Parallel()
	p := setup(t)
	record := func(reason string, orgs ...string) {
		_, err := p.store.Record(t.Context(), audit.Line{
			At: time.Now(), Actor: audit.Actor{Key: "third", Name: "Third Person"}, Action: "device.block", Outcome: audit.Succeeded,
			Target: audit.Target{Kind: "device", ID: "1", Name: reason}, OrgUIDs: orgs, Reason: reason,
		})
		must(t, err)
	}
	record("in the child", p.fleet.Child.UID)
	record("in the sibling", p.fleet.Sibling.UID)
	record("in its own", p.fleet.Own.UID)
	b := p.as("root-admin")
	path := "/organizations/" + p.fleet.Own.UID + "/activity"
	if diff := cmp.Diff([]string{"in its own", "in the child"}, named(b.get(path).page(t), ".tl q")); diff != "" {
		t.Error(diff)
	}
	for range 25 {
		record("more", p.fleet.Own.UID)
	}
	older := b.get(path).page(t).Find(".pager a").Last().AttrOr("href", "")
	if diff := cmp.Diff([]string{"in its own", "in the child"}, named(b.get(older).page(t), ".tl q")); diff != "" {
		t.Errorf("the older lines: %s", diff)
	}
	if got := named(p.as("viewer").get(path).page(t), ".tl q"); len(got) != 0 {
		t.Errorf("who may not read other people's lines reads %q", got)
	}
}
