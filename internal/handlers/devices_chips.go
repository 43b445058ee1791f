package handlers

import (
	"cmp"
	"strings"
	"time"

	"backup-portal/internal/inventory"
	"backup-portal/web/templates"
)

// filterNames are the names behind the ids of a filter, as far as the person may see what they name.
type filterNames struct {
	org               inventory.Org
	user, destination string
}

// chips puts every filter in use into words, each with the address of the list without it.
func (f *deviceFilter) chips(names filterNames) []templates.Chip {
	var list []templates.Chip
	for _, key := range f.keys {
		if value := f.get(key); value != "" {
			list = append(list, templates.Chip{Key: deviceFilterLabels[key], Value: f.words(key, value, names), RemoveURL: f.with(key, "")})
		}
	}
	return list
}

// deviceFilterLabels name the filters for people: on chips, above fields, in what is wrong.
var deviceFilterLabels = map[string]string{
	"q": "Text", "active": "State", "blocked": "Block", "deauthorized": "Sign-in", "alert": "Alert", "hold": "Legal hold",
	"org": "Organization", "user": "User", "os": "Operating system", "client": "Client version", "destination": "Destination",
	"connected": "Last connected", "connected-after": "Connected after", "connected-before": "Connected before",
	"backup": "Last completed backup", "backup-after": "Backed up after", "backup-before": "Backed up before",
	"created-after": "Created after", "created-before": "Created before", "keep-newest": "Leaves out",
	"sort": "Order", "columns": "Columns", "rows": "Rows",
}

// yesNoWords are what true and false mean for a filter that knows only those.
var yesNoWords = map[string][2]string{
	"active": {"active", "deactivated"}, "blocked": {"blocked", "not blocked"},
	"deauthorized": {"deauthorized", "authorized"}, "alert": {"with an alert", "without an alert"},
	"hold": {"its user is on one", "its user is on none"},
}

func (f *deviceFilter) words(key, value string, names filterNames) string {
	if words, ok := yesNoWords[key]; ok {
		switch strings.ToLower(value) {
		case "true":
			return words[0]
		case "false":
			return words[1]
		}
		return value
	}
	switch key {
	case "org":
		if names.org.UID == "" {
			return "unknown"
		}
		return names.org.Name + " and below"
	case "user":
		return cmp.Or(names.user, "unknown")
	case "destination":
		return cmp.Or(names.destination, value)
	case "os":
		return osName(value)
	case "keep-newest":
		if value == "1" {
			return "each user’s most recently connected device"
		}
		return "each user’s " + value + " most recently connected devices"
	}
	if age, ok := parseAge(value); ok && (strings.HasSuffix(key, "-after") || strings.HasSuffix(key, "-before")) {
		return ageWords(age) + " ago"
	}
	return value
}

// osName is the vendor's word for an operating system as people know it.
func osName(value string) string {
	switch value {
	case "win":
		return "Windows"
	case "mac":
		return "macOS"
	case "linux":
		return "Linux"
	}
	return value
}

// ageWords writes an age in the largest unit that it fills.
func ageWords(age time.Duration) string {
	switch {
	case age%(24*time.Hour) == 0:
		return counted(int(age/(24*time.Hour)), "day")
	case age%time.Hour == 0:
		return counted(int(age/time.Hour), "hour")
	}
	return counted(int(age/time.Minute), "minute")
}
