package settings

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Parse reads what somebody typed into canonical form; problem says what is wrong with it and what to type.
func (s Sheet) Parse(p Property, typed []string) (canonical, problem string) {
	switch p.Kind {
	case List, Emails:
		return parseList(p, typed)
	case Used:
		return s.parseUsed(p, typed)
	case Weekdays:
		return parseWeek(typed)
	}
	if len(typed) > 1 {
		return "", "Give one value only."
	}
	text := strings.Join(typed, "")
	switch p.Kind {
	case Text, LongText:
		return parseText(p, text)
	}
	text = strings.TrimSpace(text)
	switch p.Kind {
	case Bool:
		return parseBool(text)
	case Choice:
		return parseChoice(p, text)
	case TimeOfDay:
		return parseTime(text)
	}
	return parseNumber(p, text)
}

func parseText(p Property, text string) (canonical, problem string) {
	if p.Kind == LongText {
		text = lines(text)
	}
	switch {
	case strings.TrimSpace(text) == "" && p.Min > 0:
		return "", "Type a " + strings.ToLower(p.Label) + "."
	case p.Max > 0 && int64(utf8.RuneCountInString(text)) > p.Max:
		return "", fmt.Sprintf("Type %s characters at most.", thousands(p.Max))
	}
	if problem := unprintable(text, p.Kind == LongText); problem != "" {
		return "", problem
	}
	return text, ""
}

// unprintable says what is wrong with a text that cannot be shown or sent as it is, or "". What merely looks odd stays.
func unprintable(text string, severalLines bool) string {
	if !utf8.ValidString(text) {
		return "Leave out what is not text."
	}
	for _, r := range text {
		if unicode.IsControl(r) && (!severalLines || r != '\n' && r != '\t') {
			return "Leave out control characters such as tabs."
		}
	}
	return ""
}

func parseBool(text string) (canonical, problem string) {
	switch strings.ToLower(text) {
	case "true", "on", "yes":
		return "true", ""
	case "false", "off", "no", "":
		return "false", ""
	}
	return "", "Choose yes or no."
}

func parseChoice(p Property, text string) (canonical, problem string) {
	var labels []string
	for _, o := range p.Options {
		if o.Value == text {
			return text, ""
		}
		labels = append(labels, o.Label)
	}
	return "", "Choose one of: " + strings.Join(labels, ", ") + "."
}

var timeOfDay = regexp.MustCompile(`^([01]?[0-9]|2[0-3]):([0-5][0-9])$`)

func parseTime(text string) (canonical, problem string) {
	parts := timeOfDay.FindStringSubmatch(text)
	if parts == nil {
		return "", "Type a time from 00:00 to 23:59."
	}
	return fmt.Sprintf("%02s:%s", parts[1], parts[2]), ""
}

var number = regexp.MustCompile(`^(-?[0-9]{1,20}(?:\.[0-9]{1,20})?)\s*([a-zA-Z]*)$`)

// parseNumber reads a number in the unit of its kind into the canonical one.
func parseNumber(p Property, text string) (canonical, problem string) {
	if p.Unlimited && (strings.EqualFold(text, unlimited) || text == unlimitedValue) {
		return unlimitedValue, ""
	}
	parts := number.FindStringSubmatch(text)
	if parts == nil {
		return "", p.ask()
	}
	factor, ok := p.factor(parts[2])
	value, read := new(big.Rat).SetString(parts[1])
	if !ok || !read {
		return "", p.ask()
	}
	value.Mul(value, factor)
	if p.Kind == Number && !value.IsInt() {
		return "", p.ask()
	}
	whole := nearest(value)
	if !whole.IsInt64() || whole.Int64() < p.Min || whole.Int64() > p.Max {
		return "", p.ask()
	}
	return whole.String(), ""
}

func nearest(value *big.Rat) *big.Int {
	half := big.NewRat(1, 2)
	if value.Sign() < 0 {
		half.Neg(half)
	}
	sum := new(big.Rat).Add(value, half)
	return new(big.Int).Quo(sum.Num(), sum.Denom())
}

