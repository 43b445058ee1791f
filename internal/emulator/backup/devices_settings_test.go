package backup

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDevicesFollow counts how many devices differ from what their organization gives them, and whether they have what a hold
// brings and are offered what they use.
func TestDevicesFollow(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true, Devices: 400, Users: 150})
	s := c.server.Snapshot()
	defaults := map[string]any{}
	for _, o := range s.Orgs {
		defaults[o.UID] = at(c.orgDoc(o), orgBackupPath()...)
	}
	differ, incydr := 0, 0
	for _, d := range s.Devices {
		doc := c.deviceDoc(d.GUID)
		if doc["service"] != "CrashPlan" {
			incydr++
			if doc["settings"] != nil || doc["availableDestinations"] != nil {
				t.Errorf("%s has settings: %v", d.Name, doc)
			}
			continue
		}
		backup := at(doc, deviceBackupPath()...).(map[string]any)
		sets := at(backup, "backupConfig", "backupSets").([]any)
		if held := at(sets, "9999"); (held != nil) != d.OnHold {
			t.Errorf("%s is on hold: %t, its set: %v", d.Name, d.OnHold, held)
		} else if d.OnHold {
			if at(held, "destinations", "@locked") != "true" || len(at(held, "destinations", "destination").([]any)) != 2 {
				t.Errorf("the set of a hold backs up to %v", at(held, "destinations"))
			}
			continue
		}
		if !cmp.Equal(backup, defaults[d.OrgUID]) {
			differ++
		}
	}
	if differ < 8 || differ > 32 {
		t.Errorf("%d of %d devices differ from their organization, want about one in twenty", differ, len(s.Devices))
	}
	if incydr != 1 {
		t.Errorf("%d devices have no settings, want 1", incydr)
	}
}

