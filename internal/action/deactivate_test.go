package action_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/action"
	"backup-portal/internal/backup"
)

func byID(t *testing.T, id string) action.Action {
	t.Helper()
	a, ok := action.ByID(id)
	if !ok {
		t.Fatalf("no action %s", id)
	}
	return a
}

// inUse is an active device with two archives, which is read at noon on a day.
func inUse() action.State {
	return action.State{
		ReadAt: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
		Device: backup.Device{
			Active: true, Status: "Active", OrgUID: "7", UserUID: "31",
			Backups: []backup.Backup{
				{ArchiveGUID: "1", ArchiveBytes: 84_200_000_000, BackingUp: true},
				{ArchiveGUID: "2", ArchiveBytes: 1_100_000_000_000},
				{ArchiveBytes: -5}, // what cannot be is nothing
			},
		},
		Owner: action.Owner{Known: true, OtherCount: 2}, Holds: action.Holds{Known: true}, HoldDays: 60,
	}
}

func values(facts []action.Fact) map[string]string {
	all := map[string]string{}
	for _, f := range facts {
		all[f.Name] = f.Value
	}
	return all
}

// TestReadyToDeactivate: a legal hold is told before anything is sent, and what is not known keeps nobody from asking.
func TestReadyToDeactivate(t *testing.T) {
	t.Parallel()
	org := func(change func(*action.State)) action.State {
		s := action.State{Org: backup.Org{Active: true}, Holds: action.Holds{Known: true}}
		change(&s)
		return s
	}
	device := func(change func(*action.State)) action.State {
		s := inUse()
		change(&s)
		return s
	}
	for _, tt := range []struct {
		id    string
		state action.State
		want  string // how the refusal begins; "" is none
	}{
		{"device.deactivate", device(func(*action.State) {}), ""},
		{"device.deactivate", device(func(s *action.State) { s.Device.Active = false }), "The device is already deactivated"},
		{"device.deactivate", device(func(s *action.State) { s.Holds.Count = 1 }), "Its owner is on legal hold"},
		{"device.deactivate", device(func(s *action.State) { s.Holds = action.Holds{} }), ""},
		{"device.reactivate", device(func(*action.State) {}), "The device is active"},
		{"device.reactivate", device(func(s *action.State) { s.Device.Active = false }), ""},
		{"org.deactivate", org(func(*action.State) {}), ""},
		{"org.deactivate", org(func(s *action.State) { s.Org.Active = false }), "The organization is already deactivated"},
		{"org.deactivate", org(func(s *action.State) { s.Holds.Count = 1 }), "1 person below it is on legal hold"},
		{"org.deactivate", org(func(s *action.State) { s.Holds.Count = 1203 }), "1,203 people below it are on legal hold"},
		{"org.deactivate", org(func(s *action.State) { s.Holds = action.Holds{} }), ""},
		{"org.reactivate", org(func(*action.State) {}), "The organization is active"},
		{"org.reactivate", org(func(s *action.State) { s.Org.Active = false }), ""},
	} {
		got := byID(t, tt.id).Ready(action.Order{State: tt.state})
		if (got == "") != (tt.want == "") || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s answers %q, want %q", tt.id, got, tt.want)
		}
	}
}

