package e2e

import (
	"strings"
	"testing"

	"backup-portal/internal/settings"
)

// TestKilledBetweenTheParts kills the portal when the first part of a change is in force and the second on its way: the next
// process finds out what is written, says so, sends nothing by itself, and offers both repairs.
func TestKilledBetweenTheParts(t *testing.T) {
	t.Parallel()
	for _, repair := range []struct{ button, limit string }{{"Send the rest", "333"}, {"Put the first part back", "250"}} {
		t.Run(repair.button, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, small, "PORTAL_RULES", roomy)
			uid, b := w.quiet(1)[0], w.as(t, "mara", look{})
			w.behind(t, uid, map[settings.Key]string{userLimit: "250"})
			before := w.inForce(t, uid, settings.WebRestore)
			b.visit("/organizations/" + uid + "/settings/restore")
			b.switches("Restore in the browser", map[string]string{"true": "no", "false": "yes"}[before])
			b.types("Limit for users", "333")
			b.reviews()
			b.fill("#confirm textarea", "The restore desk moves, case 4471")
			gate := w.emulator.Delay(w.documentOf(uid))
			b.click("#confirm [type=submit]")
			<-gate.Arrived()
			b.at("/requests/*")
			request := strings.TrimPrefix(b.URL(), w.url)
			must(t, w.process.Kill())
			<-gate.Left()
			gate.Release()
			_, _ = w.process.Wait()
			w.serve()

			b.awaits(request, ".head .pill", "Stopped")
			b.click("main a[href*='/operations/']")
			b.at("/operations/*")
			b.sees(".st.pill", "Unknown")
			operation := strings.TrimPrefix(b.URL(), w.url)
			if got := w.own(t, uid, userLimit); got != "250" {
				t.Fatalf("the second part was sent: %s", got)
			}
			if got := w.inForce(t, uid, settings.WebRestore); got == before {
				t.Fatal("the first part was not written")
			}
			if b.count(`button:text-is("Check again")`) > 0 {
				b.press("Check again")
			}
			b.awaits(operation, ".st.pill", "part")
			b.sees("main", "Restore in the browser")
			b.sees("main", "Limit for users")
			b.accessible("an operation that was cut off in the middle")
			b.press(repair.button)
			b.at("/requests/*")
			b.sees(".head .pill", "Done")
			want := before
			if repair.limit == "333" {
				want = map[string]string{"true": "false", "false": "true"}[before]
			}
			if got := w.inForce(t, uid, settings.WebRestore) + " " + w.own(t, uid, userLimit); got != want+" "+repair.limit {
				t.Errorf("the vendor has %s, want %s %s", got, want, repair.limit)
			}
		})
	}
}
