package e2e

import (
	"fmt"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// TestFirstLoad keeps a first visit within its budget: 10 requests, 100 kB compressed, 25 kB of them script.
func TestFirstLoad(t *testing.T) {
	t.Parallel()
	load := newWorld(t, small).firstLoad(t)
	if load.requests > 10 || load.all > 100 || load.scripts > 25 {
		t.Errorf("a first visit fetches %.1f kB (script %.1f kB) in %d requests; the budget is 100 kB (25 kB) in 10", load.all, load.scripts, load.requests)
	}
}

// watch adds up the layout shifts of a page and notes what its content policy blocked.
const watch = `
	window.shifted = 0;
	window.blocked = [];
	new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) window.shifted += e.value; })
		.observe({type: "layout-shift", buffered: true});
	document.addEventListener("securitypolicyviolation", (e) => window.blocked.push(e.violatedDirective + " " + e.blockedURI));
`

// TestPagesHoldStill loads every page: nothing moves after it was drawn, nothing breaks the content policy, and no
// page is wider than its window.
func TestPagesHoldStill(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	for _, width := range []int{390, 1024, 1440} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			b := w.as(t, "mara", look{width: width})
			must(t, b.AddInitScript(playwright.Script{Content: playwright.String(watch)}))
			for _, path := range []string{"/", "/devices", "/devices/" + w.device.GUID, "/devices/" + w.device.GUID + "/block", "/audit"} {
				b.visit(path)
				// Two frames later everything that the load caused has been drawn and reported.
				_, err := b.Evaluate(`() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))`)
				must(t, err)
				shifted, err := b.Evaluate(`() => window.shifted > 0.01 ? String(window.shifted) : ""`)
				must(t, err)
				if shifted != "" {
					t.Errorf("%s shifts by %v after it was drawn", path, shifted)
				}
				blocked, err := b.Evaluate(`() => window.blocked.join(", ")`)
				must(t, err)
				if blocked != "" {
					t.Errorf("%s breaks the content policy: %v", path, blocked)
				}
				b.fits(path)
			}
		})
	}
}
