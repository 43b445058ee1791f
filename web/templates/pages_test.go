package templates_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
)

func render(t *testing.T, component templ.Component) string {
	t.Helper()
	var html strings.Builder
	if err := component.Render(t.Context(), &html); err != nil {
		t.Fatal(err)
	}
	return html.String()
}

func parse(t *testing.T, html string) *goquery.Document {
	t.Helper()
	document, err := goquery.NewDocumentFromReader(strings.NewReader(html))
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// everything lists pages and fragments together, for what must hold in all of them.
func everything() map[string]templ.Component {
	all := pages()
	for name, f := range fragments() {
		all["fragment "+name] = f.component
	}
	return all
}

func TestEveryOutputObeysTheContentSecurityPolicy(t *testing.T) {
	t.Parallel()
	for name, component := range everything() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parse(t, render(t, component)).Find("*").Each(func(_ int, s *goquery.Selection) {
				tag := goquery.NodeName(s)
				for _, attribute := range s.Get(0).Attr {
					if attribute.Key == "style" || strings.HasPrefix(attribute.Key, "on") || strings.HasPrefix(attribute.Key, "hx-on") {
						t.Errorf("<%s> has the attribute %s=%q", tag, attribute.Key, attribute.Val)
					}
					if strings.HasPrefix(strings.TrimSpace(strings.ToLower(attribute.Val)), "javascript:") {
						t.Errorf("<%s> leads to a script: %s=%q", tag, attribute.Key, attribute.Val)
					}
				}
				if tag == "style" || tag == "script" && s.Text() != "" {
					t.Errorf("<%s> stands in the page: %q", tag, s.Text())
				}
			})
		})
	}
}

// Names that anybody can give a laptop appear as text and make no element: only the frame has scripts, nothing has images.
func TestHostileNamesStayText(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for name, component := range everything() {
		html := render(t, component)
		document := parse(t, html)
		document.Find("script:not([src]), img").Each(func(_ int, s *goquery.Selection) {
			t.Errorf("%s: a name became <%s>", name, goquery.NodeName(s))
		})
		for _, hostile := range []string{scriptName, imageName, formulaName, arabicName, emojiName, longName()} {
			if strings.Contains(document.Text(), hostile) {
				seen[hostile] = true
			}
		}
	}
	if len(seen) != 6 {
		t.Errorf("the samples show %d of 6 hostile names as they are", len(seen))
	}
}

func TestOutline(t *testing.T) {
	t.Parallel()
	for name, component := range pages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document := parse(t, render(t, component))
			for selector, want := range map[string]int{"h1": 1, "main#main": 1, "head > title": 1, "html[lang=en]": 1, "footer.foot": 1} {
				if got := document.Find(selector).Length(); got != want {
					t.Errorf("%s: %d, want %d", selector, got, want)
				}
			}
			if strings.TrimSpace(document.Find("h1").Text()) == "" {
				t.Error("the h1 is empty")
			}
			if document.Find("nav.nav").Length() == 1 && document.Find("a.skip[href='#main']").Length() != 1 {
				t.Error("nothing leads past the navigation")
			}
		})
	}
}

func TestIDsAreUniqueAndReferencesResolve(t *testing.T) {
	t.Parallel()
	for name, component := range pages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document := parse(t, render(t, component))
			ids := map[string]int{}
			document.Find("[id]").Each(func(_ int, s *goquery.Selection) { ids[s.AttrOr("id", "")]++ })
			for id, count := range ids {
				if count > 1 {
					t.Errorf("id %q stands %d times", id, count)
				}
			}
			// The dialog's title arrives with its content.
			ids["confirm-title"]++
			for _, attribute := range []string{"aria-describedby", "aria-labelledby", "for", "list", "form"} {
				document.Find("[" + attribute + "]").Each(func(_ int, s *goquery.Selection) {
					for id := range strings.FieldsSeq(s.AttrOr(attribute, "")) {
						if ids[id] == 0 {
							t.Errorf("%s names %q, which is not on the page", attribute, id)
						}
					}
				})
			}
			document.Find("use").Each(func(_ int, s *goquery.Selection) {
				if id := strings.TrimPrefix(s.AttrOr("href", ""), "#"); ids[id] == 0 {
					t.Errorf("the sprite has no %q", id)
				}
			})
		})
	}
}

