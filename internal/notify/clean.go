package notify

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	nameLength = 80 // of a name in a mail; the portal shows all of it
	lineLength = 72
)

// name makes a name that somebody else chose safe for one line: without anything that ends a line, moves what stands
// beside it or cannot be seen, and not too long.
func name(s string) string {
	s = strings.Join(strings.Fields(visible(s)), " ")
	if s == "" {
		return "(no name)"
	}
	return clipped(s, nameLength)
}

// visible puts U+FFFD for every character that draws nothing of its own: control characters, and those that reverse or
// hide text.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) && !unicode.IsControl(r) && r != '\u2028' && r != '\u2029', r == '\t':
			return ' '
		case !unicode.IsGraphic(r), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
}

// clipped cuts a text that has too many characters, and shows that it did.
func clipped(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:limit-1])) + "…"
}

// quoted sets a text that somebody typed apart from the portal's own words: each of its lines is marked, none is so long
// that a reader's program would break it into one that is not.
func quoted(s string) string {
	var b strings.Builder
	for _, line := range lines(s) {
		for _, part := range wrapped(visible(line)) {
			b.WriteString(strings.TrimRight("> "+part, " ") + "\n")
		}
	}
	return b.String()
}

// lines parts a text at whatever some program may take for the end of a line.
func lines(s string) []string {
	s = strings.ReplaceAll(strings.TrimSpace(s), "\r\n", "\n")
	return strings.FieldsFunc(strings.ReplaceAll(s, "\n\n", "\n \n"), func(r rune) bool {
		switch r {
		case '\n', '\r', '\v', '\f', '\u0085', '\u2028', '\u2029':
			return true
		}
		return false
	})
}

// wrapped breaks a line between words, and inside of a word that is too long by itself.
func wrapped(line string) []string {
	var parts []string
	current := ""
	for _, word := range strings.Fields(line) {
		for utf8.RuneCountInString(word) > lineLength {
			if current != "" {
				parts, current = append(parts, current), ""
			}
			runes := []rune(word)
			parts, word = append(parts, string(runes[:lineLength])), string(runes[lineLength:])
		}
		switch {
		case current == "":
			current = word
		case utf8.RuneCountInString(current)+1+utf8.RuneCountInString(word) > lineLength:
			parts, current = append(parts, current), word
		default:
			current += " " + word
		}
	}
	if current != "" || len(parts) == 0 {
		parts = append(parts, current)
	}
	return parts
}
