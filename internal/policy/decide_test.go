package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/action"
)

// The tree of the tests: root → child → grandchild, and a sibling whose uid starts with the child's.
const (
	root       = "/1/"
	child      = "/1/12/"
	grandchild = "/1/12/7/"
	sibling    = "/1/123/"
)

func holder(role Role, path string) Actor {
	return Actor{Issuer: "https://id.example", Subject: "s", Grants: []Grant{{Role: role, Path: path, AtRoot: path == root}}}
}

// TestDecideTable is the role table of docs/security.md, written a second time on purpose.
func TestDecideTable(t *testing.T) {
	t.Parallel()
	const yes, no, one, two = "yes", "no", "ask 1", "ask 2"
	want := map[string][5]string{ // viewer, help-desk, org-manager, admin, auditor; each held at child, asked for grandchild
		"device.block":       {no, yes, yes, yes, no},
		"device.unblock":     {no, yes, yes, yes, no},
		"device.deauthorize": {no, yes, yes, yes, no},
		"device.deactivate":  {no, no, one, one, no},
		"device.reactivate":  {no, no, one, one, no},
		"device.edit":        {no, yes, yes, yes, no},
		"device.upgrade":     {no, yes, yes, yes, no},
		"device.settings":    {no, no, yes, yes, no},
		"device.follow":      {no, no, yes, yes, no},
		"org.block":          {no, no, one, yes, no},
		"org.unblock":        {no, no, one, yes, no},
		"org.deactivate":     {no, no, no, two, no},
		"org.reactivate":     {no, no, no, two, no},
		"org.create":         {no, no, yes, yes, no},
		"org.edit":           {no, no, yes, yes, no},
		"org.settings":       {no, no, yes, yes, no},
		"fleet.destroy":      {no, no, no, no, no},
	}
	for id, row := range want {
		for i, role := range Roles {
			for _, at := range []string{child, grandchild} {
				d := Decide(holder(role, child), action.Action{ID: id}, at, Situation{})
				expected := row[i]
				if at == child && role == OrgManager && strings.HasSuffix(id, "block") && strings.HasPrefix(id, "org.") {
					expected = no // an org manager asks to block child organizations only
				}
				if got := word(d); got != expected {
					t.Errorf("%s by %s at %s: %s, want %s (%s)", id, role, at, got, expected, d.Reason)
				}
				if d.Reason == "" {
					t.Errorf("%s by %s: a decision without a reason", id, role)
				}
			}
			for _, outside := range []string{root, sibling, "", "/9/"} {
				if d := Decide(holder(role, child), action.Action{ID: id}, outside, Situation{}); d.Allowed || d.Asks() {
					t.Errorf("%s by %s reaches %q from %s", id, role, outside, child)
				}
			}
		}
	}
	if len(want)-1 != len(table) {
		t.Errorf("the table of the test has %d actions, the rules %d", len(want)-1, len(table))
	}
}

func word(d Decision) string {
	switch {
	case d.Allowed:
		return "yes"
	case d.Asks():
		return fmt.Sprintf("ask %d", d.Need.People())
	}
	return "no"
}

func TestRolesAddUp(t *testing.T) {
	t.Parallel()
	actor := holder(Viewer, root)
	actor.Grants = append(actor.Grants, Grant{Role: HelpDesk, Path: child})
	block, _ := action.ByID("device.block")
	if d := Decide(actor, block, grandchild, Situation{}); !d.Allowed {
		t.Errorf("help-desk at %s does not act at %s: %s", child, grandchild, d.Reason)
	}
	if d := Decide(actor, block, sibling, Situation{}); d.Allowed {
		t.Error("help-desk at one place and viewer at another add up to acting everywhere")
	}
}

// TestManagerNeverActsOnTheirOwnTop: what a manager holds is theirs to run, not to switch off; and they read why.
func TestManagerNeverActsOnTheirOwnTop(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"org.block", "org.unblock"} {
		a, ok := action.ByID(id)
		if !ok {
			t.Fatalf("no action %s", id)
		}
		manager := holder(OrgManager, child)
		for path, says := range map[string]string{
			root: "None of your roles", child: "below this one", grandchild: "approval of one other person", sibling: "None of your roles",
		} {
			if d := Decide(manager, a, path, Situation{}); d.Allowed || !strings.Contains(d.Reason, says) {
				t.Errorf("%s at %s: %+v, want a refusal saying %q", id, path, d, says)
			}
		}
		// A role held further up reaches it, and help-desk at the place itself adds nothing to it.
		manager.Grants = append(manager.Grants, Grant{Role: HelpDesk, Path: child}, Grant{Role: OrgManager, Path: root})
		if d := Decide(manager, a, child, Situation{}); d.Allowed || d.Need.People() != 1 {
			t.Errorf("%s by a manager of the organization above: %+v", id, d)
		}
	}
}

func TestReadOnlyStopsEverybody(t *testing.T) {
	t.Parallel()
	block, _ := action.ByID("device.block")
	d := Decide(holder(Admin, root), block, child, Situation{ReadOnly: true})
	if d.Allowed || !strings.Contains(d.Reason, "read-only") {
		t.Errorf("read-only lets an admin act: %+v", d)
	}
}

func TestGrantWithoutPathGivesNothing(t *testing.T) {
	t.Parallel()
	actor := Actor{Grants: []Grant{{Role: Admin, OrgUID: "unknown", AtRoot: true}}}
	block, _ := action.ByID("device.block")
	if Decide(actor, block, child, Situation{}).Allowed || May(actor, Read, child) || MayAtRoot(actor, ReadAudit) || len(Subtrees(actor, Read)) > 0 {
		t.Error("a role at an organization that the mirror does not know gives something")
	}
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	table := map[Permission][5]bool{ // viewer, help-desk, org-manager, admin, auditor
		Read:         {true, true, true, true, true},
		ExportLists:  {false, false, true, true, true},
		ReadAudit:    {false, false, true, true, true},
		SeeActors:    {false, false, false, true, true},
		SyncByHand:   {false, false, false, true, false},
		SettleByHand: {false, false, false, true, false},
	}
	for p, row := range table {
		for i, role := range Roles {
			actor := holder(role, child)
			if got := May(actor, p, grandchild); got != row[i] {
				t.Errorf("%s by %s below: %t, want %t", p, role, got, row[i])
			}
			if May(actor, p, sibling) || May(actor, p, root) {
				t.Errorf("%s by %s reaches outside", p, role)
			}
			if MayAtRoot(actor, p) {
				t.Errorf("%s by %s at a child counts as the root", p, role)
			}
			if got := MayAtRoot(holder(role, root), p); got != row[i] {
				t.Errorf("%s by %s at the root: %t, want %t", p, role, got, row[i])
			}
		}
	}
}

func TestSubtreesDropsNested(t *testing.T) {
	t.Parallel()
	actor := Actor{Grants: []Grant{
		{Role: Viewer, Path: grandchild}, {Role: Admin, Path: sibling}, {Role: HelpDesk, Path: child}, {Role: Auditor, Path: ""}, {Role: Viewer, Path: child},
	}}
	if diff := cmp.Diff([]string{child, sibling}, Subtrees(actor, Read)); diff != "" {
		t.Errorf("subtrees (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{sibling}, Subtrees(actor, SyncByHand)); diff != "" {
		t.Errorf("subtrees of one permission (-want +got):\n%s", diff)
	}
}
