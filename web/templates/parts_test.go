package templates_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/web/templates"
)

// TestAddressesBreakAtTheirParts: a long e-mail address may go on in the next line after its @ and before a dot, and reads
// and copies as it is.
func TestAddressesBreakAtTheirParts(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"oystein.johansen2@haldenmaritime.example": {"oystein", ".johansen2@", "haldenmaritime", ".example"},
		"Øystein Johansen":                         {"Øystein Johansen"},
		"a.b":                                      {"a.b"},
		"@":                                        {"@"},
		"..@..":                                    {".", ".@", ".", "."},
		"<b>x</b>@a":                               {"<b>x</b>@", "a"},
		"see a@b.example !":                        {"see a@b.example !"},
	} {
		h1 := parse(t, render(t, templates.User(samplePage("User", "users"), templates.UserView{Name: name}))).Find("h1 bdi")
		if got := strings.TrimSpace(h1.Text()); got != name {
			t.Errorf("%q reads %q", name, got)
		}
		markup, err := h1.Html()
		if err != nil {
			t.Fatal(err)
		}
		var parts []string
		for part := range strings.SplitSeq(strings.TrimSpace(markup), "<wbr/>") {
			parts = append(parts, strings.NewReplacer("&lt;", "<", "&gt;", ">").Replace(part))
		}
		if diff := cmp.Diff(want, parts); diff != "" {
			t.Errorf("%q: %s", name, diff)
		}
	}
}
