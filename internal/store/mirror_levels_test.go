package store

import (
	"maps"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"backup-portal/internal/inventory"
)

// compareLevels asks for all levels at once, as far as so many rows hold: the first of them come whole, the one that the
// limit cuts does not come, and of those outside the scope none.
func (f *forest) compareLevels(t *testing.T, s *Store, scope inventory.Scope) {
	t.Helper()
	levels := map[string]inventory.OrgPage{}
	paths := []string{"", "/", "/nowhere/"}
	if slices.Contains(scope.Roots(), "/") {
		roots := f.nodes(func(o inventory.Org) bool { return o.Path != "" && o.Depth == 0 })
		levels["/"] = inventory.OrgPage{Orgs: roots, Total: len(roots)}
	}
	for uid, o := range f.orgs {
		paths = append(paths, o.Path)
		children := f.nodes(func(c inventory.Org) bool { return c.ParentUID == uid })
		if scope.Contains(o.Path) && len(children) > 0 {
			levels[o.Path] = inventory.OrgPage{Orgs: children, Total: len(children)}
		}
	}
	for _, limit := range []int{1, 2, 3, 10, len(f.orgs) - 1, len(f.orgs), largestPage, 2 * largestPage} {
		want, rows := map[string]inventory.OrgPage{}, 0
		for _, path := range slices.Sorted(maps.Keys(levels)) {
			if rows += levels[path].Total; rows <= limit {
				want[path] = levels[path]
			}
		}
		got, err := s.OrgLevels(t.Context(), scope, paths, limit)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, got); diff != "" && len(want)+len(got) > 0 {
			t.Errorf("the levels that %d rows hold in %v (-counted +answered):\n%s", limit, scope, diff)
		}
	}
}
