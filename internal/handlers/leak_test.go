package handlers_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"backup-portal/internal/audit"
	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/internal/preference"
)

// TestNothingLeaks walks everything that each role can reach at Own and below. Every name, id and mail outside carries a
// unique token, and no body, header or redirect may hold one; every number equals a count by brute force.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *config) { c.prepare = (*portal).markOutside })
	p.compare()
	tokens := p.outsideTokens()
	// Somebody outside did something, with a reason that must stay there.
	for _, place := range []string{"sibling", "parent"} {
		d := p.device[place]
		_, err := p.store.Record(t.Context(), audit.Line{
			At: time.Now(), Actor: audit.Actor{Key: "k", Name: "LEAK-actor-" + place, Email: "leak-" + place + "@x.example"}, Action: "device.block",
			Target: audit.Target{Kind: "device", ID: d.GUID, Name: "LEAK-target-" + place, Org: "LEAK-org-" + place}, OrgUIDs: []string{d.OrgUID},
			Outcome: audit.Refused, Reason: "LEAK-reason-" + place, Detail: "LEAK-detail-" + place,
		})
		must(t, err)
		p.unknown(place)
		p.unknownOrg(place)
	}
	p.unknownOrg("child")
	// A line that names an organization inside and one outside is not for a scoped reader either.
	_, err := p.store.Record(t.Context(), audit.Line{
		At: time.Now(), Actor: audit.Actor{Key: "k", Name: "LEAK-mixed"}, Action: "device.block", Outcome: audit.Refused,
		OrgUIDs: []string{p.fleet.Own.UID, p.fleet.Sibling.UID},
	})
	must(t, err)
	tokens = append(tokens, "LEAK-", "leak-")
	// Somebody is signed in who stands outside, and somebody inside.
	for _, place := range []string{"sibling", "parent", "own"} {
		p.guest(place)
	}
	// Views outside, and views that reach inside and filter by what lies outside.
	for share, query := range map[string]string{
		p.fleet.Sibling.UID: "columns=name", p.fleet.Root.UID: "columns=name&org=" + p.fleet.Sibling.UID, p.fleet.Own.UID: "columns=name&user=" + p.userIn("sibling").UID,
	} {
		must(t, p.store.AddView(t.Context(), preference.View{
			ID: operation.NewID(), Owner: "LEAK-owner-key", OwnerName: "LEAK-owner", Name: "LEAK-view " + share, Query: query, ShareOrgUID: share,
		}, 1000))
	}
	// Requests: outside, inside and outside at once, and inside with a vote by a role that is held outside.
	outside := p.othersOutside(2)
	p.selected("root-admin", "LEAK-mixed", p.device["own"].GUID, outside[0])
	p.selected("root-admin", "LEAK-outside", outside[1])
	voted := p.as("org-manager").ask(p.device["child"].GUID, "deactivate", "inside")
	if a := p.as("root-admin").vote(voted, "deny", "not this one"); a.status != http.StatusSeeOther {
		t.Fatalf("the vote of the root's admin: %d", a.status)
	}
	tokens = append(tokens, "Guest-sibling", "guest-sibling", "Guest-parent", "guest-parent")

	for _, role := range policy.Roles {
		t.Run(string(role), func(t *testing.T) {
			t.Parallel()
			b := p.as(string(role))
			look := func(path string, a answer) {
				text := a.body
				for _, values := range a.header {
					text += "\n" + strings.Join(values, "\n")
				}
				for _, token := range tokens {
					if strings.Contains(path, token) {
						continue // the page repeats what it was asked for, which tells nothing
					}
					if i := strings.Index(text, token); i >= 0 {
						t.Errorf("%s holds %q: …%s…", path, token, text[max(0, i-60):min(len(text), i+60)])
						return
					}
				}
			}
			seen := p.crawl(b, look)
			look("the pictures", b.fetch(http.MethodGet, "/", nil, map[string]string{"HX-Request": "true", "HX-Target": "pictures"}))
			// Last, because the reader's own lines repeat what they asked for.
			for _, place := range []string{"sibling", "parent"} {
				d := p.device[place]
				for _, path := range []string{"/devices/export.jsonl?org=" + d.OrgUID, "/devices/export.csv?user=" + d.UserUID, "/devices/export.csv?q=LEA"} {
					look(path, b.get(path))
				}
			}
			if seen < 150 {
				t.Errorf("only %d pages were walked", seen)
			}
			p.checkNumbers(t, b)
		})
	}
}

