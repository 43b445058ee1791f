package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

func TestColumnsAreKeptForEachPerson(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b, other := p.as("admin"), p.as("auditor")
	const usual = "name,status,organization,username,lastConnected,lastCompletedBackup,totalStorageBytes,productVersion"
	if got := b.columns(""); got != usual {
		t.Errorf("at first: %s", got)
	}
	chosen := url.Values{"order": {"guid", "username", "name", "alerts", "osName"}, "column": {"guid", "osName", "name"}, "list": {"active=true&columns=name"}}
	if a := b.post("/devices/columns", chosen); a.status != http.StatusSeeOther || a.header.Get("Location") != "/devices?active=true" {
		t.Fatalf("saved: %d %s", a.status, a.header.Get("Location"))
	}
	if got := b.columns(""); got != "guid,name,osName" {
		t.Errorf("kept: %s", got)
	}
	var labels []string
	b.get("/devices").page(t).Find("thead th:not(.pick)").Each(func(_ int, s *goquery.Selection) { labels = append(labels, strings.TrimSpace(s.Text())) })
	if !slices.Equal(labels, []string{"GUID", "Device", "System"}) {
		t.Errorf("the list's heads are %q", labels)
	}
	if got := p.as("admin").columns(""); got != "guid,name,osName" { // another session of the same person
		t.Errorf("after signing in again: %s", got)
	}
	if got := other.columns(""); got != usual {
		t.Errorf("somebody else: %s", got)
	}
	// An address that names columns wins, for whoever opens it, and changes nobody's choice.
	if got := b.columns("columns=orgUid,name,orgUid"); got != "orgUid,name" {
		t.Errorf("named in the address: %s", got)
	}
	if got := b.columns(""); got != "guid,name,osName" {
		t.Errorf("after a mailed link: %s", got)
	}
	if a := b.get("/devices?columns=guid,password"); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "There is no column password") {
		t.Errorf("an unknown column: %d", a.status)
	}
	// However many a form names, nobody compares all with all.
	many := strings.Split(strings.Repeat("guid,", 40_000), ",")
	if a := b.post("/devices/columns", url.Values{"order": many, "column": many}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a form of 40,000 columns: %d", a.status)
	}
	b.post("/devices/columns", url.Values{"order": strings.Split(usual, ","), "column": strings.Split(usual, ",")})
	if got := b.columns(""); got != usual {
		t.Errorf("the usual ones again: %s", got)
	}
}

// columns are the keys that a list is exported with, which are those that it is drawn with.
func (b *browser) columns(query string) string {
	b.t.Helper()
	head, _ := b.get("/devices/export.csv?" + query).table(b.t)
	return strings.Join(head, ",")
}

// Moving a column and choosing the vendor's draw the form again; nothing is kept before it is saved.
func TestTheFormOfColumnsWorksWithoutScript(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("admin")
	state := func(a answer) (order, ticked []string) {
		t.Helper()
		if a.status != http.StatusOK {
			t.Fatalf("%d %.200s", a.status, a.body)
		}
		page := a.page(t)
		page.Find("input[name=order]").Each(func(_ int, s *goquery.Selection) { order = append(order, s.AttrOr("value", "")) })
		page.Find("input[name=column][checked]").Each(func(_ int, s *goquery.Selection) { ticked = append(ticked, s.AttrOr("value", "")) })
		return order, ticked
	}
	order, ticked := state(b.get("/devices/columns?active=true"))
	if len(order) != 21 || order[0] != "name" || len(ticked) != 8 {
		t.Fatalf("%d columns, %d ticked", len(order), len(ticked))
	}
	next, kept := state(b.post("/devices/columns", url.Values{"order": order, "column": ticked, "move": {"up:status"}}))
	if next[0] != "status" || next[1] != "name" || !slices.Equal(slices.Sorted(slices.Values(kept)), slices.Sorted(slices.Values(ticked))) {
		t.Errorf("moved up: %v, ticked %v", next[:3], kept)
	}
	for _, move := range []string{"up:name", "down:" + order[20], "up:nothing", "sideways"} {
		if same, _ := state(b.post("/devices/columns", url.Values{"order": order, "column": ticked, "move": {move}})); !slices.Equal(same, order) {
			t.Errorf("%s: %v", move, same)
		}
	}
	_, vendor := state(b.post("/devices/columns", url.Values{"order": order, "column": ticked, "preset": {"vendor"}}))
	if strings.Join(vendor, ",") != "computerId,guid,name,osHostname,status,lastConnected,creationDate,productVersion,osName,osVersion,userUid" {
		t.Errorf("the vendor's: %v", vendor)
	}
	if got := b.columns(""); !strings.HasPrefix(got, "name,status,organization") {
		t.Errorf("kept without saving: %s", got)
	}
	dialog := b.fetch(http.MethodGet, "/devices/columns", nil, map[string]string{"HX-Request": "true", "HX-Target": "dialog"})
	if strings.Contains(dialog.body, "<html") || dialog.page(t).Find("form#columns").Length() != 1 {
		t.Error("the dialog is a page")
	}
}
