package templates

import "strconv"

// SettingsHead is what stands above every page about settings.
type SettingsHead struct {
	Crumbs []Link // the organizations above, the target itself, its settings
	Here   string // the last crumb
	Title  string
	State  State // the zero value draws none
	Source string
	Tabs   []Tab
	// TabsLabel names the tabs: "Parts of this device".
	TabsLabel string
	Notes     []Note
}

// SettingsView is everything that is set at an organization or a device, as it is in force: a tab of the organization's
// page, and a page of its own for a device.
type SettingsView struct {
	Head   SettingsHead    // of a device; an organization's page has its own
	Groups []SettingsGroup // that can be edited
	Sets   SetsView
	Shown  []SettingsGroup     // that are only shown
	Key    RegistrationKeyView // the zero value draws none
	Also   []Link              // history, drift, copying
}

// SettingsGroup is one panel of values.
type SettingsGroup struct {
	ID, Title string
	Aside     string // "Follows Shipping"
	Edit      EditItem
	Rows      []SettingRow
	Foot      string // why nothing of it can be edited
}

// EditItem leads to a form. Without an address it says why there is none; the zero value draws nothing.
type EditItem struct {
	URL   string
	Label string // for screen readers: "Edit quota"
	Why   string
}

// SettingRow is one value in force.
type SettingRow struct {
	Key, Label, Help string
	Value            string
	Entries          []string // of a list, instead of Value
	More             []string // of a long list, what is shown on demand
	Origin           State    // who sets it
	By               Link     // after the word of the origin, where its name may be shown
	Why              string   // more about the origin, or why it cannot be edited
}

// SetsView lists the backup sets; Text is drawn when there are none.
type SetsView struct {
	Aside string // "12 sets, their number is locked"
	Text  string
	Rows  []SetRow
}

// SetRow is one backup set in one line.
type SetRow struct {
	Name, URL              string
	In, Out                string // how many entries: "4", "none"
	Destinations, Schedule string
	Origin                 State
}

// SettingsFormView is the form of one group or one backup set.
type SettingsFormView struct {
	Head    SettingsHead
	Title   string
	Help    string
	PostURL string
	BackURL string
	Rows    []SettingRow // instead of a form
	Foot    string       // why there is none
	Problem Note         // above the fields
	// Problems lead to the fields that were turned down.
	Problems []FieldProblem
	Hidden   []Hidden // what the form was drawn with
	Inherit  InheritView
	Reach    []Fact // what a change would reach
	ReachOf  string
	Take     TakeView
	Fields   []SettingField
	Shown    []Fact // what is only shown, below the fields
}

// TakeView is a named button that fills the fields with the values of the level above; the zero value draws none.
type TakeView struct{ Name, Value, Label, Help string }

// FieldProblem leads from the summary to a field.
type FieldProblem struct{ FieldID, Label, Text string }

// InheritView is the switch between the values of the level above and one's own; the zero value draws none.
type InheritView struct {
	Name    string // of the two radios: values "true" and "false"
	Legend  string // "Where these 4 values come from"
	Follow  string // "Follow Shipping"
	Own     string // "Set them here"
	Follows bool   // which of them is chosen
	Breaks  string // what choosing one's own breaks
	Returns string // what following again gives up
	Values  []Fact // what counts while it follows
}

// SettingField is one value in a form: a field to edit, or with Locked a value and why it is not one.
type SettingField struct {
	Heading     string // of the fields from here on; "" goes on
	ID, Name    string
	Key         string
	Label, Help string
	Kind        string   // text, long-text, number, time, switch, choice, days, list, used
	Unit        string   // beside the field
	Value       string   // as typed, or of a locked one in words
	Options     []Option // of choice, days and switch
	Rows        []FieldRow
	AddLabel    string   // of a list: "Add a path"
	AddFocus    bool     // the button takes the focus: a row was removed
	Uses        []UseRow // of used
	InForce     string   // "Now 60 days, inherited from Shipping"
	Locked      string   // why it cannot be edited; then it is no field
	LockedText  string   // the same where it is not said above the form already
	Shape       string   // of that reason: a lock, or that it is only shown
	Governed    bool     // it counts only while the level above is not followed
	Problem     string
}

// describedBy names the texts that belong to the field.
func (f SettingField) describedBy() string {
	return describedBy(f.Problem != "", f.ID+"-problem", f.ID+"-help")
}

// width is the class of how wide a field is.
func (f SettingField) width() string {
	if f.Kind == "text" {
		return "grow"
	}
	return "count-field"
}

// numeric tells whether a touch screen offers digits.
func (f SettingField) numeric() bool { return f.Kind == "number" }

// moreWords offers the rest of a long list.
func moreWords(n int) string { return "and " + strconv.Itoa(n) + " more" }

// FieldRow is one entry of a list.
type FieldRow struct {
	ID, Value, Label string
	Remove           string // what its button tells the handler
	Problem          string // turned down; what is wrong stands below the list
	Focus            bool   // it was just added
}

// UseRow is one destination of a backup set.
type UseRow struct {
	ID, Name, GUID string
	Options        []Option
}

// SettingsKeptView keeps a posted form while the backup service does not answer.
type SettingsKeptView struct {
	Head    SettingsHead
	Note    Note
	PostURL string
	Hidden  []Hidden // all that was posted, the button too
	BackURL string
}

// SettingsReview shows what a change would do before it is sent.
type SettingsReview struct {
	Head    SettingsHead
	Title   string // "2 values of Tugs"
	Aside   string
	Rows    []ReviewRow
	Notes   []Note // what is lost, what inheritance breaks, what was left out
	Reach   []Fact
	ReachOf string
	Form    ConfirmView
	Edit    EditAgain
}

// ReviewRow is one value before and after. Of a list only what comes and goes is told.
type ReviewRow struct {
	Label, Where  string // Where: the backup set
	Before, After string
	Added         []string
	Removed       []string
	Kept          string // "12 entries stay"
	Note          string
}

// EditAgain leads back to the form with all that was typed: a form of hidden fields, or a link.
type EditAgain struct {
	PostURL string
	Hidden  []Hidden
	Link    Link
}

// SettingsMerge shows what others changed meanwhile, value by value.
type SettingsMerge struct {
	Head    SettingsHead
	Title   string // "2 values were changed by others meanwhile"
	PostURL string
	BackURL string
	Hidden  []Hidden
	Rows    []MergeRow
	Gone    []Fact // what cannot be changed at all, and why; it is left out
	Rest    string // "3 other values are not in conflict and stay in the change."
}

// list tells whether what comes and goes is told instead of before and after.
func (r ReviewRow) list() bool { return len(r.Added)+len(r.Removed) > 0 || r.Kept != "" }

// MergeRow is one value that somebody else has changed.
type MergeRow struct {
	ID, Name        string // of its radios: theirs, mine, both
	Label, Where    string
	Was, Now, Yours string
	Both            string // what both changes together make; "" when that makes no sense
	Chosen          string
	Problem         string
}
