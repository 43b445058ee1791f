package templates_test

import "backup-portal/web/templates"

// sampleDrift is a report with values that others wrote, one of which cannot follow.
func sampleDrift() templates.OrganizationView {
	const page = "/organizations/102/drift"
	v := sampleOrganization("settings")
	v.Drift = &templates.DriftView{
		URL: page, Query: scriptName, Hidden: []templates.Hidden{{Name: "below", Value: "true"}}, Total: "3 values of 2 devices",
		Note:  templates.Note{Title: "20 devices not compared yet.", Text: "These are still to come."},
		Fresh: "1,180 of 1,200 active devices compared with the defaults of their organization.", Oldest: ago("55 min ago", "2026-11-22"),
		Facet: templates.Facet{Title: "Setting", Items: []templates.FacetItem{
			{ID: "property-0", Label: "Warn after", Figure: "2", URL: page + "?property=x", Current: true}, {ID: "property-1", Label: imageName, Figure: "1", URL: page},
		}},
		Chips: []templates.Chip{{Key: "Text", Value: scriptName, RemoveURL: page}}, ClearURL: page, Switchable: true, Below: true, SwitchURL: page,
		Picking: templates.Picking{
			URL: "/devices/several", List: "drift=102", AllURL: page + "?selected=page", AllText: "Select the 2 devices on this page", None: "Tick devices.",
			Actions: []templates.PickAction{{Value: "device.follow", Label: "Follow its organization…"}},
			Picks:   []templates.Pick{{Value: "1", Label: "Select " + scriptName, Chosen: true}, {}, {Value: "2", Label: "Select " + longName()}},
		},
		Rows: []templates.DriftRow{
			{Name: scriptName, URL: "/devices/1", What: "Files out, " + imageName, OrgValue: "none", OwnValue: imageName, User: imageName, Org: "Tugs", Since: ago("9 d", "2026-11-13")},
			{Name: scriptName, URL: "/devices/1", What: "Warn after", OrgValue: "3 days", OwnValue: longName(), Locked: templates.State{Shape: "hold", Word: "Locked", Title: "The device cannot follow"}, Since: ago("2 h", "2026-11-22")},
			{Name: longName(), URL: "/devices/2", What: "Warn after", OrgValue: "3 days", OwnValue: "7 days", Org: longName(), Since: ago("2 h", "2026-11-22")},
		},
		Pager:  templates.Pager{Text: "50 values on this page", Links: []templates.Link{{Label: "Next", URL: page + "?after=x"}}},
		Export: templates.Button{Label: "Export CSV", URL: page + "/export.csv"},
	}
	return v
}

// emptyDrift is the report of an organization whose devices all follow, for somebody who may not take it away.
func emptyDrift() templates.OrganizationView {
	v := sampleOrganization("settings")
	v.Drift = &templates.DriftView{
		URL: "/organizations/102/drift", Total: "0 values", Fresh: "3 of 3 active devices compared with the defaults of their organization.",
		Empty:  templates.Empty{Title: "All follow", Text: "Every device that was compared has the settings of its organization."},
		Export: templates.Button{Label: "Export CSV", URL: "/organizations/102/drift/export.csv"}, ExportWhy: "Only an org-manager, an admin or an auditor may export lists.",
	}
	return v
}
