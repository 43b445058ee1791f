package operation_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"backup-portal/internal/audit"
	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// The attacks on asking and voting that other products fell to. Each of these tests was seen to fail without its guard.

// elsewhere is an organization that neither holds the road's device nor lies above it.
func (r *road) elsewhere() string {
	r.t.Helper()
	for _, o := range r.emulator.Snapshot().Orgs {
		here, there := r.path(r.device.OrgUID), r.path(o.UID)
		if !strings.HasPrefix(here, there) && !strings.HasPrefix(there, here) {
			return o.UID
		}
	}
	r.t.Fatal("no organization beside the device's")
	return ""
}

// others are active devices outside the organization of the road's device.
func (r *road) others(n int) []string {
	r.t.Helper()
	var found []string
	for _, d := range r.emulator.Snapshot().Devices {
		if d.Active && !strings.HasPrefix(r.path(d.OrgUID), r.path(r.device.OrgUID)) && len(found) < n {
			found = append(found, d.GUID)
		}
	}
	if len(found) < n {
		r.t.Fatalf("%d devices elsewhere, want %d", len(found), n)
	}
	return found
}

func (r *road) selection(actionID string, targets ...string) operation.Selection {
	return operation.Selection{ID: operation.NewID(), Action: actionID, TargetIDs: targets, Reason: "case 4471", HTTP: "req-1"}
}

// TestEachOfSeveralIsDecided: that the first target is in order says nothing about the others.
func TestEachOfSeveralIsDecided(t *testing.T) {
	t.Parallel()
	r := setup(t)
	foreign := r.others(1)[0]
	manager := r.person("mara", policy.OrgManager, r.device.OrgUID)
	reader := r.actor(policy.Viewer, r.root.UID)
	reads := manager
	reads.Grants = append(reads.Grants[:1:1], reader.Grants...)
	for _, c := range []struct {
		name  string
		actor policy.Actor
		ids   []string
		kind  fault.Kind
	}{
		{"the second lies outside what they see", manager, []string{r.device.GUID, foreign}, fault.NotFound},
		{"the first lies outside what they see", manager, []string{foreign, r.device.GUID}, fault.NotFound},
		{"the second is theirs to read only", reads, []string{r.device.GUID, foreign}, fault.Denied},
		{"one twice", manager, []string{r.device.GUID, r.device.GUID}, fault.Invalid},
		{"none", manager, nil, fault.Invalid},
		{"too many", manager, make([]string, 101), fault.Invalid},
		{"several organizations", r.admin(), []string{r.device.OrgUID, r.root.UID}, fault.Invalid},
	} {
		in := r.selection("device.deactivate", c.ids...)
		if c.name == "several organizations" {
			in.Action = "org.deactivate"
		}
		if _, err := r.service.SubmitAll(t.Context(), c.actor, in); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v, want %s", c.name, err, c.kind)
		}
		if _, err := r.store.Request(t.Context(), in.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: a request is stored: %v", c.name, err)
		}
		if got := r.steps(in.ID); (got == "refused") != (c.kind == fault.Denied) {
			t.Errorf("%s: trail %q", c.name, got)
		}
	}
	if r.changes() != 0 {
		t.Errorf("%d changes were sent", r.changes())
	}
}

// TestNoSecondWayToTheVendor: what waits for others is not reached by the direct way, by another form, or by its item.
func TestNoSecondWayToTheVendor(t *testing.T) {
	t.Parallel()
	r := setup(t)
	manager := r.person("mara", policy.OrgManager, r.device.OrgUID)
	q := r.ask(manager, "device.deactivate")
	if _, err := r.service.Submit(t.Context(), manager, r.submission("device.block")); !fault.Is(err, fault.Conflict) {
		t.Errorf("another change of a target that waits: %v, want a conflict", err)
	}
	item := q.Items[0]
	if _, err := r.store.Move(t.Context(), operation.Move{ID: item.ID, Version: item.Version, To: operation.Running, Line: audit.Line{Outcome: audit.Intent}}); !fault.Is(err, fault.Conflict) {
		t.Errorf("an item runs before its request: %v", err)
	}
	if err := r.service.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.service.Continue(t.Context(), manager, q.ID, "req"); !fault.Is(err, fault.Conflict) {
		t.Errorf("what waits is gone on with: %v", err)
	}
	if r.changes() != 0 || r.request(q.ID).State != operation.Awaiting {
		t.Errorf("%d changes, request %s", r.changes(), r.request(q.ID).State)
	}
}

