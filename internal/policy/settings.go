package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// problems are everything that is wrong with a text of rules.
type problems []error

// settings is one table of the text: it hands out what stands there, and collects what is wrong, with the table's name.
type settings struct {
	name     string // as it stands in the text: `rule."device.block".admin`; "" for the whole
	values   map[string]any
	problems *problems
}

func (s settings) fail(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if s.name != "" {
		text = s.name + ": " + text
	}
	*s.problems = append(*s.problems, fmt.Errorf("%s", text))
}

func (s settings) has(key string) bool {
	_, ok := s.values[key]
	return ok
}

// called is what a part of the table is called.
func (s settings) called(key string) string {
	if strings.Contains(key, ".") {
		key = fmt.Sprintf("%q", key)
	}
	if s.name == "" {
		return key
	}
	return s.name + "." + key
}

// table is a part that is a table itself; one without values when it is not there.
func (s settings) table(key string) settings {
	part := settings{name: s.called(key), problems: s.problems}
	value, ok := s.values[key]
	if !ok {
		return part
	}
	if part.values, ok = value.(map[string]any); !ok {
		part.fail("it has to be a table, as in [%s]", part.name)
	}
	return part
}

// rest refuses whatever is not among these keys.
func (s settings) rest(known ...string) {
	known = slices.Compact(slices.Sorted(slices.Values(known)))
	for _, key := range slices.Sorted(maps.Keys(s.values)) {
		if !slices.Contains(known, key) {
			s.fail("there is no setting %q here; there are %s", key, strings.Join(known, ", "))
		}
	}
}

// number is a whole number, or 0 when it is not there.
func (s settings) number(key string, least, most int64) int {
	value, ok := s.values[key]
	if !ok {
		return 0
	}
	n, ok := value.(int64)
	if !ok || n < least || n > most {
		s.fail("%s has to be a whole number from %d to %d, as in %s = %d", key, least, most, key, least)
		return 0
	}
	return int(n)
}

func (s settings) boolean(key string) (value, ok bool) {
	if !s.has(key) {
		return false, false
	}
	value, ok = s.values[key].(bool)
	if !ok {
		s.fail("%s has to be true or false, as in %s = false", key, key)
	}
	return value, ok
}

// longestText bounds what a text may be.
const longestText = 200

// text is a text of one line, or "" when it is not there; ok says that it is right.
func (s settings) text(key string) (text string, ok bool) {
	if !s.has(key) {
		return "", true
	}
	text, ok = s.values[key].(string)
	if !ok || len(text) > longestText || strings.ContainsAny(text, "\r\n") {
		s.fail("%s has to be a text of one line and at most %d bytes", key, longestText)
		return "", false
	}
	return text, true
}

func (s settings) duration(key string, least, most time.Duration) (time.Duration, bool) {
	if !s.has(key) {
		return 0, false
	}
	text, _ := s.values[key].(string)
	d, err := time.ParseDuration(text)
	if err != nil || d < least || d > most {
		s.fail(`%s has to be a time from %s to %s, as in %s = "%s"`, key, span(least), span(most), key, span(most))
		return 0, false
	}
	return d, true
}

// list is the tables of an array.
func (s settings) list(key string) []settings {
	values, ok := s.values[key].([]any)
	var parts []settings
	if tables, isTables := s.values[key].([]map[string]any); isTables {
		ok = true
		for _, t := range tables {
			values = append(values, t)
		}
	}
	for i, value := range values {
		table, isTable := value.(map[string]any)
		ok = ok && isTable
		parts = append(parts, settings{name: fmt.Sprintf("%s[%d]", s.called(key), i+1), values: table, problems: s.problems})
	}
	if !ok {
		s.fail(`%s has to be a list of groups, as in %s = [{ count = 1, from = ["%s"] }]`, key, key, Admin)
		return nil
	}
	return parts
}

// texts is an array of texts.
func (s settings) texts(key string) ([]string, bool) {
	values, ok := s.values[key].([]any)
	var texts []string
	for _, value := range values {
		text, isText := value.(string)
		ok = ok && isText
		texts = append(texts, text)
	}
	return texts, ok
}

// span writes a time as people set it: 24h, 90m.
func span(d time.Duration) string {
	switch {
	case d == 0:
		return "0s"
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return d.String()
}
