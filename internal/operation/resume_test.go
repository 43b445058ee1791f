package operation_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// TestPortalStopsInTheMiddle: a portal that stops finishes the call that is under way; another goes on behind it.
func TestPortalStopsInTheMiddle(t *testing.T) {
	t.Parallel()
	r := setup(t)
	q := r.several(r.devices(4))
	first := r.portal()
	gate := r.emulator.Delay(deactivations())
	voter := r.person("ada", policy.Admin, r.root.UID)
	if _, err := first.Vote(t.Context(), voter, yes(q)); err != nil {
		t.Fatal(err)
	}
	<-gate.Arrived()
	// Told to stop, it has no time to wait for the call.
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := first.Close(gone); err == nil {
		t.Error("the portal stops without a word about the call that is under way")
	}
	gate.Release()
	if err := first.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if now := r.request(q.ID); now.State != operation.Running || outcomes(now) != "succeeded awaiting awaiting awaiting" {
		t.Fatalf("after the first portal: %s, %s", now.State, outcomes(now))
	}
	if err := r.service.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	q = r.awaitRequest(q.ID, operation.Ended)
	if outcomes(q) != "succeeded succeeded succeeded succeeded" || r.changes() != 4 {
		t.Errorf("outcomes: %s, %d changes", outcomes(q), r.changes())
	}
}

// driven tells when a portal has given a request out of its hands.
type driven struct {
	operation.Requests
	done chan struct{}
}

func (d *driven) Claim(ctx context.Context, id, holder string, limit time.Duration) (bool, error) {
	ours, err := d.Requests.Claim(ctx, id, holder, limit)
	if limit == 0 {
		d.done <- struct{}{}
	}
	return ours, err
}

