package operation_test

import (
	"slices"
	"strings"
)

// The oracle says what is allowed, in words of its own: it shares no code with policy and approval, and reads
// docs/security.md where these read their tables. It knows no time and no database; the models hand it the facts.

// seat is a role held at an organization.
type seat struct{ role, org string }

// soul is somebody as the identity provider and the configuration have them at one moment.
type soul struct {
	key, email string
	known      bool // signed in once
	seats      []seat
}

// same tells whether two souls are one person, as far as anybody can tell.
func (s soul) same(o soul) bool {
	return s.key == o.key || s.email != "" && strings.EqualFold(strings.TrimSpace(s.email), strings.TrimSpace(o.email))
}

// forest is who is whose parent; a root's is "".
type forest map[string]string

// chain is an organization and everything above it.
func (f forest) chain(org string) []string {
	var chain []string
	for at, met := org, 0; at != "" && met < 20; met++ {
		chain = append(chain, at)
		at = f[at]
	}
	return chain
}

// path is the chain as the mirror writes it.
func (f forest) path(org string) string {
	path := ""
	for _, uid := range f.chain(org) {
		path = uid + "/" + path
	}
	return "/" + path
}

// kin is one way of being an approver: a role ("any": one that opens the action itself), and where it has to be held.
type kin struct{ role, where string }

// slot is so many people, each of whom is of one of the kins.
type slot struct {
	n    int
	kins []kin
}

// law is what a role has to bring for an action.
type law struct {
	may, below bool
	slots      []slot
}

// code is a role table: by action and role.
type code map[string]map[string]law

var (
	freely   = law{may: true}
	withOne  = law{may: true, slots: []slot{{1, []kin{{"any", ""}}}}}
	withTwo  = law{may: true, slots: []slot{{1, []kin{{"admin", ""}}}, {1, []kin{{"any", ""}}}}}
	belowOne = law{may: true, below: true, slots: []slot{{1, []kin{{"any", ""}}}}}
)

// written is the table of docs/security.md.
func written() code {
	c := code{}
	for _, action := range []string{"device.block", "device.unblock", "device.deauthorize"} {
		c[action] = map[string]law{"help-desk": freely, "org-manager": freely, "admin": freely}
	}
	for _, action := range []string{"device.settings", "device.follow", "org.settings"} {
		c[action] = map[string]law{"org-manager": freely, "admin": freely}
	}
	for _, action := range []string{"device.deactivate", "device.reactivate"} {
		c[action] = map[string]law{"org-manager": withOne, "admin": withOne}
	}
	for _, action := range []string{"org.block", "org.unblock"} {
		c[action] = map[string]law{"org-manager": belowOne, "admin": freely}
	}
	for _, action := range []string{"org.deactivate", "org.reactivate"} {
		c[action] = map[string]law{"admin": withTwo}
	}
	return c
}

// changedCode and changedRules are one table twice: for the oracle, and for the portal's configuration.
func changedCode() code {
	c := written()
	c["device.deactivate"] = map[string]law{
		"org-manager": {may: true, below: true, slots: []slot{{1, []kin{{"org-manager", "above"}, {"admin", "root"}}}, {1, []kin{{"admin", ""}}}}},
		"admin":       {may: true, slots: []slot{{2, []kin{{"any", ""}}}}},
	}
	c["device.block"]["help-desk"] = law{may: true, slots: []slot{{1, []kin{{"org-manager", ""}, {"admin", ""}}}}}
	c["org.block"]["org-manager"] = law{}
	return c
}

const changedRules = `
[rule."device.deactivate".org-manager]
below = true
approvers = [
	{ count = 1, from = ["org-manager above", "admin at root"] },
	{ count = 1, from = ["admin"] },
]
[rule."device.deactivate".admin]
approvers = [{ count = 2, from = ["anyone"] }]
undo_window = "10m"
[rule."device.reactivate".admin]
undo_window = "10m"
[rule."device.block".help-desk]
approvers = [{ count = 1, from = ["org-manager", "admin"] }]
[rule."org.block".org-manager]
may = false
`

// slowRules leave the table as it is, and time between the last vote and the run.
const slowRules = `
[rule."device.deactivate"]
undo_window = "5m"
[rule."device.reactivate"]
undo_window = "5m"
`

// world is everything that a decision depends on, at one moment.
type world struct {
	tree forest
	code code
}

// opening lists the seats that open an action on a target in an organization to a soul.
func (w world) opening(s soul, action, org string) []seat {
	if !s.known {
		return nil
	}
	above := w.tree.chain(org)
	var open []seat
	for _, held := range s.seats {
		law := w.code[action][held.role]
		if law.may && slices.Contains(above, held.org) && (!law.below || held.org != org) {
			open = append(open, held)
		}
	}
	return open
}

// demands are the laws that a soul may go by: those that ask for the fewest people.
func (w world) demands(s soul, action, org string) []law {
	var mildest []law
	fewest := -1
	for _, held := range w.opening(s, action, org) {
		law := w.code[action][held.role]
		n := people(law.slots)
		if fewest < 0 || n < fewest {
			fewest, mildest = n, nil
		}
		if n == fewest {
			mildest = append(mildest, law)
		}
	}
	return mildest
}

func people(slots []slot) int {
	n := 0
	for _, s := range slots {
		n += s.n
	}
	return n
}

// is tells whether a voter is of a kin on a target in an organization.
func (w world) is(voter soul, k kin, action, org string) bool {
	return slices.ContainsFunc(w.opening(voter, action, org), func(held seat) bool {
		switch {
		case k.role != "any" && k.role != held.role:
			return false
		case k.where == "above":
			return held.org != org
		case k.where == "root":
			return w.tree[held.org] == ""
		}
		return true
	})
}

// enough tells whether voters can be found for every place, each person for one, none of them the asker. It tries every
// assignment. More places than the law has, for one approver more each, are taken by anybody to whom the action is open.
func (w world) enough(l law, more int, asker soul, voters []soul, action, org string) bool {
	var places [][]kin
	for _, s := range l.slots {
		for range s.n {
			places = append(places, s.kins)
		}
	}
	for range more {
		places = append(places, []kin{{"any", ""}})
	}
	persons := distinct(asker, voters)
	taken := make([]bool, len(persons))
	var fill func(int) bool
	fill = func(at int) bool {
		if at == len(places) {
			return true
		}
		for i, accounts := range persons {
			fits := func(k kin) bool {
				return slices.ContainsFunc(accounts, func(s soul) bool { return w.is(s, k, action, org) })
			}
			if taken[i] || !slices.ContainsFunc(places[at], fits) {
				continue
			}
			taken[i] = true
			if fill(at + 1) {
				return true
			}
			taken[i] = false
		}
		return false
	}
	return fill(0)
}

// distinct puts the accounts of each person together, and leaves out those of the asker.
func distinct(asker soul, voters []soul) [][]soul {
	groups := [][]soul{{asker}}
	for _, v := range voters {
		merged := []soul{v}
		var rest [][]soul
		for i, g := range groups {
			switch {
			case !slices.ContainsFunc(g, v.same):
				rest = append(rest, g)
			case i == 0:
				merged = append(slices.Clone(g), merged...) // the asker stays first
			default:
				merged = append(merged, g...)
			}
		}
		if slices.ContainsFunc(groups[0], v.same) {
			groups = append([][]soul{merged}, rest...)
		} else {
			groups = append(rest, merged)
		}
	}
	return groups[1:]
}