// TestFormSentAgain: the form of a request is answered by it, whoever runs it meanwhile, and is good for nothing else.
func TestFormSentAgain(t *testing.T) {
	t.Parallel()
	r := setup(t)
	manager, admin := r.person("mara", policy.OrgManager, r.device.OrgUID), r.person("ada", policy.Admin, r.root.UID)
	in := r.submission("device.deactivate")
	first, err := r.service.Submit(t.Context(), manager, in)
	if err != nil {
		t.Fatal(err)
	}
	other, foreign, all := in, in, r.selection("device.deactivate", r.others(1)...)
	other.Action, foreign.TargetID, all.ID = "device.reactivate", r.others(1)[0], in.ID
	for name, post := range map[string]func() error{
		"another action":  func() error { _, err := r.service.Submit(t.Context(), manager, other); return err },
		"another target":  func() error { _, err := r.service.Submit(t.Context(), admin, foreign); return err },
		"another person":  func() error { _, err := r.service.Submit(t.Context(), admin, in); return err },
		"other targets":   func() error { _, err := r.service.SubmitAll(t.Context(), manager, all); return err },
		"a direct change": func() error { _, err := r.service.Submit(t.Context(), manager, r.with(in, "device.block")); return err },
	} {
		if err := post(); !fault.Is(err, fault.Conflict) {
			t.Errorf("the form with %s: %v, want a conflict", name, err)
		}
	}
	q := r.agree(admin, r.request(first.Under))
	for range 3 {
		again, err := r.service.Submit(t.Context(), manager, in)
		if err != nil || again.ID != first.ID || again.State != operation.Succeeded {
			t.Errorf("sent again: %v %s", err, describe(again))
		}
	}
	if r.changes() != 1 || r.steps(q.ID) != "requested approved intent succeeded ended" {
		t.Errorf("%d changes, trail %q", r.changes(), r.steps(q.ID))
	}
}

func (r *road) with(in operation.Submission, actionID string) operation.Submission {
	in.Action = actionID
	return in
}

// late is a store before whose writing of a form something else happens.
type late struct {
	operation.Store
	operation.Requests
	before func()
}

func (l *late) Begin(ctx context.Context, op operation.Operation, limit time.Duration, intent audit.Line) (operation.Operation, bool, error) {
	l.before()
	return l.Store.Begin(ctx, op, limit, intent)
}

func (l *late) Ask(ctx context.Context, r operation.Request, s operation.Spending, decide func(policy.Spent) (operation.Entry, error)) (operation.Request, bool, error) {
	l.before()
	return l.Requests.Ask(ctx, r, s, decide)
}

// TestFormPostedWhileRulesChange: of two portals with different rules the one that is faster decides what the form is.
func TestFormPostedWhileRulesChange(t *testing.T) {
	t.Parallel()
	for _, asksFirst := range []bool{true, false} {
		r := setup(t, impatient)
		actor, in := r.person("mara", policy.OrgManager, r.device.OrgUID), r.submission("device.block")
		asking, direct := rules(t, `[rule."device.block".org-manager]
approvers = [{ from = ["admin"] }]`), func(*operation.Options) {}
		first, second := asking, direct
		if !asksFirst {
			first, second = direct, asking
			gate := r.emulator.Delay(blockRequests())
			t.Cleanup(gate.Release)
		}
		quick := func(o *operation.Options) { o.AnswerAfter = time.Millisecond }
		faster := r.portal(first, quick)
		slower := r.portal(second, func(o *operation.Options) {
			l := &late{Store: o.Store, Requests: o.Requests, before: func() {
				if _, err := faster.Submit(t.Context(), actor, in); err != nil {
					t.Error(err)
				}
			}}
			o.Store, o.Requests = l, l
		})
		op, err := slower.Submit(t.Context(), actor, in)
		if err != nil || asksFirst && (op.Under != in.ID || op.State != operation.Awaiting) || !asksFirst && (op.ID != in.ID || op.State != operation.Running) {
			t.Errorf("asks first: %t: %v, %s under %q", asksFirst, err, describe(op), op.Under)
		}
		if _, err := r.store.Request(t.Context(), in.ID); (err == nil) != asksFirst {
			t.Errorf("asks first: %t: the request: %v", asksFirst, err)
		}
	}
}

// TestFormPostedToTwoPortals: twenty at the same time are one request.
func TestFormPostedToTwoPortals(t *testing.T) {
	t.Parallel()
	r := setup(t)
	manager, second := r.person("mara", policy.OrgManager, r.device.OrgUID), r.portal()
	in := r.submission("device.deactivate")
	var posts sync.WaitGroup
	for i := range 20 {
		posts.Go(func() {
			service := r.service
			if i%2 == 1 {
				service = second
			}
			if op, err := service.Submit(t.Context(), manager, in); err != nil || op.Under != in.ID {
				t.Errorf("post %d: %v, under %q", i, err, op.Under)
			}
		})
	}
	posts.Wait()
	if got := r.steps(in.ID); got != "requested" {
		t.Errorf("trail %q", got)
	}
}
