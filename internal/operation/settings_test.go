package operation_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/action"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/internal/settings"
)

// TestSettingsAreChanged: what was asked for is in force, the lines hold the changed values alone, and all of it is put
// back as an operation of its own.
func TestSettingsAreChanged(t *testing.T) {
	t.Parallel()
	r := setup(t)
	org := r.device.OrgUID
	before := r.sheet(org)
	op := r.set(org, wanting{limit: "750", scanning: "true", notes: "moved to Oslo"})
	if op.State != operation.Succeeded || op.Reach != 5 || op.Weight != 0 || op.Detail != "Read back: as it was sent." || op.Under == "" {
		t.Fatalf("%s, reach %d, weight %d", describe(op), op.Reach, op.Weight)
	}
	if r.value(org, limit) != "750" || r.value(org, scanning) != "true" || r.value(org, notes) != "moved to Oslo" || r.writes() != 2 {
		t.Errorf("%s %s %s, %d writes", r.value(org, limit), r.value(org, scanning), r.value(org, notes), r.writes())
	}
	if trail := r.steps(op.Under); trail != "started intent succeeded ended" {
		t.Errorf("trail %q", trail)
	}
	if told := r.told(op.Under, r.person("mara", policy.OrgManager, r.root.UID)); len(told) > 0 {
		t.Errorf("who has the page before them is told %q", told)
	}
	keys := slices.Sorted(maps.Keys(op.Params))
	if diff := cmp.Diff(keys, op.Written); diff != "" || len(keys) < 3 {
		t.Errorf("written (-asked +written): %s", diff)
	}
	events, err := r.store.Events(t.Context(), op.ID)
	if err != nil || len(events) != 2 {
		t.Fatal(err, len(events))
	}
	intent, outcome := events[0].Line, events[1].Line
	if diff := cmp.Diff(keys, slices.Sorted(maps.Keys(intent.Before))); diff != "" || intent.After != nil {
		t.Errorf("the intent: %+v", intent)
	}
	if diff := cmp.Diff(keys, slices.Sorted(maps.Keys(outcome.After))); diff != "" || !maps.Equal(intent.Before, outcome.Before) || outcome.After[string(notes)] != "moved to Oslo" {
		t.Errorf("the outcome: %+v", outcome)
	}

	if back, err := r.service.Submit(t.Context(), r.person("ada", policy.Admin, r.root.UID), change("org.settings", org, r.service.PutBack(op).Params())); err != nil || back.State != operation.Succeeded {
		t.Fatalf("putting it back: %v %s", err, describe(back))
	}
	if diff := settings.Compare(before, r.sheet(org)); len(diff) > 0 {
		t.Errorf("after putting it back: %+v", diff)
	}
	if rest := r.service.Rest(op); len(rest) > 0 {
		t.Errorf("of what succeeded there is left: %+v", rest)
	}
}

// TestConflict: what somebody else has changed meanwhile is not overwritten, and what they have set to the same is no conflict.
func TestConflict(t *testing.T) {
	t.Parallel()
	r := setup(t)
	org := r.device.OrgUID
	in := change("org.settings", org, r.wants(org, wanting{limit: "750", notes: "ours"}))
	r.behind(org, "webRestoreUserLimitMb", 900)
	manager := r.person("mara", policy.OrgManager, r.root.UID)
	_, err := r.service.Submit(t.Context(), manager, in)
	want := []settings.Conflict{{Change: settings.Change{Key: limit, From: "250", To: "750"}, Now: "900"}}
	if diff := cmp.Diff(want, conflict(t, err).Conflicts); diff != "" || r.writes() != 0 || !strings.Contains(err.Error(), "is 900 MB now") {
		t.Errorf("%v, %d writes %s", err, r.writes(), diff)
	}
	if r.trail(in.ID) != "refused" || r.value(org, limit) != "900" || r.value(org, notes) != "" {
		t.Errorf("trail %q, %s, %q", r.trail(in.ID), r.value(org, limit), r.value(org, notes))
	}
	p, err := r.service.Preview(t.Context(), manager, catalogueOf(t, "org.settings"), []string{org}, in.Params)
	if err != nil || p.Targets[0].Conflict == nil || p.Refusal == "" {
		t.Errorf("the review: %v %+v", err, p.Refusal)
	}

	in = change("org.settings", org, r.wants(org, wanting{limit: "800", notes: "ours"}))
	reading, err := r.service.Preview(t.Context(), manager, catalogueOf(t, "org.settings"), []string{org}, in.Params)
	if err != nil || reading.Refusal != "" {
		t.Fatal(err, reading.Refusal)
	}
	in.Seen = catalogueOf(t, "org.settings").Fingerprint(reading.Targets[0].Order)
	r.behind(org, "webRestoreUserLimitMb", 800)
	op, err := r.service.Submit(t.Context(), manager, in)
	if err != nil || op.State != operation.Succeeded || !slices.Equal(op.Written, []string{string(notes)}) {
		t.Errorf("of two values one is so already: %v %s, written %q", err, describe(op), op.Written)
	}
	if _, err := r.service.Submit(t.Context(), manager, change("org.settings", org, in.Params)); !fault.Is(err, fault.Conflict) || r.writes() != 1 {
		t.Errorf("all of it is so already: %v, %d writes", err, r.writes())
	}
}