// othersOutside are active devices outside that nothing else is done to.
func (p *portal) othersOutside(n int) []string {
	var guids []string
	for _, d := range p.emulator.Snapshot().Devices {
		known := d.GUID == p.device["sibling"].GUID || d.GUID == p.device["parent"].GUID
		if len(guids) < n && d.Active && !known && !p.inside(d.OrgUID) {
			must(p.t, p.emulator.SetHold(d.UserUID, false))
			guids = append(guids, d.GUID)
		}
	}
	return guids
}

// inside tells whether an organization lies at Own or below.
func (p *portal) inside(uid string) bool {
	parents := map[string]string{}
	for _, o := range p.emulator.Snapshot().Orgs {
		parents[o.UID] = o.ParentUID
	}
	for ; uid != ""; uid = parents[uid] {
		if uid == p.fleet.Own.UID {
			return true
		}
	}
	return false
}

// markOutside gives every device, user and organization outside texts that nothing inside has: names, external references,
// notes.
func (p *portal) markOutside() {
	snapshot := p.emulator.Snapshot()
	inUse := map[string]bool{} // users of a device inside are known there
	for _, d := range snapshot.Devices {
		if p.inside(d.OrgUID) {
			inUse[d.UserUID] = true
			continue
		}
		must(p.t, p.emulator.RenameDevice(d.GUID, "LEAK-"+d.GUID))
		p.write("/api/v1/Computer/"+strconv.FormatInt(d.ID, 10), map[string]string{"computerExtRef": "LEAK-reference-of-device", "notes": "LEAK-notes-of-device"})
	}
	for _, o := range snapshot.Orgs {
		if !p.inside(o.UID) {
			p.write("/api/v3/orgs/"+o.GUID, map[string]string{"orgExtRef": "LEAK-reference-of-org", "notes": "LEAK-notes-of-org"})
		}
	}
	for _, u := range snapshot.Users {
		if !p.inside(u.OrgUID) && !inUse[u.UID] {
			p.write("/api/v1/User/"+strconv.FormatInt(u.ID, 10), map[string]string{"firstName": "LEAK-first", "lastName": "LEAK-last", "notes": "LEAK-notes-of-user"})
		}
	}
}

// write changes something at the vendor around the portal.
func (p *portal) write(path string, fields map[string]string) {
	p.t.Helper()
	body, err := json.Marshal(fields)
	must(p.t, err)
	request := httptest.NewRequestWithContext(p.t.Context(), http.MethodPut, path, bytes.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+p.emulator.IssueToken())
	request.Header.Set("Content-Type", "application/json")
	answered := httptest.NewRecorder()
	p.emulator.ServeHTTP(answered, request)
	if answered.Code != http.StatusOK {
		p.t.Fatalf("PUT %s: %d %s", path, answered.Code, answered.Body)
	}
}

// outsideTokens lists what names something outside and nothing inside.
func (p *portal) outsideTokens() []string {
	snapshot := p.emulator.Snapshot()
	inside, outside := map[string]bool{}, map[string]bool{}
	put := func(in bool, words ...string) {
		for _, w := range words {
			if len(w) < 4 {
				continue
			}
			if in {
				inside[w] = true
			} else {
				outside[w] = true
			}
		}
	}
	for _, o := range snapshot.Orgs {
		put(p.inside(o.UID), o.UID, o.GUID, o.Name)
	}
	users := map[string]bool{} // a user of a device inside is known inside
	for _, d := range snapshot.Devices {
		in := p.inside(d.OrgUID)
		put(in, d.GUID, d.Name, d.HostName)
		users[d.UserUID] = users[d.UserUID] || in
	}
	for _, u := range snapshot.Users {
		put(p.inside(u.OrgUID) || users[u.UID], u.UID, u.Username, u.Email)
	}
	var tokens []string
	for w := range outside {
		within := slices.ContainsFunc(slices.Collect(keys(inside)), func(in string) bool { return strings.Contains(in, w) })
		if !within {
			tokens = append(tokens, w)
		}
	}
	return tokens
}

