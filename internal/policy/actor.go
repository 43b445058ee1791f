package policy

import (
	"strings"
	"time"

	"backup-portal/internal/approval"
)

// Role names what a person may do inside a subtree of organizations.
type Role string

// The five roles, from least to most; they add up.
const (
	Viewer     Role = "viewer"
	HelpDesk   Role = "help-desk"
	OrgManager Role = "org-manager"
	Admin      Role = "admin"
	Auditor    Role = "auditor"
)

// Roles lists every role in display order.
var Roles = []Role{Viewer, HelpDesk, OrgManager, Admin, Auditor}

// Grant is one role held at an organization's subtree. Path is the mirror's materialised path of that
// organization ("/rootUid/childUid/") and empty while the mirror does not know the organization: such a grant gives nothing.
type Grant struct {
	Role   Role
	OrgUID string
	Path   string
	AtRoot bool   // the organization has no parent
	Group  string // the identity provider's group that gives it
}

// Actor is a verified person and what they hold at this moment. Identity is (Issuer, Subject), never the e-mail.
type Actor struct {
	Issuer  string
	Subject string
	Name    string
	Email   string
	Address string // the client's address, for the audit log
	Grants  []Grant

	AuthTime time.Time // when they last proved who they are; zero when the provider does not say
	ACR      string    // how, in the provider's words
}

// Person is the actor as a voter or an asker.
func (a Actor) Person() approval.Person { return approval.Person{Key: a.Key(), Email: a.Email} }

// Key names the person: the pair (issuer, subject) as one string.
func (a Actor) Key() string { return a.Issuer + "|" + a.Subject }

// covers tells whether the grant's subtree holds the organization at path.
func (g Grant) covers(path string) bool {
	return g.Path != "" && strings.HasPrefix(path, g.Path)
}
