package handlers

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"backup-portal/internal/settings"
)

// The names of a form's fields: what was typed of a value, what the document held when the form was drawn, and what was
// shown of it, should that be another value.
const (
	typedField  = "v."
	wasField    = "was."
	shownField  = "shown."
	changeField = "change." // of a review: one parameter of the order
)

// mostRows bounds a list: more lines than that are no list that somebody types.
const mostRows = 5_000

// settingsForm is what somebody typed into a form of settings, with what the form was drawn with.
type settingsForm struct{ values url.Values }

// has tells whether the form had a field for the value.
func (f settingsForm) has(k settings.Key) bool { return f.values.Has(wasField + string(k)) }

func (f settingsForm) was(k settings.Key) string {
	return validText(f.values.Get(wasField + string(k)))
}

// validText leaves out what no page of ours has in its fields: parameters of an order are text.
func validText(posted string) string { return strings.ToValidUTF8(posted, "\uFFFD") }

// shown is the value that stood in the field when the form was drawn.
func (f settingsForm) shown(k settings.Key) string {
	if name := shownField + string(k); f.values.Has(name) {
		return validText(f.values.Get(name))
	}
	return f.was(k)
}

// typed are the lines of a field as they were sent.
func (f settingsForm) typed(k settings.Key) []string {
	lines := f.values[typedField+string(k)]
	return lines[:min(len(lines), mostRows)]
}

// follows tells whether the form asks to follow the level above in what is inherited together.
func (f settingsForm) follows(by settings.Inheritance) bool {
	k := switchOf(by)
	return k != "" && f.has(k) && f.values.Get(typedField+string(k)) == "true"
}

// changes reads the form against the values that may be edited: what is to be changed, and what is wrong with what was typed.
// A field that was left as it was drawn changes nothing, even where what it shows is less exact than the value.
func (f settingsForm) changes(sheet settings.Sheet, fields []settings.Value) (settings.Changes, map[settings.Key]string) {
	var changes settings.Changes
	problems := map[settings.Key]string{}
	switched := map[settings.Key]bool{}
	for _, v := range fields {
		if k := switchOf(v.Inherits); k != "" && f.has(k) && !switched[k] {
			switched[k] = true
			if to := strconv.FormatBool(f.follows(v.Inherits)); to != f.was(k) {
				changes = append(changes, settings.Change{Key: k, From: f.was(k), To: to})
			}
		}
		if !f.has(v.Key) || f.follows(v.Inherits) {
			continue
		}
		to, problem := f.shown(v.Key), ""
		if typed := f.typed(v.Key); !slices.Equal(plain(typed), plain(sheet.Typed(v.Property, to))) {
			to, problem = sheet.Parse(v.Property, typed)
		}
		switch {
		case problem != "":
			problems[v.Key] = problem
		case to != f.was(v.Key):
			changes = append(changes, settings.Change{Key: v.Key, From: f.was(v.Key), To: to})
		}
	}
	slices.SortFunc(changes, func(a, b settings.Change) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return changes, problems
}

// plain is what a browser makes of lines: without what stands around them, without empty ones, line ends of one kind.
func plain(lines []string) []string {
	var kept []string
	for _, line := range lines {
		if line = strings.TrimSpace(strings.ReplaceAll(line, "\r\n", "\n")); line != "" {
			kept = append(kept, line)
		}
	}
	return kept
}

// rowsChanged answers the form after a button that adds a line to a list, removes one, or fills the fields; false when none
// of them was pressed. At is the line that takes the focus: its key and place, -1 for the button that adds.
func (f settingsForm) rowsChanged() (at settings.Key, place int, pressed bool) {
	switch {
	case f.values.Has("add"):
		k := settings.Key(f.values.Get("add"))
		if lines := f.typed(k); f.has(k) && len(lines) < mostRows {
			f.values[typedField+string(k)] = append(slices.Clone(lines), "")
		}
		return k, len(f.typed(k)) - 1, true
	case f.values.Has("remove"):
		name, line, _ := strings.Cut(f.values.Get("remove"), "/")
		k := settings.Key(name)
		if n, err := strconv.Atoi(line); err == nil && f.has(k) && n >= 0 && n < len(f.typed(k)) {
			f.values[typedField+name] = slices.Delete(slices.Clone(f.typed(k)), n, n+1)
			return k, min(n, len(f.typed(k))-1), true
		}
		return k, -1, true
	}
	return "", -1, false
}

// postedParams reads the order's parameters out of the fields of a review.
func postedParams(values url.Values) map[string]string {
	params := map[string]string{}
	for name := range values {
		if param, ok := strings.CutPrefix(name, changeField); ok {
			params[param] = values.Get(name)
		}
	}
	return params
}
