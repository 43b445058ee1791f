package operation_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// small is a budget that a few devices overdraw.
const small = `[budget]
person_per_hour = 3
subtree_per_day = 5
ceiling = 7
`

// singles asks for each device with a request of its own.
func (r *road) singles(asker policy.Actor, ids []string) []operation.Request {
	r.t.Helper()
	asked := make([]operation.Request, len(ids))
	for i, id := range ids {
		q, err := r.service.SubmitAll(r.t.Context(), asker, r.selection("device.deactivate", id))
		if err != nil {
			r.t.Fatalf("request %d: %v", i, err)
		}
		asked[i] = q
	}
	return asked
}

// TestBudgetIsNotSplit: many small requests ask for as many people as one big one.
func TestBudgetIsNotSplit(t *testing.T) {
	t.Parallel()
	r := setup(t, rules(t, small))
	asker, voter := r.person("mara", policy.OrgManager, r.root.UID), r.person("ada", policy.Admin, r.root.UID)
	ids := guids(r.devices(8))
	for i, q := range r.singles(asker, ids[:4]) {
		want := 1
		if i == 3 {
			want = 2
		}
		if q.Need.People() != want || (q.Over != "") != (want > 1) {
			t.Errorf("request %d asks for %s (%q), want %d people", i, q.Need.Words(), q.Over, want)
		}
	}
	over := r.singles(r.person("milo", policy.OrgManager, r.root.UID), ids[4:6])[1]
	if over.Need.People() != 2 {
		t.Errorf("above the day's budget of the subtree it asks for %s", over.Need.Words())
	}
	if voted := r.agree(voter, over); voted.State != operation.Awaiting {
		t.Errorf("after one of two: %s", voted.State)
	}
	in := r.selection("device.deactivate", ids[6:]...)
	if _, err := r.service.SubmitAll(t.Context(), r.person("mona", policy.OrgManager, r.root.UID), in); !fault.Is(err, fault.Denied) || !strings.Contains(err.Error(), "nothing goes") {
		t.Errorf("above the ceiling: %v", err)
	}
	if got := r.steps(in.ID); got != "refused" {
		t.Errorf("trail %q", got)
	}
}

// TestBudgetHoldsAtOnce: requests that are asked for at the same instant are counted one after the other.
func TestBudgetHoldsAtOnce(t *testing.T) {
	t.Parallel()
	r := setup(t, rules(t, small))
	asker, second := r.person("mara", policy.OrgManager, r.root.UID), r.portal()
	var mu sync.Mutex
	var needs []int
	var posts sync.WaitGroup
	for i, id := range guids(r.devices(5)) {
		posts.Go(func() {
			service := []*operation.Service{r.service, second}[i%2]
			q, err := service.SubmitAll(t.Context(), asker, r.selection("device.deactivate", id))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			needs = append(needs, q.Need.People())
		})
	}
	posts.Wait()
	slices.Sort(needs)
	if !slices.Equal(needs, []int{1, 1, 1, 2, 2}) {
		t.Errorf("people asked for: %v", needs)
	}
}

// TestBudgetIsOfTheRun: what was asked for over hours and is run at once is counted when it is run.
func TestBudgetIsOfTheRun(t *testing.T) {
	t.Parallel()
	r := setup(t, rules(t, small))
	asker, voter := r.person("mara", policy.OrgManager, r.root.UID), r.person("ada", policy.Admin, r.root.UID)
	ids := guids(r.devices(5))
	asked := r.singles(asker, ids[:3])
	r.pass(61 * time.Minute)
	asked = append(asked, r.singles(asker, ids[3:4])...)
	voter.AuthTime = r.now()
	for i, q := range asked {
		if q.Need.People() != 1 {
			t.Fatalf("request %d asks for %s", i, q.Need.Words())
		}
		voted := r.agree(voter, q)
		if want := map[bool]operation.State{true: operation.Ended, false: operation.Awaiting}[i < 3]; voted.State != want {
			t.Errorf("request %d after one yes: %s, want %s", i, voted.State, want)
		}
	}
	if r.changes() != 3 {
		t.Errorf("%d changes", r.changes())
	}
	second := r.person("alan", policy.Admin, r.root.UID)
	if voted := r.agree(second, asked[3]); voted.State != operation.Ended || r.changes() != 4 {
		t.Errorf("after one approver more: %s, %d changes", voted.State, r.changes())
	}
}

