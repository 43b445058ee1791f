package templates_test

import "backup-portal/web/templates"

func sampleOverview() templates.OverviewView {
	return templates.OverviewView{
		Scope: "Halden Maritime and 911 organizations below it",
		Waiting: []templates.TodoItem{{
			State: unknown(), Link: templates.Link{Label: "Block " + scriptName, URL: "/operations/1"},
			Text: "has an unknown outcome", Detail: "The backup service did not answer · yours", At: ago("11 min ago", "2026-11-22"),
			Button: templates.Link{Label: "Settle it", URL: "/operations/1"},
		}},
		WaitingText: "1 to settle",
		Pictures:    samplePictures(),
		Freshness: []templates.Fact{
			{Label: "Last sync", State: templates.State{Shape: "done", Tone: "ok", Word: "2 min ago"}},
			{Label: "Devices", Value: "48,213"},
			{Label: "Next sync", Value: "in 13 min"},
		},
		Recent: []templates.Step{
			{State: unknown(), Lead: "You", Text: "blocked", Link: templates.Link{Label: "TOS-LT-0442", URL: "/devices/9"}, After: ": no answer yet", At: ago("11 min", "2026-11-22")},
			{State: done(), Lead: "Tuva Hagen", Text: "unblocked", Link: templates.Link{Label: scriptName, URL: "/devices/8"}, At: ago("26 min", "2026-11-22")},
			{State: templates.State{Shape: "fail", Tone: "bad", Word: "Refused"}, Lead: "Emil Sørby", Text: "was refused: block in Research", At: ago("41 min", "2026-11-22")},
		},
		RecentURL: "/audit",
	}
}

func samplePictures() templates.PicturesView {
	return templates.PicturesView{
		AgesText: "43,392 active devices, counted 3 min ago",
		Ages: templates.Chart{Key: "ages", Label: "Last completed backup of 43,392 active devices", Heading: "Last completed backup", Unit: "Devices", Whole: true, Bars: []templates.Bar{
			{Label: "Less than 1 day", URL: "/devices?age=1", Count: 34902, Figure: "34,902", Share: "80.4 %", Class: "v1"},
			{Label: "1 to 7 days", URL: "/devices?age=7", Count: 4816, Figure: "4,816", Share: "11.1 %", Class: "v2"},
			{Label: "7 to 30 days", URL: "/devices?age=30", Count: 1914, Figure: "1,914", Share: "4.4 %", Class: "v3"},
			{Label: "More than 30 days", URL: "/devices?age=31", Count: 1327, Figure: "1,327", Share: "3.1 %", Class: "v4"},
			{Label: "Never", URL: "/devices?age=never", Count: 433, Figure: "433", Share: "1.0 %", Class: "v5"},
		}},
		OS: templates.Chart{Key: "os", Label: "Operating system of 43,392 active devices", Heading: "Operating system", Unit: "Devices", Bars: []templates.Bar{
			{Label: "Windows", URL: "/devices?os=win", Count: 29104, Figure: "29,104", Share: "67.1 %", Class: "v0"},
			{Label: imageName, URL: "/devices?os=x", Count: 12, Figure: "12", Share: "0.0 %", Class: "v0"},
			{Label: "Others, or not told", Count: 14276, Figure: "14,276", Share: "32.9 %", Class: "v0"},
		}},
		Clients: templates.Chart{Key: "client", Label: "Client version of 43,392 active devices", Heading: "Client version", Unit: "Devices", Bars: []templates.Bar{
			{Label: "11.6.1", URL: "/devices?client=11.6.1", Count: 21480, Figure: "21,480", Share: "49.5 %", Class: "v0"},
		}},
		StoredText: "951.2 TB in all",
		Stored: templates.Chart{Key: "stored", Label: "Stored bytes by organization, 951.2 TB in all", Heading: "Organization", Unit: "Stored", Devices: true, Bars: []templates.Bar{
			{Label: scriptName, URL: "/devices?org=101", Count: 412600, Figure: "412.6 TB", Share: "43.4 %", Devices: "21,007", Class: "v0"},
			{Label: arabicName, URL: "/devices?org=102", Count: 268100, Figure: "268.1 TB", Share: "28.2 %", Devices: "9,112", Class: "v0"},
			{Label: longName(), URL: "/devices?org=103", Count: 41200, Figure: "41.2 TB", Share: "4.3 %", Devices: "512", Class: "v0"},
		}},
		StatesText: "48,213",
		States: templates.Chart{Key: "states", Label: "48,213 devices by state", Heading: "State", Unit: "Devices", Bars: []templates.Bar{
			{Label: "Active", URL: "/devices?state=active", Count: 42273, Figure: "42,273", Share: "87.7 %", Class: "v0"},
			{Label: "Active, deauthorized", URL: "/devices?state=deauthorized", Count: 248, Figure: "248", Share: "0.5 %", Class: "v0"},
			{Label: "Active, blocked", URL: "/devices?state=blocked", Count: 871, Figure: "871", Share: "1.8 %", Class: "v0"},
			{Label: "Deactivated", URL: "/devices?state=deactivated", Count: 4821, Figure: "4,821", Share: "10.0 %", Class: "v0"},
		}},
		Facts: []templates.Fact{
			{Label: "With an alert", Value: "2,918", URL: "/devices?alert=1"},
			{Label: "Not connected for 30 days", Value: "3,377", URL: "/devices?stale=1"},
			{Label: "Never backed up", Value: "433", URL: "/devices?never=1"},
		},
	}
}

func comingPictures() templates.PicturesView {
	coming := samplePictures()
	coming.Later, coming.Ages.Coming = "/?pictures=wait", true
	return coming
}
