package action

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"backup-portal/internal/settings"
)

// Accept says what is wrong with parameters, by name; what is about all of them stands under "". An empty answer is none.
// What an edit leaves out stays as it is; what it has empty is emptied.
func (a Action) Accept(params map[string]string) map[string]string {
	problems := map[string]string{}
	if a.Changes {
		switch changes, err := settings.ParseParams(params); {
		case err != nil:
			problems[""] = "The changes cannot be read. Open the settings again."
		case len(changes) == 0:
			problems[""] = nothingToChange
		}
		return problems
	}
	for _, p := range a.Params {
		value, given := params[p.Name]
		if why := p.refuses(value, given); why != "" {
			problems[p.Name] = why
		}
	}
	known := 0
	for _, p := range a.Params {
		if _, given := params[p.Name]; given {
			known++
		}
	}
	if known != len(params) {
		problems[""] = "The form has a field that is none of this action. Open it again."
	}
	return problems
}

const nothingToChange = "Nothing is to be changed."

// refuses says why a value cannot be taken, or "".
func (p Param) refuses(value string, given bool) string {
	edits := p.Initial != nil
	switch {
	case !given && edits:
		return ""
	case p.Required && strings.TrimSpace(value) == "":
		return p.Label + " cannot be empty."
	case !utf8.ValidString(value):
		return "It has characters that are none."
	case p.MaxLength > 0 && utf8.RuneCountInString(value) > p.MaxLength:
		return fmt.Sprintf("It is longer than %s characters.", figure(p.MaxLength))
	case strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && (!p.Multiline || r != '\n' && r != '\t') }):
		if p.Multiline {
			return "It has control characters."
		}
		return "It has a line break or another control character."
	}
	return ""
}
