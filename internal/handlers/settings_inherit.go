package handlers

import (
	"slices"

	"backup-portal/internal/settings"
	"backup-portal/web/templates"
)

// breaks says before anything is changed what a change ends, where there is no switch that says it.
func (d formDrawing) breaks(fields []settings.Value) templates.Note {
	at := slices.IndexFunc(fields, func(v settings.Value) bool {
		return v.Inherited && (v.Inherits == settings.ByPacket || v.Inherits == settings.ByDeviceDefaults)
	})
	if at < 0 {
		return templates.Note{}
	}
	over := d.parent(fields[at].Provider)
	if fields[at].Inherits == settings.ByPacket {
		return templates.Note{Kind: "info", Title: "Each inherited value is inherited by itself.", Text: "One that you change here no longer follows " + over + "; the others still do."}
	}
	return templates.Note{Kind: "info", Title: "These values follow " + over + ".", Text: "Once you change one here, a change made there does not reach " + d.name + d.below(fields[at].Inherits) + "."}
}

// inherit is the switch of a group that is inherited as a whole.
func (d formDrawing) inherit() templates.InheritView {
	fields := editable(d.sheet, d.group)
	at := slices.IndexFunc(fields, func(v settings.Value) bool {
		k := switchOf(v.Inherits)
		return k != "" && d.form.has(k)
	})
	if at < 0 {
		return templates.InheritView{}
	}
	by := fields[at].Inherits
	_, provider, _ := d.sheet.Inherits(by)
	over := d.parent(provider)
	these := "These " + counted(len(fields), "value")
	if len(fields) == 1 {
		these = "This value"
	}
	var values []templates.Fact
	for _, v := range fields {
		if v.Inherited {
			values = append(values, templates.Fact{Label: v.Label, Value: d.sheet.Words(v.Property, v.Effective)})
		}
	}
	return templates.InheritView{
		Values: values,
		Name:   typedField + string(switchOf(by)), Legend: "Where " + lowerFirst(these) + " come from", Follows: d.form.follows(by),
		Follow: "Follow " + over, Own: "Set them here",
		Returns: "What is set here is given up; a change made there counts here too.",
		Breaks:  these + " then no longer follow " + over + ": a change made there does not reach " + d.name + d.below(by) + ".",
	}
}

// below counts the organizations that follow this one in what is inherited together.
func (d formDrawing) below(by settings.Inheritance) string {
	if n := d.reach[by].Orgs - 1; n > 0 {
		return " any more, nor " + counted(n, "organization") + " below that follow it"
	}
	return " any more"
}

// parent names the level above: who provides the values, else the organization directly above, where the name may be shown.
func (o origins) parent(provider string) string {
	if name := o.providers[provider]; name != "" && provider != o.id {
		return name
	}
	if n := len(o.above); n > 0 && provider == "" {
		return o.above[n-1].Name
	}
	return "what is set above your organization"
}
