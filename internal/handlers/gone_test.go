package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"backup-portal/internal/audit"
	"backup-portal/internal/operation"
)

// TestASecondClickFindsItGone: whoever takes something away twice reads that it is done and finds the way back to the
// list. The same, byte for byte, is said of what lies outside their reach and of what never was.
func TestASecondClickFindsItGone(t *testing.T) {
	t.Parallel()
	p := setup(t)
	viewer, admin := p.as("viewer"), p.as("admin")
	if a := viewer.saveView("mine", "active=true", ""); a.status != http.StatusSeeOther {
		t.Fatalf("saved: %d", a.status)
	}
	view := viewer.get("/devices/views").page(t).Find("tbody .btn").AttrOr("href", "")
	person := func(key string) (string, url.Values) {
		return "/people/sign-out", url.Values{"person": {key}, "reason": {"lost laptop"}}
	}
	signOut, them := person(p.provider.Issuer() + "|sub-nobody")
	p.as("nobody")
	for name, test := range map[string]struct {
		who           *browser
		path          string
		form          url.Values
		others        []string // paths, or people to sign out
		heading, back string
	}{
		"a view": {
			viewer, view + "/delete", nil,
			[]string{"/devices/views/" + p.sharedView("sibling") + "/delete", "/devices/views/" + operation.NewID() + "/delete"},
			"There is no such view", "/devices/views",
		},
		"a session": {
			viewer, "/account/sessions/" + references(t, p.as("viewer"))[0] + "/end", nil,
			[]string{"/account/sessions/" + p.guest("own").Reference() + "/end", "/account/sessions/0000000000000000/end"},
			"There is no such session", "/account/sessions",
		},
		"a person's sessions": {
			p.as("root-admin"), signOut, them, []string{"invented"}, "There is no such person signed in", "/people",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if a := test.who.post(test.path, test.form); a.status != http.StatusSeeOther || a.header.Get("Location") != test.back {
				t.Fatalf("the first click: %d, to %q", a.status, a.header.Get("Location"))
			}
			said := answer.timeless
			second := test.who.post(test.path, test.form)
			main := second.page(t).Find("main")
			if second.status != http.StatusNotFound || main.Find("h1").Text() != test.heading ||
				!strings.Contains(main.Text(), "just now, that is done.") || main.Find("a[href='"+test.back+"']").Length() != 1 {
				t.Errorf("the second click: %d %s", second.status, main.Text())
			}
			for _, other := range test.others {
				path, form := other, test.form
				if form != nil {
					path, form = person(other)
				}
				if got := test.who.post(path, form); got.status != second.status || said(got) != said(second) {
					t.Errorf("%s: %d\n%s", other, got.status, firstDifference(said(got), said(second)))
				}
			}
		})
	}
	if a := admin.get("/devices"); a.status != http.StatusOK {
		t.Errorf("somebody else: %d", a.status)
	}
}

// TestAViewIsTakenAwayOnce: of two clicks at the same time one takes it away from its readers, and the log says so once.
func TestAViewIsTakenAwayOnce(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("admin")
	const views = 5
	for range views {
		path := "/devices/views/" + p.sharedView("own") + "/delete"
		var clicks sync.WaitGroup
		for range 4 {
			clicks.Go(func() { b.post(path, nil) })
		}
		clicks.Wait()
	}
	lines, _, err := p.store.AuditSearch(t.Context(), audit.Query{AllOrgs: true, Action: "view.unshare"})
	must(t, err)
	if len(lines) != views {
		t.Errorf("%d views were taken away and %d lines written", views, len(lines))
	}
}
