package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/approval"
	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

func TestSpent(t *testing.T) {
	t.Parallel()
	onEvery(t, conformSpent)
}

func TestSpentOnSettings(t *testing.T) {
	t.Parallel()
	onEvery(t, conformSpentOnSettings)
}

// conformSpentOnSettings counts devices whose settings change apart from those that are destroyed, what failed in part included.
func conformSpentOnSettings(t *testing.T, open opener) {
	c := newClock()
	s := open(t, c)
	mirrorOrg(t, s, "a", "/1/a/")
	seen(t, s, c, "a", "d1", "d2", "d3")
	spent := func(when string, of policy.Tally, want policy.Spent) {
		t.Helper()
		got, err := s.Spent(t.Context(), operation.Spending{Tally: of, Person: approval.Person{Key: "ann"}, Path: "/1/"}, "")
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", when, err, diff)
		}
	}
	r := deactivation("r1", "d1", "d2", "d3")
	r.Person.Key = "ann"
	for i, reach := range []int{30, 7, 0} {
		r.Items[i].Weight, r.Items[i].Reach = 0, reach
		r.Items[i].TargetOrgUID, r.Items[i].TargetOrgPath = "a", "/1/a/"
	}
	r.Items[2].Weight = 5
	r = asked(t, s, r, operation.Running)
	spent("asked for", policy.Reconfigured, policy.Spent{PersonHour: 37, PersonDay: 37, SubtreeDay: 37})
	spent("destroyed", policy.Destroyed, policy.Spent{PersonHour: 5, PersonDay: 5, SubtreeDay: 5})
	for i, to := range []operation.State{operation.Partial, operation.Failed} {
		begun, err := s.Move(t.Context(), operation.Move{ID: r.Items[i].ID, Version: 1, To: operation.Running, Line: itemLine(r.Items[i], audit.Intent)})
		ok(t, err)
		_, err = s.Move(t.Context(), operation.Move{ID: begun.ID, Version: begun.Version, To: to, Line: itemLine(r.Items[i], audit.Failed)})
		ok(t, err)
	}
	spent("one in part, one not at all", policy.Reconfigured, policy.Spent{PersonHour: 30, PersonDay: 30, SubtreeDay: 30})
	c.Advance(2 * time.Hour)
	spent("two hours later", policy.Reconfigured, policy.Spent{PersonDay: 30, SubtreeDay: 30})
}

