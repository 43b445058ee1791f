package templates_test

import "backup-portal/web/templates"

func sampleReference() templates.ReferenceView {
	return templates.ReferenceView{
		Scope: "2 actions",
		Notes: []templates.Note{{Kind: "warn", Title: "One rule could stand still.", Text: "Fewer than three people are known who could agree."}},
		Contents: []templates.ReferencePart{
			{Title: "Devices", Links: []templates.Link{{Label: "Block device", URL: "/reference#h-device-block"}}},
			{Title: "Organizations", Links: []templates.Link{{Label: "Deactivate organization", URL: "/reference#h-org-deactivate"}}},
		},
		Actions: []templates.ReferenceAction{
			{
				Key: "device-block", Label: "Block device", Risk: templates.State{Shape: "info", Word: "Low risk"}, Doc: "Blocks one device.",
				Facts:  []templates.Fact{{Label: "Undone by", Value: "nothing"}, {Label: "Name in the audit log", Value: "device.block", ID: true}},
				Roles:  []templates.ReferenceRole{{Role: "help-desk", Needs: "nobody", Reason: "welcome"}},
				Others: "The roles viewer and auditor may not.",
			},
			{
				Key: "org-deactivate", Label: "Deactivate organization", Risk: templates.State{Shape: "alert", Tone: "bad", Word: "Destructive"}, Doc: "Ends the backup of all below.",
				Facts:     []templates.Fact{{Label: "Undone by", Value: "Reactivate organization", URL: "/reference#h-org-reactivate"}},
				ShowWaits: true, ShowPeople: true,
				Roles: []templates.ReferenceRole{
					{Role: "org-manager", Where: "only below its organization", Needs: "one admin and one other person who may do it", Reason: "as in “" + scriptName + "”", Open: "24 h", Window: "15 min", People: templates.State{Shape: "alert", Tone: "warn", Word: "2", Title: "At " + longName()}},
					{Role: "admin", Yours: true, Needs: "one admin and one other person who may do it", Reason: "demanded", Open: "24 h", Window: "15 min", People: templates.State{Shape: "done", Tone: "ok", Word: "3"}},
				},
			},
			{Key: "closed", Label: "Closed to all", Risk: templates.State{Shape: "info", Word: "Low risk"}, Doc: "Nobody may.", Others: "The roles viewer, help-desk, org-manager, admin and auditor may not."},
		},
		Budget:    []string{"Above 25 devices within an hour, one approver more has to agree."},
		Approvals: []string{"Nobody agrees to what they asked for themselves."},
	}
}
