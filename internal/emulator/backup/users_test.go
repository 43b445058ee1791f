package backup

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUserFilters(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	snapshot := c.server.Snapshot()
	someone, fleet := snapshot.Users[17], snapshot.Orgs[1]
	inside := map[string]bool{}
	for _, o := range snapshot.Orgs {
		inside[o.UID] = o.UID == fleet.UID || inside[o.ParentUID]
	}
	tests := map[string]func(User) bool{
		"":                    func(User) bool { return true },
		"active=True":         func(u User) bool { return u.Active },
		"active=False":        func(u User) bool { return !u.Active },
		"blocked=True":        func(u User) bool { return u.Blocked },
		"orgUid=" + fleet.UID: func(u User) bool { return inside[u.OrgUID] },
		"username=" + url.QueryEscape(strings.ToUpper(someone.Username)): func(u User) bool { return u.UID == someone.UID },
		"email=" + url.QueryEscape(someone.Email):                        func(u User) bool { return u.Email == someone.Email },
		"username=nobody":             func(User) bool { return false },
		"roleId=customer-cloud-admin": func(u User) bool { return u.Username == "test.user@example.com" },
		"roleId=5":                    func(User) bool { return false },
		"q=HAUGEN": func(u User) bool {
			return strings.Contains(strings.ToLower(u.Username+" "+u.FirstName+" "+u.LastName), "haugen")
		},
	}
	for query, matches := range tests {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			var want, got []string
			for _, u := range snapshot.Users {
				if matches(u) {
					want = append(want, u.UID)
				}
			}
			for n := 1; ; n++ {
				answer := c.get(fmt.Sprintf("/api/v1/user?%s&pgNum=%d&pgSize=150", query, n)).want(http.StatusOK)
				page := answer.list("users")
				for _, u := range page {
					got = append(got, text(u["userUid"]))
					if _, has := u["roles"]; has {
						t.Error("roles without incRoles")
					}
				}
				if total := text(answer.object()["totalCount"]); total != fmt.Sprint(len(want)) {
					t.Errorf("totalCount %s, counted %d", total, len(want))
				}
				if len(page) < 150 {
					break
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("users (-want +got):\n%s", diff)
			}
		})
	}
	if got := c.get("/api/v1/User?orgUid=nope").want(http.StatusBadRequest); !strings.Contains(got.raw, "Organization was not found") {
		t.Errorf("unknown org: %s", got.raw)
	}
}

func TestUserLifeCycle(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	orgs := c.server.Snapshot().Orgs
	body := fmt.Sprintf(`{"orgUid":%q,"username":"new@haldenmaritime.example","email":null,"password":"p","firstName":"Éa","lastName":null,"notes":"n"}`, orgs[3].UID)
	created := c.do("POST", "/api/v1/User", body).want(http.StatusOK).object()
	id, uid := text(created["userId"]), text(created["userUid"])
	if created["email"] != "new@haldenmaritime.example" || created["firstName"] != "Éa" || created["lastName"] != nil {
		t.Errorf("created %v", created)
	}
	if got := c.do("POST", "/api/v1/User", body).want(500); !strings.Contains(got.raw, "USER_DUPLICATE") {
		t.Errorf("created twice: %s", got.raw)
	}
	steps := []struct{ action, body, want string }{
		{"block", "", "Active, Blocked"},
		{"unblock", "", "Active"},
		{"deactivate", `{"block":null}`, "Deactivated"},
		{"deactivate", `{"block":true}`, "Deactivated, Blocked"},
		{"activate", `{"unblock":null}`, "Active, Blocked"},
		{"activate", `{"unblock":true}`, "Active"},
		{"move", fmt.Sprintf(`{"orgId":%d}`, orgs[4].ID), "Active"},
	}
	for _, step := range steps {
		for range 2 {
			c.do("POST", "/api/v3/users/"+uid+"/"+step.action, step.body).want(http.StatusNoContent)
		}
		if got := c.get("/api/v1/User/" + id).want(http.StatusOK).object()["status"]; got != step.want {
			t.Errorf("after %s the status is %v, want %s", step.action, got, step.want)
		}
	}
	got := c.get("/api/v1/User/" + uid + "?idType=uid&incRoles=True").want(http.StatusOK).object()
	if diff := cmp.Diff([]any{"Desktop User", "PROe User"}, got["roles"]); diff != "" || got["orgUid"] != orgs[4].UID {
		t.Errorf("in %v, roles (-want +got):\n%s", got["orgUid"], diff)
	}
	if scim := c.get("/api/v18/scim-user-data/collated-view?userId=" + uid).want(http.StatusOK).object(); scim["department"] != orgs[4].Name {
		t.Errorf("department %v", scim["department"])
	}
	for path, body := range map[string]string{
		"/api/v3/users/404/block": "", "/api/v3/users/404/move": `{"orgId":1}`, "/api/v3/users/404/deactivate": "", "/api/v3/users/404/activate": "",
	} {
		c.do("POST", path, body).want(http.StatusNotFound)
	}
	c.do("POST", "/api/v3/users/"+uid+"/move", `{"orgId":404}`).want(http.StatusBadRequest)
	c.get("/api/v1/User/404").want(http.StatusNotFound)
	c.get("/api/v1/User/404?idType=uid").want(http.StatusNotFound)
	c.get("/api/v38/scim-user-data/collated-view?userId=404").want(http.StatusNotFound)
}

