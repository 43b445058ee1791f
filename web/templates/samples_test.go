package templates_test

import (
	"strings"

	"backup-portal/web/templates"
)

// hostile are names that anybody can give a laptop.
const (
	scriptName  = `<script>alert("x")</script>`
	imageName   = `"><img src=x onerror=alert(1)>`
	formulaName = `=cmd|'/C calc'!A0`
	arabicName  = "مكتب-الميناء-٢"
	emojiName   = "🚢 deck tablet 3"
)

func longName() string { return strings.Repeat("LT-Kontinental-Frachtgesellschaft-", 9)[:300] }

func ago(text, day string) templates.Time {
	return templates.Time{Text: text, DateTime: day + "T09:14:31Z", Title: day + " 09:14:31 UTC"}
}

func active() templates.State { return templates.State{Shape: "ok", Tone: "ok", Word: "Active"} }
func blocked() templates.State {
	return templates.State{Shape: "blocked", Tone: "bad", Word: "Active, blocked"}
}
func done() templates.State { return templates.State{Shape: "done", Tone: "ok", Word: "Succeeded"} }
func unknown() templates.State {
	return templates.State{Shape: "unknown", Tone: "warn", Word: "Unknown"}
}

func samplePage(title, current string) templates.Page {
	return templates.Page{
		Title: title, Current: current, SignedIn: true, Demo: true,
		Person: templates.Person{Name: "Mara Lindqvist", Email: "mara@halden.example", RoleLine: "admin"},
		Nav: []templates.NavItem{
			{Key: "overview", Label: "Overview", URL: "/", Shortcut: "h", Count: "1", CountTitle: "1 to settle"},
			{Key: "organizations", Label: "Organizations", URL: "/organizations", Shortcut: "o"},
			{Key: "devices", Label: "Devices", URL: "/devices", Shortcut: "d"},
			{Key: "users", Label: "Users", URL: "/users", Shortcut: "u"},
			{Key: "requests", Label: "Requests", URL: "/requests", Shortcut: "r", Count: "3", CountTitle: "3 to decide"},
			{Key: "audit", Label: "Audit", URL: "/audit", Shortcut: "a"},
			{Key: "reference", Label: "Reference", URL: "/reference", Shortcut: "e"},
		},
		Fresh: templates.Fresh{
			State: "ok", Text: "2 min ago", Title: "2026-11-22 09:12:00 UTC", DateTime: "2026-11-22T09:12:00Z",
			NextText: "Next sync in 13 min", CanSync: true, SyncURL: "/sync",
		},
		RequestID: "01JD8Q4Z7M", Zone: "Europe/Oslo",
		Assets: templates.AssetURLs{CSS: "/static/app.css", JS: "/static/portal.js", HTMX: "/static/htmx.js", Icon: "/static/icon.svg"},
		Links:  templates.PageLinks{Home: "/", Search: "/devices", SignOut: "/auth/sign-out", Sessions: "/account/sessions", People: "/people"},
	}
}

func deviceRow(name, org, user, client string, state templates.State, alert string) []templates.Cell {
	states := []templates.State{state}
	if alert != "" {
		states = append(states, templates.State{Shape: "alert", Tone: "bad", Word: "Alert", Title: alert})
	}
	return []templates.Cell{
		{Text: name, URL: "/devices/954143368874689941"},
		{States: states},
		{Text: org},
		{Text: user},
		{Text: "954143368874689941", ID: true},
		{Time: ago("9 d", "2026-11-13")},
		{Time: ago("11 d", "2026-11-11")},
		{Text: "84.2 GB"},
		{Text: client},
	}
}

