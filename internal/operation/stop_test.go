package operation_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// TestStoppedByHand: the item under way ends and is written down, the rest is not sent before somebody goes on.
func TestStoppedByHand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		goOn     func(r *road, actor policy.Actor, q operation.Request) error
		outcomes string
		trail    string
		sent     int
	}{
		{"gone on with", func(r *road, actor policy.Actor, q operation.Request) error {
			_, err := r.service.Continue(r.t.Context(), actor, q.ID, "req")
			return err
		}, "succeeded succeeded succeeded", "started intent succeeded intent succeeded ended", 3},
		{"finished", func(r *road, actor policy.Actor, q operation.Request) error {
			_, err := r.service.Finish(r.t.Context(), actor, q.ID, "req")
			return err
		}, "succeeded left-out left-out", "ended", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var at sends
			r := setup(t, at.watch)
			asker, voter := r.person("mara", policy.OrgManager, r.root.UID), r.person("ada", policy.Admin, r.root.UID)
			other, auditor := r.person("anna", policy.Admin, r.root.UID), r.person("otto", policy.Auditor, r.root.UID)
			q := r.several(r.devices(3))
			if _, err := r.service.Stop(t.Context(), other, q.ID, "", "req"); !fault.Is(err, fault.Conflict) {
				t.Errorf("stopped before it runs: %v", err)
			}
			// The first one was sent; its outcome is not written yet.
			sent, write := make(chan struct{}), make(chan struct{})
			at.at(q.Items[0].ID, operation.Succeeded, func() { close(sent); <-write })
			r.agree(voter, q)
			<-sent
			if _, err := r.service.Stop(t.Context(), auditor, q.ID, "never", "req"); !fault.Is(err, fault.Denied) {
				t.Errorf("stopped by an auditor: %v", err)
			}
			if _, err := r.service.Stop(t.Context(), other, q.ID, strings.Repeat("x", 501), "req"); !fault.Is(err, fault.Invalid) {
				t.Errorf("a reason that is too long: %v", err)
			}
			stopped, err := r.service.Stop(t.Context(), other, q.ID, " wrong list ", "req-stop")
			if err != nil || stopped.State != operation.Stopped || !stopped.StoppedByHand() || stopped.Detail != "Stopped by hand by Anna." {
				t.Fatalf("stopped: %v, %s %q", err, stopped.State, stopped.Detail)
			}
			if _, err := r.service.Stop(t.Context(), other, q.ID, "", "req"); !fault.Is(err, fault.Conflict) {
				t.Errorf("stopped a second time: %v", err)
			}
			if _, err := r.service.Finish(t.Context(), asker, q.ID, "req"); !fault.Is(err, fault.Conflict) {
				t.Errorf("ended while an item is under way: %v", err)
			}
			close(write)
			r.eventually(func() bool { return r.request(q.ID).Items[0].State == operation.Succeeded }, "the item under way does not end")
			q = r.request(q.ID)
			if q.State != operation.Stopped || outcomes(q) != "succeeded awaiting awaiting" || r.changes() != 1 {
				t.Fatalf("after the item under way: %s %s, %d changes", q.State, outcomes(q), r.changes())
			}
			if told := r.told(q.ID, asker, voter, other); !cmp.Equal(told, []string{"ada halted", "ada to-decide", "anna to-decide", "mara halted"}) {
				t.Errorf("told %q", told)
			}
			if err := c.goOn(r, asker, q); err != nil {
				t.Fatal(err)
			}
			q = r.awaitRequest(q.ID, operation.Ended)
			if got := outcomes(q); got != c.outcomes || r.changes() != c.sent {
				t.Errorf("outcomes: %s, %d changes", got, r.changes())
			}
			if want := "requested approved intent refused stopped succeeded " + c.trail; r.steps(q.ID) != want {
				t.Errorf("trail %q, want %q", r.steps(q.ID), want)
			}
			events, err := r.store.Steps(t.Context(), q.ID)
			if err != nil {
				t.Fatal(err)
			}
			if line := events[4].Line; line.Actor.Key != other.Key() || line.Reason != "wrong list" || line.Request != "req-stop" || line.Under != q.ID {
				t.Errorf("the line: %+v", line)
			}
		})
	}
}

// TestStoppedAtTheStart: an item whose turn has come while somebody stops the request is not sent.
func TestStoppedAtTheStart(t *testing.T) {
	t.Parallel()
	var at sends
	r := setup(t, at.watch)
	asker, voter := r.person("mara", policy.OrgManager, r.root.UID), r.person("ada", policy.Admin, r.root.UID)
	q := r.several(r.devices(3))
	tried := make(chan error, 1)
	at.before(q.Items[1].ID, func() {
		_, err := r.service.Stop(t.Context(), asker, q.ID, "", "req")
		tried <- err
	})
	r.agree(voter, q)
	if err := <-tried; err != nil {
		t.Fatal(err)
	}
	ended, err := r.service.Finish(t.Context(), asker, q.ID, "req")
	if err != nil || outcomes(ended) != "succeeded left-out left-out" || r.changes() != 1 {
		t.Errorf("%v: %s, %d changes", err, outcomes(ended), r.changes())
	}
}

// TestStoppedAtTheLast: with nothing left that waits a request comes to its own end.
func TestStoppedAtTheLast(t *testing.T) {
	t.Parallel()
	var at sends
	r := setup(t, at.watch)
	asker, voter := r.person("mara", policy.OrgManager, r.root.UID), r.person("ada", policy.Admin, r.root.UID)
	q := r.several(r.devices(2))
	sent, write := make(chan struct{}), make(chan struct{})
	at.at(q.Items[1].ID, operation.Succeeded, func() { close(sent); <-write })
	r.agree(voter, q)
	<-sent
	if _, err := r.service.Stop(t.Context(), asker, q.ID, "", "req"); !fault.Is(err, fault.Conflict) {
		t.Errorf("stopped with nothing left to stop: %v", err)
	}
	close(write)
	if q = r.awaitRequest(q.ID, operation.Ended); outcomes(q) != "succeeded succeeded" {
		t.Errorf("%s", outcomes(q))
	}
}
