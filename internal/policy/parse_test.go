package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/action"
	"backup-portal/internal/approval"
)

func parsed(t *testing.T, text string) Rules {
	t.Helper()
	r, err := ParseRules(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return r
}

func need(groups ...approval.Group) approval.Need { return groups }

func people(count int, from ...approval.Source) approval.Group {
	return approval.Group{Count: count, From: from}
}

func TestParseRulesLeavesTheTableWhereItSaysNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "# nothing\n", "[rule]", `[rule."device.block"]`, `[rule."org.deactivate".admin]`, "[budget]"} {
		r := parsed(t, text)
		for id := range table {
			if diff := cmp.Diff(Rules{}.Explain(id), r.Explain(id)); diff != "" {
				t.Errorf("%q: %s (-table +rules):\n%s", text, id, diff)
			}
		}
		if want := (Budget{PersonPerHour: 25, SubtreePerDay: 100, Ceiling: 1000}); r.Budget != want {
			t.Errorf("%q: budget %+v, want %+v", text, r.Budget, want)
		}
	}
}

func TestParseRules(t *testing.T) {
	t.Parallel()
	admin, managerAbove := approval.Source{Role: "admin"}, approval.Source{Role: "org-manager", Where: approval.Above}
	anybody := approval.Source{}
	day := Terms{Lifetime: 24 * time.Hour}
	for text, want := range map[string]struct {
		action string
		line   Line
	}{
		`[rule."device.block".help-desk]
		may = false`: {"device.block", Line{Role: HelpDesk}},
		`[rule."device.block".help-desk]
		approvers = [{ from = ["anyone"] }]`: {"device.block", Line{Role: HelpDesk, May: true, Need: need(people(1, anybody)), Terms: day}},
		`[rule."device.deactivate".help-desk]
		approvers = [{ count = 2, from = ["org-manager   above", "admin"] }, { from = ["anyone above"] }]
		below = true`: {"device.deactivate", Line{
			Role: HelpDesk, May: true, Below: true, Terms: day,
			Need: need(people(2, managerAbove, admin), people(1, approval.Source{Where: approval.Above})),
		}},
		`[[rule."device.deactivate".admin.approvers]]
		from = ["admin at root"]`: {"device.deactivate", Line{Role: Admin, May: true, Terms: day, Need: need(people(1, approval.Source{Role: "admin", Where: approval.Root}))}},
		`[rule."org.deactivate".admin]
		approvers = []`: {"org.deactivate", Line{Role: Admin, May: true, Terms: Terms{Lifetime: 24 * time.Hour, UndoWindow: 15 * time.Minute}}},
		`[rule."org.block".org-manager]
		below = false`: {"org.block", Line{Role: OrgManager, May: true, Need: need(people(1, anybody)), Terms: day}},
		`[rule."org.deactivate"]
		lifetime = "8h"
		undo_window = "1h30m"
		reason = { pattern = '^CHG-\d{5}\b', example = "CHG-20417: the customer has left" }
		[rule."org.deactivate".admin]
		undo_window = "0s"`: {"org.deactivate", Line{
			Role: Admin, May: true, Need: need(people(1, admin), people(1, anybody)),
			Terms: Terms{Lifetime: 8 * time.Hour, ReasonPattern: `^CHG-\d{5}\b`, ReasonExample: "CHG-20417: the customer has left"},
		}},
		`[rule."device.block"]
		lifetime = "30m"`: {"device.block", Line{Role: OrgManager, May: true, Terms: Terms{Lifetime: 30 * time.Minute}}},
	} {
		r := parsed(t, text)
		for _, got := range r.Explain(want.action) {
			got.Needs = ""
			if got.Role == want.line.Role {
				if diff := cmp.Diff(want.line, got); diff != "" {
					t.Errorf("%s\n(-want +got):\n%s", text, diff)
				}
			}
		}
	}
	if got, want := parsed(t, "[budget]\nperson_per_hour = 10\nceiling = 200").Budget, (Budget{PersonPerHour: 10, SubtreePerDay: 100, Ceiling: 200}); got != want {
		t.Errorf("budget %+v, want %+v", got, want)
	}
}

