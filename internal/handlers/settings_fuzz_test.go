package handlers

import (
	"net/url"
	"os"
	"slices"
	"testing"

	"backup-portal/internal/settings"
)

// FuzzForm posts anything as a form of settings: it never panics, and what it would change are values of that form that the
// sheet takes, each once.
func FuzzForm(f *testing.F) {
	document, err := os.ReadFile("../settings/testdata/example-org-settings.json")
	if err != nil {
		f.Fatal(err)
	}
	sheet, err := settings.OfOrganization(document, nil)
	if err != nil {
		f.Fatal(err)
	}
	for _, section := range sheet.Sections() {
		if fields := editable(sheet, section.Group); len(fields) > 0 {
			f.Add(opened(sheetOf{sheet: sheet}, fields).values.Encode())
		}
	}
	f.Add("was.quota.inherited=true&v.quota.inherited=false&was.quota.maxSeats=-1&v.quota.maxSeats=25&v.quota.maxSeats=26")
	f.Add("was.reporting.recipients=%5B%5D&v.reporting.recipients=a%40x.example&v.reporting.recipients=&add=reporting.recipients")
	f.Add("was.set.1.includes=%5B%22C%3A%2F%22%5D&v.set.1.includes=%00&remove=set.1.includes%2F0")
	f.Add("remove=set.1.includes/99999999999999999999&was.set.1.includes=x")
	f.Add("shown.quota.maxBytes=x&was.quota.maxBytes=%5B&v.quota.maxBytes=1e9")
	f.Fuzz(func(t *testing.T, body string) {
		values, err := url.ParseQuery(body)
		if err != nil {
			return // not what the server hands to a handler
		}
		form := settingsForm{values}
		form.rowsChanged()
		for _, section := range sheet.Sections() {
			fields := editable(sheet, section.Group)
			changes, problems := form.changes(sheet, fields)
			for i, c := range changes {
				known := isSwitch(c.Key) || slices.ContainsFunc(fields, func(v settings.Value) bool { return v.Key == c.Key })
				if !known || problems[c.Key] != "" || i > 0 && changes[i-1].Key >= c.Key {
					t.Fatalf("%s is changed though it is no field, is wrong, or comes twice", c.Key)
				}
			}
			if again, err := settings.ParseParams(changes.Params()); err != nil || len(again) != len(changes) {
				t.Fatalf("the changes cannot be carried: %v", err)
			}
			s := sheetOf{sheet: sheet}
			drawn := formDrawing{origins: originsOf(s), group: section.Group, form: form, problems: problems}.view()
			if len(drawn.Problems) > len(problems) {
				t.Fatal("a problem was drawn that there is not")
			}
		}
	})
}
