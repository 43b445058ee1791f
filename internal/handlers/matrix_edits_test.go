package handlers_test

import (
	"net/http"
	"net/url"

	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// editRows are the rows of what is edited, created and read about settings, but for the forms of the settings themselves.
func editRows() map[string]row {
	const found, ok, forbidden, unauthorized = http.StatusFound, http.StatusOK, http.StatusForbidden, http.StatusUnauthorized
	org := func(suffix string) func(*portal, *browser, string) answer {
		return func(p *portal, b *browser, place string) answer {
			return b.get("/organizations/" + p.org(place).UID + suffix)
		}
	}
	device := func(suffix string) func(*portal, *browser, string) answer {
		return func(p *portal, b *browser, place string) answer {
			return b.get("/devices/" + p.device[place].GUID + suffix)
		}
	}
	scoped := func(allowed int, other int, roles ...policy.Role) func(cell) int {
		return func(c cell) int {
			switch {
			case !c.inScope():
				return http.StatusNotFound
			case c.is(roles...):
				return allowed
			}
			return other
		}
	}
	everybody := scoped(ok, ok)
	managers := scoped(http.StatusSeeOther, forbidden, policy.OrgManager, policy.Admin)
	helpers := scoped(http.StatusSeeOther, forbidden, policy.HelpDesk, policy.OrgManager, policy.Admin)
	form := func(extra url.Values) url.Values {
		id := operation.NewID()
		values := url.Values{"operation": {id}, "reason": {"matrix"}, "param.name": {"Matrix " + id}}
		for name, value := range extra {
			values[name] = value
		}
		return values
	}
	drifted := func(p *portal, place string) string {
		guid := p.device[place].GUID
		must(p.t, p.emulator.FollowOrg(guid))
		must(p.t, p.emulator.DriftDevice(guid, "7200", "minutesUntilWarning"))
		return guid
	}
	return map[string]row{
		"POST /organizations/:uid/registration-key": {func(p *portal, b *browser, place string) answer {
			return b.post("/organizations/"+p.org(place).UID+"/registration-key", url.Values{})
		}, scoped(ok, forbidden, policy.OrgManager, policy.Admin), unauthorized, forbidden, false},
		"GET /organizations/:uid/full-disk-access":            {org("/full-disk-access?below=true"), everybody, found, forbidden, false},
		"GET /organizations/:uid/full-disk-access/export.csv": {org("/full-disk-access/export.csv"), scoped(ok, forbidden, policy.OrgManager, policy.Admin, policy.Auditor), found, forbidden, false},
		"GET /organizations/:uid/drift":                       {org("/drift?below=true"), everybody, found, forbidden, false},
		"GET /organizations/:uid/drift/export.csv":            {org("/drift/export.csv"), scoped(ok, forbidden, policy.OrgManager, policy.Admin, policy.Auditor), found, forbidden, false},
		"GET /organizations/:uid/settings/copy": {func(p *portal, b *browser, place string) answer {
			return b.get("/organizations/" + p.org(place).UID + "/settings/copy?from=" + p.org("child").UID)
		}, func(c cell) int {
			switch {
			case !c.inScope():
				return http.StatusNotFound
			case c.place == "child": // from itself
				return http.StatusUnprocessableEntity
			}
			return ok
		}, found, forbidden, false},
		"POST /organizations/:uid/settings/copy": {func(p *portal, b *browser, place string) answer {
			return b.post("/organizations/"+p.org(place).UID+"/settings/copy", url.Values{"from": {p.fleet.Own.UID}, "group": {"quota"}})
		}, func(c cell) int {
			switch {
			case !c.inScope():
				return http.StatusNotFound
			case !c.is(policy.OrgManager, policy.Admin):
				return forbidden
			case c.place == "own":
				return http.StatusUnprocessableEntity
			}
			return ok
		}, unauthorized, forbidden, false},
		"GET /organizations/:uid/edit":   {org("/edit"), everybody, found, forbidden, false},
		"GET /organizations/:uid/create": {org("/create"), everybody, found, forbidden, false},
		"POST /organizations/:uid/edit": {func(p *portal, b *browser, place string) answer {
			return b.post("/organizations/"+p.org(place).UID+"/edit", form(nil))
		}, managers, unauthorized, forbidden, false},
		"POST /organizations/:uid/create": {func(p *portal, b *browser, place string) answer {
			return b.post("/organizations/"+p.org(place).UID+"/create", form(nil))
		}, managers, unauthorized, forbidden, false},
		"GET /devices/:guid/edit":    {device("/edit"), everybody, found, forbidden, false},
		"GET /devices/:guid/upgrade": {device("/upgrade"), everybody, found, forbidden, false},
		"GET /devices/:guid/follow":  {device("/follow"), everybody, found, forbidden, false},
		"POST /devices/:guid/edit": {func(p *portal, b *browser, place string) answer {
			return b.post("/devices/"+p.device[place].GUID+"/edit", form(nil))
		}, helpers, unauthorized, forbidden, false},
		"POST /devices/:guid/upgrade": {func(p *portal, b *browser, place string) answer {
			return b.post("/devices/"+p.device[place].GUID+"/upgrade", form(nil))
		}, helpers, unauthorized, forbidden, false},
		"POST /devices/:guid/follow": {func(p *portal, b *browser, place string) answer {
			return b.takenBack(b.post("/devices/"+drifted(p, place)+"/follow", form(nil)))
		}, managers, unauthorized, forbidden, false},
		"POST /devices/several/upgrade": {func(p *portal, b *browser, place string) answer {
			return b.post("/devices/several/upgrade", form(url.Values{"guid": {p.device[place].GUID}}))
		}, helpers, unauthorized, forbidden, false},
		"POST /devices/several/follow": {func(p *portal, b *browser, place string) answer {
			return b.takenBack(b.post("/devices/several/follow", form(url.Values{"guid": {drifted(p, place)}})))
		}, managers, unauthorized, forbidden, false},
	}
}
