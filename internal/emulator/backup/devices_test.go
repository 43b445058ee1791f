package backup

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// guids lists a query page by page as the SDKs do: until a page is shorter than asked.
func (c *client) guids(query string, size int) (guids []string, total string) {
	c.t.Helper()
	for n := 1; ; n++ {
		got := c.get(fmt.Sprintf("/api/v1/Computer?%s&incCounts=True&pgNum=%d&pgSize=%d", query, n, size)).want(http.StatusOK)
		page := got.list("computers")
		for _, d := range page {
			guids = append(guids, text(d["guid"]))
		}
		if len(page) < size {
			return guids, text(got.object()["totalCount"])
		}
	}
}

func TestDeviceFilters(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	snapshot := c.server.Snapshot()
	// Devices that left their place must be counted where they are now.
	fleet, norway := snapshot.Orgs[1], snapshot.Orgs[2]
	for i := range 10 {
		if err := c.server.MoveDevice(snapshot.Devices[i*7].GUID, norway.UID); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.server.RemoveDevice(snapshot.Devices[500].GUID); err != nil {
		t.Fatal(err)
	}
	if err := c.server.RenameDevice(snapshot.Devices[501].GUID, "Käpt'n <b>"); err != nil {
		t.Fatal(err)
	}
	snapshot = c.server.Snapshot()
	below := func(uid string) func(Device) bool {
		inside := map[string]bool{uid: true}
		for _, o := range snapshot.Orgs { // parents come first
			inside[o.UID] = inside[o.UID] || inside[o.ParentUID]
		}
		return func(d Device) bool { return inside[d.OrgUID] }
	}
	mentions := func(q string) func(Device) bool {
		return func(d Device) bool {
			for _, field := range []string{d.GUID, d.Name, d.HostName, d.ExternalReference} {
				if strings.Contains(strings.ToLower(field), strings.ToLower(q)) {
					return true
				}
			}
			return false
		}
	}
	someone := snapshot.Devices[3].UserUID
	tests := map[string]func(Device) bool{
		"":                            func(Device) bool { return true },
		"active=True":                 func(d Device) bool { return d.Active },
		"active=false&blocked=True":   func(d Device) bool { return !d.Active && d.Blocked },
		"blocked=False":               func(d Device) bool { return !d.Blocked },
		"active=banana&blocked=":      func(Device) bool { return true },
		"orgUid=" + fleet.UID:         below(fleet.UID),
		"orgUid=" + norway.UID:        below(norway.UID),
		"userUid=" + someone:          func(d Device) bool { return d.UserUID == someone },
		"userUid=945":                 func(Device) bool { return false },
		"q=osl-lt":                    mentions("osl-lt"),
		"q=" + url.QueryEscape("äPT"): mentions("äpt"),
		"q=%3Cscript":                 mentions("<script"),
		"q=123":                       mentions("123"),
		"targetComputerGuid=43":       func(Device) bool { return true },
		"targetComputerGuid=nowhere":  func(Device) bool { return false },
		"active=True&q=mb&orgUid=" + fleet.UID: func(d Device) bool {
			return d.Active && mentions("mb")(d) && below(fleet.UID)(d)
		},
		"userUid=" + someone + "&orgUid=" + fleet.UID: func(d Device) bool { return d.UserUID == someone && below(fleet.UID)(d) },
	}
	for query, matches := range tests {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			var want []string
			for _, d := range snapshot.Devices {
				if matches(d) {
					want = append(want, d.GUID)
				}
			}
			ordered, _ := c.guids(query, 1300)
			for _, size := range []int{37, 600} {
				got, total := c.guids(query, size)
				if diff := cmp.Diff(ordered, got); diff != "" {
					t.Errorf("pages of %d list other devices than one page:\n%s", size, diff)
				}
				if total != fmt.Sprint(len(want)) {
					t.Errorf("totalCount %s, counted %d", total, len(want))
				}
			}
			slices.Sort(ordered)
			slices.Sort(want)
			if diff := cmp.Diff(want, ordered); diff != "" {
				t.Errorf("devices (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDeviceSecondDestination(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	second := destinations()[1].guid
	var want []string
	for _, d := range c.get("/api/v1/Computer?pgSize=1200&incBackupUsage=True").want(http.StatusOK).list("computers") {
		usages := d["backupUsage"].([]any)
		if first := usages[0].(map[string]any)["targetComputerGuid"]; first != "43" {
			t.Fatalf("first destination %v", first)
		}
		if len(usages) > 1 {
			want = append(want, text(d["guid"]))
		}
	}
	got, _ := c.guids("targetComputerGuid="+second, 500)
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("devices with a second destination (-want +got):\n%s", diff)
	}
}

func TestDevicePageJunk(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true, MaxPageSize: 400})
	for query, want := range map[string]int{
		"pgSize=True": 100, "pgSize=-1": 100, "pgSize=0&pgNum=0": 100, "": 100, "pgNum=x&pgSize=1e3": 100,
		"pgSize=1000": 400, "pgNum=99999999999999999999&pgSize=10": 10, "pgNum=9223372036854775807&pgSize=400": 0,
		"pgNum=3&pgSize=500": 400, "pgNum=4&pgSize=400": 0, "incBackupUsage=banana&incCounts=7&idType=%zz": 100,
	} {
		if got := len(c.get("/api/v1/Computer?" + query).want(http.StatusOK).list("computers")); got != want {
			t.Errorf("%q lists %d devices, want %d", query, got, want)
		}
	}
}

func TestDeviceObject(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	d := c.server.Snapshot().Devices[0]
	byNumber := c.get(fmt.Sprintf("/api/v1/Computer/%d?incBackupUsage=True", d.ID)).want(http.StatusOK)
	byGUID := c.get("/api/computer/" + d.GUID + "?idType=guid&incBackupUsage=true").want(http.StatusOK)
	got := byNumber.object()
	if diff := cmp.Diff(got, byGUID.object()); diff != "" {
		t.Errorf("by number and by GUID differ:\n%s", diff)
	}
	for _, column := range []string{
		"computerId", "guid", "name", "osHostname", "status", "lastConnected", "creationDate", "productVersion", "osName",
		"osVersion", "userUid", "backupUsage",
	} {
		if got[column] == nil {
			t.Errorf("%s is missing", column)
		}
	}
	if _, ok := got["guid"].(string); !ok {
		t.Errorf("guid is %T, want a string", got["guid"])
	}
	whole := decodeJSON[map[string]any](t, byGUID.raw)
	params := whole["metadata"].(map[string]any)["params"]
	if diff := cmp.Diff(map[string]any{"idType": "guid", "incBackupUsage": "true"}, params); diff != "" {
		t.Errorf("metadata.params (-want +got):\n%s", diff)
	}
	for _, path := range []string{"/api/v1/Computer/404", "/api/v1/Computer/" + d.GUID, "/api/v1/Computer/404?idType=guid", "/api/v1/Computer/x"} {
		c.get(path).want(http.StatusNotFound)
	}
	if got := c.get("/api/v1/Computer?orgUid=nope").want(http.StatusBadRequest); !strings.Contains(got.raw, "Unable to find org") {
		t.Errorf("unknown org: %s", got.raw)
	}
}

// TestDeviceChanges sends each change twice, as the SDKs may.
func TestDeviceChanges(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	d := find(t, c.server.Snapshot().Devices, "free active device", func(d Device) bool {
		return d.Active && !d.OnHold && !d.Blocked && !d.Deauthorized
	})
	id, body := text(d.ID), fmt.Sprintf(`{"id":"%d"}`, d.ID)
	steps := []struct{ method, path, body, want string }{
		{"PUT", "/api/v1/ComputerBlock/" + id, "", "Active, Blocked"},
		{"DELETE", "/api/computerblock/" + id, "", "Active"},
		{"POST", "/api/v38/computer-deactivation/update", body, "Deactivated"},
		{"POST", "/api/v4/computer-deactivation/remove", fmt.Sprintf(`{"id":%d}`, d.ID), "Active"},
		{"PUT", "/api/ComputerDeactivation/" + id, "", "Deactivated"},
		{"DELETE", "/api/ComputerDeactivation/" + id, "", "Active"},
		{"PUT", "/api/v1/ComputerDeauthorization/" + id, "", "Active, Deauthorized"},
		{"POST", "/api/v77/device-upgrade/upgrade-device", `{"deviceGuid":"` + d.GUID + `"}`, "Active, Deauthorized"},
		{"PUT", "/api/v1/Computer/" + id, `{"name":"Renamed 🚢","notes":"n","computerExtRef":null,"guid":"1"}`, "Active, Deauthorized"},
	}
	for _, step := range steps {
		for range 2 {
			if got := c.do(step.method, step.path, step.body); got.status/100 != 2 {
				t.Fatalf("%s %s: %d %s", step.method, step.path, got.status, got.raw)
			}
		}
		if got := c.get("/api/v1/Computer/" + id).object()["status"]; got != step.want {
			t.Errorf("after %s %s the status is %v, want %s", step.method, step.path, got, step.want)
		}
	}
	got := c.get("/api/v1/Computer/" + id).object()
	if got["name"] != "Renamed 🚢" || got["notes"] != "n" || got["guid"] != d.GUID || got["productVersion"] != "11.8.0" {
		t.Errorf("device after the changes: %v", got)
	}
	checkTallies(t, c.server)
	for _, bad := range []struct {
		method, path, body string
		status             int
	}{
		{"PUT", "/api/v1/ComputerBlock/404", "", 404},
		{"PUT", "/api/v1/ComputerDeauthorization/404", "", 404},
		{"POST", "/api/v38/computer-deactivation/update", `{"id":404}`, 404},
		{"POST", "/api/v38/computer-deactivation/update", `{"id":{}}`, 400},
		{"POST", "/api/v38/computer-deactivation/update", ``, 400},
		{"POST", "/api/v38/device-upgrade/upgrade-device", `{"deviceGuid":"404"}`, 404},
		{"POST", "/api/v1/Computer", ``, 405},
		{"GET", "/api/v1/Nothing", ``, 404},
	} {
		c.do(bad.method, bad.path, bad.body).want(bad.status)
	}
}

func TestDeactivationOnHold(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	d := find(t, c.server.Snapshot().Devices, "active device on hold", func(d Device) bool { return d.Active && d.OnHold })
	requests := map[string]string{
		"/api/v38/computer-deactivation/update":                            fmt.Sprintf(`{"id":%d}`, d.ID),
		"/api/v3/users/" + d.UserUID + "/deactivate":                       `{"block":null}`,
		"/api/v3/orgs/" + c.server.Snapshot().Orgs[0].GUID + "/deactivate": "",
	}
	for path, body := range requests {
		if got := c.do("POST", path, body).want(400); !strings.Contains(got.raw, "ACTIVE_LEGAL_HOLD") {
			t.Errorf("%s: %s", path, got.raw)
		}
	}
	if err := c.server.SetHold(d.UserUID, false); err != nil {
		t.Fatal(err)
	}
	c.do("POST", "/api/v38/computer-deactivation/update", fmt.Sprintf(`{"id":%d}`, d.ID)).want(204)
}
