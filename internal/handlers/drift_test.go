package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/audit"
	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/inventory"
)

// compare lets the portal read all settings, as its background does in an hour.
func (p *portal) compare() {
	p.t.Helper()
	crawl := inventory.NewSettingsCrawl(inventory.CrawlOptions{Inventory: p.mirror, Rate: 1e6, Step: time.Hour})
	must(p.t, crawl.Run(p.t.Context()))
}

// asShown is what a page makes of texts that turn the direction of writing; a file has them as they are.
func asShown(rows [][]string) [][]string {
	shown := make([][]string, 0, len(rows))
	for _, row := range rows {
		var cells []string
		for _, cell := range row {
			cells = append(cells, strings.ReplaceAll(cell, "\u202e", "\uFFFD"))
		}
		shown = append(shown, cells)
	}
	return shown
}

// hostileValues are what devices are set to: a spreadsheet's formula, a page's script, a pattern that takes for ever.
var hostileValues = []string{"=HYPERLINK(\"http://evil.example\")", "<script>alert(1)</script>", "(a+)+$", "\u202egnp.exe", strings.Repeat("長", 300)}

// driftingFleet has devices in each place that differ from their organizations in values of every kind.
func driftingFleet(t *testing.T) *portal {
	t.Helper()
	return setup(t, func(c *config) {
		c.prepare = func(p *portal) {
			for i, value := range hostileValues {
				for _, place := range []string{"own", "child", "sibling"} {
					must(p.t, p.emulator.DriftDevice(p.device[place].GUID, value, "backupConfig", "backupSets", "1", []string{"name", "scanTime", "compression", "watchFiles", "scanInterval"}[i]))
				}
			}
			for _, place := range []string{"own", "child", "sibling", "parent"} {
				must(p.t, p.emulator.DriftDevice(p.device[place].GUID, "8640", "minutesUntilSevere"))
			}
		}
	})
}

// rows are the rows of a report as they are read, page by page.
func (b *browser) driftRows(path string) [][]string {
	b.t.Helper()
	var rows [][]string
	for path != "" {
		page := b.get(path).page(b.t)
		page.Find("#results tbody tr").Each(func(_ int, s *goquery.Selection) {
			var cells []string
			s.Find("td:not(.pick)").Each(func(_ int, cell *goquery.Selection) {
				cells = append(cells, strings.TrimSpace(cell.Find("bdi, time").First().Text()))
			})
			cells[len(cells)-1] = "" // how long ago, which changes while a test looks on
			rows = append(rows, append([]string{strings.TrimPrefix(s.Find("a.fill").AttrOr("href", ""), "/devices/")}, cells...))
		})
		path = ""
		page.Find("nav.pager a").Each(func(_ int, s *goquery.Selection) {
			if strings.TrimSpace(s.Text()) == "Next" {
				path = s.AttrOr("href", "")
			}
		})
	}
	return rows
}

// TestTheReportShowsWhatDiffers holds the page against the mirror, and the file against the page: for whole subtrees, one
// organization, one setting, a text.
func TestTheReportShowsWhatDiffers(t *testing.T) {
	t.Parallel()
	p := driftingFleet(t)
	own := "/organizations/" + p.fleet.Own.UID + "/drift"
	b := p.as("org-manager")
	if text := b.get(own).page(t).Find("#results").Text(); !strings.Contains(text, "Nothing compared yet") || !strings.Contains(text, "not compared yet.") {
		t.Errorf("before the first comparison: %s", oneLine(text))
	}
	p.compare()
	scope := inventory.Scope{Paths: []string{p.mirrored(p.fleet.Own.UID).Path}}
	for _, query := range []string{"", "below=true", "below=true&property=set.name", "below=true&q=" + p.device["child"].GUID, "property=defaults.minutesUntilSevere", "below=true&q=script"} {
		values, err := url.ParseQuery(query)
		must(t, err)
		want := [][]string{}
		q := inventory.DriftQuery{Scope: scope, OrgUID: p.fleet.Own.UID, Below: values.Get("below") != "", Property: values.Get("property"), Text: values.Get("q"), Limit: 1000}
		page, err := p.mirror.Drifts(t.Context(), q)
		must(t, err)
		for _, d := range page.Drifts {
			want = append(want, []string{d.GUID, d.Label, d.OrgValue, d.Device, d.Username, d.OrgName})
		}
		var shown, exported [][]string
		for _, row := range b.driftRows(own + "?" + query) {
			shown = append(shown, []string{row[0], row[2], row[3], row[4], row[5], row[6]})
		}
		_, rows := b.get(own + "/export.csv?" + query).table(t)
		for _, row := range rows {
			exported = append(exported, []string{row[0], unquoted(row[6]), unquoted(row[7]), unquoted(row[8]), row[2], row[3]})
		}
		if len(want) == 0 {
			t.Errorf("%q: nothing differs", query)
		}
		if diff := cmp.Diff(asShown(want), shown); diff != "" {
			t.Errorf("%q (-mirror +page)\n%s", query, diff)
		}
		if diff := cmp.Diff(want, exported); diff != "" {
			t.Errorf("%q (-mirror +file)\n%s", query, diff)
		}
	}
	page := b.get(own + "?below=true").page(t)
	if page.Find("main script").Length() > 0 {
		t.Error("a value became a script")
	}
	for _, word := range []string{"Oldest comparison", "active devices compared", "Settings that differ"} {
		if !strings.Contains(page.Find("#results").Text(), word) {
			t.Errorf("the page lacks %q", word)
		}
	}
	for _, cell := range strings.FieldsFunc(b.get(own+"/export.csv?below=true").body, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		if strings.ContainsAny(strings.TrimPrefix(cell, `"`)[:min(1, len(strings.TrimPrefix(cell, `"`)))], "=+-@") {
			t.Errorf("the cell %q is a formula", cell)
		}
	}
	for _, bad := range []string{"after=junk", "before=junk", "property=" + strings.Repeat("x", 500), "q=" + strings.Repeat("x", 500)} {
		if a := b.get(own + "?" + bad); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%.20s: %d", bad, a.status)
		}
	}
}