func conformSpent(t *testing.T, open opener) {
	c := newClock()
	s := open(t, c)
	mirrorOrg(t, s, "a", "/1/a/")
	mirrorOrg(t, s, "b", "/1/b/")
	seen(t, s, c, "a", "d1", "d2", "d3")
	spent := func(when, person, path, without string, want policy.Spent) {
		t.Helper()
		asking := operation.Spending{Person: approval.Person{Key: person}, Path: path}
		got, err := s.Spent(t.Context(), asking, without)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", when, err, diff)
		}
		if without != "" {
			return
		}
		stop := errors.New("only looking")
		_, _, err = s.Ask(t.Context(), deactivation("looking", "d0"), asking, func(told policy.Spent) (operation.Entry, error) {
			if told != want {
				t.Errorf("%s: whoever asks is told %+v, want %+v", when, told, want)
			}
			return operation.Entry{}, stop
		})
		if !errors.Is(err, stop) {
			t.Errorf("%s: %v", when, err)
		}
	}
	spent("of nothing", "ann", "/1/", "", policy.Spent{})
	r := deactivation("r1", "d1", "d2", "d3")
	r.Person.Key = "ann"
	r.Items[0].Weight, r.Items[2].Weight = 10, 0 // the last one destroys nothing
	for i := range r.Items {
		r.Items[i].TargetOrgUID, r.Items[i].TargetOrgPath = "a", "/1/a/"
	}
	r = asked(t, s, r, operation.Running)
	spent("waiting counts", "ann", "/1/", "", policy.Spent{PersonHour: 11, PersonDay: 11, SubtreeDay: 11})
	spent("for somebody else", "bob", "/1/a/", "", policy.Spent{SubtreeDay: 11})
	spent("elsewhere", "ann", "/1/b/", "", policy.Spent{PersonHour: 11, PersonDay: 11})
	spent("nowhere", "ann", "", "", policy.Spent{PersonHour: 11, PersonDay: 11})
	spent("without itself", "ann", "/1/", "r1", policy.Spent{})
	spent("for the run of another, nothing is begun", "ann", "/1/", "r2", policy.Spent{})
	seen(t, s, c, "b", "d2")
	spent("moved: here and there", "ann", "/1/b/", "", policy.Spent{PersonHour: 11, PersonDay: 11, SubtreeDay: 1})
	spent("moved: nothing is given back", "ann", "/1/a/", "", policy.Spent{PersonHour: 11, PersonDay: 11, SubtreeDay: 11})

	got, err := s.Spent(t.Context(), operation.Spending{Person: approval.Person{Key: "ann's other account", Email: strings.ToUpper(r.Person.Email)}}, "")
	if want := (policy.Spent{PersonHour: 11, PersonDay: 11}); err != nil || got != want || r.Person.Email == "" {
		t.Errorf("under another account: %+v, %v, want %+v", got, err, want)
	}

	move := func(n int, version int64, to operation.State) {
		t.Helper()
		_, err := s.Move(t.Context(), operation.Move{ID: r.Items[n].ID, Version: version, To: to, Line: itemLine(r.Items[n], audit.Intent)})
		ok(t, err)
	}
	c.Advance(90 * time.Minute)
	move(0, 1, operation.Running)
	spent("begun within the hour", "ann", "/1/", "", policy.Spent{PersonHour: 10, PersonDay: 11, SubtreeDay: 11})
	spent("for the run of another", "ann", "/1/", "r2", policy.Spent{PersonHour: 10, PersonDay: 10, SubtreeDay: 10})
	spent("for its own run", "ann", "/1/", "r1", policy.Spent{})
	var told policy.Spent
	_, err = s.Move(t.Context(), operation.Move{ID: r.Items[1].ID, Version: 1, To: operation.Running, Line: itemLine(r.Items[1], audit.Intent), Admission: &operation.Admission{
		Spending: operation.Spending{Person: approval.Person{Key: "ann"}, Path: "/1/"}, Under: "r2",
		Decide: func(spent policy.Spent) error {
			told = spent
			return fault.New(fault.Conflict, "used up", "")
		},
	}})
	if want := (policy.Spent{PersonHour: 10, PersonDay: 10, SubtreeDay: 10}); !fault.Is(err, fault.Conflict) || told != want {
		t.Errorf("a start is decided on %+v, want %+v; turned down: %v", told, want, err)
	}
	if item, err := s.Operation(t.Context(), r.Items[1].ID); err != nil || item.State != operation.Awaiting || item.Version != 1 {
		t.Errorf("a start that was turned down: %+v, %v", item, err)
	}
	move(0, 2, operation.Unknown)
	spent("nobody can say", "ann", "/1/", "", policy.Spent{PersonHour: 10, PersonDay: 11, SubtreeDay: 11})
	move(0, 3, operation.Succeeded)
	move(1, 1, operation.LeftOut)
	spent("left out", "ann", "/1/", "", policy.Spent{PersonHour: 10, PersonDay: 10, SubtreeDay: 10})
	c.Advance(-48 * time.Hour)
	spent("a clock that went back", "ann", "/1/", "", policy.Spent{PersonHour: 10, PersonDay: 10, SubtreeDay: 10})
	c.Advance(50 * time.Hour)
	spent("two hours later", "ann", "/1/", "", policy.Spent{PersonDay: 10, SubtreeDay: 10})
	c.Advance(24 * time.Hour)
	spent("the next day", "ann", "/1/", "", policy.Spent{})
}
