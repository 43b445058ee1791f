package templates_test

import (
	"github.com/a-h/templ"

	"backup-portal/web/templates"
)

// pages lists every page in the states that look different; a page that is not here is not tested.
func pages() map[string]templ.Component {
	outside := samplePage("Sign in", "")
	outside.SignedIn, outside.Nav = false, nil
	stale := samplePage("Devices", "devices")
	stale.Banners = []templates.Note{{Kind: "warn", Title: "Read-only.", Text: "The portal sends no change until an operator lifts this. Reading works as always."}}
	stale.Fresh = templates.Fresh{State: "warn", Text: "3 h ago", DateTime: "2026-11-22T06:14:00Z", Title: "2026-11-22 06:14:00 UTC", Problem: "The backup service has refused the sync since 06:14 (503)."}
	stale.Theme = "portal-dark"
	nothing := sampleDevices()
	nothing.Rows, nothing.Pager = nil, templates.Pager{}
	nothing.Note = templates.Note{Kind: "warn", Title: "This list is 3 hours old.", Text: "Search and filters work on what is known; a device page still asks live.", Actions: []templates.Button{{Label: "Sync now", URL: "/sync", Post: true}}}
	nothing.Empty = templates.Empty{Title: "No device matches these 3 filters", Text: "Without the search there would be 58.", Actions: []templates.Button{{Label: "Clear all", URL: "/devices"}}}
	bare := sampleDevice()
	bare.Backups, bare.NoBackups, bare.History, bare.NoHistory = nil, "It has never backed up.", nil, "Nothing happened to it through the portal."
	calm := sampleOverview()
	calm.Waiting, calm.WaitingText, calm.Recent = nil, "", nil
	fresh := sampleOverview()
	fresh.Empty = templates.Empty{Title: "The first sync is running", Text: "Devices appear here as they arrive."}
	counting := sampleOverview()
	counting.Pictures = comingPictures()
	elsewhere := samplePage("Overview", "overview")
	elsewhere.Elsewhere = counting.Pictures.Later
	emptyAudit := sampleAudit()
	emptyAudit.Rows, emptyAudit.Pager = nil, templates.Pager{}
	emptyAudit.Empty = templates.Empty{Title: "No line matches", Text: "Widen the dates."}
	emptyAudit.Errors = []templates.FieldError{{Field: "after", Text: "Write it like 2026-11-22."}}
	noExport := sampleAudit()
	noExport.ExportWhy = "Only an org-manager, an admin or an auditor may export the audit log."
	oneSession := sampleSessions()
	oneSession.Rows, oneSession.OthersURL = oneSession.Rows[:1], ""
	impossible := sampleConfirm()
	impossible.Disabled = "The device is already blocked."
	role := templates.NoRoleView{Name: "Nina Falk", Email: "nina.falk@halden.example", Groups: []string{"harbour-staff", scriptName}, Ask: "Ask an admin of your part of the fleet."}
	page := samplePage
	return map[string]templ.Component{
		"overview":               templates.Overview(page("Overview", "overview"), sampleOverview()),
		"overview-calm":          templates.Overview(page("Overview", "overview"), calm),
		"overview-first":         templates.Overview(page("Overview", "overview"), fresh),
		"overview-counting":      templates.Overview(elsewhere, counting),
		"devices":                templates.Devices(page("Devices", "devices"), sampleDevices()),
		"columns":                templates.Columns(page("Columns", "devices"), sampleColumns()),
		"views":                  templates.Views(page("Saved views", "devices"), sampleViews()),
		"views-empty":            templates.Views(page("Saved views", "devices"), templates.ViewsView{Empty: templates.Empty{Title: "No view is saved yet"}}),
		"view":                   templates.View(page("Saved view", "devices"), sampleViewForm()),
		"view-others":            templates.View(page("Saved view", "devices"), othersViewForm()),
		"view-find":              templates.View(page("Saved view", "devices"), findingViewForm()),
		"devices-empty":          templates.Devices(stale, nothing),
		"organizations":          templates.Organizations(page("Organizations", "organizations"), sampleTree()),
		"organizations-found":    templates.Organizations(page("Organizations", "organizations"), sampleFoundOrganizations()),
		"organizations-none":     templates.Organizations(page("Organizations", "organizations"), templates.OrganizationsView{URL: "/organizations", Empty: templates.Empty{Title: "No organization is known yet"}}),
		"organization":           templates.Organization(page("Tugs", "organizations"), sampleOrgSummary()),
		"organization-devices":   templates.Organization(page("Tugs", "organizations"), sampleOrgDevices()),
		"organization-users":     templates.Organization(page("Tugs", "organizations"), sampleOrgUsers()),
		"organization-access":    templates.Organization(page("Tugs", "organizations"), sampleOrgAccess()),
		"organization-no-access": templates.Organization(page("Tugs", "organizations"), sampleOrganization("access")),
		"organization-activity":  templates.Organization(page("Tugs", "organizations"), sampleOrgActivity()),
		"organization-quiet":     templates.Organization(page("Tugs", "organizations"), sampleOrganization("activity")),
		"organization-settings":  templates.Organization(page("Tugs", "organizations"), sampleOrgSettings()),
		"organization-macs":      templates.Organization(page("Tugs", "organizations"), sampleDiskAccess()),
		"organization-drift":     templates.Organization(page("Tugs", "organizations"), sampleDrift()),
		"organization-no-drift":  templates.Organization(page("Tugs", "organizations"), emptyDrift()),
		"registration-key":       templates.RegistrationKeyPage(page("Registration key", "organizations"), scriptName, sampleRegistrationKey()),
		"registration-key-shown": templates.RegistrationKeyPage(page("Registration key", "organizations"), scriptName, shownRegistrationKey()),
		"copy":                   templates.SettingsCopy(page("Copy settings", "organizations"), sampleCopy()),
		"copy-select":            templates.SettingsCopy(page("Copy settings", "organizations"), selectCopy()),
		"copy-groups":            templates.SettingsCopy(page("Copy settings", "organizations"), groupsCopy()),
		"copy-off":               templates.SettingsCopy(page("Copy settings", "organizations"), offCopy()),
		"confirm-fields":         templates.Confirm(page("Edit", "organizations"), sampleFields()),
		"operation-partial":      templates.Operation(page("Change settings", ""), partialOperation()),
		"request-values":         templates.Request(page("Change settings", "requests"), changingRequest()),
		"settings":               templates.Settings(page("Settings", "devices"), sampleSettings()),
		"settings-form":          templates.SettingsForm(page("Quota", "organizations"), sampleSettingsForm()),
		"settings-shown":         templates.SettingsForm(page("Sign-in", "organizations"), shownSettingsGroup()),
		"settings-kept":          templates.SettingsKept(page("Settings", "organizations"), keptSettings()),
		"settings-review":        templates.SettingsReviewPage(page("Review", "organizations"), sampleSettingsReview()),
		"settings-merge":         templates.SettingsMergePage(page("Changed meanwhile", "organizations"), sampleSettingsMerge()),
		"users":                  templates.Users(page("Users", "users"), sampleUsers()),
		"users-none":             templates.Users(page("Users", "users"), templates.UsersView{URL: "/users", Empty: templates.Empty{Title: "No user matches"}}),
		"user":                   templates.User(page("a.berg", "users"), sampleUser()),
		"user-bare":              templates.User(page("a.berg", "users"), templates.UserView{Name: "a.berg", NoRoles: "No role.", Devices: templates.DevicesView{Empty: templates.Empty{Title: "No devices"}}}),
		"device":                 templates.Device(page("OSL-SHP-0412", "devices"), sampleDevice()),
		"device-bare":            templates.Device(page("OSL-SHP-0412", "devices"), bare),
		"confirm":                templates.Confirm(page("Block", "devices"), sampleConfirm()),
		"confirm-rejected":       templates.Confirm(page("Deactivate", "devices"), rejectedConfirm()),
		"confirm-impossible":     templates.Confirm(page("Block", "devices"), impossible),
		"several":                templates.Several(page("Deactivate 12 devices?", "devices"), sampleSeveral()),
		"several-rejected":       templates.Several(page("Deactivate 12 devices?", "devices"), rejectedSeveral()),
		"no-selection":           templates.NoSelection(page("Deactivate devices", "devices"), noSelection()),
		"operation":              templates.Operation(page("Block TOS-LT-0442", ""), sampleOperation()),
		"operation-running":      templates.Operation(page("Block TOS-LT-0442", ""), runningOperation()),
		"operation-settled":      templates.Operation(page("Block TOS-LT-0442", ""), settledOperation()),
		"operation-others":       templates.Operation(page("Block TOS-LT-0442", ""), handOffOperation()),
		"operation-rejected":     templates.Operation(page("Block TOS-LT-0442", ""), rejectedSettle()),
		"requests":               templates.Requests(page("Requests", "requests"), sampleRequests()),
		"requests-none":          templates.Requests(page("Requests", "requests"), noRequests()),
		"request":                templates.Request(page("Deactivate", "requests"), sampleRequest()),
		"request-reading":        templates.Request(page("Deactivate", "requests"), readingRequest()),
		"request-refused":        templates.Request(page("Deactivate", "requests"), refusedVote()),
		"request-may-not":        templates.Request(page("Deactivate", "requests"), mayNotVote()),
		"request-own":            templates.Request(page("Deactivate", "requests"), ownRequest()),
		"request-running":        templates.Request(page("Deactivate", "requests"), runningRequest()),
		"request-stopped":        templates.Request(page("Deactivate", "requests"), stoppedRequest()),
		"request-ended":          templates.Request(page("Deactivate", "requests"), endedRequest()),
		"audit":                  templates.Audit(page("Audit", "audit"), sampleAudit()),
		"audit-empty":            templates.Audit(page("Audit", "audit"), emptyAudit),
		"audit-no-export":        templates.Audit(page("Audit", "audit"), noExport),
		"reference":              templates.Reference(page("Reference", "reference"), sampleReference()),
		"sessions":               templates.Sessions(page("Your sessions", ""), sampleSessions()),
		"sessions-one":           templates.Sessions(page("Your sessions", ""), oneSession),
		"people":                 templates.People(page("Signed-in people", ""), samplePeople()),
		"people-none":            templates.People(page("Signed-in people", ""), templates.PeopleView{Scope: "0 people", Empty: templates.Empty{Title: "Nobody is signed in"}}),
		"sign-in":                templates.SignIn(outside, templates.SignInView{URL: "/auth/sign-in", Note: templates.Note{Kind: "warn", Title: "Your session has ended.", Text: "Sign in again to go on."}, Help: "The demo has its own provider, without passwords."}),
		"signed-out":             templates.SignedOut(outside, templates.SignInView{URL: "/auth/sign-in"}),
		"sign-out-redirect":      templates.SignOutRedirect(outside, templates.SignOutView{URL: "http://localhost:4444/end"}),
		"no-role":                templates.NoRole(outside, role),
		"no-role-no-groups":      templates.NoRole(outside, templates.NoRoleView{Name: "Nina Falk"}),
		"too-many-groups":        templates.TooManyGroups(outside, role),
		"error":                  templates.Error(page("Error", ""), sampleError()),
		"error-signed-out":       templates.Error(outside, sampleError()),
	}
}