// factor is how many of the canonical unit one of the typed unit is.
func (p Property) factor(unit string) (*big.Rat, bool) {
	unit = strings.ToLower(unit)
	switch p.Kind {
	case Number:
		return big.NewRat(1, 1), unit == "" || strings.EqualFold(unit, p.Unit) || strings.EqualFold(unit+"s", p.Unit)
	case Gigabytes:
		return big.NewRat(gigabyte, 1), unit == "" || unit == "gb"
	case Days:
		return big.NewRat(minutesOfDay, 1), unit == "" || unit == "day" || unit == "days" || unit == "d"
	}
	canonical := int64(1)
	if p.Kind == Minutes {
		canonical = 60_000
	}
	if unit == "" {
		unit = "minutes"
	}
	short := map[string]string{"d": "days", "h": "hours", "min": "minutes", "m": "minutes", "s": "seconds", "ms": "milliseconds"}
	if long, ok := short[unit]; ok {
		unit = long
	}
	for _, span := range spans() {
		if unit == span.name || unit+"s" == span.name {
			return big.NewRat(span.millis, canonical), true
		}
	}
	return nil, false
}

// ask says what to type for a number.
func (p Property) ask() string {
	var low, high, what string
	switch p.Kind {
	case Gigabytes:
		low, high, what = within(p, gigabyte, " GB")
	case Days:
		low, high, what = within(p, minutesOfDay, " days")
		if p.Min > 0 && p.Min < minutesOfDay {
			low = "more than 0"
		}
	case Minutes, Millis:
		unit := int64(1)
		if p.Kind == Minutes {
			unit = 60_000
		}
		low, high = durationWords(strconv.FormatInt(p.Min, 10), unit), thousands(p.Max*unit/spans()[0].millis)+" days"
		return "Type a time such as “15 minutes”, “12 hours” or “1 day”, from " + low + " to " + high + "."
	default:
		low, high = thousands(p.Min), thousands(p.Max)
		what = "a whole number"
	}
	sentence := "Type " + what + " from " + low + " to " + high
	if p.Unlimited {
		sentence += ", or “unlimited”"
	}
	return sentence + "."
}

func within(p Property, unit int64, name string) (low, high, what string) {
	return thousands(p.Min / unit), thousands(p.Max/unit) + name, "a number such as 3.5"
}

// thousands writes a number with a comma between groups of three digits.
func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for at := len(digits) - 3; at > 0 && digits[at-1] != '-'; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// Typed is the inverse of Parse: what stands in the fields of a form, one for each row of a list.
func (s Sheet) Typed(p Property, canonical string) []string {
	if p.Unlimited && canonical == unlimitedValue {
		return []string{unlimited}
	}
	text, ok := canonical, false
	switch p.Kind {
	case List, Emails, Used:
		if entries, ok := entriesOf(canonical); ok {
			return entries
		}
	case Weekdays:
		if mask := wholeWeek(canonical); len(mask) == len(week) {
			return typedWeek(mask)
		}
	case Gigabytes:
		text, ok = scaled(canonical, gigabyte)
	case Days:
		text, ok = scaled(canonical, minutesOfDay)
	case Minutes:
		text, ok = durationWords(canonical, 60_000), canonical != ""
	case Millis:
		text, ok = durationWords(canonical, 1), canonical != ""
	}
	if !ok {
		text = canonical
	}
	return []string{text}
}

func typedWeek(mask string) []string {
	var typed []string
	for i, day := range days() {
		if mask[i] != '_' {
			typed = append(typed, day)
		}
	}
	return typed
}

// invalid says what is wrong with a canonical value that did not come from Parse, or "".
func (s Sheet) invalid(p Property, canonical string) string {
	read, problem := s.Parse(p, s.Typed(p, canonical))
	if problem == "" && read != canonical {
		return "This is not a value that can be set."
	}
	return problem
}
