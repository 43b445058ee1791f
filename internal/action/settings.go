package action

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"backup-portal/internal/backup"
	"backup-portal/internal/settings"
)

// How many characters an audit line holds of a value, and a sentence of a backup set's name.
const (
	wordsLimit   = 1000
	setNameLimit = 60
)

var errNotRead = errors.New("the settings were not read")

// changesOf are the changes of an order whose action takes some. What cannot be read is none: Ready and Accept say so.
func changesOf(o Order) settings.Changes {
	changes, err := settings.ParseParams(o.Params)
	if err != nil {
		return nil
	}
	return changes
}

// sheetOf is the target's document, an empty one when it was not read.
func sheetOf(o Order) settings.Sheet {
	if o.State.Settings == nil {
		return settings.Sheet{}
	}
	return *o.State.Settings
}

// settingsReady holds changes against the document as it is. Before anybody has chosen what to change nothing is against it.
func settingsReady(o Order) string {
	if o.Params == nil {
		return ""
	}
	changes, err := settings.ParseParams(o.Params)
	switch {
	case err != nil:
		return "The changes cannot be read."
	case len(changes) == 0:
		return nothingToChange
	case o.State.Settings == nil:
		return "Its settings were not read."
	}
	left, conflicts, refused := changes.Against(*o.State.Settings)
	switch {
	case len(refused) > 0:
		key := slices.Min(slices.Collect(maps.Keys(refused)))
		return labelOf(o, key) + ": " + refused[key]
	case len(conflicts) > 0:
		return fmt.Sprintf("%s is not what it was when the change was decided on: somebody else changed it.", labelOf(o, conflicts[0].Key))
	case len(left) == 0:
		return "All of it is as asked for already."
	}
	return ""
}

// settingsFingerprint stands for the live values that are to be changed, whether they are inherited or locked, and for
// nothing that moves by itself.
func settingsFingerprint(o Order, changes settings.Changes) string {
	sheet, sum := sheetOf(o), sha256.New()
	for _, c := range changes {
		v, there := sheet.Value(c.Key)
		fmt.Fprintf(sum, "%q %q %q %t %t %t\n", c.Key, v.Own, v.Effective, v.Inherited, v.Locked, there)
	}
	return fmt.Sprintf("settings=%x", sum.Sum(nil)[:8])
}

// settingsChanged says in words what changes are about, by key, for audit lines. A secret is none of their matter.
func settingsChanged(o Order, changes settings.Changes) (before, after map[string]string) {
	sheet := sheetOf(o)
	before, after = map[string]string{}, map[string]string{}
	for _, c := range changes {
		p := propertyOf(o, c.Key)
		if p.Secret {
			continue
		}
		before[string(c.Key)], after[string(c.Key)] = clipped(sheet.Words(p, c.From)), clipped(sheet.Words(p, c.To))
	}
	return before, after
}

// settingsFacts tell what changes are about: how many, and which of them can lose data.
func settingsFacts(o Order, changes settings.Changes) []Fact {
	facts := []Fact{{"Values that change", figure(len(changes))}}
	for _, c := range changes {
		if why := settings.Losing(c); why != "" {
			facts = append(facts, Fact{labelOf(o, c.Key), why})
		}
	}
	return facts
}

// inForce tells how many of the changes a document shows.
func inForce(changes settings.Changes, now settings.Sheet) Finding {
	left, conflicts, refused := changes.Against(now)
	switch missing := len(left) + len(conflicts) + len(refused); {
	case missing == 0:
		return Happened
	case missing < len(changes):
		return InPart
	}
	return NotHappened
}

// propertyOf is what a key is about, by the document when that has it.
func propertyOf(o Order, k settings.Key) settings.Property {
	if v, there := sheetOf(o).Value(k); there {
		return v.Property
	}
	p, _ := settings.PropertyOf(k)
	return p
}

// labelOf is what people call a value, with the name of the backup set that it is of.
func labelOf(o Order, k settings.Key) string {
	p := propertyOf(o, k)
	sets, _ := sheetOf(o).Sets()
	for _, set := range sets {
		if p.Group == settings.SetGroup(set.ID) {
			return p.Label + " of “" + clippedTo(set.Name, setNameLimit) + "”"
		}
	}
	if p.Label != "" {
		return p.Label
	}
	return string(k)
}

// clipped is a text as long as an audit line holds it.
func clipped(text string) string { return clippedTo(text, wordsLimit) }

func clippedTo(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit-1]) + "…"
}

// notSent is the error of a change that is not sent because there is nothing right to send.
func notSent(op string, err error) error {
	if err == nil {
		err = errors.New("nothing is to be changed")
	}
	return &backup.Error{Op: op, Meaning: backup.NotSent, Cause: err}
}
