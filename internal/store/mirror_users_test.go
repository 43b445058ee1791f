package store

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
)

func TestUsers(t *testing.T) {
	t.Parallel()
	onEvery(t, conformUsers)
}

func TestManyUsers(t *testing.T) {
	t.Parallel()
	onEvery(t, manyUsers)
}

// rows are the users that a query selects, in order, counted over the forest itself.
func (f *forest) rows(q inventory.UserQuery) []inventory.UserRow {
	devices := map[string]int{}
	for _, d := range f.devices {
		if q.Scope.Contains(f.orgs[d.OrgUID].Path) { // also of somebody in scope only what is in scope counts
			devices[d.UserUID]++
		}
	}
	needle := inventory.SearchNeedle(q.Text)
	var rows []inventory.UserRow
	for _, u := range f.users {
		o := f.orgs[u.OrgUID]
		below := q.OrgUID == "" || q.Scope.Contains(f.orgs[q.OrgUID].Path) && strings.HasPrefix(o.Path, f.orgs[q.OrgUID].Path)
		if q.Scope.Contains(o.Path) && below &&
			(strings.Contains(inventory.UserSearchText(u), needle) || u.UID == strings.TrimSpace(q.Text)) &&
			(q.Active == nil || *q.Active == u.Active) && (q.Blocked == nil || *q.Blocked == u.Blocked) &&
			(q.OnHold == nil || *q.OnHold == (heldUsers()[u.UID] > 0)) {
			rows = append(rows, inventory.UserRow{User: u, OrgName: o.Name, OrgPath: o.Path, Devices: devices[u.UID], OnHold: heldUsers()[u.UID] > 0})
		}
	}
	slices.SortFunc(rows, func(a, b inventory.UserRow) int {
		return cmp.Or(cmp.Compare(inventory.SortKey(a.Username), inventory.SortKey(b.Username)), cmp.Compare(a.UID, b.UID))
	})
	return rows
}

// allUsers reads a list page by page to its end and back again.
func allUsers(t *testing.T, s *Store, q inventory.UserQuery) (all []inventory.UserRow) {
	t.Helper()
	var pages []inventory.UserPage
	for {
		page, err := s.Users(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if page.HasPrevious != (len(pages) > 0) || page.HasPrevious != (page.Before != "") {
			t.Errorf("%+v: page %d says that there are rows before: %t", q, len(pages), page.HasPrevious)
		}
		pages = append(pages, page)
		all = append(all, page.Users...)
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	for i := len(pages) - 1; i > 0; i-- {
		q.After, q.Before = "", pages[i].Before
		page, err := s.Users(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(pages[i-1], page); diff != "" {
			t.Errorf("%+v: page %d, read back (-there +back):\n%s", q, i-1, diff)
		}
	}
	for _, page := range pages {
		if page.Total != len(all) || page.TotalCapped {
			t.Errorf("%+v: a total of %d, capped %t, and %d users", q, page.Total, page.TotalCapped, len(all))
		}
	}
	return all
}

// conformUsers changes a fleet at random and compares lists of users, by every filter, with a loop over the fleet.
func conformUsers(t *testing.T, open opener) {
	s := open(t, newClock())
	f := newForest(9, 20, 150, 120)
	f.sync(t, s)
	for range 60 {
		f.change(t, s)
	}
	uids := f.uids()
	a, b := f.orgs[uids[1]], f.orgs[uids[len(uids)-1]]
	for _, scope := range []inventory.Scope{
		inventory.Everything(), {}, {Paths: []string{a.Path}}, {Paths: []string{a.Path, b.Path}}, {Paths: []string{b.Path}},
	} {
		for _, q := range []inventory.UserQuery{
			{},
			{Text: "ann"},
			{Text: "AN"},
			{Text: "ünal"},
			{Text: "@EXAMPLE.org"},
			{Text: "mail7@"},
			{Text: "zürich"},
			{Text: " 17 "},
			{Text: "%"},
			{Text: "'"},
			{Text: "nobody at all"},
			{Active: new(true)},
			{Active: new(false), Blocked: new(true)},
			{Blocked: new(false), Text: "bob"},
			{OnHold: new(true)},
			{OnHold: new(false), Active: new(true)},
			{OrgUID: a.UID},
			{OrgUID: b.UID, Text: "n"},
			{OrgUID: "nowhere"},
		} {
			q.Scope, q.Limit = scope, 7
			if diff := gocmp.Diff(f.rows(q), allUsers(t, s, q)); diff != "" {
				t.Errorf("%+v (-counted +answered):\n%s", q, diff)
			}
		}
		for uid, u := range f.users {
			row, err := s.UserRow(t.Context(), scope, uid)
			if !scope.Contains(f.orgs[u.OrgUID].Path) {
				if !fault.Is(err, fault.NotFound) || fault.Of(err).Message != inventory.NotFoundMessage {
					t.Errorf("user %s outside %v: %v", uid, scope, err)
				}
				continue
			}
			if want := f.rows(inventory.UserQuery{Scope: scope, Text: uid}); err != nil || !slices.Contains(want, row) {
				t.Errorf("user %s: %+v, %v; want one of %+v", uid, row, err, want)
			}
		}
	}
	if _, err := s.UserRow(t.Context(), inventory.Everything(), "no such"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a missing user: %v", err)
	}
	for _, q := range []inventory.UserQuery{{After: "x"}, {Before: "!"}, {After: place{"a", "b"}.String(), Before: place{"a", "b"}.String()}} {
		if q.Scope = inventory.Everything(); !fault.Is(errorOf(s.Users(t.Context(), q)), fault.Invalid) {
			t.Errorf("%+v is not invalid", q)
		}
	}
}

func errorOf(_ inventory.UserPage, err error) error { return err }

// manyUsers has more users than totals are exact for.
func manyUsers(t *testing.T, open opener) {
	s := open(t, newClock())
	f := &forest{orgs: map[string]inventory.Org{"r": {UID: "r"}, "a": {UID: "a", ParentUID: "r"}}, users: map[string]inventory.User{}}
	f.place()
	for i := range inventory.CountLimit + 20 {
		org := "r"
		if i < 30 {
			org = "a"
		}
		uid := fmt.Sprint(i)
		f.users[uid] = inventory.User{UID: uid, Username: fmt.Sprintf("user%05d@example.com", i), OrgUID: org, Active: true}
	}
	f.sync(t, s)
	for _, c := range []struct {
		q      inventory.UserQuery
		total  int
		capped bool
	}{
		{inventory.UserQuery{}, inventory.CountLimit, true},
		{inventory.UserQuery{Text: "example"}, inventory.CountLimit, true},
		{inventory.UserQuery{Text: "user0001"}, 10, false},
		{inventory.UserQuery{OrgUID: "a"}, 30, false},
	} {
		c.q.Scope = inventory.Everything()
		page, err := s.Users(t.Context(), c.q)
		if err != nil || page.Total != c.total || page.TotalCapped != c.capped || len(page.Users) != min(c.total, 50) {
			t.Errorf("%+v: %d users of %d, capped %t, %v; want %d, %t", c.q, len(page.Users), page.Total, page.TotalCapped, err, c.total, c.capped)
		}
	}
}
