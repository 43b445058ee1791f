package policy

import (
	"slices"
	"strings"
)

// Permission is something a role may do that is not a change at the vendor.
type Permission string

// The permissions, each held at a subtree.
const (
	Read         Permission = "read"           // organizations, users, devices
	ExportLists  Permission = "export-lists"   // CSV
	ReadAudit    Permission = "read-audit"     // other people's audit lines
	SeeActors    Permission = "see-actors"     // addresses and e-mails of other actors
	SyncByHand   Permission = "sync-by-hand"   // start a sync now
	SettleByHand Permission = "settle-unknown" // say what is true of an unknown outcome
	EndSessions  Permission = "end-sessions"   // see who is signed in, and sign them out
	SeeAccess    Permission = "see-access"     // who holds which role where
	ManageViews  Permission = "manage-views"   // delete views that others share

	ReadRegistrationKey Permission = "read-registration-key" // the secret with which devices register
)

// permissions is the role table of everything that is not a change.
var permissions = map[Permission][]Role{
	Read:         {Viewer, HelpDesk, OrgManager, Admin, Auditor},
	ExportLists:  {OrgManager, Admin, Auditor},
	ReadAudit:    {OrgManager, Admin, Auditor},
	SeeActors:    {Admin, Auditor},
	SyncByHand:   {Admin},
	SettleByHand: {Admin},
	EndSessions:  {Admin},
	SeeAccess:    {OrgManager, Admin, Auditor},
	ManageViews:  {Admin},

	ReadRegistrationKey: {OrgManager, Admin},
}

// May tells whether the actor holds the permission at the organization with this path.
func May(actor Actor, p Permission, path string) bool {
	return slices.ContainsFunc(actor.Grants, func(g Grant) bool {
		return g.covers(path) && slices.Contains(permissions[p], g.Role)
	})
}

// MayAnywhere tells whether the actor holds the permission at any organization that the mirror knows.
func MayAnywhere(actor Actor, p Permission) bool { return len(Subtrees(actor, p)) > 0 }

// MayAtRoot tells whether the actor holds the permission at the root: what has no organization belongs there.
func MayAtRoot(actor Actor, p Permission) bool {
	return slices.ContainsFunc(actor.Grants, func(g Grant) bool {
		return g.AtRoot && g.Path != "" && slices.Contains(permissions[p], g.Role)
	})
}

// Oversees tells whether everything that the other person holds lies where the actor holds the permission. Whoever
// holds nothing, or something at a place that nobody knows, is overseen from a root only.
func Oversees(actor Actor, p Permission, other Actor) bool {
	unplaced := len(other.Grants) == 0
	for _, g := range other.Grants {
		switch {
		case g.Path == "":
			unplaced = true
		case !May(actor, p, g.Path):
			return false
		}
	}
	return !unplaced || MayAtRoot(actor, p)
}

// Subtrees answers the paths where the actor holds the permission, without those that lie inside another; sorted.
func Subtrees(actor Actor, p Permission) []string {
	var paths []string
	for _, g := range actor.Grants {
		if g.Path != "" && slices.Contains(permissions[p], g.Role) {
			paths = append(paths, g.Path)
		}
	}
	slices.Sort(paths)
	// Sorted, an ancestor stands directly before everything below it.
	var kept []string
	for _, path := range paths {
		if len(kept) == 0 || !strings.HasPrefix(path, kept[len(kept)-1]) {
			kept = append(kept, path)
		}
	}
	return kept
}
