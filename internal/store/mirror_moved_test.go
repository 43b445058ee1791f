package store

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/inventory"
)

func TestOrgMoved(t *testing.T) {
	t.Parallel()
	onEvery(t, conformOrgMoved)
}

// conformOrgMoved moves a subtree around a sync, to a place and back: all of it is where it was put, nothing else is, and
// the next sync is the last word even when it finds everything where it was at first.
func conformOrgMoved(t *testing.T, open opener) {
	s := open(t, newClock())
	org := func(uid, parent, path string, depth int) inventory.Org {
		return inventory.Org{UID: uid, ParentUID: parent, Name: "org " + uid, Path: path, Depth: depth, Active: true}
	}
	listed := []inventory.Org{
		org("1", "", "/1/", 0), org("12", "1", "/1/12/", 1), org("123", "1", "/1/123/", 1),
		org("ö5", "12", "/1/12/ö5/", 2), org("6", "ö5", "/1/12/ö5/6/", 3), org("ö", "12", "/1/12/ö/", 2), org("lost", "gone", "", 0),
	}
	places := func() map[string]string {
		t.Helper()
		uids := make([]string, len(listed))
		for i, o := range listed {
			uids[i] = o.UID
		}
		found, err := s.OrgPaths(t.Context(), uids)
		if err != nil {
			t.Fatal(err)
		}
		at := map[string]string{}
		for uid, o := range found {
			at[uid] = o.Path
			if o.Path != "" && o.Depth != len(inventory.AncestorUIDs(o.Path))-1 {
				t.Errorf("%s at %s has depth %d", uid, o.Path, o.Depth)
			}
		}
		for uid, path := range at {
			above := inventory.AncestorUIDs(path)
			if len(above) < 2 {
				continue
			}
			level, err := s.OrgLevel(t.Context(), inventory.OrgQuery{Scope: inventory.Everything(), ParentUID: above[len(above)-2]})
			if err != nil || !slices.ContainsFunc(level.Orgs, func(o inventory.OrgNode) bool { return o.UID == uid }) {
				t.Errorf("%s at %s is not in the level of its parent: %+v, %v", uid, path, level.Orgs, err)
			}
		}
		return at
	}
	sync := func() {
		t.Helper()
		generation, err := s.SyncStarted(t.Context(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.SyncWrote(t.Context(), generation, inventory.SyncBatch{Orgs: listed}); err != nil {
			t.Fatal(err)
		}
		if err := s.SyncCompleted(t.Context(), generation, fleetTime.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	sync()
	first := places()
	for _, step := range []struct {
		move inventory.Org
		want map[string]string
	}{
		{org("ö5", "123", "/1/123/ö5/", 2), map[string]string{
			"1": "/1/", "12": "/1/12/", "123": "/1/123/", "ö5": "/1/123/ö5/", "6": "/1/123/ö5/6/", "ö": "/1/12/ö/", "lost": "",
		}},
		{org("ö", "1", "/1/ö/", 1), map[string]string{
			"1": "/1/", "12": "/1/12/", "123": "/1/123/", "ö5": "/1/123/ö5/", "6": "/1/123/ö5/6/", "ö": "/1/ö/", "lost": "",
		}},
		{org("lost", "12", "/1/12/lost/", 2), map[string]string{ // it had no place, and so nothing below it
			"1": "/1/", "12": "/1/12/", "123": "/1/123/", "ö5": "/1/123/ö5/", "6": "/1/123/ö5/6/", "ö": "/1/ö/", "lost": "/1/12/lost/",
		}},
	} {
		if err := s.OrgMoved(t.Context(), step.move); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, places()); diff != "" {
			t.Errorf("after %s moved (-want +got):\n%s", step.move.UID, diff)
		}
	}
	sync()
	if diff := cmp.Diff(first, places()); diff != "" {
		t.Errorf("after the sync (-want +got):\n%s", diff)
	}
}
