package settings

import (
	"slices"
	"strconv"
	"strings"
)

// Losing tells in words why a change can lose data: "" when it does not. Shorter retention, fewer files, fewer destinations do.
func Losing(c Change) string {
	_, name, _ := cutLast(string(c.Key))
	switch {
	case c.From == c.To:
		return ""
	case c.Key == QuotaInherited && c.To == "true":
		return "The days in cold storage become those of the organization above; when they are fewer, archives are deleted sooner."
	case c.Key == "quota.archiveHoldDays" && lower(c):
		return "Archives in cold storage are deleted sooner, those that are there already too."
	}
	if _, _, ofSet := setOf(c.Key); !ofSet {
		return ""
	}
	switch {
	case name == includes && fewer(c):
		return "Files that are no longer in are deleted from the archives."
	case name == excludes && fewer(c.back()):
		return "Files that are left out are deleted from the archives."
	case strings.HasPrefix(name, patterns) && fewer(c.back()):
		return "Files that match the new patterns are deleted from the archives."
	case name == destinations && fewer(c.withoutLocks()):
		return "The archives at a destination that is removed are deleted."
	case name == "keepDeleted" && c.To == "false":
		return "Deleted files are removed from the archives after a time."
	case name == "keepDeletedMinutes" && lower(c):
		return "Deleted files are removed from the archives sooner."
	case strings.HasPrefix(name, "version") && lower(c.back()):
		return "Versions that lie closer together than that are removed from the archives."
	}
	return ""
}

func (c Change) back() Change { return Change{Key: c.Key, From: c.To, To: c.From} }

func (c Change) withoutLocks() Change {
	strip := func(canonical string) string {
		entries, _ := entriesOf(canonical)
		for i, entry := range entries {
			entries[i] = strings.TrimSuffix(entry, lockMark)
		}
		return listOf(entries)
	}
	return Change{Key: c.Key, From: strip(c.From), To: strip(c.To)}
}

// lower tells whether a number becomes smaller; what is no number counts as smaller, to be on the safe side.
func lower(c Change) bool {
	from, errFrom := strconv.ParseInt(c.From, 10, 64)
	to, errTo := strconv.ParseInt(c.To, 10, 64)
	return errFrom != nil || errTo != nil || to < from
}

// fewer tells whether an entry of a list goes.
func fewer(c Change) bool {
	from, _ := entriesOf(c.From)
	to, _ := entriesOf(c.To)
	return slices.ContainsFunc(from, func(entry string) bool { return !slices.Contains(to, entry) })
}
