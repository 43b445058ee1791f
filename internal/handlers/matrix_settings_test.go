package handlers_test

import (
	"net/http"
	"net/url"
	"strconv"

	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/internal/settings"
)

// orgSheet is what an organization has set now, whoever may see it.
func (p *portal) orgSheet(uid string) settings.Sheet {
	p.t.Helper()
	read, err := p.mirror.Settings(p.t.Context(), inventory.Everything(), uid)
	must(p.t, err)
	must(p.t, read.Failure)
	return read.Sheet
}

// deviceSheet is what a device has set now.
func (p *portal) deviceSheet(guid string) settings.Sheet {
	p.t.Helper()
	read, err := p.mirror.DeviceSettings(p.t.Context(), inventory.Everything(), guid)
	must(p.t, err)
	must(p.t, read.Failure)
	return read.Sheet
}

// own is what a document itself holds.
func own(p *portal, sheet settings.Sheet, k settings.Key) string {
	p.t.Helper()
	v, ok := sheet.Value(k)
	if !ok {
		p.t.Fatalf("there is no %s", k)
	}
	return v.Own
}

// changing is the form of a review that makes a number one larger than it is.
func changing(p *portal, sheet settings.Sheet, k settings.Key) url.Values {
	p.t.Helper()
	was := own(p, sheet, k)
	n, err := strconv.Atoi(was)
	must(p.t, err)
	form := url.Values{"operation": {operation.NewID()}, "reason": {"matrix"}}
	for name, value := range (settings.Changes{{Key: k, From: was, To: strconv.Itoa(n + 1)}}).Params() {
		form.Set("change."+name, value)
	}
	return form
}

// settingsRows are the rows of the pages and forms of settings.
func settingsRows() map[string]row {
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
	scoped := func(manager, other int) func(cell) int {
		return func(c cell) int {
			switch {
			case !c.inScope():
				return http.StatusNotFound
			case c.is(policy.OrgManager, policy.Admin):
				return manager
			}
			return other
		}
	}
	everybody, managers := scoped(ok, ok), scoped(http.StatusSeeOther, forbidden)
	const orgKey, deviceKey = settings.Key("restore.webRestoreUserLimitMb"), settings.Key("defaults.minutesUntilWarning")
	return map[string]row{
		"GET /organizations/:uid/settings":        {org("/settings"), everybody, found, forbidden, false},
		"GET /organizations/:uid/settings/:group": {org("/settings/restore"), everybody, found, forbidden, false},
		"POST /organizations/:uid/settings/:group": {func(p *portal, b *browser, place string) answer {
			return b.post("/organizations/"+p.org(place).UID+"/settings/restore", url.Values{"review": {"1"}, "was." + string(orgKey): {"1"}, "v." + string(orgKey): {"none"}})
		}, scoped(http.StatusUnprocessableEntity, forbidden), unauthorized, forbidden, false},
		"GET /organizations/:uid/change-settings": {org("/change-settings"), scoped(http.StatusSeeOther, http.StatusSeeOther), found, forbidden, false},
		"POST /organizations/:uid/change-settings": {func(p *portal, b *browser, place string) answer {
			uid := p.org(place).UID
			return b.takenBack(b.post("/organizations/"+uid+"/change-settings", changing(p, p.orgSheet(uid), orgKey)))
		}, managers, unauthorized, forbidden, false},
		"GET /devices/:guid/settings":        {device("/settings"), everybody, found, forbidden, false},
		"GET /devices/:guid/settings/:group": {device("/settings/defaults"), everybody, found, forbidden, false},
		"POST /devices/:guid/settings/:group": {func(p *portal, b *browser, place string) answer {
			return b.post("/devices/"+p.device[place].GUID+"/settings/defaults", url.Values{"review": {"1"}, "was." + string(deviceKey): {"1"}, "v." + string(deviceKey): {"none"}})
		}, scoped(http.StatusUnprocessableEntity, forbidden), unauthorized, forbidden, false},
		"GET /devices/:guid/change-settings": {device("/change-settings"), scoped(http.StatusSeeOther, http.StatusSeeOther), found, forbidden, false},
		"POST /devices/:guid/change-settings": {func(p *portal, b *browser, place string) answer {
			guid := p.device[place].GUID
			return b.takenBack(b.post("/devices/"+guid+"/change-settings", changing(p, p.deviceSheet(guid), deviceKey)))
		}, managers, unauthorized, forbidden, false},
	}
}
