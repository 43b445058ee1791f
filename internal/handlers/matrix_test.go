package handlers_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// cell is one combination of the matrix: a role held at Own, and a target in one of the places.
type cell struct {
	role  policy.Role
	place string
}

func (c cell) inScope() bool { return c.place == "own" || c.place == "child" }

func (c cell) is(roles ...policy.Role) bool {
	for _, r := range roles {
		if c.role == r {
			return true
		}
	}
	return false
}

// row is one route of the matrix: how it is asked about a target, and what each role gets.
type row struct {
	ask        func(p *portal, b *browser, place string) answer
	want       func(cell) int
	visitor    int // not signed in
	stranger   int // signed in without a role
	sameForAll bool
}

// matrix has a row for each route of the table; TestMatrixIsComplete fails for a route without one.
func matrix() map[string]row {
	get := func(path string) func(*portal, *browser, string) answer {
		return func(_ *portal, b *browser, _ string) answer { return b.get(path) }
	}
	always := func(status int) func(cell) int { return func(cell) int { return status } }
	device := func(suffix string) func(*portal, *browser, string) answer {
		return func(p *portal, b *browser, place string) answer {
			return b.get("/devices/" + p.device[place].GUID + suffix)
		}
	}
	scoped := func(inside func(cell) int) func(cell) int {
		return func(c cell) int {
			if !c.inScope() {
				return http.StatusNotFound
			}
			return inside(c)
		}
	}
	change := func(verb string, blockedBefore bool) func(*portal, *browser, string) answer {
		return func(p *portal, b *browser, place string) answer {
			d := p.device[place]
			must(p.t, p.emulator.SetBlocked(d.GUID, blockedBefore))
			return b.post("/devices/"+d.GUID+"/"+verb, url.Values{"operation": {operation.NewID()}, "reason": {"matrix"}})
		}
	}
	deauthorize := func(p *portal, b *browser, place string) answer {
		d := p.device[place]
		must(p.t, p.emulator.SetDeauthorized(d.GUID, false))
		return b.post("/devices/"+d.GUID+"/deauthorize", url.Values{"operation": {operation.NewID()}, "reason": {"matrix"}})
	}
	organization := func(suffix string) func(*portal, *browser, string) answer {
		return func(p *portal, b *browser, place string) answer {
			return b.get("/organizations/" + p.org(place).UID + suffix)
		}
	}
	changeOrg := func(verb string, blockedBefore bool) func(*portal, *browser, string) answer {
		return func(p *portal, b *browser, place string) answer {
			uid := p.org(place).UID
			must(p.t, p.emulator.SetOrgBlocked(uid, blockedBefore))
			return b.takenBack(b.post("/organizations/"+uid+"/"+verb, url.Values{"operation": {operation.NewID()}, "reason": {"matrix"}}))
		}
	}
	activate := func(verb string, activeBefore bool) func(*portal, *browser, string) answer {
		return func(p *portal, b *browser, place string) answer {
			d := p.device[place]
			must(p.t, p.emulator.SetActive(d.GUID, activeBefore))
			return b.takenBack(b.post("/devices/"+d.GUID+"/"+verb, url.Values{"operation": {operation.NewID()}, "reason": {"matrix"}}))
		}
	}
	activateOrg := func(verb string, activeBefore bool) func(*portal, *browser, string) answer {
		return func(p *portal, b *browser, place string) answer {
			uid := p.org(place).UID
			must(p.t, p.emulator.SetOrgActive(uid, activeBefore))
			return b.takenBack(b.post("/organizations/"+uid+"/"+verb, url.Values{"operation": {operation.NewID()}, "reason": {"matrix"}}))
		}
	}
	several := func(verb string, before func(p *portal, guid string) error) func(*portal, *browser, string) answer {
		return func(p *portal, b *browser, place string) answer {
			d := p.device[place]
			must(p.t, before(p, d.GUID))
			return b.takenBack(b.post("/devices/several/"+verb, url.Values{"operation": {operation.NewID()}, "reason": {"matrix"}, "guid": {d.GUID}}))
		}
	}
	only := func(roles ...policy.Role) func(cell) int {
		return scoped(func(c cell) int {
			if c.is(roles...) {
				return http.StatusSeeOther
			}
			return http.StatusForbidden
		})
	}
	// A change of an organization is for an org-manager to be asked for, and only below their own.
	orgChangers := scoped(func(c cell) int {
		if c.is(policy.Admin) || c.is(policy.OrgManager) && c.place == "child" {
			return http.StatusSeeOther
		}
		return http.StatusForbidden
	})
	changers := scoped(func(c cell) int {
		if c.is(policy.HelpDesk, policy.OrgManager, policy.Admin) {
			return http.StatusSeeOther
		}
		return http.StatusForbidden
	})
	auditors := func(status int) func(cell) int {
		return scoped(func(c cell) int {
			if c.is(policy.OrgManager, policy.Admin, policy.Auditor) {
				return status
			}
			return http.StatusNotFound
		})
	}
	adminsOnly := func(status int) func(cell) int {
		return func(c cell) int {
			switch {
			case !c.is(policy.Admin):
				return http.StatusForbidden
			case !c.inScope():
				return http.StatusNotFound
			}
			return status
		}
	}
	exporters := func(c cell) int {
		if c.is(policy.OrgManager, policy.Admin, policy.Auditor) {
			return http.StatusOK
		}
		return http.StatusForbidden
	}
	// What is shared above reaches everybody below; only an admin of that organization takes it away.
	sharedViews := func(admin, other int) func(cell) int {
		return func(c cell) int {
			switch {
			case c.place == "sibling":
				return http.StatusNotFound
			case c.is(policy.Admin) && c.inScope():
				return admin
			}
			return other
		}
	}
	const found, ok, forbidden, unauthorized = http.StatusFound, http.StatusOK, http.StatusForbidden, http.StatusUnauthorized
	rows := map[string]row{
		"GET /":                     {get("/"), always(ok), ok, forbidden, true},
		"GET /find":                 {get("/find?q=zzz"), always(http.StatusSeeOther), found, forbidden, true},
		"GET /devices":              {get("/devices"), always(ok), found, forbidden, true},
		"GET /devices/facets":       {get("/devices/facets"), always(http.StatusSeeOther), found, forbidden, true},
		"GET /devices/export.csv":   {get("/devices/export.csv"), exporters, found, forbidden, true},
		"GET /devices/export.jsonl": {get("/devices/export.jsonl"), exporters, found, forbidden, true},
		"GET /devices/views":        {get("/devices/views"), always(ok), found, forbidden, true},
		"GET /devices/views/new":    {get("/devices/views/new?active=true"), always(ok), found, forbidden, true},
		"POST /devices/views": {func(_ *portal, b *browser, _ string) answer {
			return b.post("/devices/views", url.Values{"name": {operation.NewID()}, "list": {"active=true"}})
		}, always(http.StatusSeeOther), unauthorized, forbidden, true},
		"GET /devices/views/:id": {func(p *portal, b *browser, place string) answer {
			return b.get("/devices/views/" + p.sharedView(place))
		}, sharedViews(ok, ok), found, forbidden, false},
		"POST /devices/views/:id": {func(p *portal, b *browser, place string) answer {
			return b.post("/devices/views/"+p.sharedView(place), url.Values{"name": {"theirs"}})
		}, sharedViews(forbidden, forbidden), unauthorized, forbidden, false},
		"POST /devices/views/:id/delete": {func(p *portal, b *browser, place string) answer {
			return b.post("/devices/views/"+p.sharedView(place)+"/delete", url.Values{})
		}, sharedViews(http.StatusSeeOther, forbidden), unauthorized, forbidden, false},
		"GET /devices/columns": {get("/devices/columns"), always(ok), found, forbidden, true},
		"POST /devices/columns": {func(_ *portal, b *browser, _ string) answer {
			return b.post("/devices/columns", url.Values{"order": {"guid"}, "column": {"guid"}})
		}, always(http.StatusSeeOther), unauthorized, forbidden, true},
		"GET /audit":           {get("/audit"), always(ok), found, forbidden, true},
		"GET /reference":       {get("/reference"), always(ok), found, forbidden, true},
		"GET /healthz":         {get("/healthz"), always(ok), ok, ok, true},
		"GET /readyz":          {get("/readyz"), always(ok), ok, ok, true},
		"GET /static/:file":    {get("/static/none.css"), always(http.StatusNotFound), http.StatusNotFound, http.StatusNotFound, true},
		"GET /auth/sign-in":    {get("/auth/sign-in"), always(found), found, found, true},
		"GET /auth/callback":   {get("/auth/callback?state=forged&code=x"), always(http.StatusUnprocessableEntity), http.StatusUnprocessableEntity, http.StatusUnprocessableEntity, true},
		"GET /auth/signed-out": {get("/auth/signed-out"), always(ok), ok, ok, true},
		"POST /auth/sign-out":  {func(p *portal, _ *browser, _ string) answer { return p.as("").post("/auth/sign-out", url.Values{}) }, always(ok), ok, ok, true},
		"POST /auth/backchannel-logout": {func(_ *portal, b *browser, _ string) answer {
			return b.post("/auth/backchannel-logout", url.Values{"logout_token": {"forged"}})
		}, always(http.StatusBadRequest), http.StatusBadRequest, http.StatusBadRequest, true},
		"GET /account/sessions": {get("/account/sessions"), always(ok), found, forbidden, true},
		"POST /account/sessions/end-others": {func(_ *portal, b *browser, _ string) answer {
			return b.post("/account/sessions/end-others", url.Values{})
		}, always(http.StatusSeeOther), unauthorized, forbidden, true},
		"POST /account/sessions/:ref/end": {func(p *portal, b *browser, place string) answer {
			return b.post("/account/sessions/"+p.guest(place).Reference()+"/end", url.Values{})
		}, always(http.StatusNotFound), unauthorized, forbidden, false},
		"GET /people": {get("/people"), func(c cell) int {
			if c.is(policy.Admin) {
				return ok
			}
			return forbidden
		}, found, forbidden, true},
		"GET /people/sign-out": {func(p *portal, b *browser, place string) answer {
			return b.get("/people/sign-out?person=" + url.QueryEscape(p.guest(place).Claims.Key()))
		}, adminsOnly(ok), found, forbidden, false},
		"POST /people/sign-out": {func(p *portal, b *browser, place string) answer {
			return b.post("/people/sign-out", url.Values{"person": {p.guest(place).Claims.Key()}, "reason": {"matrix"}})
		}, adminsOnly(http.StatusSeeOther), unauthorized, forbidden, false},
		"GET /audit/export.csv": {get("/audit/export.csv"), func(c cell) int {
			if c.is(policy.OrgManager, policy.Admin, policy.Auditor) {
				return ok
			}
			return forbidden
		}, found, forbidden, true},
		"POST /sync": {func(_ *portal, b *browser, _ string) answer { return b.post("/sync", url.Values{}) }, func(c cell) int {
			if c.is(policy.Admin) {
				return http.StatusSeeOther
			}
			return forbidden
		}, unauthorized, forbidden, true},
		"GET /devices/:guid":              {device(""), scoped(always(ok)), found, forbidden, false},
		"GET /devices/:guid/block":        {device("/block"), scoped(always(ok)), found, forbidden, false},
		"GET /devices/:guid/unblock":      {device("/unblock"), scoped(always(ok)), found, forbidden, false},
		"POST /devices/:guid/block":       {change("block", false), changers, unauthorized, forbidden, false},
		"POST /devices/:guid/unblock":     {change("unblock", true), changers, unauthorized, forbidden, false},
		"GET /devices/:guid/deauthorize":  {device("/deauthorize"), scoped(always(ok)), found, forbidden, false},
		"POST /devices/:guid/deauthorize": {deauthorize, changers, unauthorized, forbidden, false},
		"GET /devices/:guid/deactivate":   {device("/deactivate"), scoped(always(ok)), found, forbidden, false},
		"GET /devices/:guid/reactivate":   {device("/reactivate"), scoped(always(ok)), found, forbidden, false},
		"POST /devices/:guid/deactivate":  {activate("deactivate", true), only(policy.OrgManager, policy.Admin), unauthorized, forbidden, false},
		"POST /devices/:guid/reactivate":  {activate("reactivate", false), only(policy.OrgManager, policy.Admin), unauthorized, forbidden, false},
		"GET /devices/several": {func(p *portal, b *browser, place string) answer {
			return b.get("/devices/several?action=device.block&guid=" + p.device[place].GUID)
		}, scoped(always(ok)), found, forbidden, false},
		"POST /devices/several/block": {
			several("block", func(p *portal, guid string) error { return p.emulator.SetBlocked(guid, false) }), changers, unauthorized, forbidden, false,
		},
		"POST /devices/several/unblock": {
			several("unblock", func(p *portal, guid string) error { return p.emulator.SetBlocked(guid, true) }), changers, unauthorized, forbidden, false,
		},
		"POST /devices/several/deauthorize": {
			several("deauthorize", func(p *portal, guid string) error { return p.emulator.SetDeauthorized(guid, false) }), changers, unauthorized, forbidden, false,
		},
		"POST /devices/several/deactivate": {
			several("deactivate", func(p *portal, guid string) error { return p.emulator.SetActive(guid, true) }),
			only(policy.OrgManager, policy.Admin), unauthorized, forbidden, false,
		},
		"POST /devices/several/reactivate": {
			several("reactivate", func(p *portal, guid string) error { return p.emulator.SetActive(guid, false) }),
			only(policy.OrgManager, policy.Admin), unauthorized, forbidden, false,
		},
		"GET /requests/:id/targets.csv": {func(p *portal, b *browser, place string) answer {
			return b.get("/requests/" + p.askedFor(place) + "/targets.csv")
		}, auditors(ok), found, forbidden, false},
		"GET /organizations":               {get("/organizations"), always(ok), found, forbidden, true},
		"GET /organizations/:uid":          {organization(""), scoped(always(ok)), found, forbidden, false},
		"GET /organizations/:uid/children": {organization("/children"), scoped(always(http.StatusSeeOther)), found, forbidden, false},
		"GET /organizations/:uid/devices":  {organization("/devices"), scoped(always(ok)), found, forbidden, false},
		"GET /organizations/:uid/users":    {organization("/users"), scoped(always(ok)), found, forbidden, false},
		"GET /organizations/:uid/access":   {organization("/access"), scoped(always(ok)), found, forbidden, false},
		"GET /organizations/:uid/activity": {organization("/activity"), scoped(always(ok)), found, forbidden, false},
		"GET /users":                       {get("/users"), always(ok), found, forbidden, true},
		"GET /users/:uid": {func(p *portal, b *browser, place string) answer {
			return b.get("/users/" + p.userIn(place).UID)
		}, scoped(always(ok)), found, forbidden, false},
		"GET /organizations/:uid/block":    {organization("/block"), scoped(always(ok)), found, forbidden, false},
		"GET /organizations/:uid/unblock":  {organization("/unblock"), scoped(always(ok)), found, forbidden, false},
		"POST /organizations/:uid/block":   {changeOrg("block", false), orgChangers, unauthorized, forbidden, false},
		"POST /organizations/:uid/unblock": {changeOrg("unblock", true), orgChangers, unauthorized, forbidden, false},

		"GET /organizations/:uid/deactivate":  {organization("/deactivate"), scoped(always(ok)), found, forbidden, false},
		"GET /organizations/:uid/reactivate":  {organization("/reactivate"), scoped(always(ok)), found, forbidden, false},
		"POST /organizations/:uid/deactivate": {activateOrg("deactivate", true), only(policy.Admin), unauthorized, forbidden, false},
		"POST /organizations/:uid/reactivate": {activateOrg("reactivate", false), only(policy.Admin), unauthorized, forbidden, false},
		"GET /operations/:id": {func(p *portal, b *browser, place string) answer {
			return b.get("/operations/" + p.unknown(place))
		}, auditors(ok), found, forbidden, false},
		"POST /operations/:id/check": {func(p *portal, b *browser, place string) answer {
			return b.post("/operations/"+p.unknown(place)+"/check", url.Values{})
		}, auditors(http.StatusSeeOther), unauthorized, forbidden, false},
		"POST /operations/:id/settle": {func(p *portal, b *browser, place string) answer {
			return b.post("/operations/"+p.unknown(place)+"/settle", url.Values{"outcome": {"failed"}, "reason": {"matrix"}})
		}, scoped(func(c cell) int {
			switch c.role {
			case policy.Admin:
				return http.StatusSeeOther
			case policy.OrgManager, policy.Auditor:
				return forbidden
			case policy.Viewer, policy.HelpDesk:
			}
			return http.StatusNotFound
		}), unauthorized, forbidden, false},
	}
	maps.Copy(rows, requestRows(auditors, get))
	maps.Copy(rows, editRows())
	maps.Copy(rows, settingsRows())
	return rows
}

