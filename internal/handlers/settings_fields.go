package handlers

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"backup-portal/internal/settings"
	"backup-portal/web/templates"
)

// formDrawing is the form of a group with all that it takes to draw it.
type formDrawing struct {
	origins

	group    settings.Group
	form     settingsForm
	problems map[settings.Key]string
	focus    settings.Key // the list whose rows were changed
	place    int          // the row that takes the focus; -1: the button that adds one
}

// opened is the form as it is drawn first. Where a value is inherited the field starts from the one in force, so that breaking
// the inheritance alone changes nothing that counts.
func opened(s sheetOf, fields []settings.Value) settingsForm {
	f := settingsForm{values: map[string][]string{}}
	for _, v := range fields {
		if k := switchOf(v.Inherits); k != "" {
			if flag, ok := s.sheet.Value(k); ok && !fixed(flag) {
				f.values.Set(wasField+string(k), flag.Own)
				f.values.Set(typedField+string(k), flag.Own)
			}
		}
		f.fill(s.sheet, v, v.Own, cmp.Or(inForce(v), v.Own))
	}
	return f
}

// inForce is the value that counts where it is not the document's own.
func inForce(v settings.Value) string {
	if v.Inherited {
		return v.Effective
	}
	return v.Own
}

// fill puts a value into its field.
func (f settingsForm) fill(sheet settings.Sheet, v settings.Value, was, shown string) {
	f.values.Set(wasField+string(v.Key), was)
	f.values.Del(shownField + string(v.Key))
	if shown != was {
		f.values.Set(shownField+string(v.Key), shown)
	}
	f.values[typedField+string(v.Key)] = sheet.Typed(v.Property, shown)
}

// overlaid is the form with changes filled in that somebody made before.
func overlaid(s sheetOf, fields []settings.Value, changes settings.Changes) settingsForm {
	f := opened(s, fields)
	for _, c := range changes {
		if isSwitch(c.Key) && f.has(c.Key) {
			f.values.Set(wasField+string(c.Key), c.From)
			f.values.Set(typedField+string(c.Key), c.To)
		}
		if at := slices.IndexFunc(fields, func(v settings.Value) bool { return v.Key == c.Key }); at >= 0 {
			f.fill(s.sheet, fields[at], c.From, c.To)
		}
	}
	return f
}

// take fills the fields of a device with its organization's values.
func (f settingsForm) take(s sheetOf, fields []settings.Value) {
	following, _ := settings.Following(*s.defaults, s.sheet)
	for _, v := range fields {
		if !f.has(v.Key) {
			continue
		}
		to := v.Own
		if at := slices.IndexFunc(following, func(c settings.Change) bool { return c.Key == v.Key }); at >= 0 {
			to = following[at].To
		}
		f.fill(s.sheet, v, f.was(v.Key), to)
	}
}

// view is the form as it is drawn.
func (d formDrawing) view() templates.SettingsFormView {
	title := groupTitle(d.sheetOf, d.group)
	view := templates.SettingsFormView{
		Title: title, PostURL: d.url() + "/" + string(d.group), BackURL: d.url() + "#h-" + string(d.group), Head: settingsHead(d.sheetOf, title),
	}
	view.Head.Title = title + " of " + d.name
	if _, isSet := settings.GroupSet(d.group); isSet {
		view.BackURL = d.url() + "#h-sets"
	}
	for _, v := range valuesOf(d.sheet, d.group) {
		if fixed(v) && !v.Locked {
			if !v.Absent && !v.Secret {
				view.Shown = append(view.Shown, templates.Fact{Label: v.Label, Value: d.sheet.Words(v.Property, v.Effective), Title: v.Why})
			}
			continue
		}
		field := d.field(v)
		if _, isSet := settings.GroupSet(d.group); isSet {
			field.Heading = setHeading(v.Key)
		}
		view.Fields = append(view.Fields, field)
		if field.Problem != "" {
			view.Problems = append(view.Problems, templates.FieldProblem{FieldID: field.ID, Label: field.Label, Text: field.Problem})
		}
		view.Hidden = append(view.Hidden, d.carried(v.Key)...)
	}
	view.Inherit = d.inherit()
	if view.Inherit.Name != "" {
		view.Hidden = append(view.Hidden, d.carried(settings.Key(strings.TrimPrefix(view.Inherit.Name, typedField)))...)
	}
	if d.defaults != nil && slices.ContainsFunc(editable(d.sheet, d.group), func(v settings.Value) bool { _, differs := d.differs[v.Key]; return differs }) {
		view.Take = templates.TakeView{Name: "take", Value: "organization", Label: "Fill in the organization’s values", Help: "The fields then hold what " + d.org.Name + " has; locked ones stay."}
	}
	sayOnce(&view)
	view.Reach, view.ReachOf = d.reached()
	if note := d.breaks(editable(d.sheet, d.group)); note.Title != "" {
		view.Head.Notes = append(view.Head.Notes, note)
	}
	if n := len(view.Problems); n > 0 {
		view.Problem = templates.Note{Kind: "bad", Title: counted(n, "value") + " cannot be taken.", Text: "What you typed is still here; nothing was sent."}
	}
	return view
}

