package operation_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/fault"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// devices are active devices of different users, the road's own first.
func (r *road) devices(n int) []backupemu.Device {
	r.t.Helper()
	found, owners := []backupemu.Device{r.device}, map[string]bool{r.device.UserUID: true}
	for _, d := range r.emulator.Snapshot().Devices {
		if d.Active && !owners[d.UserUID] && len(found) < n {
			found, owners[d.UserUID] = append(found, d), true
		}
	}
	if len(found) < n {
		r.t.Fatalf("%d devices of different users, want %d", len(found), n)
	}
	return found
}

func guids(devices []backupemu.Device) []string {
	ids := make([]string, len(devices))
	for i, d := range devices {
		ids[i] = d.GUID
	}
	return ids
}

// several is a request about these devices by a manager at the root, not agreed to yet.
func (r *road) several(devices []backupemu.Device) operation.Request {
	r.t.Helper()
	q, err := r.service.SubmitAll(r.t.Context(), r.person("mara", policy.OrgManager, r.root.UID), r.selection("device.deactivate", guids(devices)...))
	if err != nil {
		r.t.Fatal(err)
	}
	return q
}

// outcomes are the states of a request's items, in their order.
func outcomes(q operation.Request) string {
	words := make([]string, len(q.Items))
	for i, op := range q.Items {
		words[i] = string(op.State)
	}
	return strings.Join(words, " ")
}

// TestSeveral: one approval, and each target has its own outcome.
func TestSeveral(t *testing.T) {
	t.Parallel()
	sending := &sends{}
	r := setup(t, sending.watch)
	devices := r.devices(6)
	held, done, gone, failing := devices[1], devices[2], devices[3], devices[4]
	if err := r.emulator.SetHold(held.UserUID, true); err != nil {
		t.Fatal(err)
	}
	p, err := r.service.Preview(t.Context(), r.person("mara", policy.OrgManager, r.root.UID), deactivate(t), guids(devices), nil)
	if err != nil || p.Refusal != "" || len(p.Targets) != 6 || !strings.Contains(p.Targets[1].Why, "legal hold") || p.Need.People() != 1 {
		t.Fatalf("preview: %v, refused %q, need %s", err, p.Refusal, p.Need.Words())
	}
	q := r.several(devices)
	if len(q.Items) != 5 || r.changes() != 0 {
		t.Fatalf("%d items, %d changes", len(q.Items), r.changes())
	}
	if err := r.emulator.SetActive(done.GUID, false); err != nil {
		t.Fatal(err)
	}
	if err := r.emulator.RemoveDevice(gone.GUID); err != nil {
		t.Fatal(err)
	}
	sending.before(q.Items[3].ID, func() { r.emulator.FailNext(deactivations(), backupemu.Failure{Status: 403}, 1) })
	r.agree(r.person("ada", policy.Admin, r.root.UID), q)
	q = r.awaitRequest(q.ID, operation.Ended)
	if got := outcomes(q); got != "succeeded left-out left-out failed succeeded" {
		t.Errorf("outcomes: %s", got)
	}
	if q.Items[1].Detail != "The device is already deactivated." || q.Items[2].Detail != "The device does not exist any more." {
		t.Errorf("left out: %q, %q", q.Items[1].Detail, q.Items[2].Detail)
	}
	if !strings.HasPrefix(q.Detail, "2 of 5 devices deactivated; 1 failed: ") || !strings.Contains(q.Detail, "2 left out") {
		t.Errorf("detail %q", q.Detail)
	}
	for i, want := range map[int]string{0: "intent succeeded", 1: "refused", 2: "refused", 3: "intent failed"} {
		if got := r.trail(q.Items[i].ID); got != want {
			t.Errorf("trail of item %d: %q, want %q", i, got, want)
		}
	}
	if r.active(devices[5].GUID) || !r.active(failing.GUID) || !r.active(held.GUID) {
		t.Error("the devices are not what the outcomes say")
	}
}

