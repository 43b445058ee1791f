package backup

import (
	"net/http"
	"strings"
)

// userBody is what creating and updating a user send; null means unset or unchanged.
type userBody struct {
	OrgUID    *string `json:"orgUid"`
	Username  *string `json:"username"`
	Email     *string `json:"email"`
	Password  *string `json:"password"`
	FirstName *string `json:"firstName"`
	LastName  *string `json:"lastName"`
	Notes     *string `json:"notes"`
	Quota     *int64  `json:"quotaInBytes"`
}

// createUser answers 200, not 201; invalid values answer 500 (wire: section 4.3).
func (s *Server) createUser(c *call) answer {
	t := s.tenant
	var body userBody
	if err := c.decode(&body); err != nil {
		return badBody()
	}
	if body.OrgUID == nil {
		return problem(http.StatusBadRequest, "SYSTEM", "Organization was not found")
	}
	org, ok := t.findOrgUID(*body.OrgUID)
	switch {
	case !ok:
		return problem(http.StatusBadRequest, "SYSTEM", "Organization was not found")
	case body.Username == nil:
		return invalidUser("INVALID_USERNAME")
	case !t.orgs[org].active:
		return problem(http.StatusBadRequest, "ORG_NOT_ACTIVE", "The organization is not active")
	case t.orgs[org].blocked:
		return problem(http.StatusBadRequest, "ORG_BLOCKED", "A blocked organization takes no new users")
	}
	if failed := body.check(1); failed != nil {
		return *failed
	}
	if _, taken := t.userByName[foldName(*body.Username)]; taken {
		return invalidUser("USER_DUPLICATE")
	}
	u := user{
		org: org, username: *body.Username, firstName: body.FirstName, lastName: body.LastName, notes: body.Notes,
		quota: quotaNone, roles: roleDesktopUser | roleProEUser, active: true, created: s.now(), modified: s.now(),
	}
	if body.Email != nil {
		u.email = *body.Email
	}
	return s.userAnswer(c, t.addUser(u))
}

// updateUser answers PUT User/{id}: what is null stays as it is.
func (s *Server) updateUser(c *call) answer {
	const shortestPassword = 8
	t := s.tenant
	i, ok := t.findUser(c.ids[0], c.query.Get("idType"))
	if !ok {
		return userNotFound()
	}
	var body userBody
	if err := c.decode(&body); err != nil {
		return badBody()
	}
	if failed := body.check(shortestPassword); failed != nil {
		return *failed
	}
	u := &t.users[i]
	if body.Username != nil {
		if other, taken := t.userByName[foldName(*body.Username)]; taken && other != i {
			return invalidUser("USER_DUPLICATE")
		}
		delete(t.userByName, foldName(u.username))
		t.userByName[foldName(*body.Username)] = i
		u.username = *body.Username
	}
	if body.Email != nil {
		u.email = *body.Email
	}
	u.firstName = orKeep(body.FirstName, u.firstName)
	u.lastName = orKeep(body.LastName, u.lastName)
	u.notes = orKeep(body.Notes, u.notes)
	if body.Quota != nil {
		u.quota = *body.Quota
	}
	u.modified = s.now()
	return s.userAnswer(c, i)
}

func orKeep(value, old *string) *string {
	if value == nil {
		return old
	}
	return value
}

// check finds the first invalid value, in the order in which the vendor's clients look for the markers. The recordings
// create a user with a password of one letter, so that the length demanded is the caller's to say.
func (b *userBody) check(shortestPassword int) *answer {
	switch {
	case b.Username != nil && *b.Username != "" && !strings.Contains(*b.Username, "@"):
		return new(invalidUser("USERNAME_NOT_AN_EMAIL"))
	case b.Email != nil && !isAddress(*b.Email):
		return new(invalidUser("EMAIL_INVALID"))
	case b.Password != nil && len(*b.Password) < shortestPassword:
		return new(invalidUser("NEW_PASSWORD_INVALID"))
	case b.Username != nil && !isAddress(*b.Username):
		return new(invalidUser("INVALID_USERNAME"))
	default:
		return nil
	}
}

func isAddress(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && domain != "" && !strings.ContainsAny(s, " \t\r\n,;<>") && !strings.Contains(domain, "@")
}

// invalidUser answers as the real server does, with 500 rather than 400.
func invalidUser(name string) answer {
	return problem(http.StatusInternalServerError, name, "com.code42.core.BuilderException")
}