// TestParseRulesSaysWhatIsWrong: each error names the rule and what to write instead.
func TestParseRulesSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	rule := func(lines string) string { return "[rule.\"device.block\".help-desk]\n" + lines }
	for text, says := range map[string][]string{
		"[budget":                              {"line 1:"},
		"[budget]\n[budget]":                   {"line 2:"},
		"budgets = 1":                          {`there is no setting "budgets"`, "budget, rule"},
		"budget = 1":                           {"budget: it has to be a table, as in [budget]"},
		"rule = 1":                             {"rule: it has to be a table"},
		"[budget]\nper_hour = 1":               {"budget: ", `no setting "per_hour"`, "person_per_hour"},
		"[budget]\nPerson_per_hour = 1":        {`no setting "Person_per_hour"`},
		"[budget]\nperson_per_hour = 0":        {"person_per_hour has to be a whole number from 1 to 1000000"},
		"[budget]\nceiling = \"100\"":          {"ceiling has to be a whole number"},
		"[budget]\nceiling = 99":               {"budget: ", "only above 100", "ceiling = 100 or more"},
		"[budget]\nceiling = 9999999":          {"ceiling has to be a whole number"},
		"[rule.\"device.destroy\"]\n":          {`rule."device.destroy": there is no such action`, "device.block, "},
		"[rule.device.block]\n":                {"rule.device: there is no such action"},
		"[rule.\"device.block\"]\nboss = {}":   {`rule."device.block": there is no setting "boss"`, "viewer"},
		"[rule.\"device.block\"]\nadmin = 1":   {`rule."device.block".admin: it has to be a table`},
		"[rule.\"device.block\"]\nmay = false": {"belong to a role", `[rule."device.block".admin]`},
		rule("May = false"):                    {`rule."device.block".help-desk: there is no setting "May"`},
		rule("may = \"no\""):                   {"may has to be true or false"},
		rule("below = 1"):                      {"below has to be true or false"},
		rule("approvers = 2"):                  {`rule."device.block".help-desk: approvers has to be a list of groups, as in approvers = [{`},
		rule("approvers = [2]"):                {"approvers has to be a list of groups"},
		rule("approvers = [{ count = 1 }]"):    {"approvers[1]: from has to be a list of who may agree"},
		rule("approvers = [{ from = [] }]"):    {"from has to be a list"},
		rule("approvers = [{ from = [1] }]"):   {"from has to be a list"},
		rule(`approvers = [{ from = "admin" }]`): {
			"from has to be a list",
		},
		rule(`approvers = [{ from = ["admin", "boss"] }]`):                                      {`approvers[1]: "boss" is not a role`, "help-desk, org-manager and admin"},
		rule(`approvers = [{ from = ["auditor"] }]`):                                            {`"auditor" is not a role`},
		rule(`approvers = [{ from = ["admin below"] }]`):                                        {`"admin below" is not a role`, `"admin at root"`},
		rule(`approvers = [{ from = ["Admin"] }]`):                                              {`"Admin" is not a role`},
		rule(`approvers = [{ from = [""] }]`):                                                   {`"" is not a role`},
		rule(`approvers = [{ from = ["admin", "admin"] }]`):                                     {"stands twice"},
		rule(`approvers = [{ count = 0, from = ["admin"] }]`):                                   {"count has to be a whole number from 1 to 10"},
		rule(`approvers = [{ count = 11, from = ["admin"] }]`):                                  {"count has to be a whole number from 1 to 10"},
		rule(`approvers = [{ count = 1.5, from = ["admin"] }]`):                                 {"count has to be a whole number"},
		rule(`approvers = [{ n = 1, from = ["admin"] }]`):                                       {`approvers[1]: there is no setting "n"`},
		rule(`approvers = [{ count = 6, from = ["admin"] }, { count = 6, from = ["anyone"] }]`): {"at most 5 groups with 10 people"},
		rule("lifetime = 8"):                                    {"lifetime has to be a time from 5m to 720h"},
		rule("lifetime = \"1m\""):                               {"lifetime has to be a time from 5m"},
		rule("lifetime = \"31d\""):                              {"lifetime has to be a time"},
		rule("undo_window = \"-1m\""):                           {"undo_window has to be a time from 0s to 24h"},
		rule("undo_window = \"25h\""):                           {"undo_window has to be a time"},
		rule("reason = \"CHG\""):                                {"help-desk.reason: it has to be a table"},
		rule("reason = {}"):                                     {"write pattern"},
		rule("reason = { pattern = 'CHG' }"):                    {"write example"},
		rule("reason = { pattern = '(', example = \"(\" }"):     {"help-desk.reason: pattern is not a regular expression"},
		rule("reason = { pattern = 'CHG', example = \"INC\" }"): {`"INC" does not hold the pattern "CHG"`},
		rule("reason = { pattern = '.*', example = \"x\" }"):    {"holds for no reason at all"},
		rule("reason = { pattern = '" + strings.Repeat("x", 201) + "', example = \"x\" }"): {"pattern has to be a text of one line and at most 200 bytes"},
		rule("may = false\napprovers = []"):                                                {"contradict each other"},
		"[rule.\"device.deactivate\".help-desk]\nmay = true":                               {`rule."device.deactivate".help-desk`, "approvers = []"},
		"[rule.\"device.deactivate\".help-desk]\nlifetime = \"1h\"":                        {"may not do device.deactivate as it stands", "write approvers"},
		"[rule.\"org.deactivate\"]\nlifetime = \"0s\"":                                     {`rule."org.deactivate": lifetime has to be`},
		"[rule.\"device.block\".viewer]\napprovers = []":                                   {"viewer only reads"},
		"[rule.\"device.block\".auditor]\nmay = true":                                      {"auditor only reads"},
		"[rule.\"org.deactivate\".admin]\napprovers = [{ from = [\"org-manager above\", \"admin\"] }]": {
			`rule."org.deactivate".admin: approvers name org-manager, who may not do org.deactivate themselves: open it to them in [rule."org.deactivate".org-manager]`,
		},
		"[rule.\"org.deactivate\".admin]\nmay = false\n[rule.\"org.reactivate\".admin]\nmay = 1": {"may has to be true or false"},
	} {
		_, err := ParseRules(text)
		if err == nil {
			t.Errorf("%s: it is taken", text)
			continue
		}
		for _, part := range says {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q does not say %q", text, err, part)
			}
		}
		if lines := strings.Count(err.Error(), "\n"); lines > 0 {
			t.Errorf("%s: one mistake is told as %d lines:\n%v", text, lines+1, err)
		}
	}
}

