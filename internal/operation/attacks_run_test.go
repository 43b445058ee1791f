package operation_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// The attacks between the last yes and the call.

// window is the rule that a deactivation waits ten minutes after the last yes.
const window = `[rule."device.deactivate"]
undo_window = "10m"`

// agreed is a request in its undo window: by a manager, agreed to by an admin.
func (r *road) agreed() (q operation.Request, asker, voter policy.Actor) {
	r.t.Helper()
	asker, voter = r.person("mara", policy.OrgManager, r.device.OrgUID), r.person("ada", policy.Admin, r.root.UID)
	q = r.agree(voter, r.ask(asker, "device.deactivate"))
	if q.State != operation.Scheduled {
		r.t.Fatalf("agreed to: %s", q.State)
	}
	return q, asker, voter
}

// windowOver lets the undo window pass and tends.
func (r *road) windowOver() {
	r.t.Helper()
	r.pass(11 * time.Minute)
	if err := r.service.Tend(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// TestRevokedBeforeTheRun: rights that were there at the vote have to be there at the run.
func TestRevokedBeforeTheRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		revoke func(r *road, asker, voter policy.Actor)
		to     operation.State
		says   string
	}{
		{"the voter's", func(r *road, _, voter policy.Actor) { r.revoke(voter) }, operation.Awaiting, "Not enough of the votes count now"},
		{"the asker's", func(r *road, asker, _ policy.Actor) { r.revoke(asker) }, operation.Rejected, "may not ask for this any more"},
		{"the asker is not known any more", func(r *road, asker, _ policy.Actor) {
			r.people.mu.Lock()
			defer r.people.mu.Unlock()
			delete(r.people.known, asker.Key())
		}, operation.Rejected, "may not ask for this any more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := setup(t, rules(t, window))
			q, asker, voter := r.agreed()
			c.revoke(r, asker, voter)
			r.windowOver()
			q = r.awaitRequest(q.ID, c.to)
			if !strings.Contains(q.Detail, c.says) || r.changes() != 0 {
				t.Errorf("%q, %d changes", q.Detail, r.changes())
			}
			if c.to != operation.Awaiting {
				return
			}
			if q = r.agree(r.person("anna", policy.Admin, r.root.UID), q); q.State != operation.Scheduled {
				t.Errorf("another yes: %s", q.State)
			}
		})
	}
}

// edited is a store whose requests say something else than what people agreed to.
type edited struct {
	operation.Requests
	edit func(*operation.Request)
}

func (e *edited) Request(ctx context.Context, id string) (operation.Request, error) {
	r, err := e.Requests.Request(ctx, id)
	if err == nil {
		e.edit(&r)
	}
	return r, err
}

// TestEditedBetweenApprovalAndRun: what is sent is what the digest stands for.
func TestEditedBetweenApprovalAndRun(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(r *road, q *operation.Request){
		"another target": func(r *road, q *operation.Request) { q.Items[0].TargetID = r.others(1)[0] },
		"another action": func(_ *road, q *operation.Request) { q.Action = "device.block" },
		"a parameter":    func(_ *road, q *operation.Request) { q.Params = map[string]string{"purge": "true"} },
		"a wider reach":  func(_ *road, q *operation.Request) { q.Items[0].Extent.Devices = 1000 },
		"one target more": func(r *road, q *operation.Request) {
			more := q.Items[0]
			more.TargetID = r.others(1)[0]
			q.Items = append(q.Items, more)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := setup(t, rules(t, window))
			q, _, _ := r.agreed()
			r.pass(11 * time.Minute)
			other := r.portal(func(o *operation.Options) {
				o.Requests = &edited{o.Requests, func(q *operation.Request) { edit(r, q) }}
			})
			if err := other.Tend(t.Context()); err != nil {
				t.Fatal(err)
			}
			if q = r.awaitRequest(q.ID, operation.Rejected); r.changes() != 0 || !strings.Contains(q.Detail, "not those that people agreed to") {
				t.Errorf("%q, %d changes", q.Detail, r.changes())
			}
		})
	}
}

