package handlers_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/audit"
	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/operation"
)

var update = flag.Bool("update", false, "write the golden files anew")

// vendorFaults are the ways in which the vendor goes wrong, on the requests that match.
var vendorFaults = []struct {
	name  string
	order func(*backupemu.Server, backupemu.Match)
}{
	{"silent", func(s *backupemu.Server, m backupemu.Match) { s.Delay(m) }},
	{"500", status(500, "oops")},
	{"429", status(429, "")},
	{"garbage", status(200, "<html>welcome</html>")},
	{"reset", func(s *backupemu.Server, m backupemu.Match) { s.Drop(m, 99) }},
	{"redirect", func(s *backupemu.Server, m backupemu.Match) {
		s.FailNext(m, backupemu.Failure{Status: 302, Header: map[string]string{"Location": "http://127.0.0.1:1/elsewhere"}}, 99)
	}},
	{"401", status(401, "")},
	{"403", status(403, "")},
	{"404", status(404, "")},
}

func status(code int, body string) func(*backupemu.Server, backupemu.Match) {
	return func(s *backupemu.Server, m backupemu.Match) {
		s.FailNext(m, backupemu.Failure{Status: code, Body: body}, 99)
	}
}

// faultyActs are the changes whose pages are read while the vendor goes wrong: one of each kind of target, and one that
// nothing takes back.
var faultyActs = []struct {
	what         string
	change, read backupemu.Match
	path         func(p *portal, place string) string
	verb         string
	page         string // what the page of the target is called in the table; "" leaves it out
}{
	{
		"block",
		backupemu.Match{PathPrefix: "/api/v1/ComputerBlock"},
		backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Computer/"},
		func(p *portal, place string) string { return "/devices/" + p.device[place].GUID }, "/block", "device",
	},
	{
		"deauthorize",
		backupemu.Match{PathPrefix: "/api/v1/ComputerDeauthorization"},
		backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Computer/"},
		func(p *portal, place string) string { return "/devices/" + p.device[place].GUID }, "/deauthorize", "",
	},
	{
		"block organization",
		backupemu.Match{Method: http.MethodPost, PathPrefix: "/api/v3/orgs/"},
		backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v3/orgs/"},
		func(p *portal, place string) string { return "/organizations/" + p.org(place).UID }, "/block", "",
	},
}

// TestFaultMessages is the golden table of vendor fault × page: status, heading, what is said, and that nothing is lost.
func TestFaultMessages(t *testing.T) {
	t.Parallel()
	lines := make([]string, len(vendorFaults)*len(faultyActs))
	t.Run("all", func(t *testing.T) {
		for i, f := range vendorFaults {
			for j, act := range faultyActs {
				t.Run(f.name+"/"+act.what, func(t *testing.T) {
					t.Parallel()
					p := setup(t, func(c *config) {
						if f.name == "silent" {
							c.patience = 2 * time.Second
						}
					})
					b := p.as("admin")

					// The change itself.
					f.order(p.emulator, act.change)
					posted := b.post(act.path(p, "own")+act.verb, url.Values{"operation": {operation.NewID()}, "reason": {"case 4471"}})
					done := told(t, b.get(posted.header.Get("Location")))
					if sent := p.changes(); sent != 1 && (f.name != "401" || sent != 2) {
						t.Errorf("%d changes were sent", sent)
					}

					// The page, the confirmation of another change, and the reading before it.
					f.order(p.emulator, act.read)
					before, other := p.changes(), act.path(p, "child")
					rows := []string{fmt.Sprintf("%s, %s: %s", act.what, f.name, done)}
					if act.page != "" {
						rows = append(rows, fmt.Sprintf("%s, %s: %s", act.page, f.name, told(t, b.get(other))))
					}
					rows = append(rows, fmt.Sprintf("%s asked, %s: %s", act.what, f.name, told(t, b.get(other+act.verb))))
					again := b.post(other+act.verb, url.Values{"operation": {operation.NewID()}, "reason": {"typed with care"}})
					if p.changes() != before {
						t.Error("a change was sent though its target could not be read")
					}
					if f.name != "404" && !strings.Contains(again.body, "typed with care") {
						t.Error("what was typed is lost")
					}
					if strings.Contains(again.body+posted.body, "oops") || strings.Contains(again.body, "elsewhere") {
						t.Error("the vendor's own words stand on the page")
					}
					rows = append(rows, fmt.Sprintf("%s unread, %s: %s", act.what, f.name, told(t, again)))
					lines[i*len(faultyActs)+j] = strings.Join(rows, "\n")
				})
			}
		}
	})
	golden(t, "testdata/faults.golden", strings.Join(lines, "\n")+"\n")
}