func catalogueOf(t *testing.T, id string) action.Action {
	t.Helper()
	a, ok := action.ByID(id)
	if !ok {
		t.Fatalf("%s is not in the catalogue", id)
	}
	return a
}

// TestWhatGoesAlongIsWrittenDown: of an order that does not name what the vendor writes with a value, as when somebody lets
// the organization follow between a failure in part and its repair, the lines name it all the same.
func TestWhatGoesAlongIsWrittenDown(t *testing.T) {
	t.Parallel()
	r := setup(t)
	org := r.device.OrgUID
	seen, _ := r.sheet(org).Value(seats)
	r.behind(org, "isUsingQuotaDefaults", true)
	params := settings.Changes{{Key: seats, From: seen.Own, To: "4321"}}.Params()
	op, err := r.service.Submit(t.Context(), r.person("mara", policy.OrgManager, r.root.UID), change("org.settings", org, params))
	if err != nil || op.State != operation.Succeeded || r.value(org, settings.QuotaInherited) != "false" {
		t.Fatal(err, describe(op))
	}
	events, err := r.store.Events(t.Context(), op.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if was, told := e.Line.Before[string(settings.QuotaInherited)]; !told || was != "yes" {
			t.Errorf("the line %s does not tell that the inheritance ends: %v", e.Line.Outcome, e.Line.Before)
		}
	}
}

// TestForeignChangeIsRecorded: what somebody else changes right after the write stands in the outcome and in its line, and
// so does what did not stick.
func TestForeignChangeIsRecorded(t *testing.T) {
	t.Parallel()
	r := setup(t)
	org := r.device.OrgUID
	gate := r.emulator.DelayAfter(documents())
	in := change("org.settings", org, r.wants(org, wanting{limit: "750", notes: "ours"}))
	done := make(chan operation.Operation, 1)
	go func() {
		op, err := r.service.Submit(t.Context(), r.person("ada", policy.Admin, r.root.UID), in)
		if err != nil {
			t.Error(err)
		}
		done <- op
	}()
	select {
	case <-gate.Arrived():
	case op := <-done:
		t.Fatalf("nothing was sent: %s", describe(op))
	}
	r.behind(org, "webRestoreAdminLimitMb", 4711)
	r.behind(org, "webRestoreUserLimitMb", 10)
	gate.Release()
	op := <-done
	if op = r.await(op.ID, operation.Succeeded); !strings.Contains(op.Detail, "not all of it is as it was sent: ") || !strings.Contains(op.Detail, "is 10 MB") {
		t.Errorf("what did not stick: %s", describe(op))
	}
	if !strings.Contains(op.Detail, "Changed meanwhile by somebody else: ") || !strings.Contains(op.Detail, "from 500 MB to 4711 MB") {
		t.Errorf("what others changed: %s", describe(op))
	}
	events, err := r.store.Events(t.Context(), op.ID)
	if err != nil {
		t.Fatal(err)
	}
	line := events[len(events)-1].Line
	if line.Detail != op.Detail || line.After[string(limit)] != "10 MB" || len(line.After) != 2 {
		t.Errorf("the line: %+v", line)
	}
}

// undocumented is a fleet whose vendor answers for an organization and not for its documents.
type undocumented struct{ operation.Fleet }

func (u undocumented) Settings(ctx context.Context, scope inventory.Scope, uid string) (inventory.OrgSettings, error) {
	live, err := u.RememberedOrg(ctx, scope, uid, errMute)
	return inventory.OrgSettings{LiveOrg: live}, err
}

