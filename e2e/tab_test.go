package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// look says in which browser a tab is opened.
type look struct {
	dark     bool
	width    int // pixels; 0 = 1440
	noScript bool
}

// tab is a browser tab of a test, with words for what people do in it.
type tab struct {
	t     testing.TB
	world *world
	playwright.Page
	dark  bool
	quiet bool // errors in the console are expected: the test makes some
}

// open opens a tab in a browser of its own; errors in its console and violations of the content policy fail the test.
func (w *world) open(t testing.TB, l look) *tab {
	t.Helper()
	if l.width == 0 {
		l.width = 1440
	}
	options := playwright.BrowserNewContextOptions{
		Viewport: &playwright.Size{Width: l.width, Height: 900}, JavaScriptEnabled: playwright.Bool(!l.noScript),
		ColorScheme: playwright.ColorSchemeLight,
	}
	if l.dark {
		options.ColorScheme = playwright.ColorSchemeDark
	}
	browser, err := chrome.NewContext(options)
	must(t, err)
	t.Cleanup(func() { _ = browser.Close() })
	browser.SetDefaultTimeout(60_000) // how long a busy machine may take; only a test that fails waits for it
	page, err := browser.NewPage()
	must(t, err)
	b := &tab{t: t, world: w, Page: page, dark: l.dark}
	page.OnConsole(func(m playwright.ConsoleMessage) {
		if m.Type() == "error" && !b.quiet {
			t.Errorf("console of %s: %s", page.URL(), m.Text())
		}
	})
	page.OnPageError(func(err error) { t.Errorf("script of %s: %v", page.URL(), err) })
	return b
}

// as opens a tab and signs somebody in through the provider's page.
func (w *world) as(t testing.TB, who string, l look) *tab {
	t.Helper()
	b := w.open(t, l)
	b.visit("/")
	b.press("Sign in")
	b.click(fmt.Sprintf(`a[href*="%s"], button[value="%s"]`, who, who))
	b.at("/")
	if l.noScript {
		// The overview of a busy machine sends itself to its finished pictures, whatever is pressed meanwhile.
		b.sees("#pictures:not([hx-get])", "")
	}
	return b
}

func (b *tab) visit(path string) {
	b.t.Helper()
	_, err := b.Goto(b.world.url + path)
	if err != nil && strings.Contains(err.Error(), "interrupted by another navigation") {
		// Without script the overview of a slow minute sends itself to its finished pictures.
		_, err = b.Goto(b.world.url + path)
	}
	must(b.t, err)
}

func (b *tab) click(selector string) {
	b.t.Helper()
	must(b.t, b.Locator(selector).First().Click())
}

// press presses a button or follows a link by its name, as a person reads it.
func (b *tab) press(name string) {
	b.t.Helper()
	by := fmt.Sprintf(`:is(button, a, summary):text-is(%q):visible`, name)
	must(b.t, b.Locator(by).First().Click())
}

func (b *tab) fill(selector, text string) {
	b.t.Helper()
	must(b.t, b.Locator(selector).First().Fill(text))
}

func (b *tab) key(keys ...string) {
	b.t.Helper()
	for _, k := range keys {
		must(b.t, b.Keyboard().Press(k))
	}
}

// spells presses the letters of a name so many milliseconds apart by the keyboard's own clock, however long the test
// itself takes: who presses them one by one from outside cannot know what a busy machine puts in between.
func (b *tab) spells(name string, apart int) {
	b.t.Helper()
	_, err := b.Evaluate(`([name, apart]) => {
		let at = performance.now();
		for (const key of name) {
			const pressed = new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true});
			Object.defineProperty(pressed, "timeStamp", {value: at});
			document.activeElement.dispatchEvent(pressed);
			at += apart;
		}
	}`, []any{name, apart})
	must(b.t, err)
}

