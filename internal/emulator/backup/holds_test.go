package backup

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// opened is a tenant of two active matters and people to put into them.
func opened(t *testing.T) (c *client, matter string, free, held User) {
	t.Helper()
	c = start(t, Options{Calm: true})
	s := c.server.Snapshot()
	free = find(t, s.Users, "active user without hold", func(u User) bool { return u.Active && !u.OnHold && u.Username != "test.user@example.com" })
	held = find(t, s.Users, "user on hold", func(u User) bool { return u.OnHold })
	return c, s.Matters[0].UID, free, held
}

func (c *client) post(path string, fields ...string) reply {
	c.t.Helper()
	var w document
	w.open('{')
	for i := 0; i+1 < len(fields); i += 2 {
		w.text(fields[i], fields[i+1])
	}
	w.close('}')
	return c.do(http.MethodPost, path, string(w.b))
}

// A person's way through a matter: in, refused twice, out, in again; and what each step does to their device.
func TestCustodian(t *testing.T) {
	t.Parallel()
	c, matter, free, _ := opened(t)
	device := find(t, c.server.Snapshot().Devices, "device of a free user", func(d Device) bool { return d.Active && d.UserUID != "" && !d.OnHold })
	for _, u := range c.server.Snapshot().Users {
		if u.UID == device.UserUID {
			free = u
		}
	}
	deactivate := func(want int) {
		t.Helper()
		c.do(http.MethodPost, "/api/v38/computer-deactivation/update", `{"id":`+text(device.ID)+`}`).want(want)
	}
	created := c.post("/api/v38/legal-hold-membership/create", "legalHoldUid", matter, "userUid", free.UID).want(http.StatusOK).object()
	membership := text(created["legalHoldMembershipUid"])
	deactivate(http.StatusBadRequest)
	if again := c.post("/api/v1/LegalHoldMembership", "legalHoldUid", matter, "userUid", free.UID).want(http.StatusBadRequest); !strings.Contains(again.raw, "USER_ALREADY_IN_HOLD") {
		t.Errorf("in the matter twice: %s", again.raw)
	}
	for range 2 { // also the second time
		c.post("/api/v38/legal-hold-membership/deactivate", "legalHoldMembershipUid", membership).want(http.StatusNoContent)
	}
	back := c.post("/api/v38/legal-hold-membership/create", "legalHoldUid", matter, "userUid", free.UID).want(http.StatusOK).object()
	if text(back["legalHoldMembershipUid"]) != membership {
		t.Errorf("came back as %v, was %s", back, membership)
	}
	c.post("/api/v1/LegalHoldMembershipDeactivation", "legalHoldMembershipUid", membership).want(http.StatusNoContent)
	deactivate(http.StatusNoContent)

	// What happened is told in the words of each dialect.
	kinds := func(path, list, key string) (kinds []string) {
		for _, e := range c.rows(path+"?legalHoldUid="+matter+"&minEventDate="+url.QueryEscape("2026-03-02T00:00:00.000Z"), list) {
			if text(e["legalHoldMembershipUid"]) == membership {
				kinds = append(kinds, text(e[key]))
			}
		}
		return kinds
	}
	want := []string{"MEMBERSHIP_CREATED", "MEMBERSHIP_DEACTIVATED", "MEMBERSHIP_REACTIVATED", "MEMBERSHIP_DEACTIVATED"}
	if diff := cmp.Diff(want, kinds("/api/v38/legal-hold-event/list", "", "eventType")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if got := kinds("/api/v1/LegalHoldEventReport", "legalHoldEvents", "eventType"); len(got) != 4 || got[2] != "MembershipReactivated" {
		t.Errorf("events of v1: %q", got)
	}
	if got := kinds("/api/v1/LegalHoldEventReport", "legalHoldEvents", "custodianUsername"); len(got) != 4 || got[0] != free.Username {
		t.Errorf("custodians of v1: %q", got)
	}
	c.get("/api/v27/legal-hold-event/list").want(http.StatusNotFound)
}

// rows are a list under a name, or bare when it has none.
func (c *client) rows(path, name string) []map[string]any {
	c.t.Helper()
	r := c.get(path).want(http.StatusOK)
	if name != "" {
		return r.list(name)
	}
	return decodeJSON[struct{ Data []map[string]any }](c.t, r.raw).Data
}

// Closing a matter releases everybody in it, and opening it again brings nobody back.
func TestClosingAMatter(t *testing.T) {
	t.Parallel()
	c, _, free, _ := opened(t)
	policy := text(c.post("/api/v38/legal-hold-policy/create", "name", "P").want(http.StatusOK).object()["legalHoldPolicyUid"])
	matter := text(c.post("/api/v38/legal-hold-matter/create", "policyId", policy, "name", "M").want(http.StatusOK).object()["legalHoldUid"])
	c.post("/api/v38/legal-hold-membership/create", "legalHoldUid", matter, "userUid", free.UID).want(http.StatusOK)
	onHold := func() bool {
		return find(t, c.server.Snapshot().Users, "user", func(u User) bool { return u.UID == free.UID }).OnHold
	}
	if !onHold() {
		t.Fatal("not on hold")
	}
	c.post("/api/v38/legal-hold-matter/deactivate", "legalHoldUid", matter).want(http.StatusNoContent)
	if r := c.post("/api/v27/legal-hold-matter/deactivate", "legalHoldUid", matter).want(http.StatusBadRequest); onHold() || !strings.Contains(r.raw, "ALREADY_DEACTIVATED") {
		t.Errorf("closed: on hold %t, closed again %s", onHold(), r.raw)
	}
	if r := c.post("/api/v38/legal-hold-membership/create", "legalHoldUid", matter, "userUid", free.UID); r.status != http.StatusBadRequest {
		t.Errorf("into a closed matter: %d", r.status)
	}
	c.post("/api/v38/legal-hold-matter/activate", "legalHoldUid", matter).want(http.StatusNoContent)
	if r := c.post("/api/v38/legal-hold-matter/activate", "legalHoldUid", matter).want(http.StatusBadRequest); onHold() || !strings.Contains(r.raw, "ALREADY_ACTIVE") {
		t.Errorf("open again: on hold %t, opened again %s", onHold(), r.raw)
	}
	for range 2 { // the older dialect takes both a second time
		c.post("/api/v4/legal-hold-deactivation/update", "legalHoldUid", matter).want(http.StatusNoContent)
	}
	for range 2 {
		c.do(http.MethodPut, "/api/v1/LegalHoldReactivation/"+matter, "").want(http.StatusNoContent)
	}
}

// The same list in three forms: an object, a bare list, an object of other names.
func TestHoldForms(t *testing.T) {
	t.Parallel()
	c, matter, _, held := opened(t)
	uids := func(rows []map[string]any, key string) (all []string) {
		for _, r := range rows {
			all = append(all, text(r[key]))
		}
		return all
	}
	all := uids(c.rows("/api/v38/legal-hold-matter/list?active=none", "matters"), "legalHoldUid")
	for path, want := range map[string]int{
		"/api/v38/legal-hold-matter/list?active=true": 2, "/api/v38/legal-hold-matter/list?active=false": 1,
		"/api/v38/legal-hold-matter/list?active=none&page=2&pageSize=2": 1, "/api/v38/legal-hold-matter/list?name=AUDIT": 1,
		"/api/v38/legal-hold-matter/list?externalReference=LEG-2023-090": 1, "/api/v38/legal-hold-matter/list?creatorPrincipalId=nobody": 0,
	} {
		if got := c.rows(path, "matters"); len(got) != want {
			t.Errorf("%s: %d matters, want %d", path, len(got), want)
		}
	}
	if got := uids(c.rows("/api/v27/legal-hold-matter/list?active=none", ""), "legalHoldUid"); !slices.Equal(got, all) {
		t.Errorf("v27: %q, want %q", got, all)
	}
	if got := uids(c.rows("/api/v1/LegalHold?activeState=ALL", "legalHolds"), "legalHoldUid"); !slices.Equal(got, all) {
		t.Errorf("v1: %q, want %q", got, all)
	}
	for path, list := range map[string]string{
		"/api/v38/legal-hold-membership/list?active=ACTIVE&": "memberships", "/api/v27/legal-hold-membership/list?active=ACTIVE&": "",
		"/api/v1/LegalHoldMembership?activeState=ACTIVE&": "legalHoldMemberships",
	} {
		mine := c.rows(path+"legalHoldUid="+matter+"&userUid="+held.UID, list)
		if len(mine) != 1 || text(mine[0]["user"].(map[string]any)["username"]) != held.Username {
			t.Errorf("%s: %v", path, mine)
		}
		if some := c.rows(path+"user="+url.QueryEscape(held.Username), list); len(some) == 0 {
			t.Errorf("%s: nobody called %s", path, held.Username)
		}
		if r := c.get(path).want(http.StatusBadRequest); !strings.Contains(r.raw, "At least one criteria must be specified") {
			t.Errorf("%s without a question: %s", path, r.raw)
		}
		c.get(path + "legalHoldUid=404").want(http.StatusForbidden)
	}
	v38 := c.get("/api/v38/legal-hold-matter/view?legalHoldUid=" + matter).want(http.StatusOK).object()
	v1 := c.get("/api/v1/LegalHold/" + matter).want(http.StatusOK).object()
	if v38["policyId"] == nil || v38["policyId"] != v1["holdPolicyUid"] || v38["externalReference"] != v1["holdExtRef"] {
		t.Errorf("one matter is told as %v and as %v", v38, v1)
	}
}

// What names nothing is forbidden, not missing.
func TestNoSuchHold(t *testing.T) {
	t.Parallel()
	c, matter, free, _ := opened(t)
	for _, path := range []string{"/api/v38/legal-hold-policy/view?legalHoldPolicyUid=404", "/api/v38/legal-hold-matter/view?legalHoldUid=404", "/api/v1/LegalHold/404"} {
		c.get(path).want(http.StatusForbidden)
	}
	c.post("/api/v38/legal-hold-matter/create", "policyId", "404", "name", "M").want(http.StatusForbidden)
	c.post("/api/v38/legal-hold-matter/deactivate", "legalHoldUid", "404").want(http.StatusForbidden)
	c.post("/api/v38/legal-hold-membership/create", "legalHoldUid", "404", "userUid", free.UID).want(http.StatusForbidden)
	c.post("/api/v38/legal-hold-membership/deactivate", "legalHoldMembershipUid", "404").want(http.StatusForbidden)
	gone := find(t, c.server.Snapshot().Users, "deactivated user", func(u User) bool { return !u.Active })
	c.post("/api/v38/legal-hold-membership/create", "legalHoldUid", matter, "userUid", gone.UID).want(http.StatusBadRequest)
}

// SetHold and CloseMatter are the same changes, around the API.
func TestHoldControls(t *testing.T) {
	t.Parallel()
	c, _, free, held := opened(t)
	onHold := func(uid string) bool {
		return find(t, c.server.Snapshot().Users, "user", func(u User) bool { return u.UID == uid }).OnHold
	}
	for _, on := range []bool{true, true, false, false} {
		if err := c.server.SetHold(free.UID, on); err != nil || onHold(free.UID) != on {
			t.Errorf("on hold is %t (%v), want %t", onHold(free.UID), err, on)
		}
	}
	for _, m := range c.server.Snapshot().Matters {
		if err := c.server.CloseMatter(m.UID, true); err != nil {
			t.Fatal(err)
		}
	}
	if onHold(held.UID) {
		t.Error("on hold, though every matter is closed")
	}
	if err := c.server.SetHold(held.UID, true); err != nil || !onHold(held.UID) {
		t.Errorf("on hold in a matter of their own: %t, %v", onHold(held.UID), err)
	}
	if c.server.SetHold("404", true) == nil || c.server.CloseMatter("404", true) == nil || c.server.SetArchiveHoldDays("404", 1) == nil {
		t.Error("what does not exist is changed")
	}
}
