package store

import (
	"testing"

	"backup-portal/internal/inventory"
)

// TestALateReadingMovesNothingBack: an organization was read live while the one above it was moved; what is written last
// was read first, and must not bring it back to those who held it before.
func TestALateReadingMovesNothingBack(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s := open(t, newClock())
		org := func(uid, parent, path string) inventory.Org {
			return inventory.Org{UID: uid, ParentUID: parent, Name: uid, Path: path, Depth: len(inventory.AncestorUIDs(path)) - 1, Active: true}
		}
		for _, o := range []inventory.Org{org("r", "", "/r/"), org("a", "r", "/r/a/"), org("b", "r", "/r/b/"), org("x", "a", "/r/a/x/")} {
			ok(t, s.OrgSeen(t.Context(), o))
		}
		late := org("x", "a", "/r/a/x/")
		late.Name, late.Blocked = "renamed", true
		ok(t, s.OrgMoved(t.Context(), org("a", "b", "/r/b/a/")))
		ok(t, s.OrgSeen(t.Context(), late))
		orgs, err := s.OrgPaths(t.Context(), []string{"x"})
		if err != nil || orgs["x"].Path != "/r/b/a/x/" {
			t.Errorf("after the late reading it stands at %q, %v", orgs["x"].Path, err)
		}
		// One that knows where it stands is written.
		late.Path, late.Depth = "/r/b/a/x/", 3
		ok(t, s.OrgSeen(t.Context(), late))
		if orgs, err = s.OrgPaths(t.Context(), []string{"x"}); err != nil || orgs["x"] != late {
			t.Errorf("a reading at its place leaves %+v, %v", orgs["x"], err)
		}
	})
}
