package handlers_test

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"backup-portal/internal/inventory"
)

// rows are all devices of the mirror, for counting by hand.
func (p *portal) rows() []inventory.Device {
	p.t.Helper()
	var all []inventory.Device
	q := inventory.DeviceQuery{Scope: inventory.Everything(), Limit: 1000}
	for {
		page, err := p.store.Devices(p.t.Context(), q)
		must(p.t, err)
		all = append(all, page.Devices...)
		if q.After = page.Next; q.After == "" {
			return all
		}
	}
}

// listed are the GUIDs of a list in order, all pages of it.
func (b *browser) listed(path string) []string {
	b.t.Helper()
	var guids []string
	for path != "" {
		a := b.get(path)
		if a.status != http.StatusOK {
			b.t.Fatalf("%s: %d %.300s", path, a.status, a.body)
		}
		page := a.page(b.t)
		for _, link := range page.Find("tbody td.lead a").EachIter() {
			guids = append(guids, strings.TrimPrefix(link.AttrOr("href", ""), "/devices/"))
		}
		path = ""
		for _, link := range page.Find(".pager a").EachIter() {
			if link.Text() == "Next" {
				path = link.AttrOr("href", "")
			}
		}
	}
	return guids
}

func TestEachFilterFindsWhatALoopFinds(t *testing.T) {
	t.Parallel()
	p := setup(t)
	all := p.rows()
	now := time.Now()
	days := func(n int) time.Time { return now.AddDate(0, 0, -n) }
	some := all[len(all)/2]
	day := some.LastConnected.UTC().Truncate(24 * time.Hour)
	newest := map[string]string{} // of each user's active devices
	for _, d := range all {
		var best time.Time
		for _, other := range all {
			if other.Active && other.UserUID == d.UserUID && other.LastConnected.After(best) {
				best, newest[d.UserUID] = other.LastConnected, other.GUID
			}
		}
	}
	b := p.as("root-admin")
	for query, matches := range map[string]func(inventory.Device) bool{
		"active=true": func(d inventory.Device) bool { return d.Active }, "active=FALSE": func(d inventory.Device) bool { return !d.Active },
		"blocked=true":         func(d inventory.Device) bool { return d.Blocked },
		"deauthorized=true":    func(d inventory.Device) bool { return d.Deauthorized },
		"alert=true":           func(d inventory.Device) bool { return d.Alert },
		"q=" + some.Name[1:6]:  func(d inventory.Device) bool { return holds(d, some.Name[1:6]) },
		"user=" + some.UserUID: func(d inventory.Device) bool { return d.UserUID == some.UserUID },
		"org=" + some.OrgUID:   func(d inventory.Device) bool { return strings.Contains(d.OrgPath, "/"+some.OrgUID+"/") },
		"destination=" + some.Destinations[0].GUID: func(d inventory.Device) bool {
			return slices.ContainsFunc(d.Destinations, func(x inventory.Destination) bool { return x.GUID == some.Destinations[0].GUID })
		},
		"os=" + some.OSName:            func(d inventory.Device) bool { return d.OSName == some.OSName },
		"client=" + some.ClientVersion: func(d inventory.Device) bool { return d.ClientVersion == some.ClientVersion },
		"connected-after=30d":          func(d inventory.Device) bool { return d.LastConnected.After(days(30)) },
		"connected-before=30d":         func(d inventory.Device) bool { return !d.LastConnected.IsZero() && d.LastConnected.Before(days(30)) },
		"connected=never":              func(d inventory.Device) bool { return d.LastConnected.IsZero() },
		"backup-after=168h":            func(d inventory.Device) bool { return d.LastCompleted.After(days(7)) },
		"backup-before=7d&active=true": func(d inventory.Device) bool {
			return d.Active && !d.LastCompleted.IsZero() && d.LastCompleted.Before(days(7))
		},
		"backup=never":              func(d inventory.Device) bool { return d.LastCompleted.IsZero() },
		"created-after=400d":        func(d inventory.Device) bool { return d.Created.After(days(400)) },
		"created-before=400d":       func(d inventory.Device) bool { return d.Created.Before(days(400)) },
		"keep-newest=1&active=true": func(d inventory.Device) bool { return d.Active && newest[d.UserUID] != d.GUID },
		"connected-before=" + day.Format(time.DateOnly): func(d inventory.Device) bool {
			return !d.LastConnected.IsZero() && d.LastConnected.Before(day)
		},
		"connected-after=" + day.Format(time.DateOnly): func(d inventory.Device) bool { return !d.LastConnected.Before(day.AddDate(0, 0, 1)) },
		"connected-after=" + url.QueryEscape(some.LastConnected.Format(time.RFC3339Nano)): func(d inventory.Device) bool {
			return !d.LastConnected.Before(some.LastConnected)
		},
		// The newest device is spared whatever the other filters say: none of them makes a current device a leftover.
		"active=true&connected-before=10d&keep-newest=1": func(d inventory.Device) bool {
			return d.Active && newest[d.UserUID] != d.GUID && !d.LastConnected.IsZero() && d.LastConnected.Before(days(10))
		},
	} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			var want []string
			for _, d := range all {
				if matches(d) {
					want = append(want, d.GUID)
				}
			}
			b := &browser{t: t, portal: p, client: b.client}
			got := b.listed("/devices?" + query)
			slices.Sort(want)
			slices.Sort(got)
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("(-loop +list):\n%s", diff)
			}
			// Each filter reads as a chip, and the chip's link takes away that filter and no other.
			page := b.get("/devices?" + query).page(t)
			if chips, filters := page.Find(".chip").Length(), strings.Count(query, "=")-strings.Count(query, "sort="); chips != filters {
				t.Errorf("%d chips for %d filters", chips, filters)
			}
			for _, chip := range page.Find(".chip a").EachIter() {
				u, err := url.Parse(chip.AttrOr("href", ""))
				must(t, err)
				if len(u.Query()) != strings.Count(query, "=")-1 {
					t.Errorf("a chip leads to %s", u)
				}
			}
		})
	}
}