// unquoted is a cell without the quote that keeps it from being a formula.
func unquoted(cell string) string { return strings.TrimPrefix(cell, "'") }

// mirrored is the mirror's row of an organization.
func (p *portal) mirrored(uid string) inventory.Org {
	p.t.Helper()
	org, err := p.mirror.Org(p.t.Context(), inventory.Everything(), uid)
	must(p.t, err)
	return org
}

// TestTheReportStaysInTheScope: the root's report has the sibling's devices, the one of Own has not, and no other is there for
// its people; numbers too are of their own devices only.
func TestTheReportStaysInTheScope(t *testing.T) {
	t.Parallel()
	p := driftingFleet(t)
	p.compare()
	places := func(b *browser, org string) []string {
		var found []string
		for _, row := range b.driftRows("/organizations/" + org + "/drift?below=true") {
			for place, d := range p.device {
				if d.GUID == row[0] && !slices.Contains(found, place) {
					found = append(found, place)
				}
			}
		}
		slices.Sort(found)
		return found
	}
	for who, want := range map[string][]string{"root-admin": {"child", "own", "parent", "sibling"}, "root-auditor": {"child", "own", "parent", "sibling"}} {
		if got := places(p.as(who), p.fleet.Root.UID); !slices.Equal(got, want) {
			t.Errorf("%s at the root: %v", who, got)
		}
	}
	for _, who := range []string{"org-manager", "viewer", "help-desk", "auditor"} {
		b := p.as(who)
		if got := places(b, p.fleet.Own.UID); !slices.Equal(got, []string{"child", "own"}) {
			t.Errorf("%s at Own: %v", who, got)
		}
		for _, path := range []string{"/drift", "/drift?below=true", "/drift/export.csv"} {
			outside, none := b.get("/organizations/"+p.fleet.Sibling.UID+path), b.get("/organizations/404"+path)
			told := func(a answer) string {
				return strings.ReplaceAll(oneLine(a.page(t).Find("main").Text()), a.header.Get("X-Request-Id"), "")
			}
			one, other := told(outside), told(none)
			if outside.status != http.StatusNotFound || one != other {
				t.Errorf("%s %s outside: %d %q, and of what does not exist %q", who, path, outside.status, one, other)
			}
		}
		a := b.get("/organizations/" + p.fleet.Own.UID + "/drift/export.csv")
		if may := who == "org-manager" || who == "auditor"; may != (a.status == http.StatusOK) {
			t.Errorf("%s exports: %d", who, a.status)
		}
	}
	active := 0
	for _, d := range p.emulator.Snapshot().Devices {
		if d.Active && p.inside(d.OrgUID) {
			active++
		}
	}
	text := p.as("viewer").get("/organizations/" + p.fleet.Own.UID + "/drift?below=true").page(t).Find("#results").Text()
	if want := fmt.Sprintf("%d of %d active devices compared", active, active); !strings.Contains(text, want) {
		t.Errorf("the viewer reads %s; want %q", oneLine(text), want)
	}
}