func TestMatrixIsComplete(t *testing.T) {
	t.Parallel()
	p := setup(t)
	rows := matrix()
	for _, r := range p.handlers.Routes() {
		name := r.Method + " " + r.Path
		if _, ok := rows[name]; !ok {
			t.Errorf("route %s has no row in the authorization matrix", name)
		}
		delete(rows, name)
	}
	for name := range rows {
		t.Errorf("the matrix has a row for %s, which is no route", name)
	}
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	for name, r := range matrix() {
		t.Run(strings.ReplaceAll(name, "/", "_"), func(t *testing.T) {
			t.Parallel()
			p := setup(t)
			visitor, stranger := p.as(""), p.as("nobody")
			if got := r.ask(p, visitor, "own"); got.status != r.visitor {
				t.Errorf("a visitor gets %d, want %d", got.status, r.visitor)
			}
			if got := r.ask(p, stranger, "own"); got.status != r.stranger {
				t.Errorf("somebody without a role gets %d, want %d", got.status, r.stranger)
			}
			for _, role := range policy.Roles {
				b := p.as(string(role))
				for _, place := range []string{"own", "child", "sibling", "parent"} {
					c := cell{role, place}
					before := p.changes()
					got := r.ask(p, b, place)
					if want := r.want(c); got.status != want {
						t.Errorf("%s held at own, target in %s: %d, want %d", role, place, got.status, want)
					}
					sent := p.changes() - before
					if allowed := got.status == http.StatusSeeOther && isChange(name) && !p.waits(got); (sent > 0) != allowed {
						t.Errorf("%s held at own, target in %s: answered %d and sent %d changes", role, place, got.status, sent)
					}
					if r.sameForAll {
						break
					}
				}
			}
		})
	}
}

