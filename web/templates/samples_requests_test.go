package templates_test

import "backup-portal/web/templates"

func waitingState() templates.State {
	return templates.State{Shape: "wait", Tone: "info", Word: "Waiting for you"}
}

func sampleRequests() templates.RequestsView {
	return templates.RequestsView{
		Tabs: []templates.Tab{
			{Key: "to-decide", Label: "To decide", URL: "/requests?list=to-decide", Figure: "3", Current: true},
			{Key: "mine", Label: "Mine", URL: "/requests?list=mine", Figure: "1 open"},
			{Key: "all", Label: "All", URL: "/requests?list=all"},
		},
		Announce: "2 requests on this page", Caption: "Requests that wait for your decision, oldest first", EndLabel: "Expires",
		Notices: []templates.NoticeItem{
			{State: waitingState(), Link: templates.Link{Label: "Deactivate " + scriptName, URL: "/requests/1"}, Text: "was asked for by " + imageName + " and waits for a decision", At: ago("2 h ago", "2026-11-22")},
		},
		Rows: []templates.RequestRow{
			{What: "Deactivate 12 devices", URL: "/requests/1", Where: "Container Fleet", Who: "Jonas Eide", Reason: "Vessels sold in May, case 4390", State: waitingState(), Votes: "1 of 2", End: ago("in 19 h", "2026-11-23")},
			{What: "Deactivate " + longName(), URL: "/requests/2", Where: imageName, Who: formulaName, Reason: scriptName, State: waitingState(), Votes: "0 of 1", End: ago("in 3 h", "2026-11-22")},
		},
		Pager: templates.Pager{Text: "2 requests on this page", Links: []templates.Link{{Label: "First"}, {Label: "Next", URL: "/requests?list=all&after=2"}}},
	}
}

func noRequests() templates.RequestsView {
	v := sampleRequests()
	v.Notices, v.Rows, v.Pager = nil, nil, templates.Pager{}
	v.Empty = templates.Empty{Title: "Nothing waits for your decision", Text: "What others ask for appears here.", Actions: []templates.Button{{Label: "Devices", URL: "/devices"}}}
	return v
}

// sampleRequest waits for the vote of who looks, with its targets as they were read just now.
func sampleRequest() templates.RequestView {
	return templates.RequestView{
		ID: "01JD8Q4Z7M7G4K", Heading: "Deactivate 3 devices in " + imageName, State: waitingState(),
		By: "Jonas " + scriptName, ByRole: "org-manager at Shipping", Asked: ago("3 h ago", "2026-11-22"), EndLabel: "expires", End: ago("in 19 h", "2026-11-23"),
		URL: "/requests/01JD8Q4Z7M7G4K", Announce: "Deactivate 3 devices: Waiting for you",
		Impact: templates.ImpactView{
			Changed: templates.Note{Kind: "warn", Title: "2 of 3 devices changed since this was asked for.", Text: scriptName + ": it was renamed. Votes that were given still count."},
			Quote:   formulaName + " sold in May", Noun: "Device", Caption: "Targets of this request", Source: "3 devices, read from the backup service just now",
			Facts: []templates.Fact{
				{Label: "Action", Value: "device.deactivate, one device after the other"},
				{Label: "People", Value: "2; " + arabicName + " has no active device afterwards"},
				{Label: "Bound to", Value: "exactly these targets and this text: 9f2c 41d0", Title: "9f2c41d077ab"},
			},
			Columns: []templates.Column{{Label: "User"}, {Label: "Connected", Number: true}, {Label: "Stored", Number: true}},
			Rows: []templates.TargetRow{
				{Name: scriptName, URL: "/devices/1", Cells: []templates.Cell{{Text: imageName}, {Time: ago("201 d", "2026-05-01")}, {Text: "212.0 GB"}}, Notes: []templates.State{{Shape: "info", Tone: "info", Word: "Last device of its user"}, {Shape: "info", Tone: "info", Word: "Changed: " + emojiName}}},
				{Name: longName(), URL: "/devices/2", Cells: []templates.Cell{{Text: ""}, {Time: templates.Time{Text: "never"}}, {Text: "0 B"}}},
				{Name: arabicName, Cells: []templates.Cell{{}, {}, {}}, Notes: []templates.State{{Shape: "hold", Tone: "warn", Word: "On legal hold: left out", Title: "Its owner is on one"}}},
			},
			CSV: templates.Link{Label: "Targets and outcomes as CSV", URL: "/requests/01JD8Q4Z7M7G4K/targets.csv"},
		},
		Decide: templates.DecideView{
			Shown: true, Text: "You vote as admin at Halden. This is the last vote that is needed.", PostURL: "/requests/01JD8Q4Z7M7G4K/vote", Digest: "9f2c41d077ab",
			ReasonHelp: "Who denies says why.", Approve: templates.ApproveButton{Label: "Approve and deactivate 2 devices", Destructive: true}, Foot: "Runs 15 minutes after the last vote.",
		},
		Votes: []templates.Step{
			{State: done(), Lead: "Jonas Eide", Text: "asked", Detail: "org-manager at Shipping", At: ago("06:12", "2026-11-22")},
			{State: done(), Lead: imageName, Text: "approved", Quote: scriptName, At: ago("06:40", "2026-11-22")},
			{State: waitingState(), Lead: "One admin", Detail: "you or Sara Holm", At: templates.Time{Text: "waiting"}},
			{State: templates.State{Shape: "next", Word: "To come"}, Lead: "Deactivate, one by one", Coming: true},
		},
		VotesText: "1 of 2", Also: []string{"More than 25 devices an hour take one approver more."},
		History: []templates.Step{{State: done(), Lead: "Jonas Eide", Text: "asked for it", At: ago("06:12", "2026-11-22"), Links: []templates.Link{{Label: "Audit line 7", URL: "/audit?line=7"}}}},
	}
}