// reached tells how far a change of the group goes, by what the portal knows of who follows.
func (d formDrawing) reached() (facts []templates.Fact, of string) {
	fields := editable(d.sheet, d.group)
	if d.device() || len(fields) == 0 {
		return nil, ""
	}
	by := fields[len(fields)-1].Inherits
	reach, known := d.reach[by]
	if !known {
		return nil, ""
	}
	facts = []templates.Fact{{Label: "Devices", Value: number(reach.Devices)}}
	if by == settings.Own {
		return facts, ""
	}
	facts = append(facts, templates.Fact{Label: "Organizations below that follow", Value: number(max(reach.Orgs-1, 0))})
	if reach.Unknown > 0 {
		facts = append(facts, templates.Fact{Label: "Of them not read yet", Value: number(reach.Unknown)})
	}
	return append(facts, templates.Fact{Label: "With values of their own", Value: number(reach.Overriding)}), "as the portal knows it"
}

// sayOnce takes a reason that keeps most of a form from being edited out of its fields, and puts it above them.
func sayOnce(view *templates.SettingsFormView) {
	times := map[string]int{}
	for _, f := range view.Fields {
		if times[f.Locked]++; f.Locked != "" && times[f.Locked] == 4 {
			view.Head.Notes = append(view.Head.Notes, templates.Note{Kind: "info", Shape: "hold", Title: "Locked:", Text: f.Locked})
		}
	}
	for i, f := range view.Fields {
		view.Fields[i].LockedText = f.Locked
		if times[f.Locked] >= 4 {
			view.Fields[i].LockedText = ""
		}
	}
}

// carried are the hidden fields that go with a value.
func (d formDrawing) carried(k settings.Key) []templates.Hidden {
	var hidden []templates.Hidden
	for _, name := range []string{wasField + string(k), shownField + string(k)} {
		if d.form.values.Has(name) {
			hidden = append(hidden, templates.Hidden{Name: name, Value: d.form.values.Get(name)})
		}
	}
	return hidden
}

// fieldID is what links and labels call a field.
func fieldID(k settings.Key) string {
	return "f-" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, string(k))
}

// setHeading parts the long form of a backup set: the heading stands above the field of this key.
func setHeading(k settings.Key) string {
	_, name, _ := strings.Cut(strings.TrimPrefix(string(k), "set."), ".")
	switch name {
	case "includes":
		return "Which files"
	case "destinations":
		return "Where to"
	case "runAlways":
		return "When it runs"
	case "backupFrequency":
		return "How often, and for how long versions are kept"
	case "backupOpenFiles":
		return "How files are sent"
	}
	return ""
}

// field draws one value: to be edited, or as it is with the reason why not.
func (d formDrawing) field(v settings.Value) templates.SettingField {
	f := templates.SettingField{ID: fieldID(v.Key), Name: typedField + string(v.Key), Key: string(v.Key), Label: v.Label, Help: v.Help, Unit: v.Unit}
	if fixed(v) {
		f.Locked, f.Value = cmp.Or(v.Why, "Shown only."), cmp.Or(d.sheet.Words(v.Property, v.Effective), "none")
		if v.Secret {
			f.Value = masked
		}
		return f
	}
	f.Problem, f.InForce = d.problems[v.Key], d.inForceWords(v)
	f.Governed = switchOf(v.Inherits) != "" && d.form.has(switchOf(v.Inherits))
	typed := d.form.typed(v.Key)
	first := ""
	if len(typed) > 0 {
		first = typed[0]
	}
	switch f.Kind, f.Value = "text", first; v.Kind {
	case settings.LongText:
		f.Kind = "long-text"
	case settings.Number, settings.Gigabytes, settings.Days:
		f.Kind = "number"
	case settings.Minutes, settings.Millis, settings.TimeOfDay:
		f.Kind = "time"
	case settings.Bool:
		f.Kind, f.Options = "switch", []templates.Option{{Value: "true", Label: "yes", Selected: first == "true"}, {Value: "false", Label: "no", Selected: first == "false"}}
	case settings.Choice:
		f.Kind, f.Options = "choice", choices(v.Options, first)
	case settings.Weekdays:
		f.Kind, f.Options = "days", weekdays(typed)
	case settings.List, settings.Emails:
		f.Kind = "list"
		d.rows(&f, v, typed)
	case settings.Used:
		f.Kind, f.Uses = "used", d.uses(v, typed)
	case settings.Text:
	}
	return f
}