// TestLeftOutOfSeveral: of several targets the one that reaches more, or was moved, does not hold up the rest.
func TestLeftOutOfSeveral(t *testing.T) {
	t.Parallel()
	r := setup(t)
	devices := r.devices(3)
	q := r.several(devices)
	if err := r.emulator.MoveDevice(devices[1].GUID, r.beside(devices[1].OrgUID)); err != nil {
		t.Fatal(err)
	}
	r.agree(r.person("ada", policy.Admin, r.root.UID), q)
	q = r.awaitRequest(q.ID, operation.Ended)
	if got := outcomes(q); got != "succeeded left-out succeeded" || q.Items[1].Detail != "The device was moved to another organization." {
		t.Errorf("outcomes: %s, %q", got, q.Items[1].Detail)
	}
	if q.Detail != "2 of 3 devices deactivated; 1 left out: The device was moved to another organization." {
		t.Errorf("detail %q", q.Detail)
	}
}

// TestMovedAwayFromTheAsker: one of several that is not the asker's any more is left out, and the rest is agreed to.
func TestMovedAwayFromTheAsker(t *testing.T) {
	t.Parallel()
	r := setup(t)
	other := r.devices(2)[1]
	if err := r.emulator.MoveDevice(other.GUID, r.device.OrgUID); err != nil {
		t.Fatal(err)
	}
	asker, voter := r.person("mara", policy.OrgManager, r.device.OrgUID), r.person("ada", policy.Admin, r.root.UID)
	q, err := r.service.SubmitAll(t.Context(), asker, r.selection("device.deactivate", r.device.GUID, other.GUID))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.emulator.MoveDevice(other.GUID, r.elsewhere()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.service.Now(t.Context(), voter, q); err != nil { // whoever looks brings the mirror up to date
		t.Fatal(err)
	}
	r.agree(voter, q)
	if q = r.awaitRequest(q.ID, operation.Ended); outcomes(q) != "succeeded left-out" || r.changes() != 1 {
		t.Errorf("outcomes: %s, %d changes: %s", outcomes(q), r.changes(), q.Detail)
	}
}

// TestNobodyHasToAgree: what needs nobody runs at once, several targets too; what destroys something only for who has
// proved a moment ago who they are.
func TestNobodyHasToAgree(t *testing.T) {
	t.Parallel()
	r := setup(t, rules(t, `[rule."device.deactivate".admin]
approvers = []
[rule."device.reactivate".admin]
approvers = []`))
	q, err := r.service.SubmitAll(t.Context(), r.person("hana", policy.HelpDesk, r.root.UID), r.selection("device.block", guids(r.devices(3))...))
	if err != nil {
		t.Fatal(err)
	}
	if q = r.awaitRequest(q.ID, operation.Ended); outcomes(q) != "succeeded succeeded succeeded" || q.Detail != "3 of 3 devices blocked." {
		t.Errorf("blocked: %s %q", outcomes(q), q.Detail)
	}
	admin := r.person("ada", policy.Admin, r.root.UID)
	stale := admin
	stale.AuthTime = r.now().Add(-time.Hour)
	in := r.submission("device.deactivate")
	_, err = r.service.Submit(t.Context(), stale, in)
	if _, stepUp := errors.AsType[*operation.StepUpNeeded](err); !stepUp || !r.active(r.device.GUID) {
		t.Errorf("an hour after the sign-in: %v", err)
	}
	op, err := r.service.Submit(t.Context(), admin, in)
	if err != nil || op.State != operation.Succeeded || op.Under != in.ID || r.active(r.device.GUID) {
		t.Errorf("the same form after a new sign-in: %v %s", err, describe(op))
	}
	if got := r.steps(in.ID); got != "refused started intent succeeded ended" {
		t.Errorf("trail %q", got)
	}
}

// TestNothingLeftToAsk: when every target would be left out there is no request.
func TestNothingLeftToAsk(t *testing.T) {
	t.Parallel()
	r := setup(t)
	devices := r.devices(2)
	for _, d := range devices {
		if err := r.emulator.SetActive(d.GUID, false); err != nil {
			t.Fatal(err)
		}
	}
	in := r.selection("device.deactivate", guids(devices)...)
	if _, err := r.service.SubmitAll(t.Context(), r.person("mara", policy.OrgManager, r.root.UID), in); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "already deactivated") {
		t.Errorf("got %v", err)
	}
}