// TestDeviceSettings changes a device, lets its organization change, and lets the device follow again.
func TestDeviceSettings(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	s := c.server.Snapshot()
	orgs := map[string]Org{}
	for _, o := range s.Orgs {
		orgs[o.UID] = o
	}
	d := find(t, s.Devices, "plain device", func(d Device) bool {
		return d.Active && !d.OnHold && cmp.Equal(at(c.deviceDoc(d.GUID), deviceBackupPath()...), at(c.orgDoc(orgs[d.OrgUID]), orgBackupPath()...)) &&
			at(c.deviceDoc(d.GUID), deviceBackupPath("backupConfig", "backupSets", "1", "scanTime")...) == "03:00"
	})
	org := orgs[d.OrgUID]
	value := func(path ...string) string { return jsonOf(t, at(c.deviceDoc(d.GUID), deviceBackupPath(path...)...)) }
	set := func(key ...string) []string { return append([]string{"backupConfig", "backupSets", "1"}, key...) }
	check := func(want string, path ...string) {
		t.Helper()
		if got := value(path...); got != want {
			t.Errorf("%v is %s, want %s", path, got, want)
		}
	}

	doc := c.deviceDoc(d.GUID)
	doc["name"], doc["notes"], doc["computerExtRef"] = "Renamed", "noted", nil
	setAt(doc, "5040", deviceBackupPath("minutesUntilWarning")...)
	setAt(doc, "false", deviceBackupPath("backupStatusEmailEnabled")...) // locked to false already
	setAt(doc, "99999", deviceBackupPath("backupStatusEmailFreqInMinutes")...)
	setAt(doc, "04:00", deviceBackupPath(set("scanTime")...)...)
	setAt(doc, json.RawMessage(`[{"@id":"632540230984925185"}]`), deviceBackupPath(set("destinations")...)...)
	for range 2 {
		if got := c.putDevice(d, doc).want(http.StatusOK).object(); got["name"] != "Renamed" || got["notes"] != "noted" || got["computerExtRef"] != nil {
			t.Errorf("texts: %v, %v, %v", got["name"], got["notes"], got["computerExtRef"])
		}
	}
	check(`"5040"`, "minutesUntilWarning")
	check(`{"#text":"false","@locked":"true"}`, "backupStatusEmailEnabled")
	check(`{"#text":"10080","@locked":"true"}`, "backupStatusEmailFreqInMinutes")
	check(`"04:00"`, set("scanTime")...)
	check(`[{"@id":"632540230984925185"}]`, set("destinations")...)

	// What the organization changes reaches the device, but for what the device has of its own.
	if err := c.server.SetOrgSettings(org.UID, func(doc map[string]any) {
		setAt(doc, "9999", orgBackupPath("minutesUntilSevere")...)
		setAt(doc, "8888", orgBackupPath("minutesUntilWarning")...)
		setAt(doc, "1", orgBackupPath(set("scanInterval")...)...)
	}); err != nil {
		t.Fatal(err)
	}
	check(`"9999"`, "minutesUntilSevere")
	check(`"5040"`, "minutesUntilWarning")
	check(`"1"`, set("scanInterval")...)
	check(`"04:00"`, set("scanTime")...)

	// What the organization locks is the organization's.
	if err := c.server.LockOrgValue(org.UID, true, orgBackupPath("minutesUntilWarning")...); err != nil {
		t.Fatal(err)
	}
	check(`{"#text":"8888","@locked":"true"}`, "minutesUntilWarning")

	// A device that is sent what its organization has follows it from then on.
	doc = c.deviceDoc(d.GUID)
	setAt(doc, at(c.orgDoc(org), orgBackupPath()...), deviceBackupPath()...)
	c.putDevice(d, doc).want(http.StatusOK)
	check(`"03:00"`, set("scanTime")...)
	if err := c.server.SetOrgSettings(org.UID, func(doc map[string]any) { setAt(doc, "06:06", orgBackupPath(set("scanTime")...)...) }); err != nil {
		t.Fatal(err)
	}
	check(`"06:06"`, set("scanTime")...)
	if err := c.server.AddBackupSets(org.UID, 12); err != nil {
		t.Fatal(err)
	}
	if got := at(c.deviceDoc(d.GUID), deviceBackupPath("backupConfig", "backupSets")...).([]any); len(got) != 12 {
		t.Errorf("%d sets, want the organization's 12", len(got))
	}

	// Controls do the same without a request.
	if err := c.server.DriftDevice(d.GUID, "07:07", set("scanTime")...); err != nil {
		t.Fatal(err)
	}
	check(`"07:07"`, set("scanTime")...)

	// A set that the organization adds comes to a device with an edited one; a set that the device has dropped stays away.
	if err := c.server.AddBackupSets(org.UID, 13); err != nil {
		t.Fatal(err)
	}
	doc = c.deviceDoc(d.GUID)
	sets := at(doc, deviceBackupPath("backupConfig", "backupSets")...).([]any)
	if len(sets) != 13 || at(sets, "1", "scanTime") != "07:07" {
		t.Errorf("%d sets, the first at %v", len(sets), at(sets, "1", "scanTime"))
	}
	setAt(doc, sets[:12], deviceBackupPath("backupConfig", "backupSets")...)
	c.putDevice(d, doc).want(http.StatusOK)
	if err := c.server.AddBackupSets(org.UID, 14); err != nil {
		t.Fatal(err)
	}
	sets = at(c.deviceDoc(d.GUID), deviceBackupPath("backupConfig", "backupSets")...).([]any)
	if at(sets, "520012") != nil || at(sets, "520013") == nil {
		t.Errorf("%d sets, the dropped one: %v", len(sets), at(sets, "520012"))
	}
	if err := c.server.FollowOrg(d.GUID); err != nil {
		t.Fatal(err)
	}
	check(`"06:06"`, set("scanTime")...)
	for range 2 {
		c.putDevice(d, json.RawMessage(`{"settings":{"serviceBackupConfig":{}}}`)).want(http.StatusOK)
	}
	check(`"06:06"`, set("scanTime")...)
	c.putDevice(d, json.RawMessage(`[]`)).want(http.StatusBadRequest)
	c.do(http.MethodPut, "/api/v1/Computer/1", `{}`).want(http.StatusNotFound)
}

// TestHoldSetStays lets a client edit, take away and invent the set of a legal hold.
func TestHoldSetStays(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	d := find(t, c.server.Snapshot().Devices, "device on hold", func(d Device) bool {
		doc := c.deviceDoc(d.GUID)
		_, unlocked := at(doc, deviceBackupPath("backupConfig")...).(map[string]any)["backupSets"].([]any)
		return d.OnHold && unlocked
	})
	want := undated(c.deviceDoc(d.GUID))
	doc := c.deviceDoc(d.GUID)
	held := at(doc, deviceBackupPath("backupConfig", "backupSets", "9999")...).(map[string]any)
	held["name"], held["destinations"] = "Mine", map[string]any{"@cleared": "true"}
	c.putDevice(d, doc).want(http.StatusOK)
	if diff := cmp.Diff(want, undated(c.deviceDoc(d.GUID))); diff != "" {
		t.Errorf("an edit of the set of a hold (-before +after):\n%s", diff)
	}
	doc = c.deviceDoc(d.GUID)
	sets := at(doc, deviceBackupPath("backupConfig", "backupSets")...).([]any)
	setAt(doc, sets[1:], deviceBackupPath("backupConfig", "backupSets")...)
	c.putDevice(d, doc).want(http.StatusOK)
	if diff := cmp.Diff(want, undated(c.deviceDoc(d.GUID))); diff != "" {
		t.Errorf("without the set of a hold (-before +after):\n%s", diff)
	}
	if err := c.server.SetHold(d.UserUID, false); err != nil {
		t.Fatal(err)
	}
	c.putDevice(d, want).want(http.StatusOK) // still has the set
	if got := at(c.deviceDoc(d.GUID), deviceBackupPath("backupConfig", "backupSets", "9999")...); got != nil {
		t.Errorf("released, the device still has the set of a hold: %v", got)
	}
}

