package backup

import (
	"net/http"
	"strings"
	"unicode/utf8"
)

const orgBytes = 1_300 // about the size of an org on the wire

// listOrgs answers GET Org, the root first, then in the order of creation (wire: section 3.1).
func (s *Server) listOrgs(c *call) answer {
	t, active := s.tenant, c.boolean("active")
	blocked := c.boolean("blocked")
	skip, limit := c.page(s.options.MaxPageSize)
	var page []int32
	var total int64
	for i := range t.orgs {
		o := &t.orgs[i]
		if (active != nil && *active != o.active) || (blocked != nil && *blocked != o.blocked) {
			continue
		}
		if total >= skip && total-skip < limit {
			page = append(page, int32(i))
		}
		total++
	}
	with := orgParts{counts: c.isTrue("incCounts")}
	return s.v1(c, len(page)*orgBytes, func(w *document) {
		w.open('{')
		w.number("totalCount", total)
		w.key("orgs")
		w.open('[')
		for _, i := range page {
			t.appendOrg(w, i, with)
		}
		w.close(']')
		w.close('}')
	})
}

// currentOrg answers GET Org/my, which fails for API clients (wire: section 1.3).
func (s *Server) currentOrg(c *call) answer {
	if c.token.kind == tokenClient {
		return problem(http.StatusInternalServerError, "SYSTEM", "An error occurred")
	}
	return s.v1(c, orgBytes, func(w *document) { s.tenant.appendOrg(w, s.tenant.users[0].org, c.orgParts()) })
}

// getOrgByNumber answers GET Org/{id}, where id is a row number or, with idType=orgUid or uid, a UID.
func (s *Server) getOrgByNumber(c *call) answer {
	i, ok := s.findOrg(c)
	if !ok {
		return problem(http.StatusNotFound, "SYSTEM", "Unable to find org")
	}
	return s.v1(c, orgBytes, func(w *document) { s.tenant.appendOrg(w, i, c.orgParts()) })
}

func (s *Server) findOrg(c *call) (int32, bool) {
	if kind := c.query.Get("idType"); strings.EqualFold(kind, "uid") || strings.EqualFold(kind, "orgUid") {
		return s.tenant.findOrgUID(c.ids[0])
	}
	return rowIndex(c.ids[0], firstOrgID, len(s.tenant.orgs))
}

// getOrg answers GET orgs/{guid} of v3.
func (s *Server) getOrg(c *call) answer {
	i, ok := s.tenant.orgByGUID[c.ids[0]]
	if !ok {
		return orgNotFound()
	}
	return s.orgAnswer(c, i)
}

func (s *Server) orgAnswer(c *call, i int32) answer {
	return data(func(w *document) { s.tenant.appendOrg(w, i, c.orgParts()) })
}

// orgBody is what creating and updating send; null means unset or unchanged.
type orgBody struct {
	Name   *string `json:"orgName"`
	ExtRef *string `json:"orgExtRef"`
	Notes  *string `json:"notes"`
	Parent *string `json:"parentOrgGuid"`
}

// createOrg answers 200, not 201 (wire: section 0). The vendor's own clients send a request again that failed, and
// nothing is known of a v3 answer to a name taken twice, so that equal names are let through.
func (s *Server) createOrg(c *call) answer {
	t := s.tenant
	var body orgBody
	if err := c.decode(&body); err != nil {
		return badBody()
	}
	if failed := checkOrgName(body.Name, true); failed != nil {
		return *failed
	}
	if body.Parent == nil {
		return marker(http.StatusBadRequest, "PARENT_ORG_MISSING", "A parent org is needed")
	}
	parent, ok := t.orgByGUID[*body.Parent]
	switch {
	case !ok:
		return orgNotFound()
	case !t.orgs[parent].active:
		return marker(http.StatusBadRequest, "PARENT_ORG_NOT_ACTIVE", "The parent org is not active")
	case t.orgs[parent].blocked:
		return marker(http.StatusBadRequest, "PARENT_ORG_BLOCKED", "The parent org is blocked")
	}
	i := t.addOrg(*body.Name, parent, t.orgs[parent].code)
	o := &t.orgs[i]
	o.extRef, o.notes = body.ExtRef, body.Notes
	o.created, o.modified = s.now(), s.now()
	t.indexTree()
	return s.orgAnswer(c, i)
}