func keys(m map[string]bool) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// crawl follows every link, form target and fragment from the overview on, with and without htmx, and answers how many
// addresses it asked. Other people's ids are tried too.
func (p *portal) crawl(b *browser, look func(path string, a answer)) int {
	queue := []string{"/", "/organizations", "/users", "/devices", "/devices?counts=true", "/devices/facets", "/devices/columns", "/devices/views", "/devices/views/new", "/audit", "/nowhere", "/?pictures=wait"}
	var columns []string
	b.get("/devices/columns").page(p.t).Find("input[name=order]").Each(func(_ int, s *goquery.Selection) {
		columns = append(columns, s.AttrOr("value", ""))
	})
	if len(columns) < 20 {
		p.t.Errorf("only the columns %q are offered", columns)
	}
	all := "columns=" + strings.Join(columns, ",")
	queue = append(queue, "/devices?"+all, "/devices/export.csv?"+all, "/devices/export.jsonl?"+all)
	for _, place := range []string{"own", "child", "sibling", "parent"} {
		d := p.device[place]
		queue = append(queue,
			"/devices/several?action=device.deactivate&guid="+d.GUID, "/devices/several?action=device.block&guid="+p.device["own"].GUID+"&guid="+d.GUID,
			"/devices/"+d.GUID+"/deactivate", "/organizations/"+p.org(place).UID+"/deactivate",
			"/devices/"+d.GUID, "/devices/"+d.GUID+"/block", "/devices/"+d.GUID+"/unblock", "/devices/"+d.GUID+"/deauthorize",
			"/organizations/"+p.org(place).UID+"/block", "/organizations/"+p.org(place).UID+"/unblock",
			"/organizations?open="+p.fleet.Root.UID+","+p.org(place).UID, "/organizations?within="+p.org(place).UID, "/organizations?q="+p.org(place).UID[:6],
			"/organizations/"+p.org(place).UID, "/organizations/"+p.org(place).UID+"/children", "/organizations/"+p.org(place).UID+"/devices",
			"/organizations/"+p.org(place).UID+"/users", "/organizations/"+p.org(place).UID+"/access", "/organizations/"+p.org(place).UID+"/activity",
			"/users?org="+p.org(place).UID, "/users/"+p.userIn(place).UID, "/users?q="+p.userIn(place).UID[:6],
			"/devices/facets?org="+d.OrgUID, "/devices?keep-newest=1&user="+d.UserUID,
			"/devices/views/new?org="+d.OrgUID, "/devices/columns?org="+d.OrgUID, "/devices/views/"+p.sharedView(place), "/people/sign-out?person="+url.QueryEscape(p.guest(place).Claims.Key()),
			"/devices/"+d.GUID+"/edit", "/devices/"+d.GUID+"/upgrade", "/devices/"+d.GUID+"/follow", "/devices/several?action=device.follow&guid="+d.GUID,
			"/organizations/"+p.org(place).UID+"/edit", "/organizations/"+p.org(place).UID+"/create", "/organizations/"+p.org(place).UID+"/full-disk-access?below=true",
			"/organizations/"+p.org(place).UID+"/full-disk-access/export.csv?below=true", "/organizations/"+p.org(place).UID+"/settings/copy?from="+p.fleet.Own.UID,
			"/devices?org="+d.OrgUID, "/devices?q="+d.GUID[:9], "/find?q="+d.GUID[:9], "/audit?target="+d.GUID[:6],
		)
	}
	for _, place := range []string{"child", "sibling", "parent"} {
		queue = append(queue, "/operations/"+p.unknownOrg(place))
	}
	for _, list := range []string{"to-decide", "mine", "all"} {
		queue = append(queue, "/requests?list="+list)
	}
	requests, err := p.store.Listed(p.t.Context(), operation.RequestFilter{Scope: inventory.Everything()})
	must(p.t, err)
	for _, r := range requests {
		queue = append(queue, "/requests/"+r.ID, "/requests/"+r.ID+"/now", "/requests/"+r.ID+"/targets.csv")
	}
	queue = append(queue, "/devices?q=LEA", "/find?q=LEA", "/audit?who=LEA", "/audit?target=LEA", "/audit?outcome=refused", "/audit?outcome=unknown")
	queue = append(queue, "/audit/export.csv", "/audit/export.csv?target=LEA", "/account/sessions", "/people")
	seen := map[string]bool{}
	for len(queue) > 0 && len(seen) < 256 {
		path := queue[0]
		queue = queue[1:]
		if seen[path] || strings.HasPrefix(path, "/static/") || strings.HasPrefix(path, "/auth/") {
			continue
		}
		seen[path] = true
		a := b.get(path)
		// A search page repeats what was searched for, so the searches above ask for parts only.
		look(path, a)
		targets := []string{"results", "operation", "dialog"}
		if strings.HasPrefix(path, "/requests/") {
			targets = []string{"request", "changed"}
		}
		for _, target := range targets {
			look(path+" as "+target, b.fetch(http.MethodGet, path, nil, map[string]string{"HX-Request": "true", "HX-Target": target, "HX-Current-URL": p.url + path}))
		}
		a.page(p.t).Find("a[href], [hx-get], form[method=get]").Each(func(_ int, s *goquery.Selection) {
			for _, attribute := range []string{"href", "hx-get", "action"} {
				if link, ok := s.Attr(attribute); ok && strings.HasPrefix(link, "/") {
					queue = append(queue, link)
				}
			}
		})
	}
	return len(seen)
}

