package operation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

func TestAskedVotedRun(t *testing.T) {
	t.Parallel()
	r := setup(t)
	manager := r.person("mara", policy.OrgManager, r.device.OrgUID)
	admin := r.person("ada", policy.Admin, r.root.UID)
	r.person("vera", policy.Viewer, r.root.UID)
	q := r.ask(manager, "device.deactivate")
	if q.State != operation.Awaiting || r.changes() != 0 || !r.active(r.device.GUID) {
		t.Fatalf("asked: %s %s, %d changes", q.State, q.Detail, r.changes())
	}
	if diff := cmp.Diff([]string{"ada to-decide"}, r.told(q.ID, manager, admin)); diff != "" {
		t.Errorf("told of the asking (-want +got):\n%s", diff)
	}
	q = r.agree(admin, q)
	if q.State != operation.Ended || q.Detail != "Device deactivated." || r.active(r.device.GUID) {
		t.Errorf("voted: %s %q, active=%t", q.State, q.Detail, r.active(r.device.GUID))
	}
	if got := r.steps(q.ID); got != "requested approved intent succeeded ended" {
		t.Errorf("trail %q", got)
	}
	if diff := cmp.Diff([]string{"ada to-decide", "mara over"}, r.told(q.ID, manager, admin)); diff != "" {
		t.Errorf("told in all (-want +got):\n%s", diff)
	}
	item := q.Items[0]
	if item.State != operation.Succeeded || item.UndoUntil.IsZero() || r.trail(item.ID) != "intent succeeded" {
		t.Errorf("item %s, undo until %v, trail %q", describe(item), item.UndoUntil, r.trail(item.ID))
	}
	row, err := r.fleet.Device(t.Context(), inventory.Everything(), r.device.GUID)
	if err != nil || row.Active {
		t.Errorf("the mirror after it: active=%t %v", row.Active, err)
	}
	if vote := q.Votes[0]; vote.As != "admin@"+r.root.UID || vote.Digest != q.Digest || vote.AuthTime.IsZero() {
		t.Errorf("vote %+v", vote)
	}
}