// TestStoppedAtAnUnknown: the rest waits until somebody goes on, leaves it out, or its time is over.
func TestStoppedAtAnUnknown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		goOn     func(r *road, asker policy.Actor, q operation.Request) error
		outcomes string
		trail    string
		sent     int
	}{
		{"gone on with", func(r *road, asker policy.Actor, q operation.Request) error {
			_, err := r.service.Continue(r.t.Context(), asker, q.ID, "req")
			return err
		}, "succeeded failed succeeded", "started intent succeeded ended", 3},
		{"finished", func(r *road, asker policy.Actor, q operation.Request) error {
			_, err := r.service.Finish(r.t.Context(), asker, q.ID, "req")
			return err
		}, "succeeded failed left-out", "ended", 2},
		{"its time is over", func(r *road, _ policy.Actor, _ operation.Request) error {
			r.pass(25 * time.Hour)
			return r.service.Tend(r.t.Context())
		}, "succeeded failed left-out", "ended", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sending := &sends{}
			r := setup(t, sending.watch)
			devices := r.devices(3)
			asker, voter := r.person("mara", policy.OrgManager, r.root.UID), r.person("ada", policy.Admin, r.root.UID)
			q := r.several(devices)
			sending.before(q.Items[1].ID, func() { r.emulator.Drop(deactivations(), 1) })
			r.agree(voter, q)
			q = r.awaitRequest(q.ID, operation.Stopped)
			if got := outcomes(q); got != "succeeded unknown awaiting" {
				t.Fatalf("stopped: %s", got)
			}
			if told := r.told(q.ID, asker, voter); !cmp.Equal(told, []string{"ada halted", "ada to-decide", "mara halted"}) {
				t.Errorf("told %q", told)
			}
			if _, err := r.service.Continue(t.Context(), asker, q.ID, "req"); !fault.Is(err, fault.Conflict) {
				t.Errorf("gone on with before it is settled: %v", err)
			}
			if _, err := r.service.CheckAgain(t.Context(), voter, q.Items[1].ID, "req"); err != nil {
				t.Fatal(err)
			}
			if now := r.request(q.ID); now.State != operation.Stopped || outcomes(now) != "succeeded failed awaiting" {
				t.Fatalf("settled: %s %s", now.State, outcomes(now))
			}
			if _, err := r.service.Finish(t.Context(), r.person("otto", policy.Auditor, r.root.UID), q.ID, "req"); !fault.Is(err, fault.Denied) {
				t.Errorf("finished by an auditor: %v", err)
			}
			if err := c.goOn(r, asker, q); err != nil {
				t.Fatal(err)
			}
			q = r.awaitRequest(q.ID, operation.Ended)
			if got := outcomes(q); got != c.outcomes || r.changes() != c.sent {
				t.Errorf("outcomes: %s, %d changes", got, r.changes())
			}
			if want := "requested approved intent succeeded intent unknown stopped failed refused " + c.trail; r.steps(q.ID) != want {
				t.Errorf("trail %q, want %q", r.steps(q.ID), want)
			}
		})
	}
}

// TestOneOfAUsersDevicesAtATime: two requests about devices of one user do not change them at once.
func TestOneOfAUsersDevicesAtATime(t *testing.T) {
	t.Parallel()
	sending := &sends{}
	r := setup(t, sending.watch)
	first, second := r.pair()
	asker, voter := r.person("mara", policy.OrgManager, r.root.UID), r.person("ada", policy.Admin, r.root.UID)
	ask := func(guid string) operation.Request {
		q, err := r.service.SubmitAll(t.Context(), asker, r.selection("device.deactivate", guid))
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	one, two := ask(first), ask(second)
	var tries atomic.Int32
	sending.before(two.Items[0].ID, func() { tries.Add(1) })
	// The first one's outcome is not written yet.
	sent, write := make(chan struct{}), make(chan struct{})
	sending.at(one.Items[0].ID, operation.Succeeded, func() { close(sent); <-write })
	quick := r.portal(func(o *operation.Options) { o.AnswerAfter = time.Millisecond })
	if _, err := quick.Vote(t.Context(), voter, yes(one)); err != nil {
		t.Fatal(err)
	}
	<-sent
	if _, err := quick.Vote(t.Context(), voter, yes(two)); err != nil {
		t.Fatal(err)
	}
	r.eventually(func() bool { return tries.Load() > 1 }, "the second is not tried again")
	if now := r.request(two.ID); now.State != operation.Running || now.Items[0].State != operation.Awaiting || r.changes() != 1 {
		t.Errorf("while the first is under way: %s %s, %d changes", now.State, outcomes(now), r.changes())
	}
	close(write)
	r.awaitRequest(one.ID, operation.Ended)
	r.awaitRequest(two.ID, operation.Ended)
	if r.active(first) || r.active(second) || r.changes() != 2 {
		t.Errorf("%d changes", r.changes())
	}
}
