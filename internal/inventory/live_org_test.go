package inventory_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	emulator "backup-portal/internal/emulator/backup"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
)

var orgDocuments = emulator.Match{Method: http.MethodGet, PathPrefix: "/api/v3/orgs/"}

// branched is a calm fleet with a tree of some depth.
func branched() emulator.Options {
	o := calm()
	o.Orgs = 30
	return o
}

// family finds an organization with one below it, their parent, and another place beside them.
func (f *fixture) family() (parent, org, child, beside emulator.Org) {
	f.t.Helper()
	all := f.vendor.Snapshot().Orgs
	for _, o := range all {
		at := slices.IndexFunc(all, func(below emulator.Org) bool { return below.ParentUID == o.UID })
		up := slices.IndexFunc(all, func(above emulator.Org) bool { return above.UID == o.ParentUID })
		if at < 0 || up < 0 {
			continue
		}
		other := slices.IndexFunc(all, func(b emulator.Org) bool { return b.ParentUID == o.ParentUID && b.UID != o.UID })
		if other >= 0 {
			return all[up], o, all[at], all[other]
		}
	}
	f.t.Fatal("no organization with a child and a sibling")
	return parent, org, child, beside
}

// scopeOf is the subtree of an organization as the emulator has it now.
func (f *fixture) scopeOf(uid string) inventory.Scope {
	return inventory.Scope{Paths: []string{paths(f.vendor.Snapshot())[uid]}}
}

func TestLiveOrgRefreshesTheMirror(t *testing.T) {
	t.Parallel()
	f := newFixture(t, branched())
	f.sync()
	_, org, child, _ := f.family()
	scope := f.scopeOf(org.UID)
	f.block(org.GUID)
	live, err := f.LiveOrg(t.Context(), scope, org.UID)
	if err != nil {
		t.Fatal(err)
	}
	if live.Failure != nil || !live.Org.Blocked || !live.Row.Blocked || live.Org.GUID != org.GUID || live.ReadAt.IsZero() {
		t.Errorf("live reading: %+v", live)
	}
	// Above the highest organization in scope nothing is named.
	if len(live.Chain) != 1 || live.Chain[0].UID != org.UID || live.Row.Path != scope.Paths[0] {
		t.Errorf("chain %+v, path %q; want only %s", live.Chain, live.Row.Path, org.UID)
	}
	row, err := f.Org(t.Context(), scope, org.UID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(live.Row.Org, row); diff != "" {
		t.Errorf("mirror after the reading (-live +mirror):\n%s", diff)
	}
	var below, devices, users int
	snapshot := f.vendor.Snapshot()
	byUID := paths(snapshot)
	inside := func(uid string) bool { return strings.HasPrefix(byUID[uid], scope.Paths[0]) }
	for _, o := range snapshot.Orgs {
		if inside(o.UID) && o.UID != org.UID {
			below++
		}
	}
	for _, d := range snapshot.Devices {
		if inside(d.OrgUID) {
			devices++
		}
	}
	for _, u := range snapshot.Users {
		if inside(u.OrgUID) {
			users++
		}
	}
	if live.Row.Orgs != below || live.Row.Devices != devices || live.Row.Users != users || devices == 0 {
		t.Errorf("%d organizations, %d devices, %d users below; want %d, %d, %d", live.Row.Orgs, live.Row.Devices, live.Row.Users, below, devices, users)
	}
	if whole, err := f.LiveOrg(t.Context(), inventory.Everything(), child.UID); err != nil || len(whole.Chain) < 3 || whole.Chain[0].UID != f.vendor.RootOrgUID() {
		t.Errorf("the whole chain: %+v, %v", whole.Chain, err)
	}
	listed, err := f.OrgsBelow(t.Context(), org.UID)
	if err != nil || len(listed) != below || slices.ContainsFunc(listed, func(o inventory.Org) bool { return o.UID == org.UID || !inside(o.UID) }) {
		t.Errorf("below it: %+v, %v; want %d", listed, err, below)
	}
}

// TestLiveOrgFollowsAMove: what was moved changes hands when it is read, with everything below it, and never half.
func TestLiveOrgFollowsAMove(t *testing.T) {
	t.Parallel()
	f := newFixture(t, branched())
	f.sync()
	_, org, child, beside := f.family()
	old, other := f.scopeOf(org.UID), f.scopeOf(beside.UID)
	devices := f.search(inventory.DeviceQuery{Scope: old}).Total
	if err := f.vendor.MoveOrg(org.UID, beside.UID); err != nil {
		t.Fatal(err)
	}
	if n := f.search(inventory.DeviceQuery{Scope: old}).Total; n != devices {
		t.Errorf("before anybody read it the old owner's list has %d devices, had %d", n, devices)
	}
	if _, err := f.LiveOrg(t.Context(), old, org.UID); !fault.Is(err, fault.NotFound) {
		t.Errorf("the old owner: %v, want not found", err)
	}
	live, err := f.LiveOrg(t.Context(), other, org.UID)
	if err != nil || live.Row.ParentUID != beside.UID || !strings.HasPrefix(live.Row.Path, other.Paths[0]) || len(live.Chain) != 2 {
		t.Fatalf("the new owner: %+v, %v", live, err)
	}
	if live.Row.Devices != devices || live.Row.Orgs == 0 {
		t.Errorf("it counts %d devices and %d organizations on the way, want %d devices and at least one", live.Row.Devices, live.Row.Orgs, devices)
	}
	if below, err := f.OrgsBelow(t.Context(), org.UID); err != nil || len(below) != live.Row.Orgs {
		t.Errorf("%d organizations below it (%v), counted %d", len(below), err, live.Row.Orgs)
	}
	for _, when := range []string{"before", "after"} {
		for _, uid := range []string{org.UID, child.UID} {
			if _, err := f.Org(t.Context(), other, uid); err != nil {
				t.Errorf("%s the sync %s is not in the new owner's lists: %v", when, uid, err)
			}
		}
		if n := f.search(inventory.DeviceQuery{Scope: old}).Total; n != 0 {
			t.Errorf("%s the sync the old owner's list has %d devices", when, n)
		}
		f.sync()
	}
}

// TestLiveOrgTellsNothingOutsideTheScope compares the answers for another's organization, before and while the vendor
// fails, with that for none at all, which is not even asked for.
func TestLiveOrgTellsNothingOutsideTheScope(t *testing.T) {
	t.Parallel()
	f := newFixture(t, branched())
	f.sync()
	parent, org, _, beside := f.family()
	own := f.scopeOf(org.UID)
	type words struct {
		Kind          fault.Kind
		Message, Next string
	}
	ask := func(scope inventory.Scope, uid string) words {
		t.Helper()
		_, err := f.LiveOrg(t.Context(), scope, uid)
		if err == nil {
			t.Fatalf("%s was answered", uid)
		}
		got := fault.Of(err)
		return words{got.Kind, got.Message, got.Next}
	}
	want := words{fault.NotFound, inventory.NotFoundMessage, inventory.NotFoundNext}
	sent := len(f.vendor.Requests())
	for name, got := range map[string]words{
		"none": ask(own, "123456789"), "an empty scope": ask(inventory.Scope{}, org.UID), "no id": ask(own, ""), "not an id": ask(own, "../Org"),
	} {
		if got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	if n := len(f.vendor.Requests()) - sent; n != 0 {
		t.Errorf("%d requests for organizations that do not exist", n)
	}
	for name, uid := range map[string]string{"another's": beside.UID, "the one above": parent.UID} {
		if got := ask(own, uid); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		f.vendor.FailNext(orgDocuments, broken, 1)
		if got := ask(own, uid); got != want {
			t.Errorf("%s while the vendor fails: %+v", name, got)
		}
	}
}

func TestLiveOrgFallsBackToTheMirror(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		fail    func(*emulator.Server)
		message string
	}{
		{"an error", func(v *emulator.Server) { v.FailNext(orgDocuments, broken, 9) }, "The backup service reported an error."},
		{"forbidden", func(v *emulator.Server) { v.FailNext(orgDocuments, emulator.Failure{Status: http.StatusForbidden}, 9) }, "The portal's account may not read this at the backup service."},
		{"another organization", func(v *emulator.Server) {
			v.FailNext(orgDocuments, emulator.Failure{Status: 200, Body: `{"data":{"orgUid":"1","orgGuid":"x","active":true}}`}, 9)
		}, "The backup service gave an answer that the portal does not understand."},
		{"silence", func(v *emulator.Server) { v.Delay(orgDocuments) }, "The backup service did not answer in time."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, branched())
			f.sync()
			_, org, _, _ := f.family()
			c.fail(f.vendor)
			live, err := f.LiveOrg(t.Context(), f.scopeOf(org.UID), org.UID)
			if err != nil {
				t.Fatal(err)
			}
			if got := fault.Of(live.Failure); got.Kind != fault.Upstream || got.Message != c.message || got.Next == "" {
				t.Errorf("note: %+v, want %q", got, c.message)
			}
			if live.Row.UID != org.UID || live.Org.UID != org.UID || live.Org.Blocked != org.Blocked || live.Row.Orgs == 0 ||
				!live.ReadAt.Equal(f.freshness().CompletedAt) || len(live.Chain) != 1 {
				t.Errorf("remembered: %+v", live)
			}
		})
	}
}

