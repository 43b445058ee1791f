package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
)

// access says who may reach a route at all; what they may see there is policy's and the queries' business.
type access string

const (
	anyone access = "anyone" // no sign-in: sign-in itself, health, static files
	reader access = "a role" // signed in with a role at any organization
)

// Route is one row of the route table. The authorization matrix has a row for each.
type Route struct {
	Method, Path string
	Access       string
	handle       echo.HandlerFunc
	need         access
}

// routes is the whole table of contents of the portal; nothing answers that is not in it.
func (h *Handlers) routes() []Route {
	list := []Route{
		// Sign-in
		route(http.MethodGet, "/auth/sign-in", anyone, h.signIn),
		route(http.MethodGet, "/auth/callback", anyone, h.callback),
		route(http.MethodPost, "/auth/sign-out", anyone, h.signOut),
		route(http.MethodGet, "/auth/signed-out", anyone, h.signedOut),
		route(http.MethodPost, "/auth/backchannel-logout", anyone, h.backChannelLogout),

		// Sessions
		route(http.MethodGet, "/account/sessions", reader, h.ownSessions),
		route(http.MethodPost, "/account/sessions/end-others", reader, h.endOtherSessions),
		route(http.MethodPost, "/account/sessions/:ref/end", reader, h.endSession),
		route(http.MethodGet, "/people", reader, h.people),
		route(http.MethodGet, "/people/sign-out", reader, h.askSignOut),
		route(http.MethodPost, "/people/sign-out", reader, h.signOutPerson),

		// Overview
		route(http.MethodGet, "/", anyone, h.home),
		route(http.MethodPost, "/sync", reader, h.syncNow),

		// Organizations
		route(http.MethodGet, "/organizations", reader, h.organizations),
		route(http.MethodGet, "/organizations/:uid", reader, h.organization("summary", h.orgSummary)),
		route(http.MethodGet, "/organizations/:uid/children", reader, h.orgChildren),
		route(http.MethodGet, "/organizations/:uid/devices", reader, h.organization("devices", h.orgDevices)),
		route(http.MethodGet, "/organizations/:uid/users", reader, h.organization("users", h.orgUsers)),
		route(http.MethodGet, "/organizations/:uid/access", reader, h.organization("access", h.orgAccess)),
		route(http.MethodGet, "/organizations/:uid/activity", reader, h.organization("activity", h.orgActivity)),
		route(http.MethodGet, "/organizations/:uid/settings", reader, h.orgSettings),
		route(http.MethodGet, "/organizations/:uid/settings/copy", reader, h.copySettings),
		route(http.MethodPost, "/organizations/:uid/settings/copy", reader, h.submitCopy),
		route(http.MethodGet, "/organizations/:uid/settings/:group", reader, h.settingsGroup(action.Organization)),
		route(http.MethodPost, "/organizations/:uid/settings/:group", reader, h.postSettingsGroup(action.Organization)),
		route(http.MethodPost, "/organizations/:uid/registration-key", reader, h.registrationKey),
		route(http.MethodGet, "/organizations/:uid/full-disk-access", reader, h.organization("devices", h.diskAccess)),
		route(http.MethodGet, "/organizations/:uid/full-disk-access/export.csv", reader, h.exportDiskAccess),
		route(http.MethodGet, "/organizations/:uid/drift", reader, h.organization("settings", h.orgDrift)),
		route(http.MethodGet, "/organizations/:uid/drift/export.csv", reader, h.exportDrift),

		// Users
		route(http.MethodGet, "/users", reader, h.users),
		route(http.MethodGet, "/users/:uid", reader, h.user),

		// Devices
		route(http.MethodGet, "/find", reader, h.find),
		route(http.MethodGet, "/devices", reader, h.devices),
		route(http.MethodGet, "/devices/facets", reader, h.deviceFacets),
		route(http.MethodGet, "/devices/columns", reader, h.chooseColumns),
		route(http.MethodPost, "/devices/columns", reader, h.saveColumns),
		route(http.MethodGet, "/devices/export.csv", reader, h.exportDevices(csvFormat())),
		route(http.MethodGet, "/devices/export.jsonl", reader, h.exportDevices(jsonLinesFormat())),
		route(http.MethodGet, "/devices/views", reader, h.views),
		route(http.MethodGet, "/devices/views/new", reader, h.newView),
		route(http.MethodPost, "/devices/views", reader, h.saveView),
		route(http.MethodGet, "/devices/views/:id", reader, h.view),
		route(http.MethodPost, "/devices/views/:id", reader, h.changeView),
		route(http.MethodPost, "/devices/views/:id/delete", reader, h.deleteView),
		route(http.MethodGet, "/devices/several", reader, h.several),
		route(http.MethodGet, "/devices/:guid", reader, h.device),
		route(http.MethodGet, "/devices/:guid/settings", reader, h.deviceSettings),
		route(http.MethodGet, "/devices/:guid/settings/:group", reader, h.settingsGroup(action.Device)),
		route(http.MethodPost, "/devices/:guid/settings/:group", reader, h.postSettingsGroup(action.Device)),

		// Requests
		route(http.MethodGet, "/requests", reader, h.requests),
		route(http.MethodGet, "/requests/:id", reader, h.request),
		route(http.MethodGet, "/requests/:id/now", reader, h.requestNow),
		route(http.MethodGet, "/requests/:id/targets.csv", reader, h.requestTargets),
		route(http.MethodPost, "/requests/:id/vote", reader, h.voteOn),
		route(http.MethodPost, "/requests/:id/withdraw", reader, h.withdrawRequest),
		route(http.MethodPost, "/requests/:id/stop", reader, h.stopRequest),
		route(http.MethodPost, "/requests/:id/continue", reader, h.continueRequest),
		route(http.MethodPost, "/requests/:id/finish", reader, h.finishRequest),

		// Operations
		route(http.MethodGet, "/operations/:id", reader, h.operation),
		route(http.MethodPost, "/operations/:id/check", reader, h.checkOperation),
		route(http.MethodPost, "/operations/:id/settle", reader, h.settleOperation),

		// Audit
		route(http.MethodGet, "/audit", reader, h.auditLog),
		route(http.MethodGet, "/audit/export.csv", reader, h.auditExport),

		// Reference
		route(http.MethodGet, "/reference", reader, h.reference),

		// Machines
		route(http.MethodGet, "/healthz", anyone, h.healthy),
		route(http.MethodGet, "/readyz", anyone, h.ready),
		route(http.MethodGet, "/static/:file", anyone, h.static),
	}
	// Changes: a confirmation and a post for each action of the catalogue.
	for _, a := range h.Catalogue {
		path := a.Kind.Path(":"+a.Kind.Param) + "/" + a.Verb
		ask, send := h.confirm(a), h.submit(a)
		if a.Changes {
			ask, send = h.reviewFormer(a), h.submitSettings(a)
		}
		list = append(list,
			route(http.MethodGet, path, reader, ask),
			route(http.MethodPost, path, reader, send),
		)
		if a.Bulk && a.Kind.ID == action.Device.ID {
			list = append(list, route(http.MethodPost, severalPath+"/"+a.Verb, reader, h.submitSeveral(a)))
		}
	}
	return list
}

func route(method, path string, need access, handle echo.HandlerFunc) Route {
	return Route{Method: method, Path: path, Access: string(need), need: need, handle: handle}
}

// actionURL is the address of an action's confirmation and of its form's post.
func actionURL(a action.Action, targetID string) string {
	return a.Kind.Path(targetID) + "/" + a.Verb
}
