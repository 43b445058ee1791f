package store

import (
	"strings"
	"testing"

	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/settings"
)

func TestReach(t *testing.T) {
	t.Parallel()
	onEvery(t, conformReach)
}

// conformReach counts what follows organizations, with a loop up the tree from each organization below.
func conformReach(t *testing.T, open opener) {
	w := newDriftWorld(t, open)
	all := []settings.Inheritance{settings.ByQuota, settings.ByReporting, settings.ByDestinations, settings.ByDeviceDefaults, settings.ByPacket}
	follows := map[string]map[settings.Inheritance]inventory.Following{}
	for i, o := range w.orgs {
		if i%4 == 3 {
			continue // never read
		}
		follows[o.UID] = map[settings.Inheritance]inventory.Following{}
		for _, by := range all {
			if by != settings.ByPacket || i%2 == 0 {
				follows[o.UID][by] = inventory.Following(w.random.IntN(3))
			}
		}
		if err := w.s.OrgRead(t.Context(), inventory.OrgReading{UID: o.UID, Follows: follows[o.UID], ReadAt: w.now()}); err != nil {
			t.Fatal(err)
		}
	}
	inactive := w.orgs[5]
	inactive.Active = false
	w.orgs[5] = inactive
	if err := w.s.OrgSeen(t.Context(), inactive); err != nil {
		t.Fatal(err)
	}
	byUID := map[string]inventory.Org{}
	for _, o := range w.orgs {
		byUID[o.UID] = o
	}
	devices, stored := map[string]int{}, map[string]int{}
	for _, d := range w.devices {
		stored[d.OrgUID]++
		if d.Active {
			devices[d.OrgUID]++
		}
	}
	for _, top := range w.orgs {
		subtree, err := w.s.Following(t.Context(), inventory.Everything(), top.UID)
		if err != nil {
			t.Fatal(err)
		}
		got := inventory.ReachOf(subtree)
		for _, by := range all {
			counts := devices
			if by == settings.ByQuota {
				counts = stored // the days in cold storage are for what was deactivated
			}
			want := inventory.Reach{Orgs: 1, Devices: counts[top.UID]}
			for _, o := range w.orgs {
				if o.UID == top.UID || !strings.HasPrefix(o.Path, top.Path) {
					continue
				}
				reached := true
				for at := o; at.UID != top.UID; at = byUID[at.ParentUID] {
					reached = reached && follows[at.UID][by] != inventory.FollowsNot
				}
				if reached && (o.Active || by == settings.ByQuota) {
					want.Devices += counts[o.UID]
				}
				if !o.Active {
					continue
				}
				if !reached {
					want.Overriding++
					continue
				}
				want.Orgs++
				if follows[o.UID][by] == inventory.FollowingUnknown {
					want.Unknown++
				}
			}
			if got[by] != want {
				t.Errorf("%s of %s: %+v, want %+v", by, top.Path, got[by], want)
			}
		}
		if own := got[settings.Own]; own != (inventory.Reach{Orgs: 1, Devices: devices[top.UID]}) {
			t.Errorf("itself alone: %+v", own)
		}
	}
	// Outside the scope or missing, the same words.
	for _, uid := range []string{"none", w.orgs[0].UID} {
		if _, err := w.s.Following(t.Context(), inventory.Scope{Paths: []string{w.orgs[1].Path}}, uid); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", uid, err)
		}
	}
}
