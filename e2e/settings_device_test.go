package e2e

import (
	"testing"

	"backup-portal/internal/settings"
)

// TestADevicesOwnSettings changes one value of a device, finds it in the drift report, and lets it follow again.
func TestADevicesOwnSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small, "PORTAL_RULES", roomy, "PORTAL_SETTINGS_RATE", "1000")
	d, b := w.device, w.as(t, "mara", look{})
	const key settings.Key = "defaults.minutesUntilWarning"
	value := func() string {
		sheet, _ := w.deviceSheet(t, d.GUID)
		v, _ := sheet.Value(key)
		return v.Own
	}
	following := w.own(t, d.OrgUID, key)
	page := "/devices/" + d.GUID + "/settings"
	b.visit(page)
	b.click(`section[aria-labelledby="h-defaults"] header a.btn`)
	b.at(page + "/defaults")
	b.types("Warn after", "77")
	b.reviews()
	b.sees("#review", "77 days")
	b.sends("case 4471")
	if got := value(); got != "110880" {
		t.Fatalf("the device has %s minutes", got)
	}
	report := "/organizations/" + d.OrgUID + "/drift"
	b.awaits(report, "tbody", "77 days")
	b.accessible("a drift report")
	b.visit("/devices/" + d.GUID + "/follow")
	b.sees("main", "77 days")
	b.click("#confirm [type=submit]")
	b.sees(".head .pill, .st.pill", "")
	b.awaits(page, "main", "ollow")
	if got := value(); got != following {
		t.Errorf("the device has %s, its organization %s", got, following)
	}
}
