package settings

import (
	"encoding/json"
	"strings"
)

// listOf is the canonical form of a list.
func listOf(entries []string) string {
	if entries == nil {
		entries = []string{}
	}
	return encoded(entries)
}

// entriesOf reads the canonical form of a list; false when it is not one.
func entriesOf(canonical string) ([]string, bool) {
	var entries []*string
	if err := json.Unmarshal([]byte(canonical), &entries); err != nil || entries == nil {
		return nil, false
	}
	texts := make([]string, len(entries))
	for i, entry := range entries {
		if entry == nil {
			return nil, false
		}
		texts[i] = *entry
	}
	return texts, true
}

// lines writes line ends as one character, as forms and documents differ in them.
func lines(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}

// week is the vendor's mask of days, Sunday first.
const week = "SMTWHFS"

// wholeWeek writes a mask of days with "_" for each day that is off; what is no mask stays as it is.
func wholeWeek(mask string) string {
	whole := []byte("_______")
	day := 0
	for _, letter := range []byte(mask) {
		if letter == '_' {
			day++
			continue
		}
		for day < len(week) && week[day] != letter {
			day++
		}
		if day == len(week) {
			return mask
		}
		whole[day] = letter
		day++
	}
	if day > len(week) {
		return mask
	}
	return string(whole)
}