// fragments lists what htmx swaps, each with the page that contains what it replaces.
func fragments() map[string]struct {
	component templ.Component
	page      string
} {
	type fragment = struct {
		component templ.Component
		page      string
	}
	return map[string]fragment{
		"pictures":              {templates.Pictures(samplePictures()), "overview-counting"},
		"devices-results":       {templates.DevicesResults(sampleDevices()), "devices"},
		"devices-facets":        {templates.DeviceFacets(sampleDevices().Facets), "devices"},
		"columns-dialog":        {templates.ColumnsDialog(sampleColumns()), "devices"},
		"view-dialog":           {templates.ViewDialog(sampleViewForm()), "views"},
		"view-body":             {templates.ViewBody(sampleViewForm()), "view"},
		"columns-form":          {templates.ColumnsForm(sampleColumns()), "columns"},
		"organizations-results": {templates.OrganizationsResults(sampleFoundOrganizations()), "organizations"},
		"organization-children": {templates.OrgChildren(sampleTree().Tree.Items[0].Below), "organizations"},
		"registration-key":      {templates.RegistrationKey(shownRegistrationKey()), "registration-key"},
		"users-results":         {templates.UsersResults(sampleUsers()), "users"},
		"requests-results":      {templates.RequestsResults(sampleRequests()), "requests"},
		"request-body":          {templates.RequestBody(runningRequest()), "request-running"},
		"request-now":           {templates.RequestNow(sampleRequest().Impact), "request-reading"},
		"request-decide":        {templates.Decide(refusedVote().Decide), "request"},
		"audit-results":         {templates.AuditResults(sampleAudit()), "audit"},
		"operation":             {templates.OperationBody(runningOperation()), "operation"},
		"confirm-dialog":        {templates.ConfirmDialog(rejectedConfirm()), "device"},
		"several-body":          {templates.SeveralBody(rejectedSeveral()), "several"},
		"confirm-form":          {templates.ConfirmForm(rejectedConfirm()), "confirm"},
		"settle-form":           {templates.SettleForm(rejectedSettle().Settle), "operation"},
		"settings-fields":       {templates.SettingsFields(sampleSettingsForm()), "settings-form"},
		"settings-review-body":  {templates.SettingsReviewBody(sampleSettingsReview()), "settings-review"},
		"settings-merge-body":   {templates.SettingsMergeBody(sampleSettingsMerge()), "settings-review"},
		"message":               {templates.Message(), "device"},
		"error-note":            {templates.ErrorNote(sampleError()), "device"},
		"session-expired":       {templates.SessionExpired(templates.SessionExpiredView{SignInURL: "/auth/sign-in"}), "confirm"},
	}
}
