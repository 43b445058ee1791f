package backup

import (
	"net/http"
	"strings"
)

const userBytes = 700 // about the size of a user on the wire

func foldName(username string) string { return strings.ToLower(username) }

// listUsers answers GET User (wire: section 4.1). An org stands for its whole subtree, as it does for devices.
func (s *Server) listUsers(c *call) answer {
	t := s.tenant
	keep := []func(*user) bool{}
	filter := func(name string, matches func(u *user, value string) bool) {
		if value := c.query.Get(name); value != "" {
			keep = append(keep, func(u *user) bool { return matches(u, value) })
		}
	}
	if uid := c.query.Get("orgUid"); uid != "" {
		org, ok := t.findOrgUID(uid)
		if !ok {
			return problem(http.StatusBadRequest, "SYSTEM", "Organization was not found")
		}
		keep = append(keep, func(u *user) bool { return t.within(u.org, org) })
	}
	if active := c.boolean("active"); active != nil {
		keep = append(keep, func(u *user) bool { return u.active == *active })
	}
	if blocked := c.boolean("blocked"); blocked != nil {
		keep = append(keep, func(u *user) bool { return u.blocked == *blocked })
	}
	filter("username", func(u *user, v string) bool { return strings.EqualFold(u.username, v) })
	filter("email", func(u *user, v string) bool { return strings.EqualFold(u.email, v) })
	filter("roleId", func(u *user, v string) bool {
		n, known := roleNumber(v)
		return known && u.roles.has(n)
	})
	filter("q", func(u *user, v string) bool { return u.mentions(strings.ToLower(v)) })

	skip, limit := c.page(s.options.MaxPageSize)
	var page []int32
	var total int64
next:
	for i := range t.users {
		for _, matches := range keep {
			if !matches(&t.users[i]) {
				continue next
			}
		}
		if total >= skip && total-skip < limit {
			page = append(page, int32(i))
		}
		total++
	}
	withRoles := c.isTrue("incRoles")
	return s.v1(c, len(page)*userBytes, func(w *document) {
		w.open('{')
		w.number("totalCount", total)
		w.key("users")
		w.open('[')
		for _, i := range page {
			t.appendUser(w, i, withRoles)
		}
		w.close(']')
		w.close('}')
	})
}

// mentions reports whether the text, in lower case, is part of a name or the e-mail address.
func (u *user) mentions(text string) bool {
	for _, field := range []*string{&u.username, &u.email, u.firstName, u.lastName} {
		if field != nil && strings.Contains(strings.ToLower(*field), text) {
			return true
		}
	}
	return false
}

// currentUser answers GET User/my, which knows nobody behind an API client (wire: section 1.3).
func (s *Server) currentUser(c *call) answer {
	if c.token.kind == tokenClient {
		return userNotFound()
	}
	return s.userAnswer(c, 0)
}

// getUser answers GET User/{id}, where id is a row number or, with idType=uid, a UID.
func (s *Server) getUser(c *call) answer {
	i, ok := s.tenant.findUser(c.ids[0], c.query.Get("idType"))
	if !ok {
		return userNotFound()
	}
	return s.userAnswer(c, i)
}

func (s *Server) userAnswer(c *call, i int32) answer {
	return s.v1(c, userBytes, func(w *document) { s.tenant.appendUser(w, i, c.isTrue("incRoles")) })
}

func (s *Server) blockUser(c *call) answer {
	return s.changeUserOf(c, func(u *user) { u.blocked = true })
}

func (s *Server) unblockUser(c *call) answer {
	return s.changeUserOf(c, func(u *user) { u.blocked = false })
}

// deactivateUser deactivates a user and their devices, unless they are on an active legal hold (wire: section 4.3).
func (s *Server) deactivateUser(c *call) answer {
	t := s.tenant
	i, ok := t.findUserUID(c.ids[0])
	if !ok {
		return userNotFound()
	}
	var body struct {
		Block *bool `json:"block"`
	}
	if err := c.decode(&body); err != nil {
		return badBody()
	}
	if t.users[i].active && t.users[i].onHold() {
		return activeLegalHold()
	}
	for _, d := range t.users[i].devices {
		t.changeDevice(d, s.now(), func(d *device) { d.set(flagActive, false) })
	}
	return s.changeUserOf(c, func(u *user) {
		u.active = false
		u.blocked = u.blocked || (body.Block != nil && *body.Block)
	})
}

