package handlers_test

import (
	"net/http"
	"net/url"

	"backup-portal/internal/policy"
)

// requestRows are the rows of the pages of requests: one of the root's admin, about the place's device.
func requestRows(auditors func(status int) func(cell) int, get func(path string) func(*portal, *browser, string) answer) map[string]row {
	const found, forbidden, unauthorized = http.StatusFound, http.StatusForbidden, http.StatusUnauthorized
	read := func(suffix string) row {
		return row{func(p *portal, b *browser, place string) answer {
			return b.get("/requests/" + p.askedFor(place) + suffix)
		}, auditors(http.StatusOK), found, forbidden, false}
	}
	post := func(form string, want func(cell) int) row {
		return row{func(p *portal, b *browser, place string) answer {
			id := p.askedFor(place)
			r, err := p.store.Request(p.t.Context(), id)
			must(p.t, err)
			return b.post("/requests/"+id+"/"+form, url.Values{"vote": {"deny"}, "reason": {"matrix"}, "digest": {r.Digest}})
		}, want, unauthorized, forbidden, false}
	}
	// Who may read it without the right to ask for it has no vote.
	voters := func(c cell) int {
		if c.is(policy.Auditor) && c.inScope() {
			return forbidden
		}
		return auditors(http.StatusSeeOther)(c)
	}
	return map[string]row{
		"GET /requests":               {get("/requests"), func(cell) int { return http.StatusOK }, found, forbidden, true},
		"GET /requests/:id":           read(""),
		"GET /requests/:id/now":       read("/now"),
		"POST /requests/:id/vote":     post("vote", voters),
		"POST /requests/:id/withdraw": post("withdraw", auditors(forbidden)),
		"POST /requests/:id/stop":     post("stop", auditors(http.StatusConflict)),
		"POST /requests/:id/continue": post("continue", auditors(http.StatusConflict)),
		"POST /requests/:id/finish":   post("finish", auditors(http.StatusConflict)),
	}
}