// goesTo presses g and the letter of a page. The portal waits a second and a half for the letter, so both are pressed at
// one time.
func (b *tab) goesTo(letter string) {
	b.t.Helper()
	b.spells("g"+letter, 0)
}

// at waits until the address is the path; a trailing * stands for anything.
func (b *tab) at(path string) {
	b.t.Helper()
	must(b.t, b.WaitForURL(b.world.url+strings.ReplaceAll(path, "*", "**")))
}

// sees waits until the text of what the selector finds contains the words.
func (b *tab) sees(selector, words string) {
	b.t.Helper()
	found := b.Locator(selector, playwright.PageLocatorOptions{HasText: words}).First()
	if err := found.WaitFor(); err != nil {
		text, _ := b.Locator("main").First().InnerText()
		b.t.Fatalf("%s: %s does not come to say %q: %v\n%s", b.URL(), selector, words, err, text)
	}
}

func (b *tab) text(selector string) string {
	b.t.Helper()
	text, err := b.Locator(selector).First().InnerText()
	must(b.t, err)
	return text
}

func (b *tab) count(selector string) int {
	b.t.Helper()
	n, err := b.Locator(selector).Count()
	must(b.t, err)
	return n
}

// focused describes the element that has the focus.
func (b *tab) focused() string {
	b.t.Helper()
	value, err := b.Evaluate(`() => { const e = document.activeElement; return e.tagName.toLowerCase() + "#" + e.id + "|" + (e.name || "") + "|" + e.textContent.trim().slice(0, 60); }`)
	must(b.t, err)
	return value.(string)
}

// accessible runs axe and fails on every violation. A page that is open in the light theme is looked at in the dark one
// as well, with the rules that colours decide: all that a theme changes is colours.
func (b *tab) accessible(name string) {
	b.t.Helper()
	_, err := b.Evaluate(axe + "; undefined")
	must(b.t, err)
	b.obeys(name, `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`)
	if b.dark {
		return
	}
	light := b.background()
	// A colour on its way from one theme to the other belongs to neither.
	must(b.t, b.EmulateMedia(playwright.PageEmulateMediaOptions{ColorScheme: playwright.ColorSchemeDark, ReducedMotion: playwright.ReducedMotionReduce}))
	if b.count("html[data-theme]") == 1 && b.background() == light {
		b.t.Errorf("%s is %s in both themes", name, light)
	}
	b.obeys(name+", dark", `{type: "rule", values: ["color-contrast", "link-in-text-block"]}`)
	must(b.t, b.EmulateMedia(playwright.PageEmulateMediaOptions{ColorScheme: playwright.ColorSchemeLight, ReducedMotion: playwright.ReducedMotionNoPreference}))
}

func (b *tab) background() string {
	b.t.Helper()
	value, err := b.Evaluate(`() => getComputedStyle(document.documentElement).backgroundColor + " " + getComputedStyle(document.body).backgroundColor`)
	must(b.t, err)
	return value.(string)
}

// obeys runs some of axe's rules; axe is there already.
func (b *tab) obeys(name, rules string) {
	b.t.Helper()
	value, err := b.Evaluate(`async () => JSON.stringify((await axe.run(document, {runOnly: ` + rules + `})).violations
		.map(v => v.id + ": " + v.help + " at " + v.nodes.slice(0, 3).map(n => n.target.join(" ")).join("; ")))`)
	must(b.t, err)
	var violations []string
	must(b.t, json.Unmarshal([]byte(value.(string)), &violations))
	slices.Sort(violations)
	for _, v := range violations {
		b.t.Errorf("%s: %s", name, v)
	}
}

// fits fails when the page itself scrolls sideways.
func (b *tab) fits(name string) {
	b.t.Helper()
	value, err := b.Evaluate(`() => document.documentElement.scrollWidth - document.documentElement.clientWidth`)
	must(b.t, err)
	if over := fmt.Sprint(value); over != "0" {
		b.t.Errorf("%s is %s pixels wider than its window", name, over)
	}
}
