package backup

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestSeedShares(t *testing.T) {
	t.Parallel()
	for _, seed := range []int64{1, 2, 77} {
		snapshot := New(Options{Seed: seed, Now: testTime}).Snapshot()
		got := map[string]int{}
		for _, d := range snapshot.Devices {
			for name, holds := range map[string]bool{
				"deactivated": !d.Active, "blocked": d.Blocked, "silent": testTime().Sub(d.LastConnected) > 30*24*time.Hour,
				"never backed up": d.LastCompleted.IsZero(), "alert": d.Alert, "mac": d.OSName == "mac",
			} {
				if holds {
					got[name]++
				}
			}
		}
		want := map[string]int{
			"deactivated": 120, "blocked": 24, "silent": 96, "never backed up": 36, "alert": 180, "mac": 360,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("seed %d, of 1,200 devices (-want +got):\n%s", seed, diff)
		}
		if len(snapshot.Orgs) != 60 || len(snapshot.Users) != 400 || len(snapshot.Devices) != 1200 {
			t.Errorf("seed %d: %d orgs, %d users, %d devices", seed, len(snapshot.Orgs), len(snapshot.Users), len(snapshot.Devices))
		}
	}
}

func TestSeedHostileNames(t *testing.T) {
	t.Parallel()
	kinds := map[string]func(string) bool{
		"markup":         func(s string) bool { return strings.Contains(s, "<script>") },
		"formula":        func(s string) bool { return strings.HasPrefix(s, "=cmd") },
		"right to left":  func(s string) bool { return strings.Contains(s, "מחשב") },
		"bidi control":   func(s string) bool { return strings.Contains(s, "\u202e") },
		"300 characters": func(s string) bool { return utf8.RuneCountInString(s) == 300 },
		"emoji":          func(s string) bool { return strings.Contains(s, "🚢") },
		"line break":     func(s string) bool { return strings.Contains(s, "\n") },
	}
	snapshot := New(Options{Now: testTime}).Snapshot()
	for kind, is := range kinds {
		find(t, snapshot.Devices, "device name with "+kind, func(d Device) bool { return is(d.Name) })
	}
	find(t, snapshot.Orgs, "org name with markup", func(o Org) bool { return strings.Contains(o.Name, "<b>") })
	find(t, snapshot.Orgs, "org name that is a formula", func(o Org) bool { return strings.HasPrefix(o.Name, "=") })
	find(t, snapshot.Users, "person named in markup", func(u User) bool { return strings.Contains(u.FirstName, "<") })
}

func TestSeedOrgs(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 3, 4, 11, 20, 60, 699, 700, 1000, 5000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			orgs := New(Options{Orgs: n, Now: testTime}).Snapshot().Orgs
			children, levels := map[string]int{}, 0
			for _, o := range orgs {
				children[o.ParentUID]++
				levels = max(levels, o.Level)
			}
			most := 0
			for _, count := range children {
				most = max(most, count)
			}
			if len(orgs) != n || children[""] != 1 || orgs[0].ParentUID != "" {
				t.Errorf("%d orgs, %d roots, the first below %q", len(orgs), children[""], orgs[0].ParentUID)
			}
			if n >= 20 && levels != 4 {
				t.Errorf("%d levels, want 4", levels)
			}
			if (most == 600) != (n >= 700) {
				t.Errorf("the largest org has %d children", most)
			}
		})
	}
}

// TestSeedIsConsistent checks what holds of every tenant: unique ids, known owners, tallies that are true.
func TestSeedIsConsistent(t *testing.T) {
	t.Parallel()
	s := New(Options{Orgs: 1100, Users: 3000, Devices: 20_050, Now: testTime})
	snapshot := s.Snapshot()
	seen := map[string]bool{}
	unique := func(kind, id string) {
		if id = kind + " " + id; seen[id] {
			t.Errorf("%s occurs twice", id)
		}
		seen[id] = true
	}
	users, orgs := map[string]User{}, map[string]Org{}
	for _, o := range snapshot.Orgs {
		unique("org uid", o.UID)
		unique("org guid", o.GUID)
		orgs[o.UID] = o
	}
	for _, u := range snapshot.Users {
		unique("user uid", u.UID)
		unique("user name", u.Username)
		users[u.UID] = u
		if u.ID > firstUserID && !strings.HasSuffix(u.Email, ".example") {
			t.Errorf("%s has an address outside the reserved domain", u.Email)
		}
		if u.OnHold && !u.Active {
			t.Errorf("%s is on hold and deactivated", u.Username)
		}
		if orgs[u.OrgUID].Blocked && !u.Blocked || !orgs[u.OrgUID].Active {
			t.Errorf("%s does not fit their org %+v", u.Username, orgs[u.OrgUID])
		}
	}
	for _, d := range snapshot.Devices {
		unique("guid", d.GUID)
		unique("host", d.HostName)
		if owner := users[d.UserUID]; owner.OrgUID != d.OrgUID || (d.Active && !owner.Active) {
			t.Errorf("%s does not fit its owner %+v", d.Name, owner)
		}
		if len(d.GUID) < 18 || len(d.GUID) > 19 {
			t.Errorf("guid %s", d.GUID)
		}
	}
	checkTallies(t, s)
}

// checkTallies compares what is kept in step with every change to a count from scratch.
func checkTallies(t *testing.T, s *Server) {
	t.Helper()
	for i := range s.tenant.orgs {
		o := &s.tenant.orgs[i]
		var want [deviceStates]int32
		var listed []int32
		for d := range s.tenant.devices {
			if dev := &s.tenant.devices[d]; dev.org == int32(i) && !dev.is(flagRemoved) {
				want[dev.state()]++
				listed = append(listed, int32(d))
			}
		}
		if want != o.tally || cmp.Diff(listed, o.devices) != "" && len(listed)+len(o.devices) > 0 {
			t.Errorf("org %d: tally %v, counted %v", i, o.tally, want)
		}
		if i > 20 { // counting is quadratic; the shapes repeat
			break
		}
	}
}

func TestSameSeedSameTenant(t *testing.T) {
	t.Parallel()
	answers := func(seed int64) []byte {
		c := start(t, Options{Seed: seed, Calm: true})
		var all bytes.Buffer
		for _, path := range []string{
			"/api/v1/Computer?pgSize=1200&incBackupUsage=True", "/api/v1/Org?pgSize=100&incCounts=True", "/api/v1/User?pgSize=500&incRoles=True",
		} {
			all.WriteString(c.get(path).want(http.StatusOK).raw)
		}
		return all.Bytes()
	}
	first := answers(5)
	if !bytes.Equal(first, answers(5)) {
		t.Error("the same seed gave two tenants")
	}
	if bytes.Equal(first, answers(6)) {
		t.Error("two seeds gave the same tenant")
	}
	if !bytes.Contains(first, []byte(`"computers":[{`)) {
		t.Error("the answers hold no devices")
	}
}