// TestPortalGoneInTheMiddle: what was under way becomes unknown and stops the request; nothing is sent twice.
func TestPortalGoneInTheMiddle(t *testing.T) {
	t.Parallel()
	r := setup(t)
	q := r.several(r.devices(3))
	voter := r.person("ada", policy.Admin, r.root.UID)
	ctx := t.Context()
	driven := &driven{Requests: r.store, done: make(chan struct{}, 100)}
	service := r.portal(func(o *operation.Options) { o.Requests = driven })
	// The traces of a portal that was killed during the first call: its request runs, claimed, with an item under way.
	vote := operation.Vote{Person: operation.Person{Key: voter.Key(), Name: voter.Name, Email: voter.Email}, Approve: true, Digest: q.Digest}
	running, err := r.store.Vote(ctx, q.ID, vote, func(now operation.Request) (operation.Turn, error) {
		return operation.Turn{ID: q.ID, Version: now.Version, To: operation.Running}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if ours, err := r.store.Claim(ctx, q.ID, "dead", time.Minute); err != nil || !ours {
		t.Fatal(ours, err)
	}
	item := running.Items[0]
	if _, err := r.store.Move(ctx, operation.Move{ID: item.ID, Version: item.Version, To: operation.Running, Limit: time.Second}); err != nil {
		t.Fatal(err)
	}
	tend := func() operation.Request {
		t.Helper()
		if err := service.Tend(ctx); err != nil {
			t.Fatal(err)
		}
		return r.request(q.ID)
	}
	if now := tend(); now.State != operation.Running || r.changes() != 0 {
		t.Errorf("while the claim of the dead one lasts: %s, %d changes", now.State, r.changes())
	}
	r.pass(2 * time.Minute)
	tend()
	<-driven.done
	if now := r.request(q.ID); outcomes(now) != "running awaiting awaiting" || r.changes() != 0 {
		t.Errorf("before the interrupted one is settled: %s, %d changes", outcomes(now), r.changes())
	}
	if n, err := service.Recover(ctx, false); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	r.eventually(func() bool { return tend().State == operation.Stopped }, "the request does not stop")
	if now := r.request(q.ID); outcomes(now) != "unknown awaiting awaiting" || r.changes() != 0 {
		t.Errorf("%s, %d changes", outcomes(now), r.changes())
	}
	if _, err := r.service.CheckAgain(ctx, voter, item.ID, "req"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.service.Continue(ctx, voter, q.ID, "req"); err != nil {
		t.Fatal(err)
	}
	q = r.awaitRequest(q.ID, operation.Ended)
	if outcomes(q) != "failed succeeded succeeded" || r.changes() != 2 {
		t.Errorf("outcomes: %s, %d changes", outcomes(q), r.changes())
	}
}

// TestPortalThatSlept: a portal that wakes up right before it sends, after another one has taken over, sends nothing.
func TestPortalThatSlept(t *testing.T) {
	t.Parallel()
	asleep, awake := &sends{}, &sends{}
	r := setup(t)
	left := &driven{Requests: r.store, done: make(chan struct{}, 100)}
	first := r.portal(asleep.watch, func(o *operation.Options) { o.Requests = left })
	second := r.portal(awake.watch)
	q := r.several(r.devices(3))
	asleep.before(q.Items[0].ID, func() {
		r.pass(2 * time.Minute)
		if err := second.Tend(t.Context()); err != nil {
			t.Error(err)
		}
		r.await(q.Items[0].ID, operation.Succeeded)
	})
	awake.before(q.Items[1].ID, func() { <-left.done }) // the request goes on running until the first one has tried
	if _, err := first.Vote(t.Context(), r.person("ada", policy.Admin, r.root.UID), yes(q)); err != nil {
		t.Fatal(err)
	}
	q = r.awaitRequest(q.ID, operation.Ended)
	if outcomes(q) != "succeeded succeeded succeeded" || r.changes() != 3 {
		t.Errorf("outcomes: %s, %d changes", outcomes(q), r.changes())
	}
}

// away is a vendor that does not answer for devices while it is gone.
type away struct {
	operation.Fleet
	gone atomic.Bool
}

func (a *away) Live(ctx context.Context, scope inventory.Scope, guid string) (inventory.LiveDevice, error) {
	if a.gone.Load() {
		return a.Remembered(ctx, scope, guid, errors.New("no answer"))
	}
	return a.Fleet.Live(ctx, scope, guid)
}

// TestVendorAwayAtTheRun: what cannot be read is not sent; it waits, is tried again, and is left out in the end.
func TestVendorAwayAtTheRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		then func(*road, *away)
		want string
	}{
		"comes back": {func(_ *road, vendor *away) { vendor.gone.Store(false) }, "succeeded"},
		"stays away": {func(r *road, _ *away) { r.pass(25 * time.Hour) }, "left-out"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor := &away{}
			r := setup(t, func(o *operation.Options) { vendor.Fleet, o.Fleet = o.Fleet, vendor })
			q := r.ask(r.person("mara", policy.OrgManager, r.device.OrgUID), "device.deactivate")
			vendor.gone.Store(true)
			q = r.agree(r.person("ada", policy.Admin, r.root.UID), q)
			if err := r.service.Tend(t.Context()); err != nil {
				t.Fatal(err)
			}
			if q = r.request(q.ID); q.State != operation.Running || outcomes(q) != "awaiting" || r.changes() != 0 {
				t.Fatalf("%s %s, %d changes", q.State, outcomes(q), r.changes())
			}
			c.then(r, vendor)
			r.eventually(func() bool {
				if err := r.service.Tend(t.Context()); err != nil {
					t.Fatal(err)
				}
				return r.request(q.ID).State == operation.Ended
			}, "the request does not end")
			if got := outcomes(r.request(q.ID)); got != c.want {
				t.Errorf("outcome: %s, want %s", got, c.want)
			}
		})
	}
}

// TestRunIsDecidedItemByItem: who loses the right in the middle of a run loses the rest of it.
func TestRunIsDecidedItemByItem(t *testing.T) {
	t.Parallel()
	for _, who := range []string{"mara", "ada"} {
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			sending := &sends{}
			r := setup(t, sending.watch)
			q := r.several(r.devices(3))
			voter := r.person("ada", policy.Admin, r.root.UID)
			sending.before(q.Items[1].ID, func() {
				people, _ := r.people.Known(t.Context())
				r.revoke(people[slices.IndexFunc(people, func(p policy.Actor) bool { return p.Subject == who })])
			})
			r.agree(voter, q)
			if q = r.awaitRequest(q.ID, operation.Ended); outcomes(q) != "succeeded succeeded left-out" || r.changes() != 2 {
				t.Errorf("outcomes: %s, %d changes", outcomes(q), r.changes())
			}
		})
	}
}
