package handlers

import (
	"strconv"

	"backup-portal/internal/inventory"
	"backup-portal/web/templates"
)

// form is the panel of filters as the address fills it, with what is wrong beside each field.
func (f *deviceFilter) form() templates.FilterForm {
	times := func(key string, canBeNever bool) []templates.FilterField {
		fields := []templates.FilterField{
			f.field(key+"-after", "After", "2026-03-01"), f.field(key+"-before", "Before", "30d"),
		}
		if canBeNever {
			fields = append(fields, f.choice(key, "Ever", "any", templates.Option{Value: never, Label: "never"}))
		}
		return fields
	}
	yesNo := func(key, label string) templates.FilterField {
		words := yesNoWords[key]
		return f.choice(key, label, "any", templates.Option{Value: "true", Label: words[0]}, templates.Option{Value: "false", Label: words[1]})
	}
	return templates.FilterForm{
		URL: devicesPath, Open: len(f.problems) > 0, ClearURL: f.bare(),
		Help: "A time is a day (2026-03-01), a moment (2026-03-01 14:30) or an age (30d, 24h, 15m), in UTC. " +
			"A bare day counts from its end in “After” and up to its start in “Before”, as in the vendor’s command line.",
		Groups: []templates.FilterGroup{
			{Title: "State", Fields: []templates.FilterField{
				yesNo("active", "Active"), yesNo("blocked", "Blocked"), yesNo("deauthorized", "Sign-in"), yesNo("alert", "Alert"), yesNo("hold", "Legal hold"),
			}},
			{Title: "Last connected", Fields: times("connected", true)},
			{Title: "Last completed backup", Fields: times("backup", true)},
			{Title: "Created", Fields: times("created", false)},
			{Title: "Software", Fields: []templates.FilterField{
				f.choice("os", "System", "any", osOptions()...), f.field("client", "Client version", "11.5.0"),
			}},
			{Title: "List", Fields: []templates.FilterField{
				f.choice("keep-newest", "Leave out each user’s", "nothing", leaveOutOptions()...), f.choice("sort", "Order", "by name", sortOptions()...),
			}},
		},
	}
}

func (f *deviceFilter) field(key, label, example string) templates.FilterField {
	return templates.FilterField{Name: key, Label: label, Value: f.get(key), Example: example, Problem: f.problemOf(key)}
}

// choice is a field with a fixed set of values; a value that is none of them stays, so that nothing typed is lost.
func (f *deviceFilter) choice(key, label, none string, options ...templates.Option) templates.FilterField {
	value, known := f.get(key), f.get(key) == ""
	field := templates.FilterField{Name: key, Label: label, Value: value, Problem: f.problemOf(key)}
	field.Options = append(field.Options, templates.Option{Label: none, Selected: known})
	for _, o := range options {
		o.Selected = o.Value == value
		known = known || o.Selected
		field.Options = append(field.Options, o)
	}
	if !known {
		field.Options = append(field.Options, templates.Option{Value: value, Label: value, Selected: true})
	}
	return field
}

func (f *deviceFilter) problemOf(key string) string {
	for _, p := range f.problems {
		if p.Field == key {
			return p.Text
		}
	}
	return ""
}

// hidden are the filters that the form keeps and does not show: ids that nobody types.
func (f *deviceFilter) hidden(orgOffered bool) []templates.Hidden {
	keys := []string{"user", "destination", "columns", "rows"}
	if !orgOffered {
		keys = append(keys, "org")
	}
	var list []templates.Hidden
	for _, key := range keys {
		if value := f.get(key); value != "" {
			list = append(list, templates.Hidden{Name: key, Value: value})
		}
	}
	return list
}

func osOptions() []templates.Option {
	var options []templates.Option
	for _, value := range []string{"win", "mac", "linux"} {
		options = append(options, templates.Option{Value: value, Label: osName(value)})
	}
	return options
}

func leaveOutOptions() []templates.Option {
	options := []templates.Option{{Value: "1", Label: "newest device"}}
	for n := 2; n <= leaveOutLimit; n++ {
		options = append(options, templates.Option{Value: strconv.Itoa(n), Label: "newest " + strconv.Itoa(n) + " devices"})
	}
	return options
}

// sortOptions are the orders that differ from the usual one.
func sortOptions() []templates.Option {
	return []templates.Option{
		{Value: "-name", Label: sortWords(inventory.ByName, true)},
		{Value: "connected", Label: sortWords(inventory.ByConnected, false)},
		{Value: "-connected", Label: sortWords(inventory.ByConnected, true)},
		{Value: "backup", Label: sortWords(inventory.ByCompleted, false)},
		{Value: "-backup", Label: sortWords(inventory.ByCompleted, true)},
		{Value: "-stored", Label: sortWords(inventory.ByStored, true)},
		{Value: "stored", Label: sortWords(inventory.ByStored, false)},
	}
}

// sortWords puts an order into words.
func sortWords(order inventory.DeviceSort, descending bool) string {
	words := map[inventory.DeviceSort][2]string{
		inventory.ByName:      {"by name", "by name, Z first"},
		inventory.ByConnected: {"by last connection, never and oldest first", "by last connection, newest first"},
		inventory.ByCompleted: {"by last completed backup, never and oldest first", "by last completed backup, newest first"},
		inventory.ByStored:    {"by stored bytes, least first", "by stored bytes, most first"},
	}[order]
	if descending {
		return words[1]
	}
	return words[0]
}