// activateUser reactivates a user; the devices stay deactivated.
func (s *Server) activateUser(c *call) answer {
	var body struct {
		Unblock *bool `json:"unblock"`
	}
	if err := c.decode(&body); err != nil {
		return badBody()
	}
	return s.changeUserOf(c, func(u *user) {
		u.active = true
		u.blocked = u.blocked && (body.Unblock == nil || !*body.Unblock)
	})
}

// moveUser puts a user, and their devices, into another org, named by its row number.
func (s *Server) moveUser(c *call) answer {
	t := s.tenant
	i, ok := t.findUserUID(c.ids[0])
	if !ok {
		return userNotFound()
	}
	var body struct {
		OrgID *rowNumber `json:"orgId"`
	}
	if err := c.decode(&body); err != nil || body.OrgID == nil {
		return badBody()
	}
	to := int64(*body.OrgID) - firstOrgID
	if to < 0 || to >= int64(len(t.orgs)) {
		return marker(http.StatusBadRequest, "ORG_NOT_FOUND", "Organization was not found")
	}
	t.moveUser(i, int32(to), s.now())
	return empty()
}

func (s *Server) changeUserOf(c *call, change func(*user)) answer {
	i, ok := s.tenant.findUserUID(c.ids[0])
	if !ok {
		return userNotFound()
	}
	s.tenant.changeUser(i, s.now(), change)
	return empty()
}

// changeUser applies a change of state; one that alters nothing leaves the modification date alone.
func (t *tenant) changeUser(i int32, now int64, change func(*user)) {
	u := &t.users[i]
	active, blocked, roles := u.active, u.blocked, u.roles
	change(u)
	if u.active != active || u.blocked != blocked || u.roles != roles {
		u.modified = now
	}
}

// scimData answers what the identity provider is said to know about a user; its real form is unknown (wire: section 12).
func (s *Server) scimData(c *call) answer {
	i, ok := s.tenant.findUserUID(c.query.Get("userId"))
	if !ok {
		return userNotFound()
	}
	u := &s.tenant.users[i]
	return data(func(w *document) {
		w.open('{')
		w.digits("userId", u.uid)
		w.text("userName", u.username)
		w.text("division", companyName)
		w.text("department", s.tenant.orgs[u.org].name)
		w.null("title")
		w.text("employeeType", "Employee")
		w.null("manager")
		w.close('}')
	})
}

func (t *tenant) findUser(id, idType string) (int32, bool) {
	if strings.EqualFold(idType, "uid") {
		return t.findUserUID(id)
	}
	return rowIndex(id, firstUserID, len(t.users))
}

func (t *tenant) findUserUID(uid string) (int32, bool) {
	v, ok := parseDigits(uid)
	i, found := t.userByUID[v]
	return i, ok && found
}

func userNotFound() answer { return problem(http.StatusNotFound, "SYSTEM", "User not found") }

// appendUser writes a user object (wire: section 4.2).
func (t *tenant) appendUser(w *document, i int32, withRoles bool) {
	u := &t.users[i]
	w.open('{')
	w.number("userId", firstUserID+int64(i))
	w.digits("userUid", u.uid)
	w.text("status", status(u.active, u.blocked))
	w.text("username", u.username)
	w.text("email", u.email)
	w.textOrNull("firstName", u.firstName)
	w.textOrNull("lastName", u.lastName)
	w.number("quotaInBytes", u.quota)
	w.number("orgId", firstOrgID+int64(u.org))
	w.digits("orgUid", t.orgs[u.org].uid)
	w.text("orgName", t.orgs[u.org].name)
	w.null("userExtRef")
	w.textOrNull("notes", u.notes)
	w.boolean("active", u.active)
	w.boolean("blocked", u.blocked)
	w.boolean("emailPromo", false)
	w.boolean("invited", false)
	w.text("orgType", "ENTERPRISE")
	w.boolean("usernameIsAnEmail", true)
	w.date("creationDate", u.created)
	w.date("modificationDate", u.modified)
	w.boolean("passwordReset", false)
	w.boolean("localAuthenticationOnly", false)
	w.raw("licenses", "[]")
	if withRoles {
		w.key("roles")
		w.open('[')
		for n, r := range roleList() {
			if u.roles.has(n) {
				w.element(r.name)
			}
		}
		w.close(']')
	}
	w.close('}')
}