// choices are the options of a select; a value that is none of them stays choosable.
func choices(options []settings.Option, now string) []templates.Option {
	var list []templates.Option
	for _, o := range options {
		list = append(list, templates.Option{Value: o.Value, Label: o.Label, Selected: o.Value == now})
	}
	if !slices.ContainsFunc(options, func(o settings.Option) bool { return o.Value == now }) {
		list = append(list, templates.Option{Value: now, Label: cmp.Or(now, "not set"), Selected: true})
	}
	return list
}

// rows are the lines of a list.
func (d formDrawing) rows(f *templates.SettingField, v settings.Value, typed []string) {
	noun := "a line"
	if v.Kind == settings.Emails {
		noun = "an address"
	}
	f.AddLabel, f.AddFocus = "Add "+noun, d.focus == v.Key && d.place < 0
	for i, line := range typed {
		place := strconv.Itoa(i + 1)
		f.Rows = append(f.Rows, templates.FieldRow{
			ID: f.ID + "-" + place, Value: line, Label: f.Label + ", line " + place, Remove: string(v.Key) + "/" + strconv.Itoa(i),
			Problem: f.Problem, Focus: d.focus == v.Key && d.place == i,
		})
	}
}

// uses are the destinations that are offered, each with what the set does with it.
func (d formDrawing) uses(v settings.Value, typed []string) []templates.UseRow {
	var rows []templates.UseRow
	for i, offered := range d.sheet.Destinations() {
		guid := offered.GUID
		used, locked := slices.Contains(typed, guid), slices.Contains(typed, guid+"!")
		rows = append(rows, templates.UseRow{
			ID: fieldID(v.Key) + "-" + strconv.Itoa(i+1), Name: cmp.Or(offered.Name, guid), GUID: guid,
			Options: []templates.Option{
				{Value: "", Label: "not used", Selected: !used && !locked},
				{Value: guid, Label: "used", Selected: used},
				{Value: guid + "!", Label: "used, locked on devices", Selected: locked},
			},
		})
	}
	return rows
}

// inForceWords says what counts now, where the field does not show just that.
func (d formDrawing) inForceWords(v settings.Value) string {
	state, by, why := d.origin(v)
	switch {
	case v.Inherits == settings.FromOrganization:
		return why
	case !v.Inherited || v.Inherits != settings.ByPacket:
		return ""
	}
	text := d.sheet.Words(v.Property, v.Effective)
	if text == "" || v.Kind.Lists() {
		return "Now: " + lowerFirst(strings.TrimSpace(state.Word+" "+by.Label)) + "."
	}
	return "Now " + text + ", " + lowerFirst(strings.TrimSpace(state.Word+" "+by.Label)) + "."
}

// weekdays are the boxes of the seven days.
func weekdays(typed []string) []templates.Option {
	var list []templates.Option
	for _, day := range [...]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"} {
		list = append(list, templates.Option{Value: day, Label: day, Selected: slices.Contains(typed, day)})
	}
	return list
}

// groupTitle is the heading of a group.
func groupTitle(s sheetOf, group settings.Group) string {
	sections := s.sheet.Sections()
	at := slices.IndexFunc(sections, func(section settings.Section) bool { return section.Group == group })
	if at < 0 {
		return "Settings"
	}
	if _, isSet := settings.GroupSet(group); isSet {
		return "Backup set " + sections[at].Label
	}
	return sections[at].Label
}

// lowerFirst writes the first letter small.
func lowerFirst(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToLower(text[:1]) + text[1:]
}