// holds tells whether the list's search finds the text in a device.
func holds(d inventory.Device, text string) bool {
	return slices.ContainsFunc([]string{d.GUID, d.Name, d.HostName, d.Username, d.ExternalReference}, func(field string) bool {
		return strings.Contains(strings.ToLower(field), strings.ToLower(text))
	})
}

func TestTheListIsSortedAsItsHeadsSay(t *testing.T) {
	t.Parallel()
	p := setup(t)
	all := p.rows()
	b := p.as("root-admin")
	for key, compare := range map[string]func(a, b inventory.Device) int{
		"connected": func(a, b inventory.Device) int { return a.LastConnected.Compare(b.LastConnected) },
		"backup":    func(a, b inventory.Device) int { return a.LastCompleted.Compare(b.LastCompleted) },
		"stored":    func(a, b inventory.Device) int { return cmp.Compare(a.StoredBytes, b.StoredBytes) },
		"name": func(a, b inventory.Device) int {
			return strings.Compare(inventory.Fold(a.Name), inventory.Fold(b.Name))
		},
	} {
		want := slices.SortedFunc(slices.Values(all), func(a, b inventory.Device) int {
			return cmp.Or(compare(a, b), strings.Compare(a.GUID, b.GUID))
		})
		for _, sort := range []string{key, "-" + key} {
			var guids []string
			for _, d := range want {
				guids = append(guids, d.GUID)
			}
			if sort != key {
				slices.Reverse(guids)
			}
			if diff := gocmp.Diff(guids, b.listed("/devices?sort="+sort)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", sort, diff)
			}
			head := b.get("/devices?sort=" + sort).page(t).Find("th[aria-sort]")
			direction := map[bool]string{true: "ascending", false: "descending"}[sort == key]
			if head.Length() != 1 || head.AttrOr("aria-sort", "") != direction {
				t.Errorf("%s: %d heads say how the list is sorted: %s", sort, head.Length(), head.AttrOr("aria-sort", ""))
			}
			next, err := url.Parse(head.Find("a").AttrOr("href", ""))
			must(t, err)
			if turned := next.Query().Get("sort"); turned == sort || strings.TrimPrefix(turned, "-") != key && (key != "name" || turned != "") {
				t.Errorf("%s: the head of its column leads to %s", sort, next)
			}
		}
	}
}

