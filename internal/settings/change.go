package settings

// Change is one value to be changed, in canonical form. Two keys switch inheritance as a whole: "quota.inherited" and
// "reporting.inherited" ("true", "false").
type Change struct {
	Key      Key    `json:"key"`
	From, To string // From is the value that was shown when somebody decided
}

// Changes is what one order changes, sorted by key, each key once.
type Changes []Change

// Params writes changes as the parameters of an action, one for each key; ParseParams reads them back and refuses what
// is not of that form.
func (c Changes) Params() map[string]string { return nil }

// ParseParams is the inverse of Changes.Params.
func ParseParams(params map[string]string) (Changes, error) { return nil, errNotBuilt }

// Back is what undoes the changes.
func (c Changes) Back() Changes { return nil }

// Only keeps the changes of these keys; Without drops them.
func (c Changes) Only(keys []string) Changes { return nil }

// Without is what is left when these keys are taken out.
func (c Changes) Without(keys []string) Changes { return nil }

// Conflict is a change whose value is not what it was when somebody decided.
type Conflict struct {
	Change
	Now string
}

// Against holds changes against a sheet as it is now: what is left to do (a change that has happened already is dropped),
// what is in conflict, and why some cannot be made (locked, read only, unknown key, invalid), by key.
func (c Changes) Against(now Sheet) (left Changes, conflicts []Conflict, refused map[Key]string) {
	return nil, nil, nil
}

// Apply makes the changes: the organization's or device's document with them, nil when none is in it, and the body of the packets'
// PUT, nil when none is a packet. Whatever no change is about stays byte for byte. An inherited value takes its inheritance flag with it,
// as the vendor's own SDKs do.
func (s Sheet) Apply(c Changes) (document, packets []byte, err error) { return nil, nil, errNotBuilt }

// Difference is a value that two sheets do not agree on.
type Difference struct {
	Property Property
	One, Two string
}

// Compare lists the values on which two readings of the same thing differ; what the vendor moves by itself (dates, versions) is no value.
func Compare(before, after Sheet) []Difference { return nil }

// Drift lists where a device differs from the defaults of its organization: One is the organization's value, Two the device's.
// Sets are matched by id, and by name where the ids differ.
func Drift(organization, device Sheet) []Difference { return nil }

// Following is what makes a device follow its organization again; locked values are left out and named.
func Following(organization, device Sheet) (changes Changes, locked []Key) { return nil, nil }

// Copying is what makes one organization's settings those of another, in the chosen groups; what cannot be copied (locked,
// a destination that is not offered there, a set that is not there) is named with the reason.
func Copying(from, to Sheet, groups []Group) (changes Changes, skipped map[Key]string) {
	return nil, nil
}

// Losing tells in words why a change can lose data: "" when it does not. Shorter retention, fewer files, fewer destinations do.
func Losing(c Change) string { return "" }

// Words writes a canonical value for people: "3.5 days", "unlimited", "C:/Users/, /Users/". Names of destinations come from the sheet.
func (s Sheet) Words(p Property, canonical string) string { return "" }

// Parse reads what somebody typed into canonical form; problem says what is wrong with it and what to type.
func (s Sheet) Parse(p Property, typed []string) (canonical, problem string) { return "", "" }

// Typed is the inverse of Parse: what stands in the fields of a form, one for each row of a list.
func (s Sheet) Typed(p Property, canonical string) []string { return nil }

// PropertyOf answers the property that a key is about, a backup set's too; of a set that is not there the general one.
func PropertyOf(k Key) (Property, bool) { return Property{}, false }
