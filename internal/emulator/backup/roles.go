package backup

import "net/http"

// roleSet holds the roles of a user, one bit each in the order of roleList.
type roleSet uint8

const (
	roleDesktopUser roleSet = 1 << iota
	roleProEUser
	roleCloudAdmin
	roleAlertEmails
)

const roleCount = 4

type role struct{ id, name, permission, description string }

// roleList is every role the vendor's clients know by name (wire: section 4.2).
func roleList() [roleCount]role {
	return [...]role{
		{"desktop-user", "Desktop User", "cpd.login", "Sign in to the desktop app"},
		{"proe-user", "PROe User", "console.login", "Sign in to the console"},
		{"customer-cloud-admin", "Customer Cloud Admin", "allorgs.update", "Change all organizations"},
		{"alert-emails", "Alert Emails", "alerts.receive", "Receive alert e-mails"},
	}
}

func (r roleSet) has(n int) bool { return r&(1<<n) != 0 }

// listRoles answers GET role: all roles there are.
func (s *Server) listRoles(c *call) answer {
	t := s.tenant
	var holders [roleCount]int64
	for i := range t.users {
		for n := range holders {
			if t.users[i].roles.has(n) {
				holders[n]++
			}
		}
	}
	return s.v1(c, 0, func(w *document) {
		w.open('[')
		for n, r := range roleList() {
			w.open('{')
			w.text("roleId", r.id)
			w.text("roleName", r.name)
			w.number("numberOfUsers", holders[n])
			t.appendRoleDates(w)
			w.key("permissions")
			w.open('[')
			w.open('{')
			w.text("permission", r.permission)
			w.text("description", r.description)
			w.close('}')
			w.close(']')
			w.close('}')
		}
		w.close(']')
	})
}

func (t *tenant) appendRoleDates(w *document) {
	created := t.base.UnixMilli() - 2500*dayMillis
	w.date("creationDate", created)
	w.date("modificationDate", created)
}

// getUserRoles answers GET users/{uid}/roles.
func (s *Server) getUserRoles(c *call) answer {
	i, ok := s.tenant.findUserUID(c.ids[0])
	if !ok {
		return userNotFound()
	}
	return s.userRolesAnswer(i)
}

func (s *Server) userRolesAnswer(i int32) answer {
	return data(func(w *document) {
		w.open('[')
		for n, r := range roleList() {
			if !s.tenant.users[i].roles.has(n) {
				continue
			}
			w.open('{')
			w.text("roleId", r.id)
			w.text("roleName", r.name)
			s.tenant.appendRoleDates(w)
			w.key("permissionIds")
			w.open('[')
			w.element(r.permission)
			w.close(']')
			w.close('}')
		}
		w.close(']')
	})
}

// setUserRoles replaces the roles of a user; a role named twice counts once.
func (s *Server) setUserRoles(c *call) answer {
	i, ok := s.tenant.findUserUID(c.ids[0])
	if !ok {
		return userNotFound()
	}
	var body struct {
		IDs *[]string `json:"roleIds"`
	}
	if err := c.decode(&body); err != nil || body.IDs == nil {
		return badBody()
	}
	var roles roleSet
	for _, id := range *body.IDs {
		n, known := roleNumber(id)
		if !known {
			return marker(http.StatusBadRequest, "ROLE_NOT_FOUND", "There is no such role")
		}
		roles |= 1 << n
	}
	s.tenant.changeUser(i, s.now(), func(u *user) { u.roles = roles })
	return s.userRolesAnswer(i)
}

func roleNumber(id string) (int, bool) {
	for n, r := range roleList() {
		if r.id == id {
			return n, true
		}
	}
	return 0, false
}
