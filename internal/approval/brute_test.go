package approval_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/approval"
)

// TestSufficeAgainstEveryAssignment holds the matching against trying out every way to give people to groups, on small
// random needs and votes of people with several accounts.
func TestSufficeAgainstEveryAssignment(t *testing.T) {
	t.Parallel()
	const rounds = 20_000
	random := rand.New(rand.NewPCG(4, 2))
	met, short := 0, 0
	for range rounds {
		need, votes := randomNeed(random), randomVotes(random)
		got := approval.Suffice(need, person("a"), votes)
		counted, filled := tryAll(need, person("a"), votes)
		want := approval.Verdict{Met: true, Counted: counted}
		for i, g := range need {
			if g.Count > filled[i] {
				want.Missing = append(want.Missing, group(g.Count-filled[i], g.From...))
				want.Met = false
			}
		}
		if want.Met {
			met++
		} else {
			short++
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("need %v\nvotes %+v\n(-want +got):\n%s", need, votes, diff)
		}
	}
	if met < rounds/20 || short < rounds/20 {
		t.Errorf("%d met and %d short: the cases prove nothing", met, short)
	}
}

func pick[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

func randomNeed(random *rand.Rand) approval.Need {
	var need approval.Need
	for range random.IntN(4) {
		g := group(1 + random.IntN(2))
		for range 1 + random.IntN(2) {
			g.From = append(g.From, approval.Source{
				Role: pick(random, "", "admin", "org-manager"), Where: pick(random, approval.Anywhere, approval.Above, approval.Root),
			})
		}
		need = append(need, g)
	}
	return need
}

func randomVotes(random *rand.Rand) []approval.Vote {
	targets := 1 + random.IntN(2)
	votes := make([]approval.Vote, random.IntN(6))
	for i := range votes {
		// Accounts and addresses are drawn apart, so that people with several of them come up.
		votes[i].Person = approval.Person{
			Key:   "idp|" + pick(random, "a", "b", "c", "d", "e", "f", "g", "h"),
			Email: pick(random, "", "", "", "a@x.example", "B@x.example", "b@X.example", "c@x.example"),
		}
		for range targets {
			var held []approval.Held
			for range random.IntN(3) {
				root := random.IntN(3) == 0
				held = append(held, approval.Held{Role: pick(random, "admin", "org-manager"), Above: root || random.IntN(2) == 0, Root: root})
			}
			votes[i].Standing = append(votes[i].Standing, held)
		}
	}
	return votes
}

// tryAll is the specification, as slow as it is plain: of all assignments of people to groups, the largest; among these
// the one with the earliest voters, and for what is filled the one that fills the narrowest groups first.
func tryAll(need approval.Need, asker approval.Person, votes []approval.Vote) (counted []bool, filled []int) {
	first := func(p []int) int {
		return slices.IndexFunc(p, func(v int) bool {
			return slices.ContainsFunc(need, func(g approval.Group) bool { return fitsAny(votes, []int{v}, g) })
		})
	}
	people := slices.DeleteFunc(clusters(asker, votes), func(p []int) bool { return first(p) < 0 })
	slices.SortFunc(people, func(a, b []int) int { return a[first(a)] - b[first(b)] })
	order := narrowFirst(need)
	var bestPeople, bestFill []int // one entry for each person, and for each group in order
	size := -1
	placed, fill := make([]int, len(people)), make([]int, len(need))
	var place func(i, n int)
	place = func(i, n int) {
		if i == len(people) {
			inOrder := make([]int, len(order))
			for at, g := range order {
				inOrder[at] = fill[g]
			}
			if n > size {
				size, bestPeople, bestFill = n, slices.Clone(placed), inOrder
			}
			if n == size {
				bestPeople = slices.MaxFunc([][]int{bestPeople, slices.Clone(placed)}, slices.Compare)
				bestFill = slices.MaxFunc([][]int{bestFill, inOrder}, slices.Compare)
			}
			return
		}
		place(i+1, n)
		for g := range need {
			if fill[g] < need[g].Count && fitsAny(votes, people[i], need[g]) {
				placed[i] = 1
				fill[g]++
				place(i+1, n+1)
				placed[i] = 0
				fill[g]--
			}
		}
	}
	place(0, 0)
	counted, filled = make([]bool, len(votes)), make([]int, len(need))
	for i, p := range people {
		if bestPeople[i] == 1 {
			counted[p[first(p)]] = true
		}
	}
	for at, g := range order {
		filled[g] = bestFill[at]
	}
	return counted, filled
}

// clusters are the votes of one person each, without the asker's: joined until nothing joins any more.
func clusters(asker approval.Person, votes []approval.Vote) [][]int {
	number := make([]int, len(votes)+1)
	people := []approval.Person{asker}
	for i, v := range votes {
		number[i+1] = i + 1
		people = append(people, v.Person)
	}
	for again := true; again; {
		again = false
		for i := range people {
			for j := range people {
				if approval.Same(people[i], people[j]) && number[i] != number[j] {
					number[i] = min(number[i], number[j])
					number[j] = number[i]
					again = true
				}
			}
		}
	}
	var list [][]int
	for n := range people {
		var mine []int
		for i := range votes {
			if n > 0 && number[i+1] == n {
				mine = append(mine, i)
			}
		}
		if mine != nil {
			list = append(list, mine)
		}
	}
	return list
}

func fitsAny(votes []approval.Vote, of []int, g approval.Group) bool {
	for _, v := range of {
		for _, s := range g.From {
			everywhere := len(votes[v].Standing) > 0
			for _, held := range votes[v].Standing {
				there := false
				for _, h := range held {
					there = there || (s.Role == "" || s.Role == h.Role) && (s.Where == "" || s.Where == approval.Above && h.Above || s.Where == approval.Root && h.Root)
				}
				everywhere = everywhere && there
			}
			if everywhere {
				return true
			}
		}
	}
	return false
}

// narrowFirst orders groups so that one comes after all that lie inside it.
func narrowFirst(need approval.Need) []int {
	inside := func(a, b approval.Group) bool {
		for _, s := range a.From {
			if !slices.ContainsFunc(b.From, func(o approval.Source) bool {
				return (o.Role == "" || o.Role == s.Role) && (o.Where == "" || o.Where == s.Where)
			}) {
				return false
			}
		}
		return true
	}
	wider := func(i int) int {
		n := 0
		for _, g := range need {
			if inside(need[i], g) && !inside(g, need[i]) {
				n++
			}
		}
		return n
	}
	order := make([]int, len(need))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return wider(b) - wider(a) })
	return order
}