// TestOrgChangedReachesTheSubtree: a block around the lists is in them at once for every organization below, not beyond.
func TestOrgChangedReachesTheSubtree(t *testing.T) {
	t.Parallel()
	f := newFixture(t, branched())
	f.sync()
	_, org, child, beside := f.family()
	f.block(org.GUID)
	f.block(beside.GUID) // somebody else's doing: it waits for the sync
	if err := f.OrgChanged(t.Context(), org.UID); err != nil {
		t.Fatal(err)
	}
	for uid, want := range map[string]bool{org.UID: true, child.UID: true, beside.UID: beside.Blocked} {
		if row, err := f.Org(t.Context(), inventory.Everything(), uid); err != nil || row.Blocked != want {
			t.Errorf("%s is blocked=%t in the mirror (%v), want %t", uid, row.Blocked, err, want)
		}
	}
	blocked := func(f *fixture) (n int) {
		orgs, err := f.Orgs(t.Context(), inventory.Everything(), 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range orgs {
			if o.Blocked {
				n++
			}
		}
		return n
	}
	// A change of thousands is the sync's work: it writes them in batches.
	many := newFixture(t, emulator.Options{Calm: true, FanOut: []int{300}, Users: 5, Devices: 5})
	many.sync()
	before := blocked(many)
	root := many.vendor.Snapshot().Orgs[0]
	many.block(root.GUID)
	if err := many.OrgChanged(t.Context(), root.UID); err != nil || blocked(many)-before != 200 {
		t.Errorf("%d of 301 organizations were renewed one by one (%v), want 200", blocked(many)-before, err)
	}

	f.vendor.FailNext(emulator.Match{PathPrefix: "/api/v1/Org"}, broken, 99)
	if err := f.OrgChanged(t.Context(), org.UID); err == nil {
		t.Error("a vendor that does not answer goes unnoticed")
	}
}
