package backup

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOrgList(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	snapshot := c.server.Snapshot()
	var got []string
	for n := 1; ; n++ {
		answer := c.get(fmt.Sprintf("/api/v1/Org?pgNum=%d&pgSize=25", n)).want(http.StatusOK)
		if total := text(answer.object()["totalCount"]); total != "60" {
			t.Errorf("totalCount %s, want 60", total)
		}
		page := answer.list("orgs")
		for _, o := range page {
			got = append(got, text(o["orgUid"]))
			if o["orgGuid"] == nil || (o["parentOrgGuid"] == nil) != (len(got) == 1) || o["registrationKey"] == nil {
				t.Errorf("org %v lacks its ids, or is a second root", o["orgName"])
			}
		}
		if len(page) < 25 {
			break
		}
	}
	var want []string
	for _, o := range snapshot.Orgs {
		want = append(want, o.UID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("orgs (-want +got):\n%s", diff)
	}
	if closed := c.get("/api/v1/org?active=False").want(http.StatusOK).list("orgs"); len(closed) != 1 {
		t.Errorf("%d deactivated orgs, want 1", len(closed))
	}
	if got := c.get("/api/v1/org/my").want(http.StatusOK).object()["orgUid"]; got != snapshot.Orgs[0].UID {
		t.Errorf("the administrator's org is %v", got)
	}
}

func TestOrgByID(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	o := c.server.Snapshot().Orgs[1]
	want := c.get("/api/v3/orgs/" + o.GUID + "?incCounts=True").want(http.StatusOK).object()
	devices, total := c.guids("orgUid="+o.UID, 500)
	if text(want["computerCount"]) != total || len(devices) == 0 {
		t.Errorf("computerCount %v, listed %s", want["computerCount"], total)
	}
	for _, path := range []string{
		fmt.Sprintf("/api/v1/Org/%d?incCounts=true", o.ID), "/api/org/" + o.UID + "?idType=orgUid&incCounts=true",
		"/c42api/v3/orgs/" + o.GUID + "?incCounts=true",
	} {
		if diff := cmp.Diff(want, c.get(path).want(http.StatusOK).object()); diff != "" {
			t.Errorf("%s:\n%s", path, diff)
		}
	}
	for _, path := range []string{"/api/v3/orgs/404", "/api/v1/Org/404", "/api/v1/Org/404?idType=uid"} {
		c.get(path).want(http.StatusNotFound)
	}
}

func TestOrgCreateAndUpdate(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	orgs := c.server.Snapshot().Orgs
	closed := find(t, orgs, "deactivated org", func(o Org) bool { return !o.Active })
	blocked := find(t, orgs, "blocked org", func(o Org) bool { return o.Blocked })
	create := func(name, parent string) reply {
		return c.do("POST", "/api/v3/orgs", fmt.Sprintf(`{"orgName":%s,"orgExtRef":"ref","notes":null,"parentOrgGuid":%s}`, name, parent))
	}
	got := create(`"Naval Design"`, `"`+orgs[5].GUID+`"`).want(http.StatusOK).object()
	if text(got["parentOrgId"]) != text(orgs[5].ID) || got["orgExtRef"] != "ref" || got["notes"] != nil {
		t.Errorf("created %v", got)
	}
	guid := text(got["orgGuid"])
	updated := c.do("PUT", "/api/v3/orgs/"+guid, `{"orgName":null,"orgExtRef":null,"notes":"new"}`).want(http.StatusOK).object()
	if updated["orgName"] != "Naval Design" || updated["orgExtRef"] != "ref" || updated["notes"] != "new" {
		t.Errorf("updated %v", updated)
	}
	// The new org is inside its parent's subtree at once.
	moved := c.server.Snapshot().Devices[0].GUID
	if err := c.server.MoveDevice(moved, text(got["orgUid"])); err != nil {
		t.Fatal(err)
	}
	if all, _ := c.guids("orgUid="+orgs[5].UID, 500); !strings.Contains(strings.Join(all, " "), moved) {
		t.Error("a device of the new org is not listed under the parent")
	}
	for _, bad := range []struct{ name, parent, want string }{
		{`null`, `"` + orgs[0].GUID + `"`, "ORG_NAME_MISSING"},
		{`"x"`, `"` + orgs[0].GUID + `"`, "ORG_NAME_TOO_SHORT"},
		{`"Yard"`, `"` + closed.GUID + `"`, "PARENT_ORG_NOT_ACTIVE"},
		{`"Yard"`, `"` + blocked.GUID + `"`, "PARENT_ORG_BLOCKED"},
		{`"Yard"`, `null`, "PARENT_ORG_MISSING"},
		{`7`, `null`, "request body"},
	} {
		if got := create(bad.name, bad.parent).want(http.StatusBadRequest); !strings.Contains(got.raw, bad.want) {
			t.Errorf("creating %s below %s: %s, want %s", bad.name, bad.parent, got.raw, bad.want)
		}
	}
	create(`"Yard"`, `"404"`).want(http.StatusNotFound)
	c.do("PUT", "/api/v3/orgs/404", `{}`).want(http.StatusNotFound)
}

// TestOrgCascades follows each change of an org down its subtree, and no further.
func TestOrgCascades(t *testing.T) {
	t.Parallel()
	steps := []struct {
		do     string
		org    func(Org) bool
		child  func(Org) bool
		user   func(User) bool
		device func(Device) bool
	}{
		{
			"block", func(o Org) bool { return o.Blocked && o.Active }, func(o Org) bool { return o.Blocked },
			func(u User) bool { return u.Blocked }, func(d Device) bool { return !d.Active || d.Deauthorized },
		},
		{
			"unblock", func(o Org) bool { return !o.Blocked && o.Active }, func(o Org) bool { return !o.Blocked },
			func(u User) bool { return u.Blocked }, func(d Device) bool { return !d.Active || d.Deauthorized },
		},
		{
			"deactivate", func(o Org) bool { return !o.Active }, func(o Org) bool { return !o.Active },
			func(u User) bool { return !u.Active }, func(d Device) bool { return !d.Active },
		},
		{
			"activate", func(o Org) bool { return o.Active }, func(o Org) bool { return !o.Active },
			func(u User) bool { return !u.Active }, func(d Device) bool { return !d.Active },
		},
	}
	c := start(t, Options{Calm: true})
	before := c.server.Snapshot()
	top := before.Orgs[1]
	for _, u := range before.Users {
		if err := c.server.SetHold(u.UID, false); err != nil {
			t.Fatal(err)
		}
	}
	inside := map[string]bool{}
	for _, o := range before.Orgs {
		inside[o.UID] = o.UID == top.UID || inside[o.ParentUID]
	}
	for _, step := range steps {
		for range 2 {
			c.do("POST", "/api/v3/orgs/"+top.GUID+"/"+step.do, "").want(http.StatusNoContent)
		}
		after := c.server.Snapshot()
		for i, o := range after.Orgs {
			switch {
			case o.UID == top.UID && !step.org(o), o.UID != top.UID && inside[o.UID] && !step.child(o):
				t.Errorf("after %s: %+v", step.do, o)
			case !inside[o.UID] && o != before.Orgs[i]:
				t.Errorf("%s reached %+v outside", step.do, o)
			}
		}
		for i, u := range after.Users {
			if inside[u.OrgUID] && !step.user(u) {
				t.Errorf("after %s: %+v", step.do, u)
			}
			if !inside[u.OrgUID] && (u.Active != before.Users[i].Active || u.Blocked != before.Users[i].Blocked) {
				t.Errorf("%s reached %+v outside", step.do, u)
			}
		}
		for i, d := range after.Devices {
			if inside[d.OrgUID] && !step.device(d) {
				t.Errorf("after %s: %+v", step.do, d)
			}
			if !inside[d.OrgUID] && d.Status != before.Devices[i].Status {
				t.Errorf("%s reached %+v outside", step.do, d)
			}
		}
	}
	c.do("POST", "/api/v3/orgs/404/block", "").want(http.StatusNotFound)
	c.do("POST", "/api/v3/orgs/404/activate", "").want(http.StatusNotFound)

	c.do("POST", "/api/v3/orgs/"+top.GUID+"/deactivate", "").want(http.StatusNoContent)
	child := find(t, before.Orgs, "child", func(o Org) bool { return o.ParentUID == top.UID })
	if got := c.do("POST", "/api/v3/orgs/"+child.GUID+"/activate", "").want(400); !strings.Contains(got.raw, "PARENT_ORG_NOT_ACTIVE") {
		t.Errorf("activating below a deactivated parent: %s", got.raw)
	}
}

// TestOrgMove moves an org around everybody's back: it and all below it belong to the new place in every call.
func TestOrgMove(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	orgs := c.server.Snapshot().Orgs
	child := find(t, orgs, "org with a grandparent", func(o Org) bool { return o.ParentUID != "" && o.ParentUID != orgs[0].UID })
	to := find(t, orgs, "another parent", func(o Org) bool {
		return o.ParentUID == orgs[0].UID && o.UID != child.ParentUID && o.Active && !o.Blocked
	})
	if err := c.server.MoveDevice(c.server.Snapshot().Devices[0].GUID, child.UID); err != nil {
		t.Fatal(err)
	}
	if err := c.server.MoveOrg(child.UID, to.UID); err != nil {
		t.Fatal(err)
	}
	if got := c.get("/api/v3/orgs/" + child.GUID).want(http.StatusOK).object(); got["parentOrgUid"] != to.UID {
		t.Errorf("the parent is %v, want %s", got["parentOrgUid"], to.UID)
	}
	guid := c.server.Snapshot().Devices[0].GUID
	for uid, want := range map[string]bool{to.UID: true, child.ParentUID: false} {
		if all, _ := c.guids("orgUid="+uid, 500); strings.Contains(strings.Join(all, " "), guid) != want {
			t.Errorf("its device is listed below %s: %t, want %t", uid, !want, want)
		}
	}
	for uid, parent := range map[string]string{to.UID: child.UID, orgs[0].UID: to.UID, "404": to.UID, child.UID: "404"} {
		if err := c.server.MoveOrg(uid, parent); err == nil {
			t.Errorf("%s was moved below %s", uid, parent)
		}
	}
}
