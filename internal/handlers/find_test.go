package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestFindOpensWhatIsNamedExactly, however much else holds the same text: a device beside longer names, an organization
// after which devices are called, a user with several devices. Two of one name are a list.
func TestFindOpensWhatIsNamedExactly(t *testing.T) {
	t.Parallel()
	var owner string
	p := setup(t, func(c *config) {
		c.prepare = func(p *portal) {
			devices := p.devicesIn("own", 5)
			for i, name := range []string{"zebra-1", "zebra-10", "zebra-" + p.fleet.Child.Name + "-2", "zebra-twin", "zebra-twin"} {
				must(p.t, p.emulator.RenameDevice(devices[i].GUID, name))
			}
		}
	})
	b := p.as("admin")
	count, username, zebra := map[string]int{}, map[string]string{}, ""
	for _, d := range p.rows() {
		if d.Name == "zebra-1" {
			zebra = d.GUID
		}
		if p.inside(d.OrgUID) {
			count[d.UserUID]++
			username[d.UserUID] = d.Username
		}
	}
	for uid, n := range count {
		if n > 1 && uid != "" && p.insideUser(uid) {
			owner = uid
		}
	}
	if owner == "" || zebra == "" {
		t.Fatalf("nobody has two devices (%q), or a name is missing (%q)", owner, zebra)
	}
	for text, want := range map[string]string{
		"ZEBRA-1": "/devices/" + zebra, "zebra-": "/devices?q=zebra-", "zebra-twin": "/devices?q=zebra-twin",
		strings.ToLower(p.fleet.Child.Name): "/organizations/" + p.fleet.Child.UID,
		username[owner]:                     "/users/" + owner,
		username[owner][1:]:                 "/devices?" + url.Values{"q": {username[owner][1:]}}.Encode(),
	} {
		if a := b.get("/find?" + url.Values{"q": {text}}.Encode()); a.status != http.StatusSeeOther || a.header.Get("Location") != want {
			t.Errorf("%q leads to %d %s, want %s", text, a.status, a.header.Get("Location"), want)
		}
	}
}

// insideUser tells whether a user belongs to the organizations of the org-manager.
func (p *portal) insideUser(uid string) bool {
	for _, u := range p.emulator.Snapshot().Users {
		if u.UID == uid {
			return p.inside(u.OrgUID)
		}
	}
	return false
}