// TestWhatDeactivationDestroys says in plain figures what happens to archives and to the owner.
func TestWhatDeactivationDestroys(t *testing.T) {
	t.Parallel()
	a := byID(t, "device.deactivate")
	want := map[string]string{
		"State now": "Active", "Running now": "1 backup, 0 restores", "Archives": "2 archives, 1.2 TB stored",
		"What happens to them":      "They move to cold storage, deleted for good on 21 January 2027 at the earliest (60 days).",
		"Other devices of its user": "2 active", "Legal hold": "none",
	}
	if diff := cmp.Diff(want, values(a.Impact(action.Order{State: inUse()}))); diff != "" {
		t.Errorf("impact (-want +got):\n%s", diff)
	}
	for name, tt := range map[string]struct {
		change     func(*action.State)
		fact, want string
	}{
		"nothing stored":       {func(s *action.State) { s.Device.Backups = nil }, "Archives", "none"},
		"kept for one day":     {func(s *action.State) { s.HoldDays = 1 }, "What happens to them", "They move to cold storage, deleted for good on 23 November 2026 at the earliest (1 day)."},
		"kept for no time":     {func(s *action.State) { s.HoldDays = 0 }, "What happens to them", "They move to cold storage, which keeps them no time: they may be deleted for good at once."},
		"nobody knows for how": {func(s *action.State) { s.HoldDays = -1 }, "What happens to them", "They move to cold storage and are deleted for good later; for how many days they are kept is not known now."},
		"the last device":      {func(s *action.State) { s.Owner.OtherCount = 0 }, "Other devices of its user", "none that is active"},
		"others not known":     {func(s *action.State) { s.Owner = action.Owner{} }, "Other devices of its user", "not known now"},
		"on hold":              {func(s *action.State) { s.Holds.Count = 1 }, "Legal hold", "its owner is on one"},
		"holds not known":      {func(s *action.State) { s.Holds = action.Holds{} }, "Legal hold", "not known now; the backup service refuses while its owner is on one"},
	} {
		s := inUse()
		tt.change(&s)
		if got := values(a.Impact(action.Order{State: s}))[tt.fact]; got != tt.want {
			t.Errorf("%s: %s is %q, want %q", name, tt.fact, got, tt.want)
		}
	}
}

func TestWhatDeactivatingAnOrganizationDestroys(t *testing.T) {
	t.Parallel()
	a := byID(t, "org.deactivate")
	s := action.State{
		ReadAt: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), Org: backup.Org{Active: true, Status: "Active"}, HoldDays: 30,
		Below: action.Below{Orgs: 3, Devices: 1300, Users: 12_000, Use: action.Use{Known: true, ActiveDevices: 1, ActiveUsers: 10_000, ManyUsers: true, StoredBytes: 1_500_000}},
		Holds: action.Holds{Known: true, Count: 3, AsOf: time.Date(2026, 11, 22, 11, 45, 0, 0, time.UTC)},
	}
	want := map[string]string{
		"State now": "Active", "Organizations below it": "3", "Devices in all": "1,300", "Users in all": "12,000",
		"In use":                       "1 device active, more than 10,000 active users, 1.5 MB stored",
		"What happens to the archives": "They move to cold storage, deleted for good on 22 December 2026 at the earliest (30 days). Organizations below may have a setting of their own.",
		"On legal hold":                "3 people, as of 22 November 2026 11:45 UTC",
	}
	if diff := cmp.Diff(want, values(a.Impact(action.Order{State: s}))); diff != "" {
		t.Errorf("impact (-want +got):\n%s", diff)
	}
	s.Below.Use, s.Holds = action.Use{}, action.Holds{}
	got := values(a.Impact(action.Order{State: s}))
	if got["In use"] != "not counted in time" || !strings.HasPrefix(got["On legal hold"], "not known now") {
		t.Errorf("what is not known is told as %q", got)
	}
}

// TestUndoEndsWithTheArchives: reactivating brings archives back for as long as cold storage keeps them.
func TestUndoEndsWithTheArchives(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 23, 30, 0, 0, time.FixedZone("", -3600)) // already the 23rd in UTC
	for _, id := range []string{"device.deactivate", "org.deactivate"} {
		until := byID(t, id).Undo.Until
		if got := until(at, action.State{HoldDays: 60}); !got.Equal(time.Date(2027, 1, 22, 0, 30, 0, 0, time.UTC)) {
			t.Errorf("%s can be undone until %v", id, got)
		}
		if got := until(at, action.State{HoldDays: -1}); !got.IsZero() {
			t.Errorf("%s can be undone until %v, though nobody knows", id, got)
		}
	}
}

