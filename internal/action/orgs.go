package action

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"backup-portal/internal/backup"
)

var orgBlock = Action{
	ID: "org.block", Kind: Organization, Verb: "block",
	Label:  "Block organization",
	Ask:    "Block this organization?",
	Done:   "Organization blocked",
	Failed: "Organization not blocked",
	Past:   "blocked",
	Effect: "Blocks it with all organizations and users below, signs their devices out and keeps new ones away. Backups go on.",
	Risk:   High,
	Reason: true,
	Undo:   Undo{Action: "org.unblock", Leaves: "Its users stay blocked and are unblocked one by one; devices that were signed out have to sign in again."},
	Calls:  []string{"POST /api/v3/orgs/{guid}/block"},
	Doc: "Blocks an organization with everything below it: its child organizations and all their users are blocked, their devices " +
		"are signed out and no device can be registered. Backups of active devices go on, and archives stay as they are.",
	Ready: of(func(s State) string {
		if s.Org.Blocked {
			return "The organization is already blocked."
		}
		return ""
	}),
	Impact:      of(orgImpact),
	Fingerprint: of(orgFingerprint),
	Extent:      of(orgExtent),
	Run: func(ctx context.Context, w *backup.Writer, o Order) error {
		return w.BlockOrg(ctx, o.State.Org.GUID)
	},
	Check: orgCheck(func(org backup.Org) bool { return org.Blocked }),
}

var orgUnblock = Action{
	ID: "org.unblock", Kind: Organization, Verb: "unblock",
	Label:  "Unblock organization",
	Ask:    "Unblock this organization?",
	Done:   "Organization unblocked",
	Failed: "Organization not unblocked",
	Past:   "unblocked",
	Effect: "Unblocks it with all organizations below. Their users stay blocked, one by one.",
	Risk:   High,
	Reason: true,
	Undo:   Undo{Action: "org.block", Leaves: "It blocks everything below: what was blocked by itself before cannot be told apart afterwards."},
	Calls:  []string{"POST /api/v3/orgs/{guid}/unblock"},
	Doc: "Lifts the block of an organization and of everything below it. The users there stay blocked one by one, " +
		"and devices that the block signed out stay signed out until their users sign in.",
	Ready: of(func(s State) string {
		if !s.Org.Blocked {
			return "The organization is not blocked."
		}
		return ""
	}),
	Impact:      of(orgImpact),
	Fingerprint: of(orgFingerprint),
	Extent: of(func(s State) Extent {
		e := orgExtent(s)
		e.Orgs = s.Below.Blocked // it reaches those alone
		return e
	}),
	Run: func(ctx context.Context, w *backup.Writer, o Order) error {
		return w.UnblockOrg(ctx, o.State.Org.GUID)
	},
	Check: orgCheck(func(org backup.Org) bool { return !org.Blocked }),
}

// orgImpact counts what a change of the whole subtree reaches.
func orgImpact(s State) []Fact {
	below := "none"
	if s.Below.Orgs > 0 {
		below = figure(s.Below.Orgs)
	}
	if s.Below.Blocked > 0 {
		below += fmt.Sprintf(", of them %s blocked now", figure(s.Below.Blocked))
	}
	devices := figure(s.Below.Devices)
	if s.Below.Uncounted {
		devices += ", as last synced: the backup service did not count them now"
	}
	return []Fact{
		{"State now", s.Org.Status},
		{"Organizations below it", below},
		{"Devices in all", devices},
		{"Users in all", figure(s.Below.Users)},
	}
}

// orgFingerprint holds what the person saw of the subtree: a block that would reach more than that is asked for anew. It
// stands in a form, so what may lie outside the person's scope, the parent, is in it only as part of a hash.
func orgFingerprint(s State) string {
	return fmt.Sprintf("%s orgs=%d blocked-below=%d devices=%d users=%d",
		orgPlace(s), s.Below.Orgs, s.Below.Blocked, s.Below.Devices, s.Below.Users)
}

// orgPlace is the state of the organization itself, and which organizations are around it.
func orgPlace(s State) string {
	tree := sha256.Sum256([]byte(s.Org.ParentUID + "\n" + s.Below.Digest))
	return fmt.Sprintf("active=%t blocked=%t tree=%x", s.Org.Active, s.Org.Blocked, tree[:8])
}

// orgExtent is the whole subtree.
func orgExtent(s State) Extent {
	return Extent{Same: orgPlace(s), Orgs: s.Below.Orgs, Devices: s.Below.Devices, Users: s.Below.Users}
}

// orgCheck reads the organization live and asks happened of it; those below follow the vendor's own cascade.
func orgCheck(happened func(backup.Org) bool) func(context.Context, *backup.Reader, Order) (Finding, error) {
	return func(ctx context.Context, r *backup.Reader, o Order) (Finding, error) {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		org, err := r.OrgByUID(ctx, o.Target.ID)
		if err != nil {
			return NotHappened, fmt.Errorf("read organization back: %w", err)
		}
		return found(happened(org)), nil
	}
}