func sampleDevices() templates.DevicesView {
	never := deviceRow("W10E-X64", "Vessel 0031 Hedda", "", "10.4.2", active(), "")
	never[6].Time = templates.Time{Text: "never"}
	return templates.DevicesView{
		URL: "/devices", Query: scriptName,
		Hidden: []templates.Hidden{{Name: "state", Value: "active"}},
		Orgs:   []templates.Option{{Label: "Every organization"}, {Value: "100", Label: "Halden Maritime"}, {Value: "101", Label: imageName, Level: 1, Selected: true}},
		Scope:  "1,914 of 48,213 match", Announce: "1,914 devices match",
		Chips: []templates.Chip{
			{Key: "State", Value: "Active", RemoveURL: "/devices?org=101"},
			{Key: "Organization", Value: imageName, RemoveURL: "/devices?state=active"},
			{Key: "Search", Value: longName(), RemoveURL: "/devices"},
		},
		ClearURL: "/devices",
		Form: templates.FilterForm{
			URL: "/devices", ClearURL: "/devices", Open: true, Help: "A day, a moment or an age.",
			Groups: []templates.FilterGroup{
				{Title: "State", Fields: []templates.FilterField{{Name: "active", Label: "Active", Value: "maybe", Problem: "It knows only true and false.", Options: []templates.Option{{Label: "any"}, {Value: "maybe", Label: "maybe", Selected: true}}}}},
				{Title: "Created", Fields: []templates.FilterField{
					{Name: "created-after", Label: "After", Value: scriptName, Example: "30d", Problem: "Write a day."}, {Name: "created-before", Label: "Before"},
				}},
			},
		},
		Tools: templates.DeviceTools{
			Views:   []templates.ViewLink{{Name: scriptName, URL: "/devices?q=x", Current: true}, {Name: longName(), URL: "/devices?q=y", By: imageName}},
			SaveURL: "/devices/views/new", ManageURL: "/devices/views", ColumnsURL: "/devices/columns",
			Exports: []templates.Link{{Label: "1,914 devices as CSV", URL: "/devices/export.csv"}}, ExportNote: "Only where you may.",
		},
		Facets: templates.FacetPanel{CountURL: "/devices/facets", ShowURL: "/devices?counts=true", Facets: []templates.Facet{
			{Title: "State", Items: []templates.FacetItem{
				{ID: "facet-state-1", Label: "Active", Figure: "1,842", URL: "/devices", Current: true},
				{ID: "facet-state-2", Label: "Active, blocked", Figure: "58", URL: "/devices?state=blocked"},
				{ID: "facet-state-3", Label: "Deauthorized", Figure: "14", URL: "/devices?state=deauthorized"},
				{ID: "facet-state-4", Label: "Deactivated", Figure: "0", URL: "/devices?state=deactivated"},
			}},
			{Title: "Alert", Items: []templates.FacetItem{{ID: "facet-alert-0", Label: "With an alert", Figure: "498", URL: "/devices?alert=1"}}},
		}},
		Caption: "Devices by name",
		Picking: templates.Picking{
			URL: "/devices/several", List: "active=true", AllURL: "/devices?selected=page", AllText: "Select the 7 devices on this page", None: "Tick devices to change several at once.",
			Picks:   []templates.Pick{{Value: "1", Label: "Select " + scriptName, Chosen: true}, {Value: "2", Label: "Select " + longName()}},
			Actions: []templates.PickAction{{Value: "device.block", Label: "Block…"}},
		},
		Columns: []templates.Column{
			{Key: "name", Label: "Device", Class: "k-name", SortURL: "/devices?sort=-name", Sorted: "ascending"},
			{Key: "status", Label: "State", Class: "k-state"},
			{Key: "organization", Label: "Organization", Class: "k-text"},
			{Key: "username", Label: "User", Class: "k-wide"},
			{Key: "guid", Label: "GUID", Class: "k-id"},
			{Key: "lastConnected", Label: "Connected", Class: "k-num", Number: true, SortURL: "/devices?sort=connected", Sorted: "descending"},
			{Key: "lastCompletedBackup", Label: "Backed up", Class: "k-num", Number: true, SortURL: "/devices?sort=backup"},
			{Key: "totalStorageBytes", Label: "Stored", Class: "k-num", Number: true},
			{Key: "productVersion", Label: "Client", Class: "k-num", Number: true},
		},
		Rows: [][]templates.Cell{
			deviceRow(scriptName, "Vessel 0003 "+imageName, "mallory@halden.example", "11.6.1", active(), "Critical backup alert"),
			deviceRow(longName(), "Vessel 0004 🚢 Celeste, chartered until the end of the season", "k.zimmermann-von-der-heide@kontinental.example", "10.4.2", active(), "Critical backup alert"),
			deviceRow("BRG-BRIDGE-07", "Container Fleet", "bridge.07@halden.example", "11.4.1", blocked(), ""),
			deviceRow(emojiName, "Tugs", "deck3@halden.example", "11.5.0", templates.State{Shape: "deauth", Tone: "warn", Word: "Active, deauthorized"}, ""),
			deviceRow(formulaName, "Tugs", "formula@halden.example", "11.5.0", active(), ""),
			deviceRow(arabicName, "Container Fleet", "h.nasser@halden.example", "11.6.1", active(), ""),
			deviceRow("OLD-PC-1", "Tugs", "gone@halden.example", "9.0.0", templates.State{Shape: "off", Word: "Deactivated"}, ""),
			never,
		},
		Pager: templates.Pager{Text: "8 shown · synced 2 min ago", Links: []templates.Link{{Label: "First"}, {Label: "Previous"}, {Label: "Next", URL: "/devices?after=x"}}},
	}
}