// checkNumbers holds the figures of overview and list against a count of the emulator's own devices.
func (p *portal) checkNumbers(t *testing.T, b *browser) {
	t.Helper()
	count := func(match func(backupemu.Device) bool) string {
		n := 0
		for _, d := range p.emulator.Snapshot().Devices {
			if p.inside(d.OrgUID) && match(d) {
				n++
			}
		}
		return strconv.Itoa(n)
	}
	any := func(backupemu.Device) bool { return true }
	active := func(d backupemu.Device) bool { return d.Active && !d.Blocked && !d.Deauthorized }
	blocked := func(d backupemu.Device) bool { return d.Active && d.Blocked }
	deactivated := func(d backupemu.Device) bool { return !d.Active }
	alert := func(d backupemu.Device) bool { return d.Alert }

	facets := b.get("/devices?counts=true").page(t).Find("#facets .facet:first-child li a")
	want := []string{count(active), count(blocked), "", count(deactivated), count(alert)}
	facets.Each(func(i int, s *goquery.Selection) {
		if got := s.Find("span").Last().Text(); want[i] != "" && got != want[i] {
			t.Errorf("facet %q says %s, brute force %s", s.Text(), got, want[i])
		}
	})
	if facets.Length() != len(want) {
		t.Errorf("%d facets, want %d", facets.Length(), len(want))
	}
	for query, match := range map[string]func(backupemu.Device) bool{
		"": any, "active=false": deactivated, "active=true&blocked=true": blocked, "alert=true": alert,
		"q=hal": func(d backupemu.Device) bool { return false },
	} {
		rows := 0
		for next := "/devices?" + query; next != ""; {
			page := b.get(next).page(t)
			rows += page.Find("tbody tr").Length()
			next = page.Find(".pager a").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Text() == "Next" }).AttrOr("href", "")
		}
		if got := strconv.Itoa(rows); query != "q=hal" && got != count(match) {
			t.Errorf("paging %q gives %s rows, brute force %s", query, got, count(match))
		}
	}
	total := b.overview().Find("#h-states").Parent().Text()
	if !strings.Contains(total, count(any)) {
		t.Errorf("the overview says %q, brute force %s", total, count(any))
	}
	if p := b.get("/devices?org=" + url.QueryEscape(p.fleet.Sibling.UID)).page(t); p.Find("tbody tr").Length() != 0 {
		t.Error("the filter by an organization outside shows rows")
	}
}