// TestIncydrDevice takes texts only.
func TestIncydrDevice(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	d := c.server.Snapshot().Devices[0]
	if err := c.server.SetIncydr(d.GUID, true); err != nil {
		t.Fatal(err)
	}
	doc := c.deviceDoc(d.GUID)
	if doc["service"] != "Artemis" || doc["settings"] != nil {
		t.Errorf("service %v, settings %v", doc["service"], doc["settings"])
	}
	doc["name"], doc["notes"], doc["settings"] = "Renamed", "noted", map[string]any{"serviceBackupConfig": map[string]any{"minutesUntilWarning": "1"}}
	if got := c.putDevice(d, doc).want(http.StatusOK).object(); got["name"] != d.Name || got["notes"] != "noted" || got["settings"] != nil {
		t.Errorf("%v, %v, %v", got["name"], got["notes"], got["settings"])
	}
	if err := c.server.SetDeviceSettings(d.GUID, func(map[string]any) {}); err == nil {
		t.Error("its settings were set")
	}
	if err := c.server.SetIncydr(d.GUID, false); err != nil {
		t.Fatal(err)
	}
	if got := at(c.deviceDoc(d.GUID), deviceBackupPath("minutesUntilWarning")...); got == "1" {
		t.Error("settings were taken from a device that has none")
	}
}

// TestAgentStates asks Macs whether their agent may read the whole disk, one by one and by organization.
func TestAgentStates(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	s := c.server.Snapshot()
	one := func(guid string) reply {
		return c.get("/api/v38/agent-state/view-by-device-guid?deviceGuid=" + guid + "&propertyName=fullDiskAccess")
	}
	got, denied := map[string]string{}, 0
	for _, o := range s.Orgs {
		all := decodeJSON[struct{ Data []map[string]string }](t, c.get(fmt.Sprintf("/api/v14/agent-state/view-by-organization-id?orgId=%d&propertyName=fullDiskAccess", o.ID)).want(http.StatusOK).raw)
		for _, row := range all.Data {
			got[row["deviceGuid"]] = o.UID + " " + row["value"]
			if row["value"] == "false" {
				denied++
			}
		}
	}
	want := map[string]string{}
	for _, d := range s.Devices {
		if d.OSName != "mac" {
			one(d.GUID).want(http.StatusNotFound)
			continue
		}
		want[d.GUID] = d.OrgUID + " " + text(one(d.GUID).want(http.StatusOK).object()["value"])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("by device, by organization:\n%s", diff)
	}
	if denied < 30 || denied > 120 {
		t.Errorf("%d of %d Macs deny access, want about a fifth", denied, len(want))
	}
	mac := find(t, s.Devices, "Mac", func(d Device) bool { return d.OSName == "mac" })
	for _, allowed := range []bool{true, false} {
		if err := c.server.SetFullDiskAccess(mac.GUID, allowed); err != nil {
			t.Fatal(err)
		}
		if got := one(mac.GUID).object(); got["value"] != fmt.Sprint(allowed) || got["propertyName"] != "fullDiskAccess" {
			t.Errorf("set to %t: %v", allowed, got)
		}
	}
	c.get("/api/v38/agent-state/view-by-device-guid?deviceGuid=" + mac.GUID + "&propertyName=other").want(http.StatusNotFound)
	c.get("/api/v38/agent-state/view-by-organization-id?orgId=1&propertyName=fullDiskAccess").want(http.StatusNotFound)
	win := find(t, s.Devices, "Windows computer", func(d Device) bool { return d.OSName == "win" })
	if err := c.server.SetFullDiskAccess(win.GUID, true); err == nil {
		t.Error("a computer that is no Mac was given access")
	}
}
