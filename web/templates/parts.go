package templates

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// tone is the colour of the note's shape.
func (n Note) tone() string {
	if n.Kind == "" {
		return "info"
	}
	return n.Kind
}

// glyph is the note's shape: the one it names, else the usual one of its kind.
func (n Note) glyph() string {
	if n.Shape != "" {
		return n.Shape
	}
	switch n.Kind {
	case "ok":
		return "done"
	case "warn":
		return "alert"
	case "bad":
		return "fail"
	}
	return "info"
}

// htmxConfig keeps htmx inside the Content-Security-Policy and swaps the answers that carry words for the person.
// A missed history entry reloads the page: nothing of it is kept in the browser's storage.
const htmxConfig = `{"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false,"selfRequestsOnly":true,` +
	`"historyCacheSize":0,"historyRestoreAsHxRequest":false,"refreshOnHistoryMiss":true,"responseHandling":[` +
	`{"code":"204","swap":false},{"code":"[23]..","swap":true},{"code":"422","swap":true},` +
	`{"code":"401|403|404|409|429|5..","swap":true,"error":true},{"code":"...","swap":false,"error":true}]}`

// windowTitle is what the browser's tab says.
func (p Page) windowTitle() string {
	if p.Title == "" {
		return productName
	}
	return p.Title + " · " + productName
}

const productName = "Backup Portal"

// refresh is how often, in seconds, a page without script looks again while something runs.
const refresh = "2"

// errorOf finds what is wrong with a field.
func (v AuditView) errorOf(field string) string {
	for _, e := range v.Errors {
		if e.Field == field {
			return e.Text
		}
	}
	return ""
}

// indent shows the level of an option with spaces that a select keeps.
func (o Option) indent() string {
	text := ""
	for range o.Level {
		text += "\u2003"
	}
	return text + o.Label
}

// about tells whether there is anything for the panel of that name.
func (v OperationView) about() bool { return len(v.About) > 0 || len(v.Lines) > 0 }

// swap is what of the page a refused post draws anew.
func (v ConfirmView) swap() string {
	if v.Swap == "" {
		return "#confirm"
	}
	return v.Swap
}

// attributes are what a field of one line and one of several have in common.
func (f ConfirmField) attributes(first bool) templ.Attributes {
	attributes := templ.Attributes{"id": f.ID, "name": f.Name, "autocomplete": "off", "data-first": first, "required": f.Required}
	if f.MaxLength != "" {
		attributes["maxlength"] = f.MaxLength
	}
	var described []string
	if f.Error != "" {
		attributes["aria-invalid"] = "true"
		described = append(described, f.ID+"-problem")
	}
	if f.Help != "" {
		described = append(described, f.ID+"-help")
	}
	if len(described) > 0 {
		attributes["aria-describedby"] = strings.Join(described, " ")
	}
	return attributes
}

// described names what is wrong with the field.
func (v CopySource) described() templ.Attributes {
	if v.Problem == "" {
		return nil
	}
	return templ.Attributes{"aria-invalid": "true", "aria-describedby": "from-problem"}
}

// describedBy names the ids that describe a field: the problem first, when there is one.
func describedBy(wrong bool, problem, help string) string {
	if wrong {
		return problem + " " + help
	}
	return help
}

// intoResults makes a link, field or form swap the list of its page and the count beside the heading. The answer may be
// the fragment or the whole page. Whatever asks for the list last is answered: what was asked before it is given up, or a
// slow answer would put an older list on the screen.
func intoResults() templ.Attributes {
	return templ.Attributes{
		"hx-target": "#results", "hx-select": "#results", "hx-select-oob": "#matching", "hx-swap": "outerHTML",
		"hx-push-url": "true", "hx-sync": "#main:replace",
	}
}

// intoResultsAndTools does the same where links beside the heading follow the list.
func intoResultsAndTools() templ.Attributes {
	attributes := intoResults()
	attributes["hx-select-oob"] = "#matching,#tools"
	return attributes
}

// arrow is the icon of a direction.
func arrow(direction string) string {
	if direction == "up" {
		return "up"
	}
	return "sd"
}

// addressed draws text so that an e-mail address breaks at its parts before it breaks in the middle of one.
func addressed(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		for i, part := range addressParts(text) {
			if part = templ.EscapeString(part); i > 0 {
				part = "<wbr>" + part
			}
			if _, err := io.WriteString(w, part); err != nil {
				return err
			}
		}
		return nil
	})
}

// addressParts cuts an e-mail address after its @ and before its dots; other text stays whole.
func addressParts(text string) []string {
	if !strings.Contains(text, "@") || strings.ContainsAny(text, " \t\n") {
		return []string{text}
	}
	var parts []string
	for rest := text; rest != ""; {
		end := len(rest)
		if dot := strings.IndexByte(rest[1:], '.'); dot >= 0 {
			end = dot + 1
		}
		if at := strings.IndexByte(rest[:end], '@'); at >= 0 && at+1 < len(rest) {
			end = at + 1
		}
		parts, rest = append(parts, rest[:end]), rest[end:]
	}
	return parts
}