func sampleColumns() templates.ColumnsView {
	return templates.ColumnsView{
		PostURL: "/devices/columns", BackURL: "/devices", List: "q=x",
		Columns: []templates.ColumnChoice{
			{Key: "name", Label: "Device", Chosen: true, Fixed: true}, {Key: "status", Label: "State", Chosen: true}, {Key: "guid", Label: "GUID"},
		},
	}
}

func sampleViews() templates.ViewsView {
	return templates.ViewsView{Scope: "2 views", Rows: []templates.ViewRow{
		{Name: scriptName, URL: "/devices?q=x", Owner: "You", Created: ago("9 days ago", "2026-11-13"), ChangeURL: "/devices/views/1"},
		{Name: longName(), URL: "/devices?q=y", Owner: imageName, Shared: arabicName, Created: ago("9 days ago", "2026-11-13")},
	}}
}

func sampleViewForm() templates.ViewForm {
	return templates.ViewForm{
		Title: "Saved view", List: "q=x", Name: scriptName, PostURL: "/devices/views/1", DeleteURL: "/devices/views/1/delete", BackURL: "/devices/views",
		Shares:  []templates.Option{{Label: "Nobody"}, {Value: "101", Label: imageName, Selected: true}},
		Problem: "A view needs a name.",
	}
}

func othersViewForm() templates.ViewForm {
	return templates.ViewForm{
		Title: "Saved view", Name: longName(), Owner: imageName, Shared: arabicName, OpenURL: "/devices?q=x",
		DeleteURL: "/devices/views/1/delete", BackURL: "/devices/views",
	}
}

