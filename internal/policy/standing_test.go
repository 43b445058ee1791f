package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/action"
	"backup-portal/internal/approval"
)

func TestStanding(t *testing.T) {
	t.Parallel()
	at := func(role Role, path string) Grant { return Grant{Role: role, Path: path, AtRoot: path == root} }
	opened := parsed(t, `[rule."device.block".help-desk]
		below = true
		[rule."org.deactivate".org-manager]
		below = true
		approvers = [{ from = ["admin"] }]`)
	for name, tt := range map[string]struct {
		action string
		path   string
		grants []Grant
		rules  Rules
		want   []approval.Held
	}{
		"nothing held":                {"device.deactivate", grandchild, nil, Rules{}, nil},
		"at the target":               {"device.deactivate", grandchild, []Grant{at(Admin, grandchild)}, Rules{}, []approval.Held{{Role: "admin"}}},
		"above":                       {"device.deactivate", grandchild, []Grant{at(Admin, child)}, Rules{}, []approval.Held{{Role: "admin", Above: true}}},
		"at the root":                 {"device.deactivate", grandchild, []Grant{at(Admin, root)}, Rules{}, []approval.Held{{Role: "admin", Above: true, Root: true}}},
		"the target is the root":      {"device.deactivate", root, []Grant{at(Admin, root)}, Rules{}, []approval.Held{{Role: "admin", Root: true}}},
		"beside":                      {"device.deactivate", grandchild, []Grant{at(Admin, sibling)}, Rules{}, nil},
		"below":                       {"device.deactivate", child, []Grant{at(Admin, grandchild)}, Rules{}, nil},
		"nowhere":                     {"device.deactivate", grandchild, []Grant{{Role: Admin}}, Rules{}, nil},
		"a role that may not":         {"device.deactivate", grandchild, []Grant{at(HelpDesk, child), at(Viewer, root), at(Auditor, root)}, Rules{}, nil},
		"an action that nobody knows": {"fleet.destroy", grandchild, []Grant{at(Admin, root)}, Rules{}, nil},
		"several, each once":          {"device.deactivate", grandchild, []Grant{at(OrgManager, child), at(Admin, grandchild), at(OrgManager, child)}, Rules{}, []approval.Held{{Role: "org-manager", Above: true}, {Role: "admin"}}},
		"their own top":               {"org.block", child, []Grant{at(OrgManager, child)}, Rules{}, nil},
		"below their own top":         {"org.block", grandchild, []Grant{at(OrgManager, child)}, Rules{}, []approval.Held{{Role: "org-manager", Above: true}}},
		"their own top, by the rules": {"device.block", child, []Grant{at(HelpDesk, child)}, opened, nil},
		"opened by the rules":         {"org.deactivate", grandchild, []Grant{at(OrgManager, child)}, opened, []approval.Held{{Role: "org-manager", Above: true}}},
	} {
		actor := Actor{Grants: tt.grants}
		got := Standing(actor, action.Action{ID: tt.action}, tt.path, Situation{Rules: tt.rules})
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if open := Decide(actor, action.Action{ID: tt.action}, tt.path, Situation{Rules: tt.rules}).May(); open != (len(got) > 0) {
			t.Errorf("%s: the action is open: %t, and standing is %v", name, open, got)
		}
		if brake := Standing(actor, action.Action{ID: tt.action}, tt.path, Situation{Rules: tt.rules, ReadOnly: true}); brake != nil {
			t.Errorf("%s: people may vote while the portal is read-only: %v", name, brake)
		}
	}
}

