package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	backupemu "backup-portal/internal/emulator/backup"
)

// TestAHundredRows: a page of as many devices as one selection may have, chosen and asked about without script.
func TestAHundredRows(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *config) { c.fleet = backupemu.Options{Calm: true, Orgs: 20, Users: 300, Devices: 320} })
	b := p.as("root-admin")
	usual := b.get("/devices?sort=-name").page(t)
	more := usual.Find(".pager a:contains('100')").AttrOr("href", "")
	if more != "/devices?rows=100&sort=-name" || usual.Find("tbody tr").Length() != 50 || usual.Find(".pager a:contains('50')").Length() != 0 {
		t.Fatalf("%d rows offer %q", usual.Find("tbody tr").Length(), more)
	}
	if diff := gocmp.Diff(b.listed("/devices?sort=-name"), b.listed(more)); diff != "" {
		t.Errorf("the list holds something else in longer pages (-50 +100):\n%s", diff)
	}
	page := b.get(more).page(t)
	if n := page.Find("tbody .pick input[name=guid]").Length(); n != 100 || !strings.Contains(oneLine(page.Find("#selection").Text()), "Select the 100 devices on this page") {
		t.Errorf("%d of 100 can be chosen", n)
	}
	if back := page.Find(".pager a:contains('50')").AttrOr("href", ""); back != "/devices?sort=-name" {
		t.Errorf("back to fewer leads to %q", back)
	}
	for what, href := range map[string]string{
		"the next page": page.Find(".pager a:contains('Next')").AttrOr("href", ""), "an order": page.Find("thead a").AttrOr("href", ""),
		"an export": page.Find("#tools a[download]").AttrOr("href", ""), "columns": page.Find("#choose-columns").AttrOr("href", ""),
	} {
		if at, err := url.Parse(href); err != nil || at.Query().Get("rows") != "100" {
			t.Errorf("%s leads to %q", what, href)
		}
	}
	if kept := page.Find("input[type=hidden][form=devices-search][name=rows]").AttrOr("value", ""); kept != "100" {
		t.Errorf("a search goes on with %q rows", kept)
	}
	if lines := strings.Count(b.get("/devices/export.csv?rows=100").body, "\n"); lines != 1+len(p.rows()) {
		t.Errorf("the export has %d lines", lines)
	}

	all := b.get(more + "&selected=page").page(t)
	chosen := all.Find("tbody .pick input[checked]")
	if chosen.Length() != 100 {
		t.Fatalf("%d of 100 are chosen", chosen.Length())
	}
	var guids []string
	for _, box := range chosen.EachIter() {
		guids = append(guids, box.AttrOr("value", ""))
	}
	address := severalURL("device.block", guids...) + "&" + url.Values{"list": {all.Find("#selection input[name=list]").AttrOr("value", "")}}.Encode()
	several := b.get(address)
	back := several.page(t).Find(".breadcrumbs a").AttrOr("href", "")
	again := b.get(back).page(t)
	if n := again.Find("tbody .pick input[checked]").Length(); several.status != http.StatusOK || n != 100 || !strings.Contains(back, "rows=100") {
		t.Errorf("%d, and on coming back to %.100s %d are chosen", several.status, back, n)
	}

	few := b.get("/devices?q=" + url.QueryEscape(p.rows()[0].GUID)).page(t)
	if few.Find(".pager a").Length() != 0 {
		t.Error("a list of one offers longer pages")
	}
	for _, rows := range []string{"51", "1000", "-1", "all", "0x64"} {
		a := b.get("/devices?rows=" + rows)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Rows: A page has 50 or 100 rows.") {
			t.Errorf("%s rows: %d", rows, a.status)
		}
	}
	if a := b.get("/devices?rows=50&active=true"); a.status != http.StatusSeeOther || a.header.Get("Location") != "/devices?active=true" {
		t.Errorf("the usual number stays in the address: %d %q", a.status, a.header.Get("Location"))
	}
	if !slices.Equal(b.listed("/devices?active=true"), b.listed("/devices?active=true&rows=100")) {
		t.Error("a filter finds something else in longer pages")
	}
}