func sampleDevice() templates.DeviceView {
	return templates.DeviceView{
		Crumbs: []templates.Link{{Label: "Halden Maritime", URL: "/devices?org=100"}, {Label: imageName, URL: "/devices?org=101"}},
		Name:   "OSL-SHP-0412 " + scriptName,
		States: []templates.State{active(), {Shape: "alert", Tone: "bad", Word: "Critical backup alert"}},
		Source: "Live from the backup service, 0.2 s ago",
		Notes:  []templates.Note{{Kind: "warn", Title: "No completed backup for 11 days.", Text: "It connected 9 days ago and stopped at 62.4 % of Bergen vault. 38.1 GB are left to send."}},
		Facts: []templates.Fact{
			{Label: "GUID", Value: "954143368874689941", ID: true},
			{Label: "User", Value: "a.berg@halden.example", URL: "/devices?q=a.berg"},
			{Label: "Last connected", Time: ago("9 days ago", "2026-11-13")},
			{Label: "Client", Value: "11.5.0, build 26"},
			{Label: "Host name", Value: imageName},
			{Label: "Organization", Value: "Container Fleet", URL: "/devices?org=101"},
			{Label: "Address", Value: "172.16.208.140:4242"},
			{Label: "System", Value: "Windows 10.0.18362, amd64"},
			{Label: "Created", Time: ago("12 Oct 2022", "2022-10-12")},
			{Label: "External reference", Value: "ASSET-00412"},
			{Label: "Seen from", Value: "72.50.201.186"},
			{Label: "Time zone", Value: "Europe/Oslo"},
		},
		BackupsText: "2 destinations, 149.7 GB stored",
		Backups: []templates.BackupRow{
			{Destination: "Amsterdam cloud", Percent: "100", PercentText: "100 %", Selected: "84.2 GB", Left: "0 B", Stored: "91.7 GB", Rate: "4.1 MB/s", Completed: ago("11 d ago", "2026-11-11"), Now: templates.State{Shape: "off", Word: "Offline"}},
			{Destination: imageName, Percent: "62.4", PercentText: "62.4 %", Selected: "101.3 GB", Left: "38.1 GB", Stored: "58.0 GB", Rate: "0.9 MB/s", Completed: templates.Time{Text: "never"}, Now: templates.State{Shape: "running", Tone: "info", Word: "Backing up"}},
		},
		Actions: []templates.ActionItem{
			{Key: "device-block", Label: "Block", Button: "Block device…", URL: "/devices/954143368874689941/block", Why: "Stops backup and restore. Can be undone."},
			{Key: "device-unblock", Label: "Unblock", Button: "Unblock device…", Why: "The device is not blocked.", Disabled: true},
		},
		History: []templates.Step{
			{State: done(), Lead: "Tuva Hagen", Text: "unblocked it", Quote: "Back from repair " + scriptName, At: ago("3 Nov", "2026-11-03")},
			{State: done(), Lead: "Jonas Eide", Text: "blocked it", Quote: "Sent to repair, case 4102", At: ago("28 Oct", "2026-10-28")},
		},
		AuditLink: templates.Link{Label: "All 14 lines in the audit log", URL: "/audit?target=954143368874689941"},
	}
}

func sampleConfirm() templates.ConfirmView {
	return templates.ConfirmView{
		Ask: "Block OSL-SHP-0412?", PostURL: "/devices/954143368874689941/block", BackURL: "/devices/954143368874689941",
		OperationID: "01JD8Q4Z7M7G4K", Hidden: []templates.Hidden{{Name: "seen", Value: "fp"}},
		Effect: "The device stops backing up and nobody can restore from it until it is unblocked. Nothing is deleted.",
		Facts:  []templates.Fact{{Label: "Device", Value: scriptName}, {Label: "GUID", Value: "954143368874689941", ID: true}, {Label: "Organization", Value: imageName}, {Label: "User", Value: "a.berg@halden.example"}},
		Undo:   "To undo: unblock it. The client must connect once more.",
		Keep:   "Keep as it is", Button: "Block device",
	}
}

func rejectedConfirm() templates.ConfirmView {
	v := sampleConfirm()
	v.Required, v.Destructive = true, true
	v.Reason, v.ReasonError = scriptName, "Say why, in a few words."
	v.Problem = templates.Note{Kind: "bad", Title: "Nothing was sent.", Text: "A reason is missing."}
	v.Warning = templates.Note{Kind: "bad", Title: "3.2 TB go to cold storage", Text: "and are deleted for good on 21 January 2027."}
	return v
}