var ages = regexp.MustCompile(`just now|\d+ (s|min) ago`)

// timeless is what an answer says but for the request's own id and for how old something is, which changes while a test
// goes from one answer to the next.
func (a answer) timeless() string {
	return ages.ReplaceAllString(strings.ReplaceAll(a.body, a.header.Get("X-Request-Id"), "ID"), "AGO")
}

// told is what a person reads: status, heading, the notes.
func told(t *testing.T, a answer) string {
	t.Helper()
	doc := a.page(t)
	parts := []string{fmt.Sprint(a.status), oneLine(doc.Find("h1").First().Text())}
	if doc.Find(".note").Length() == 0 {
		parts = append(parts, oneLine(doc.Find("main p").First().Text()), oneLine(doc.Find("main p").Eq(1).Text()))
	}
	for i := range doc.Find(".note").Length() {
		parts = append(parts, oneLine(doc.Find(".note").Eq(i).Find("div").First().Text()))
	}
	// Names and figures of the invented fleet are not what this table is about.
	text := strings.Join(parts, " | ")
	return ages.ReplaceAllString(text, "AGO")
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		must(t, os.WriteFile(path, []byte(got), 0o600))
		return
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update writes it anew):\n%s", path, diff)
	}
}

// full is a store on a full disk: it reads, and writes nothing.
type full struct{ operation.Store }

var errFull = errors.New("database or disk is full")

func (full) Begin(context.Context, operation.Operation, time.Duration, audit.Line) (operation.Operation, bool, error) {
	return operation.Operation{}, false, errFull
}

func (full) Record(context.Context, audit.Line) (int64, error) { return 0, errFull }

func TestFullDisk(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *config) {
		c.writable = func(context.Context) error { return errFull }
		c.road = func(o *operation.Options) { o.Store = full{o.Store} }
	})
	b := p.as("admin")
	d := p.device["own"]
	for _, path := range []string{"/", "/devices", "/devices/" + d.GUID, "/devices/" + d.GUID + "/block", "/audit"} {
		a := b.get(path)
		if a.status != http.StatusOK || a.page(t).Find(".band").Length() != 1 {
			t.Errorf("%s answers %d with %d banners, want 200 with one", path, a.status, a.page(t).Find(".band").Length())
		}
	}
	a := b.post("/devices/"+d.GUID+"/block", url.Values{"operation": {operation.NewID()}, "reason": {"case"}})
	if a.status != http.StatusInternalServerError || p.changes() != 0 || strings.Contains(a.body, errFull.Error()) {
		t.Errorf("a change with a full disk: %d, %d sent", a.status, p.changes())
	}
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *config) { c.readOnly = true })
	b := p.as("root-admin")
	d := p.device["own"]
	for _, path := range []string{"/", "/devices", "/devices/" + d.GUID, "/audit", "/nowhere"} {
		if n := b.get(path).page(t).Find(".band").Length(); n != 1 {
			t.Errorf("%s has %d banners, want one", path, n)
		}
	}
	if on := b.get("/devices/" + d.GUID).page(t).Find(".act a.btn:not([aria-disabled])").Length(); on != 0 {
		t.Errorf("%d actions are offered while the portal is read-only", on)
	}
	id := operation.NewID()
	a := b.post("/devices/"+d.GUID+"/block", url.Values{"operation": {id}, "reason": {"x"}})
	if a.status != http.StatusForbidden || p.changes() != 0 || p.trail(id) != "refused" {
		t.Errorf("a change while read-only: %d, %d sent, trail %q", a.status, p.changes(), p.trail(id))
	}
}

// TestTryAgainStaysHere: an address that a browser reads as another host's is offered on no error page.
func TestTryAgainStaysHere(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("viewer")
	must(t, p.store.Close())
	for address, want := range map[string]string{"//evil.example/x": "/", "/devices?q=x": "/devices?q=x"} {
		a := b.get(address)
		link := a.page(t).Find("main a:contains('Try again')").AttrOr("href", "")
		if a.status != http.StatusInternalServerError || link != want {
			t.Errorf("%s: %d, try again at %q, want %q", address, a.status, link, want)
		}
	}
}
