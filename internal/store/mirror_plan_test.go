package store

import (
	"fmt"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"backup-portal/internal/inventory"
)

// planSample stands for 1,000,000 devices: half of them laptops, by name behind the desktops, one in ten in the subtree.
func planSample(d dialect) *sample {
	sm := &sample{weight: 1000, places: map[inventory.DeviceSort][]int{}}
	for i := range 1000 {
		kind := "desktop"
		if i >= 500 {
			kind = "laptop"
		}
		r := &deviceRecord{
			GUID: fmt.Sprint(i), SortKey: fmt.Sprintf("%s-%04d", kind, i), OrgPath: fmt.Sprintf("/1/%d/", i%10),
			LastConnected: fmt.Sprint((i*7919 + 13) % 1000), OSName: "win", Active: i%50 != 0, OnHold: i%500 == 3,
			UserUID: fmt.Sprint(i % 300), OfUser: 3, Newer: i % 3,
		}
		r.SearchText = fmt.Sprintf("\x1f\x1f%d\x1f\x1f%s\x1f\x1fuser%d@example.com", i, r.SortKey, i%300)
		sm.rows = append(sm.rows, r)
		sm.forms = append(sm.forms, d.textForm(r.SearchText))
	}
	sm.sort()
	return sm
}

func TestPlans(t *testing.T) {
	t.Parallel()
	text := func(text string) inventory.DeviceQuery { return inventory.DeviceQuery{Text: text} }
	byConnected := func(text string) inventory.DeviceQuery {
		return inventory.DeviceQuery{Text: text, Sort: inventory.ByConnected}
	}
	for _, c := range []struct {
		name string
		q    inventory.DeviceQuery
		root string
		want choice
	}{
		{"everything", inventory.DeviceQuery{}, "/1/", choice{planWalk, planScan, false}},
		{"a tenth of everything", inventory.DeviceQuery{}, "/1/3/", choice{planWalk, planOrgs, false}},
		{"nothing that the sample knows", text("laptop-9999"), "/1/", choice{planText, planText, true}},
		{"a rare text in a subtree", text("laptop-9999"), "/1/3/", choice{planText, planText, true}},
		{"a rare text in next to nothing", text("laptop-9999"), "/2/", choice{planOrgs, planOrgs, false}},
		{"a text of which many stand at the beginning", text("desktop"), "/1/", choice{planWalk, planScan, false}},
		{"a text of which many stand in the middle", text("laptop"), "/1/", choice{planWalk, planScan, false}},
		{"the same in a subtree", text("laptop"), "/1/3/", choice{planOrgs, planOrgs, false}},
		{"the same in an order that knows no names", byConnected("laptop"), "/1/3/", choice{planWalk, planOrgs, false}},
		{"those on legal hold, who are few", inventory.DeviceQuery{OnHold: new(true)}, "/1/", choice{planHeld, planHeld, true}},
		{"those who are not", inventory.DeviceQuery{OnHold: new(false)}, "/1/", choice{planWalk, planScan, false}},
		{"what is not one of somebody's newest ten, which nobody has", inventory.DeviceQuery{KeepNewest: 10}, "/1/", choice{planMany, planMany, true}},
		{"a user", inventory.DeviceQuery{UserUID: "7"}, "/1/", choice{planUser, planUser, true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, d := range []dialect{sqliteDialect{}, postgresDialect{}} {
				sm := planSample(d)
				sel := selection{query: c.q, roots: []string{c.root}, needle: inventory.SearchNeedle(c.q.Text), covered: c.q.KeepNewest == 0}
				sel.groups, sel.keys = sm.rarest(sel.needle, d.textKey)
				order := deviceOrder{sort: c.q.Sort}
				got := sm.estimateOf(sel, order, nil, 51).choose(d.costs(), sel.covered, c.q.Sort)
				if got != c.want {
					t.Errorf("%T chooses %v, want %v", d, got, c.want)
				}
			}
		})
	}
}

