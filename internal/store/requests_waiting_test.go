package store

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"backup-portal/internal/action"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

func TestWaiting(t *testing.T) {
	t.Parallel()
	onEvery(t, conformWaiting)
}

// conformWaiting: what is counted is what is listed, for everybody and wherever they hold a role, among requests in every
// state whose devices lie here and there, move, or are not known any more.
func conformWaiting(t *testing.T, open opener) {
	t.Run("the count is the length of the list", func(t *testing.T) {
		t.Parallel()
		r, c := rand.New(rand.NewPCG(4, 1)), newClock()
		s := open(t, c)
		road := operation.New(operation.Options{Requests: s, Catalogue: action.All, Now: c.Now})
		paths := map[string]string{"a": "/1/a/", "b": "/1/b/", "c": "/1/b/c/", "lost": ""}
		orgs := []string{"a", "b", "c", "lost"}
		for _, uid := range orgs {
			mirrorOrg(t, s, uid, paths[uid])
		}
		states := []operation.State{operation.Awaiting, operation.Awaiting, operation.Scheduled, operation.Running}
		var targets []string
		for i := range 60 {
			home := orgs[r.IntN(3)]
			var these []string
			for k := range 1 + r.IntN(3) {
				these = append(these, fmt.Sprint("d", i, "-", k))
				if r.IntN(8) == 0 {
					continue // the mirror does not know it: it lies where it lay, in /root/o1/
				}
				if r.IntN(5) == 0 {
					seen(t, s, c, orgs[r.IntN(4)], these[k])
				} else {
					seen(t, s, c, home, these[k])
				}
			}
			targets = append(targets, these...)
			q := deactivation(fmt.Sprintf("r%02d", i), these...)
			q.Lifetime = time.Duration(1+r.IntN(12)) * time.Hour
			if i%9 == 0 {
				q.Person = operation.Person{Key: "https://idp|bob", Email: "bob@example.com"}
			}
			q = asked(t, s, q, states[r.IntN(len(states))])
			if q.State == operation.Awaiting && r.IntN(4) == 0 {
				voted(t, s, q, "bob", true)
			}
		}
		total := 0
		compare := func(when string) {
			for _, who := range []string{"ann", "bob", "eve"} {
				for _, role := range []policy.Role{policy.Admin, policy.OrgManager, policy.Viewer} {
					for _, path := range []string{"/1/", "/1/a/", "/1/b/", "/1/b/c/", "/root/", ""} {
						actor := policy.Actor{Issuer: "https://idp", Subject: who, Email: who + "@example.com", Grants: []policy.Grant{{Role: role, OrgUID: "x", Path: path, AtRoot: path == "/1/"}}}
						list, err := road.ToDecide(t.Context(), actor)
						ok(t, err)
						count, err := road.CountToDecide(t.Context(), actor, 200)
						ok(t, err)
						if count != len(list) {
							t.Errorf("%s: %s, %s at %q: counted %d of %d", when, who, role, path, count, len(list))
						}
						total += count
						if some, err := road.CountToDecide(t.Context(), actor, 2); err != nil || some != min(count, 2) {
							t.Errorf("%s: up to two of %d: %d, %v", when, count, some, err)
						}
					}
				}
			}
		}
		compare("at first")
		c.Advance(4 * time.Hour)
		compare("when the time of some is over")
		for _, target := range targets {
			if r.IntN(3) == 0 {
				seen(t, s, c, orgs[r.IntN(4)], target)
			}
		}
		compare("when devices have moved")
		if total < 100 {
			t.Errorf("%d counted in all: nothing was tried", total)
		}
	})

	t.Run("a moved one changes hands at once", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		s := open(t, c)
		road := operation.New(operation.Options{Requests: s, Catalogue: action.All, Now: c.Now})
		mirrorOrg(t, s, "a", "/1/a/")
		mirrorOrg(t, s, "b", "/1/b/")
		seen(t, s, c, "a", "d1")
		asked(t, s, deactivation("r1", "d1"), operation.Awaiting)
		there := policy.Actor{Issuer: "https://idp", Subject: "bob", Grants: []policy.Grant{{Role: policy.Admin, OrgUID: "b", Path: "/1/b/"}}}
		for _, want := range []int{0, 1} {
			if n, err := road.CountToDecide(t.Context(), there, 9); err != nil || n != want {
				t.Errorf("counted %d, %v, want %d", n, err, want)
			}
			seen(t, s, c, "b", "d1")
		}
	})
}