func TestEveryHTMXTargetIsOnItsPage(t *testing.T) {
	t.Parallel()
	rendered := map[string]*goquery.Document{}
	for name, component := range pages() {
		rendered[name] = parse(t, render(t, component))
	}
	check := func(t *testing.T, where string, source, page *goquery.Document) {
		t.Helper()
		source.Find("[hx-get], [hx-post]").Each(func(_ int, s *goquery.Selection) {
			target, swap := s.AttrOr("hx-target", ""), s.AttrOr("hx-swap", "")
			if target == "" || swap == "" {
				t.Errorf("%s: <%s> leaves hx-target or hx-swap to inheritance", where, goquery.NodeName(s))
				return
			}
			if part := s.AttrOr("hx-select", target); part != target {
				t.Errorf("%s: takes %s out of the answer and puts it into %s", where, part, target)
			}
			if page.Find(target).Length()+source.Find(target).Length() == 0 {
				t.Errorf("%s: target %s is not on the page", where, target)
			}
		})
		source.Find("[hx-select-oob]").Each(func(_ int, s *goquery.Selection) {
			for part := range strings.SplitSeq(s.AttrOr("hx-select-oob", ""), ",") {
				if page.Find(part).Length() != 1 {
					t.Errorf("%s: %s is not on the page", where, part)
				}
			}
		})
	}
	for name, document := range rendered {
		check(t, name, document, document)
	}
	for name, f := range fragments() {
		check(t, "fragment "+name, parse(t, render(t, f.component)), rendered[f.page])
	}
}

// Everything works without script: what htmx sends, a plain link or form sends too.
func TestEverythingWorksWithoutScript(t *testing.T) {
	t.Parallel()
	for name, component := range everything() {
		document := parse(t, render(t, component))
		document.Find("[hx-post]").Each(func(_ int, s *goquery.Selection) {
			if s.Is("button[type=submit][name]") { // sends its form in place, where another button leads on to a page
				form := s.Closest("form[method=post]")
				if form.AttrOr("action", "") != s.AttrOr("hx-post", "") || form.Find("[data-message]").Length() != 1 {
					t.Errorf("%s: the button %q does not send its form", name, s.Text())
				}
				return
			}
			if goquery.NodeName(s) != "form" || s.AttrOr("method", "") != "post" || s.AttrOr("action", "") != s.AttrOr("hx-post", "") {
				t.Errorf("%s: hx-post=%q without the same plain form", name, s.AttrOr("hx-post", ""))
			}
			if s.Find("[data-message]").Length() != 1 {
				t.Errorf("%s: the form to %s has no place for a refusal", name, s.AttrOr("hx-post", ""))
			}
		})
		document.Find("a[hx-get]").Each(func(_ int, s *goquery.Selection) {
			if s.AttrOr("href", "") != s.AttrOr("hx-get", "") {
				t.Errorf("%s: a link leads to %q with script and to %q without", name, s.AttrOr("hx-get", ""), s.AttrOr("href", ""))
			}
		})
		document.Find("form").Each(func(_ int, s *goquery.Selection) {
			if s.AttrOr("action", "") == "" {
				t.Errorf("%s: a form has no action", name)
			}
			method := s.AttrOr("method", "get")
			id := s.AttrOr("id", "")
			if method == "get" != (s.AttrOr("role", "") == "search" || id == "selection" || id == "tree-open") {
				t.Errorf("%s: the form to %s has the method %s", name, s.AttrOr("action", ""), method)
			}
			if s.Find("button[type=submit]").Length() == 0 && document.Find("button[type=submit][form='"+id+"']").Length() == 0 && !s.HasClass("find") {
				t.Errorf("%s: the form to %s has no button", name, s.AttrOr("action", ""))
			}
		})
	}
}

