package operation_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// counting counts how often somebody is looked up.
type counting struct {
	operation.People
	asked atomic.Int32
}

func (c *counting) Person(ctx context.Context, key string) (policy.Actor, bool, error) {
	c.asked.Add(1)
	return c.People.Person(ctx, key)
}

// TestListedVotesLookUpEachPersonOnce: a list says of each request what its page says, without asking anew for each row.
func TestListedVotesLookUpEachPersonOnce(t *testing.T) {
	t.Parallel()
	r := setup(t)
	rule := rules(t, `rule."device.deactivate".org-manager.approvers = [{ count = 2, from = ["admin"] }]`)
	people := &counting{People: r.people}
	road := r.portal(rule, func(o *operation.Options) { o.People = people })
	asker, voter := r.person("mara", policy.OrgManager, r.root.UID), r.person("ada", policy.Admin, r.root.UID)
	var requests []operation.Request
	for _, d := range r.devices(3) {
		in := r.submission("device.deactivate")
		in.TargetID = d.GUID
		op, err := road.Submit(t.Context(), asker, in)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := road.Vote(t.Context(), voter, yes(r.request(op.Under))); err != nil {
			t.Fatal(err)
		}
		requests = append(requests, r.request(op.Under))
	}
	people.asked.Store(0)
	listed, err := road.Votes(t.Context(), requests)
	if err != nil {
		t.Fatal(err)
	}
	if n := people.asked.Load(); n != 2 {
		t.Errorf("%d look-ups for two people", n)
	}
	for i, q := range requests {
		page, err := road.Progress(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(page, listed[i]); diff != "" || !page.Counts[0] || page.Verdict.Missing.People() != 1 {
			t.Errorf("the list says otherwise than the page (-page +list):\n%s", diff)
		}
	}
	r.revoke(voter)
	if listed, err = road.Votes(t.Context(), requests); err != nil || listed[0].Counts[0] {
		t.Errorf("the vote of somebody without a role is listed: %v", err)
	}
}
