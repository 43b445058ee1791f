package store

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
)

// forest is a made-up tree of organizations with devices and users, the truth that the mirror's answers are held against.
type forest struct {
	r       *rand.Rand
	orgs    map[string]inventory.Org
	devices map[string]inventory.Device
	users   map[string]inventory.User
}

// orgNames meet folding, ordering and quoting; several organizations share each.
var orgNames = []string{
	"<script>alert(1)</script>", "=1+1", "Zürich", "zürich ", "ZÜRICH", "o'brien", "100%_done", "", "שלום", "長い" + strings.Repeat("長", 200),
	"a\x1fb", "?0 ? $1", `back\slash`, "Sales", "sales",
}

// newForest draws organizations below one root, whose uids are prefixes of each other, and what stands in them. Some
// devices and users name organizations that nobody listed.
func newForest(seed uint64, orgs, devices, users int) *forest {
	f := &forest{
		r:    rand.New(rand.NewPCG(seed, 11)),
		orgs: map[string]inventory.Org{}, devices: map[string]inventory.Device{}, users: map[string]inventory.User{},
	}
	for i := range orgs {
		uid := fmt.Sprint(i + 1)
		parent := ""
		if i > 0 {
			parent = fmt.Sprint(f.r.IntN(i) + 1)
		}
		f.orgs[uid] = inventory.Org{
			UID: uid, ParentUID: parent, Name: orgNames[f.r.IntN(len(orgNames))], ExternalReference: fmt.Sprintf("Ref-%d", i%7),
			Active: f.r.IntN(5) > 0, Blocked: f.r.IntN(5) == 0,
		}
	}
	f.place()
	for i := range devices {
		d := inventory.Device{
			GUID: fmt.Sprint(1000 + i), Name: "device", OrgUID: f.anyOrg(), UserUID: fmt.Sprint(f.r.IntN(users + 5)), Active: true,
			Alert: f.r.IntN(3) == 0, StoredBytes: f.r.Int64N(1 << 40), SeenAt: fleetTime,
		}
		f.devices[d.GUID] = d
	}
	for i := range users {
		u := inventory.User{
			UID: fmt.Sprint(i), Username: fmt.Sprintf("%s%d@example.com", []string{"Ann", "ann", "Ünal", "bob"}[f.r.IntN(4)], f.r.IntN(users)),
			Email: fmt.Sprintf("mail%d@example.org", i%13), Name: orgNames[f.r.IntN(len(orgNames))], OrgUID: f.anyOrg(),
			Active: f.r.IntN(4) > 0, Blocked: f.r.IntN(4) == 0,
		}
		f.users[u.UID] = u
	}
	return f
}

// anyOrg is an organization's uid, or now and then one that nobody listed.
func (f *forest) anyOrg() string {
	if f.r.IntN(15) == 0 {
		return "nowhere"
	}
	uids := f.uids()
	return uids[f.r.IntN(len(uids))]
}

func (f *forest) uids() []string {
	uids := make([]string, 0, len(f.orgs))
	for uid := range f.orgs {
		uids = append(uids, uid)
	}
	slices.Sort(uids)
	return uids
}

// place works out every organization's path from its parents; below a parent that is not there it starts a tree.
func (f *forest) place() {
	var path func(uid string) string
	path = func(uid string) string {
		if o, ok := f.orgs[uid]; ok {
			return inventory.ChildPath(path(o.ParentUID), uid)
		}
		return ""
	}
	for uid, o := range f.orgs {
		o.Path = path(uid)
		o.Depth = len(inventory.AncestorUIDs(o.Path)) - 1
		f.orgs[uid] = o
	}
}