// TestWhatIsWrittenIsRead: without the documents nothing can be decided, also when the rest is known.
func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	r := setup(t)
	mara, params := r.person("mara", policy.OrgManager, r.root.UID), r.wants(r.device.OrgUID, wanting{limit: "750"})
	half := r.portal(func(o *operation.Options) { o.Fleet = undocumented{o.Fleet} })
	if _, err := half.Submit(t.Context(), mara, change("org.settings", r.device.OrgUID, params)); !fault.Is(err, fault.Upstream) || r.changes() != 0 {
		t.Errorf("%v, %d changes", err, r.changes())
	}
	q := r.waiting(mara, wanting{warned: "1440"})
	if voted, err := half.Vote(t.Context(), r.person("ada", policy.Admin, r.root.UID), yes(q)); err != nil || voted.State != operation.Running || r.changes() != 0 {
		t.Errorf("what was agreed to waits: %v %s, %d changes", err, voted.State, r.changes())
	}
}

// TestNewOrganizationIsMet: what was made is in the mirror with the outcome, and has its name once.
func TestNewOrganizationIsMet(t *testing.T) {
	t.Parallel()
	r := setup(t)
	make := func(name string) (operation.Operation, error) {
		return r.service.Submit(t.Context(), r.person("ada", policy.Admin, r.root.UID), change("org.create", r.device.OrgUID, map[string]string{"name": name}))
	}
	op, err := make("Bergen")
	if err != nil || op.State != operation.Succeeded {
		t.Fatal(err, describe(op))
	}
	met := func(name string) bool {
		orgs, err := r.store.Orgs(t.Context(), inventory.Everything(), 1000)
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(orgs, func(o inventory.Org) bool { return o.Name == name && o.ParentUID == r.device.OrgUID })
	}
	if !met("Bergen") {
		t.Error("the mirror has not met it")
	}
	if op, err := make("bergen"); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second one of the name: %v %s", err, describe(op))
	}
	events, err := r.store.Events(t.Context(), op.ID)
	if err != nil || events[1].Line.After["name"] != "Bergen" {
		t.Errorf("its line: %v %+v", err, events)
	}
	edited, err := r.service.Submit(t.Context(), r.person("ada", policy.Admin, r.root.UID), change("org.edit", r.device.OrgUID, map[string]string{"name": "Crewing"}))
	row, rowErr := r.store.OrgNode(t.Context(), inventory.Everything(), r.device.OrgUID)
	if err != nil || rowErr != nil || edited.State != operation.Succeeded || row.Name != "Crewing" {
		t.Errorf("after a new name: %v %v %s, %q", err, rowErr, describe(edited), row.Name)
	}
}

// TestDeviceIsEdited: an edit goes out with the whole document, which is held against what it was to be.
func TestDeviceIsEdited(t *testing.T) {
	t.Parallel()
	r := setup(t)
	before := r.sheet(r.device.GUID)
	op, err := r.service.Submit(t.Context(), r.person("hana", policy.HelpDesk, r.root.UID), change("device.edit", r.device.GUID, map[string]string{"notes": "spare"}))
	if err != nil || op.State != operation.Succeeded || op.Reach != 0 || op.Under != "" {
		t.Fatalf("%v %s", err, describe(op))
	}
	after := r.sheet(r.device.GUID)
	if diff := settings.Compare(before, after); len(diff) != 1 || diff[0].Two != "spare" {
		t.Errorf("changed: %+v", diff)
	}
	events, err := r.store.Events(t.Context(), op.ID)
	if err != nil || !maps.Equal(events[1].Line.After, map[string]string{"notes": "spare"}) || len(events[0].Line.Before) != 1 {
		t.Errorf("its lines: %v %+v", err, events)
	}
}

// TestDevicesFollow: several devices that differ follow their organization again, one after the other.
func TestDevicesFollow(t *testing.T) {
	t.Parallel()
	r := setup(t)
	ids := guids(r.devices(3))
	for _, id := range ids {
		if err := r.emulator.FollowOrg(id); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range ids[:2] {
		if err := r.emulator.DriftDevice(id, "60", "minutesUntilWarning"); err != nil {
			t.Fatal(err)
		}
	}
	q, err := r.service.SubmitAll(t.Context(), r.person("mara", policy.OrgManager, r.root.UID), r.selection("device.follow", ids...))
	if err != nil {
		t.Fatal(err)
	}
	q = r.awaitRequest(q.ID, operation.Ended)
	if len(q.Items) != 2 || q.Items[0].Reach != 1 || q.Items[0].State != operation.Succeeded || q.Items[1].State != operation.Succeeded {
		t.Errorf("%s %+v", q.Detail, q.Items)
	}
	events, err := r.store.Events(t.Context(), q.Items[0].ID)
	if err != nil || len(events) != 2 || len(events[1].Line.After) != 1 {
		t.Errorf("its line: %v %+v", err, events)
	}
}
