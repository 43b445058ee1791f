package e2e

import (
	"testing"

	"backup-portal/internal/store/pgtest"
)

// TestMainJob is the day's work: sign in, find a device, block it, undo that, read what the log says, sign out.
func TestMainJob(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		look     look
		settings []string
	}{
		{"script", look{}, nil},
		{"without script", look{noScript: true}, nil},
		{"narrow", look{width: 390}, nil},
		{"on PostgreSQL", look{}, []string{"PORTAL_DATABASE_URL", pgtest.Empty(t)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, small, c.settings...)
			b := w.as(t, "mara", c.look)

			b.fill("header input[name=q]", w.device.GUID)
			must(t, b.Locator("header input[name=q]").Press("Enter"))
			b.at("/devices/" + w.device.GUID)
			b.sees("h1", w.device.Name)
			b.press("Block device…")
			b.fill("textarea[name=reason]", "Laptop reported stolen, case 4471")
			b.press("Block device")
			b.at("/operations/*")
			b.sees(".st.pill", "Succeeded")
			b.sees(".note", "Device blocked.")

			b.press("Unblock device…")
			b.sees("form#confirm", "Block device takes it back")
			b.press("Unblock device")
			b.at("/operations/*")
			b.sees(".note", "Device unblocked.")

			b.visit("/audit?target=" + w.device.GUID)
			if n := b.count("tbody tr"); n != 4 {
				t.Errorf("the log shows %d lines of the device, want two intents and two outcomes", n)
			}
			b.click("tbody tr a.fill")
			b.sees("tbody", "Operation")
			if w.changes() != 2 {
				t.Errorf("%d changes reached the vendor, want 2", w.changes())
			}

			b.click("header details.pop:last-of-type > summary")
			b.press("Sign out")
			b.at("/auth/signed-out")
			b.visit("/devices")
			b.sees("main, body", "Mara Lindqvist") // the provider's page asks who it is
		})
	}
}
