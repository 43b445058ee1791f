package inventory_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	emulator "backup-portal/internal/emulator/backup"
	"backup-portal/internal/inventory"
)

var (
	matterLists     = emulator.Match{Method: http.MethodGet, PathPrefix: "/api/v38/legal-hold-matter/list"}
	membershipLists = emulator.Match{Method: http.MethodGet, PathPrefix: "/api/v38/legal-hold-membership/list"}
	forbidden       = emulator.Failure{Status: http.StatusForbidden, Body: `[{"name":"SYSTEM"}]`}
)

// held is a fleet with people on hold: larger than others, because those are two in a hundred.
func held() emulator.Options {
	return emulator.Options{Calm: true, Orgs: 15, Users: 300, Devices: 500}
}

// device answers the mirror's row of the first of the vendor's devices that is.
func (f *fixture) device(what string, is func(emulator.Device) bool) inventory.Device {
	f.t.Helper()
	devices := f.vendor.Snapshot().Devices
	i := slices.IndexFunc(devices, is)
	if i < 0 {
		f.t.Fatalf("the emulator has no %s", what)
	}
	row, err := f.Device(f.t.Context(), inventory.Everything(), devices[i].GUID)
	if err != nil {
		f.t.Fatal(err)
	}
	return row
}

// others counts by brute force the active devices that the owner of a device has beside it.
func (f *fixture) others(d inventory.Device) (n int) {
	for _, other := range f.vendor.Snapshot().Devices {
		if other.UserUID == d.UserUID && other.Active && other.GUID != d.GUID {
			n++
		}
	}
	return n
}

// matters counts the open ones that hold a user.
func (f *fixture) matters(userUID string) (n int) {
	for _, m := range f.vendor.Snapshot().Matters {
		if m.Active && slices.Contains(m.Custodians, userUID) {
			n++
		}
	}
	return n
}

func TestConsequencesOfEveryDevice(t *testing.T) {
	t.Parallel()
	f := newFixture(t, held())
	f.sync()
	if err := f.vendor.SetArchiveHoldDays(f.vendor.RootOrgUID(), 45); err != nil {
		t.Fatal(err)
	}
	last, onHold := 0, 0
	for _, d := range f.vendor.Snapshot().Devices[:150] {
		row, err := f.Device(t.Context(), inventory.Everything(), d.GUID)
		if err != nil {
			t.Fatal(err)
		}
		got := f.Consequences(t.Context(), row)
		want := inventory.Consequences{OthersKnown: true, OtherDevices: f.others(row), Holds: inventory.Holds{Known: true}, HoldDays: got.HoldDays}
		if d.OnHold {
			want.Holds.Count, want.Holds.Matters, want.Holds.Users = 1, f.matters(d.UserUID), []string{d.Username}
			onHold++
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s (-counted +read):\n%s", d.Name, diff)
		}
		if got.HoldDays != 45 && got.HoldDays != 90 { // the emulator's second region has a setting of its own
			t.Errorf("archives of %s are kept for %d days", d.Name, got.HoldDays)
		}
		if got.OtherDevices == 0 {
			last++
		}
	}
	if last == 0 || onHold == 0 {
		t.Errorf("%d last devices and %d on hold: the test would hold for nothing", last, onHold)
	}
	if got := f.Consequences(t.Context(), inventory.Device{GUID: "1", OrgUID: f.vendor.RootOrgUID()}); got.OthersKnown || !got.Holds.Known || got.Holds.Count != 0 || got.HoldDays != 45 {
		t.Errorf("of a device without a user: %+v", got)
	}
}

// What one reading cannot tell is not known; the others stand.
func TestConsequencesFailOneByOne(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fails emulator.Match
		want  func(*inventory.Consequences)
	}{
		"holds":    {membershipLists, func(c *inventory.Consequences) { c.Holds = inventory.Holds{} }},
		"matters":  {matterLists, func(*inventory.Consequences) {}}, // a membership counts until somebody says that it is over
		"devices":  {devicePages, func(c *inventory.Consequences) { c.OthersKnown, c.OtherDevices = false, 0 }},
		"settings": {orgDocuments, func(c *inventory.Consequences) { c.HoldDays = inventory.NotKnown }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, held())
			f.sync()
			row := f.device("device on hold", func(d emulator.Device) bool { return d.Active && d.OnHold })
			want := inventory.Consequences{
				OthersKnown: true, OtherDevices: f.others(row), HoldDays: 60,
				Holds: inventory.Holds{Known: true, Count: 1, Matters: f.matters(row.UserUID), Users: []string{row.Username}},
			}
			tt.want(&want)
			f.vendor.FailNext(tt.fails, broken, 5)
			got := f.Consequences(t.Context(), row)
			if got.HoldDays == 90 {
				got.HoldDays = 60
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A vendor that keeps one answer back delays nobody for longer than a person waits, and costs nothing but that answer.
func TestConsequencesWaitForNobody(t *testing.T) {
	t.Parallel()
	f := newFixture(t, held())
	f.sync()
	row := f.device("active device", func(d emulator.Device) bool { return d.Active && !d.OnHold })
	gate := f.vendor.Delay(membershipLists)
	t.Cleanup(gate.Release)
	got := f.Consequences(t.Context(), row)
	if got.Holds.Known || !got.OthersKnown || got.OtherDevices != f.others(row) || got.HoldDays < 0 {
		t.Errorf("with one answer kept back: %+v", got)
	}
}

// closedMatter answers every list of memberships as a vendor whose memberships outlive their matter.
func closedMatter(of emulator.Device) func(*emulator.Server) http.Handler {
	return func(vendor *emulator.Server) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/legal-hold-membership/list") {
				vendor.ServeHTTP(w, r)
				return
			}
			_, _ = fmt.Fprintf(w, `{"data":{"memberships":[{"legalHoldMembershipUid":"1","active":true,"legalHold":{"legalHoldUid":"7"},"user":{"userUid":%q,"username":%q}}]}}`, of.UserUID, of.Username)
		})
	}
}

