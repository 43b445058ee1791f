package action_test

import (
	"strings"
	"testing"

	"backup-portal/internal/action"
	"backup-portal/internal/backup"
)

func TestOrganizationIsReadyInTheOtherState(t *testing.T) {
	t.Parallel()
	for id, blocked := range map[string]bool{"org.block": false, "org.unblock": true} {
		a, _ := action.ByID(id)
		if why := a.Ready(action.Order{State: action.State{Org: backup.Org{Blocked: blocked}}}); why != "" {
			t.Errorf("%s is not ready: %s", id, why)
		}
		if why := a.Ready(action.Order{State: action.State{Org: backup.Org{Blocked: !blocked}}}); why == "" {
			t.Errorf("%s is ready where it makes no difference", id)
		}
	}
	deauthorize, _ := action.ByID("device.deauthorize")
	for _, d := range []backup.Device{{Status: "Deactivated"}, {Active: true, Status: "Active, Deauthorized"}} {
		if why := deauthorize.Ready(action.Order{State: action.State{Device: d}}); why == "" {
			t.Errorf("deauthorize is ready for a device that is %s", d.Status)
		}
	}
	if why := deauthorize.Ready(action.Order{State: action.State{Device: backup.Device{Active: true, Blocked: true, Status: "Active, Blocked"}}}); why != "" {
		t.Errorf("deauthorize is not ready for a blocked device: %s", why)
	}
}

// TestOrgImpact says what a change of an organization reaches, in figures that people read.
func TestOrgImpact(t *testing.T) {
	t.Parallel()
	a, _ := action.ByID("org.block")
	for want, below := range map[string]action.Below{
		"Active; none; 0; 0": {},
		"Active; 1,200, of them 3 blocked now; 11,402; 512": {Orgs: 1200, Blocked: 3, Devices: 11402, Users: 512},
		"Active; 1; 1,000,000; 999":                         {Orgs: 1, Devices: 1_000_000, Users: 999},
	} {
		var values []string
		for _, f := range a.Impact(action.Order{State: action.State{Org: backup.Org{Status: "Active"}, Below: below}}) {
			values = append(values, f.Value)
		}
		if got := strings.Join(values, "; "); got != want {
			t.Errorf("impact %q, want %q", got, want)
		}
	}
}

// TestOrgFingerprint changes with everything that the person decided on, and names nothing that they may not see.
func TestOrgFingerprint(t *testing.T) {
	t.Parallel()
	a, _ := action.ByID("org.block")
	mark := func(change func(*action.State)) string {
		s := action.State{Org: backup.Org{Active: true, ParentUID: "915323705751579872"}, Below: action.Below{Orgs: 2, Devices: 3, Users: 4, Digest: "d"}}
		change(&s)
		return a.Fingerprint(action.Order{State: s})
	}
	same := mark(func(*action.State) {})
	for name, change := range map[string]func(*action.State){
		"active": func(s *action.State) { s.Org.Active = false }, "blocked": func(s *action.State) { s.Org.Blocked = true },
		"parent": func(s *action.State) { s.Org.ParentUID = "9" }, "which are below": func(s *action.State) { s.Below.Digest = "e" },
		"how many are below": func(s *action.State) { s.Below.Orgs++ }, "blocked below": func(s *action.State) { s.Below.Blocked++ },
		"devices": func(s *action.State) { s.Below.Devices++ }, "users": func(s *action.State) { s.Below.Users++ },
	} {
		if mark(change) == same {
			t.Errorf("a change of %s does not change the fingerprint", name)
		}
	}
	if mark(func(s *action.State) { s.Org.Name, s.Org.Notes = "renamed", "noted" }) != same {
		t.Error("a new name changes the fingerprint")
	}
	if strings.Contains(same, "915323705751579872") {
		t.Errorf("the fingerprint %q names the parent", same)
	}
}