// TestMovedBetweenRequestAndRun: what was moved belongs to others, who were not asked.
func TestMovedBetweenRequestAndRun(t *testing.T) {
	t.Parallel()
	r := setup(t, rules(t, window))
	old := r.person("olga", policy.OrgManager, r.device.OrgUID)
	asker := r.person("ada", policy.Admin, r.root.UID)
	q := r.agree(old, r.ask(asker, "device.deactivate"))
	elsewhere := r.elsewhere()
	if err := r.emulator.MoveDevice(r.device.GUID, elsewhere); err != nil {
		t.Fatal(err)
	}
	r.windowOver()
	back := r.awaitRequest(q.ID, operation.Awaiting)
	if back.Digest == q.Digest || back.Items[0].TargetOrgUID != elsewhere || r.changes() != 0 {
		t.Fatalf("moved: %q, in %s, %d changes", back.Detail, back.Items[0].TargetOrgUID, r.changes())
	}
	if _, err := r.service.Vote(t.Context(), old, yes(back)); !fault.Is(err, fault.NotFound) {
		t.Errorf("the old organization's manager votes: %v", err)
	}
	if q = r.agree(r.person("nina", policy.OrgManager, elsewhere), back); q.State != operation.Scheduled {
		t.Fatalf("the new organization's manager votes: %s", q.State)
	}
	r.windowOver()
	r.awaitRequest(q.ID, operation.Ended)
	if r.active(r.device.GUID) || r.changes() != 1 {
		t.Errorf("active=%t, %d changes", r.active(r.device.GUID), r.changes())
	}
}

// TestMovedAwayFromWhoAsked: what is not the asker's any more at the run is over, whatever was agreed to.
func TestMovedAwayFromWhoAsked(t *testing.T) {
	t.Parallel()
	r := setup(t, rules(t, window))
	q, _, _ := r.agreed()
	// Nobody has read the device since: the mirror has it in its old place.
	if err := r.emulator.MoveDevice(r.device.GUID, r.elsewhere()); err != nil {
		t.Fatal(err)
	}
	r.windowOver()
	if q = r.awaitRequest(q.ID, operation.Rejected); !strings.Contains(q.Detail, "may not ask for this any more") || r.changes() != 0 {
		t.Errorf("%q, %d changes", q.Detail, r.changes())
	}
}

// TestBrakeAfterTheVote: what was agreed to is not sent while the portal is read-only, and not long afterwards either.
func TestBrakeAfterTheVote(t *testing.T) {
	t.Parallel()
	r := setup(t, rules(t, window))
	q, _, _ := r.agreed()
	braked := r.portal(func(o *operation.Options) { o.ReadOnly = true })
	r.pass(11 * time.Minute)
	if err := braked.Tend(t.Context()); err != nil || r.request(q.ID).State != operation.Scheduled {
		t.Errorf("while it is read-only: %v, %s", err, r.request(q.ID).State)
	}
	r.pass(48 * time.Hour)
	if err := r.service.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if q = r.awaitRequest(q.ID, operation.Expired); r.changes() != 0 {
		t.Errorf("two days later: %q, %d changes", q.Detail, r.changes())
	}
}

// TestUnknownIsNeverSentAgain: whoever looks after the request, a call whose outcome nobody knows stays the only one.
func TestUnknownIsNeverSentAgain(t *testing.T) {
	t.Parallel()
	r := setup(t)
	asker, voter := r.person("mara", policy.OrgManager, r.device.OrgUID), r.person("ada", policy.Admin, r.root.UID)
	q := r.ask(asker, "device.deactivate")
	r.emulator.Drop(deactivations(), 1)
	if q = r.agree(voter, q); q.State != operation.Stopped || q.Items[0].State != operation.Unknown {
		t.Fatalf("%s, %s", q.State, describe(q.Items[0]))
	}
	if _, err := r.service.Continue(t.Context(), asker, q.ID, "req"); !fault.Is(err, fault.Conflict) {
		t.Errorf("gone on with before it is settled: %v", err)
	}
	for range 3 {
		if err := r.service.Tend(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := r.service.Recover(t.Context(), true); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.service.Settle(t.Context(), voter, q.Items[0].ID, false, "looked", "req"); err != nil {
		t.Fatal(err)
	}
	if q = r.awaitRequest(q.ID, operation.Ended); r.changes() != 1 || !r.active(r.device.GUID) {
		t.Errorf("settled: %q, %d changes", q.Detail, r.changes())
	}
	if got := r.steps(q.ID); got != "requested approved intent unknown stopped failed ended" {
		t.Errorf("trail %q", got)
	}
}