func TestAMembershipOfAClosedMatterHoldsNobody(t *testing.T) {
	t.Parallel()
	d := emulator.New(held()).Snapshot().Devices[0]
	f := newFixtureBehind(t, held(), closedMatter(d))
	f.sync()
	row, err := f.Device(t.Context(), inventory.Everything(), d.GUID)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Consequences(t.Context(), row).Holds; !got.Known || got.Count != 0 {
		t.Errorf("holds %+v", got)
	}
}

// Of every organization: the people on hold below it, counted by brute force over the vendor's own tree.
func TestConsequencesOfOrganizations(t *testing.T) {
	t.Parallel()
	f := newFixture(t, held())
	f.sync()
	snapshot := f.vendor.Snapshot()
	byUID := paths(snapshot)
	below := func(path string) (names []string, devices, users int) {
		for _, u := range snapshot.Users {
			if strings.HasPrefix(byUID[u.OrgUID], path) {
				if u.OnHold {
					names = append(names, u.Username)
				}
				if u.Active {
					users++
				}
			}
		}
		for _, d := range snapshot.Devices {
			if strings.HasPrefix(byUID[d.OrgUID], path) && d.Active {
				devices++
			}
		}
		slices.Sort(names)
		return names, devices, users
	}
	nobody, somebody := false, false
	for uid, path := range byUID {
		org, err := f.Org(t.Context(), inventory.Everything(), uid)
		if err != nil {
			t.Fatal(err)
		}
		names, devices, users := below(path)
		got := f.OrgConsequences(t.Context(), org)
		slices.Sort(got.Holds.Users)
		if !got.Holds.Known || got.Holds.Count != len(names) || !slices.Equal(got.Holds.Users, names) || !got.Holds.AsOf.IsZero() {
			t.Errorf("holds below %s: %+v, want %q", org.Name, got.Holds, names)
		}
		if !got.Use.Known || got.Use.ActiveDevices != devices || got.Use.ActiveUsers != users || got.Use.ManyUsers || got.HoldDays < 60 || got.Devices != (inventory.Counted{Known: true, Active: devices}) {
			t.Errorf("%s: %+v, want %d devices and %d users", org.Name, got, devices, users)
		}
		nobody, somebody = nobody || len(names) == 0, somebody || len(names) > 0
	}
	if !nobody || !somebody {
		t.Error("every organization is alike: the test would hold for nothing")
	}
}

// When the vendor does not tell, the mirror does, with its age; when the vendor never told, nobody knows.
func TestHoldsBelowFromTheMirror(t *testing.T) {
	t.Parallel()
	f := newFixture(t, held())
	before := time.Now().Add(-time.Minute)
	f.vendor.FailNext(matterLists, forbidden, 2)
	f.sync()
	root, err := f.Org(t.Context(), inventory.Everything(), f.vendor.RootOrgUID())
	if err != nil {
		t.Fatal(err)
	}
	if got := f.OrgConsequences(t.Context(), root).Holds; got.Known {
		t.Errorf("holds that nobody ever told: %+v", got)
	}
	f.sync()
	f.vendor.FailNext(matterLists, broken, 1)
	got := f.OrgConsequences(t.Context(), root).Holds
	want := 0
	for _, u := range f.vendor.Snapshot().Users {
		if u.OnHold {
			want++
		}
	}
	if !got.Known || got.Count != want || want == 0 || got.AsOf.Before(before) || got.AsOf.After(time.Now()) {
		t.Errorf("from the mirror: %+v, want %d", got, want)
	}
}

// TestSettingsAreReadOnceAMinute: of hundreds of devices that are looked at in a row the setting of their organization is
// read once.
func TestSettingsAreReadOnceAMinute(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	f.sync()
	now := time.Now()
	service := inventory.New(inventory.Options{Store: f.store, Reader: f.client.Reader(), Now: func() time.Time { return now }})
	row := f.device("device", func(emulator.Device) bool { return true })
	for _, step := range []struct {
		days  int
		after time.Duration
		want  int
	}{{45, 0, 45}, {30, 59 * time.Second, 45}, {30, 2 * time.Second, 30}} {
		now = now.Add(step.after)
		if err := f.vendor.SetArchiveHoldDays(row.OrgUID, step.days); err != nil {
			t.Fatal(err)
		}
		if got := service.Consequences(t.Context(), row).HoldDays; got != step.want {
			t.Errorf("set to %d, %v later: %d days", step.days, step.after, got)
		}
	}
}
