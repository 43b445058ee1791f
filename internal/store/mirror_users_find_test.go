package store

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"backup-portal/internal/inventory"
)

// queries draws queries of users of every kind.
func (f *forest) queries() *rapid.Generator[inventory.UserQuery] {
	uids := f.uids()
	var people []inventory.User
	for _, uid := range slices.Sorted(maps.Keys(f.users)) {
		people = append(people, f.users[uid])
	}
	part := rapid.Custom(func(r *rapid.T) string {
		u := rapid.SampledFrom(people).Draw(r, "user")
		text := []rune(rapid.SampledFrom([]string{u.Username, u.Email, u.Name, u.UID, " " + u.UID + " "}).Draw(r, "field"))
		from := rapid.IntRange(0, len(text)).Draw(r, "from")
		return string(text[from:min(len(text), from+rapid.IntRange(0, 9).Draw(r, "length"))])
	})
	hostile := rapid.SampledFrom([]string{
		"", "", "a", "AN", "@example", "ünal", "ÜNAL", "%", "_nn", `a\n`, "'", `"`, `an" OR "bob`, "NEAR(ann bob)", "ann*", "search_text:ann", "nobody at all",
		"\x1f\x1fa", "a\x00n", "ann\xff", strings.Repeat("ann", 200), "?0", "$1", "💾", "長い長",
	})
	flag := rapid.SampledFrom([]*bool{nil, nil, nil, new(true), new(false)})
	return rapid.Custom(func(r *rapid.T) inventory.UserQuery {
		q := inventory.UserQuery{
			Text: rapid.OneOf(part, part, hostile).Draw(r, "text"), Active: flag.Draw(r, "active"), Blocked: flag.Draw(r, "blocked"), OnHold: flag.Draw(r, "on hold"),
			OrgUID: rapid.SampledFrom(append([]string{"", "", "", "", "", "nowhere"}, uids[:5]...)).Draw(r, "org"), Limit: rapid.IntRange(1, 40).Draw(r, "limit"),
		}
		for range rapid.IntRange(0, 2).Draw(r, "places") {
			q.Scope.Paths = append(q.Scope.Paths, f.orgs[rapid.SampledFrom(uids).Draw(r, "place")].Path)
		}
		if rapid.Bool().Draw(r, "everywhere") {
			q.Scope = inventory.Everything()
		}
		return q
	})
}

// TestUserPlansAgree forces every plan on random queries and holds each page, its total and its neighbours against a loop
// over all users.
func TestUserPlansAgree(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s := open(t, newClock())
		f := newForest(5, 20, 150, 300)
		f.sync(t, s)
		queries := f.queries()
		used := map[plan]int{}
		rapid.Check(t, func(r *rapid.T) {
			q := queries.Draw(r, "query")
			all := f.rows(q)
			start := rapid.IntRange(0, len(all)).Draw(r, "start")
			if start > 0 {
				q.After = place{inventory.SortKey(all[start-1].Username), all[start-1].UID}.String()
			}
			want := all[start:]
			for _, forced := range []plan{"", planWalk, planScan, planOrgs, planText, planHeld} {
				page, err := s.usersBy(t.Context(), q, func(e estimate, costs planCosts, covered bool, by inventory.DeviceSort) choice {
					switch {
					case forced == "":
						return e.choose(costs, covered, by)
					case forced == planText && math.IsInf(e.found, 1) || forced == planHeld && math.IsInf(e.held, 1):
						return choice{page: planScan, count: planScan} // the text index cannot be asked, or others are wanted than those on hold
					}
					used[forced]++
					return choice{page: forced, count: forced}
				})
				if err != nil {
					r.Fatalf("%q: %v", forced, err)
				}
				if diff := gocmp.Diff(want[:min(len(want), q.Limit)], page.Users); diff != "" && len(want)+len(page.Users) > 0 {
					r.Fatalf("%q, %+v (-counted +answered):\n%s", forced, q, diff)
				}
				if page.Total != len(all) || page.TotalCapped || (page.Next != "") != (len(want) > q.Limit) || page.HasPrevious != (start > 0 && len(want) > 0) {
					if len(want) > 0 {
						r.Fatalf("%q, %+v: total %d, next %q, previous %t; want %d, %t, %t", forced, q, page.Total, page.Next, page.HasPrevious, len(all), len(want) > q.Limit, start > 0)
					}
				}
			}
		})
		for _, p := range []plan{planText, planHeld, planWalk} {
			if used[p] == 0 {
				t.Errorf("the plan %q was never taken", p)
			}
		}
	})
}

