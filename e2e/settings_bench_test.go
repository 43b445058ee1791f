package e2e

import (
	"testing"
	"time"

	"backup-portal/internal/settings"
)

// manySets is how many backup sets the organization has whose page is measured.
const manySets = 12

// BenchmarkSettings measures the page of an organization's settings with twelve backup sets as a browser asks for it: two
// documents read from a calm vendor, parsed and drawn; and the form of one set.
func BenchmarkSettings(b *testing.B) {
	w := newWorld(b, fleetSize{orgs: benchOrg, users: 3000, devices: 10_000})
	client := w.client(b, "mara")
	uid, sheet := w.orgWhere(b, "twelve backup sets", func(s settings.Sheet) bool {
		sets, _ := s.Sets()
		return len(sets) == manySets
	})
	sets, _ := sheet.Sets()
	for b.Loop() {
		var pages, forms []time.Duration
		for i := range asked {
			pages = append(pages, w.get(b, client, "/organizations/"+uid+"/settings"))
			forms = append(forms, w.get(b, client, "/organizations/"+uid+"/settings/"+string(settings.SetGroup(sets[i%len(sets)].ID))))
		}
		b.ReportMetric(milliseconds(percentile(pages, 99)), "settings-page-p99-ms")
		b.ReportMetric(milliseconds(percentile(forms, 99)), "settings-form-p99-ms")
	}
}