func TestParseRulesSaysAllThatIsWrong(t *testing.T) {
	t.Parallel()
	_, err := ParseRules("[budget]\nx = 1\n[rule.\"device.block\".admin]\ny = 1\n[rule.\"org.block\".admin]\nz = 1")
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("three mistakes are told as: %v", err)
	}
}

// TestNobodyApprovesOnlyWhereTheTextSaysSo: no text short of an empty list of approvers takes away those that there are.
func TestNobodyApprovesOnlyWhereTheTextSaysSo(t *testing.T) {
	t.Parallel()
	for _, keys := range []string{"may = true", "below = false", `lifetime = "720h"`, `undo_window = "0s"`, "reason = { pattern = 'x', example = \"x\" }"} {
		for _, id := range []string{"device.deactivate", "org.deactivate"} {
			for _, at := range []string{id + `"`, id + `".admin`} {
				if keys == "may = true" || keys == "below = false" {
					at = id + `".admin`
				}
				r := parsed(t, "[rule.\""+at+"]\n"+keys)
				if d := Decide(holder(Admin, child), action.Action{ID: id}, grandchild, Situation{Rules: r}); d.Allowed || !d.Asks() {
					t.Errorf("%s for %s: %s runs without anybody's approval", keys, at, id)
				}
			}
		}
	}
	r := parsed(t, "[rule.\"device.deactivate\".admin]\napprovers = []")
	if d := Decide(holder(Admin, child), action.Action{ID: "device.deactivate"}, grandchild, Situation{Rules: r}); !d.Allowed || d.Asks() {
		t.Errorf("an empty list of approvers asks for %v", d.Need)
	}
	if d := Decide(holder(OrgManager, child), action.Action{ID: "device.deactivate"}, grandchild, Situation{Rules: r}); !d.Asks() {
		t.Error("an empty list for admins frees managers too")
	}
}

func TestReasonHasToHoldThePattern(t *testing.T) {
	t.Parallel()
	terms := Terms{ReasonPattern: `^CHG-\d{5}\b`, ReasonExample: "CHG-20417: the customer has left"}
	for reason, want := range map[string]string{
		"CHG-20417: lost": "",
		"CHG-2041":        "The reason has to look like this: “CHG-20417: the customer has left”.",
		"":                "The reason has to look like this: “CHG-20417: the customer has left”.",
		"see CHG-20417":   "The reason has to look like this: “CHG-20417: the customer has left”.",
		"CHG-20417\nmore": "",
	} {
		if got := terms.Unmet(reason); got != want {
			t.Errorf("%q: %q, want %q", reason, got, want)
		}
	}
	if got := (Terms{}).Unmet(""); got != "" {
		t.Errorf("terms without a pattern refuse: %q", got)
	}
	if got := (Terms{ReasonPattern: "("}).Unmet("("); got == "" {
		t.Error("a pattern that is none lets everything through")
	}
}
