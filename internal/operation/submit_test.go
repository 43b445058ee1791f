package operation_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"backup-portal/internal/audit"
	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

func TestTwentyPostsAreOneCall(t *testing.T) {
	t.Parallel()
	r := setup(t)
	gate := r.emulator.Delay(blockRequests())
	in, admin := r.submission("device.block"), r.admin()
	var posts sync.WaitGroup
	answers := make(chan operation.Operation, 20)
	post := func() {
		op, err := r.service.Submit(t.Context(), admin, in)
		if err != nil {
			t.Errorf("a repeated post is turned down: %v", err)
		}
		answers <- op
	}
	posts.Go(post)
	<-gate.Arrived()
	for range 19 {
		posts.Go(post)
	}
	for range 19 {
		if op := <-answers; op.ID != in.ID || op.State != operation.Running {
			t.Errorf("while the call is held a post is answered with %s", describe(op))
		}
	}
	gate.Release()
	posts.Wait()
	if last := <-answers; last.ID != in.ID {
		t.Errorf("the first post is answered with another operation: %s", last.ID)
	}
	r.await(in.ID, operation.Succeeded)
	if got := r.changes(); got != 1 {
		t.Errorf("%d calls reached the vendor, want 1", got)
	}
	if got := r.trail(in.ID); got != "intent succeeded" {
		t.Errorf("trail %q", got)
	}
}

func TestOneOpenOperationPerTarget(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.emulator.Drop(blockRequests(), 1)
	first, err := r.service.Submit(t.Context(), r.admin(), r.submission("device.block"))
	if err != nil || first.State != operation.Unknown {
		t.Fatalf("%v %s", err, describe(first))
	}
	second := r.submission("device.block")
	if _, err := r.service.Submit(t.Context(), r.admin(), second); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second change on a device whose first is unknown: %v, want a conflict", err)
	}
	if r.changes() != 1 || r.trail(second.ID) != "" {
		t.Errorf("%d changes, second trail %q", r.changes(), r.trail(second.ID))
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		actor  func(*road) policy.Actor
		in     func(*road) operation.Submission
		change func(*operation.Options)
		kind   fault.Kind
		says   string
		line   bool // a refusal stands in the audit log
	}{
		{"viewer", func(r *road) policy.Actor { return r.actor(policy.Viewer, r.root.UID) }, nil, nil, fault.Denied, "needs the role", true},
		{"auditor", func(r *road) policy.Actor { return r.actor(policy.Auditor, r.root.UID) }, nil, nil, fault.Denied, "needs the role", true},
		{"not ready", nil, func(r *road) operation.Submission { return r.submission("device.unblock") }, nil, fault.Conflict, "not blocked", true},
		{"read-only", nil, nil, func(o *operation.Options) { o.ReadOnly = true }, fault.Denied, "read-only", true},
		{"changed since the form", nil, func(r *road) operation.Submission {
			in := r.submission("device.block")
			in.Seen = "active=true blocked=false org=elsewhere user=nobody"
			return in
		}, nil, fault.Conflict, "changed since", true},
		{"no role", func(*road) policy.Actor { return policy.Actor{Issuer: "i", Subject: "nobody"} }, nil, nil, fault.NotFound, "does not exist", false},
		{"unknown device", nil, func(r *road) operation.Submission {
			in := r.submission("device.block")
			in.TargetID = "999"
			return in
		}, nil, fault.NotFound, "does not exist", false},
		{"unknown action", nil, func(r *road) operation.Submission { return r.submission("device.explode") }, nil, fault.NotFound, "", false},
		{"no operation id", nil, func(r *road) operation.Submission {
			in := r.submission("device.block")
			in.ID = "1; drop table"
			return in
		}, nil, fault.Invalid, "operation id", false},
		{"endless reason", nil, func(r *road) operation.Submission {
			in := r.submission("device.block")
			in.Reason = strings.Repeat("é", 501)
			return in
		}, nil, fault.Invalid, "longer than 500", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := setup(t, func(o *operation.Options) {
				if c.change != nil {
					c.change(o)
				}
			})
			actor, in := r.admin(), r.submission("device.block")
			if c.actor != nil {
				actor = c.actor(r)
			}
			if c.in != nil {
				in = c.in(r)
			}
			_, err := r.service.Submit(t.Context(), actor, in)
			if !fault.Is(err, c.kind) || !strings.Contains(fault.Of(err).Message, c.says) {
				t.Errorf("got %v, want %s saying %q", err, c.kind, c.says)
			}
			if r.changes() != 0 {
				t.Error("something was sent")
			}
			want := ""
			if c.line {
				want = "refused"
			}
			if got := r.trail(in.ID); got != want {
				t.Errorf("trail %q, want %q", got, want)
			}
		})
	}
}

