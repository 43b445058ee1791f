package policy

import (
	"time"

	"backup-portal/internal/approval"
)

// table is the role table of changes, as it stands where the configuration says nothing else. An action or a role that is
// not in it may not: deny by default. The actions of later releases stand here already, so that adding one to the
// catalogue cannot open it by accident.
var table = map[string]map[Role]rule{
	"device.block":       {HelpDesk: atOnce, OrgManager: atOnce, Admin: atOnce},
	"device.unblock":     {HelpDesk: atOnce, OrgManager: atOnce, Admin: atOnce},
	"device.deauthorize": {HelpDesk: atOnce, OrgManager: atOnce, Admin: atOnce},
	"device.deactivate":  {OrgManager: askOne, Admin: askOne},
	"device.reactivate":  {OrgManager: askOne, Admin: askOne},
	"device.edit":        {HelpDesk: atOnce, OrgManager: atOnce, Admin: atOnce},
	"device.upgrade":     {HelpDesk: atOnce, OrgManager: atOnce, Admin: atOnce},
	"device.settings":    {OrgManager: atOnce, Admin: atOnce},
	"device.follow":      {OrgManager: atOnce, Admin: atOnce},
	"org.block":          {OrgManager: askBelow, Admin: atOnce},
	"org.unblock":        {OrgManager: askBelow, Admin: atOnce},
	"org.deactivate":     {Admin: askTwo.after(15 * time.Minute)},
	"org.reactivate":     {Admin: askTwo},
	"org.create":         {OrgManager: atOnce, Admin: atOnce},
	"org.edit":           {OrgManager: atOnce, Admin: atOnce},
	"org.settings":       {OrgManager: atOnce, Admin: atOnce},
}

// The rules that the table is made of.
var (
	anybody = approval.Group{Count: 1, From: []approval.Source{{}}}
	anAdmin = approval.Group{Count: 1, From: []approval.Source{{Role: string(Admin)}}}

	atOnce   = rule{may: true}
	askOne   = rule{may: true, need: approval.Need{anybody}}
	askTwo   = rule{may: true, need: approval.Need{anAdmin, anybody}}
	askBelow = rule{may: true, below: true, need: approval.Need{anybody}} // not on the organization that the role is held at
)

// after is the rule with an undo window.
func (r rule) after(window time.Duration) rule {
	r.terms.UndoWindow = window
	return r
}

// HasRule tells whether the role table knows the action; a law asks it for each catalogue value.
func HasRule(actionID string) bool { return table[actionID] != nil }
