package templates_test

import "backup-portal/web/templates"

func sampleTree() templates.OrganizationsView {
	item := func(uid, name, level, place, size string) templates.OrgItem {
		return templates.OrgItem{
			UID: uid, Name: name, URL: "/organizations/" + uid, Level: level, Place: place, Size: size,
			Devices: "48,213", Users: "21,876", Alerts: "2,918", Stored: "951.2 TB",
		}
	}
	root, open := item("100", "Halden Maritime", "1", "1", "1"), item("101", scriptName, "2", "1", "600")
	leaf, shut := item("102", longName(), "2", "2", "600"), item("103", arabicName, "2", "3", "600")
	root.Open, root.LevelURL = true, "/organizations/100/children"
	open.Open, open.LevelURL = true, "/organizations/101/children"
	shut.Unfinished, shut.LevelURL = true, "/organizations/103/children"
	shut.State = templates.State{Shape: "blocked", Tone: "bad", Word: "Blocked"}
	leaf.Alerts = "0"
	open.Below = templates.OrgLevel{Items: []templates.OrgItem{item("104", imageName, "3", "1", "1")}}
	root.Below = templates.OrgLevel{
		Items: []templates.OrgItem{open, leaf, shut},
		More:  templates.OrgMore{Label: "Next 200 of 600", Level: "2", URL: "/organizations?within=100&after=x", LevelURL: "/organizations/100/children?after=x&from=3", FilterURL: "/organizations?within=100", Unfinished: true},
	}
	return templates.OrganizationsView{
		URL: "/organizations", Scope: "912 organizations", Announce: "912 organizations",
		Tree: templates.OrgLevel{Items: []templates.OrgItem{root}}, Open: "101~400,103", OpenLimit: "300", LevelSize: "200", Unfinished: true,
	}
}

func sampleOrgRows() []templates.OrgRow {
	return []templates.OrgRow{
		{Name: scriptName, URL: "/organizations/101", Where: imageName + " › " + arabicName, State: active(), Devices: "61", Users: "44", Alerts: "19", Stored: "1.2 TB"},
		{Name: longName(), URL: "/organizations/102", State: templates.State{Shape: "off", Word: "Deactivated"}, Devices: "0", Users: "0", Alerts: "0", Stored: "0 B"},
	}
}

func sampleFoundOrganizations() templates.OrganizationsView {
	return templates.OrganizationsView{
		URL: "/organizations", Query: scriptName, Scope: "2 organizations match", Announce: "2 organizations match", Flat: true,
		Hidden: []templates.Hidden{{Name: "within", Value: "100"}}, ClearURL: "/organizations", Caption: "Organizations by name",
		Chips: []templates.Chip{{Key: "Text", Value: scriptName, RemoveURL: "/organizations?within=100"}, {Key: "Below", Value: imageName, RemoveURL: "/organizations?q=x"}},
		Rows:  sampleOrgRows(), Pager: templates.Pager{Text: "2 of 2 on this page", Links: []templates.Link{{Label: "First"}, {Label: "Next 200", URL: "/organizations?q=x&after=y"}}},
	}
}

func sampleOrganization(current string) templates.OrganizationView {
	v := templates.OrganizationView{
		Crumbs: []templates.Link{{Label: "Halden Maritime", URL: "/organizations/100"}, {Label: imageName, URL: "/organizations/101"}},
		Name:   scriptName, States: []templates.State{active()}, Source: "Live from the backup service",
	}
	for _, key := range []string{"summary", "devices", "users", "access", "activity"} {
		v.Tabs = append(v.Tabs, templates.Tab{Key: key, Label: key, URL: "/organizations/102/" + key, Figure: "11,402", Current: key == current})
	}
	return v
}

