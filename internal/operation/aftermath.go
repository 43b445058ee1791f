package operation

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/inventory"
	"backup-portal/internal/settings"
)

// readBack is how long the settings are waited for after a write.
const readBack = 5 * time.Second

// aftermath reads the settings once more after some were written: what of ours did not stick, and what others changed
// between our last reading and our write, which the vendor has no means to keep apart. Before and after are the fields of
// the audit line: those that were written, as they are now.
func (s *Service) aftermath(ctx context.Context, a action.Action, o action.Order, written []string) (words string, before, after map[string]string) {
	before, after = changed(a, o, written)
	if of, ok := s.readers[a.Kind.ID]; ok {
		s.renewLater(ctx, of.reset, a.Kind, o.Target.ID)
	}
	sheet := s.sheetNow(ctx, a, o.Target.ID)
	if sheet == nil {
		return "The settings could not be read back yet.", before, after
	}
	ours := a.Settings(o)
	if a.Changes {
		ours = ours.Only(written)
	}
	var sentences []string
	if lost := notStuck(ours, *sheet); len(lost) > 0 {
		parts := make([]string, 0, len(lost))
		for _, key := range slices.Sorted(maps.Keys(lost)) {
			is := wordsOf(sheet, key, lost[key])
			parts = append(parts, labelOf(sheet, key)+" is "+is)
			if _, told := after[string(key)]; told {
				after[string(key)] = is
			}
		}
		sentences = append(sentences, "Read back, not all of it is as it was sent: "+enumerated(parts, ", ")+".")
	} else {
		sentences = append(sentences, "Read back: as it was sent.")
	}
	if foreign := foreignTo(ours, *o.State.Settings, *sheet); len(foreign) > 0 {
		parts := make([]string, len(foreign))
		for i, d := range foreign {
			parts[i] = fmt.Sprintf("%s from %s to %s", labelOf(sheet, d.Property.Key),
				wordsOf(o.State.Settings, d.Property.Key, d.One), wordsOf(sheet, d.Property.Key, d.Two))
		}
		sentences = append(sentences, "Changed meanwhile by somebody else: "+enumerated(parts, ", ")+".")
	}
	return strings.Join(sentences, " "), before, after
}

// sheetNow reads the settings of a target again; nil when they cannot be read.
func (s *Service) sheetNow(ctx context.Context, a action.Action, id string) *settings.Sheet {
	if !a.Documents {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readBack)
	defer cancel()
	read, err := s.documents(ctx, inventory.Everything(), a.Kind, id)
	if err != nil || read.failure != nil {
		return nil
	}
	return read.sheet
}

// changed are the fields of an audit line, those of the written parameters only where they have names of their own.
func changed(a action.Action, o action.Order, written []string) (before, after map[string]string) {
	if a.Changed == nil {
		return nil, nil
	}
	before, after = a.Changed(o)
	if !a.Changes {
		return before, after
	}
	other := func(field, _ string) bool {
		_, param := o.Params[field]
		return param && !slices.Contains(written, field)
	}
	before, after = maps.Clone(before), maps.Clone(after)
	maps.DeleteFunc(before, other)
	maps.DeleteFunc(after, other)
	return before, after
}

// notStuck are the values of what was sent and is not in force, by key.
func notStuck(ours settings.Changes, now settings.Sheet) map[settings.Key]string {
	lost := map[settings.Key]string{}
	rest, conflicts, refused := ours.Against(now)
	for _, c := range rest {
		lost[c.Key] = c.From
	}
	for _, c := range conflicts {
		lost[c.Key] = c.Now
	}
	for key := range refused {
		if v, ok := now.Value(key); ok {
			lost[key] = v.Effective
		}
	}
	return lost
}

// foreignTo are the differences of two readings that our changes between them do not account for.
func foreignTo(ours settings.Changes, before, now settings.Sheet) []settings.Difference {
	expected, err := before.After(ours)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(settings.Compare(expected, now), func(d settings.Difference) bool {
		return slices.ContainsFunc(ours, func(c settings.Change) bool { return c.Key == d.Property.Key })
	})
}

// inForce are the parameters of an order that are in force now, and otherwise when nobody can read that.
func (s *Service) inForce(ctx context.Context, a action.Action, o action.Order, otherwise []string) []string {
	if !a.Changes {
		return otherwise
	}
	sheet := s.sheetNow(ctx, a, o.Target.ID)
	if sheet == nil {
		return otherwise
	}
	lost := notStuck(a.Settings(o), *sheet)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(o.Params)), func(name string) bool {
		_, missing := lost[settings.Key(name)]
		return missing
	})
}