// TestUnknownAddressesDoNotExist holds what is outside against what does not exist: byte for byte the same but for the request id.
func TestUnknownAddressesDoNotExist(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as(string(policy.OrgManager))
	strip := answer.timeless
	missing := b.get("/devices/4711")
	for _, path := range []string{
		"/devices/" + p.device["sibling"].GUID, "/devices/" + p.device["parent"].GUID + "/block", "/operations/" + p.unknown("sibling"),
		"/operations/" + operation.NewID(), "/operations/not-an-id",
		"/requests/" + p.askedFor("parent"), "/requests/" + p.askedFor("parent") + "/now", "/requests/" + operation.NewID(), "/requests/not-an-id", "/devices/%2e%2e%2fetc", "/devices/1%2F2", "/devices/" + strings.Repeat("9", 300), "/nowhere",
		"/organizations/" + p.fleet.Sibling.UID, "/organizations/" + p.fleet.Root.UID + "/children", "/organizations/4711", "/organizations/4711/access",
		"/organizations?within=" + p.fleet.Sibling.UID, "/organizations?q=a&within=4711", "/organizations?within=%2e%2e",
		"/organizations?open=none&toggle=" + p.fleet.Sibling.UID, "/organizations?toggle=" + p.fleet.Root.UID, "/organizations?toggle=4711", "/organizations?toggle=%2e%2e",
		"/users/" + p.userIn("sibling").UID, "/users/4711", "/users/%2e%2e", "/users/" + strings.Repeat("a", 65),
		"/organizations/" + p.fleet.Sibling.UID + "/block", "/organizations/" + p.fleet.Root.UID + "/unblock", "/organizations/4711/block",
		"/organizations/" + p.fleet.Sibling.UID + "/settings", "/organizations/" + p.fleet.Root.UID + "/settings/quota", "/organizations/4711/settings", "/organizations/" + p.fleet.Own.UID + "/settings/nothing",
		"/organizations/" + p.fleet.Own.UID + "/settings/set-%3Cb%3E", "/organizations/" + p.fleet.Root.UID + "/change-settings", "/organizations/" + p.fleet.Own.UID + "/change-settings?back=" + p.unknown("sibling"),
		"/organizations/" + p.fleet.Own.UID + "/change-settings?back=" + p.unknownOrg("own"), "/organizations/" + p.fleet.Own.UID + "/change-settings?rest=not-an-id",
		"/devices/" + p.device["sibling"].GUID + "/settings", "/devices/" + p.device["parent"].GUID + "/settings/defaults", "/devices/4711/settings/defaults", "/devices/" + p.device["sibling"].GUID + "/change-settings",
		"/organizations/%2e%2e/block", "/organizations/" + strings.Repeat("a", 65) + "/block", "/devices/" + p.device["sibling"].GUID + "/deauthorize",
	} {
		got := b.get(path)
		if got.status != http.StatusNotFound || strip(got) != strip(missing) {
			t.Errorf("%s differs from a device that does not exist (%d):\n%s", path, got.status, firstDifference(strip(got), strip(missing)))
		}
	}
}

func firstDifference(a, b string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("…%s\n…%s", a[max(0, i-40):min(len(a), i+80)], b[max(0, i-40):min(len(b), i+80)])
		}
	}
	return fmt.Sprintf("lengths %d and %d", len(a), len(b))
}