func (s *Server) updateOrg(c *call) answer {
	i, ok := s.tenant.orgByGUID[c.ids[0]]
	if !ok {
		return orgNotFound()
	}
	var body orgBody
	if err := c.decode(&body); err != nil {
		return badBody()
	}
	if failed := checkOrgName(body.Name, false); failed != nil {
		return *failed
	}
	o := &s.tenant.orgs[i]
	if body.Name != nil {
		o.name = *body.Name
	}
	if body.ExtRef != nil {
		o.extRef = body.ExtRef
	}
	if body.Notes != nil {
		o.notes = body.Notes
	}
	o.modified = s.now()
	return s.orgAnswer(c, i)
}

func checkOrgName(name *string, needed bool) *answer {
	const shortest = 2
	switch {
	case name == nil && !needed:
		return nil
	case name == nil || strings.TrimSpace(*name) == "":
		return new(marker(http.StatusBadRequest, "ORG_NAME_MISSING", "An org needs a name"))
	case utf8.RuneCountInString(*name) < shortest:
		return new(marker(http.StatusBadRequest, "ORG_NAME_TOO_SHORT", "The name of the org is too short"))
	default:
		return nil
	}
}

// blockOrg blocks the org and everything below it, its users too, and signs their devices out; backups go on
// (wire: section 3.1).
func (s *Server) blockOrg(c *call) answer {
	return s.changeOrgs(c, func(i int32, now int64) {
		t := s.tenant
		t.changeOrg(i, now, func(o *org) { o.blocked = true })
		for _, d := range t.orgs[i].devices {
			t.changeDevice(d, now, func(d *device) { d.set(flagDeauthorized, d.is(flagDeauthorized|flagActive)) })
		}
	}, func(u *user) { u.blocked = true })
}

// unblockOrg lifts the block from the org and everything below it; the users stay blocked one by one.
func (s *Server) unblockOrg(c *call) answer {
	return s.changeOrgs(c, func(i int32, now int64) {
		s.tenant.changeOrg(i, now, func(o *org) { o.blocked = false })
	}, nil)
}

// deactivateOrg deactivates the org and everything below it, users and devices too. A custodian of an active legal hold
// among them prevents all of it.
func (s *Server) deactivateOrg(c *call) answer {
	t := s.tenant
	if i, ok := t.orgByGUID[c.ids[0]]; ok {
		for u := range t.users {
			if t.users[u].onHold() && t.users[u].active && t.within(t.users[u].org, i) {
				return activeLegalHold()
			}
		}
	}
	return s.changeOrgs(c, func(i int32, now int64) {
		t.changeOrg(i, now, func(o *org) {
			if o.active {
				o.active, o.deactivated = false, now
			}
		})
		for _, d := range t.orgs[i].devices {
			t.changeDevice(d, now, func(d *device) { d.set(flagActive, false) })
		}
	}, func(u *user) { u.active = false })
}

// activateOrg reactivates the one org; what was deactivated with it stays as it is and backups do not start again.
func (s *Server) activateOrg(c *call) answer {
	t := s.tenant
	i, ok := t.orgByGUID[c.ids[0]]
	if !ok {
		return orgNotFound()
	}
	if parent := t.orgs[i].parent; parent >= 0 && !t.orgs[parent].active {
		return marker(http.StatusBadRequest, "PARENT_ORG_NOT_ACTIVE", "The parent org is not active")
	}
	t.changeOrg(i, s.now(), func(o *org) { o.active, o.deactivated = true, 0 })
	return empty()
}

// changeOrgs applies a change to the org of the call and to each below it, and another to all users there.
func (s *Server) changeOrgs(c *call, change func(i int32, now int64), changeUser func(*user)) answer {
	t := s.tenant
	top, ok := t.orgByGUID[c.ids[0]]
	if !ok {
		return orgNotFound()
	}
	now := s.now()
	for _, i := range t.subtree(top) {
		change(i, now)
	}
	for i := range t.users {
		if changeUser != nil && t.within(t.users[i].org, top) {
			t.changeUser(int32(i), now, changeUser)
		}
	}
	return empty()
}

// changeOrg applies a change of state; one that alters nothing leaves the modification date alone.
func (t *tenant) changeOrg(i int32, now int64, change func(*org)) {
	o := &t.orgs[i]
	active, blocked := o.active, o.blocked
	change(o)
	if o.active != active || o.blocked != blocked {
		o.modified = now
	}
}

func (t *tenant) findOrgUID(uid string) (int32, bool) {
	v, ok := parseDigits(uid)
	i, found := t.orgByUID[v]
	return i, ok && found
}

func orgNotFound() answer { return marker(http.StatusNotFound, "ORG_NOT_FOUND", "Unable to find org") }
