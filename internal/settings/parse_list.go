package settings

import (
	"fmt"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"unicode/utf8"
)

// The most that a list takes.
const (
	mostEntries  = 1_000
	longestEntry = 4_096
)

func parseWeek(typed []string) (canonical, problem string) {
	mask := []byte("_______")
	for _, day := range typed {
		at := slices.Index(days(), day)
		if at < 0 {
			return "", "Choose days of the week."
		}
		mask[at] = week[at]
	}
	return string(mask), ""
}

func parseList(p Property, typed []string) (canonical, problem string) {
	entries := []string{}
	for _, entry := range typed {
		if p.Kind == Emails {
			entry = strings.TrimSpace(entry)
		}
		if entry == "" {
			continue
		}
		if problem := badEntry(p, entry); problem != "" {
			return "", problem
		}
		entries = append(entries, entry)
	}
	if len(entries) > mostEntries {
		return "", fmt.Sprintf("Give %s entries at most.", thousands(mostEntries))
	}
	return listOf(entries), ""
}

func badEntry(p Property, entry string) string {
	quote := entry
	if runes := []rune(entry); len(runes) > 60 {
		quote = string(runes[:60]) + "…"
	}
	switch problem := unprintable(entry, false); {
	case problem != "":
		return problem
	case utf8.RuneCountInString(entry) > longestEntry:
		return fmt.Sprintf("“%s” is too long: type %s characters at most.", quote, thousands(longestEntry))
	case p.Part == Packets && strings.Contains(entry, ","):
		return fmt.Sprintf("“%s” has a comma in it: type one entry a line.", quote)
	case p.Kind == Emails && !isEmail(entry):
		return fmt.Sprintf("“%s” is not an e-mail address: type one such as name@example.com.", quote)
	}
	return ""
}

func isEmail(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text && len(text) <= 254
}

// parseUsed reads the ids of destinations, those that are locked with the lock's mark.
func (s Sheet) parseUsed(p Property, typed []string) (canonical, problem string) {
	ids := map[string]bool{}
	for _, entry := range typed {
		id, locked := strings.CutSuffix(entry, lockMark)
		switch {
		case entry == "":
			continue
		case !s.usable(p, id):
			return "", "Choose destinations that are offered."
		}
		ids[id] = ids[id] || locked
	}
	wanted := []string{}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		wanted = append(wanted, marked(id, ids[id]))
	}
	return listOf(wanted), ""
}

// usable tells whether a set can use a destination: one that is offered, or that it uses already.
func (s Sheet) usable(p Property, id string) bool {
	if _, offered := s.names[id]; offered {
		return true
	}
	e, ok := s.entry(p.Key)
	return ok && e.set != nil && slices.ContainsFunc(e.set.used, func(u use) bool { return u.id == id })
}
