package settings

import "strings"

// field is a property together with where its value stands in a document: the names of the objects on the way.
type field struct {
	Property
	path []string
	// tree: the value is part of what was XML once, where every scalar is a string; else it is plain JSON.
	tree bool
}

const minutesOfDay = 24 * 60

// The most that a field takes. The vendor tells no limits; these keep out what is a slip of the finger.
const (
	mostDays     = 36_500
	mostCount    = 1<<31 - 1
	mostBytes    = 1 << 60
	mostMinutes  = 100 * 365 * minutesOfDay
	mostMillis   = mostMinutes * 60_000
	longestName  = 1_000
	longestNotes = 100_000
)

const (
	shownOnly  = "Shown only: it is not set through the interface that the portal uses."
	secretOnly = "Shown on demand only, and the audit log keeps who read it."
)

// placed completes properties of one group: the key's second part is the last name of the path.
func placed(group Group, by Inheritance, tree bool, under string, fields ...field) []field {
	parents := strings.Fields(strings.ReplaceAll(under, ".", " "))
	for i, f := range fields {
		name := strings.TrimPrefix(string(f.Key), string(group)+".")
		if f.path == nil {
			f.path = []string{name}
		}
		f.path = append(append([]string{}, parents...), f.path...)
		f.Key, f.Group, f.Inherits, f.tree = Key(string(group)+"."+name), group, by, tree
		f.Part = Document
		fields[i] = f
	}
	return fields
}

func one(key Key, kind Kind, label, help string) field {
	return field{Property: Property{Key: key, Kind: kind, Label: label, Help: help}}
}

func shown(key Key, kind Kind, label, help string) field {
	f := one(key, kind, label, help)
	f.ReadOnly = true
	return f
}

// from puts the value elsewhere than the key says.
func (f field) from(path ...string) field { f.path = path; return f }

func (f field) within(low, high int64) field { f.Min, f.Max = low, high; return f }

func (f field) in(unit string) field { f.Unit = unit; return f }

// orUnlimited allows -1.
func (f field) orUnlimited() field { f.Unlimited = true; return f }

func (f field) secret() field { f.Secret = true; return f }

func (f field) among(options ...Option) field { f.Options = options; return f }
