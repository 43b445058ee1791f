package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"backup-portal/internal/operation"
)

func TestHeadersOnEveryAnswer(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b, visitor := p.as("admin"), p.as("")
	for name, a := range map[string]answer{
		"page": b.get("/devices"), "not found": b.get("/nowhere"), "redirect": visitor.get("/devices"),
		"refusal": p.as("nobody").get("/devices"), "post": b.post("/devices/1/block", url.Values{}), "health": visitor.get("/healthz"),
		"cross-origin": b.fetch(http.MethodPost, "/sync", url.Values{}, map[string]string{"Sec-Fetch-Site": "cross-site"}),
		"bad filter":   b.get("/devices?active=maybe"),
	} {
		for header, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
			"Referrer-Policy": "same-origin", "X-Frame-Options": "DENY", "X-Request-Id": "-", "Vary": "HX-Request",
		} {
			if got := strings.Join(a.header.Values(header), ", "); !strings.Contains(got, want) {
				t.Errorf("%s (%d): %s is %q", name, a.status, header, got)
			}
		}
		if csp := a.header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") {
			t.Errorf("%s: the policy allows %q", name, csp)
		}
	}
}

func TestForeignHostIsRefused(t *testing.T) {
	t.Parallel()
	p := setup(t)
	for _, path := range []string{"/", "/devices", "/auth/sign-in", "/static/app.css", "/healthz"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+path, nil)
		must(t, err)
		request.Host = "evil.example"
		response, err := http.DefaultTransport.RoundTrip(request)
		must(t, err)
		must(t, response.Body.Close())
		if want := map[bool]int{true: http.StatusOK, false: http.StatusMisdirectedRequest}[path == "/healthz"]; response.StatusCode != want {
			t.Errorf("%s under another host name: %d, want %d", path, response.StatusCode, want)
		}
	}
}