func TestUserInvalidValues(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	users := c.server.Snapshot().Users
	for body, want := range map[string]string{
		`{"username":"x"}`:                                           "USERNAME_NOT_AN_EMAIL",
		`{"username":"x","email":"y"}`:                               "USERNAME_NOT_AN_EMAIL",
		`{"email":"y"}`:                                              "EMAIL_INVALID",
		`{"password":"short"}`:                                       "NEW_PASSWORD_INVALID",
		`{"username":""}`:                                            "INVALID_USERNAME",
		`{"username":"a b@c.example"}`:                               "INVALID_USERNAME",
		fmt.Sprintf(`{"username":%q}`, users[9].Username):            "USER_DUPLICATE",
		`{"username":null,"email":"x@y.example","quotaInBytes":5}`:   "",
		`{"username":"new.name@y.example","password":"long enough"}`: "",
	} {
		got := c.do("PUT", "/api/v1/User/"+users[8].UID+"?idType=uid", body)
		if want == "" {
			got.want(http.StatusOK)
		} else if got.want(http.StatusInternalServerError); !strings.Contains(got.raw, want) {
			t.Errorf("%s: %s, want %s", body, got.raw, want)
		}
	}
	got := c.get("/api/v1/User?username=new.name%40y.example").list("users")
	if len(got) != 1 || got[0]["email"] != "x@y.example" || text(got[0]["quotaInBytes"]) != "5" {
		t.Errorf("after the updates: %v", got)
	}
	c.do("POST", "/api/v1/User", `{"orgUid":"404","username":"a@b.example"}`).want(http.StatusBadRequest)
	c.do("PUT", "/api/v1/User/404", `{}`).want(http.StatusNotFound)
}

func TestUserRoles(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	path := "/api/v3/users/" + c.server.Snapshot().Users[5].UID + "/roles"
	c.do("PUT", path, `{"roleIds":["desktop-user","alert-emails","desktop-user"]}`).want(http.StatusOK)
	var ids []string
	for _, r := range decodeJSON[map[string][]map[string]any](t, c.get(path).want(http.StatusOK).raw)["data"] {
		ids = append(ids, text(r["roleId"]))
	}
	if diff := cmp.Diff([]string{"desktop-user", "alert-emails"}, ids); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	c.do("PUT", path, `{"roleIds":["captain"]}`).want(http.StatusBadRequest)
	c.do("PUT", path, `{}`).want(http.StatusBadRequest)
	c.do("PUT", "/api/v3/users/404/roles", `{"roleIds":[]}`).want(http.StatusNotFound)
	c.get("/api/v3/users/404/roles").want(http.StatusNotFound)
	all := decodeJSON[struct {
		Data []struct {
			ID    string `json:"roleId"`
			Users int    `json:"numberOfUsers"`
		} `json:"data"`
	}](t, c.get("/api/v1/role").want(http.StatusOK).raw)
	if len(all.Data) != 4 || all.Data[3].ID != "alert-emails" || all.Data[3].Users != 2 || all.Data[0].Users != 400 {
		t.Errorf("roles %+v", all.Data)
	}
}

func TestUserDeactivationTakesDevices(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	d := find(t, c.server.Snapshot().Devices, "free active device", func(d Device) bool { return d.Active && !d.OnHold })
	c.do("POST", "/api/v3/users/"+d.UserUID+"/deactivate", `{"block":false}`).want(http.StatusNoContent)
	c.do("POST", "/api/v3/users/"+d.UserUID+"/activate", `{"unblock":null}`).want(http.StatusNoContent)
	for _, other := range c.server.Snapshot().Devices {
		if other.UserUID == d.UserUID && other.Active {
			t.Errorf("%s is active again", other.Name)
		}
	}
	checkTallies(t, c.server)
}
