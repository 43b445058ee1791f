package e2e

import (
	"strings"
	"testing"
)

// TestKeyboardOnly does the day's work without a mouse: three keys and Enter to a device, two more to its action.
func TestKeyboardOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small)
	b := w.open(t, look{})
	b.visit("/")
	b.tabTo("Sign in")
	b.key("Enter")
	b.sees("h1", "Who do you want to be")
	b.tabTo("Mara Lindqvist")
	b.key("Enter")
	b.at("/")

	b.key("/")
	if f := b.focused(); !strings.Contains(f, "|q|") {
		t.Fatalf("/ puts the focus on %s", f)
	}
	must(t, b.Keyboard().Type(w.device.Name))
	b.key("Enter")
	b.at("/devices/" + w.device.GUID)

	b.tabTo("Block device…")
	b.key("Enter")
	b.sees("dialog[open]", "Block this device?")
	if f := b.focused(); !strings.Contains(f, "reason") {
		t.Errorf("the dialog opens with the focus on %s", f)
	}
	b.key("Escape")
	if n := b.count("dialog[open]"); n != 0 {
		t.Errorf("Escape leaves %d dialogs open", n)
	}
	if f := b.focused(); !strings.Contains(f, "Block device…") {
		t.Errorf("after the dialog the focus is on %s", f)
	}
	if w.changes() != 0 {
		t.Fatal("Escape sent a change")
	}

	b.key("Enter")
	b.sees("dialog[open]", "Block this device?")
	must(t, b.Keyboard().Type("case 4471"))
	b.tabTo("Block device")
	b.key("Enter")
	b.at("/operations/*")
	b.sees(".st.pill", "Succeeded")

	b.tabTo("Unblock device…")
	b.key("Enter")
	b.sees("dialog[open]", "Unblock this device?")
	b.tabTo("Unblock device")
	b.key("Enter")
	b.sees(".note", "Device unblocked.")
	if w.changes() != 2 {
		t.Errorf("%d changes reached the vendor, want 2", w.changes())
	}

	b.goesTo("d")
	b.at("/devices")
	b.key("j", "j", "k")
	first := b.text("tbody tr:first-child a.fill")
	if f := b.focused(); !strings.HasPrefix(f, "a#") || !strings.Contains(f, first) {
		t.Errorf("j j k puts the focus on %s, want the first row %q", f, first)
	}
	b.key("ArrowDown", "Enter")
	b.at("/devices/*")
	b.goesTo("a")
	b.at("/audit")
	b.key("?")
	b.sees("dialog[open]", "Keyboard shortcuts")
	b.key("Escape")
	b.tabTo("2")
	b.key("Enter")
	b.sees("tbody", "Operation")
	b.goesTo("h")
	b.at("/")
	b.tabTo("Mara Lindqvist")
	b.key("Enter")
	b.tabTo("Sign out")
	b.key("Enter")
	b.at("/auth/signed-out")
}

// tabTo presses Tab until the element with this name has the focus, and sees that the focus can be seen.
func (b *tab) tabTo(name string) {
	b.t.Helper()
	for range 60 {
		b.key("Tab")
		if !strings.Contains(b.focused(), name) {
			continue
		}
		value, err := b.Evaluate(`() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0; }`)
		must(b.t, err)
		if value != true {
			b.t.Errorf("%q has the focus and does not show it", name)
		}
		return
	}
	b.t.Fatalf("%s: Tab never reaches %q; the focus is on %s", b.URL(), name, b.focused())
}
