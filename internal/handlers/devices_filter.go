package handlers

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/web/templates"
)

const (
	devicesPath   = "/devices"
	devicesPage   = 50
	devicesMost   = 100 // on one page: as many as one selection may have
	queryLimit    = 200 // characters of a search
	leaveOutLimit = 10  // devices of each user that keep-newest leaves out at most
	never         = "never"
)

// deviceFilter is the list of devices as the address bar says it.
type deviceFilter struct {
	filter
	now      time.Time // what ages in the address are counted from
	problems []templates.FieldError
}

func newDeviceFilter(values url.Values, now time.Time) *deviceFilter {
	if values.Get("rows") == strconv.Itoa(devicesPage) {
		values = maps.Clone(values)
		values.Set("rows", "") // the usual number needs no words
	}
	return &deviceFilter{now: now, filter: filter{path: devicesPath, values: values, shape: []string{"sort", "columns", "rows"}, keys: []string{
		"q", "active", "blocked", "deauthorized", "alert", "hold", "org", "user", "os", "client", "destination",
		"connected", "connected-after", "connected-before", "backup", "backup-after", "backup-before",
		"created-after", "created-before", "keep-newest",
	}}}
}

// parse turns the address into a query of the mirror. What cannot be right is told in problems, one for each field,
// never guessed.
func (f *deviceFilter) parse(scope inventory.Scope) inventory.DeviceQuery {
	f.problems = nil
	q := inventory.DeviceQuery{
		Scope: scope, Text: f.get("q"), OrgUID: f.get("org"), UserUID: f.get("user"), Destination: f.get("destination"),
		OS: f.get("os"), ClientVersion: f.get("client"), After: f.get("after"), Before: f.get("before"), Limit: devicesPage,
		Active: f.yesNo("active"), Blocked: f.yesNo("blocked"), Deauthorized: f.yesNo("deauthorized"), Alert: f.yesNo("alert"), OnHold: f.yesNo("hold"),
		Connected: f.times("connected"), Completed: f.times("backup"), Created: f.times("created"),
	}
	for _, key := range []string{"q", "org", "user", "destination", "os", "client"} {
		if err := checkText(f.get(key)); err != nil {
			f.wrong(key, fmt.Sprintf("It is longer than %d characters; a part of a name or a GUID is enough.", queryLimit))
		}
	}
	if text := f.get("keep-newest"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > leaveOutLimit {
			f.wrong("keep-newest", fmt.Sprintf("Write a number from 1 to %d.", leaveOutLimit))
		}
		q.KeepNewest = n
	}
	switch f.get("rows") {
	case "":
	case strconv.Itoa(devicesMost):
		q.Limit = devicesMost
	default:
		f.wrong("rows", fmt.Sprintf("A page has %d or %d rows.", devicesPage, devicesMost))
	}
	var known bool
	if q.Sort, q.Descending, known = sortOf(f.get("sort")); !known {
		f.wrong("sort", "The list is sorted by name, connected, backup or stored; a minus in front turns it around.")
	}
	return q
}

func (f *deviceFilter) wrong(key, text string) {
	f.problems = append(f.problems, templates.FieldError{Field: key, Text: text})
}

// told puts all that is wrong into words.
func (f *deviceFilter) told() string {
	var told []string
	for _, p := range f.problems {
		told = append(told, deviceFilterLabels[p.Field]+": "+p.Text)
	}
	return strings.Join(told, " ")
}

func (f *deviceFilter) fault() error {
	return fault.New(fault.Invalid, f.told(), "Remove it from the address, or use the filters of the page.")
}

func (f *deviceFilter) yesNo(key string) *bool {
	switch strings.ToLower(f.get(key)) {
	case "":
		return nil
	case "true":
		return new(true)
	case "false":
		return new(false)
	}
	f.wrong(key, "It knows only true and false.")
	return nil
}

// times reads "…-after" and "…-before", and "never" under the name itself.
func (f *deviceFilter) times(key string) inventory.TimeRange {
	r := inventory.TimeRange{After: f.moment(key+"-after", true), Before: f.moment(key+"-before", false)}
	if !slices.Contains(f.keys, key) {
		return r
	}
	switch strings.ToLower(f.get(key)) {
	case "":
	case never:
		r.Never = true
		if !r.After.IsZero() || !r.Before.IsZero() {
			f.wrong(key, "What never happened has no time: leave out either never or the times.")
		}
	default:
		f.wrong(key, "It knows only never.")
	}
	return r
}

// moment reads a day, a time or an age. A bare day stands for its end in "after" and for its start in "before", as
// administrators know it from the vendor's command line.
func (f *deviceFilter) moment(key string, after bool) time.Time {
	text := strings.TrimSpace(f.get(key))
	if text == "" {
		return time.Time{}
	}
	if age, ok := parseAge(text); ok {
		return f.now.Add(-age).UTC()
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		if after {
			return day.AddDate(0, 0, 1)
		}
		return day
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02 15:04", time.DateTime, "2006-01-02T15:04:05", time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	f.wrong(key, "Write a day, a time or an age like 30d.")
	return time.Time{}
}

// oldest bounds an age: a thousand years are before every backup, and far from where a duration overflows.
const oldestDays = 100_000

// parseAge reads "30d", "24h" and "15m".
func parseAge(text string) (time.Duration, bool) {
	if text == "" {
		return 0, false
	}
	units := map[byte]time.Duration{'d': 24 * time.Hour, 'h': time.Hour, 'm': time.Minute}
	unit, known := units[text[len(text)-1]]
	n, err := strconv.ParseUint(text[:len(text)-1], 10, 32)
	if !known || err != nil || time.Duration(n) > oldestDays*24*time.Hour/unit {
		return 0, false
	}
	return time.Duration(n) * unit, true
}

// deviceSorts are the orders by their names in the address.
var deviceSorts = map[string]inventory.DeviceSort{
	"name": inventory.ByName, "connected": inventory.ByConnected, "backup": inventory.ByCompleted, "stored": inventory.ByStored,
}

func sortOf(text string) (_ inventory.DeviceSort, descending, known bool) {
	if text == "" {
		return inventory.ByName, false, true
	}
	name, descending := strings.CutPrefix(text, "-")
	order, known := deviceSorts[name]
	return order, descending, known
}
