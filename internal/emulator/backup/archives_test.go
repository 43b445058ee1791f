package backup

import (
	"net/http"
	"testing"
	"time"
)

// A deactivated device's archives lie in cold storage until its organization's days are over, or until a day that
// somebody chose; a reactivated device has them back.
func TestColdStorage(t *testing.T) {
	t.Parallel()
	now := testTime()
	c := start(t, Options{Calm: true, TokenLife: 10_000 * time.Hour, Now: func() time.Time { return now }})
	s := c.server.Snapshot()
	device := find(t, s.Devices, "active device", func(d Device) bool { return d.Active && !d.OnHold })
	if err := c.server.SetArchiveHoldDays(device.OrgUID, 30); err != nil {
		t.Fatal(err)
	}
	org := find(t, s.Orgs, "organization of the device", func(o Org) bool { return o.UID == device.OrgUID })
	cold := func() map[string]string {
		t.Helper()
		expires := map[string]string{}
		for _, row := range c.get("/api/v1/ColdStorage?orgId=" + text(org.ID) + "&incChildOrgs=False").want(http.StatusOK).list("coldStorageRows") {
			expires[text(row["archiveGuid"])] = text(row["archiveHoldExpireDate"])
		}
		return expires
	}
	archives := c.get("/api/v1/Archive?backupSourceGuid=" + device.GUID).want(http.StatusOK).list("archives")
	usages := c.get("/api/v1/Computer/" + device.GUID + "?idType=guid&incBackupUsage=True").want(http.StatusOK).list("backupUsage")
	if len(archives) != len(usages) || text(archives[0]["archiveGuid"]) != text(usages[0]["archiveGuid"]) ||
		text(archives[0]["archiveBytes"]) != text(usages[0]["archiveBytes"]) || archives[0]["isColdStorage"] != false {
		t.Fatalf("archives %v of backups %v", archives, usages)
	}
	guid := text(archives[0]["archiveGuid"])
	change := func(what string) {
		t.Helper()
		c.do(http.MethodPost, "/api/v38/computer-deactivation/"+what, `{"id":`+text(device.ID)+`}`).want(http.StatusNoContent)
	}
	expect := func(what, want string) {
		t.Helper()
		if got := cold()[guid]; got != want {
			t.Errorf("%s it expires at %q, want %q", what, got, want)
		}
	}
	expect("at first", "")
	change("update")
	expect("deactivated", "2026-04-01T09:30:00.000Z")
	if r := c.get("/api/v1/Archive/" + guid).want(http.StatusOK).object(); r["isColdStorage"] != true {
		t.Errorf("in cold storage: %v", r)
	}
	now = now.Add(24 * time.Hour)
	change("update")
	expect("deactivated again", "2026-04-01T09:30:00.000Z")
	c.do(http.MethodPut, "/api/v1/coldStorage/"+guid+"?idType=guid", `{"archiveHoldExpireDate":"2026-03-31"}`).want(http.StatusNoContent)
	expect("with a day of its own", "2026-03-31T00:00:00.000Z")
	change("remove")
	expect("reactivated", "")
	change("update")
	expect("deactivated once more", "2026-04-02T09:30:00.000Z")

	now = now.AddDate(0, 0, 30)
	expect("past its time", "")
	c.get("/api/v1/Archive/" + guid).want(http.StatusNotFound)
	c.do(http.MethodPut, "/api/v1/coldStorage/"+guid+"?idType=guid", `{"archiveHoldExpireDate":"2027-03-31"}`).want(http.StatusNotFound)
	c.do(http.MethodPut, "/api/v1/coldStorage/404?idType=guid", `{"archiveHoldExpireDate":"2027-03-31"}`).want(http.StatusNotFound)
	c.do(http.MethodPut, "/api/v1/coldStorage/"+guid+"?idType=guid", `{"archiveHoldExpireDate":"soon"}`).want(http.StatusBadRequest)
}

// TestColdStorageLists sorts by what is asked for and pages.
func TestColdStorageLists(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true, MaxPageSize: 7})
	root := text(c.server.Snapshot().Orgs[0].ID)
	for _, key := range []string{"archiveHoldExpireDate", "orgName", "archiveBytes", "mountPointName", "archiveType"} {
		up := c.get("/api/v1/ColdStorage?pgSize=5&orgId=" + root + "&srtKey=" + key + "&srtDir=asc").want(http.StatusOK).list("coldStorageRows")
		down := c.get("/api/v1/ColdStorage?pgSize=500&orgId=" + root + "&srtKey=" + key + "&srtDir=desc").want(http.StatusOK).list("coldStorageRows")
		if len(up) != 5 || len(down) != 7 || text(up[0]["archiveGuid"]) == text(down[0]["archiveGuid"]) {
			t.Errorf("%s: %d up, %d down", key, len(up), len(down))
		}
	}
	c.get("/api/v1/ColdStorage?orgId=7").want(http.StatusNotFound)
	if rows := c.get("/api/v1/ColdStorage?orgId=" + root + "&incChildOrgs=False").want(http.StatusOK).list("coldStorageRows"); len(rows) >= 7 {
		t.Errorf("the root itself holds %d archives in cold storage", len(rows))
	}
	person := find(t, c.server.Snapshot().Devices, "device", func(d Device) bool { return d.Active })
	for _, query := range []string{"userUid=" + person.UserUID, "destinationGuid=43"} {
		if got := c.get("/api/v1/Archive?" + query).want(http.StatusOK).list("archives"); len(got) == 0 {
			t.Errorf("no archives of %s", query)
		}
	}
}

// TestOrgSettings tells what an organization says itself, what it would have from above, and what holds.
func TestOrgSettings(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	s := c.server.Snapshot()
	parent := find(t, s.Orgs, "organization below the root", func(o Org) bool { return o.Level == 2 })
	child := find(t, s.Orgs, "organization below it", func(o Org) bool { return o.ParentUID == parent.UID })
	if err := c.server.SetArchiveHoldDays(parent.UID, 14); err != nil {
		t.Fatal(err)
	}
	days := func(o Org, part string) string {
		settings := c.get("/api/v3/orgs/" + o.GUID + "?incSettings=True").want(http.StatusOK).object()[part].(map[string]any)
		return text(settings["archiveHoldDays"])
	}
	for part, want := range map[string][2]string{"settings": {"14", "14"}, "settingsInherited": {"60", "14"}, "settingsSummary": {"14", "14"}} {
		if got := [2]string{days(parent, part), days(child, part)}; got != want {
			t.Errorf("%s: %v days, want %v", part, got, want)
		}
	}
	if plain := c.get("/api/v3/orgs/" + parent.GUID).want(http.StatusOK).object()["settings"].(map[string]any); plain["archiveHoldDays"] != nil {
		t.Errorf("settings that nobody asked for: %v", plain)
	}
}
