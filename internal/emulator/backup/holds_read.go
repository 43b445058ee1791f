package backup

import (
	"math"
	"net/http"
	"strings"
)

// form tells which way a legal-hold request was put.
func (c *call) form() holdForm {
	switch {
	case strings.Contains(c.path, "/v27/"):
		return holdArrays
	case strings.Contains(c.path, "/v38/"):
		return holdObjects
	default:
		return holdV1
	}
}

// by is who makes the request.
func (s *Server) by(c *call) principal {
	if c.token.kind == tokenClient {
		return principal{client: s.options.ClientID}
	}
	return principal{}
}

// holdAnswer writes what the function writes in the envelope of the request's dialect.
func (s *Server) holdAnswer(c *call, write func(*document)) answer {
	if c.form() == holdV1 {
		return s.v1(c, 0, write)
	}
	return data(write)
}

// holdList writes rows as the dialect wants them: under a name, or bare.
func (s *Server) holdList(c *call, name, v1Name string, rows []int32, appendRow func(*document, int32)) answer {
	skip, limit := c.holdPage()
	rows = rows[min(skip, int64(len(rows))):]
	rows = rows[:min(limit, int64(len(rows)))]
	return s.holdAnswer(c, func(w *document) {
		form := c.form()
		if form == holdV1 {
			name = v1Name
		}
		named := form != holdArrays && name != ""
		if named {
			w.open('{')
			w.key(name)
		}
		w.open('[')
		for _, i := range rows {
			appendRow(w, i)
		}
		w.close(']')
		if named {
			w.close('}')
		}
	})
}

// holdPage reads the page under the names of either dialect. It is never capped: the vendor's clients see only the first
// page of the newer lists (wire: section 5.2).
func (c *call) holdPage() (skip, limit int64) {
	if c.query.Has("page") || c.query.Has("pageSize") {
		paged := *c
		paged.query = map[string][]string{"pgNum": {c.query.Get("page")}, "pgSize": {c.query.Get("pageSize")}}
		return paged.page(math.MaxInt32)
	}
	return c.page(math.MaxInt32)
}

// wantsActive reads the filter on the state in all its forms (wire: section 5.1); nil is everything.
func (c *call) wantsActive() *bool {
	word := c.query.Get("active")
	if c.form() == holdV1 {
		word = c.query.Get("activeState")
	}
	switch strings.ToLower(word) {
	case "true", "active":
		return new(true)
	case "false", "inactive":
		return new(false)
	default:
		return nil
	}
}

func (s *Server) viewPolicy(c *call) answer {
	i, ok := s.tenant.findPolicy(c.query.Get("legalHoldPolicyUid"))
	if !ok {
		return noSuchHold()
	}
	return data(func(w *document) { s.tenant.appendPolicy(w, i) })
}

func (s *Server) listPolicies(c *call) answer {
	rows := make([]int32, len(s.tenant.holds.policies))
	for i := range rows {
		rows[i] = int32(i)
	}
	return s.holdList(c, "legalHoldPolicies", "legalHoldPolicies", rows, s.tenant.appendPolicy)
}

// viewMatter answers legal-hold-matter/view, and GET LegalHold/{uid} of v1.
func (s *Server) viewMatter(c *call) answer {
	uid := c.query.Get("legalHoldUid")
	if len(c.ids) > 0 {
		uid = c.ids[0]
	}
	i, ok := s.tenant.findMatter(uid)
	if !ok {
		return noSuchHold()
	}
	return s.holdAnswer(c, func(w *document) { s.tenant.appendMatter(w, i, c.form()) })
}

func (s *Server) listMatters(c *call) answer {
	creator, reference := c.query.Get("creatorPrincipalId"), c.query.Get("externalReference")
	if c.form() == holdV1 {
		creator, reference = c.query.Get("creatorUserUid"), c.query.Get("holdExtRef")
	}
	active, name := c.wantsActive(), c.query.Get("name")
	var rows []int32
	for i := range s.tenant.holds.matters {
		m := &s.tenant.holds.matters[i]
		if (active == nil || *active == m.active) && containsFold(m.name, name) &&
			(creator == "" || s.tenant.names(m.creator, creator)) && (reference == "" || orEmpty(m.extRef) == reference) {
			rows = append(rows, int32(i))
		}
	}
	form := c.form()
	return s.holdList(c, "matters", "legalHolds", rows, func(w *document, i int32) { s.tenant.appendMatter(w, i, form) })
}

func (s *Server) listMemberships(c *call) answer {
	t := s.tenant
	uid, matterUID, userUID, person := c.query.Get("legalHoldMembershipUid"), c.query.Get("legalHoldUid"), c.query.Get("userUid"), c.query.Get("user")
	if uid == "" && matterUID == "" && userUID == "" && person == "" {
		return problem(http.StatusBadRequest, "SYSTEM", "At least one criteria must be specified; holdMembershipUid, holdUid, userUid, or userSearch")
	}
	if _, ok := t.findMatter(matterUID); matterUID != "" && !ok {
		return noSuchHold()
	}
	active := c.wantsActive()
	var rows []int32
	for i := range t.holds.memberships {
		m := &t.holds.memberships[i]
		if (active == nil || *active == m.active) && (uid == "" || formatDigits(m.uid) == uid) &&
			(matterUID == "" || formatDigits(t.holds.matters[m.matter].uid) == matterUID) &&
			(userUID == "" || formatDigits(t.users[m.user].uid) == userUID) &&
			(person == "" || t.users[m.user].mentions(strings.ToLower(person))) {
			rows = append(rows, int32(i))
		}
	}
	return s.holdList(c, "memberships", "legalHoldMemberships", rows, t.appendMembership)
}

// listHoldEvents answers a bare list in the newest version and none in v27 (wire: section 5.1).
func (s *Server) listHoldEvents(c *call) answer {
	t, form := s.tenant, c.form()
	if form == holdArrays {
		return problem(http.StatusNotFound, "SYSTEM", "Resource not found")
	}
	matterUID := c.query.Get("legalHoldUid")
	if _, ok := t.findMatter(matterUID); matterUID != "" && !ok {
		return noSuchHold()
	}
	from, to := c.query.Get("minEventDate"), c.query.Get("maxEventDate")
	var rows []int32
	for i := range t.holds.events {
		e := &t.holds.events[i]
		at := string(appendDate(nil, e.at)) // of one form, so that text compares as time does
		if (matterUID == "" || formatDigits(t.holds.matters[e.matter].uid) == matterUID) && (from == "" || at >= from) && (to == "" || at <= to) {
			rows = append(rows, int32(i))
		}
	}
	return s.holdList(c, "", "legalHoldEvents", rows, func(w *document, i int32) { t.appendHoldEvent(w, i, form) })
}

// noSuchHold is what an id that names nothing, or nothing that the caller may see, is answered with (wire: section 5.3).
func noSuchHold() answer {
	return marker(http.StatusForbidden, "FORBIDDEN", "Not found, or no permission")
}
