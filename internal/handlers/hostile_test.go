package handlers_test

import (
	"bytes"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"backup-portal/internal/operation"
)

// hostile is a text that tries to be markup, a formula, a header and a sentence in the other direction at once.
const hostile = "=1+\u202e\"><script>alert(1)</script>\r\nSet-Cookie: a=b\u2066" + "' onmouseover=alert(2) {{7*7}}"

// TestHostileNames: whatever devices, users, organizations, reasons and views are called, every page shows it as text that
// turns nothing around, every file is one that opens as a table, and no header holds any of it.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *config) {
		c.prepare = func(p *portal) {
			for _, place := range []string{"own", "child"} {
				d := p.device[place]
				must(p.t, p.emulator.RenameDevice(d.GUID, hostile+strings.Repeat("w", 300)))
				p.write("/api/v1/Computer/"+strconv.FormatInt(d.ID, 10), map[string]string{"computerExtRef": hostile, "notes": hostile})
				p.write("/api/v3/orgs/"+p.org(place).GUID, map[string]string{"orgName": hostile, "orgExtRef": hostile, "notes": hostile})
				u := p.userIn(place)
				p.write("/api/v1/User/"+strconv.FormatInt(u.ID, 10), map[string]string{"firstName": hostile, "lastName": hostile})
			}
		}
	})
	b := p.as("admin")
	d := p.device["own"]
	b.post("/devices/"+d.GUID+"/block", url.Values{"operation": {operation.NewID()}, "reason": {hostile}})
	b.post("/devices/views", url.Values{"list": {"q=" + url.QueryEscape(hostile)}, "name": {"\u202e<i>view</i>"}, "share": {p.fleet.Own.UID}})
	p.selected("admin", hostile, p.device["child"].GUID)

	shown := false
	seen := p.crawl(b, func(path string, a answer) {
		if a.status >= http.StatusInternalServerError {
			t.Errorf("%s: %d", path, a.status)
		}
		for name, values := range a.header {
			if text := strings.Join(values, " "); strings.ContainsAny(text, "<\u202e\n\r") || name == "Set-Cookie" {
				t.Errorf("%s: the header %s is %q", path, name, text)
			}
		}
		if kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type")); kind != "text/html" {
			return
		}
		if strings.Contains(a.body, "<script>") || strings.Contains(a.body, "<i>view") {
			t.Errorf("%s: a name is markup", path)
		}
		doc, err := goquery.NewDocumentFromReader(bytes.NewReader([]byte(a.body)))
		must(t, err)
		doc.Find("textarea").Remove()
		shown = shown || strings.Contains(doc.Text(), "=1+\uFFFD\"><script>alert(1)</script>")
		if text := doc.Text(); strings.ContainsAny(text, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") {
			i := strings.IndexAny(text, "\u202e\u2066")
			t.Errorf("%s: a name turns the text around: …%q…", path, text[max(0, i-40):min(len(text), i+40)])
		}
		doc.Find("[onmouseover], [onerror], [style], a[href^='javascript']").Each(func(_ int, s *goquery.Selection) {
			t.Errorf("%s: a name is an attribute of <%s>", path, goquery.NodeName(s))
		})
	})
	if seen < 100 || !shown {
		t.Errorf("%d pages were walked; the name was shown: %t", seen, shown)
	}
	// What is edited keeps its characters: saving the form again changes nothing.
	form := b.get("/devices/" + d.GUID + "/edit").page(t)
	if v := form.Find("input[name], textarea[name]").FilterFunction(func(_ int, s *goquery.Selection) bool {
		return strings.Contains(s.AttrOr("value", "")+s.Text(), "\u202e")
	}); v.Length() == 0 {
		t.Error("the form of a hostile device does not hold its name as it is")
	}
}