// change does one thing that happens to a fleet.
func (f *forest) change(t *testing.T, s *Store) {
	t.Helper()
	guid := fmt.Sprint(1000 + f.r.IntN(len(f.devices)+20))
	var err error
	switch f.r.IntN(8) {
	case 0, 1: // a device moves, changes, or comes
		d, known := f.devices[guid]
		if !known {
			d = inventory.Device{GUID: guid, Name: "new", OrgUID: f.anyOrg(), SeenAt: fleetTime}
		}
		switch f.r.IntN(4) {
		case 0:
			d.OrgUID = f.anyOrg()
		case 1:
			d.Alert = !d.Alert
		case 2:
			d.StoredBytes = f.r.Int64N(1 << 40)
		case 3:
			d.Blocked = !d.Blocked
		}
		f.devices[guid] = d
		err = s.DeviceSeen(t.Context(), d)
	case 2:
		delete(f.devices, guid)
		err = s.DeviceGone(t.Context(), guid)
	case 3:
		uid := fmt.Sprint(f.r.IntN(len(f.users) + 3))
		u := f.users[uid]
		u.UID, u.OrgUID, u.Blocked = uid, f.anyOrg(), !u.Blocked
		f.users[uid] = u
		err = s.UserSeen(t.Context(), u)
	case 4:
		uid := fmt.Sprint(f.r.IntN(len(f.users) + 3))
		delete(f.users, uid)
		err = s.UserGone(t.Context(), uid)
	case 5: // an organization is renamed and blocked
		uid := f.uids()[f.r.IntN(len(f.orgs))]
		o := f.orgs[uid]
		o.Name, o.Blocked = orgNames[f.r.IntN(len(orgNames))], !o.Blocked
		f.orgs[uid] = o
		err = s.OrgSeen(t.Context(), o)
	case 6: // a subtree moves under another parent
		uid := f.uids()[f.r.IntN(len(f.orgs))]
		parent := f.uids()[f.r.IntN(len(f.orgs))]
		if o := f.orgs[uid]; !strings.HasPrefix(f.orgs[parent].Path, o.Path) {
			o.ParentUID = parent
			f.orgs[uid] = o
			f.place()
			f.sync(t, s)
		}
	case 7: // an organization without children goes; its devices and users are in nobody's scope
		uid := f.uids()[f.r.IntN(len(f.orgs))]
		if len(f.orgs) > 10 && !slices.ContainsFunc(f.uids(), func(c string) bool { return f.orgs[c].ParentUID == uid }) {
			delete(f.orgs, uid)
			err = s.OrgGone(t.Context(), uid)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// sync writes the whole forest.
func (f *forest) sync(t *testing.T, s *Store) {
	t.Helper()
	var b inventory.SyncBatch
	for _, o := range f.orgs {
		b.Orgs = append(b.Orgs, o)
	}
	for _, u := range f.users {
		b.Users = append(b.Users, u)
	}
	for _, d := range f.devices {
		b.Devices = append(b.Devices, d)
	}
	generation, err := s.SyncStarted(t.Context(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SyncWrote(t.Context(), generation, b); err != nil {
		t.Fatal(err)
	}
	if err := s.SyncHolds(t.Context(), generation, heldUsers()); err != nil {
		t.Fatal(err)
	}
	if err := s.SyncCompleted(t.Context(), generation, fleetTime); err != nil {
		t.Fatal(err)
	}
}

// node counts an organization's subtree.
func (f *forest) node(o inventory.Org) inventory.OrgNode {
	n := inventory.OrgNode{Org: o}
	inside := func(uid string) bool {
		at := f.orgs[uid].Path
		return at != "" && strings.HasPrefix(at, o.Path)
	}
	for _, c := range f.orgs {
		if c.ParentUID == o.UID {
			n.Children++
		}
		if c.UID != o.UID && inside(c.UID) {
			n.Orgs++
		}
	}
	for _, d := range f.devices {
		if inside(d.OrgUID) {
			n.Devices++
			n.StoredBytes += d.StoredBytes
			if d.Alert {
				n.Alerts++
			}
		}
	}
	for _, u := range f.users {
		if inside(u.OrgUID) {
			n.Users++
		}
	}
	return n
}

// nodes are the organizations that hold, in order, with their counts.
func (f *forest) nodes(hold func(inventory.Org) bool) []inventory.OrgNode {
	var list []inventory.OrgNode
	for _, o := range f.orgs {
		if hold(o) {
			list = append(list, f.node(o))
		}
	}
	slices.SortFunc(list, func(a, b inventory.OrgNode) int {
		return cmp.Or(cmp.Compare(inventory.OrgSortKey(a.Name), inventory.OrgSortKey(b.Name)), cmp.Compare(a.UID, b.UID))
	})
	return list
}

// allOrgs reads a level page by page.
func allOrgs(t *testing.T, s *Store, q inventory.OrgQuery) (all []inventory.OrgNode) {
	t.Helper()
	for {
		page, err := s.OrgLevel(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Orgs...)
		if q.After = page.Next; q.After == "" {
			if page.Total != len(all) {
				t.Errorf("%+v: a total of %d, and %d organizations", q, page.Total, len(all))
			}
			return all
		}
	}
}

func TestTree(t *testing.T) {
	t.Parallel()
	onEvery(t, conformTree)
}

func TestLevels(t *testing.T) {
	t.Parallel()
	onEvery(t, conformLevels)
}

// conformTree changes a fleet at random and compares every level, node and search with a count over the fleet itself.
func conformTree(t *testing.T, open opener) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			s := open(t, newClock())
			f := newForest(seed, 40, 200, 60)
			f.sync(t, s)
			for range 4 {
				for range 25 {
					f.change(t, s)
				}
				f.compare(t, s)
			}
		})
	}
}

func (f *forest) compare(t *testing.T, s *Store) {
	t.Helper()
	// All of it; one subtree; two, and one that lies in another; none.
	scopes := []inventory.Scope{inventory.Everything(), {}, {Paths: []string{""}}, {Paths: []string{"/1"}}}
	uids := f.uids()
	for range 3 {
		a, b := f.orgs[uids[f.r.IntN(len(uids))]], f.orgs[uids[f.r.IntN(len(uids))]]
		scopes = append(scopes, inventory.Scope{Paths: []string{a.Path}}, inventory.Scope{Paths: []string{a.Path, b.Path, inventory.ChildPath(a.Path, "none")}})
	}
	for _, scope := range scopes {
		roots := scope.Roots()
		top := func(o inventory.Org) bool {
			if slices.Contains(roots, "/") {
				return o.Depth == 0
			}
			return slices.Contains(roots, o.Path)
		}
		equalNodes(t, fmt.Sprintf("roots of %v", scope), f.nodes(top), allOrgs(t, s, inventory.OrgQuery{Scope: scope, Limit: 3}))
		bare := f.nodes(top)
		for i := range bare {
			bare[i] = inventory.OrgNode{Org: bare[i].Org}
		}
		equalNodes(t, fmt.Sprintf("roots of %v without counts", scope), bare, allOrgs(t, s, inventory.OrgQuery{Scope: scope, Limit: 3, Uncounted: true}))
		for _, text := range []string{"zürich", "REF-3", "12", "'", "%", "?", " sales ", "1", "a b", "nobody"} {
			found := func(o inventory.Org) bool {
				return scope.Contains(o.Path) && (strings.Contains(inventory.OrgSearchText(o), strings.TrimSpace(inventory.Fold(text))) || o.UID == text)
			}
			equalNodes(t, fmt.Sprintf("%q in %v", text, scope), f.nodes(found), allOrgs(t, s, inventory.OrgQuery{Scope: scope, Text: text, Limit: 4}))
		}
		f.compareLevels(t, s, scope)
		for _, uid := range append(uids, "nowhere", "") {
			o, known := f.orgs[uid]
			node, err := s.OrgNode(t.Context(), scope, uid)
			if !known || !scope.Contains(o.Path) {
				if !fault.Is(err, fault.NotFound) || fault.Of(err).Message != inventory.NotFoundMessage {
					t.Errorf("%q outside %v: %v", uid, scope, err)
				}
				if _, err := s.OrgLevel(t.Context(), inventory.OrgQuery{Scope: scope, ParentUID: uid}); uid != "" && !fault.Is(err, fault.NotFound) {
					t.Errorf("the level below %q outside %v: %v", uid, scope, err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(f.node(o), node); diff != "" {
				t.Errorf("%q in %v (-counted +answered):\n%s", uid, scope, diff)
			}
			children := func(c inventory.Org) bool { return c.ParentUID == uid }
			equalNodes(t, fmt.Sprintf("below %q in %v", uid, scope), f.nodes(children), allOrgs(t, s, inventory.OrgQuery{Scope: scope, ParentUID: uid, Limit: 2}))
		}
	}
}

func equalNodes(t *testing.T, what string, want, got []inventory.OrgNode) {
	t.Helper()
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-counted +answered):\n%s", what, diff)
	}
}

// conformLevels pages through 600 children, with cursors that nobody gave out, and through organizations without a place.
func conformLevels(t *testing.T, open opener) {
	s := open(t, newClock())
	f := &forest{orgs: map[string]inventory.Org{"r": {UID: "r", Name: "Root"}}}
	for i := range 600 {
		uid := fmt.Sprint(i)
		f.orgs[uid] = inventory.Org{UID: uid, ParentUID: "r", Name: fmt.Sprintf("Child %d", i%50)}
	}
	f.place()
	f.orgs["circle"] = inventory.Org{UID: "circle", ParentUID: "circle", Name: "Circle"}
	f.sync(t, s)

	scope := inventory.Scope{Paths: []string{"/r/"}}
	first, err := s.OrgLevel(t.Context(), inventory.OrgQuery{Scope: scope, ParentUID: "r"})
	if err != nil || len(first.Orgs) != inventory.OrgLevelSize || first.Total != 600 || first.Next == "" {
		t.Errorf("the first page: %d of %d, %v", len(first.Orgs), first.Total, err)
	}
	equalNodes(t, "600 children", f.nodes(func(o inventory.Org) bool { return o.ParentUID == "r" }),
		allOrgs(t, s, inventory.OrgQuery{Scope: scope, ParentUID: "r"}))

	// A cursor is a place and no more: with one made up from a child's uid nobody learns whether that child exists.
	other := inventory.Scope{Paths: []string{"/r/7/"}}
	for _, uid := range []string{"8", "no such"} {
		page, err := s.OrgLevel(t.Context(), inventory.OrgQuery{Scope: other, Text: "child", After: place{"child 0", uid}.String()})
		if err != nil || len(page.Orgs) != 1 || page.Orgs[0].UID != "7" {
			t.Errorf("behind %q: %+v, %v", uid, page, err)
		}
	}
	for _, junk := range []string{"x", "!", strings.Repeat("A", longestPlace+1), place{"", ""}.String(), place{"a\x00", "b"}.String()} {
		if _, err := s.OrgLevel(t.Context(), inventory.OrgQuery{Scope: scope, After: junk}); !fault.Is(err, fault.Invalid) {
			t.Errorf("cursor %.20q: %v, want invalid", junk, err)
		}
	}

	for _, scope := range []inventory.Scope{inventory.Everything(), scope} {
		if page, err := s.OrgLevel(t.Context(), inventory.OrgQuery{Scope: scope, Text: "circle"}); err != nil || page.Total != 0 {
			t.Errorf("an organization in a circle is in %v: %+v, %v", scope, page, err)
		}
	}
}
