package templates_test

import "backup-portal/web/templates"

func sampleSettingsHead(title string) templates.SettingsHead {
	return templates.SettingsHead{
		Crumbs: []templates.Link{{Label: scriptName, URL: "/organizations/1"}, {Label: "Tugs", URL: "/organizations/2"}, {Label: "Settings", URL: "/organizations/2/settings"}},
		Here:   title, Title: title, State: active(), Source: "Live from the backup service",
		Notes: []templates.Note{{Kind: "info", Title: "These values follow " + scriptName + ".", Text: "Once you change one here it ends."}},
	}
}

func sampleSettings() templates.SettingsView {
	return templates.SettingsView{
		Head: templates.SettingsHead{Title: longName(), Tabs: []templates.Tab{{Label: "Summary", URL: "/devices/1"}, {Label: "Settings", URL: "/devices/1/settings", Current: true}}, TabsLabel: "Parts of this device"},
		Groups: []templates.SettingsGroup{
			{ID: "quota", Title: "Quota", Aside: "Inherited from " + scriptName, Edit: templates.EditItem{URL: "/organizations/2/settings/quota", Label: "Edit quota"}, Rows: []templates.SettingRow{
				{Key: "quota.maxSeats", Label: "User subscriptions", Value: "unlimited", Origin: templates.State{Shape: "next", Word: "Inherited from"}, By: templates.Link{Label: scriptName, URL: "/organizations/1"}},
				{Key: "quota.archiveHoldDays", Label: "Days in cold storage", Value: "60 days", Origin: templates.State{Shape: "hold", Tone: "warn", Word: "Locked"}, Why: "Locked by " + imageName},
			}},
			{ID: "reporting", Title: "Reporting", Edit: templates.EditItem{Label: "Edit reporting", Why: "The portal is read-only."}, Rows: []templates.SettingRow{
				{Label: "Recipients", Entries: []string{scriptName, longName()}, More: []string{imageName}, Origin: templates.State{Shape: "ok", Word: "Set here"}},
				{Label: "Notes", Origin: templates.State{Shape: "off", Word: "Not set"}},
			}},
		},
		Sets: templates.SetsView{Aside: "1 set", Rows: []templates.SetRow{
			{Name: scriptName, URL: "/organizations/2/settings/set-1", In: "4", Out: "none", Destinations: longName(), Schedule: "at any time", Origin: templates.State{Shape: "hold", Tone: "warn", Word: "Locked"}},
		}},
		Shown: []templates.SettingsGroup{{ID: "sign-in", Title: "Sign-in", Foot: "Shown only.", Rows: []templates.SettingRow{{Label: "Archive key", Value: imageName, Origin: templates.State{Shape: "ok", Word: "Set here"}}}}},
		Key:   templates.RegistrationKeyView{PostURL: "/organizations/2/registration-key"},
		Also:  []templates.Link{{Label: "History of changes", URL: "/audit?target=2"}},
	}
}

func sampleOrgSettings() templates.OrganizationView {
	v := sampleOrganization("settings")
	all := sampleSettings()
	all.Sets = templates.SetsView{Text: "There is no backup set."}
	v.Settings = &all
	return v
}

