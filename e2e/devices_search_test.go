package e2e

import (
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// TestWhatWasAskedLastIsShown: somebody chooses a filter, and another one before the first is answered. The first is given
// up: its answer, however late, never puts an older list on the screen.
func TestWhatWasAskedLastIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	b := w.as(t, "mara", look{})
	b.visit("/devices")
	b.sees("#facets", "Client version")

	slow := make(chan playwright.Route, 1)
	must(t, b.Route("**/devices?active=false*", func(r playwright.Route) { slow <- r }))
	b.quiet = true // a request that is given up may stand in the console
	failed, err := b.ExpectEvent("requestfailed", func() error {
		b.click("#facet-state-3")
		held := <-slow
		b.fill("#dq", "a")
		b.key("Enter")
		b.sees(".chip", "Text")
		return held.Continue()
	})
	must(t, err)
	if r, ok := failed.(playwright.Request); !ok || !strings.Contains(r.URL(), "active=false") {
		t.Errorf("given up was %v", failed)
	}
	b.at("/devices?q=a")
	b.sees(".chip", "Text")
	if n := b.count("#busy:not([hidden])"); n != 0 {
		t.Error("the page still says that it waits")
	}
}

// TestSlashFindsAnywhere: wherever somebody is, / and a name that matches one device and Enter open it; f is for the list.
func TestSlashFindsAnywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	b := w.as(t, "mara", look{})
	for _, path := range []string{"/devices?active=true", "/users", "/organizations", "/audit"} {
		b.visit(path)
		b.key("f")
		if f := b.focused(); strings.Contains(f, "q-top") || !strings.HasPrefix(f, "input#") {
			t.Errorf("%s: f puts the focus on %s", path, f)
		}
		b.visit(path)
		b.key("/")
		must(t, b.Keyboard().Type(w.device.Name))
		b.key("Enter")
		b.at("/devices/" + w.device.GUID)
	}
}

// TestTheLineComesBack: while the portal cannot be reached the page says so and stays as it is; what is tried again when it
// can takes the message away.
func TestTheLineComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	b := w.as(t, "mara", look{})
	b.visit("/devices")
	b.sees("#facets", "Client version")
	b.quiet = true
	must(t, b.Context().SetOffline(true))
	b.fill("#dq", "a")
	b.key("Enter")
	b.sees("#message", "The portal cannot be reached.")
	b.at("/devices")
	if b.count("tbody tr") == 0 {
		t.Error("the list is gone")
	}
	must(t, b.Context().SetOffline(false))
	b.key("Enter")
	b.sees(".chip", "Text")
	if text := b.text("#message"); text != "" {
		t.Errorf("the portal answers, and the page says %q", text)
	}
}
