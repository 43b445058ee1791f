package approval

import (
	"cmp"
	"slices"
)

// Held is one role that a voter holds over one target, and that opens the action to them.
type Held struct {
	Role  string
	Above bool // strictly above the target's organization
	Root  bool
}

// Vote is a yes as it counts now: Standing has one entry for each target, with all the voter's roles over it. A vote that
// has no role over one of the targets does not count at all.
type Vote struct {
	Person   Person
	Standing [][]Held
}

// Verdict is the answer, with what is missing.
type Verdict struct {
	Met     bool
	Counted []bool // for each vote, whether it counts for something; of several by one person one does
	Missing Need   // the groups that are not met yet, with how many each of them lacks
}

// Suffice tells whether the votes meet the need of what this person asks for. The person's own votes count for nothing,
// the votes of one person for one, and nobody counts for two groups. Where votes could count for one group or another,
// they count for the narrower one, so that what is missing is what is easiest to find; of voters who stand in for each
// other the first counts.
func Suffice(n Need, asker Person, votes []Vote) Verdict {
	voters := votersOf(n, asker, votes)
	slots := slotsOf(n, len(voters))
	fits := func(voter, slot int) bool { return voters[voter].fits[slots[slot]] }

	v := Verdict{Counted: make([]bool, len(votes))}
	for i, matched := range cover(len(voters), len(slots), fits) {
		if matched {
			v.Counted[voters[i].vote] = true
		}
	}
	// A largest matching exists that holds both these voters and these slots, so the two can be chosen one by one.
	filled := make([]int, len(n))
	for slot, matched := range cover(len(slots), len(voters), func(slot, voter int) bool { return fits(voter, slot) }) {
		if matched {
			filled[slots[slot]]++
		}
	}
	for i, g := range n {
		if g.Count > filled[i] {
			v.Missing = append(v.Missing, Group{Count: g.Count - filled[i], From: g.From})
		}
	}
	v.Met = len(v.Missing) == 0
	return v
}

// Able tells for each group of the need how many people it could take, if they voted like this: one person counts once for
// each group, the asker for none.
func (n Need) Able(asker Person, votes []Vote) []int {
	able := make([]int, len(n))
	for _, v := range votersOf(n, asker, votes) {
		for group, fits := range v.fits {
			if fits {
				able[group]++
			}
		}
	}
	return able
}

// voter is one person with all their votes.
type voter struct {
	vote int    // the first of their votes that fits anywhere
	fits []bool // for each group, whether one of their votes fits it
}

// votersOf lists the people whose votes fit somewhere, without the asker, in the order of their votes.
func votersOf(n Need, asker Person, votes []Vote) []voter {
	people := []Person{asker}
	for _, v := range votes {
		people = append(people, v.Person)
	}
	numbers := identify(people)
	var voters []voter
	known := map[int]int{} // a person's number → index in voters
	for i, v := range votes {
		number := numbers[i+1]
		if number == numbers[0] {
			continue
		}
		for group, g := range n {
			if !v.fits(g) {
				continue
			}
			at, ok := known[number]
			if !ok {
				at = len(voters)
				known[number] = at
				voters = append(voters, voter{vote: i, fits: make([]bool, len(n))})
			}
			voters[at].fits[group] = true
		}
	}
	return voters
}

// fits tells whether the vote is by one of the group: by one of its sources on every target.
func (v Vote) fits(g Group) bool {
	if len(v.Standing) == 0 {
		return false
	}
	return slices.ContainsFunc(g.From, func(s Source) bool {
		return !slices.ContainsFunc(v.Standing, func(held []Held) bool { return !slices.ContainsFunc(held, s.fits) })
	})
}

func (s Source) fits(h Held) bool {
	if s.Role != "" && s.Role != h.Role {
		return false
	}
	switch s.Where {
	case Anywhere:
		return true
	case Above:
		return h.Above
	case Root:
		return h.Root
	}
	return false
}

// slotsOf is one entry for each person whom a group still takes, with the index of the group; narrower groups first. More
// than there are voters makes no difference.
func slotsOf(n Need, voters int) []int {
	order := make([]int, len(n))
	wider := make([]int, len(n)) // how many groups take everybody whom this one takes, and more
	for i, g := range n {
		order[i] = i
		for _, other := range n {
			if g.within(other) && !other.within(g) {
				wider[i]++
			}
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(wider[b], wider[a]) })
	var slots []int
	for _, i := range order {
		for range min(n[i].Count, voters) {
			slots = append(slots, i)
		}
	}
	return slots
}

// within tells whether whoever is of this group is of the other one as well.
func (g Group) within(other Group) bool {
	return !slices.ContainsFunc(g.From, func(s Source) bool {
		return !slices.ContainsFunc(other.From, func(o Source) bool {
			return (o.Role == "" || o.Role == s.Role) && (o.Where == Anywhere || o.Where == s.Where)
		})
	})
}

// cover tells which of the left ones a largest matching holds; where it has a choice, the earlier ones. It is Kuhn's
// algorithm: a left one that was matched once stays matched.
func cover(left, right int, fits func(l, r int) bool) []bool {
	matched := make([]bool, left)
	partner := make([]int, right) // the left one that has this right one, or -1
	for r := range partner {
		partner[r] = -1
	}
	for l := range left {
		tried := make([]bool, right)
		var place func(int) bool
		place = func(l int) bool {
			for r := range right {
				if tried[r] || !fits(l, r) {
					continue
				}
				tried[r] = true
				if partner[r] < 0 || place(partner[r]) {
					partner[r] = l
					return true
				}
			}
			return false
		}
		matched[l] = place(l)
	}
	return matched
}
