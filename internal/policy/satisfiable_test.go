package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/action"
)

func TestSatisfiable(t *testing.T) {
	t.Parallel()
	at := func(role Role, path string) Grant {
		return Grant{Role: role, OrgUID: path, Path: path, AtRoot: path == root, Group: "g"}
	}
	unplaced := func(role Role) Grant { return Grant{Role: role, OrgUID: "?", Group: "g"} }
	const (
		managersNeedAdmins = `[rule."device.deactivate".org-manager]
			approvers = [{ from = ["admin"] }]`
		fromAbove = `[rule."device.deactivate".org-manager]
			approvers = [{ from = ["org-manager above"] }]`
		fromTheRoot = `[rule."device.deactivate".admin]
			approvers = [{ from = ["admin at root"] }]`
		both = `[rule."org.deactivate".org-manager]
			below = true
			approvers = [{ from = ["admin"] }, { from = ["org-manager above"] }]`
	)
	for name, tt := range map[string]struct {
		text  string
		given []Grant
		want  string // part of the error; "" when there is none
	}{
		"the table, nobody given anything":          {"", nil, ""},
		"the table, an admin":                       {"", []Grant{at(Admin, root)}, ""},
		"the table, managers only":                  {"", []Grant{at(OrgManager, child)}, ""},
		"the table, admins of two places":           {"", []Grant{at(Admin, child), at(Admin, sibling)}, ""},
		"the table, nothing known of places":        {"", []Grant{unplaced(Admin), unplaced(OrgManager)}, ""},
		"admins needed, none given":                 {managersNeedAdmins, []Grant{at(OrgManager, child)}, `rule."device.deactivate".org-manager: nobody could satisfy it: it would lack one admin`},
		"admins needed, places unknown, none given": {managersNeedAdmins, []Grant{unplaced(OrgManager)}, "it would lack one admin"},
		"admins needed, places unknown":             {managersNeedAdmins, []Grant{unplaced(OrgManager), unplaced(Admin)}, ""},
		"admins needed, above":                      {managersNeedAdmins, []Grant{at(OrgManager, child), at(Admin, root)}, ""},
		"admins needed, below is somewhere":         {managersNeedAdmins, []Grant{at(OrgManager, child), at(Admin, grandchild)}, ""},
		"admins needed, only beside":                {managersNeedAdmins, []Grant{at(OrgManager, child), at(Admin, sibling)}, "it would lack one admin"},
		"admins needed, beside one of two":          {managersNeedAdmins, []Grant{at(OrgManager, child), at(OrgManager, sibling), at(Admin, sibling)}, ""},
		"admins needed, one place is unknown":       {managersNeedAdmins, []Grant{at(OrgManager, child), at(Admin, sibling), unplaced(Viewer)}, ""},
		"nobody asks":                               {managersNeedAdmins, []Grant{at(Viewer, child)}, ""},
		"from above, for what is below":             {fromAbove, []Grant{at(OrgManager, child)}, ""},
		"at the root, no root":                      {fromTheRoot, []Grant{at(Admin, child)}, "it would lack one admin at the root"},
		"at the root":                               {fromTheRoot, []Grant{at(Admin, child), at(Admin, root)}, ""},
		"two groups, one of them without anybody":   {both, []Grant{at(OrgManager, child)}, `rule."org.deactivate".org-manager: nobody could satisfy it: it would lack one admin`},
		"two groups":                                {both, []Grant{at(OrgManager, child), at(Admin, root)}, ""},
		"two groups that never meet":                {both, []Grant{at(OrgManager, child), at(Admin, sibling)}, "it would lack one admin"},
	} {
		err := parsed(t, tt.text).Satisfiable(tt.given)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestApproversWhereTheyAreFewest(t *testing.T) {
	t.Parallel()
	known := []Actor{
		{Subject: "1", Grants: []Grant{{Role: Admin, Path: root, AtRoot: true}}},
		{Subject: "2", Email: "two@x.example", Grants: []Grant{{Role: Admin, Path: root, AtRoot: true}}},
		{Subject: "3", Email: "TWO@x.example", Grants: []Grant{{Role: Admin, Path: root, AtRoot: true}}}, // another account of 2
		{Subject: "4", Grants: []Grant{{Role: OrgManager, Path: child}}},
		{Subject: "5", Grants: []Grant{{Role: OrgManager, Path: sibling}, {Role: Viewer, Path: root}}},
		{Subject: "6", Grants: []Grant{{Role: Auditor, Path: root, AtRoot: true}}},
	}
	given := []Grant{
		{Role: Admin, OrgUID: "1", Path: root, AtRoot: true},
		{Role: OrgManager, OrgUID: "12", Path: child},
		{Role: OrgManager, OrgUID: "9", Path: "/1/9/"},
		{Role: OrgManager, OrgUID: "gone"},
		{Role: HelpDesk, OrgUID: "1", Path: root},
	}
	list := []action.Action{{ID: "device.block"}, {ID: "device.deactivate"}, {ID: "org.block"}, {ID: "org.deactivate"}}
	want := []Approvers{
		{Action: "device.deactivate", Role: OrgManager, Known: 2, OrgUID: "9"},
		{Action: "device.deactivate", Role: Admin, Known: 2, OrgUID: "1"},
		{Action: "org.block", Role: OrgManager, Known: 2, OrgUID: "9"},
		{Action: "org.deactivate", Role: Admin, Known: 2, OrgUID: "1"},
	}
	if diff := cmp.Diff(want, Rules{}.Approvers(list, given, known)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := (Rules{}).Approvers(list, given, nil); len(got) != 4 || got[0].Known != 0 {
		t.Errorf("with nobody known: %+v", got)
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	needs := func(id string, r Rules) (words [5]string) {
		for i, line := range r.Explain(id) {
			words[i] = line.Needs
			if line.Below {
				words[i] += ", below"
			}
		}
		return words
	}
	for id, want := range map[string][5]string{
		"device.block":  {"may not", "at once", "at once", "at once", "may not"},
		"org.block":     {"may not", "may not", "after the approval of one other person who may do it, below", "at once", "may not"},
		"fleet.destroy": {"may not", "may not", "may not", "may not", "may not"},
		"org.deactivate": {
			"may not", "may not", "may not", "after the approval of one admin and one other person who may do it", "may not",
		},
	} {
		if got := needs(id, Rules{}); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
}