func sampleOperation() templates.OperationView {
	return templates.OperationView{
		ID: "01JD8Q4Z7M7G4K", Heading: "Block TOS-LT-0442", State: unknown(), Day: "Sunday 22 November 2026, Europe/Oslo", PollURL: "/operations/01JD8Q4Z7M7G4K",
		Note: templates.Note{Kind: "warn", Shape: "unknown", Title: "We cannot say whether the device is blocked.", Text: "The call was sent and the backup service did not answer within 30 seconds. It is never sent a second time by itself. Other actions on this device wait until this is settled."},
		Steps: []templates.Step{
			{State: done(), Lead: "Asked", Detail: "You, from 10.4.1.22.", Quote: "Laptop reported stolen " + scriptName, At: templates.Time{Text: "09:03:11.902", DateTime: "2026-11-22T09:03:11Z", Title: "2026-11-22 09:03:11 UTC"}},
			{State: done(), Lead: "Written down before it was sent", Links: []templates.Link{{Label: "Audit line 182,437", URL: "/audit?line=182437"}}, At: templates.Time{Text: "09:03:11.931"}},
			{State: unknown(), Lead: "No answer", Detail: "Connection closed after 30.0 s;", Links: []templates.Link{{Label: "audit line 182,438", URL: "/audit?line=182438"}}, At: templates.Time{Text: "09:03:41.951"}},
			{State: templates.State{Shape: "next", Word: "To come"}, Lead: "Settled", Detail: "By the next check, or by an admin by hand", At: templates.Time{Text: "waiting"}, Coming: true},
		},
		Settle: templates.SettleView{
			Shown: true, CheckURL: "/operations/1/check", CheckWhy: "Reads the device. Changes nothing.", Checked: "Checked 4 min ago: still no answer.",
			HandURL: "/operations/1/settle", HandWhy: "You say what is true and why. Admins only.", Succeeded: "The device is blocked", Failed: "The device is not blocked",
		},
		About: []templates.Fact{
			{Label: "Action", Value: "device.block"},
			{Label: "Target", Value: scriptName, URL: "/devices/961208814405917333"},
			{Label: "GUID", Value: "961208814405917333", ID: true},
			{Label: "Organization", Value: "Tugs"},
		},
		Lines: []templates.Link{{Label: "182,437", URL: "/audit?line=182437"}, {Label: "182,438", URL: "/audit?line=182438"}},
	}
}

func runningOperation() templates.OperationView {
	v := sampleOperation()
	v.Running, v.State, v.Settle = true, templates.State{Shape: "running", Tone: "info", Word: "Running"}, templates.SettleView{}
	v.Note = templates.Note{Kind: "info", Title: "Waiting for the backup service.", Text: "You can leave; it goes on."}
	return v
}

func settledOperation() templates.OperationView {
	v := sampleOperation()
	v.State, v.Settle, v.Note = done(), templates.SettleView{}, templates.Note{}
	v.Undo = templates.ActionItem{Key: "device-unblock", Label: "Unblock", Button: "Unblock device…", URL: "/devices/961208814405917333/unblock", Why: "Brings backup and restore back."}
	return v
}

func handOffOperation() templates.OperationView {
	v := sampleOperation()
	v.Settle.CheckDisabled, v.Settle.CheckWhy = true, "Only an admin can do this."
	v.Settle.HandDisabled, v.Settle.HandWhy = true, "Only an admin can do this."
	return v
}

func rejectedSettle() templates.OperationView {
	v := sampleOperation()
	v.Settle.OutcomeError, v.Settle.ReasonError, v.Settle.Reason = "Choose one.", "Say how you know.", imageName
	return v
}

func sampleSessions() templates.SessionsView {
	return templates.SessionsView{OthersURL: "/account/sessions/end-others", Rows: []templates.SessionRow{
		{Browser: "Firefox on Linux", Agent: scriptName, Address: "192.0.2.7", Since: templates.Time{Text: "2 h ago"}, Seen: templates.Time{Text: "just now"}, Current: true, EndURL: "/account/sessions/a1/end"},
		{Browser: "Unknown browser", Agent: longName(), Address: "2001:db8:85a3:8d3:1319:8a2e:370:7348", Since: templates.Time{Text: "7 h ago"}, Seen: templates.Time{Text: "12 min ago"}, EndURL: "/account/sessions/b2/end"},
	}}
}

