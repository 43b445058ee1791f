package templates_test

import "backup-portal/web/templates"

func sampleRegistrationKey() templates.RegistrationKeyView {
	return templates.RegistrationKeyView{PostURL: "/organizations/2/registration-key", BackURL: "/organizations/2/settings"}
}

func shownRegistrationKey() templates.RegistrationKeyView {
	v := sampleRegistrationKey()
	v.Read, v.Key = true, "72RU-8P9S-M7KK-RHCC"
	return v
}

func sampleDiskAccess() templates.OrganizationView {
	v := sampleOrganization("devices")
	v.DiskAccess = &templates.DiskAccessView{
		Total: "214 Macs", Switchable: true, SwitchURL: "/organizations/102/full-disk-access?below=true",
		Counts: []templates.FacetItem{{ID: "access-all", Label: "All", Figure: "214", URL: "/organizations/102/full-disk-access", Current: true}, {ID: "access-granted", Label: "Granted", Figure: "200", URL: "/organizations/102/full-disk-access?access=granted"}},
		Notes:  []templates.Note{{Kind: "bad", Title: "The backup service did not answer in time.", Actions: []templates.Button{{Label: "Try again", URL: "/organizations/102/full-disk-access"}}}},
		Rows: []templates.DiskAccessRow{
			{Name: scriptName, URL: "/devices/1", State: templates.State{Shape: "alert", Tone: "bad", Word: "Not granted"}, User: imageName, UserURL: "/users/1", Org: "Tugs", Connected: ago("9 d", "2026-11-13")},
			{Name: longName(), URL: "/devices/2", State: templates.State{Shape: "unknown", Word: "Not told"}, Connected: templates.Time{Text: "never"}},
		},
		Pager:  templates.Pager{Text: "1 to 100 of 214", Links: []templates.Link{{Label: "Next", URL: "/organizations/102/full-disk-access?from=100"}}},
		Export: templates.Button{Label: "Export CSV", URL: "/organizations/102/full-disk-access/export.csv"}, ExportWhy: "Only an org-manager, an admin or an auditor may export lists.",
	}
	return v
}

// sampleFields is a confirmation with fields, one of which was turned down.
func sampleFields() templates.ConfirmView {
	v := sampleConfirm()
	v.PostURL, v.Button, v.Ask = "/organizations/102/edit", "Edit organization", "Edit this organization?"
	v.Fields = []templates.ConfirmField{
		{ID: "param-name", Name: "param.name", Label: "Name", Value: scriptName, Required: true, MaxLength: "255", Error: "Name cannot be empty.", Help: "In the vendor’s console.", Was: templates.Hidden{Name: "was.name", Value: imageName}},
		{ID: "param-reference", Name: "param.reference", Label: "External reference", Value: longName(), Error: "It is too long."},
		{ID: "param-notes", Name: "param.notes", Label: "Notes", Value: imageName, Multiline: true, Help: "For administrators."},
	}
	v.Changes = sampleSettingsReview().Rows
	return v
}

// partialOperation is one of which a part is in force.
func partialOperation() templates.OperationView {
	v := settledOperation()
	v.State = templates.State{Shape: "alert", Tone: "bad", Word: "Failed in part"}
	v.Note = templates.Note{Kind: "bad", Shape: "alert", Title: "It failed in part: some of it is in force.", Text: longName()}
	rows := sampleSettingsReview().Rows
	v.Changes = []templates.ChangesPart{
		{Title: "Written: in force now", State: done(), Rows: rows},
		{Title: "Not written: as before", State: templates.State{Shape: "fail", Tone: "bad", Word: "Not done"}, Rows: rows},
	}
	hidden := []templates.Hidden{{Name: "operation", Value: "1"}, {Name: "change.quota.maxSeats", Value: `["1","2"]`}}
	v.Repairs = []templates.RepairForm{
		{Key: "rest", Title: "Send the rest", Text: "Writes what was not written.", PostURL: "/organizations/102/change-settings", Hidden: hidden, Button: "Send the rest", Primary: true},
		{Key: "put-back", Title: "Put the first part back", Button: "Put the first part back", Why: "Your role does not let you."},
	}
	v.Undo = templates.ActionItem{Key: "undo", Label: "Put it back", Button: "Put it back…", URL: "/organizations/102/change-settings?back=1", Why: "It sets the values back.", Page: true}
	return v
}

// changingRequest asks for a change of values, some of which others have changed meanwhile.
func changingRequest() templates.RequestView {
	v := sampleRequest()
	rows := sampleSettingsReview().Rows
	v.Impact.Changes = []templates.ChangesPart{{Title: "What was asked for", Rows: rows}, {Title: "What others changed meanwhile", Rows: rows}}
	return v
}

func sampleCopy() templates.CopyView {
	return templates.CopyView{
		Head: sampleSettingsReview().Head, BackURL: "/organizations/2/settings",
		Source: templates.CopySource{
			URL: "/organizations/2/settings/copy", Typed: scriptName, Problem: "No organization that you see has that name.",
			Matches: []templates.CopyMatch{{Link: templates.Link{Label: imageName, URL: "/organizations/2/settings/copy?from=3"}, Where: longName()}}, More: "12 more match: type more of the name.",
		},
	}
}

func selectCopy() templates.CopyView {
	v := sampleCopy()
	v.Source.Options, v.Source.Matches = []templates.Option{{Value: "3", Label: longName(), Selected: true}, {Value: "4", Label: imageName, Level: 1}}, nil
	return v
}

func groupsCopy() templates.CopyView {
	v := sampleCopy()
	v.Groups = templates.CopyGroups{
		PostURL: "/organizations/2/settings/copy", From: "3", Name: scriptName, OtherURL: "/organizations/2/settings/copy", Problem: "Choose at least one group.",
		Choices: []templates.CopyChoice{{ID: "group-quota", Value: "quota", Label: "Quota", Chosen: true}, {ID: "group-set-1", Value: "set-1", Label: "Backup set " + imageName}},
	}
	return v
}

func offCopy() templates.CopyView {
	v := sampleCopy()
	v.Disabled = "Off until the backup service answers."
	return v
}
