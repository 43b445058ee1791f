package handlers

import (
	"cmp"
	"encoding/json"

	"backup-portal/internal/settings"
	"backup-portal/web/templates"
)

// changeRows tells changes of settings in words, values before and after; of a list what comes and what goes. Backup sets and
// destinations are named by the sheet; where none was read they have only their ids.
func changeRows(sheet *settings.Sheet, changes settings.Changes) []templates.ReviewRow {
	if sheet == nil {
		sheet = &settings.Sheet{}
	}
	rows := make([]templates.ReviewRow, 0, len(changes))
	for _, c := range changes {
		rows = append(rows, changeRow(sheet, c))
	}
	return rows
}

func changeRow(sheet *settings.Sheet, c settings.Change) templates.ReviewRow {
	p := propertyOf(sheet, c.Key)
	row := templates.ReviewRow{Label: cmp.Or(p.Label, string(c.Key)), Where: setName(sheet, p.Group), Note: settings.Losing(c)}
	switch {
	case p.Secret:
		row.Before, row.After = "a secret", "another secret"
		return row
	case p.Kind.Lists(), p.Kind == settings.Used:
		from, to := entriesOf(c.From), entriesOf(c.To)
		words := func(entries []string) []string { return entryWords(sheet, p, entries) }
		row.Removed, row.Added = words(settings.Beyond(from, to)), words(settings.Beyond(to, from))
		if kept := len(from) - len(row.Removed); kept > 0 {
			row.Kept = counted(kept, "entry") + " stays"
			if kept > 1 {
				row.Kept = number(kept) + " entries stay"
			}
		}
		if len(row.Removed)+len(row.Added) > 0 {
			return row
		}
		row.Kept = ""
	}
	row.Before, row.After = valueWords(sheet, p, c.From), valueWords(sheet, p, c.To)
	return row
}

// propertyOf is what a key is about, as the sheet has it.
func propertyOf(sheet *settings.Sheet, k settings.Key) settings.Property {
	if v, ok := sheet.Value(k); ok {
		return v.Property
	}
	p, _ := settings.PropertyOf(k)
	return p
}

// setName is the backup set that a group is the form of: by its name, else by its id; "" for any other group.
func setName(sheet *settings.Sheet, group settings.Group) string {
	id, ok := settings.GroupSet(group)
	if !ok {
		return ""
	}
	sets, _ := sheet.Sets()
	for _, set := range sets {
		if set.ID == id {
			return "Backup set " + set.Name
		}
	}
	return "Backup set " + id
}

func valueWords(sheet *settings.Sheet, p settings.Property, canonical string) string {
	return cmp.Or(sheet.Words(p, canonical), "empty")
}

// entryWords writes the entries of a list for people, each by itself.
func entryWords(sheet *settings.Sheet, p settings.Property, entries []string) []string {
	var list []string
	for _, e := range entries {
		one, err := json.Marshal([]string{e})
		if err != nil || p.Kind != settings.Used {
			list = append(list, e)
			continue
		}
		list = append(list, cmp.Or(sheet.Words(p, string(one)), e))
	}
	return list
}

// entriesOf reads a list in its canonical form; of what is none it is the value itself.
func entriesOf(canonical string) []string {
	var entries []string
	if err := json.Unmarshal([]byte(canonical), &entries); err != nil && canonical != "" {
		return []string{canonical}
	}
	return entries
}
