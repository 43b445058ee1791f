package e2e

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// visitor is a signed-in person without a browser, for what is measured at the wire.
type visitor struct {
	t     testing.TB
	world *world
	http  *http.Client
}

var personLink = regexp.MustCompile(`href="([^"]*/authorize/as/[^"]*)"`)

// visitor signs somebody in through the provider's page.
func (w *world) visitor(t testing.TB, who string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	v := &visitor{t: t, world: w, http: &http.Client{Jar: jar, Transport: &http.Transport{DisableCompression: true}}}
	t.Cleanup(v.http.CloseIdleConnections)
	for _, link := range personLink.FindAllStringSubmatch(v.get(w.url+"/auth/sign-in"), -1) {
		if strings.Contains(link[1], "/as/"+who+"?") {
			v.get(html.UnescapeString(link[1]))
			return v
		}
	}
	t.Fatalf("the provider does not offer %s", who)
	return nil
}

// get reads a page as it was sent; the headers are pairs of name and value.
func (v *visitor) get(url string, headers ...string) string {
	v.t.Helper()
	request, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, url, nil)
	must(v.t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := v.http.Do(request)
	must(v.t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(v.t, err)
	if answer.StatusCode != http.StatusOK {
		v.t.Fatalf("%s answers %s", url, answer.Status)
	}
	return string(body)
}

// load is what a browser fetches to show a page for the first time, in bytes as they are sent.
type load struct{ all, script, requests int }

var assetAddress = regexp.MustCompile(`(?:src|href)="(/static/[^"#]+)`)

// firstLoad weighs a page with everything that it names.
func (v *visitor) firstLoad(path string) load {
	v.t.Helper()
	compressed := func(path string) int {
		return len(v.get(v.world.url+path, "Accept-Encoding", "gzip, deflate, br"))
	}
	sum := load{all: compressed(path), requests: 1}
	for _, asset := range assetAddress.FindAllStringSubmatch(v.get(v.world.url+path), -1) {
		size := compressed(asset[1])
		sum.all += size
		sum.requests++
		if strings.Contains(asset[1], ".js") {
			sum.script += size
		}
	}
	return sum
}

// watchShifts adds up what moves by itself from the first paint on.
const watchShifts = `window.shifted = 0;
new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) window.shifted += e.value; })
	.observe({type: "layout-shift", buffered: true});`

// TestBudgets keeps pages light, and what is on them in its place.
func TestBudgets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	pages := []string{"/", "/devices", "/devices/" + w.device.GUID, "/audit"}

	v := w.visitor(t, "mara")
	for _, path := range pages {
		got := v.firstLoad(path)
		if got.all > 100_000 || got.script > 25_000 || got.requests > 10 || got.requests < 4 {
			t.Errorf("%s: %d bytes, %d of script, %d requests; the budget is 100,000, 25,000 and 10", path, got.all, got.script, got.requests)
		}
	}

	for name, l := range map[string]look{"wide": {}, "narrow": {width: 390}} {
		b := w.as(t, "mara", l)
		must(t, b.AddInitScript(playwright.Script{Content: playwright.String(watchShifts)}))
		for _, path := range pages {
			b.visit(path)
			// Two frames after everything is loaded nothing moves any more.
			shifted, err := b.Evaluate(`async () => {
				await document.fonts.ready;
				await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
				return window.shifted.toFixed(4);
			}`)
			must(t, err)
			var sum float64
			if _, err := fmt.Sscan(fmt.Sprint(shifted), &sum); err != nil || sum > 0.01 {
				t.Errorf("%s, %s: what is on the page moves by %v (%v), at most 0.01 is allowed", path, name, shifted, err)
			}
		}
	}
}
