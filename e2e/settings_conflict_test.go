package e2e

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/settings"
)

// merging is the form that asks what is to become of a change that met somebody else's.
const merging = "form[aria-labelledby=h-merge]"

const (
	userLimit  settings.Key = "restore.webRestoreUserLimitMb"
	adminLimit settings.Key = "restore.webRestoreAdminLimitMb"
)

// documentOf is the call that writes an organization's document.
func (w *world) documentOf(uid string) backupemu.Match {
	w.t.Helper()
	for _, o := range w.emulator.Snapshot().Orgs {
		if o.UID == uid {
			return backupemu.Match{Method: http.MethodPut, PathPrefix: "/api/v1/Org/" + strconv.FormatInt(o.ID, 10)}
		}
	}
	w.t.Fatal("no such organization")
	return backupemu.Match{}
}

// editsBoth fills both limits of restoring in the browser.
func (b *tab) editsBoth(uid, users, admins string) {
	b.t.Helper()
	b.visit("/organizations/" + uid + "/settings/restore")
	b.types("Limit for users", users)
	b.types("Limit for administrators", admins)
}

// TestSettingsThatOthersChanged meets a change of somebody else, before the review and after it, and merges: theirs for one
// value, one's own for another; nothing is overwritten unseen.
func TestSettingsThatOthersChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small, "PORTAL_RULES", roomy)
	orgs := w.quiet(2)
	for _, test := range []struct {
		name string
		look look
		when func(b *tab, uid string)
	}{
		{"before the review", look{}, func(b *tab, uid string) {
			w.behind(t, uid, map[settings.Key]string{userLimit: "111", adminLimit: "222"})
			b.press("Review changes")
		}},
		{"after the review", look{dark: true, width: 390}, func(b *tab, uid string) {
			b.reviews()
			w.behind(t, uid, map[settings.Key]string{userLimit: "111", adminLimit: "222"})
			b.fill("#confirm textarea", "case 4471")
			b.click("#confirm [type=submit]")
		}},
	} {
		uid := orgs[0]
		orgs = orgs[1:]
		b := w.as(t, "mara", test.look)
		b.quiet = true // a form that is turned down stands in the console with its status
		b.editsBoth(uid, "333", "444")
		test.when(b, uid)
		b.sees(merging, "Limit for users")
		for _, words := range []string{"111", "222", "333", "444"} {
			b.sees(merging, words)
		}
		if got := w.own(t, uid, userLimit) + " " + w.own(t, uid, adminLimit); got != "111 222" {
			t.Errorf("%s: the vendor has %s", test.name, got)
		}
		b.accessible("a conflict, " + test.name)
		b.fits("a conflict, " + test.name)
		b.chooses("Limit for users", "Keep theirs")
		b.chooses("Limit for administrators", "Use mine")
		b.press("Review the result")
		b.sees("#review", "222")
		if text := b.text("#review"); strings.Contains(text, "333") {
			t.Errorf("%s: what was dropped is still in the review: %s", test.name, text)
		}
		b.sends("case 4471, merged")
		if got := w.own(t, uid, userLimit) + " " + w.own(t, uid, adminLimit); got != "111 444" {
			t.Errorf("%s: after the merge the vendor has %s", test.name, got)
		}
	}
}

// chooses answers one value of a conflict.
func (b *tab) chooses(legend, choice string) {
	b.t.Helper()
	must(b.t, b.Locator(merging+` fieldset:has(legend:has-text("`+legend+`")) label:has-text("`+choice+`") input`).Check())
}

// TestHalfAWrite fails the second of two parts: the page says what is in force and what not; one button sends the rest,
// another puts the first part back.
func TestHalfAWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t, small, "PORTAL_RULES", roomy)
	orgs := w.quiet(2)
	for i, test := range []struct{ button, packet, limit string }{
		{"Send the rest", "changed", "333"},
		{"Put the first part back", "unchanged", "250"},
	} {
		uid, b := orgs[i], w.as(t, "mara", look{dark: i == 1})
		w.behind(t, uid, map[settings.Key]string{userLimit: "250"})
		before := w.inForce(t, uid, settings.WebRestore)
		w.halfWritten(b, uid)
		b.sees("main", "Restore in the browser")
		b.sees("main", "Limit for users")
		if got := w.inForce(t, uid, settings.WebRestore); got == before {
			t.Fatal("the first part was not written")
		}
		if got := w.own(t, uid, userLimit); got != "250" {
			t.Fatalf("the second part was written: %s", got)
		}
		b.accessible("an operation that failed in part")
		b.press(test.button) // one click
		b.at("/requests/*")
		b.sees(".head .pill", "Done")
		want := before
		if test.packet == "changed" {
			want = map[string]string{"true": "false", "false": "true"}[before]
		}
		if got := w.inForce(t, uid, settings.WebRestore); got != want {
			t.Errorf("%s: the packet is %s, want %s", test.button, got, want)
		}
		if got := w.own(t, uid, userLimit); got != test.limit {
			t.Errorf("%s: the limit is %s, want %s", test.button, got, test.limit)
		}
	}
}
