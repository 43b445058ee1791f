package inventory

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const (
	// fieldMark stands before each field of the search text. Folded text never holds it, so a match never spans two fields
	// and "mark + q" finds prefixes of fields. It is two characters because indexes of text know groups of three: with
	// them even a single character has one.
	fieldMark = "\x1f\x1f"
	// prefixRunes is the longest query that matches prefixes only: shorter ones as substrings would match nearly everything.
	prefixRunes = 2
	// fieldBytes is how much of a field is searched: more than any name that a system allows. PostgreSQL keeps no more than
	// 2,700 bytes in an entry of an index, and there the search text stands beside the sort key.
	fieldBytes = 400
	// sortRunes bounds the sort key, and with it the length of a cursor in an address.
	sortRunes = 120
)

// Fold brings text to the form in which it is compared: NFC, case folded, control characters as spaces. It is done here and
// not in SQL so that every database compares the same bytes.
func Fold(text string) string {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return foldBeyondASCII(text)
		}
	}
	return strings.Map(func(r rune) rune { // what nearly all text is
		switch {
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, text)
}

func foldBeyondASCII(text string) string {
	text = norm.NFC.String(strings.ToValidUTF8(text, "\uFFFD"))
	text = norm.NFC.String(cases.Fold().String(text))
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}

// SortKey is what the list of devices is ordered by: the folded name without spaces around it, cut at 120 characters.
func SortKey(name string) string { return cutKey(strings.TrimSpace(Fold(name))) }

// OrgSortKey is what organizations are ordered by: as SortKey, with numbers by their value, so that “Yard 2” stands before
// “Yard 10”. Each number has the count of its digits before it; those of nine and more digits are compared as text.
func OrgSortKey(name string) string {
	const digits = "0123456789"
	var key strings.Builder
	for rest := strings.TrimSpace(Fold(name)); rest != ""; {
		at := strings.IndexAny(rest, digits)
		if at < 0 {
			key.WriteString(rest)
			break
		}
		key.WriteString(rest[:at])
		rest = strings.TrimLeft(rest[at:], "0")
		number := rest[:len(rest)-len(strings.TrimLeft(rest, digits))]
		key.WriteByte(digits[min(len(number), 9)])
		key.WriteString(number)
		rest = rest[len(number):]
	}
	return cutKey(key.String())
}

func cutKey(key string) string {
	end := 0
	for i := range key {
		if end++; end > sortRunes {
			return key[:i]
		}
	}
	return key
}

// SearchText is the one column that text search looks in: GUID, name, host name, username and external reference, folded.
func SearchText(d Device) string {
	return searchFields(d.GUID, d.Name, d.HostName, d.Username, d.ExternalReference)
}

// OrgSearchText is the column that the filter of the tree looks in: name and external reference, folded.
func OrgSearchText(o Org) string { return searchFields(o.Name, o.ExternalReference) }

// UserSearchText is the column that the list of users is searched in: username, e-mail and name, folded.
func UserSearchText(u User) string { return searchFields(u.Username, u.Email, u.Name) }

func searchFields(fields ...string) string {
	var b strings.Builder
	for _, field := range fields {
		b.WriteString(fieldMark)
		b.WriteString(cut(Fold(field), fieldBytes))
	}
	return b.String()
}

// cut shortens text to at most this many bytes, between two characters.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}

// SearchNeedle is what a search text must hold to match q; "" matches everything. One or two characters match prefixes of
// fields, more match anywhere inside one.
func SearchNeedle(q string) string {
	q = strings.TrimSpace(Fold(q))
	if q != "" && utf8.RuneCountInString(q) <= prefixRunes {
		return fieldMark + q
	}
	return q
}