// A form that is sent without script leaves parameters without a value: none of them stays in the address.
func TestEmptyParametersLeaveTheAddress(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("admin")
	for path, want := range map[string]string{
		"/devices?q=&org=&active=true&connected-after=+&sort=": "/devices?active=true",
		"/devices?q=": "/devices", "/devices?unknown=": "/devices", "/devices?q=x&after=abc&org=": "/devices?q=x",
		"/devices?columns=guid&alert=": "/devices?columns=guid", "/devices?q=%00%E2%80%8B": "/devices",
	} {
		a := b.get(path)
		if a.status != http.StatusSeeOther || a.header.Get("Location") != want {
			t.Errorf("%s: %d %s, want %s", path, a.status, a.header.Get("Location"), want)
		}
		if again := b.get(want); again.status != http.StatusOK {
			t.Errorf("%s leads to %d", path, again.status)
		}
		a = b.fetch(http.MethodGet, path, nil, map[string]string{"HX-Request": "true", "HX-Target": "results"})
		if a.header.Get("HX-Push-Url") != want || strings.Contains(path, "abc") {
			if !strings.Contains(path, "abc") { // a cursor that no page gave out is refused
				t.Errorf("%s with htmx: %d, pushes %q", path, a.status, a.header.Get("HX-Push-Url"))
			}
		}
	}
}

// What cannot be right is told beside its field, all of it at once, with what was typed; nothing is guessed.
func TestWrongFiltersAreToldAndKept(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("admin")
	for key, values := range map[string][]string{
		"active": {"maybe"}, "blocked": {"1"}, "alert": {"yes"}, "deauthorized": {"no"},
		"connected-after": {"yesterday", "2026-13-01", "30", "d", "-3d", "99999999999d", "2026-02-30", "30w"}, "backup-before": {"x", "0x10d", "1.5d"},
		"created-after": {"2026-3-1"}, "connected": {"always"}, "backup": {"true"}, "keep-newest": {"0", "11", "-1", "two", "1e1"},
		"sort": {"size", "--name", "-"}, "client": {strings.Repeat("x", 201)}, "q": {strings.Repeat("y", 201)},
	} {
		for _, value := range values {
			a := b.get("/devices?" + url.Values{key: {value}}.Encode())
			page := a.page(t)
			if a.status != http.StatusUnprocessableEntity || page.Find("#results .note.bad").Length() != 1 || page.Find("tbody tr").Length() != 0 {
				t.Errorf("%s=%.20s: %d, %d notes, %d rows", key, value, a.status, page.Find("#results .note.bad").Length(), page.Find("tbody tr").Length())
			}
			if key == "q" {
				continue
			}
			field := page.Find("#f-" + key)
			kept := field.AttrOr("value", field.Find("option[selected]").AttrOr("value", ""))
			if field.AttrOr("aria-invalid", "") != "true" || kept != value || page.Find("#"+field.AttrOr("aria-describedby", "none")).Length()+page.Find("#f-"+key+"-problem").Length() == 0 {
				t.Errorf("%s=%.20s: the field holds %q and says nothing", key, value, kept)
			}
			if _, open := page.Find("details.filters").Attr("open"); !open {
				t.Errorf("%s=%.20s: the filters are folded away", key, value)
			}
			fragment := b.fetch(http.MethodGet, "/devices/facets?"+url.Values{key: {value}}.Encode(), nil, map[string]string{"HX-Request": "true"})
			file := b.get("/devices/export.csv?" + url.Values{key: {value}}.Encode())
			if fragment.status != http.StatusUnprocessableEntity || file.status != http.StatusUnprocessableEntity {
				t.Errorf("%s=%.20s: the counts answer %d, the export %d", key, value, fragment.status, file.status)
			}
		}
	}
	both := b.get("/devices?connected=never&connected-before=30d")
	if both.status != http.StatusUnprocessableEntity || !strings.Contains(both.body, "has no time") {
		t.Errorf("never and a time: %d", both.status)
	}
	several := b.get("/devices?active=maybe&created-after=soon&keep-newest=99").page(t)
	if n := several.Find("[aria-invalid=true]").Length(); n != 3 {
		t.Errorf("%d of 3 fields say what is wrong", n)
	}
}