// TestPlansWhereAnIndexHoldsTheFacts: what filters ask is found without the table where an index holds it.
func TestPlansWhereAnIndexHoldsTheFacts(t *testing.T) {
	t.Parallel()
	nobody := inventory.DeviceQuery{OS: "none"}
	byConnected, laptops, rare := nobody, nobody, nobody
	byConnected.Sort, laptops.Text, rare.Text = inventory.ByConnected, "laptop", "laptop-9999"
	for _, c := range []struct {
		name           string
		q              inventory.DeviceQuery
		root           string
		held, elsewise choice
	}{
		{"a system that nobody runs", nobody, "/1/", choice{planFact, planFact, true}, choice{planOrgs, planOrgs, true}},
		{"the same in a subtree", nobody, "/1/3/", choice{planFact, planFact, true}, choice{planOrgs, planOrgs, true}},
		{"the same in next to nothing", nobody, "/2/", choice{planOrgs, planOrgs, true}, choice{planOrgs, planOrgs, false}},
		{"the same in the order of connections", byConnected, "/1/", choice{planFact, planFact, true}, choice{planOrgs, planOrgs, true}},
		{"the same, and a text of many", laptops, "/1/", choice{planFact, planFact, true}, choice{planText, planText, true}},
		{"the same, and a text of few", rare, "/1/", choice{planText, planText, true}, choice{planText, planText, true}},
		{"a system that everybody runs", inventory.DeviceQuery{OS: "win"}, "/1/", choice{planWalk, planFact, false}, choice{planWalk, planScan, false}},
		{
			"what is not somebody's newest, as of many",
			inventory.DeviceQuery{KeepNewest: 1},
			"/1/",
			choice{planWalk, planFact, false},
			choice{planWalk, planScan, false},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for d, want := range map[dialect]choice{sqliteDialect{}: c.held, postgresDialect{}: c.elsewise} {
				sm := planSample(d)
				sel := selection{query: c.q, roots: []string{c.root}, needle: inventory.SearchNeedle(c.q.Text)}
				sel.groups, sel.keys = sm.rarest(sel.needle, d.textKey)
				got := sm.estimateOf(sel, deviceOrder{sort: c.q.Sort}, nil, 51).choose(d.costs(), sel.covered, c.q.Sort)
				if got != want {
					t.Errorf("%T chooses %v, want %v", d, got, want)
				}
			}
		})
	}
}

// TestPlansWhereNamesAreKnown: half of the fleet is called laptop, and that they all stand together is known.
func TestPlansWhereNamesAreKnown(t *testing.T) {
	t.Parallel()
	laptops := []span{{from: "laptop-", until: ""}}
	few := []span{{from: "laptop-0800", until: "laptop-0810"}}
	for _, c := range []struct {
		name  string
		q     inventory.DeviceQuery
		root  string
		spans []span
		want  choice
	}{
		{"many of the middle", inventory.DeviceQuery{Text: "laptop"}, "/1/", laptops, choice{planWalk, planSpan, false}},
		{"the same in a subtree", inventory.DeviceQuery{Text: "laptop"}, "/1/3/", laptops, choice{planWalk, planOrgs, false}},
		{"some that stand together", inventory.DeviceQuery{Text: "laptop-080"}, "/1/", few, choice{planWalk, planSpan, false}},
		{"the same in a subtree and another order", inventory.DeviceQuery{Text: "laptop-080", Sort: inventory.ByStored}, "/1/3/", few, choice{planSpan, planSpan, true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, d := range []dialect{sqliteDialect{}, postgresDialect{}} {
				sm := planSample(d)
				sel := selection{query: c.q, roots: []string{c.root}, needle: inventory.SearchNeedle(c.q.Text), covered: true, spans: c.spans}
				sel.groups, sel.keys = sm.rarest(sel.needle, d.textKey)
				got := sm.estimateOf(sel, deviceOrder{sort: c.q.Sort}, nil, 51).choose(d.costs(), sel.covered, c.q.Sort)
				if got != c.want {
					t.Errorf("%T chooses %v, want %v", d, got, c.want)
				}
			}
		})
	}
}

func TestRarestGroups(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		needle           string
		sqlite, postgres []string
	}{
		{"", nil, nil},
		{"ab", nil, nil},
		{"laptop-07", []string{"-07", "lap", "apt"}, []string{"-07", "lap", "apt"}},
		{"50%_done", []string{"50%", "0%_", "%_d"}, []string{"_do", "don", "one"}},
		{"\x1f\x1fu", []string{"\x1f\x1fu"}, []string{"\x1f\x1fu"}},
		{"---", []string{"---"}, nil},
		{"straße", []string{"str", "tra", "raß"}, []string{"str", "tra"}},
		{"長いい", []string{"長いい"}, nil},
	} {
		for d, want := range map[dialect][]string{sqliteDialect{}: c.sqlite, postgresDialect{}: c.postgres} {
			groups, _ := planSample(d).rarest(c.needle, d.textKey)
			if diff := gocmp.Diff(want, groups); diff != "" {
				t.Errorf("%q, %T (-want +got):\n%s", c.needle, d, diff)
			}
		}
	}
}
