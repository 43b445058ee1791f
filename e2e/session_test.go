package e2e

import "testing"

// TestSessionEnds in the middle of work: a fragment navigates, and a form keeps what was typed.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	b := w.as(t, "mara", look{})
	b.quiet = true // the 401 stands in the console
	b.visit("/devices/" + w.device.GUID)
	b.press("Block device…")
	b.fill("dialog textarea", "typed with care")
	must(t, b.Context().ClearCookies())
	b.click("dialog button[type=submit]")
	b.sees("dialog", "session has ended")
	if value, err := b.Locator("dialog textarea").InputValue(); err != nil || value != "typed with care" {
		t.Errorf("after the session ended the form holds %q (%v)", value, err)
	}
	if w.changes() != 0 {
		t.Error("a change was sent without a session")
	}

	b.visit("/")
	b.press("Sign in")
	b.click(`a[href*="mara"]`)
	b.at("/")
	b.visit("/devices")
	must(t, b.Context().ClearCookies())
	b.fill("main input[name=q]", "x")
	must(t, b.Locator("main input[name=q]").Press("Enter"))
	b.sees("h1", "Who do you want to be") // the provider's page in the whole window, not inside the list
	b.click(`a[href*="mara"]`)
	b.at("/devices*")
}

// TestHostileNames draws names that would be markup, formulas or scripts as the text that they are.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	b := w.as(t, "mara", look{})
	for _, name := range []string{`<script>alert("x")</script>`, `<img src=x onerror=alert(1)>`, `=cmd|'/C calc'!A0`, "مكتب-الميناء", "🚢 deck", long(300)} {
		must(t, w.emulator.RenameDevice(w.device.GUID, name))
		b.visit("/devices/" + w.device.GUID)
		b.sees("h1", name)
		b.fits(name)
		b.visit("/devices/" + w.device.GUID + "/block")
		b.sees("form#confirm", name)
		b.fits("confirmation of " + name)
		b.visit("/devices?q=" + w.device.GUID)
		b.sees("tbody", name)
		b.fits("list with " + name)
	}
}

func long(n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = "LT-Kontinental-"[i%15]
	}
	return string(text)
}
