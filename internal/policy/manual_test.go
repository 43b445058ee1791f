package policy

import (
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/approval"
)

// examples are the texts of rules in docs/rules.md: first the full example, last the table.
func examples(t *testing.T) []string {
	t.Helper()
	manual, err := os.ReadFile("../../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, m := range regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllSubmatch(manual, -1) {
		texts = append(texts, string(m[1]))
	}
	if len(texts) != 2 {
		t.Fatalf("the manual has %d texts of rules", len(texts))
	}
	return texts
}

// TestTheManualShowsTheTable holds the table of the manual against the one that is in force. As a text only adds to the
// table, it is also held to say all that there is.
func TestTheManualShowsTheTable(t *testing.T) {
	t.Parallel()
	text := examples(t)[1]
	r := parsed(t, text)
	if r.Budget != (Budget{}).Filled() {
		t.Errorf("the manual's budget is %+v", r.Budget)
	}
	var said struct {
		Rule map[string]map[string]any
	}
	if _, err := toml.Decode(text, &said); err != nil {
		t.Fatal(err)
	}
	for id, roles := range table {
		if diff := cmp.Diff(Rules{}.Explain(id), r.Explain(id)); diff != "" {
			t.Errorf("%s (-table +manual):\n%s", id, diff)
		}
		for role, rule := range roles {
			own, _ := said.Rule[id][string(role)].(map[string]any)
			if below, _ := own["below"].(bool); below != rule.below || own["approvers"] == nil {
				t.Errorf("the manual does not say all of %s by %s", id, role)
			}
			if window, _ := said.Rule[id]["undo_window"].(string); (window != "") != (rule.terms.UndoWindow > 0) {
				t.Errorf("the manual does not say the undo window of %s", id)
			}
		}
	}
}

// TestTheManualsExampleMeansWhatItSays reads the full example of docs/rules.md.
func TestTheManualsExampleMeansWhatItSays(t *testing.T) {
	t.Parallel()
	r := parsed(t, examples(t)[0])
	if want := (Budget{PersonPerHour: 10, SubtreePerDay: 50, Ceiling: 400}); r.Budget != want {
		t.Errorf("budget %+v, want %+v", r.Budget, want)
	}
	change := Terms{ReasonPattern: `^CHG-[0-9]{5}\b`, ReasonExample: "CHG-20417: handed in on Friday", Lifetime: 36 * time.Hour}
	day := Terms{Lifetime: 24 * time.Hour}
	anyone, admin := approval.Source{}, approval.Source{Role: "admin"}
	above := approval.Source{Role: "org-manager", Where: approval.Above}
	for id, want := range map[string][]Line{
		"device.deactivate": {
			{Role: HelpDesk, May: true, Below: true, Terms: change, Need: need(people(2, approval.Source{Role: "org-manager"}, admin))},
			{Role: OrgManager, May: true, Terms: change, Need: need(people(1, above, admin))},
			{Role: Admin, May: true, Terms: change, Need: need(people(1, anyone))},
		},
		"org.deactivate": {
			{Role: OrgManager, May: true, Below: true, Need: need(people(1, above), people(1, approval.Source{Role: "admin", Where: approval.Root})), Terms: Terms{Lifetime: 24 * time.Hour, UndoWindow: 30 * time.Minute}},
			{Role: Admin, May: true, Need: need(people(1, admin), people(1, anyone)), Terms: Terms{Lifetime: 24 * time.Hour, UndoWindow: 15 * time.Minute}},
		},
		"device.unblock":    {{Role: OrgManager, May: true, Terms: day}, {Role: Admin, May: true, Terms: day}},
		"device.reactivate": {{Role: OrgManager, May: true, Need: need(people(1, anyone)), Terms: day}, {Role: Admin, May: true, Terms: day}},
	} {
		var got []Line
		for _, line := range r.Explain(id) {
			if line.Needs = ""; line.May {
				got = append(got, line)
			}
		}
		if diff := cmp.Diff(want, got, cmp.Transformer("asked", func(n approval.Need) []approval.Group { return append([]approval.Group{}, n...) })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
}