// TestTheMildestRoleCounts: of the roles that open an action that one counts which asks for the fewest people.
func TestTheMildestRoleCounts(t *testing.T) {
	t.Parallel()
	rules := parsed(t, `
		[rule."device.deactivate".help-desk]
		approvers = [{ count = 3, from = ["anyone"] }]
		[rule."device.deactivate".org-manager]
		approvers = [{ count = 2, from = ["anyone"] }]
		undo_window = "1h"
		[rule."device.deactivate".admin]
		approvers = [{ from = ["org-manager"] }, { from = ["anyone"] }]
		undo_window = "5m"
		reason = { pattern = 'CHG', example = "CHG" }
		[rule."org.block".org-manager]
		approvers = [{ from = ["org-manager"] }]
		reason = { pattern = 'CHG', example = "CHG" }
		[rule."org.block".admin]
		approvers = [{ from = ["admin"] }]`)
	for name, tt := range map[string]struct {
		action string
		grants []Grant
		want   Grant
		people int
	}{
		"fewer people":           {"device.deactivate", []Grant{{Role: HelpDesk, Path: root}, {Role: OrgManager, Path: child}}, Grant{Role: OrgManager, Path: child}, 2},
		"a shorter undo window":  {"device.deactivate", []Grant{{Role: OrgManager, Path: root}, {Role: Admin, Path: child}}, Grant{Role: Admin, Path: child}, 2},
		"no form of the reason":  {"org.block", []Grant{{Role: OrgManager, Path: root}, {Role: Admin, Path: child}}, Grant{Role: Admin, Path: child}, 1},
		"the grant further up":   {"device.deactivate", []Grant{{Role: Admin, Path: child}, {Role: Admin, Path: root}}, Grant{Role: Admin, Path: root}, 2},
		"only what reaches":      {"device.deactivate", []Grant{{Role: HelpDesk, Path: child}, {Role: OrgManager, Path: sibling}}, Grant{Role: HelpDesk, Path: child}, 3},
		"not on their own top":   {"org.block", []Grant{{Role: OrgManager, Path: grandchild}, {Role: Admin, Path: root}}, Grant{Role: Admin, Path: root}, 1},
		"at once before anybody": {"device.block", []Grant{{Role: HelpDesk, Path: child}}, Grant{Role: HelpDesk, Path: child}, 0},
	} {
		for _, turned := range []bool{false, true} {
			grants := append([]Grant(nil), tt.grants...)
			if turned && len(grants) == 2 {
				grants[0], grants[1] = grants[1], grants[0]
			}
			d := Decide(Actor{Grants: grants}, action.Action{ID: tt.action}, grandchild, Situation{Rules: rules})
			if d.By != tt.want || d.Need.People() != tt.people {
				t.Errorf("%s: by %+v with %d people, want %+v with %d", name, d.By, d.Need.People(), tt.want, tt.people)
			}
			if tt.people > 0 && !strings.Contains(d.Reason, "It needs the approval of "+d.Need.Words()) {
				t.Errorf("%s: %q does not say whose approval", name, d.Reason)
			}
		}
	}
}

// TestTerms is what the table demands beside approvers, written a second time.
func TestTerms(t *testing.T) {
	t.Parallel()
	for id, rows := range table {
		for role := range rows {
			want := Terms{Lifetime: 24 * time.Hour}
			if id == "org.deactivate" {
				want.UndoWindow = 15 * time.Minute
			}
			d := Decide(holder(role, root), action.Action{ID: id}, child, Situation{})
			if d.Terms != want {
				t.Errorf("%s by %s: %+v, want %+v", id, role, d.Terms, want)
			}
			if d.By.Role != role {
				t.Errorf("%s by %s is decided by %+v", id, role, d.By)
			}
		}
	}
	two := Decide(holder(Admin, root), action.Action{ID: "org.deactivate"}, child, Situation{}).Need
	if diff := cmp.Diff(need(people(1, approval.Source{Role: "admin"}), people(1, approval.Source{})), two); diff != "" {
		t.Errorf("org.deactivate (-want +got):\n%s", diff)
	}
}

