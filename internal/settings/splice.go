package settings

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// splice replaces one node's text in a document.
type splice struct {
	old *node
	new string
}

// spliced makes the replacements, which never overlap. Everything between them stays byte for byte.
func spliced(root *node, splices []splice) []byte {
	slices.SortFunc(splices, func(a, b splice) int { return a.old.Index - b.old.Index })
	var out bytes.Buffer
	end := root.Index
	for _, s := range splices {
		out.WriteString(root.Raw[end-root.Index : s.old.Index-root.Index])
		out.WriteString(s.new)
		end = s.old.Index + len(s.old.Raw)
	}
	out.WriteString(root.Raw[end-root.Index:])
	return out.Bytes()
}

// quoted is a text as JSON, with what HTML finds special left as it is: the vendor's documents are not part of a page.
func quoted(text string) string { return encoded(text) }

// encoded is a value of strings, lists and structs as JSON.
func encoded(value any) string {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic("settings: " + err.Error()) // strings, lists and structs of them always encode
	}
	return strings.TrimSuffix(out.String(), "\n")
}