func TestMovedDeviceChangesHands(t *testing.T) {
	t.Parallel()
	r := setup(t)
	help := r.actor(policy.HelpDesk, r.device.OrgUID)
	var elsewhere string
	for _, o := range r.emulator.Snapshot().Orgs {
		here, there := r.path(r.device.OrgUID), r.path(o.UID)
		if !strings.HasPrefix(here, there) && !strings.HasPrefix(there, here) {
			elsewhere = o.UID
		}
	}
	if err := r.emulator.MoveDevice(r.device.GUID, elsewhere); err != nil {
		t.Fatal(err)
	}
	// The mirror still says the old organization; the live read decides.
	if _, err := r.service.Submit(t.Context(), help, r.submission("device.block")); !fault.Is(err, fault.NotFound) {
		t.Errorf("the old organization's help desk still acts: %v", err)
	}
	op, err := r.service.Submit(t.Context(), r.actor(policy.HelpDesk, elsewhere), r.submission("device.block"))
	if err != nil || op.State != operation.Succeeded {
		t.Errorf("the new organization's help desk does not act: %v %s", err, describe(op))
	}
}

func (r *road) path(uid string) string {
	r.t.Helper()
	paths, err := r.store.OrgPaths(r.t.Context(), []string{uid})
	if err != nil {
		r.t.Fatal(err)
	}
	return paths[uid].Path
}

// unwritable is a store whose intent cannot be written, as on a full disk.
type unwritable struct{ operation.Store }

var errFull = errors.New("database or disk is full")

func (unwritable) Begin(context.Context, operation.Operation, time.Duration, audit.Line) (operation.Operation, bool, error) {
	return operation.Operation{}, false, errFull
}

func TestNoIntentNoChange(t *testing.T) {
	t.Parallel()
	r := setup(t, func(o *operation.Options) { o.Store = unwritable{o.Store} })
	if _, err := r.service.Submit(t.Context(), r.admin(), r.submission("device.block")); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
	if r.changes() != 0 {
		t.Error("a change was sent whose intent could not be written")
	}
}

func TestVendorSilentBeforeTheChange(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.emulator.Drop(backupemu.Match{Method: "GET", PathPrefix: "/api/v1/Computer/"}, 50)
	in := r.submission("device.block")
	if _, err := r.service.Submit(t.Context(), r.admin(), in); !fault.Is(err, fault.Upstream) || !strings.Contains(err.Error(), "nothing was sent") {
		t.Errorf("got %v, want an upstream fault that says nothing was sent", err)
	}
	if r.changes() != 0 || r.trail(in.ID) != "" {
		t.Errorf("%d changes, trail %q", r.changes(), r.trail(in.ID))
	}
}

func TestOthersFormIsNotAnswered(t *testing.T) {
	t.Parallel()
	r := setup(t)
	in := r.submission("device.block")
	if _, err := r.service.Submit(t.Context(), r.admin(), in); err != nil {
		t.Fatal(err)
	}
	if _, err := r.service.Submit(t.Context(), r.actor(policy.HelpDesk, r.root.UID), in); !fault.Is(err, fault.Conflict) {
		t.Errorf("somebody else's operation id is answered with %v", err)
	}
}

func TestMirrorKnowsAfterTheChange(t *testing.T) {
	t.Parallel()
	r := setup(t)
	if _, err := r.service.Submit(t.Context(), r.admin(), r.submission("device.block")); err != nil {
		t.Fatal(err)
	}
	row, err := r.fleet.Device(t.Context(), inventory.Everything(), r.device.GUID)
	if err != nil || !row.Blocked {
		t.Errorf("the mirror's row after a block: %+v %v", row, err)
	}
}
