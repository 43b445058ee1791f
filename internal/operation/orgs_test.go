package operation_test

import (
	"strings"
	"testing"

	"backup-portal/internal/audit"
	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// tree is an organization with one below it, the one above it, and another beside it.
type tree struct{ parent, org, child, beside backupemu.Org }

func (r *road) tree() tree {
	r.t.Helper()
	all := r.emulator.Snapshot().Orgs
	byUID, below := map[string]backupemu.Org{}, map[string][]backupemu.Org{}
	for _, o := range all {
		byUID[o.UID] = o
		below[o.ParentUID] = append(below[o.ParentUID], o)
	}
	for _, o := range all {
		if o.ParentUID == "" || o.Blocked || !o.Active || len(below[o.UID]) == 0 || below[o.UID][0].Blocked {
			continue
		}
		for _, beside := range below[o.ParentUID] {
			if beside.UID != o.UID {
				return tree{byUID[o.ParentUID], o, below[o.UID][0], beside}
			}
		}
	}
	r.t.Fatal("no organization with a child and a sibling")
	return tree{}
}

func (r *road) orgBlocked(uid string) bool {
	for _, o := range r.emulator.Snapshot().Orgs {
		if o.UID == uid {
			return o.Blocked
		}
	}
	r.t.Fatal("the organization is gone")
	return false
}

func (r *road) orgSubmission(actionID, uid string) operation.Submission {
	in := r.submission(actionID)
	in.TargetID = uid
	return in
}

func orgChanges() backupemu.Match {
	return backupemu.Match{Method: "POST", PathPrefix: "/api/v3/orgs/"}
}

// TestOutcomeTableOfOrganizations: an organization is on the same road, to the same ends.
func TestOutcomeTableOfOrganizations(t *testing.T) {
	t.Parallel()
	status := func(code int, body string) func(*backupemu.Server) {
		return func(s *backupemu.Server) {
			s.FailNext(orgChanges(), backupemu.Failure{Status: code, Body: body}, 9)
		}
	}
	for _, c := range []struct {
		name    string
		vendor  func(*backupemu.Server)
		state   operation.State
		trail   string
		sent    int
		blocked bool
		says    string
	}{
		{"answers 204", func(*backupemu.Server) {}, operation.Succeeded, "intent succeeded", 1, true, "Read back: Active, Blocked"},
		{"403", status(403, ""), operation.Failed, "intent failed", 1, false, "(403)"},
		{"404", status(404, ""), operation.Failed, "intent failed", 1, false, "does not know this organization any more (404)"},
		{"500 without a word", status(500, "oops"), operation.Failed, "intent failed", 1, false, "nothing changed"},
		{"reset before", func(s *backupemu.Server) { s.Drop(orgChanges(), 9) }, operation.Unknown, "intent unknown", 1, false, "connection broke"},
		{"reset after", func(s *backupemu.Server) { s.DropAfter(orgChanges(), 9) }, operation.Succeeded, "intent succeeded", 1, true, "it happened"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			org := r.tree().org
			c.vendor(r.emulator)
			op, err := r.service.Submit(t.Context(), r.admin(), r.orgSubmission("org.block", org.UID))
			if err != nil {
				t.Fatal(err)
			}
			if op.State != c.state || !strings.Contains(op.Detail+op.Checked, c.says) {
				t.Errorf("operation is %s; want %s saying %q", describe(op), c.state, c.says)
			}
			if got := r.trail(op.ID); got != c.trail {
				t.Errorf("trail %q, want %q", got, c.trail)
			}
			if got := r.changes(); got != c.sent {
				t.Errorf("%d changes sent, want %d", got, c.sent)
			}
			if got := r.orgBlocked(org.UID); got != c.blocked {
				t.Errorf("the organization is blocked=%t at the vendor, want %t", got, c.blocked)
			}
		})
	}
}

