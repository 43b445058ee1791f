package action

import (
	"fmt"
	"strings"
)

// Reference renders the catalogue as Markdown; docs/actions.md is this text.
func Reference(list []Action) string {
	var b strings.Builder
	b.WriteString("# Actions\n\nEvery change that the portal can make, rendered from the catalogue in `internal/action`.\n" +
		"Do not edit: `go test ./internal/action -update` writes it anew.\n")
	for _, a := range list {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", a.Label, a.Doc)
		row := func(label, value string) { fmt.Fprintf(&b, "- **%s:** %s\n", label, value) }
		row("Id", "`"+a.ID+"`")
		row("Route", "`"+a.Kind.Path("{"+a.Kind.Param+"}")+"/"+a.Verb+"`")
		row("Risk", string(a.Risk))
		row("Reason", map[bool]string{true: "demanded", false: "welcome"}[a.Reason])
		if fields := fieldsOf(a); fields != "" {
			row("Fields", fields)
		}
		row("Vendor calls", "`"+strings.Join(a.Calls, "`, `")+"`")
		if a.Undo.Action != "" {
			row("Undo", fmt.Sprintf("`%s`. %s", a.Undo.Action, a.Undo.Leaves))
		} else {
			row("Undo", "none. "+a.Undo.Why)
		}
	}
	return b.String()
}

// fieldsOf names what is filled in.
func fieldsOf(a Action) string {
	if a.Changes {
		return "any values of the settings, each with what it was"
	}
	var fields []string
	for _, p := range a.Params {
		name := p.Label
		if p.Required {
			name += " (needed)"
		}
		fields = append(fields, name)
	}
	return strings.Join(fields, ", ")
}