// readingRequest has its targets still to be read.
func readingRequest() templates.RequestView {
	v := sampleRequest()
	v.Impact.Changed, v.Impact.LiveURL = templates.Note{}, v.URL+"/now"
	v.Decide.SignIn, v.Decide.SignInText = "/auth/sign-in?fresh=1&return=%2Frequests%2F1", "To decide on this you sign in again: you last did 42 min ago."
	return v
}

// refusedVote keeps what was typed and asks for a new sign-in beside it.
func refusedVote() templates.RequestView {
	v := readingRequest()
	v.Decide.NewTab, v.Decide.Reason, v.Decide.ReasonError = true, scriptName, "Say why you deny."
	v.Decide.Problem = templates.Note{Kind: "warn", Title: "Nothing was decided yet: sign in again first."}
	return v
}

func mayNotVote() templates.RequestView {
	v := sampleRequest()
	v.Decide.Why = "You have voted on this already."
	v.Notes = []templates.Note{{Kind: "bad", Title: "It reaches more than what you saw.", Text: "Look at it again."}}
	return v
}

func ownRequest() templates.RequestView {
	v := readingRequest()
	v.Decide = templates.DecideView{}
	v.Acts = []templates.ActForm{{Key: "withdraw", Title: "Take it back", Text: "Others decide.", PostURL: v.URL + "/withdraw", Asks: true, Reason: scriptName, ReasonError: "Too long.", Button: "Withdraw request"}}
	v.WatchURL = v.URL + "?state=scheduled"
	return v
}

func runningRequest() templates.RequestView {
	v := endedRequest()
	v.Running, v.State, v.Undo = true, templates.State{Shape: "running", Tone: "info", Word: "Running"}, templates.ActionItem{}
	v.Progress = templates.ProgressView{Done: "1", Total: "3", Text: "1 of 3 devices", Rate: "12 a minute, about 10 seconds left", Current: templates.Link{Label: scriptName, URL: "/operations/2"}}
	v.Progress.Stop = templates.ActForm{Key: "stop", PostURL: v.URL + "/stop", Button: "Stop the run", Text: "What is under way ends; the other 2 devices wait.", StillURL: v.URL + "?still=yes"}
	return v
}

func stoppedRequest() templates.RequestView {
	v := endedRequest()
	v.State = unknown()
	v.Acts = []templates.ActForm{
		{Key: "continue", Title: "Go on", Text: "It is settled.", PostURL: v.URL + "/continue", Button: "Deactivate the other 2 devices", Primary: true},
		{Key: "finish", Title: "End it here", Text: "The rest is left out.", PostURL: v.URL + "/finish", Button: "Leave out 2 devices"},
	}
	return v
}

func endedRequest() templates.RequestView {
	v := sampleRequest()
	v.Decide = templates.DecideView{}
	v.Impact.Changed, v.Impact.Columns = templates.Note{}, nil
	v.Impact.Rows = []templates.TargetRow{
		{Name: scriptName, URL: "/devices/1", State: done(), Detail: "Read back: Deactivated.", Operation: templates.Link{Label: "Open", URL: "/operations/1"}},
		{Name: longName(), URL: "/devices/2", State: unknown(), Operation: templates.Link{Label: "Open", URL: "/operations/2"}},
		{Name: arabicName, State: templates.State{Shape: "off", Word: "Left out"}, Detail: imageName},
	}
	v.Undo = templates.ActionItem{Key: "undo", Label: "Reactivate 1 device", Button: "Reactivate 1 device…", URL: "/devices/several?action=device.reactivate", Why: "Schedules are not restored."}
	return v
}
