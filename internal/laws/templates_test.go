package laws_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// templateRule is something that must not stand in a template, and why.
type templateRule struct {
	pattern *regexp.Regexp
	why     string
}

// templateRules keep templates inside the Content-Security-Policy, which lets no inline style or script through and
// fails silently, and away from the classes whose contrast or style attribute cannot pass.
func templateRules() []templateRule {
	rule := func(pattern, why string) templateRule { return templateRule{regexp.MustCompile(pattern), why} }
	const semantic = `(primary|secondary|accent|neutral|info|success|warning|error)`
	return []templateRule{
		rule(`(?i)\sstyle\??=`, "an inline style is blocked by the Content-Security-Policy"),
		rule(`(?i)<style[\s>]`, "an inline style sheet is blocked by the Content-Security-Policy"),
		rule(`(?i)\son[a-z]+\??=`, "an inline event handler is blocked by the Content-Security-Policy"),
		rule(`(?i)\shx-on[:-]`, "hx-on needs eval, which is switched off"),
		rule(`(?i)hx-(vals|headers)=["']js:`, "js: needs eval, which is switched off"),
		rule(`(?i)hx-trigger="[^"]*\[`, "a trigger filter needs eval; without it it fires always"),
		rule(`(?i)<script(>|\s+[^s>])`, "a script comes from a file: <script src=…>"),
		rule(`(?i)javascript:`, "a link runs no script"),
		rule(`^(script|css)\s+\w+\(`, "templ's script and css components write inline"),
		rule(`templ\.(Raw|ComponentScript|JSFuncCall|JSUnsafeFuncCall|SafeCSS)\b`, "writes what nobody escapes"),
		rule(`[\s"](btn|badge|alert|input)-(soft|outline)\b`, "soft and outline variants miss the contrast that is asked for"),
		rule(`[\s"]link-`+semantic+`\b`, "coloured links miss the contrast that is asked for"),
		rule(`[\s"](radial-progress|countdown)\b`, "needs a style attribute"),
	}
}

func templateLaw(sources []source) []string {
	var violations []string
	for _, s := range sources {
		if !strings.HasSuffix(s.path, ".templ") {
			continue
		}
		for number, line := range strings.Split(s.text, "\n") {
			for _, rule := range templateRules() {
				if found := rule.pattern.FindString(line); found != "" {
					violations = append(violations, fmt.Sprintf("%s:%d: %q: %s", s.path, number+1, strings.TrimSpace(found), rule.why))
				}
			}
		}
	}
	return violations
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	holds(t, templateLaw)
}

func TestTemplateLawBreaks(t *testing.T) {
	t.Parallel()
	sound := []source{
		{"web/templates/a.templ", `<script src={ p.Script } defer></script><a class="link" href={ p.Next }>Next</a><tr data-on="1">`},
		{"web/templates/a.go", `<p style="color:red">`}, // not a template
	}
	breaks(t, templateLaw, []example{{"sound", sound, nil}})

	for _, test := range []struct{ line, found string }{
		{`<p style="color:red">`, `style=`},
		{`<p style={ p.Style }>`, `style=`},
		{`<style>p{}</style>`, `<style>`},
		{`<button onclick="go()">`, `onclick=`},
		{`<form hx-on::after-request="go()">`, `hx-on:`},
		{`<form hx-vals='js:{a:1}'>`, `hx-vals='js:`},
		{`<input hx-trigger="keyup[key=='x']">`, `hx-trigger="keyup[`},
		{`<script>alert(1)</script>`, `<script>`},
		{`<script type="module">alert(1)</script>`, `<script t`},
		{`<a href="javascript:go()">`, `javascript:`},
		{`script go() {`, `script go(`},
		{`css red() {`, `css red(`},
		{`@templ.Raw(p.Name)`, `templ.Raw`},
		{`<button class="btn btn-soft">`, `btn-soft`},
		{`<a class="link link-error">`, `link-error`},
		{`<div class="radial-progress">`, `"radial-progress`},
	} {
		t.Run(test.line, func(t *testing.T) {
			t.Parallel()
			got := templateLaw(one("web/templates/a.templ", test.line))
			want := fmt.Sprintf("web/templates/a.templ:1: %q: ", test.found)
			if len(got) != 1 || !strings.HasPrefix(got[0], want) {
				t.Errorf("got %q, want one violation that opens with %q", got, want)
			}
		})
	}
}