// TestLinesOfARequest: each line names the request, and the line of an item that item too.
func TestLinesOfARequest(t *testing.T) {
	t.Parallel()
	r := setup(t)
	q := r.agree(r.person("ada", policy.Admin, r.root.UID), r.ask(r.person("mara", policy.OrgManager, r.device.OrgUID), "device.deactivate"))
	events, err := r.service.Steps(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range events {
		of := "request"
		if e.Line.Operation == q.Items[0].ID {
			of = "item"
		}
		got = append(got, strings.Join([]string{string(e.Line.Outcome), of, e.Line.Actor.Name, e.Line.Reason}, " | "))
		if e.Line.Under != q.ID || e.Line.Target.ID != r.device.GUID || len(e.Line.OrgUIDs) != 1 || e.Line.OrgUIDs[0] != r.device.OrgUID {
			t.Errorf("line %+v", e.Line)
		}
	}
	want := []string{
		"requested | request | Mara | case 4471",
		"approved | request | Ada | ",
		"intent | item | Mara | case 4471",
		"succeeded | item | Mara | case 4471",
		"ended | request | Backup Portal | ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// TestGroupsAreMetByDifferentPeople is a rule that asks for one admin and one org-manager from above.
func TestGroupsAreMetByDifferentPeople(t *testing.T) {
	t.Parallel()
	r := setup(t, rules(t, `[rule."device.deactivate".org-manager]
approvers = [{ from = ["admin"] }, { from = ["org-manager above"] }]`))
	asker := r.person("mara", policy.OrgManager, r.device.OrgUID)
	admin, other := r.person("ada", policy.Admin, r.root.UID), r.person("alan", policy.Admin, r.root.UID)
	above, beside := r.person("milo", policy.OrgManager, r.root.UID), r.person("mina", policy.OrgManager, r.device.OrgUID)
	q := r.ask(asker, "device.deactivate")
	for _, voter := range []policy.Actor{admin, other, beside} {
		if voted := r.agree(voter, q); voted.State != operation.Awaiting {
			t.Fatalf("after %s: %s", voter.Name, voted.State)
		}
	}
	p, err := r.service.Progress(t.Context(), r.request(q.ID))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]bool{true, false, false}, p.Counts); diff != "" || p.Verdict.Missing.Words() != "one org-manager above it" {
		t.Errorf("missing %s; counted (-want +got):\n%s", p.Verdict.Missing.Words(), diff)
	}
	if q = r.agree(above, q); q.State != operation.Ended || r.active(r.device.GUID) {
		t.Errorf("after all groups: %s %s", q.State, q.Detail)
	}
}

func TestDenied(t *testing.T) {
	t.Parallel()
	r := setup(t)
	manager, admin, other := r.person("mara", policy.OrgManager, r.device.OrgUID), r.person("ada", policy.Admin, r.root.UID), r.person("alan", policy.Admin, r.root.UID)
	q := r.ask(manager, "device.deactivate")
	silent := no(q)
	silent.Reason = " "
	if _, err := r.service.Vote(t.Context(), admin, silent); !fault.Is(err, fault.Invalid) {
		t.Errorf("a no without a reason: %v", err)
	}
	denied, err := r.service.Vote(t.Context(), admin, no(q))
	if err != nil || denied.State != operation.Rejected || denied.Detail != "Denied by Ada." || denied.Items[0].State != operation.Rejected {
		t.Fatalf("denied: %v %s %q", err, denied.State, denied.Detail)
	}
	if _, err := r.service.Vote(t.Context(), other, yes(q)); !fault.Is(err, fault.Conflict) {
		t.Errorf("a yes after the no: %v", err)
	}
	if r.changes() != 0 || r.steps(q.ID) != "requested denied" {
		t.Errorf("%d changes, trail %q", r.changes(), r.steps(q.ID))
	}
	if again := r.ask(manager, "device.deactivate"); again.State != operation.Awaiting {
		t.Errorf("asked anew: %s", again.State)
	}
}

func TestExpired(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*road, policy.Actor, operation.Request) error{
		"the loop": func(r *road, _ policy.Actor, _ operation.Request) error { return r.service.Tend(r.t.Context()) },
		"a vote that comes too late": func(r *road, voter policy.Actor, q operation.Request) error {
			if _, err := r.service.Vote(r.t.Context(), voter, yes(q)); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "time was over") {
				r.t.Errorf("voted too late: %v", err)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t)
			q := r.ask(r.person("mara", policy.OrgManager, r.device.OrgUID), "device.deactivate")
			if err := r.service.Tend(t.Context()); err != nil || r.request(q.ID).State != operation.Awaiting {
				t.Fatalf("before its time: %v %s", err, r.request(q.ID).State)
			}
			r.pass(24*time.Hour + time.Second)
			if err := end(r, r.person("ada", policy.Admin, r.root.UID), q); err != nil {
				t.Fatal(err)
			}
			if q = r.request(q.ID); q.State != operation.Expired || q.Items[0].State != operation.Expired || r.steps(q.ID) != "requested expired" {
				t.Errorf("%s, trail %q", q.State, r.steps(q.ID))
			}
		})
	}
}

func TestWithdrawn(t *testing.T) {
	t.Parallel()
	r := setup(t)
	manager, admin := r.person("mara", policy.OrgManager, r.device.OrgUID), r.person("ada", policy.Admin, r.root.UID)
	q := r.ask(manager, "device.deactivate")
	if _, err := r.service.Withdraw(t.Context(), admin, q.ID, "", "req"); !fault.Is(err, fault.Denied) {
		t.Errorf("withdrawn by a voter: %v", err)
	}
	w, err := r.service.Withdraw(t.Context(), manager, q.ID, "found it again", "req")
	if err != nil || w.State != operation.Withdrawn || w.Items[0].State != operation.Withdrawn {
		t.Fatalf("withdrawn: %v %s", err, w.State)
	}
	if _, err := r.service.Vote(t.Context(), admin, yes(q)); !fault.Is(err, fault.Conflict) || r.changes() != 0 {
		t.Errorf("a yes afterwards: %v, %d changes", err, r.changes())
	}
}

