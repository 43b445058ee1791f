package approval_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/approval"
)

// The people, needs and standings that the tables are made of.
func person(name string) approval.Person {
	return approval.Person{Key: "idp|" + name, Email: name + "@x.example"}
}

func group(count int, from ...approval.Source) approval.Group {
	return approval.Group{Count: count, From: from}
}

func anyone() approval.Source          { return approval.Source{} }
func role(name string) approval.Source { return approval.Source{Role: name} }
func above(name string) approval.Source {
	return approval.Source{Role: name, Where: approval.Above}
}

func atRoot(name string) approval.Source { return approval.Source{Role: name, Where: approval.Root} }

// yes is a vote with the same roles over each of so many targets.
func yes(name string, targets int, held ...approval.Held) approval.Vote {
	v := approval.Vote{Person: person(name)}
	for range targets {
		v.Standing = append(v.Standing, held)
	}
	return v
}

func TestSuffice(t *testing.T) {
	t.Parallel()
	admin, manager := approval.Held{Role: "admin"}, approval.Held{Role: "org-manager"}
	managerAbove := approval.Held{Role: "org-manager", Above: true}
	rootAdmin := approval.Held{Role: "admin", Above: true, Root: true}
	asker := person("asker")
	as := func(p approval.Person, v approval.Vote) approval.Vote { v.Person = p; return v }
	elsewhere := approval.Vote{Person: person("b"), Standing: [][]approval.Held{{admin}, {}}}
	twoRoles := approval.Vote{Person: person("b"), Standing: [][]approval.Held{{admin, manager}, {manager}}}
	one, two := approval.Need{group(1, anyone())}, approval.Need{group(2, anyone())}
	adminAndAnyone := approval.Need{group(1, role("admin")), group(1, anyone())}

	for name, tt := range map[string]struct {
		need    approval.Need
		votes   []approval.Vote
		counted []bool
		missing approval.Need
	}{
		"nobody needed":                             {nil, nil, []bool{}, nil},
		"nobody needed, one agrees":                 {nil, []approval.Vote{yes("b", 1, admin)}, []bool{false}, nil},
		"one needed, nobody":                        {one, nil, []bool{}, one},
		"one needed":                                {one, []approval.Vote{yes("b", 1, manager)}, []bool{true}, nil},
		"one needed, two agree: the first counts":   {one, []approval.Vote{yes("b", 1, manager), yes("c", 1, admin)}, []bool{true, false}, nil},
		"one's own":                                 {one, []approval.Vote{yes("asker", 1, admin)}, []bool{false}, one},
		"one's own by the address":                  {one, []approval.Vote{as(approval.Person{Key: "other|9", Email: "ASKER@x.example"}, yes("", 1, admin))}, []bool{false}, one},
		"one's own by the key":                      {one, []approval.Vote{as(approval.Person{Key: asker.Key, Email: "else@x.example"}, yes("", 1, admin))}, []bool{false}, one},
		"without a role":                            {one, []approval.Vote{yes("b", 1)}, []bool{false}, one},
		"without a target":                          {one, []approval.Vote{yes("b", 0, admin)}, []bool{false}, one},
		"a role over one of two targets":            {one, []approval.Vote{elsewhere}, []bool{false}, one},
		"a source has to fit on every target":       {approval.Need{group(1, role("admin"))}, []approval.Vote{twoRoles}, []bool{false}, approval.Need{group(1, role("admin"))}},
		"another source of the group fits on every": {approval.Need{group(1, role("admin"), role("org-manager"))}, []approval.Vote{twoRoles}, []bool{true}, nil},
		"two needed, one agrees twice":              {two, []approval.Vote{yes("b", 1, admin), yes("b", 1, admin)}, []bool{true, false}, one},
		"two needed, one agrees by two accounts": {two, []approval.Vote{
			yes("b", 1, admin), as(approval.Person{Key: "other|b", Email: " B@X.example"}, yes("", 1, admin)),
		}, []bool{true, false}, one},
		"a chain of accounts is one person": {two, []approval.Vote{
			as(approval.Person{Key: "k1", Email: "m1@x.example"}, yes("", 1, admin)),
			as(approval.Person{Key: "k2", Email: "m2@x.example"}, yes("", 1, admin)),
			as(approval.Person{Key: "k1", Email: "m2@x.example"}, yes("", 1)), // no role, and still joins the two
		}, []bool{true, false, false}, one},
		"a chain of accounts that ends at the asker": {one, []approval.Vote{
			as(approval.Person{Key: "k1", Email: "m1@x.example"}, yes("", 1, admin)),
			as(approval.Person{Key: "k1", Email: "asker@x.example"}, yes("", 1, admin)),
		}, []bool{false, false}, one},
		"the account without the role does not take the other's vote": {approval.Need{group(1, role("admin"))}, []approval.Vote{
			yes("b", 1, manager), as(approval.Person{Key: "other|b", Email: "b@x.example"}, yes("", 1, admin)),
		}, []bool{false, true}, nil},
		"an admin is left for the group that only admins fill": {
			approval.Need{group(1, anyone()), group(1, role("admin"))},
			[]approval.Vote{yes("b", 1, admin), yes("c", 1, manager)},
			[]bool{true, true},
			nil,
		},
		"one admin does not fill two groups":                    {adminAndAnyone, []approval.Vote{yes("b", 1, admin)}, []bool{true}, one},
		"two others are not one admin":                          {adminAndAnyone, []approval.Vote{yes("b", 1, manager), yes("c", 1, manager)}, []bool{true, false}, approval.Need{group(1, role("admin"))}},
		"an admin and another":                                  {adminAndAnyone, []approval.Vote{yes("b", 1, manager), yes("c", 1, admin)}, []bool{true, true}, nil},
		"two admins":                                            {adminAndAnyone, []approval.Vote{yes("b", 1, admin), yes("c", 1, admin)}, []bool{true, true}, nil},
		"above is strictly above":                               {approval.Need{group(1, above("org-manager"))}, []approval.Vote{yes("b", 1, manager)}, []bool{false}, approval.Need{group(1, above("org-manager"))}},
		"above":                                                 {approval.Need{group(1, above("org-manager"))}, []approval.Vote{yes("b", 1, managerAbove)}, []bool{true}, nil},
		"at the root":                                           {approval.Need{group(1, atRoot("admin"))}, []approval.Vote{yes("b", 1, admin), yes("c", 1, rootAdmin)}, []bool{false, true}, nil},
		"a place that nobody knows":                             {approval.Need{group(1, approval.Source{Where: "below"})}, []approval.Vote{yes("b", 1, rootAdmin)}, []bool{false}, approval.Need{group(1, approval.Source{Where: "below"})}},
		"a group that takes nobody":                             {approval.Need{group(1)}, []approval.Vote{yes("b", 1, rootAdmin)}, []bool{false}, approval.Need{group(1)}},
		"more people than anybody has":                          {approval.Need{group(1<<40, anyone())}, []approval.Vote{yes("b", 1, admin)}, []bool{true}, approval.Need{group(1<<40-1, anyone())}},
		"one more, beside the group that is filled":             {one.OneMore(), []approval.Vote{yes("b", 1, admin)}, []bool{true}, one},
		"the narrower group is filled, wherever it stands":      {approval.Need{group(1, anyone()), group(1, above("admin"))}, []approval.Vote{yes("b", 1, rootAdmin)}, []bool{true}, one},
		"a group of two sources is wider than one of them":      {approval.Need{group(1, role("admin"), above("org-manager")), group(1, role("admin"))}, []approval.Vote{yes("b", 1, admin)}, []bool{true}, approval.Need{group(1, role("admin"), above("org-manager"))}},
		"two groups, an OR in one, an admin and a manager":      {approval.Need{group(1, above("org-manager"), role("admin")), group(1, role("admin"))}, []approval.Vote{yes("b", 1, admin), yes("c", 1, managerAbove)}, []bool{true, true}, nil},
		"the first of two who stand in for each other counts":   {approval.Need{group(1, role("admin"))}, []approval.Vote{yes("b", 1, admin), yes("c", 1, rootAdmin)}, []bool{true, false}, nil},
		"a vote that fits nothing leaves the rest as it stands": {adminAndAnyone, []approval.Vote{yes("b", 1), yes("c", 1, admin)}, []bool{false, true}, one},
	} {
		got := approval.Suffice(tt.need, asker, tt.votes)
		want := approval.Verdict{Met: tt.missing == nil, Counted: tt.counted, Missing: tt.missing}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestOneMoreLeavesTheNeedAsItWas(t *testing.T) {
	t.Parallel()
	need := make(approval.Need, 1, 4)
	need[0] = group(1, role("admin"))
	first, second := need.OneMore(), need.OneMore()
	first[1].Count = 7
	if need.People() != 1 || second.People() != 2 {
		t.Errorf("the need is %v, one more of it %v", need, second)
	}
}

func TestNeedInWords(t *testing.T) {
	t.Parallel()
	for want, need := range map[string]approval.Need{
		"nobody":                                                                nil,
		"one other person who may do it":                                        {group(1, anyone())},
		"two other people who may do it":                                        {group(2, anyone())},
		"one admin and one other person who may do it":                          {group(1, role("admin")), group(1, anyone())},
		"two other people who may do it and one admin":                          {group(1, anyone()), group(1, role("admin")), group(1, anyone())},
		"one org-manager above it or admin":                                     {group(1, above("org-manager"), role("admin"))},
		"two admins at the root":                                                {group(2, atRoot("admin"))},
		"three people, each org-manager above it or admin":                      {group(3, above("org-manager"), role("admin"))},
		"one admin, one org-manager above it and 12 other people who may do it": {group(1, role("admin")), group(1, above("org-manager")), group(12, anyone())},
		"one other person above it who may do it":                               {group(1, above(""))},
		"one admin or other person at the root who may do it":                   {group(1, role("admin"), atRoot(""))},
	} {
		if got := need.Words(); got != want {
			t.Errorf("%v: %q, want %q", need, got, want)
		}
	}
}
