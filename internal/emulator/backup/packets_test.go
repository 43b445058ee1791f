package backup

import (
	"fmt"
	"net/http"
	"testing"
)

// TestPackets follows packets down the tree, each by itself.
func TestPackets(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	s := c.server.Snapshot()
	root, fleet, shore := s.Orgs[0], s.Orgs[1], s.Orgs[3]
	below := find(t, s.Orgs, "organization below", func(o Org) bool { return o.ParentUID == shore.UID })
	path := func(o Org) string { return fmt.Sprintf("/api/v1/OrgSetting/%d", o.ID) }
	row := func(o Org, key string) string {
		p, _ := c.get(path(o)).want(http.StatusOK).object()[key].(map[string]any)
		return fmt.Sprint(p["value"], " ", p["locked"], " ", p["id"], " ", p["scope"])
	}
	check := func(o Org, key, value string, locked bool, from Org) {
		t.Helper()
		if got, want := row(o, key), fmt.Sprint(value, " ", locked, " ", from.ID, " ORG"); got != want {
			t.Errorf("%s of %s: %s, want %s", key, o.Name, got, want)
		}
	}
	const web, delay, watch = "device_webRestore_enabled", "device_upgrade_delay", "org-securityTools-enable"
	check(below, web, "true", false, root)
	check(below, delay, "30", false, root)
	check(below, watch, "true", false, shore)
	check(fleet, web, "false", true, fleet)

	send := `{"packets":[{"key":"` + web + `","value":"true","locked":false},{"key":"` + delay + `","value":"10","locked":false},{"key":"` + delay + `","value":"15","locked":false}]}`
	for range 2 {
		c.do(http.MethodPut, path(shore), send).want(http.StatusOK)
		c.do(http.MethodPut, path(fleet), send).want(http.StatusOK)
	}
	check(below, web, "true", false, shore)
	check(below, delay, "15", false, shore)
	check(fleet, web, "false", true, fleet) // locked
	check(fleet, delay, "15", false, fleet)
	check(root, delay, "30", false, root)
	vessel := find(t, s.Orgs, "organization below the fleet", func(o Org) bool { return o.ParentUID == fleet.UID })
	c.do(http.MethodPut, path(vessel), send).want(http.StatusOK)
	check(vessel, web, "false", true, fleet) // locked above

	if err := c.server.SetOrgPacket(vessel.UID, web, "true", false); err != nil {
		t.Fatal(err)
	}
	check(vessel, web, "true", false, vessel)
	for body, status := range map[string]int{`{"packets":[{"key":"","value":"x"}]}`: 400, `{"packets":[{"key":"a","value":null}]}`: 400, `[]`: 400, `{}`: 200} {
		c.do(http.MethodPut, path(shore), body).want(status)
	}
	c.get("/api/v1/OrgSetting/1").want(http.StatusNotFound)
	c.do(http.MethodPut, "/api/v1/OrgSetting/1", send).want(http.StatusNotFound)
	if got := row(below, "nothing"); got != "<nil> <nil> <nil> <nil>" {
		t.Errorf("a packet that nobody set: %s", got)
	}

	// Both halves of a change fail apart, with and without having happened.
	doc := fmt.Sprintf("/api/v1/Org/%d", shore.ID)
	c.server.FailNext(Match{Method: http.MethodPut, PathPrefix: "/api/v1/OrgSetting/"}, Failure{Status: 500, AfterApply: true}, 1)
	c.server.FailNext(Match{Method: http.MethodPut, PathPrefix: doc}, Failure{Status: 503}, 1)
	c.do(http.MethodPut, path(shore), `{"packets":[{"key":"`+delay+`","value":"20"}]}`).want(http.StatusInternalServerError)
	c.do(http.MethodPut, doc, `{"notes":"lost"}`).want(http.StatusServiceUnavailable)
	check(below, delay, "20", false, shore)
	if got := c.orgDoc(shore)["notes"]; got != nil {
		t.Errorf("a write that failed left %v", got)
	}
	c.do(http.MethodPut, path(shore), `{"packets":[{"key":"`+delay+`","value":"15"}]}`).want(http.StatusOK)

	// The older call asks for the same by device.
	d := find(t, c.server.Snapshot().Devices, "device below", func(d Device) bool { return d.OrgUID == below.UID })
	view := c.get("/api/v4/device-setting/view?guid=" + d.GUID + "&keys=" + delay + ",nothing").want(http.StatusOK).object()
	if len(view) != 1 || view[delay].(map[string]any)["value"] != "15" {
		t.Errorf("of one key: %v", view)
	}
	if all := c.get("/api/v38/device-setting/view?guid=" + d.GUID).want(http.StatusOK).object(); len(all) < 15 {
		t.Errorf("of all keys: %v", all)
	}
	c.get("/api/v4/device-setting/view?guid=404").want(http.StatusNotFound)
}
