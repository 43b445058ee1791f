package handlers

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"backup-portal/web/templates"
)

// number writes a count with separators: 48,213.
func number(n int) string {
	digits := strconv.Itoa(n)
	negative := strings.HasPrefix(digits, "-")
	digits = strings.TrimPrefix(digits, "-")
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if negative {
		return "-" + digits
	}
	return digits
}

// counted writes a count with its noun: "1 device", "1,200 devices".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

// size writes bytes in the decimal units that the vendor's console uses: 84.2 GB.
func size(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	value, unit := float64(n), 0
	for value >= 999.95 && unit < len(sizeUnits)-1 {
		value /= 1000
		unit++
	}
	if unit >= 4 {
		return fmt.Sprintf("%.2f %s", value, sizeUnits[unit])
	}
	return fmt.Sprintf("%.1f %s", value, sizeUnits[unit])
}

var sizeUnits = []string{"B", "kB", "MB", "GB", "TB", "PB"}

// share writes a part of a whole as a percentage with one decimal. Something is never told as nothing, nor nearly all as all.
func share(part, whole int) string {
	if whole == 0 {
		return ""
	}
	switch percent := 100 * float64(part) / float64(whole); {
	case part == whole:
		return "100 %"
	case part > 0 && percent < 0.05:
		return "< 0.1 %"
	case percent >= 99.95:
		return "> 99.9 %"
	default:
		return fmt.Sprintf("%.1f %%", percent)
	}
}

// clock turns moments into words for one request: everything on a page is told from the same now.
type clock struct {
	now  time.Time
	zone *time.Location
}

// short is for columns: "9 d", "never".
func (k clock) short(t time.Time) templates.Time {
	return k.at(t, k.age(t, [4]string{"%d s", "%d min", "%d h", "%d d"}, "now"))
}

// long is for sentences and facts: "9 days ago", "never".
func (k clock) long(t time.Time) templates.Time {
	return k.at(t, k.ago(t))
}

// exact is for timelines: "09:03:11.902".
func (k clock) exact(t time.Time) templates.Time {
	return k.at(t, t.In(k.zone).Format("15:04:05.000"))
}

// utc is for the audit log.
func (k clock) utc(t time.Time) templates.Time {
	text := t.UTC().Format("15:04:05.000")
	if !sameDay(t.UTC(), k.now.UTC()) {
		text = t.UTC().Format("02 Jan 2006 15:04")
	}
	return k.at(t, text)
}

func sameDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}

func (k clock) at(t time.Time, text string) templates.Time {
	if t.IsZero() {
		return templates.Time{Text: "never"}
	}
	return templates.Time{Text: text, DateTime: t.UTC().Format(time.RFC3339), Title: t.In(k.zone).Format("2006-01-02 15:04:05 MST")}
}

func (k clock) ago(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := k.now.Sub(t)
	switch {
	case d < 0:
		return t.In(k.zone).Format("2 Jan 2006 15:04")
	case d < 5*time.Second:
		return "just now"
	case d >= 60*24*time.Hour:
		return t.In(k.zone).Format("2 Jan 2006")
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days ago", int(d/(24*time.Hour)))
	}
	return k.age(t, [4]string{"%d s", "%d min", "%d h", "%d d"}, "just now") + " ago"
}

// age picks the largest unit that gives at least one; a moment in the future (a clock that jumped) counts as now.
func (k clock) age(t time.Time, units [4]string, now string) string {
	if t.IsZero() {
		return "never"
	}
	d := k.now.Sub(t)
	switch {
	case d < time.Second:
		return now
	case d < time.Minute:
		return fmt.Sprintf(units[0], int(d/time.Second))
	case d < time.Hour:
		return fmt.Sprintf(units[1], int(d/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf(units[2], int(d/time.Hour))
	}
	return fmt.Sprintf(units[3], int(d/(24*time.Hour)))
}

// until writes how long it still takes: "13 min".
func (k clock) until(t time.Time) string {
	d := t.Sub(k.now)
	switch {
	case d <= 0:
		return "now"
	case d < time.Minute:
		return "less than a minute"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Round(time.Minute)/time.Minute))
	}
	return fmt.Sprintf("%d h", int(d.Round(time.Hour)/time.Hour))
}