func sampleSettingsForm() templates.SettingsFormView {
	yesNo := []templates.Option{{Value: "true", Label: "yes", Selected: true}, {Value: "false", Label: "no"}}
	return templates.SettingsFormView{
		Head: sampleSettingsHead("Quota"), Title: "Quota", PostURL: "/organizations/2/settings/quota", BackURL: "/organizations/2/settings#h-quota",
		Problem:  templates.Note{Kind: "bad", Title: "1 value cannot be taken.", Text: "What you typed is still here."},
		Problems: []templates.FieldProblem{{FieldID: "f-days", Label: "Days in cold storage", Text: "Type a whole number."}},
		Hidden:   []templates.Hidden{{Name: "was.quota.maxSeats", Value: scriptName}},
		Inherit:  templates.InheritView{Name: "v.quota.inherited", Legend: "Where these 4 values come from", Follow: "Follow " + scriptName, Own: "Set them here", Follows: true, Breaks: "These 4 values then no longer follow " + scriptName, Returns: "What is set here is given up.", Values: []templates.Fact{{Label: "User subscriptions", Value: "25"}}},
		Reach:    []templates.Fact{{Label: "Devices", Value: "1,024"}}, ReachOf: "as the portal knows it",
		Take: templates.TakeView{Name: "take", Value: "organization", Label: "Fill in the organization’s values", Help: "Locked ones stay."},
		Fields: []templates.SettingField{
			{ID: "f-days", Name: "v.days", Label: "Days in cold storage", Help: "How many.", Kind: "number", Unit: "days", Value: scriptName, Problem: "Type a whole number.", Governed: true, InForce: "Now 60 days, inherited from " + scriptName},
			{ID: "f-name", Name: "v.name", Label: "Name", Kind: "text", Value: longName(), Heading: "Which files"},
			{ID: "f-notes", Name: "v.notes", Label: "Notes", Kind: "long-text", Value: imageName},
			{ID: "f-choice", Name: "v.choice", Label: "Compression", Kind: "choice", Options: []templates.Option{{Value: "ON", Label: "on", Selected: true}}},
			{ID: "f-switch", Name: "v.switch", Label: "Watch files", Kind: "switch", Options: yesNo},
			{ID: "f-week", Name: "v.week", Label: "Days of the window", Kind: "days", Options: []templates.Option{{Value: "Sunday", Label: "Sunday", Selected: true}}},
			{ID: "f-list", Name: "v.list", Key: "list", Label: "Files in", Kind: "list", AddLabel: "Add a line", Problem: "Too long.", Rows: []templates.FieldRow{{ID: "f-list-1", Value: scriptName, Label: "Files in, line 1", Remove: "list/0", Problem: "Too long.", Focus: true}}},
			{ID: "f-none", Name: "v.none", Key: "none", Label: "Files out", Kind: "list", AddLabel: "Add a line", AddFocus: true},
			{ID: "f-used", Name: "v.used", Label: "Destinations", Kind: "used", Uses: []templates.UseRow{{ID: "f-used-1", Name: imageName, GUID: "43", Options: []templates.Option{{Value: "", Label: "not used"}, {Value: "43", Label: "used", Selected: true}}}}},
			{ID: "f-locked", Label: "Backup status", Value: scriptName, Locked: "Locked by the vendor.", LockedText: "Locked by the vendor."},
		},
		Shown: []templates.Fact{{Label: "Priority", Value: "1"}},
	}
}

func shownSettingsGroup() templates.SettingsFormView {
	return templates.SettingsFormView{Head: sampleSettingsHead("Sign-in"), Title: "Sign-in", Foot: "It needs the role org-manager or admin.", Rows: sampleSettings().Groups[0].Rows}
}

func keptSettings() templates.SettingsKeptView {
	return templates.SettingsKeptView{
		Head: sampleSettingsHead("Settings of Tugs"), PostURL: "/organizations/2/settings/quota", BackURL: "/organizations/2/settings",
		Note: templates.Note{Kind: "bad", Title: "The backup service did not answer.", Text: "What you typed is kept on this page."}, Hidden: []templates.Hidden{{Name: "v.quota.maxSeats", Value: scriptName}},
	}
}

func sampleSettingsReview() templates.SettingsReview {
	form := rejectedConfirm()
	form.Swap, form.PostURL = "#review", "/organizations/2/change-settings"
	return templates.SettingsReview{
		Head: sampleSettingsHead("Review"), Title: "3 values of " + scriptName, Aside: "Nothing was sent yet", Form: form,
		Rows: []templates.ReviewRow{
			{Label: "Days in cold storage", Before: "60 days", After: "30 days", Note: "Archives are deleted sooner."},
			{Label: "Files in", Where: imageName, Added: []string{scriptName}, Removed: []string{longName()}, Kept: "12 entries stay"},
			{Label: "Name", Before: scriptName, After: longName()},
		},
		Notes: []templates.Note{{Kind: "warn", Title: "It ends an inheritance.", Text: "Quota no longer follows " + scriptName}},
		Reach: []templates.Fact{{Label: "Devices reached", Value: "1,024"}},
		Edit:  templates.EditAgain{PostURL: "/organizations/2/settings/quota", Hidden: []templates.Hidden{{Name: "change.quota.maxSeats", Value: scriptName}}},
	}
}

func sampleSettingsMerge() templates.SettingsMerge {
	return templates.SettingsMerge{
		Head: sampleSettingsHead("Changed meanwhile"), Title: "2 values changed meanwhile", PostURL: "/organizations/2/change-settings", BackURL: "/organizations/2/settings",
		Hidden: []templates.Hidden{{Name: "change.quota.maxSeats", Value: scriptName}, {Name: "now.quota.maxSeats", Value: "30"}},
		Rows: []templates.MergeRow{
			{ID: "m-1", Name: "choice.quota.maxSeats", Label: "User subscriptions", Was: "25", Now: scriptName, Yours: imageName, Chosen: "mine", Problem: "Choose once more."},
			{ID: "m-2", Name: "choice.set.1.includes", Label: "Files in", Where: longName(), Was: "C:/", Now: "C:/, D:/", Yours: "C:/, E:/", Both: "C:/, D:/, E:/"},
		},
		Gone: []templates.Fact{{Label: "Backup status", Value: "Locked meanwhile."}}, Rest: "1 other value of your change stays in it.",
	}
}
