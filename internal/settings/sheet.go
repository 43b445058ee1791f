package settings

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Sheet is everything that one document says, ready to be shown, compared and changed.
type Sheet struct {
	root    *node // of the document
	packets *node // nil: not read, or a device's
	device  bool
	entries []entry
	index   map[Key]int
	sets    []*set
	fixed   bool // the number of sets is locked
	offered []Destination
	names   map[string]string // of the destinations offered, by id
}

// Value is one property as a document has it.
type Value struct {
	Property
	Own       string // canonical: what the document itself holds; what an edit starts from
	Effective string // canonical: what is in force
	Inherited bool   // it follows the level above
	Provider  string // orgUid of who sets it; "" when it is this one, or not known
	Locked    bool   // the vendor keeps it; shown, not editable
	Why       string // why it cannot be edited, in words; ""
	Absent    bool   // the document has no such value
	Unread    bool   // its document could not be read: nobody can say what is in force
}

// Set is one backup set; hidden legal-hold sets are not among them.
type Set struct {
	ID, Name string
	Locked   bool // everything but its destinations
}

// Destination is one that a set can use.
type Destination struct{ GUID, Name string }

// Values lists every value in display order, those of backup sets after the others.
func (s Sheet) Values() []Value {
	values := make([]Value, len(s.entries))
	for i, e := range s.entries {
		values[i] = e.Value
	}
	return values
}

// Value answers one value; false when the key is none of this document.
func (s Sheet) Value(k Key) (Value, bool) {
	e, ok := s.entry(k)
	return e.Value, ok
}

func (s Sheet) entry(k Key) (entry, bool) {
	i, ok := s.index[k]
	if !ok {
		return entry{}, false
	}
	return s.entries[i], true
}

// In lists the values of one group.
func (s Sheet) In(group Group) []Value {
	var values []Value
	for _, e := range s.entries {
		if e.Group == group {
			values = append(values, e.Value)
		}
	}
	return values
}

// Sets lists the backup sets, and whether their number is locked.
func (s Sheet) Sets() (sets []Set, locked bool) {
	for _, one := range s.sets {
		sets = append(sets, one.Set)
	}
	return sets, s.fixed
}

// Destinations lists what is offered.
func (s Sheet) Destinations() []Destination { return slices.Clone(s.offered) }

// RegistrationKey is the secret with which devices register at the organization; "" when the document has none.
func (s Sheet) RegistrationKey() string {
	key, _ := s.root.at("registrationKey").text()
	return key
}

// OfDevice tells whether the sheet is a device's.
func (s Sheet) OfDevice() bool { return s.device }

// Section is a group as a page shows it.
type Section struct {
	Group       Group
	Label, Help string
	ReadOnly    bool // nothing in it can be edited here
}

// Sections lists the groups that the document has values of, in display order.
func (s Sheet) Sections() []Section {
	var sections []Section
	for _, e := range s.entries {
		last := len(sections) - 1
		if last < 0 || sections[last].Group != e.Group {
			sections = append(sections, s.section(e.Group))
			last++
		}
		if !e.ReadOnly && !e.Locked {
			sections[last].ReadOnly = false
		}
	}
	return sections
}

func (s Sheet) section(group Group) Section {
	if id, ok := GroupSet(group); ok {
		section := Section{Group: group, Label: id, Help: "What is backed up where, how often, and how long it is kept.", ReadOnly: true}
		for _, one := range s.sets {
			if one.ID == id {
				section.Label = one.Name
			}
		}
		return section
	}
	section := Section{Group: group, Label: string(group), ReadOnly: true}
	for _, known := range sections() {
		if known.Group == group {
			section.Label, section.Help = known.Label, known.Help
		}
	}
	if s.device && group == Defaults {
		section.Label, section.Help = "Alerts", "What the device’s user is told by e-mail."
	}
	return section
}

// sections lists the groups but those of backup sets, in display order.
func sections() []Section {
	return []Section{
		{Group: General, Label: "General", Help: "Name, external reference and notes."},
		{Group: Quota, Label: "Quota", Help: "Seats, storage, and days in cold storage."},
		{Group: Reporting, Label: "Reporting", Help: "Who is told when devices were not backed up."},
		{Group: Restore, Label: "Restore", Help: "Restoring files in the browser."},
		{Group: Destinations, Label: "Destinations", Help: "Where devices can back up to."},
		{Group: SignIn, Label: "Sign-in", Help: "How people sign in, and with what archives are encrypted."},
		{Group: Endpoint, Label: "Endpoint monitoring", Help: "What devices report about files that move."},
		{Group: Other, Label: "Other", Help: "Settings that the portal has no name for, as the vendor writes them."},
		{Group: Defaults, Label: "Device defaults", Help: "What users of devices are told by e-mail, unless a device has values of its own."},
	}
}

// SetGroup is the group of a backup set's form; GroupSet is its inverse. A group stands in addresses and the id is whatever
// the vendor's document says, so what is no letter, digit or hyphen is written as its bytes: no id leads to another page.
func SetGroup(id string) Group {
	var b strings.Builder
	b.WriteString(setGroup)
	for _, c := range []byte(id) {
		if c == '-' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "_%02x", c)
		}
	}
	return Group(b.String())
}

// GroupSet answers the id of the backup set whose form a group is.
func GroupSet(g Group) (id string, ok bool) {
	rest, ok := strings.CutPrefix(string(g), setGroup)
	if !ok {
		return "", false
	}
	parts := strings.Split(rest, "_")
	for i, part := range parts[1:] {
		c, err := hex.DecodeString(part[:min(len(part), 2)])
		if err != nil || len(c) != 1 {
			return "", false
		}
		parts[i+1] = string(c) + part[2:]
	}
	return strings.Join(parts, ""), true
}

const setGroup = "set-"
