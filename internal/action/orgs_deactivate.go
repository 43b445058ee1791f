package action

import (
	"context"
	"fmt"

	"backup-portal/internal/backup"
)

var orgDeactivate = Action{
	ID: "org.deactivate", Kind: Organization, Verb: "deactivate",
	Label:  "Deactivate organization",
	Ask:    "Deactivate this organization?",
	Done:   "Organization deactivated",
	Failed: "Organization not deactivated",
	Past:   "deactivated",
	Effect: "Deactivates it with all organizations, users and devices below. All their archives move to cold storage and are deleted for good when their time there is over.",
	Risk:   Destructive,
	Reason: true,
	Undo: Undo{
		Action: "org.reactivate",
		Leaves: "It brings back this organization alone: organizations, users and devices below stay deactivated and are reactivated one by one. " +
			"Backups do not start by themselves: users have to sign in on their devices. Archives that were deleted from cold storage by then are gone for good.",
		Until: keptUntil,
	},
	Calls: []string{"POST /api/v3/orgs/{guid}/deactivate"},
	Doc: "Ends the backup of an organization and of everything below it: its child organizations, all their users and all their devices " +
		"are deactivated, and all archives move to cold storage, where the backup service deletes them after as many days as each " +
		"organization's setting says. It refuses while anybody below is on legal hold. Nothing else that the portal can do destroys as much.",
	Ready: of(func(s State) string {
		switch {
		case !s.Org.Active:
			return "The organization is already deactivated."
		case onHold(s) && s.Holds.Count == 1:
			return "1 person below it is on legal hold: the backup service refuses while they are."
		case onHold(s):
			return figure(s.Holds.Count) + " people below it are on legal hold: the backup service refuses while they are."
		}
		return ""
	}),
	Impact: of(func(s State) []Fact {
		return append(orgImpact(s),
			Fact{"In use", inUse(s.Below.Use)},
			Fact{"What happens to the archives", "They " + archivesKept(s) + ". Organizations below may have a setting of their own."},
			Fact{"On legal hold", peopleOnHold(s.Holds)},
		)
	}),
	Fingerprint: of(func(s State) string { return fmt.Sprintf("%s holds=%d", orgFingerprint(s), s.Holds.Count) }),
	Extent:      of(orgExtent),
	Run: func(ctx context.Context, w *backup.Writer, o Order) error {
		return w.DeactivateOrg(ctx, o.State.Org.GUID)
	},
	Check: orgCheck(func(org backup.Org) bool { return !org.Active }),
}

var orgReactivate = Action{
	ID: "org.reactivate", Kind: Organization, Verb: "reactivate",
	Label:  "Reactivate organization",
	Ask:    "Reactivate this organization?",
	Done:   "Organization reactivated",
	Failed: "Organization not reactivated",
	Past:   "reactivated",
	Effect: "Activates this organization alone. What was deactivated with it stays so and is reactivated one by one.",
	Risk:   High,
	Reason: true,
	Undo: Undo{
		Action: "org.deactivate",
		Leaves: "It deactivates everything below as well, also what was reactivated one by one in the meantime.",
	},
	Calls: []string{"POST /api/v3/orgs/{guid}/activate"},
	Doc: "Activates a deactivated organization again, and that organization alone: organizations, users and devices below stay " +
		"deactivated and are reactivated one by one. Backups do not start by themselves, and archives that were deleted from cold storage are gone for good.",
	Ready: of(func(s State) string {
		if s.Org.Active {
			return "The organization is active: there is nothing to reactivate."
		}
		return ""
	}),
	Impact:      of(orgImpact),
	Fingerprint: of(orgFingerprint),
	Extent:      of(func(s State) Extent { return Extent{Same: orgPlace(s)} }),
	Run: func(ctx context.Context, w *backup.Writer, o Order) error {
		return w.ReactivateOrg(ctx, o.State.Org.GUID)
	},
	Check: orgCheck(func(org backup.Org) bool { return org.Active }),
}

// inUse tells how much of a subtree lives.
func inUse(u Use) string {
	if !u.Known {
		return "not counted in time"
	}
	users := figure(u.ActiveUsers)
	if u.ManyUsers {
		users = "more than " + users
	}
	return fmt.Sprintf("%s active, %s active users, %s stored", counted(u.ActiveDevices, "device"), users, size(u.StoredBytes))
}

// peopleOnHold counts them, and tells how old the count is when it is not of this moment.
func peopleOnHold(h Holds) string {
	if !h.Known {
		return "not known now; the backup service refuses while anybody below is"
	}
	people := "nobody"
	switch {
	case h.Count == 1:
		people = "1 person"
	case h.Count > 1:
		people = figure(h.Count) + " people"
	}
	if !h.AsOf.IsZero() {
		people += ", as of " + h.AsOf.UTC().Format("2 January 2006 15:04") + " UTC"
	}
	return people
}
