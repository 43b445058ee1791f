package handlers

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"backup-portal/internal/inventory"
)

const (
	openLimit   = 300    // organizations that an address opens: it stays short enough for what stands before the portal
	nothingOpen = "none" // the address of a tree whose only root was closed
)

// openOrgs are the organizations that a tree is drawn open with. Its address names only those with no open one below them,
// because the way to these is open too, and those of whose level more is shown than its first part.
type openOrgs struct {
	paths map[string]string // of each open one, by uid
	shown map[string]int    // how many of its level, when it is more than the first part
}

// readOpen understands an address: "uid,uid~400". What the person may not see, or nobody knows, opens nothing.
func readOpen(ctx context.Context, fleet *inventory.Service, scope inventory.Scope, address string) (openOrgs, error) {
	set := openOrgs{paths: map[string]string{}, shown: map[string]int{}}
	var uids []string
	for entry := range strings.SplitSeq(address, ",") {
		uid, shown, _ := strings.Cut(entry, "~")
		if !uidPattern.MatchString(uid) || len(uids) == openLimit {
			continue
		}
		uids = append(uids, uid)
		if n, err := strconv.Atoi(shown); err == nil && n > inventory.OrgLevelSize {
			set.shown[uid] = n
		}
	}
	orgs, err := fleet.OrgsOf(ctx, scope, uids)
	if err != nil {
		return set, err
	}
	for _, o := range orgs {
		set.open(scope, o)
	}
	return set, nil
}

// open opens an organization and the way down to it, as far as the person may see that.
func (s openOrgs) open(scope inventory.Scope, o inventory.Org) {
	path := ""
	for _, uid := range inventory.AncestorUIDs(o.Path) {
		if path = inventory.ChildPath(path, uid); scope.Contains(path) {
			s.paths[uid] = path
		}
	}
}

// toggle closes an organization with all that is open below it, or opens it. The one above a closed one stays open.
func (s openOrgs) toggle(scope inventory.Scope, o inventory.Org) {
	if _, isOpen := s.paths[o.UID]; !isOpen {
		s.open(scope, o)
		return
	}
	maps.DeleteFunc(s.paths, func(_, path string) bool { return strings.HasPrefix(path, o.Path) })
}

// address names the open ones, so that Back, reload and a link in a mail find the same tree.
func (s openOrgs) address() string {
	if len(s.paths) == 0 {
		return nothingOpen
	}
	var entries []string
	path := slices.Sorted(maps.Values(s.paths))
	for i, p := range path {
		uid := p[strings.LastIndex(strings.TrimSuffix(p, "/"), "/")+1 : len(p)-1]
		switch deepest := i+1 == len(path) || !strings.HasPrefix(path[i+1], p); {
		case s.shown[uid] > 0:
			entries = append(entries, uid+"~"+strconv.Itoa(s.shown[uid]))
		case deepest:
			entries = append(entries, uid)
		}
	}
	return strings.Join(entries, ",")
}
