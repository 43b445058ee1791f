package inventory

import (
	"slices"
	"strings"
)

// Empty tells whether the scope sees nothing.
func (s Scope) Empty() bool { return len(s.Roots()) == 0 }

// Contains tells whether an organization at this path ("/rootUid/…/uid/") lies in the scope. An organization without a
// path lies in none.
func (s Scope) Contains(path string) bool {
	return path != "/" && validPath(path) && slices.ContainsFunc(s.Roots(), func(root string) bool {
		return strings.HasPrefix(path, root)
	})
}

// Roots answers the scope's subtrees sorted, without repetition, without subtrees of each other and without malformed
// paths: "" would hold everything, so it holds nothing.
func (s Scope) Roots() []string {
	var roots []string
	for _, p := range slices.Sorted(slices.Values(s.Paths)) {
		// Sorted, a subtree's root comes before all that lies in it, and nothing else comes between.
		if validPath(p) && (len(roots) == 0 || !strings.HasPrefix(p, roots[len(roots)-1])) {
			roots = append(roots, p)
		}
	}
	return roots
}

// validPath demands uids between slashes, a slash at both ends: "/1/12/" is never a prefix of "/1/123/". "/" alone is
// the whole tree.
func validPath(path string) bool {
	return path != "" && path[0] == '/' && path[len(path)-1] == '/' && !strings.Contains(path, "//")
}

// ChildPath is the path of an organization below parent ("" for a root), or "" when the uid cannot stand in a path.
func ChildPath(parent, uid string) string {
	if uid == "" || strings.ContainsAny(uid, "/\x00\U0010FFFF") {
		return ""
	}
	if parent == "" {
		parent = "/"
	}
	return parent + uid + "/"
}

// AncestorUIDs are the uids of a path from the root down, the organization itself last.
func AncestorUIDs(path string) []string {
	if path == "/" || !validPath(path) {
		return nil
	}
	return strings.Split(path[1:len(path)-1], "/")
}