func sampleOrgSummary() templates.OrganizationView {
	v := sampleOrganization("summary")
	v.Notes = []templates.Note{{Kind: "warn", Title: "A change on this organization is open.", Actions: []templates.Button{{Label: "Open it", URL: "/operations/1"}}}}
	v.Facts = []templates.Fact{{Label: "UID", Value: "102", ID: true}, {Label: "External reference", Value: imageName}, {Label: "Devices", Value: "11,402", URL: "/devices?org=102"}, {Label: "Part of"}}
	v.Actions = []templates.ActionItem{{Key: "org-block", Label: "Block", Button: "Block organization…", URL: "/organizations/102/block", Why: "Stops backup."}, {Key: "org-unblock", Label: "Unblock", Button: "Unblock organization…", Why: "It is not blocked.", Disabled: true}}
	v.Children, v.ChildrenText = sampleOrgRows(), "2 of 600 shown"
	v.ChildrenMore = []templates.Link{{Label: "Next 200", URL: "/organizations/102?after=x"}}
	return v
}

func sampleOrgDevices() templates.OrganizationView {
	v, devices := sampleOrganization("devices"), sampleDevices()
	for i := range devices.Columns {
		devices.Columns[i].SortURL = ""
	}
	v.Devices, v.All = &devices, templates.Link{Label: "All 11,402 devices in the list", URL: "/devices?org=102"}
	return v
}

func sampleOrgUsers() templates.OrganizationView {
	v, users := sampleOrganization("users"), sampleUsers()
	v.Users, v.All = &users, templates.Link{Label: "All 3 users in the list", URL: "/users?org=102"}
	return v
}

func sampleOrgAccess() templates.OrganizationView {
	v := sampleOrganization("access")
	v.Access = []templates.AccessRow{
		{Role: "admin", Group: scriptName, Held: templates.Link{Label: "above your organization"}},
		{Role: "viewer", Group: arabicName, Held: templates.Link{Label: imageName, URL: "/organizations/101"}, People: scriptName + ", " + arabicName + " and 3 more"},
	}
	return v
}

func sampleOrgActivity() templates.OrganizationView {
	v := sampleOrganization("activity")
	v.Activity = sampleDevice().History
	v.Pager = templates.Pager{Text: "25 lines on this page", Links: []templates.Link{{Label: "Newest", URL: "/organizations/102/activity"}, {Label: "Older", URL: "/organizations/102/activity?older=7"}}}
	v.All = templates.Link{Label: "In the audit log", URL: "/audit?target=102"}
	return v
}

func sampleUsers() templates.UsersView {
	return templates.UsersView{
		URL: "/users", Query: scriptName, Scope: "3 users match", Announce: "3 users match", Caption: "Users by username", ClearURL: "/users",
		Hidden:  []templates.Hidden{{Name: "org", Value: "101"}},
		Selects: []templates.Select{{Name: "active", Label: "State", Options: []templates.Option{{Label: "Any state"}, {Value: "true", Label: "Active", Selected: true}}}},
		Chips:   []templates.Chip{{Key: "Organization", Value: imageName, RemoveURL: "/users"}},
		Rows: []templates.UserRow{
			{Username: scriptName, URL: "/users/1", Name: imageName, Email: "a@halden.example", Org: arabicName, States: []templates.State{active(), {Shape: "hold", Tone: "warn", Word: "On legal hold"}}, Devices: "2"},
			{Username: longName(), URL: "/users/2", Org: longName(), States: []templates.State{blocked()}, Devices: "0"},
		},
		Pager: templates.Pager{Text: "2 users on this page", Links: []templates.Link{{Label: "First"}, {Label: "Next", URL: "/users?after=x"}}},
	}
}

func sampleUser() templates.UserView {
	devices := sampleOrgDevices().Devices
	return templates.UserView{
		Crumbs: []templates.Link{{Label: imageName, URL: "/organizations/101"}}, Name: scriptName, States: []templates.State{active()},
		Source: "Live from the backup service", Facts: []templates.Fact{{Label: "E-mail", Value: longName()}, {Label: "UID", Value: "1", ID: true}},
		Roles: []string{"Desktop User", scriptName}, Devices: *devices, DevicesText: "8 devices", AllDevices: templates.Link{Label: "All", URL: "/devices?user=1"},
		History: sampleDevice().History, AuditLink: templates.Link{Label: "All lines", URL: "/audit?target=1"},
	}
}
