package handlers_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/audit"
)

// export reads an audit export into a map per line, in the file's order.
func export(t *testing.T, a answer) []map[string]string {
	t.Helper()
	if a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment;") {
		t.Fatalf("%d %v %.200s", a.status, a.header, a.body)
	}
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	must(t, err)
	var lines []map[string]string
	for _, row := range rows[1:] {
		line := map[string]string{}
		for i, column := range rows[0] {
			line[column] = row[i]
		}
		lines = append(lines, line)
	}
	return lines
}

func TestTheAuditLogLeavesAsTheReaderMaySeeIt(t *testing.T) {
	t.Parallel()
	p := setup(t)
	at := time.Date(2026, 3, 1, 9, 0, 0, 123_000_000, time.UTC)
	line := func(name string, uids ...string) audit.Line {
		return audit.Line{
			At: at, Actor: audit.Actor{Key: "k", Name: name, Email: name + "@x.example", Address: "192.0.2.1"}, Action: "device.block",
			Target:  audit.Target{Kind: "device", ID: "4711", Name: "=HYPERLINK(1)", Org: "\u200b+Org"},
			OrgUIDs: uids, Outcome: audit.Succeeded, Reason: "-reason", Detail: "said; =1", Operation: "op", Before: map[string]string{"b": "1", "a": "x"}, After: map[string]string{"b": "2"},
		}
	}
	asked := line("Inside", p.fleet.Own.UID)
	asked.Under = "0199-asked"
	must(t, p.record(t.Context(), asked))
	must(t, p.record(t.Context(), line("Below", p.fleet.Child.UID)))
	must(t, p.record(t.Context(), line("Outside", p.fleet.Sibling.UID)))
	must(t, p.record(t.Context(), line("Both", p.fleet.Own.UID, p.fleet.Sibling.UID)))

	names := func(lines []map[string]string) []string {
		var list []string
		for _, l := range lines {
			list = append(list, l["actor"]+" "+l["email"])
		}
		return list
	}
	got := export(t, p.as("auditor").get("/audit/export.csv?action=device.block"))
	if diff := cmp.Diff([]string{"Below Below@x.example", "Inside Inside@x.example"}, names(got)); diff != "" {
		t.Errorf("the auditor (-want +got):\n%s", diff)
	}
	inside := got[1]
	delete(inside, "line")
	want := map[string]string{
		"at": "2026-03-01T09:00:00.123Z", "actor": "Inside", "email": "Inside@x.example", "address": "192.0.2.1", "action": "device.block",
		"target_kind": "device", "target_id": "4711", "target_name": "'=HYPERLINK(1)", "target_org": "'\u200b+Org", "outcome": "succeeded",
		"reason": "'-reason", "detail": "said;' =1", "before": "a=x; b=1", "after": "b=2", "operation": "op", "request": "", "under": "0199-asked",
	}
	if diff := cmp.Diff(want, inside); diff != "" {
		t.Errorf("a line (-want +got):\n%s", diff)
	}
	// An org-manager reads the same lines without other people's addresses.
	got = export(t, p.as("org-manager").get("/audit/export.csv?action=device.block"))
	if diff := cmp.Diff([]string{"Below ", "Inside "}, names(got)); diff != "" || got[0]["address"] != "" {
		t.Errorf("the org-manager (-want +got):\n%s", diff)
	}
	got = export(t, p.as("root-auditor").get("/audit/export.csv?action=device.block"))
	if len(got) != 4 {
		t.Errorf("the auditor at the root gets %v", names(got))
	}
	// The file holds what the page shows, whatever the filters; these leave out the lines about the exports themselves.
	b := p.as("auditor")
	for _, filter := range []string{"?who=Inside", "?target=4711", "?outcome=succeeded", "?before=2026-03-02", "?before=2026-03-01", "?who=nobody", "?action=session.sign-in", "?under=0199-asked", "?under=another"} {
		shown := b.get("/audit" + filter).page(t).Find("#results tbody tr:not(.more)").Length()
		if exported := len(export(t, b.get("/audit/export.csv"+filter))); exported != shown {
			t.Errorf("%q: the page shows %d lines, the file has %d", filter, shown, exported)
		}
	}
}

