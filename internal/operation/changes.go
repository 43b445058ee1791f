package operation

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"backup-portal/internal/action"
	"backup-portal/internal/settings"
)

// SettingsConflict is the cause of a fault.Conflict when settings are not as they were when somebody decided to change
// them, or cannot be changed.
type SettingsConflict struct {
	Conflicts []settings.Conflict
	Refused   map[settings.Key]string // why these cannot be changed
	Sheet     settings.Sheet          // as it is now
}

func (e *SettingsConflict) Error() string {
	return fmt.Sprintf("%d settings have moved, %d cannot be changed", len(e.Conflicts), len(e.Refused))
}

// Sentence says what stands in the way, safe to show.
func (e *SettingsConflict) Sentence() string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(e.Refused)) {
		parts = append(parts, fmt.Sprintf("%s cannot be changed: %s", labelOf(&e.Sheet, key), strings.TrimSuffix(e.Refused[key], ".")))
	}
	for _, c := range e.Conflicts {
		parts = append(parts, fmt.Sprintf("%s was %s and is %s now: somebody else has changed it",
			labelOf(&e.Sheet, c.Key), wordsOf(&e.Sheet, c.Key, c.From), wordsOf(&e.Sheet, c.Key, c.Now)))
	}
	if len(parts) == 0 {
		return "Its settings were not read."
	}
	return enumerated(parts, ". ") + "."
}

// left is what of an order's settings is still to be changed, and what stands in the way. What somebody else has changed to
// the same value meanwhile is not sent again.
func left(a action.Action, o action.Order) (settings.Changes, *SettingsConflict) {
	if a.Settings == nil {
		return nil, nil
	}
	if o.State.Settings == nil {
		return nil, &SettingsConflict{}
	}
	rest, conflicts, refused := a.Settings(o).Against(*o.State.Settings)
	if len(conflicts)+len(refused) > 0 {
		return nil, &SettingsConflict{Conflicts: conflicts, Refused: refused, Sheet: *o.State.Settings}
	}
	return rest, nil
}

// hindered says why an order makes no sense on what was read; "" when it does.
func hindered(a action.Action, o action.Order) (why string, conflict *SettingsConflict) {
	if _, conflict := left(a, o); conflict != nil {
		return conflict.Sentence(), conflict
	}
	return a.Ready(o), nil
}

// moved tells whether some of the settings that an order changes were changed like that by somebody else: what a form was
// drawn with is then not what is read, and what is left of it was held against the values that were seen one by one.
func moved(a action.Action, o action.Order) bool {
	rest, conflict := left(a, o)
	return a.Changes && conflict == nil && len(rest) < len(a.Settings(o))
}

// narrowed is the order without what needs no sending any more, and with what is written along with the rest: its lines and its
// outcome name that too when nobody has.
func narrowed(a action.Action, o action.Order) action.Order {
	if rest, conflict := left(a, o); a.Changes && conflict == nil && o.State.Settings != nil {
		o.Params = rest.Completed(*o.State.Settings).Params()
	}
	return o
}

// named are the parameters of an order that an outcome is told of by name.
func named(a action.Action, o action.Order) []string {
	if !a.Changes {
		return nil
	}
	return slices.Sorted(maps.Keys(o.Params))
}

const (
	mostNamed  = 6  // values that a sentence names
	mostLetter = 60 // characters of a value in a sentence
)

// labelOf is what people call a setting: "Days in cold storage", with the name of its backup set.
func labelOf(sheet *settings.Sheet, key settings.Key) string {
	p, known := settings.PropertyOf(key)
	label := cmp.Or(p.Label, string(key))
	if sheet == nil || !known {
		return shortened(label)
	}
	if v, ok := sheet.Value(key); ok {
		label = cmp.Or(v.Label, label)
		sets, _ := sheet.Sets()
		for _, set := range sets {
			if v.Group == settings.SetGroup(set.ID) {
				label = shortened(label) + " (" + shortened(set.Name) + ")"
			}
		}
	}
	return label
}

// wordsOf writes a value for people.
func wordsOf(sheet *settings.Sheet, key settings.Key, canonical string) string {
	p, known := settings.PropertyOf(key)
	switch {
	case p.Secret:
		return "a secret"
	case known && sheet != nil:
		canonical = sheet.Words(p, canonical)
	}
	if strings.TrimSpace(canonical) == "" {
		return "empty"
	}
	return shortened(canonical)
}

// shortened keeps what somebody else wrote from filling a sentence.
func shortened(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if letters := []rune(text); len(letters) > mostLetter {
		return string(letters[:mostLetter-1]) + "…"
	}
	return text
}

// enumerated joins the first parts of a list, and says how many more there are.
func enumerated(parts []string, by string) string {
	if more := len(parts) - mostNamed; more > 0 {
		parts = append(slices.Clone(parts[:mostNamed]), fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, by)
}

// labels names parameters in words: those of settings by their property, others by their field.
func labels(a action.Action, sheet *settings.Sheet, names []string) string {
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = labelOf(sheet, settings.Key(name))
		for _, p := range a.Params {
			if p.Name == name {
				parts[i] = p.Label
			}
		}
	}
	return enumerated(parts, ", ")
}