func TestUnknownOutcomeOfAnOrganizationIsChecked(t *testing.T) {
	t.Parallel()
	r := setup(t, impatient)
	at := r.tree()
	gate := r.emulator.Delay(orgChanges())
	op, err := r.service.Submit(t.Context(), r.admin(), r.orgSubmission("org.block", at.org.UID))
	if err != nil || op.State != operation.Unknown {
		t.Fatalf("%v %s", err, describe(op))
	}
	gate.Release()
	// Another change of it waits; one of a device inside does not.
	if _, err := r.service.Submit(t.Context(), r.admin(), r.orgSubmission("org.block", at.org.UID)); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second change of the organization: %v, want a conflict", err)
	}
	if err := r.emulator.MoveDevice(r.device.GUID, at.child.UID); err != nil {
		t.Fatal(err)
	}
	if inside, err := r.service.Submit(t.Context(), r.admin(), r.submission("device.block")); err != nil || inside.State != operation.Succeeded {
		t.Errorf("a change of a device inside: %v %s", err, describe(inside))
	}
	for uid, want := range map[string]int{at.org.UID: 1, at.parent.UID: 1, at.child.UID: 0, at.beside.UID: 0} {
		if listed, err := r.service.Unsettled(t.Context(), r.actor(policy.Admin, uid)); err != nil || len(listed) != want {
			t.Errorf("an admin at %s reads %d unknown outcomes (%v), want %d", uid, len(listed), err, want)
		}
	}
	op, err = r.service.CheckAgain(t.Context(), r.admin(), op.ID, "req-2")
	if err != nil || op.State != operation.Failed || op.Detail != "Checked: it did not happen. The organization is Active." {
		t.Errorf("%v %s", err, describe(op))
	}
	if got := r.trail(op.ID); got != "intent unknown failed" {
		t.Errorf("trail %q", got)
	}
}

func TestRefusalsOfOrganizations(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		actor  func(*road, tree) policy.Actor
		change func(*operation.Submission, tree)
		kind   fault.Kind
		says   string
		line   bool
	}{
		{"viewer", func(r *road, _ tree) policy.Actor { return r.actor(policy.Viewer, r.root.UID) }, nil, fault.Denied, "needs the role org-manager or admin", true},
		{"help desk", func(r *road, _ tree) policy.Actor { return r.actor(policy.HelpDesk, r.root.UID) }, nil, fault.Denied, "needs the role org-manager or admin", true},
		{"manager on their own top", func(r *road, at tree) policy.Actor { return r.actor(policy.OrgManager, at.org.UID) }, nil, fault.Denied, "not the one that it is held at", true},
		{"manager on the one above", func(r *road, at tree) policy.Actor { return r.actor(policy.OrgManager, at.child.UID) }, nil, fault.NotFound, "does not exist", false},
		{"admin beside", func(r *road, at tree) policy.Actor { return r.actor(policy.Admin, at.beside.UID) }, nil, fault.NotFound, "does not exist", false},
		{"no reason", nil, func(in *operation.Submission, _ tree) { in.Reason = " " }, fault.Invalid, "A reason is needed", false},
		{"not ready", nil, func(in *operation.Submission, _ tree) { in.Action = "org.unblock" }, fault.Conflict, "not blocked", true},
		{"changed since the form", nil, func(in *operation.Submission, _ tree) { in.Seen = "something else" }, fault.Conflict, "The organization has changed since", true},
		{"a device's id", nil, func(in *operation.Submission, _ tree) { in.Action = "device.block" }, fault.NotFound, "does not exist", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			at := r.tree()
			actor, in := r.admin(), r.orgSubmission("org.block", at.org.UID)
			if c.actor != nil {
				actor = c.actor(r, at)
			}
			if c.change != nil {
				c.change(&in, at)
			}
			_, err := r.service.Submit(t.Context(), actor, in)
			if !fault.Is(err, c.kind) || !strings.Contains(fault.Of(err).Message, c.says) {
				t.Errorf("got %v, want %s saying %q", err, c.kind, c.says)
			}
			if r.changes() != 0 {
				t.Error("something was sent")
			}
			if got := r.trail(in.ID); got != map[bool]string{true: "refused"}[c.line] {
				t.Errorf("trail %q, a line is wanted: %t", got, c.line)
			}
		})
	}
}

// TestMoreThanWasShownIsAskedAnew: what a block reaches may grow while the form is open; then nobody has decided on that.
func TestMoreThanWasShownIsAskedAnew(t *testing.T) {
	t.Parallel()
	for name, grow := range map[string]func(*road, tree) error{
		"an organization more": func(r *road, at tree) error { return r.emulator.MoveOrg(at.beside.UID, at.org.UID) },
		"a device more": func(r *road, at tree) error {
			for _, d := range r.emulator.Snapshot().Devices {
				if !strings.HasPrefix(r.path(d.OrgUID), r.path(at.org.UID)) {
					return r.emulator.MoveDevice(d.GUID, at.child.UID)
				}
			}
			return nil
		},
		"one below blocked meanwhile": func(r *road, at tree) error {
			return r.client.Writer().BlockOrg(r.t.Context(), at.child.GUID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			at := r.tree()
			reading, err := r.service.Read(t.Context(), inventory.Everything(), orgBlock(t).Kind, at.org.UID)
			if err != nil {
				t.Fatal(err)
			}
			seen := orgBlock(t).Fingerprint(reading.Order)
			if err := grow(r, at); err != nil {
				t.Fatal(err)
			}
			if err := r.fleet.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
			in := r.orgSubmission("org.block", at.org.UID)
			in.Seen = seen
			if _, err := r.service.Submit(t.Context(), r.admin(), in); !fault.Is(err, fault.Conflict) || r.orgBlocked(at.org.UID) {
				t.Errorf("%v, blocked=%t; want a conflict and nothing sent", err, r.orgBlocked(at.org.UID))
			}
		})
	}
}

