package operation_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// The attacks, and accidents, at one instant.

// meeting keeps the first two votes until both have read all that they go by.
type meeting struct {
	operation.Requests
	here sync.WaitGroup
	came atomic.Int32
}

func meet(of operation.Requests) *meeting {
	m := &meeting{Requests: of}
	m.here.Add(2)
	return m
}

func (m *meeting) Vote(ctx context.Context, id string, v operation.Vote, decide func(operation.Request) (operation.Turn, error)) (operation.Request, error) {
	if m.came.Add(1) <= 2 {
		m.here.Done()
		m.here.Wait()
	}
	return m.Requests.Vote(ctx, id, v, decide)
}

// TestTwoLastVotes: of two votes at one instant, each of which would be enough, one runs it.
func TestTwoLastVotes(t *testing.T) {
	t.Parallel()
	r := setup(t)
	q := r.ask(r.person("mara", policy.OrgManager, r.device.OrgUID), "device.deactivate")
	m := meet(r.store)
	through := func(o *operation.Options) { o.Requests = m }
	var votes sync.WaitGroup
	for service, name := range map[*operation.Service]string{r.portal(through): "ada", r.portal(through): "alan"} {
		voter := r.person(name, policy.Admin, r.root.UID)
		votes.Go(func() {
			if _, err := service.Vote(t.Context(), voter, yes(q)); err != nil && !fault.Is(err, fault.Conflict) {
				t.Errorf("%s votes: %v", name, err)
			}
		})
	}
	votes.Wait()
	r.awaitRequest(q.ID, operation.Ended)
	if r.changes() != 1 || r.steps(q.ID) != "requested approved intent succeeded ended" {
		t.Errorf("%d changes, trail %q", r.changes(), r.steps(q.ID))
	}
}

// TestTwoVotesOfTwo: of two votes at one instant that are both needed, both count, and the second one runs it.
func TestTwoVotesOfTwo(t *testing.T) {
	t.Parallel()
	r := setup(t, rules(t, `[rule."device.deactivate".org-manager]
approvers = [{ count = 2, from = ["admin"] }]`))
	q := r.ask(r.person("mara", policy.OrgManager, r.device.OrgUID), "device.deactivate")
	service := r.portal(func(o *operation.Options) { o.Requests = meet(o.Requests) })
	var votes sync.WaitGroup
	for _, voter := range []policy.Actor{r.person("ada", policy.Admin, r.root.UID), r.person("alan", policy.Admin, r.root.UID)} {
		votes.Go(func() {
			if _, err := service.Vote(t.Context(), voter, yes(q)); err != nil {
				t.Errorf("%s votes: %v", voter.Name, err)
			}
		})
	}
	votes.Wait()
	r.awaitRequest(q.ID, operation.Ended)
	if r.changes() != 1 || r.steps(q.ID) != "requested approved approved intent succeeded ended" {
		t.Errorf("%d changes, trail %q", r.changes(), r.steps(q.ID))
	}
}

// TestTwoTabsOfOneVoter: the same person twice is one.
func TestTwoTabsOfOneVoter(t *testing.T) {
	t.Parallel()
	r := setup(t, rules(t, `[rule."device.deactivate".org-manager]
approvers = [{ count = 2, from = ["admin"] }]`))
	q := r.ask(r.person("mara", policy.OrgManager, r.device.OrgUID), "device.deactivate")
	service := r.portal(func(o *operation.Options) { o.Requests = meet(o.Requests) })
	voter := r.person("ada", policy.Admin, r.root.UID)
	var votes sync.WaitGroup
	for range 2 {
		votes.Go(func() { _, _ = service.Vote(t.Context(), voter, yes(q)) })
	}
	votes.Wait()
	if now := r.request(q.ID); now.State != operation.Awaiting || len(now.Votes) != 1 || r.changes() != 0 {
		t.Errorf("%s with %d votes, %d changes", now.State, len(now.Votes), r.changes())
	}
}

// TestTwoPortalsRunOneRequest: every item is sent once, whoever drives.
func TestTwoPortalsRunOneRequest(t *testing.T) {
	t.Parallel()
	r := setup(t, rules(t, window))
	q, _, _ := r.agreed()
	portals := []*operation.Service{r.portal(), r.portal(), r.portal(), r.portal()}
	r.pass(11 * time.Minute)
	gate := r.emulator.Delay(deactivations())
	var tended sync.WaitGroup
	for range 5 {
		for _, p := range portals {
			tended.Go(func() {
				if err := p.Tend(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
	<-gate.Arrived()
	tended.Wait()
	gate.Release()
	q = r.awaitRequest(q.ID, operation.Ended)
	if r.changes() != 1 || r.steps(q.ID) != "requested approved started intent succeeded ended" {
		t.Errorf("%d changes, trail %q", r.changes(), r.steps(q.ID))
	}
}
