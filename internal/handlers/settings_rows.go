package handlers

import (
	"slices"
	"strings"

	"backup-portal/internal/settings"
	"backup-portal/web/templates"
)

// shownEntries is how many entries of a list are shown before the rest folds away.
const shownEntries = 8

// valuesOf lists the values of a group without its switch of inheritance, which is told of the group as a whole.
func valuesOf(sheet settings.Sheet, group settings.Group) []settings.Value {
	return slices.DeleteFunc(sheet.In(group), func(v settings.Value) bool { return isSwitch(v.Key) })
}

// editable are those of them that can be written.
func editable(sheet settings.Sheet, group settings.Group) []settings.Value {
	return slices.DeleteFunc(valuesOf(sheet, group), fixed)
}

// fixed tells whether a value is only shown.
func fixed(v settings.Value) bool { return v.ReadOnly || v.Secret || v.Locked || v.Why != "" }

// whyFixed says of a group without anything to write why that is so.
func whyFixed(sheet settings.Sheet, group settings.Group) string {
	values := valuesOf(sheet, group)
	other := func(v settings.Value) bool { return v.Why != values[0].Why }
	switch {
	case len(values) > 0 && values[0].Why != "" && !slices.ContainsFunc(values, other):
		return values[0].Why
	case slices.ContainsFunc(values, func(v settings.Value) bool { return !v.ReadOnly }):
		return "Nothing of it can be edited; each line says why."
	}
	return "Shown only: the backup service has no call that changes it."
}

// isSwitch tells whether a key says of a whole group whether it follows the level above.
func isSwitch(k settings.Key) bool {
	return k == settings.QuotaInherited || k == settings.ReportingInherited || k == destinationsInherited
}

// destinationsInherited is the flag that no call writes: it is told of the group and never switched.
const destinationsInherited settings.Key = "destinations.inherited"

// switchOf is the key of the switch that governs a value; "" when there is none that can be written.
func switchOf(by settings.Inheritance) settings.Key {
	switch by {
	case settings.ByQuota:
		return settings.QuotaInherited
	case settings.ByReporting:
		return settings.ReportingInherited
	case settings.Own, settings.ByDestinations, settings.ByDeviceDefaults, settings.ByPacket, settings.FromOrganization:
	}
	return ""
}

// origins tells of each value who sets it, in words that name nobody above what the reader may see.
type origins struct {
	sheetOf

	differs map[settings.Key]settings.Difference // of a device, by its own keys
	names   map[string]string                    // of backup sets by id
}

func originsOf(s sheetOf) origins {
	o := origins{sheetOf: s, differs: map[settings.Key]settings.Difference{}, names: map[string]string{}}
	if s.defaults != nil {
		for _, d := range settings.Drift(*s.defaults, s.sheet) {
			o.differs[d.Property.Key] = d
		}
	}
	sets, _ := s.sheet.Sets()
	for _, set := range sets {
		o.names[set.ID] = set.Name
	}
	return o
}

// row is one value in force with its origin.
func (o origins) row(v settings.Value) templates.SettingRow {
	row := templates.SettingRow{Key: string(v.Key), Label: v.Label, Help: v.Help}
	row.Value, row.Entries, row.More = o.words(v.Property, v.Effective)
	if v.Unread {
		row.Value, row.Entries, row.More = "not known", nil, nil
	} else if v.Absent {
		row.Value, row.Entries, row.More = "not set", nil, nil
	}
	if v.Secret {
		row.Value, row.Entries, row.More = masked, nil, nil
	}
	row.Origin, row.By, row.Why = o.origin(v)
	return row
}

// masked stands for what is only shown on demand.
const masked = "••••-••••-••••-••••"

// words are a value for people: of a list its first entries and the others.
func (o origins) words(p settings.Property, canonical string) (text string, entries, more []string) {
	if !p.Kind.Lists() {
		return o.sheet.Words(p, canonical), nil, nil
	}
	entries = o.sheet.Typed(p, canonical)
	if len(entries) > shownEntries+1 {
		return "", entries[:shownEntries], entries[shownEntries:]
	}
	return "", entries, nil
}