// TestTheLogIsSearchedByRequest: the lines of one request are found, the search keeps to it, and an open line leads there.
func TestTheLogIsSearchedByRequest(t *testing.T) {
	t.Parallel()
	p := setup(t)
	line := audit.Line{
		Actor: audit.Actor{Key: "k", Name: "Asker"}, Action: "device.deactivate", Target: audit.Target{Kind: "device", ID: "4711"},
		OrgUIDs: []string{p.fleet.Own.UID}, Outcome: audit.Requested, Under: "0199-asked",
	}
	must(t, p.record(t.Context(), line))
	line.Under = "0199-other"
	must(t, p.record(t.Context(), line))
	doc := p.as("auditor").get("/audit?under=0199-asked").page(t)
	if rows := doc.Find("#results tbody tr:not(.more)").Length(); rows != 1 || doc.Find("form.query input[name=under]").AttrOr("value", "") != "0199-asked" {
		t.Errorf("%d lines of the request", rows)
	}
	if link := p.as("auditor").get("/audit?under=0199-asked&line=0").page(t).Find("a[href='/requests/0199-asked']"); link.Length() != 1 {
		t.Errorf("%d links to the request", link.Length())
	}
	if link := p.as("auditor").get("/audit?line=0").page(t).Find("a[href='/audit?under=0199-asked']"); link.Length() != 1 {
		t.Errorf("%d links to all of its lines", link.Length())
	}
	if rows := p.as("sibling-viewer").get("/audit?under=0199-asked").page(t).Find("#results tbody tr:not(.more)").Length(); rows != 0 {
		t.Errorf("somebody outside reads %d lines", rows)
	}
}

// An export longer than a batch has each line once, in order, and is written down before and after.
func TestALongExportHasEachLineOnceAndIsWrittenDown(t *testing.T) {
	t.Parallel()
	p := setup(t)
	const lines = 1203 // two full batches and a part
	for i := range lines {
		must(t, p.record(t.Context(), audit.Line{At: time.Now(), Actor: audit.Actor{Key: "k", Name: "Robot"}, Action: "mirror.sync", Outcome: audit.Done, Detail: strconv.Itoa(i)}))
	}
	got := export(t, p.as("root-auditor").get("/audit/export.csv?who=Robot"))
	if len(got) != lines {
		t.Fatalf("%d lines, want %d", len(got), lines)
	}
	for i, l := range got {
		if l["detail"] != strconv.Itoa(lines-1-i) {
			t.Fatalf("line %d is number %s", i, l["detail"])
		}
	}
	events, _, err := p.store.AuditSearch(t.Context(), audit.Query{AllOrgs: true, Action: "audit.export"})
	must(t, err)
	var told []string
	for _, e := range events {
		told = append(told, fmt.Sprint(e.Line.Actor.Name, " ", e.Line.Outcome, " ", e.Line.Before, e.Line.After))
	}
	want := []string{"Person root-auditor done map[] map[lines:1203]", "Person root-auditor intent map[who:Robot] map[]"}
	if !slices.Equal(told, want) {
		t.Errorf("written down %q, want %q", told, want)
	}
}

func TestWhoMayNotExportIsToldWhy(t *testing.T) {
	t.Parallel()
	p := setup(t)
	for _, who := range []string{"viewer", "help-desk"} {
		b := p.as(who)
		page := b.get("/audit").page(t)
		if page.Find("button[aria-disabled=true]:contains('Export CSV')").Length() != 1 || !strings.Contains(page.Find("#why-export").Text(), "Only an org-manager") {
			t.Errorf("%s is not told why", who)
		}
		if got := b.get("/audit/export.csv"); got.status != http.StatusForbidden {
			t.Errorf("%s: %d", who, got.status)
		}
		if line := p.newest("audit.export"); line.Outcome != audit.Refused || line.Actor.Name != "Person "+who {
			t.Errorf("%s: line %+v", who, line)
		}
	}
	link := p.as("auditor").get("/audit?who=Robot&outcome=done").page(t).Find("a:contains('Export CSV')")
	if link.AttrOr("href", "") != "/audit/export.csv?outcome=done&who=Robot" {
		t.Errorf("the link leads to %q", link.AttrOr("href", ""))
	}
	if got := p.as("auditor").get("/audit/export.csv?after=soon"); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a filter that is not right: %d", got.status)
	}
}

// brokenAfter is a client that goes away after so many bytes.
type brokenAfter struct {
	*httptest.ResponseRecorder
	left int
}

func (w *brokenAfter) Write(b []byte) (int, error) {
	if w.left -= len(b); w.left < 0 {
		return 0, http.ErrHandlerTimeout
	}
	return w.ResponseRecorder.Write(b)
}

// A client that goes away leaves a line that says how far it came; the answer breaks rather than ends.
func TestAnExportThatBreaksOffSaysSo(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("root-auditor")
	for range 600 {
		must(t, p.record(t.Context(), audit.Line{At: time.Now(), Actor: audit.Actor{Key: "k", Name: "Robot"}, Action: "mirror.sync", Outcome: audit.Done}))
	}
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/audit/export.csv", nil)
	for _, cookie := range b.client.Jar.Cookies(request.URL) {
		request.AddCookie(cookie)
	}
	func() {
		defer func() {
			if thrown, _ := recover().(error); !errors.Is(thrown, http.ErrAbortHandler) {
				t.Errorf("thrown: %v, want the connection to break", thrown)
			}
		}()
		p.handlers.ServeHTTP(&brokenAfter{httptest.NewRecorder(), 10_000}, request)
	}()
	line := p.newest("audit.export")
	if sent, err := strconv.Atoi(line.After["lines"]); err != nil || line.Outcome != audit.Failed || sent == 0 || sent >= 600 {
		t.Errorf("line %+v", line)
	}
}