func TestOtherSitesCannotPost(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("admin")
	d := p.device["own"]
	for _, header := range []map[string]string{
		{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"},
	} {
		a := b.fetch(http.MethodPost, "/devices/"+d.GUID+"/block", url.Values{"operation": {operation.NewID()}, "reason": {"x"}}, header)
		if a.status != http.StatusForbidden {
			t.Errorf("a post with %v is answered with %d", header, a.status)
		}
	}
	if n := p.changes(); n != 0 {
		t.Errorf("%d changes were sent for other sites", n)
	}
}

// TestSessionEndedNeverSwapsTheSignIn is what htmx does with an ended session: a fragment navigates, a post keeps what was typed.
func TestSessionEndedNeverSwapsTheSignIn(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("")
	htmx := map[string]string{"HX-Request": "true", "HX-Target": "results", "HX-Current-URL": p.url + "/devices?q=x"}
	a := b.fetch(http.MethodGet, "/devices?q=xy", nil, htmx)
	if a.status != http.StatusNoContent || a.header.Get("HX-Redirect") != "/auth/sign-in?return=%2Fdevices%3Fq%3Dx" {
		t.Errorf("a fragment without a session: %d, HX-Redirect %q", a.status, a.header.Get("HX-Redirect"))
	}
	if a := b.get("/devices?q=x"); a.status != http.StatusFound || a.header.Get("Location") != "/auth/sign-in?return=%2Fdevices%3Fq%3Dx" {
		t.Errorf("a page without a session: %d %q", a.status, a.header.Get("Location"))
	}
	for name, header := range map[string]map[string]string{"htmx": htmx, "plain": nil} {
		a := b.fetch(http.MethodPost, "/devices/1/block", url.Values{"reason": {"typed"}}, header)
		if a.status != http.StatusUnauthorized || !strings.Contains(a.body, "/auth/sign-in") || a.header.Get("Location")+a.header.Get("HX-Redirect") != "" {
			t.Errorf("a %s post without a session: %d %v", name, a.status, a.header)
		}
	}
}

func TestFragmentOrPage(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("admin")
	whole := func(a answer) bool {
		return strings.Contains(a.body, "<html") && a.page(t).Find("#results").Length() == 1
	}
	for name, c := range map[string]struct {
		header map[string]string
		page   bool
	}{
		"plain":    {nil, true},
		"fragment": {map[string]string{"HX-Request": "true", "HX-Target": "results"}, false},
		"boosted":  {map[string]string{"HX-Request": "true", "HX-Boosted": "true", "HX-Target": "results"}, true},
		"history":  {map[string]string{"HX-Request": "true", "HX-History-Restore-Request": "true", "HX-Target": "results"}, true},
		"other":    {map[string]string{"HX-Request": "true", "HX-Target": "elsewhere"}, true},
	} {
		a := b.fetch(http.MethodGet, "/devices?q=a", nil, c.header)
		if a.status != http.StatusOK || whole(a) != c.page || !strings.Contains(a.body, `id="results"`) {
			t.Errorf("%s: %d, whole page %t, want %t", name, a.status, whole(a), c.page)
		}
	}
}

func TestBadInputIsTold(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("root-admin")
	for path, want := range map[string]string{
		"/devices?active=maybe":                  "knows only true and false",
		"/devices?q=" + strings.Repeat("x", 201): "longer than 200",
		"/find?q=" + strings.Repeat("x", 201):    "longer than 200",
		"/devices?after=%00junk":                 "",
		"/audit?after=yesterday":                 "Write a day like",
		"/audit?before=2026-13-45":               "Write a day like",
		"/audit?who=" + strings.Repeat("x", 201): "At most 200",
	} {
		a := b.get(path)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, want) {
			t.Errorf("%.40s: %d, does not say %q", path, a.status, want)
		}
	}
	for _, path := range []string{"/audit?older=-7&line=junk", "/devices?org=%27%20OR%201=1", "/devices?q=%25_%5C%22", "/audit?target=%25&who=_"} {
		if a := b.get(path); a.status != http.StatusOK {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

func TestSettleFormKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("admin")
	id := p.unknown("own")
	a := b.post("/operations/"+id+"/settle", url.Values{"reason": {"typed with care"}})
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "typed with care") || !strings.Contains(a.body, "Say which of the two") {
		t.Errorf("without an outcome: %d", a.status)
	}
	a = b.post("/operations/"+id+"/settle", url.Values{"outcome": {"succeeded"}, "reason": {" "}})
	if a.status != http.StatusUnprocessableEntity || a.page(t).Find("input[value=succeeded][checked]").Length() != 1 {
		t.Errorf("without a reason: %d", a.status)
	}
}

func TestAddressesOfOthersAreForAdminAndAuditor(t *testing.T) {
	t.Parallel()
	p := setup(t)
	help := p.as("help-desk")
	d := p.device["own"]
	id := operation.NewID()
	help.post("/devices/"+d.GUID+"/block", url.Values{"operation": {id}, "reason": {"x"}})
	events, err := p.store.Events(t.Context(), id)
	must(t, err)
	if len(events) != 2 {
		t.Fatalf("%d lines", len(events))
	}
	for who, sees := range map[string]bool{"admin": true, "auditor": true, "org-manager": false, "help-desk": true, "root-auditor": true} {
		b := p.as(who)
		op := b.get("/operations/" + id)
		line := b.get("/audit?action=device.block&line=" + "0" + "&older=100000")
		open, ok := line.page(t).Find("tbody a.fill").First().Attr("href")
		if !ok {
			t.Fatalf("%s sees no line", who)
		}
		text := b.get(open).page(t).Find("tbody").Text()
		if strings.Contains(text, "help-desk@halden.example") != sees {
			t.Errorf("%s sees the e-mail on the line: %t, want %t", who, !sees, sees)
		}
		if who != "help-desk" && strings.Contains(op.body, "127.0.0.1") != sees {
			t.Errorf("%s sees the address on the operation: %t, want %t", who, !sees, sees)
		}
	}
}