// TestWhatABlockReachesIsInTheMirror: the organizations below are brought up to date without waiting for a sync.
func TestWhatABlockReachesIsInTheMirror(t *testing.T) {
	t.Parallel()
	r := setup(t)
	at := r.tree()
	for _, step := range []struct {
		action  string
		blocked bool
	}{{"org.block", true}, {"org.unblock", false}} {
		op, err := r.service.Submit(t.Context(), r.admin(), r.orgSubmission(step.action, at.org.UID))
		if err != nil || op.State != operation.Succeeded {
			t.Fatalf("%s: %v %s", step.action, err, describe(op))
		}
		r.eventually(func() bool {
			row, err := r.fleet.Org(t.Context(), inventory.Everything(), at.child.UID)
			return err == nil && row.Blocked == step.blocked
		}, step.action+" is not in the mirror's row of a child")
	}
}

// TestLinesOfAnOrganizationAreItsOwn: who reads the log of the organization reads what was done to it, whatever is above.
func TestLinesOfAnOrganizationAreItsOwn(t *testing.T) {
	t.Parallel()
	r := setup(t)
	at := r.tree()
	op, err := r.service.Submit(t.Context(), r.admin(), r.orgSubmission("org.block", at.org.UID))
	if err != nil {
		t.Fatal(err)
	}
	events, err := r.store.Events(t.Context(), op.ID)
	if err != nil || len(events) != 2 {
		t.Fatalf("%d lines, %v", len(events), err)
	}
	for _, e := range events {
		want := audit.Target{Kind: "organization", ID: at.org.UID, Name: at.org.Name, Org: at.org.Name}
		if e.Line.Target != want || len(e.Line.OrgUIDs) != 1 || e.Line.OrgUIDs[0] != at.org.UID || e.Line.Before["status"] != "Active" {
			t.Errorf("line %+v, want target %+v of itself", e.Line, want)
		}
	}
	for uid, sees := range map[string]bool{at.org.UID: true, at.parent.UID: true, at.child.UID: false, at.beside.UID: false} {
		if _, err := r.service.Get(t.Context(), r.actor(policy.Auditor, uid), op.ID); (err == nil) != sees {
			t.Errorf("an auditor at %s reads the operation: %v, want %t", uid, err, sees)
		}
	}
}

// TestMovedOrganizationChangesHands is the rule for acts: who holds the place that the vendor names now.
func TestMovedOrganizationChangesHands(t *testing.T) {
	t.Parallel()
	r := setup(t)
	at := r.tree()
	before, after := r.actor(policy.Admin, at.org.UID), r.actor(policy.Admin, at.beside.UID)
	if err := r.emulator.MoveOrg(at.child.UID, at.beside.UID); err != nil {
		t.Fatal(err)
	}
	if _, err := r.service.Submit(t.Context(), before, r.orgSubmission("org.block", at.child.UID)); !fault.Is(err, fault.NotFound) {
		t.Errorf("the old place's admin still acts: %v", err)
	}
	op, err := r.service.Submit(t.Context(), after, r.orgSubmission("org.block", at.child.UID))
	if err != nil || op.State != operation.Succeeded || !r.orgBlocked(at.child.UID) {
		t.Errorf("the new place's admin does not act: %v %s", err, describe(op))
	}
}

func TestDeauthorizedDevice(t *testing.T) {
	t.Parallel()
	r := setup(t)
	help := r.actor(policy.HelpDesk, r.device.OrgUID)
	op, err := r.service.Submit(t.Context(), help, r.submission("device.deauthorize"))
	if err != nil || op.State != operation.Succeeded || op.Detail != "Read back: Active, Deauthorized." {
		t.Fatalf("%v %s", err, describe(op))
	}
	if _, err := r.service.Submit(t.Context(), help, r.submission("device.deauthorize")); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second time: %v, want that it makes no sense", err)
	}
}