// A text that nobody has, however short, is asked of the text index, by whoever reads: no user is looked at.
func TestTextsOfNobody(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s := open(t, newClock())
		f := newForest(7, 10, 400, 10)
		f.sync(t, s)
		for _, scope := range []inventory.Scope{inventory.Everything(), {Paths: []string{f.orgs[f.uids()[0]].Path}}} {
			for _, text := range []string{"nobody at all", "zqx", "qx", "x", "999999999@example.com"} {
				var chosen choice
				page, err := s.usersBy(t.Context(), inventory.UserQuery{Scope: scope, Text: text}, func(e estimate, costs planCosts, covered bool, by inventory.DeviceSort) choice {
					chosen = e.choose(costs, covered, by)
					return chosen
				})
				if err != nil || page.Total > 0 || chosen.page != planText || chosen.count != planText {
					t.Errorf("%q in %v: %d users by %q, counted by %q, %v", text, scope.Paths, page.Total, chosen.page, chosen.count, err)
				}
			}
		}
	})
}

// TestUserTextFollows: the text index follows every way of writing a user.
func TestUserTextFollows(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s := open(t, newClock())
		mirrorOrg(t, s, "r", "/r/")
		byText := func(text string, want ...string) {
			t.Helper()
			page, err := s.usersBy(t.Context(), inventory.UserQuery{Scope: inventory.Everything(), Text: text}, func(estimate, planCosts, bool, inventory.DeviceSort) choice {
				return choice{page: planText, count: planText}
			})
			ok(t, err)
			var got []string
			for _, u := range page.Users {
				got = append(got, u.UID)
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("%q (-want +got):\n%s", text, diff)
			}
		}
		ok(t, s.UserSeen(t.Context(), inventory.User{UID: "111", Username: "before@example.com", OrgUID: "r"}))
		ok(t, s.UserSeen(t.Context(), inventory.User{UID: "222", Username: "of-111@example.com", OrgUID: "r"}))
		byText("before", "111")
		byText("111", "111", "222") // one by its id, one by its name
		ok(t, s.UserSeen(t.Context(), inventory.User{UID: "111", Username: "after@example.com", OrgUID: "r"}))
		byText("before")
		byText("after", "111")
		ok(t, s.UserGone(t.Context(), "111"))
		byText("after")
	})
}

// Users that were mirrored before there was a text index are found by it, and counted as before.
func TestUsersFromBeforeAreFound(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, open opener) {
		s := open(t, newClock())
		f := newForest(6, 10, 40, 20)
		f.sync(t, s)
		q := inventory.UserQuery{Scope: inventory.Everything(), Text: "example", Limit: 1000}
		want, err := s.Users(t.Context(), q)
		ok(t, err)
		before, err := s.Freshness(t.Context())
		ok(t, err)
		migrations, err := provider(s.writer.DB, s.dialect)
		ok(t, err)
		_, err = migrations.DownTo(t.Context(), 17)
		ok(t, err)
		_, err = migrations.Up(t.Context())
		ok(t, err)
		got, err := s.usersBy(t.Context(), q, func(estimate, planCosts, bool, inventory.DeviceSort) choice {
			return choice{page: planText, count: planText}
		})
		ok(t, err)
		if diff := gocmp.Diff(want, got); diff != "" || len(want.Users) == 0 {
			t.Errorf("%d users before (-before +after):\n%s", len(want.Users), diff)
		}
		gone := want.Users[0]
		ok(t, s.UserGone(t.Context(), gone.UID))
		after, err := s.Freshness(t.Context())
		if err != nil || after.Users != before.Users-1 {
			t.Errorf("%d users are counted, %d before one went, %v", after.Users, before.Users, err)
		}
	})
}