func TestBudget(t *testing.T) {
	t.Parallel()
	small := Budget{PersonPerHour: 5, SubtreePerDay: 10, Ceiling: 1200}
	for name, tt := range map[string]struct {
		budget  Budget
		spent   Spent
		adding  int
		why     string
		refusal string
	}{
		"nothing spent":                 {Budget{}, Spent{}, 25, "", ""},
		"nothing added":                 {Budget{}, Spent{PersonHour: 9999, PersonDay: 9999, SubtreeDay: 9999}, 0, "", ""},
		"less than nothing added":       {Budget{}, Spent{PersonHour: 9999, PersonDay: 9999, SubtreeDay: 9999}, -1, "", ""},
		"one above the hour":            {Budget{}, Spent{}, 26, "With it one person destroys more than 25 devices within an hour: one approver more has to agree.", ""},
		"up to the hour":                {Budget{}, Spent{PersonHour: 24}, 1, "", ""},
		"split over many":               {Budget{}, Spent{PersonHour: 25}, 1, "With it one person destroys more than 25 devices within an hour: one approver more has to agree.", ""},
		"an hour ago is another hour":   {Budget{}, Spent{PersonDay: 25, SubtreeDay: 25}, 1, "", ""},
		"up to the subtree's day":       {Budget{}, Spent{SubtreeDay: 99}, 1, "", ""},
		"above the subtree's day":       {Budget{}, Spent{SubtreeDay: 100}, 1, "With it more than 100 devices are destroyed within a day where the role is held that asks: one approver more has to agree.", ""},
		"up to the ceiling":             {Budget{}, Spent{PersonDay: 999, SubtreeDay: 50}, 1, "", ""},
		"above a person's ceiling":      {Budget{}, Spent{PersonDay: 1000}, 1, "", "With it one person destroys more than 1,000 devices within a day: above that nothing goes."},
		"above the subtree's ceiling":   {Budget{}, Spent{SubtreeDay: 1000}, 1, "", "With it more than 1,000 devices are destroyed within a day where the role is held that asks: above that nothing goes."},
		"an organization above it":      {Budget{}, Spent{}, 12_345_678, "", "With it one person destroys more than 1,000 devices within a day: above that nothing goes."},
		"configured, above the hour":    {small, Spent{PersonHour: 5}, 1, "With it one person destroys more than 5 devices within an hour: one approver more has to agree.", ""},
		"configured, above the day":     {small, Spent{SubtreeDay: 8}, 3, "With it more than 10 devices are destroyed within a day where the role is held that asks: one approver more has to agree.", ""},
		"configured, up to the ceiling": {small, Spent{SubtreeDay: 1199, PersonHour: 5}, 1, "With it one person destroys more than 5 devices within an hour: one approver more has to agree.", ""},
		"configured, above the ceiling": {small, Spent{SubtreeDay: 1199}, 2, "", "With it more than 1,200 devices are destroyed within a day where the role is held that asks: above that nothing goes."},
		"one field of it configured":    {Budget{PersonPerHour: 1}, Spent{SubtreeDay: 100}, 1, "With it more than 100 devices are destroyed within a day where the role is held that asks: one approver more has to agree.", ""},
	} {
		more, why, refusal := tt.budget.Check(Destroyed, tt.spent, tt.adding)
		if more != (tt.why != "") || why != tt.why || refusal != tt.refusal {
			t.Errorf("%s: %t, %q, %q; want %q, %q", name, more, why, refusal, tt.why, tt.refusal)
		}
	}
}

// TestBudgetOfSettings has the same bounds in words of its own, and no ceiling.
func TestBudgetOfSettings(t *testing.T) {
	t.Parallel()
	small := Budget{PersonPerHour: 5, SubtreePerDay: 10, Ceiling: 20}
	for name, tt := range map[string]struct {
		budget Budget
		spent  Spent
		adding int
		why    string
	}{
		"up to the hour":          {Budget{}, Spent{}, 25, ""},
		"nothing added":           {Budget{}, Spent{PersonHour: 9999, SubtreeDay: 9999}, 0, ""},
		"one above the hour":      {Budget{}, Spent{PersonHour: 25}, 1, "With it one person changes the settings of more than 25 devices within an hour: one approver more has to agree."},
		"above the subtree's day": {Budget{}, Spent{SubtreeDay: 99}, 2, "With it the settings of more than 100 devices are changed within a day where the role is held that asks: one approver more has to agree."},
		"a whole fleet":           {Budget{}, Spent{}, 1_000_000, "With it one person changes the settings of more than 25 devices within an hour: one approver more has to agree."},
		"no ceiling":              {small, Spent{PersonDay: 30, SubtreeDay: 5000}, 1, "With it the settings of more than 10 devices are changed within a day where the role is held that asks: one approver more has to agree."},
	} {
		more, why, refusal := tt.budget.Check(Reconfigured, tt.spent, tt.adding)
		if more != (tt.why != "") || why != tt.why || refusal != "" {
			t.Errorf("%s: %t, %q, %q; want %q", name, more, why, refusal, tt.why)
		}
	}
}
