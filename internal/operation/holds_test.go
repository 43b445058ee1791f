package operation_test

import (
	"net/http"
	"strings"
	"testing"

	"backup-portal/internal/action"
	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// keepsHoldsBack lets the vendor forbid every reading of legal holds.
func (r *road) keepsHoldsBack() {
	r.emulator.FailNext(backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v38/legal-hold"}, backupemu.Failure{Status: http.StatusForbidden}, 1000)
}

func (r *road) hold(userUID string) {
	r.t.Helper()
	if err := r.emulator.SetHold(userUID, true); err != nil {
		r.t.Fatal(err)
	}
}

func (r *road) read(k action.Kind, id string) action.State {
	r.t.Helper()
	reading, err := r.service.Read(r.t.Context(), inventory.Everything(), k, id)
	if err != nil || reading.Failure != nil {
		r.t.Fatal(err, reading.Failure)
	}
	return reading.State
}

// TestAReadingReachesBeyondItsTarget: owner, holds and cold storage come with the device, also when the vendor has moved it
// since the mirror met it.
func TestAReadingReachesBeyondItsTarget(t *testing.T) {
	t.Parallel()
	r := setup(t)
	others := 0
	for _, d := range r.emulator.Snapshot().Devices {
		if d.UserUID == r.device.UserUID && d.Active && d.GUID != r.device.GUID {
			others++
		}
	}
	r.hold(r.device.UserUID)
	for uid, days := range map[string]int{r.device.OrgUID: 21, r.root.UID: 77} {
		if err := r.emulator.SetArchiveHoldDays(uid, days); err != nil {
			t.Fatal(err)
		}
	}
	s := r.read(action.Device, r.device.GUID)
	if want := (action.Owner{Known: true, OtherCount: others}); s.Owner != want || !s.Holds.Known || s.Holds.Count != 1 || s.HoldDays != 21 || s.ReadAt.IsZero() {
		t.Errorf("owner %+v, holds %+v, %d days, read at %v; want %d other devices", s.Owner, s.Holds, s.HoldDays, s.ReadAt, others)
	}
	if err := r.emulator.MoveDevice(r.device.GUID, r.root.UID); err != nil {
		t.Fatal(err)
	}
	if s := r.read(action.Device, r.device.GUID); s.Device.OrgUID != r.root.UID || s.HoldDays != 77 {
		t.Errorf("moved to %s: archives are kept for %d days", s.Device.OrgUID, s.HoldDays)
	}
	root := r.read(action.Organization, r.root.UID)
	if !root.Holds.Known || root.Holds.Count == 0 || root.HoldDays != 77 || !root.Below.Use.Known || root.Below.Use.ActiveDevices == 0 || root.Below.Use.StoredBytes == 0 {
		t.Errorf("of the root it is known: %+v, %d days, %+v", root.Holds, root.HoldDays, root.Below.Use)
	}
}

// TestWhatTheVendorKeepsBackIsNotKnown: a reading that lacks it is a reading.
func TestWhatTheVendorKeepsBackIsNotKnown(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.keepsHoldsBack()
	if s := r.read(action.Device, r.device.GUID); s.Holds.Known || !s.Owner.Known || s.HoldDays < 0 {
		t.Errorf("holds %+v, owner %+v, %d days", s.Holds, s.Owner, s.HoldDays)
	}
	r.emulator.FailNext(backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Computer/"}, backupemu.Failure{Status: http.StatusInternalServerError}, 1)
	reading, err := r.service.Read(t.Context(), inventory.Everything(), action.Device, r.device.GUID)
	if err != nil || reading.Failure == nil || reading.State.Owner.Known || reading.State.Holds.Known || reading.State.HoldDays >= 0 {
		t.Errorf("from the mirror alone: %+v, %v (%v)", reading.State, reading.Failure, err)
	}
}

// TestAHoldIsToldBefore: nobody is asked for what the vendor is known to refuse.
func TestAHoldIsToldBefore(t *testing.T) {
	t.Parallel()
	r := setup(t)
	r.hold(r.device.UserUID)
	admin := r.person("ada", policy.Admin, r.root.UID)
	_, err := r.service.Submit(t.Context(), admin, r.submission("device.deactivate"))
	if !fault.Is(err, fault.Conflict) || !strings.HasPrefix(fault.Of(err).Message, "Its owner is on legal hold") {
		t.Errorf("a device: %v", err)
	}
	_, err = r.service.Submit(t.Context(), admin, r.orgSubmission("org.deactivate", r.root.UID))
	if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Of(err).Message, "below it") {
		t.Errorf("an organization: %v", err)
	}
	if n := r.changes(); n != 0 {
		t.Errorf("%d changes were sent", n)
	}
}

// TestTheVendorsOwnRefusal: where holds are kept from the portal, the vendor's 400 says it, and it is understood.
func TestTheVendorsOwnRefusal(t *testing.T) {
	t.Parallel()
	r := setup(t, rules(t, `[budget]
person_per_hour = 1000
[rule."org.deactivate"]
undo_window = "0"`))
	r.hold(r.device.UserUID)
	r.keepsHoldsBack()
	asker := r.person("ada", policy.Admin, r.root.UID)
	first, second := r.person("alan", policy.Admin, r.root.UID), r.person("anna", policy.Admin, r.root.UID)
	refused := func(q operation.Request, want string) {
		t.Helper()
		if item := q.Items[0]; q.State != operation.Ended || item.State != operation.Failed || item.Detail != want || r.trail(item.ID) != "intent failed" {
			t.Errorf("%s, item %s, trail %q", q.State, describe(item), r.trail(item.ID))
		}
	}
	refused(r.agree(first, r.ask(asker, "device.deactivate")), "Its owner is on legal hold: the backup service refuses while they are.")
	if !r.active(r.device.GUID) {
		t.Error("the device is deactivated")
	}
	op, err := r.service.Submit(t.Context(), asker, r.orgSubmission("org.deactivate", r.device.OrgUID))
	if err != nil {
		t.Fatal(err)
	}
	q := r.request(op.Under)
	r.agree(first, q)
	refused(r.agree(second, q), "Somebody below the organization is on legal hold: the backup service refuses while they are.")
}

// TestAnOrganizationWeighsWhatTheVendorCounts: what the mirror has not seen yet is destroyed as well.
func TestAnOrganizationWeighsWhatTheVendorCounts(t *testing.T) {
	t.Parallel()
	r := setup(t)
	org := r.tree().child
	before := r.read(action.Organization, org.UID).Below.Devices
	came := 0
	for _, d := range r.emulator.Snapshot().Devices {
		if d.Active && d.OrgUID != org.UID && came < before+40 {
			if err := r.emulator.MoveDevice(d.GUID, org.UID); err != nil {
				t.Fatal(err)
			}
			came++
		}
	}
	asker := r.person("mara", policy.Admin, r.root.UID)
	op, err := r.service.Submit(t.Context(), asker, r.orgSubmission("org.deactivate", org.UID))
	if err != nil {
		t.Fatal(err)
	}
	q := r.request(op.Under)
	if item := q.Items[0]; item.Weight < came || item.Extent.Devices != item.Weight || q.Over == "" {
		t.Errorf("%d devices were moved there; it weighs %d, reaches %d, over the budget: %q", came, item.Weight, item.Extent.Devices, q.Over)
	}
	read := r.read(action.Organization, org.UID)
	if read.Below.Devices < came || read.Below.Uncounted {
		t.Errorf("of %d devices it is known: %+v", came, read.Below)
	}
	r.emulator.FailNext(backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Computer"}, backupemu.Failure{Status: http.StatusForbidden}, 9)
	unread := r.read(action.Organization, org.UID)
	if unread.Below.Devices != before || !unread.Below.Uncounted {
		t.Errorf("while the vendor refuses: %+v, the mirror has %d", unread.Below, before)
	}
	a, _ := action.ByID("org.deactivate")
	says := func(s action.State) string {
		for _, fact := range a.Impact(action.Order{State: s}) {
			if fact.Name == "Devices in all" {
				return fact.Value
			}
		}
		return ""
	}
	if got := says(unread); !strings.Contains(got, "as last synced: the backup service did not count them now") {
		t.Errorf("while the vendor refuses the page says %q", got)
	}
	if got := says(read); strings.Contains(got, "synced") {
		t.Errorf("of what was counted the page says %q", got)
	}
}