// TestUndoWindow: what enough have agreed to waits, and anybody concerned can stop it until then.
func TestUndoWindow(t *testing.T) {
	t.Parallel()
	r := setup(t)
	at := r.tree()
	asker, first, second := r.person("ada", policy.Admin, r.root.UID), r.person("alan", policy.Admin, r.root.UID), r.person("anna", policy.Admin, r.root.UID)
	ask := func() operation.Request {
		op, err := r.service.Submit(t.Context(), asker, r.orgSubmission("org.deactivate", at.child.UID))
		if err != nil {
			t.Fatal(err)
		}
		q := r.request(op.Under)
		if voted := r.agree(first, q); voted.State != operation.Awaiting {
			t.Fatalf("after one of two: %s", voted.State)
		}
		q = r.agree(second, q)
		if q.State != operation.Scheduled || q.Due.IsZero() || r.changes() != 0 {
			t.Fatalf("after both: %s, due %v, %d changes", q.State, q.Due, r.changes())
		}
		return q
	}
	for name, stop := range map[string]func(operation.Request) (operation.Request, error){
		"who asked": func(q operation.Request) (operation.Request, error) {
			return r.service.Withdraw(t.Context(), asker, q.ID, "", "req")
		},
		"who agreed": func(q operation.Request) (operation.Request, error) {
			return r.service.Withdraw(t.Context(), first, q.ID, "", "req")
		},
		"a no": func(q operation.Request) (operation.Request, error) {
			return r.service.Vote(t.Context(), r.person("arne", policy.Admin, r.root.UID), no(q))
		},
	} {
		if q, err := stop(ask()); err != nil || q.Open() {
			t.Errorf("stopped by %s: %v %s", name, err, q.State)
		}
	}
	q := ask()
	r.pass(14 * time.Minute)
	if err := r.service.Tend(t.Context()); err != nil || r.request(q.ID).State != operation.Scheduled {
		t.Fatalf("before the window is over: %v %s", err, r.request(q.ID).State)
	}
	r.pass(2 * time.Minute)
	if err := r.service.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if q = r.awaitRequest(q.ID, operation.Ended); q.Items[0].State != operation.Succeeded {
		t.Errorf("%s: %s", q.Detail, describe(q.Items[0]))
	}
	if got := r.steps(q.ID); got != "requested approved approved started intent succeeded ended" {
		t.Errorf("trail %q", got)
	}
}

// TestGrownIsAskedAnew: what reaches more at the run than people agreed to goes back to them, and their votes are void.
func TestGrownIsAskedAnew(t *testing.T) {
	t.Parallel()
	r := setup(t, rules(t, `[budget]
person_per_hour = 100
[rule."org.deactivate"]
undo_window = "0"`))
	at := r.tree()
	asker, first, second := r.person("ada", policy.Admin, r.root.UID), r.person("alan", policy.Admin, r.root.UID), r.person("anna", policy.Admin, r.root.UID)
	op, err := r.service.Submit(t.Context(), asker, r.orgSubmission("org.deactivate", at.org.UID))
	if err != nil {
		t.Fatal(err)
	}
	q := r.request(op.Under)
	r.agree(first, q)
	if err := r.emulator.MoveOrg(at.beside.UID, at.org.UID); err != nil {
		t.Fatal(err)
	}
	if err := r.fleet.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	back := r.agree(second, q)
	if back.State != operation.Awaiting || back.Digest == q.Digest || r.changes() != 0 || !strings.Contains(back.Detail, "decides anew") {
		t.Fatalf("grown: %s %q, %d changes", back.State, back.Detail, r.changes())
	}
	if p, err := r.service.Progress(t.Context(), back); err != nil || p.Verdict.Missing.People() != 2 {
		t.Errorf("after it grew: %v, missing %s", err, p.Verdict.Missing.Words())
	}
	if told := r.told(q.ID, asker, first, second); !cmp.Equal(told, []string{"ada again", "alan again", "alan to-decide", "anna again", "anna to-decide"}) {
		t.Errorf("told %q", told)
	}
	if _, err := r.service.Vote(t.Context(), first, yes(q)); !fault.Is(err, fault.Conflict) {
		t.Errorf("a yes to what it was: %v", err)
	}
	r.agree(first, back)
	if q = r.agree(second, back); q.State != operation.Ended {
		t.Errorf("agreed to anew: %s %q", q.State, q.Detail)
	}
	if got := r.steps(q.ID); got != "requested approved approved returned approved approved intent succeeded ended" {
		t.Errorf("trail %q", got)
	}
}

// TestOfferedToAsk: an action that others have to agree to is offered, with who that is.
func TestOfferedToAsk(t *testing.T) {
	t.Parallel()
	r := setup(t)
	reading, err := r.service.Read(t.Context(), inventory.Everything(), deviceKind, r.device.GUID)
	if err != nil {
		t.Fatal(err)
	}
	offered := map[string]string{}
	for _, o := range r.service.Offers(r.actor(policy.OrgManager, r.device.OrgUID), reading, false) {
		offered[o.Action.ID] = o.Why + "|" + o.Decision.Need.Words()
	}
	if offered["device.deactivate"] != "|one other person who may do it" || offered["device.block"] != "|nobody" {
		t.Errorf("offered %q", offered)
	}
}