func samplePeople() templates.PeopleView {
	return templates.PeopleView{Scope: "3 people", Rows: []templates.PersonRow{
		{Key: "1", Name: "Mara Lindqvist", Email: "mara@halden.example", Roles: "admin in Halden", Sessions: "1", Seen: templates.Time{Text: "just now"}, OwnURL: "/account/sessions"},
		{Key: "2", Name: imageName, Email: longName(), Roles: "help-desk in Tugs, viewer in " + arabicName, Sessions: "2", Seen: templates.Time{Text: "12 min ago"}, EndURL: "/people/sign-out?person=x"},
		{Key: "3", Name: "Nina Falk", Roles: "no role", Sessions: "12", Seen: templates.Time{Text: "3 h ago"}, EndURL: "/people/sign-out?person=y"},
	}}
}

func sampleAudit() templates.AuditView {
	row := func(seq, who, action, target string, outcome templates.State) templates.AuditRow {
		return templates.AuditRow{Seq: seq, URL: "/audit?line=" + seq, At: templates.Time{Text: "2026-11-22 09:06:20.114", DateTime: "2026-11-22T09:06:20Z", Title: "2026-11-22 10:06:20 Europe/Oslo"}, Who: who, Action: action, Target: target, Org: "Tugs", Outcome: outcome}
	}
	open := row("182,438", "Mara Lindqvist", "device.block", "TOS-LT-0442", unknown())
	open.Open = true
	open.TargetURL = "/devices/961208814405917333"
	open.Changes = []templates.Change{{Field: "blocked", Before: "false", After: "true"}, {Field: "note", After: scriptName}}
	open.Facts = []templates.Fact{
		{Label: "Reason", Value: "Laptop reported stolen " + imageName, Quote: true},
		{Label: "Operation", Value: "01JD8Q4Z7M7G4K", URL: "/operations/01JD8Q4Z7M7G4K"},
		{Label: "Leaf", Value: "b1c920fe8a4407", ID: true},
	}
	signIn := row("182,370", "Sofie Aalto", "session.sign-in", "", done())
	signIn.Org = ""
	return templates.AuditView{
		URL: "/audit", Scope: "5 of 182,441 lines match", Announce: "5 lines match", Who: scriptName, Target: imageName, After: "2026-11-22",
		Actions:  []string{"device.block", "device.unblock", "session.sign-in"},
		Outcomes: []templates.Option{{Label: "Any"}, {Value: "unknown", Label: "Unknown", Selected: true}},
		Chips:    []templates.Chip{{Key: "Who", Value: scriptName, RemoveURL: "/audit"}, {Key: "From", Value: "22 Nov 2026 00:00 UTC", RemoveURL: "/audit"}},
		ClearURL: "/audit",
		Note:     templates.Note{Kind: "ok", Title: "Signed up to line 182,441,", Text: "4 min ago. To prove that nothing was removed, run portal audit verify with a checkpoint you kept."},
		Rows: []templates.AuditRow{
			row("182,440", "system", "sync.devices", "48,213 devices", done()),
			open,
			row("182,437", "Mara Lindqvist", "device.block", "TOS-LT-0442", templates.State{Shape: "running", Tone: "info", Word: "Intent"}),
			row("182,384", "Emil Sørby", "device.block", imageName, templates.State{Shape: "fail", Tone: "bad", Word: "Refused"}),
			signIn,
		},
		Export: templates.Button{Label: "Export CSV", URL: "/audit/export.csv"},
		Pager:  templates.Pager{Text: "Newest first", Links: []templates.Link{{Label: "Newest"}, {Label: "Older", URL: "/audit?before_line=182370"}}},
	}
}

func sampleError() templates.ErrorView {
	return templates.ErrorView{
		Status: 502, Heading: "The backup service did not answer", Sentence: "Nothing was sent.", Next: "Try again in a minute.",
		RequestID: "01JD8Q4Z7M", Back: templates.Link{Label: "Back to Overview", URL: "/"}, Retry: templates.Link{Label: "Try again", URL: "/devices"},
	}
}
