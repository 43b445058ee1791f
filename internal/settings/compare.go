package settings

import "slices"

// Difference is a value that two sheets do not agree on.
type Difference struct {
	Property Property
	One, Two string
}

// Compare lists the values on which two readings of the same thing differ; what the vendor moves by itself (dates, versions) is no value.
func Compare(before, after Sheet) []Difference {
	return before.differences(after, func(e entry) string { return e.Own })
}

// Beside lists what else is in force differently once the changes are made, beside the values that they name: what is
// inherited with one of them, what a packet brings with it, and files out that go with the last file in.
func (s Sheet) Beside(c Changes) ([]Difference, error) {
	after, err := s.After(c)
	if err != nil {
		return nil, err
	}
	all := s.differences(after, func(e entry) string { return e.Effective })
	return slices.DeleteFunc(all, func(d Difference) bool {
		_, named := c.of(d.Property.Key)
		return named
	}), nil
}

func (s Sheet) differences(other Sheet, value func(entry) string) []Difference {
	var found []Difference
	for _, one := range s.entries {
		two, _ := other.entry(one.Key)
		if !moves(one.Property) && value(one) != value(two) {
			found = append(found, Difference{one.Property, value(one), value(two)})
		}
	}
	for _, two := range other.entries {
		if _, known := s.entry(two.Key); !known && !moves(two.Property) && value(two) != "" {
			found = append(found, Difference{Property: two.Property, Two: value(two)})
		}
	}
	return found
}

// moves tells of what the vendor changes by itself.
func moves(p Property) bool {
	switch p.Key {
	case "general.version", "general.customConfig", "reporting.reportLastSent":
		return true
	}
	return false
}