// The counts beside the list are what the list holds after a click on them, and they know the person's scope.
func TestFacetsCountWhatTheirLinksFind(t *testing.T) {
	t.Parallel()
	p := setup(t)
	for who, query := range map[string]string{"root-admin": "", "viewer": "", "admin": "active=true&os=win", "org-manager": "backup-before=7d&q=e"} {
		b := p.as(who)
		a := b.fetch(http.MethodGet, "/devices/facets?"+query, nil, map[string]string{"HX-Request": "true", "HX-Target": "facets"})
		page := a.page(t)
		if a.status != http.StatusOK || strings.Contains(a.body, "<html") || page.Find(".facet").Length() != 5 {
			t.Fatalf("%s: %d with %d facets", who, a.status, page.Find(".facet").Length())
		}
		for _, link := range page.Find("#facets a:not([aria-current])").EachIter() {
			count := link.Find("span").Last().Text()
			if got := fmt.Sprint(len(b.listed(link.AttrOr("href", "")))); got != count {
				t.Errorf("%s with %q: %q says %s and leads to %s", who, query, link.Text(), count, got)
			}
		}
		whole := b.get("/devices?counts=true&" + query).page(t)
		if strings.Join(strings.Fields(whole.Find("#facets").Text()), " ") != strings.Join(strings.Fields(page.Find("#facets").Text()), " ") {
			t.Errorf("%s: without script the counts are others", who)
		}
		if plain := b.get("/devices/facets?" + query); plain.status != http.StatusSeeOther || !strings.Contains(plain.header.Get("Location"), "counts=true") {
			t.Errorf("%s: the part as a page: %d %s", who, plain.status, plain.header.Get("Location"))
		}
	}
}

func TestFindOpensWhatIsMeant(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("admin")
	var user, stranger string
	devices := map[string]int{}
	for _, d := range p.rows() {
		devices[d.UserUID]++
	}
	for _, u := range p.emulator.Snapshot().Users {
		switch {
		case devices[u.UID] > 0:
		case p.inside(u.OrgUID):
			user = u.UID
		default:
			stranger = u.UID
		}
	}
	if user == "" || stranger == "" {
		t.Fatal("every user has a device")
	}
	for text, want := range map[string]string{
		p.device["own"].GUID:        "/devices/" + p.device["own"].GUID,
		"  " + p.device["own"].GUID: "/devices/" + p.device["own"].GUID,
		// As it is copied out of a mail or a table: with marks that nobody sees.
		"\ufeff\u200e" + p.device["own"].GUID + "\u200b\r\n": "/devices/" + p.device["own"].GUID,
		"\u200b":                            "/devices",
		p.fleet.Child.UID:                   "/organizations/" + p.fleet.Child.UID,
		strings.ToUpper(p.fleet.Child.Name): "/organizations/" + p.fleet.Child.UID,
		p.fleet.Sibling.UID:                 "/devices?q=" + p.fleet.Sibling.UID,
		p.device["sibling"].GUID:            "/devices?q=" + p.device["sibling"].GUID,
		user:                                "/users/" + user,
		stranger:                            "/devices?q=" + stranger,
		"no such thing":                     "/devices?q=no+such+thing",
		"":                                  "/devices",
	} {
		a := b.get("/find?" + url.Values{"q": {text}}.Encode())
		if a.status != http.StatusSeeOther || a.header.Get("Location") != want {
			t.Errorf("%q leads to %d %s, want %s", text, a.status, a.header.Get("Location"), want)
		}
	}
}