// TestDevicesOfAReportFollowAgain goes without script from ticked boxes to a request, and back to the report; whoever may not
// make devices follow has no boxes.
func TestDevicesOfAReportFollowAgain(t *testing.T) {
	t.Parallel()
	p := driftingFleet(t)
	p.compare()
	b := p.as("org-manager")
	report := "/organizations/" + p.fleet.Own.UID + "/drift"
	page := b.get(report + "?below=true&selected=page").page(t)
	form := page.Find("form#selection")
	boxes := form.Find("input[name=guid]")
	devices := map[string]bool{}
	for _, row := range b.driftRows(report + "?below=true") {
		devices[row[0]] = true
	}
	if boxes.Length() == 0 || boxes.Length() > len(devices) || boxes.Length() != form.Find("input[name=guid][checked]").Length() {
		t.Fatalf("%d boxes, of %d devices", boxes.Length(), len(devices))
	}
	own := p.device["own"].GUID
	listed := func() bool {
		return slices.ContainsFunc(b.driftRows(report+"?below=true&property=set.scanTime"), func(row []string) bool { return row[0] == own })
	}
	if !listed() {
		t.Fatal("the device does not differ")
	}
	ask := b.get("/devices/several?" + url.Values{"list": {form.Find("input[name=list]").AttrOr("value", "")}, "action": {"device.follow"}, "guid": {own, p.device["child"].GUID}}.Encode())
	if ask.status != http.StatusOK {
		t.Fatalf("asking: %d %s", ask.status, oneLine(ask.page(t).Find("main").Text()))
	}
	back := ask.page(t).Find("a").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.Contains(s.Text(), "Keep them") }).AttrOr("href", "")
	if !strings.HasPrefix(back, report+"?") || !strings.Contains(back, own) || !strings.Contains(back, "below=true") || strings.Contains(back, "drift=") {
		t.Errorf("the way back leads to %q", back)
	}
	if ticked := b.get(back).page(t).Find("input[name=guid][checked]").Length(); ticked == 0 {
		t.Error("back in the report nothing is ticked")
	}
	values := hiddenOf(t, ask)
	values.Set("reason", "so that alerts reach people in time")
	sent := b.post("/devices/several/follow", values)
	if sent.status != http.StatusSeeOther {
		t.Fatalf("sending: %d %s", sent.status, oneLine(sent.page(t).Find("main").Text()))
	}
	p.ended(strings.TrimPrefix(sent.header.Get("Location"), "/requests/"))
	// What the change reached is compared again without anybody asking.
	p.eventually("the device that follows leaves the report", func() bool { return !listed() })
	for _, who := range []string{"viewer", "help-desk", "auditor"} {
		if boxes := p.as(who).get(report + "?below=true").page(t).Find("input[name=guid]").Length(); boxes > 0 {
			t.Errorf("%s has %d boxes", who, boxes)
		}
	}
}

// eventually waits for a state that the portal comes to by itself.
func (p *portal) eventually(what string, is func() bool) {
	p.t.Helper()
	tick, limit := time.NewTicker(20*time.Millisecond), time.NewTimer(time.Minute)
	defer tick.Stop()
	defer limit.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-limit.C:
			p.t.Fatalf("not within a minute: %s", what)
		}
	}
}

// fewDrifts is a mirror that gives out few values at a time, and fails when told to.
type fewDrifts struct {
	inventory.Store

	calls  atomic.Int64
	failAt int64
}

func (s *fewDrifts) Drifts(ctx context.Context, q inventory.DriftQuery) (inventory.DriftPage, error) {
	if s.calls.Add(1) == s.failAt {
		return inventory.DriftPage{}, errors.New("the database went away")
	}
	if q.Limit == 1000 {
		q.Limit = 3
	}
	return s.Store.Drifts(ctx, q)
}

// TestADriftExportIsWrittenDown: what left, what was refused, and what broke off in the middle.
func TestADriftExportIsWrittenDown(t *testing.T) {
	t.Parallel()
	p := driftingFleet(t)
	p.compare()
	path := "/organizations/" + p.fleet.Own.UID + "/drift/export.csv?below=true"
	p.mirror.Store = &fewDrifts{Store: p.mirror.Store}
	b := p.as("auditor")
	_, rows := b.get(path).table(t)
	if line := p.newest("drift.export"); line.Outcome != audit.Done || line.After["values"] != fmt.Sprint(len(rows)) || line.Target.ID != p.fleet.Own.UID || len(rows) < 7 {
		t.Errorf("%d rows are written down as %+v", len(rows), line)
	}
	if a := p.as("viewer").get(path); a.status != http.StatusForbidden || p.newest("drift.export").Outcome != audit.Refused {
		t.Errorf("the viewer: %d, written down as %+v", a.status, p.newest("drift.export"))
	}
	p.mirror.Store = &fewDrifts{Store: p.mirror.Store, failAt: 3}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+path, nil)
	must(t, err)
	response, err := b.client.Do(request)
	must(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil || len(text) == 0 {
		t.Errorf("%d bytes came, and then %v: the client takes it for the whole", len(text), err)
	}
	if line := p.newest("drift.export"); line.Outcome != audit.Failed || line.After["values"] != "6" {
		t.Errorf("written down as %+v", line)
	}
}

// TestTheReportSurvivesTheVendor: it is the portal's own, whether or not the vendor answers.
func TestTheReportSurvivesTheVendor(t *testing.T) {
	t.Parallel()
	p := driftingFleet(t)
	p.compare()
	b := p.as("org-manager")
	path := "/organizations/" + p.fleet.Own.UID + "/drift?below=true"
	want := b.driftRows(path)
	p.emulator.FailNext(backupemu.Match{Method: http.MethodGet}, backupemu.Failure{Status: http.StatusInternalServerError, Body: `[{"name":"SYSTEM"}]`}, 1000)
	if diff := cmp.Diff(want, b.driftRows(path)); diff != "" || len(want) == 0 {
		t.Errorf("%d rows (-before +without the vendor)\n%s", len(want), diff)
	}
}
