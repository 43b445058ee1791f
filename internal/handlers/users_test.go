package handlers_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	backupemu "backup-portal/internal/emulator/backup"
)

// TestUsersList holds every filter of the list, paged to its end, against the emulator's own users.
func TestUsersList(t *testing.T) {
	t.Parallel()
	p := setup(t)
	for who, inside := range map[string]func(string) bool{"viewer": p.inside, "root-admin": func(string) bool { return true }} {
		b := p.as(who)
		for query, match := range map[string]func(backupemu.User) bool{
			"":                             func(backupemu.User) bool { return true },
			"active=true":                  func(u backupemu.User) bool { return u.Active },
			"active=false":                 func(u backupemu.User) bool { return !u.Active },
			"blocked=true":                 func(u backupemu.User) bool { return u.Blocked },
			"blocked=false&active=true":    func(u backupemu.User) bool { return u.Active && !u.Blocked },
			"org=" + p.fleet.Own.UID:       func(u backupemu.User) bool { return p.inside(u.OrgUID) },
			"q=" + p.userIn("own").Email:   func(u backupemu.User) bool { return u.Email == p.userIn("own").Email },
			"q=" + p.userIn("own").UID:     func(u backupemu.User) bool { return u.UID == p.userIn("own").UID },
			"q=nobody+is+called+this&org=": func(backupemu.User) bool { return false },
		} {
			var want, got []string
			for _, u := range p.emulator.Snapshot().Users {
				if inside(u.OrgUID) && match(u) {
					want = append(want, u.Username)
				}
			}
			for next := "/users?" + strings.TrimSuffix(query, "&org="); next != ""; {
				doc := b.get(next).page(t)
				got = append(got, named(doc, "tbody a.fill")...)
				next = doc.Find(".pager a:contains('Next')").AttrOr("href", "")
			}
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, %q: %s", who, query, diff)
			}
		}
	}
}

func TestUsersListIsToldWhatIsWrong(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("viewer")
	for path, want := range map[string]string{
		"/users?active=maybe": "knows only true and false", "/users?q=" + strings.Repeat("x", 201): "longer than 200", "/users?after=junk": "",
	} {
		if a := b.get(path); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, want) {
			t.Errorf("%.30s: %d, does not say %q", path, a.status, want)
		}
	}
	if a := b.get("/users?q=&active=true&org="); a.status != http.StatusSeeOther || a.header.Get("Location") != "/users?active=true" {
		t.Errorf("a form without script leads to %d %q", a.status, a.header.Get("Location"))
	}
	doc := b.get("/users?active=true&org=" + p.fleet.Sibling.UID).page(t)
	if got := doc.Find(".chip").Text(); !strings.Contains(got, "unknown") || doc.Find("tbody tr").Length() != 0 {
		t.Errorf("an organization outside is %q with %d rows", got, doc.Find("tbody tr").Length())
	}
	if a := b.fetch(http.MethodGet, "/users?q=a", nil, map[string]string{"HX-Request": "true", "HX-Target": "results"}); strings.Contains(a.body, "<html") {
		t.Error("htmx gets a whole page")
	}
}

// TestUserPage tells live state, roles and devices; without an answer, what the portal knew.
func TestUserPage(t *testing.T) {
	t.Parallel()
	p := setup(t)
	user := p.userIn("own")
	for _, d := range p.emulator.Snapshot().Devices { // one with devices here
		if p.inside(d.OrgUID) {
			if i := slices.IndexFunc(p.emulator.Snapshot().Users, func(u backupemu.User) bool { return u.UID == d.UserUID && p.inside(u.OrgUID) }); i >= 0 {
				user = p.emulator.Snapshot().Users[i]
				break
			}
		}
	}
	var devices []string
	for _, d := range p.emulator.Snapshot().Devices {
		if d.UserUID == user.UID && p.inside(d.OrgUID) {
			devices = append(devices, d.Name)
		}
	}
	b := p.as("viewer")
	a := b.get("/users/" + user.UID)
	doc := a.page(t)
	if got := doc.Find("h1").Text(); a.status != http.StatusOK || got != user.Username {
		t.Fatalf("%d %q", a.status, got)
	}
	got := named(doc, "tbody a.fill")
	slices.Sort(got)
	slices.Sort(devices)
	if diff := cmp.Diff(devices, got); diff != "" || len(devices) == 0 {
		t.Errorf("devices: %s", diff)
	}
	if heads := doc.Find("section[aria-labelledby=h-devices] thead").Text(); !strings.Contains(heads, "Backed up") || strings.Contains(heads, "User") {
		t.Errorf("the devices of a user are told by %q", heads)
	}
	if n := doc.Find("section[aria-labelledby=h-roles] li").Length(); n == 0 {
		t.Error("no role at the backup service is told")
	}
	if got := doc.Find("section[aria-labelledby=h-devices] header p").Text(); !strings.HasPrefix(got, strconv.Itoa(len(devices))+" device") {
		t.Errorf("the panel counts %q", got)
	}
	everybody := p.emulator.Snapshot().Users
	blocked := everybody[slices.IndexFunc(everybody, func(u backupemu.User) bool { return u.Active && u.Blocked })]
	if got := p.as("root-admin").get("/users/" + blocked.UID).page(t).Find(".st.pill").Text(); strings.TrimSpace(got) != "Active, blocked" {
		t.Errorf("a blocked user is %q", strings.TrimSpace(got))
	}
	p.emulator.FailNext(backupemu.Match{Method: http.MethodGet, PathPrefix: "/api/v1/User/"}, backupemu.Failure{Status: http.StatusForbidden}, 1)
	if got := b.get("/users/" + user.UID).page(t); !strings.Contains(got.Find(".note").Text(), "Shown is what the portal knew") || !strings.Contains(got.Find("main").Text(), "Not known while the backup service does not answer") {
		t.Errorf("while the vendor does not answer: %q", got.Find(".note").Text())
	}
	device := b.get("/devices/" + p.device["own"].GUID).page(t)
	if n := device.Find("dd a[href='/organizations/" + p.fleet.Own.UID + "'], dd a[href='/users/" + p.device["own"].UserUID + "']").Length(); n != 2 {
		t.Errorf("a device leads to %d of its user and organization", n)
	}
}
