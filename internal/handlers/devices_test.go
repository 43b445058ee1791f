package handlers

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/inventory"
	"backup-portal/web/templates"
)

func TestOrgFilterKeepsWhatIsSelected(t *testing.T) {
	t.Parallel()
	first, second := inventory.Org{UID: "1", Name: "Top", Depth: 2}, inventory.Org{UID: "2", Name: "Below", Depth: 3}
	beyond := inventory.Org{UID: "9", Name: "Beyond the limit", Depth: 4} // in scope, and not among the first
	all := func(selected bool) templates.Option {
		return templates.Option{Label: "All organizations", Selected: selected}
	}
	option := func(o inventory.Org, selected bool) templates.Option {
		return templates.Option{Value: o.UID, Label: o.Name, Level: o.Depth - 2, Selected: selected}
	}
	for _, tt := range []struct {
		name     string
		offered  []inventory.Org
		selected inventory.Org
		want     []templates.Option
	}{
		{"one organization is no choice", []inventory.Org{first}, first, nil},
		{"none selected", []inventory.Org{first, second}, inventory.Org{}, []templates.Option{all(true), option(first, false), option(second, false)}},
		{"one of those offered", []inventory.Org{first, second}, second, []templates.Option{all(false), option(first, false), option(second, true)}},
		{"one beyond those offered", []inventory.Org{first, second}, beyond, []templates.Option{all(false), option(first, false), option(second, false), option(beyond, true)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, orgOptions(tt.offered, tt.selected)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
