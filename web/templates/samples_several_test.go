package templates_test

import "backup-portal/web/templates"

func sampleSeveral() templates.SeveralView {
	form := rejectedConfirm()
	form.Problem, form.ReasonError, form.Swap = templates.Note{}, "", "#several"
	form.PostURL, form.BackURL, form.Button = "/devices/several/deactivate", "/devices?selected=1,2", "Ask to deactivate 11 devices"
	form.Hidden = []templates.Hidden{{Name: "guid", Value: "1"}, {Name: "seen", Value: "1 active=true"}, {Name: "left", Value: "2"}}
	form.Notes = []templates.Note{{Kind: "warn", Shape: "wait", Title: "One approver more.", Text: "With it one person destroys more than 25 devices within an hour: one approver more has to agree."}}
	form.ReasonHelp, form.CountLabel = "Whoever decides reads it.", "Type 11 to confirm the number of devices"
	return templates.SeveralView{
		Crumbs: []templates.Link{{Label: "Devices", URL: "/devices?selected=1,2"}}, Ask: "Deactivate 12 devices?", Scope: "11 of 12 will go",
		Title: "Ask to deactivate 11 devices", Form: form,
		Targets: templates.ImpactView{
			Noun: "Device", Source: "12 devices, read from the backup service just now", Caption: "Selected devices",
			Columns: []templates.Column{{Label: "User"}, {Label: "Connected", Number: true}, {Label: "Stored", Number: true}},
			Rows: []templates.TargetRow{
				{Name: scriptName, URL: "/devices/1", Cells: []templates.Cell{{Text: longName()}, {Time: ago("9 d", "2026-11-13")}, {Text: "84.2 GB"}}, Notes: []templates.State{active(), {Shape: "info", Tone: "info", Word: "Last device of its user"}}},
				{Name: longName(), URL: "/devices/2", Cells: []templates.Cell{{Text: imageName}, {Time: templates.Time{Text: "never"}}, {Text: "0 B"}}, Notes: []templates.State{{Shape: "hold", Tone: "warn", Word: "On legal hold: left out"}}},
			},
		},
	}
}

func rejectedSeveral() templates.SeveralView {
	v := sampleSeveral()
	v.Form.Problem = templates.Note{Kind: "bad", Title: "The number is not 11.", Text: "Look at the list once more."}
	v.Form.Count, v.Form.CountError = "12", "The number is not 11."
	v.Form.SignIn, v.Form.SignInText = "/auth/sign-in?fresh=1", "It goes at once and needs a new sign-in."
	return v
}

func noSelection() templates.NoSelectionView {
	return templates.NoSelectionView{Heading: "Deactivate devices", Empty: templates.Empty{Title: "No device is selected", Text: "Tick the devices in the list.", Actions: []templates.Button{{Label: "Back to the list", URL: "/devices"}}}}
}