// TestBudgetOfTwoRunsAtOnce: of two runs that are each within the budget by themselves, the one that is begun second asks
// for one approver more, also when both were decided before either was begun.
func TestBudgetOfTwoRunsAtOnce(t *testing.T) {
	t.Parallel()
	var at sends
	r := setup(t, rules(t, "[budget]\nperson_per_hour = 1"), at.watch)
	asker, voter := r.person("mara", policy.OrgManager, r.root.UID), r.person("ada", policy.Admin, r.root.UID)
	ids := guids(r.devices(2))
	first := r.singles(asker, ids[:1])[0]
	r.pass(61 * time.Minute)
	second := r.singles(asker, ids[1:])[0]
	voter.AuthTime = r.now()
	at.before(first.Items[0].ID, sync.OnceFunc(func() {
		if q := r.agree(voter, second); q.State != operation.Ended {
			t.Errorf("the one in between: %s", q.State)
		}
	}))
	if q := r.agree(voter, first); q.State != operation.Awaiting || r.changes() != 1 {
		t.Errorf("the one that was begun second: %s, %d changes, want it to wait for one approver more", q.State, r.changes())
	}
	if q := r.agree(r.person("alan", policy.Admin, r.root.UID), first); q.State != operation.Ended || r.changes() != 2 {
		t.Errorf("after one approver more: %s, %d changes", q.State, r.changes())
	}
}

// TestBudgetOfTwoAccounts: two accounts with one address are one person to the budget, too.
func TestBudgetOfTwoAccounts(t *testing.T) {
	t.Parallel()
	r := setup(t, rules(t, "[budget]\nperson_per_hour = 2"))
	one, two := r.person("mara", policy.OrgManager, r.root.UID), r.person("mara.admin", policy.Admin, r.root.UID)
	two.Email = "MARA@halden.example"
	r.people.set(two)
	ids := guids(r.devices(4))
	r.singles(one, ids[:2])
	if q := r.singles(two, ids[2:3])[0]; q.Need.People() != 2 {
		t.Errorf("the other account is asked for %s", q.Need.Words())
	}
	if q := r.singles(r.person("mona", policy.OrgManager, r.root.UID), ids[3:])[0]; q.Need.People() != 1 {
		t.Errorf("somebody else is asked for %s", q.Need.Words())
	}
}

// TestReasonOfTheRules: a form of the reason that the rules ask for is asked for on every way.
func TestReasonOfTheRules(t *testing.T) {
	t.Parallel()
	r := setup(t, rules(t, `[rule."device.deactivate"]
reason = { pattern = "^INC[0-9]+$", example = "INC4471" }
[rule."device.block"]
reason = { pattern = "^INC[0-9]+$", example = "INC4471" }`))
	asker := r.person("mara", policy.OrgManager, r.root.UID)
	for _, id := range []string{"device.deactivate", "device.block"} {
		if _, err := r.service.Submit(t.Context(), asker, r.submission(id)); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "INC4471") {
			t.Errorf("%s for any reason: %v", id, err)
		}
	}
	in := r.selection("device.deactivate", guids(r.devices(2))...)
	if _, err := r.service.SubmitAll(t.Context(), asker, in); !fault.Is(err, fault.Invalid) {
		t.Errorf("several for any reason: %v", err)
	}
	in.Reason = "INC1"
	if _, err := r.service.SubmitAll(t.Context(), asker, in); err != nil {
		t.Errorf("with a ticket: %v", err)
	}
}