// origin says who sets a value, and what else there is to know about that.
func (o origins) origin(v settings.Value) (state templates.State, by templates.Link, why string) {
	switch {
	case v.Locked:
		return templates.State{Shape: "hold", Tone: "warn", Word: "Locked"}, templates.Link{}, v.Why
	case v.Unread:
		return templates.State{Shape: "unknown", Tone: "warn", Word: "Not known"}, templates.Link{}, v.Why
	case v.Absent:
		return templates.State{Shape: "off", Word: "Not set"}, templates.Link{}, ""
	case v.Inherits == settings.FromOrganization:
		return o.ofDevice(v)
	case v.Inherited:
		state, by = o.provider(v.Provider)
		return state, by, ""
	}
	return templates.State{Shape: "ok", Word: "Set here"}, templates.Link{}, ""
}

// provider names who sets an inherited value, where the reader may know the name.
func (o origins) provider(uid string) (templates.State, templates.Link) {
	inherited := templates.State{Shape: "next", Word: "Inherited"}
	switch name := o.providers[uid]; {
	case name != "":
		inherited.Word = "Inherited from"
		return inherited, templates.Link{Label: name, URL: organizationURL(uid) + "/settings"}
	case uid != "":
		inherited.Word = "Set above your organization"
	}
	return inherited, templates.Link{}
}

// ofDevice holds a device's value against its organization's.
func (o origins) ofDevice(v settings.Value) (templates.State, templates.Link, string) {
	if o.defaults == nil {
		return templates.State{Shape: "unknown", Word: "Not compared"}, templates.Link{}, "The settings of its organization could not be read."
	}
	d, differs := o.differs[v.Key]
	if !differs {
		return templates.State{Shape: "next", Word: "As its organization"}, templates.Link{}, ""
	}
	there := o.defaults.Words(d.Property, d.One)
	if there == "" {
		there = "none"
	}
	return templates.State{Shape: "info", Tone: "info", Word: "Differs from its organization"}, templates.Link{}, "Organization: " + there
}

// follows says of a group which organization it takes its values from.
func (o origins) follows(group settings.Group) string {
	values := valuesOf(o.sheet, group)
	if len(values) == 0 {
		return ""
	}
	switch values[0].Inherits {
	case settings.Own, settings.ByPacket, settings.FromOrganization: // told of each value, if there is anything to tell
		return ""
	case settings.ByQuota, settings.ByReporting, settings.ByDestinations, settings.ByDeviceDefaults:
	}
	follows, provider, known := o.sheet.Inherits(values[0].Inherits)
	switch {
	case !known:
		return ""
	case !follows:
		return "Set here"
	}
	state, by := o.provider(provider)
	return strings.TrimSpace(state.Word + " " + by.Label)
}

// sets lists the backup sets, one line each.
func (o origins) sets() templates.SetsView {
	sets, locked := o.sheet.Sets()
	view := templates.SetsView{Text: "There is no backup set.", Aside: counted(len(sets), "set")}
	if locked {
		view.Aside += "; their number is locked"
	}
	if len(sets) == 0 {
		view.Aside = ""
	}
	for _, set := range sets {
		row := templates.SetRow{Name: set.Name, URL: o.url() + "/" + string(settings.SetGroup(set.ID)), Origin: templates.State{Shape: "ok", Word: "Open"}}
		if set.Locked {
			row.Origin = templates.State{Shape: "hold", Tone: "warn", Word: "Locked"}
		}
		row.In, row.Out = o.entries(set.ID, "includes"), o.entries(set.ID, "excludes", "patterns", "patternsWindows", "patternsMacintosh", "patternsLinux")
		row.Destinations = o.said(set.ID, "destinations")
		row.Schedule = o.window(set.ID)
		view.Rows = append(view.Rows, row)
	}
	return view
}

func setKey(id, name string) settings.Key { return settings.Key("set." + id + "." + name) }

// entries counts the entries of lists of a set.
func (o origins) entries(id string, lists ...string) string {
	n := 0
	for _, list := range lists {
		if v, ok := o.sheet.Value(setKey(id, list)); ok {
			n += len(o.sheet.Typed(v.Property, v.Effective))
		}
	}
	if n == 0 {
		return "none"
	}
	return number(n)
}

// said is one value of a set in words.
func (o origins) said(id, name string) string {
	v, ok := o.sheet.Value(setKey(id, name))
	if !ok {
		return "not known"
	}
	if text := o.sheet.Words(v.Property, v.Effective); text != "" {
		return text
	}
	return "none"
}

// window says when backups of a set run.
func (o origins) window(id string) string {
	if v, ok := o.sheet.Value(setKey(id, "runAlways")); !ok || v.Effective == "true" {
		return map[bool]string{true: "at any time", false: "not known"}[ok]
	}
	return o.said(id, "runStart") + "–" + o.said(id, "runEnd") + ", " + o.said(id, "runDays")
}