func TestEveryFieldHasALabelAndEveryRefusalPointsAtItsField(t *testing.T) {
	t.Parallel()
	for name, component := range everything() {
		document := parse(t, render(t, component))
		document.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, s *goquery.Selection) {
			id := s.AttrOr("id", "")
			if document.Find("label[for='"+id+"']").Length() != 1 {
				t.Errorf("%s: field %s#%s has no label", name, goquery.NodeName(s), id)
			}
			if s.AttrOr("aria-invalid", "") == "true" && !strings.Contains(s.AttrOr("aria-describedby", ""), "-problem") {
				t.Errorf("%s: field #%s is wrong and does not say why", name, id)
			}
		})
		document.Find("[aria-disabled=true]").Each(func(_ int, s *goquery.Selection) {
			if goquery.NodeName(s) != "button" {
				return // a pager's link to nowhere explains itself
			}
			why := document.Find("#" + s.AttrOr("aria-describedby", "none"))
			if strings.TrimSpace(why.Text()) == "" {
				t.Errorf("%s: %q is off and does not say why", name, s.Text())
			}
		})
	}
}

func TestEveryStateHasAWordAndEveryGraphicIsHiddenOrNamed(t *testing.T) {
	t.Parallel()
	for name, component := range everything() {
		document := parse(t, render(t, component))
		document.Find(".st").Each(func(_ int, s *goquery.Selection) {
			if strings.TrimSpace(s.Text()) == "" {
				t.Errorf("%s: a state has no word", name)
			}
		})
		document.Find("svg").Each(func(_ int, s *goquery.Selection) {
			if s.AttrOr("aria-hidden", "") != "true" && (s.AttrOr("role", "") != "img" || s.AttrOr("aria-label", "") == "") {
				t.Errorf("%s: a graphic is neither hidden nor named", name)
			}
		})
	}
}

func TestTheCurrentPlaceIsMarkedOnce(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"overview", "organizations", "organization", "devices", "device", "users", "user", "requests", "request", "audit"} {
		current := parse(t, render(t, pages()[name])).Find(".nav [aria-current=page]")
		if current.Length() != 1 {
			t.Errorf("%s: %d entries are current", name, current.Length())
		}
	}
}

func TestOnlyARunningOperationAsksAgain(t *testing.T) {
	t.Parallel()
	got := map[string][2]int{}
	for _, name := range []string{"operation", "operation-running", "operation-settled"} {
		html := render(t, pages()[name])
		got[name] = [2]int{parse(t, html).Find("#operation[hx-trigger]").Length(), strings.Count(html, `<noscript><meta http-equiv="refresh"`)}
	}
	want := map[string][2]int{"operation": {0, 0}, "operation-running": {1, 1}, "operation-settled": {0, 0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// In the confirmation what keeps comes first, what was typed comes back, and an impossible change has no button.
func TestConfirmation(t *testing.T) {
	t.Parallel()
	rejected := parse(t, render(t, pages()["confirm-rejected"]))
	if got := rejected.Find("textarea#reason").Text(); got != scriptName {
		t.Errorf("the reason came back as %q", got)
	}
	var order []string
	rejected.Find("#confirm > footer").Children().Each(func(_ int, s *goquery.Selection) { order = append(order, s.Text()) })
	if diff := cmp.Diff([]string{"Keep as it is", "Block device"}, order); diff != "" {
		t.Error(diff)
	}
	if got := rejected.Find("#confirm input[name=operation]").AttrOr("value", ""); got != "01JD8Q4Z7M7G4K" {
		t.Errorf("the form carries operation %q", got)
	}
	if n := parse(t, render(t, pages()["confirm-impossible"])).Find("#confirm [type=submit], #confirm textarea").Length(); n != 0 {
		t.Errorf("an impossible change can be sent: %d controls", n)
	}
}

// Every exported component of the package is in the lists above, so a new page cannot stay untested.
func TestEveryComponentHasASample(t *testing.T) {
	t.Parallel()
	lists, err := os.ReadFile("catalogue_test.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.templ")
	if err != nil || len(files) == 0 {
		t.Fatalf("no templates found: %v", err)
	}
	exported := regexp.MustCompile(`(?m)^templ ([A-Z]\w*)\(`)
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range exported.FindAllSubmatch(source, -1) {
			if !bytes.Contains(lists, append([]byte("templates."), append(match[1], '(')...)) {
				t.Errorf("%s: %s has no sample", file, match[1])
			}
		}
	}
}
