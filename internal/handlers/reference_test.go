package handlers_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"backup-portal/internal/action"
	"backup-portal/internal/handlers"
	"backup-portal/internal/policy"
)

const ruleText = `
	[budget]
	person_per_hour = 7
	[rule."device.block".help-desk]
	approvers = [{ count = 2, from = ["org-manager above", "admin"] }]
	undo_window = "90m"
	lifetime = "8h"
	reason = { pattern = '^CHG-\d+', example = "CHG-1 <b>" }
	[rule."device.unblock".help-desk]
	may = false`

// underRules serves a portal under rules of one's own, with so many people who could agree.
func underRules(t *testing.T, text string, known int) *portal {
	t.Helper()
	rules, err := policy.ParseRules(text)
	must(t, err)
	return setup(t, func(c *config) {
		c.pages = func(p *portal, o *handlers.Options) {
			o.Rules = rules
			o.Approvers = func(context.Context) ([]policy.Approvers, error) {
				return []policy.Approvers{
					{Action: "device.block", Role: policy.HelpDesk, Known: known, OrgUID: p.fleet.Own.UID},
					{Action: "org.deactivate", Role: policy.Admin, Known: 3, OrgUID: p.fleet.Root.UID},
				}, nil
			}
		}
	})
}

// panelOf is what the page says of one action.
func panelOf(t *testing.T, page *goquery.Document, id string) *goquery.Selection {
	t.Helper()
	panel := page.Find(`section[aria-labelledby="h-` + strings.ReplaceAll(id, ".", "-") + `"]`)
	if panel.Length() != 1 {
		t.Fatalf("the page has %d panels for %s", panel.Length(), id)
	}
	return panel
}

// cells are the texts of an action's table, row by row.
func cells(panel *goquery.Selection) (rows [][]string) {
	panel.Find("tbody tr").Each(func(_ int, tr *goquery.Selection) {
		var row []string
		tr.Find("td").Each(func(_ int, td *goquery.Selection) { row = append(row, strings.Join(strings.Fields(td.Text()), " ")) })
		rows = append(rows, row)
	})
	return rows
}

func TestReferenceTellsEveryActionAndItsRules(t *testing.T) {
	t.Parallel()
	p := underRules(t, ruleText, 2)
	page := p.as("help-desk").get("/reference").page(t)
	for _, a := range action.All {
		panel := panelOf(t, page, a.ID)
		for _, text := range []string{a.Label, a.Doc, a.Undo.Leaves, a.Undo.Why, a.ID} {
			if !strings.Contains(panel.Text(), text) {
				t.Errorf("%s: the page does not say %q", a.ID, text)
			}
		}
		if link, ok := panel.Find("dl a").Attr("href"); a.Undo.Action != "" && (!ok || page.Find(strings.TrimPrefix(link, "/reference")).Length() != 1) {
			t.Errorf("%s: %q does not lead to what undoes it", a.ID, link)
		}
	}
	for id, want := range map[string][][]string{
		"device.block": {
			{"help-desk yours", "two people, each org-manager above it or admin", "as in “CHG-1 <b>”", "8 h", "1 h 30 min"},
			{"org-manager", "nobody", "welcome", "", ""},
			{"admin", "nobody", "welcome", "", ""},
		},
		"device.unblock": {
			{"org-manager", "nobody", "welcome"},
			{"admin", "nobody", "welcome"},
		},
		"org.block": {
			{"org-manager only below its organization", "one other person who may do it", "demanded", "24 h", ""},
			{"admin", "nobody", "demanded", "", ""},
		},
		"org.deactivate": {{"admin", "one admin and one other person who may do it", "demanded", "24 h", "15 min"}},
	} {
		if got := cells(panelOf(t, page, id)); !equalRows(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", id, got, want)
		}
	}
	if foot := panelOf(t, page, "device.unblock").Find("footer").Text(); strings.TrimSpace(foot) != "The roles viewer, help-desk and auditor may not." {
		t.Errorf("who may not: %q", foot)
	}
	budget := page.Find(`section[aria-labelledby="h-budget"]`).Text()
	for _, figure := range []string{"Above 7 devices", "above 100 devices", "Above 1,000 devices"} {
		if !strings.Contains(budget, figure) {
			t.Errorf("the budget does not say %q: %s", figure, budget)
		}
	}
	if strings.Contains(page.Text(), "Known people") || page.Find(".note").Length() > 0 {
		t.Error("somebody who sees a part of the people reads how many there are")
	}
}

func equalRows(a, b [][]string) bool {
	same := len(a) == len(b)
	for i := 0; same && i < len(a); i++ {
		same = strings.Join(a[i], "\x00") == strings.Join(b[i], "\x00")
	}
	return same
}

// TestOnlyAnAdminAtTheRootReadsHowManyCouldDecide: the number counts people whom nobody else may see.
func TestOnlyAnAdminAtTheRootReadsHowManyCouldDecide(t *testing.T) {
	t.Parallel()
	p := underRules(t, ruleText, 2)
	for name, sees := range map[string]bool{"admin": false, "root-admin": true, "root-auditor": false, "org-manager": false} {
		b := p.as(name)
		page := b.get("/reference").page(t)
		if got := strings.Contains(page.Text(), "Known people"); got != sees {
			t.Errorf("%s reads how many people are known: %t, want %t", name, got, sees)
		}
		if got := strings.Contains(page.Find(".note").Text(), "One rule could stand still."); got != sees {
			t.Errorf("%s is warned: %t, want %t", name, got, sees)
		}
		overview := b.get("/").page(t).Text()
		if got := strings.Contains(overview, "could stand still"); got != sees {
			t.Errorf("%s is warned on the overview: %t, want %t", name, got, sees)
		}
		if sees {
			row := cells(panelOf(t, page, "device.block"))[0]
			if row[len(row)-1] != "2" || page.Find(`[title="At `+p.fleet.Own.Name+`"]`).Length() != 1 {
				t.Errorf("the page tells %q, and does not name where", row)
			}
		}
	}
	if page := underRules(t, ruleText, 3).as("root-admin").get("/reference").page(t); page.Find(".note").Length() > 0 {
		t.Errorf("three are few: %s", page.Find(".note").Text())
	}
}

func TestReferenceIsForPeopleWithARole(t *testing.T) {
	t.Parallel()
	p := setup(t)
	if a := p.as("nobody").get("/reference"); a.status != http.StatusForbidden {
		t.Errorf("somebody without a role gets %d", a.status)
	}
}
