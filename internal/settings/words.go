package settings

import (
	"math/big"
	"strconv"
	"strings"
)

// unlimited is how -1 reads where there may be no limit; unlimitedValue is its canonical form.
const (
	unlimited      = "unlimited"
	unlimitedValue = "-1"
)

// Words writes a canonical value for people: "3.5 days", "unlimited", "C:/Users/, /Users/". Names of destinations come from the sheet.
func (s Sheet) Words(p Property, canonical string) string {
	if p.Secret {
		return "hidden"
	}
	if p.Unlimited && canonical == unlimitedValue {
		return unlimited
	}
	switch p.Kind {
	case Bool:
		return boolWords(canonical)
	case Number:
		return counted(canonical, p.Unit)
	case Gigabytes:
		if typed, ok := scaled(canonical, gigabyte); ok {
			return typed + " GB"
		}
	case Days:
		if typed, ok := scaled(canonical, minutesOfDay); ok {
			return counted(typed, "days")
		}
	case Minutes:
		return durationWords(canonical, 60_000)
	case Millis:
		return durationWords(canonical, 1)
	case Weekdays:
		return weekWords(canonical)
	case Choice:
		for _, o := range p.Options {
			if o.Value == canonical {
				return o.Label
			}
		}
	case List, Emails:
		return listWords(canonical, func(entry string) string { return entry })
	case Used:
		return listWords(canonical, s.destinationWords)
	}
	if canonical == "" {
		return "not set"
	}
	return canonical
}

func boolWords(canonical string) string {
	switch canonical {
	case "true":
		return "yes"
	case "false":
		return "no"
	case "":
		return "not set"
	}
	return canonical
}

// counted writes a number with its unit, in the singular for one.
func counted(number, unit string) string {
	switch {
	case number == "":
		return "not set"
	case unit == "":
		return number
	case number == "1":
		return number + " " + strings.TrimSuffix(unit, "s")
	}
	return number + " " + unit
}

// gigabyte is the vendor's: 1000³ bytes.
const gigabyte = 1_000_000_000

// scaled divides a whole number and writes the quotient with as many places as it takes to read it back, at most nine.
func scaled(canonical string, by int64) (string, bool) {
	whole, err := strconv.ParseInt(canonical, 10, 64)
	if err != nil {
		return "", false
	}
	text := big.NewRat(whole, by).FloatString(9)
	if by == minutesOfDay {
		text = big.NewRat(whole, by).FloatString(4)
	}
	return strings.TrimSuffix(strings.TrimRight(text, "0"), "."), true
}

// spans are the units of time, the longest first.
func spans() []span {
	return []span{
		{"days", minutesOfDay * 60_000},
		{"hours", 60 * 60_000},
		{"minutes", 60_000},
		{"seconds", 1_000},
		{"milliseconds", 1},
	}
}

type span struct {
	name   string
	millis int64
}

// durationWords writes a time in the longest unit of which it is a whole number.
func durationWords(canonical string, unit int64) string {
	number, err := strconv.ParseInt(canonical, 10, 64)
	if err != nil || number < 0 || number > mostMillis {
		if canonical == "" {
			return "not set"
		}
		return canonical
	}
	millis := number * unit
	for _, span := range spans() {
		if millis%span.millis == 0 && (millis > 0 || span.name == "minutes") {
			return counted(strconv.FormatInt(millis/span.millis, 10), span.name)
		}
	}
	return canonical
}

// days are the days of the week as forms have them, in the order of the vendor's mask.
func days() []string {
	return []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
}

func weekWords(canonical string) string {
	switch {
	case canonical == week:
		return "every day"
	case canonical == "":
		return "not set"
	case strings.Trim(canonical, "_") == "":
		return "never"
	case len(wholeWeek(canonical)) != len(week):
		return canonical
	}
	var on []string
	for i, day := range days() {
		if wholeWeek(canonical)[i] != '_' {
			on = append(on, day)
		}
	}
	return strings.Join(on, ", ")
}

func listWords(canonical string, words func(string) string) string {
	entries, ok := entriesOf(canonical)
	if !ok {
		return canonical
	}
	if len(entries) == 0 {
		return "none"
	}
	for i, entry := range entries {
		entries[i] = words(entry)
	}
	return strings.Join(entries, ", ")
}

func (s Sheet) destinationWords(entry string) string {
	id, locked := strings.CutSuffix(entry, lockMark)
	name := s.names[id]
	if name == "" {
		name = id
	}
	if locked {
		name += " (locked)"
	}
	return name
}
