package settings

import "errors"

// Sheet is everything that one document says, ready to be shown, compared and changed.
type Sheet struct {
	document []byte
	packets  []byte
	device   bool
}

// OfOrganization reads an organization's document (with settings, device defaults and inheritance) and its packets; nil
// packets are packets that could not be read.
func OfOrganization(document, packets []byte) (Sheet, error) { return Sheet{}, errNotBuilt }

// OfDevice reads a device's document (with settings). A device without a settings tree has the values of the group General only.
func OfDevice(document []byte) (Sheet, error) { return Sheet{}, errNotBuilt }

var errNotBuilt = errors.New("not built")

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
}

// Set is one backup set; hidden legal-hold sets are not among them.
type Set struct {
	ID, Name string
	Locked   bool // everything but its destinations
}

// Destination is one that a set can use.
type Destination struct{ GUID, Name string }

// Values lists every value in display order, those of backup sets after the others.
func (s Sheet) Values() []Value { return nil }

// Value answers one value; false when the key is none of this document.
func (s Sheet) Value(k Key) (Value, bool) { return Value{}, false }

// Sets lists the backup sets, and whether their number is locked.
func (s Sheet) Sets() (sets []Set, locked bool) { return nil, false }

// Destinations lists what is offered.
func (s Sheet) Destinations() []Destination { return nil }

// RegistrationKey is the secret with which devices register at the organization; "" when the document has none.
func (s Sheet) RegistrationKey() string { return "" }

// Inherits tells whether the organization follows the level above, and who provides the values; known is false where the document
// does not tell.
func (s Sheet) Inherits(by Inheritance) (follows bool, provider string, known bool) {
	return false, "", false
}

// SetGroup is the group of a backup set's form; GroupSet is its inverse.
func SetGroup(id string) Group { return Group("set-" + id) }