// TestDeactivationIsBoundToWhatWasSeen: an approval holds for this device of this owner in this organization.
func TestDeactivationIsBoundToWhatWasSeen(t *testing.T) {
	t.Parallel()
	a := byID(t, "device.deactivate")
	mark := func(change func(*action.State)) (fingerprint string, extent action.Extent) {
		s := inUse()
		change(&s)
		return a.Fingerprint(action.Order{State: s}), a.Extent(action.Order{State: s})
	}
	seen, agreed := mark(func(*action.State) {})
	for name, tt := range map[string]struct {
		change     func(*action.State)
		anew, grew bool // the form is drawn anew; people have to agree anew
	}{
		"nothing":                {func(*action.State) {}, false, false},
		"ordinary activity":      {func(s *action.State) { s.Device.Backups[0].ArchiveBytes++; s.Device.Modified = s.ReadAt }, false, false},
		"read a minute later":    {func(s *action.State) { s.ReadAt = s.ReadAt.Add(time.Minute) }, false, false},
		"moved":                  {func(s *action.State) { s.Device.OrgUID = "8" }, true, true},
		"another owner":          {func(s *action.State) { s.Device.UserUID = "32" }, true, true},
		"blocked":                {func(s *action.State) { s.Device.Blocked = true }, true, true},
		"on hold":                {func(s *action.State) { s.Holds.Count = 1 }, true, true},
		"holds not known":        {func(s *action.State) { s.Holds = action.Holds{} }, false, false},
		"its user's last by now": {func(s *action.State) { s.Owner.OtherCount = 0 }, true, false},
		"one other less":         {func(s *action.State) { s.Owner.OtherCount = 1 }, false, false},
	} {
		fingerprint, extent := mark(tt.change)
		if (fingerprint != seen) != tt.anew {
			t.Errorf("%s: fingerprint %q after %q", name, fingerprint, seen)
		}
		if why := extent.Grew(agreed); (why != "") != tt.grew {
			t.Errorf("%s: grew %q", name, why)
		}
	}
}

// TestOrganizationsGrow: what people agreed to may shrink, never grow, and which organizations are below may not change.
func TestOrganizationsGrow(t *testing.T) {
	t.Parallel()
	mark := func(id string, change func(*action.State)) action.Extent {
		s := action.State{Org: backup.Org{Active: true, ParentUID: "1"}, Below: action.Below{Orgs: 4, Blocked: 2, Devices: 30, Users: 20, Digest: "d"}}
		change(&s)
		return byID(t, id).Extent(action.Order{State: s})
	}
	for name, tt := range map[string]struct {
		change func(*action.State)
		grows  string // ids of the actions that it grows
	}{
		"a device more":             {func(s *action.State) { s.Below.Devices++ }, "org.block org.unblock org.deactivate"},
		"a device less":             {func(s *action.State) { s.Below.Devices-- }, ""},
		"a user more":               {func(s *action.State) { s.Below.Users++ }, "org.block org.unblock org.deactivate"},
		"others below":              {func(s *action.State) { s.Below.Digest = "e" }, "org.block org.unblock org.deactivate org.reactivate"},
		"another parent":            {func(s *action.State) { s.Org.ParentUID = "2" }, "org.block org.unblock org.deactivate org.reactivate"},
		"one more blocked below":    {func(s *action.State) { s.Below.Blocked++ }, "org.unblock"},
		"what is in use, by chance": {func(s *action.State) { s.Below.Use.ActiveDevices++ }, ""},
	} {
		var grew []string
		for _, id := range []string{"org.block", "org.unblock", "org.deactivate", "org.reactivate"} {
			if mark(id, tt.change).Grew(mark(id, func(*action.State) {})) != "" {
				grew = append(grew, id)
			}
		}
		if got := strings.Join(grew, " "); got != tt.grows {
			t.Errorf("%s grows %q, want %q", name, got, tt.grows)
		}
	}
	if s := mark("org.deactivate", func(s *action.State) { s.Org.ParentUID = "915323705751579872" }).Same; strings.Contains(s, "915323705751579872") {
		t.Errorf("the extent %q names the parent", s)
	}
}

// TestOneDeviceOfAUserAtATime: the vendor's database does not bear two.
func TestOneDeviceOfAUserAtATime(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"device.deactivate", "device.reactivate"} {
		a := byID(t, id)
		if got := a.Serial(action.Order{State: inUse()}); got != "user:31" {
			t.Errorf("%s runs one at a time of %q", id, got)
		}
		if got := a.Serial(action.Order{State: action.State{}}); got != "" {
			t.Errorf("%s of a device without a user waits for %q", id, got)
		}
	}
}
