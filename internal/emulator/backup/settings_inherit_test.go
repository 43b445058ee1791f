package backup

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestInheritance follows values down a branch of the tree: what an organization says holds below it until one there says
// otherwise, and again when that one follows.
func TestInheritance(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true, FanOut: []int{2, 2, 2}, Devices: 20, Users: 5})
	s := c.server.Snapshot()
	branch := []Org{s.Orgs[0]}
	for len(branch) < 4 {
		parent := branch[len(branch)-1]
		branch = append(branch, find(t, s.Orgs, "child", func(o Org) bool { return o.ParentUID == parent.UID }))
	}
	region, leaf := branch[1], branch[3]
	write := func(o Org, edit func(doc map[string]any)) {
		t.Helper()
		doc := c.orgDoc(o)
		edit(doc)
		c.putOrg(o, doc).want(http.StatusOK)
	}
	row := func(o Org) string {
		doc := c.orgDoc(o)
		return fmt.Sprint(
			at(doc, "settings", "maxSeats"), " ", at(doc, "settingsInherited", "maxSeats"), " ", at(doc, "settingsSummary", "maxSeats"), " ", at(doc, "settings", "isUsingQuotaDefaults"), "; ",
			at(doc, "settings", "warnInDays"), " ", at(doc, "settings", "isUsingReportingDefaults"), "; ",
			at(doc, "settings", "webRestoreUserLimitMb"), "; ", len(at(doc, "settings", "destinations").([]any)), " ", at(doc, "settings", "isUsingDestinationDefaults"), "; ",
			at(doc, orgBackupPath("minutesUntilSevere")...), " ", doc["customConfig"], "; ",
			at(doc, "orgInheritDto", "orgNameProvidingOrg"), ", ", at(doc, "orgInheritDto", "orgNameProvidingDestinations"), ", ", at(doc, "orgInheritDto", "orgUidProvidingDeviceDefaults"),
		)
	}
	check := func(what string, want ...string) {
		t.Helper()
		for i, o := range []Org{branch[0], region, leaf} {
			want := strings.NewReplacer("ROOT", branch[0].Name, "R-UID", branch[0].UID, "REGION", region.Name, "G-UID", region.UID).Replace(want[i])
			if got := row(o); got != want {
				t.Errorf("%s: %s has\n%s, want\n%s", what, o.Name, got, want)
			}
		}
	}
	check("at first",
		"-1 -1 -1 false; 5 false; 250; 2 false; 7200 true; <nil>, <nil>, <nil>",
		"-1 -1 -1 true; 5 true; 250; 2 true; 7200 false; ROOT, ROOT, R-UID",
		"-1 -1 -1 true; 5 true; 250; 2 true; 7200 false; ROOT, ROOT, R-UID")
	write(branch[0], func(doc map[string]any) {
		setAt(doc, 900, "settings", "maxSeats")
		setAt(doc, 99, "settings", "webRestoreUserLimitMb")
		setAt(doc, "1440", orgBackupPath("minutesUntilSevere")...)
	})
	check("said by the root",
		"900 -1 900 false; 5 false; 99; 2 false; 1440 true; <nil>, <nil>, <nil>",
		"900 900 900 true; 5 true; 99; 2 true; 1440 false; ROOT, ROOT, R-UID",
		"900 900 900 true; 5 true; 99; 2 true; 1440 false; ROOT, ROOT, R-UID")
	write(region, func(doc map[string]any) {
		setAt(doc, false, "settings", "isUsingDestinationDefaults")
		setAt(doc, json.RawMessage(`[{"guid":"43"}]`), "settings", "destinations")
		delete(doc, "deviceDefaults")
	})
	if used := jsonOf(t, at(c.orgDoc(leaf), orgBackupPath("backupConfig", "backupSets", "1", "destinations")...)); used != `[{"@id":"43","@locked":"true"}]` {
		t.Errorf("a set below the region backs up to %s, which is not all offered", used)
	}
	write(region, func(doc map[string]any) {
		setAt(doc, false, "settings", "isUsingQuotaDefaults")
		setAt(doc, 40, "settings", "maxSeats")
		setAt(doc, "2880", orgBackupPath("minutesUntilSevere")...)
	})
	check("said by the region",
		"900 -1 900 false; 5 false; 99; 2 false; 1440 true; <nil>, <nil>, <nil>",
		"40 900 40 false; 5 true; 99; 1 false; 2880 true; <nil>, <nil>, <nil>",
		"40 40 40 true; 5 true; 99; 1 true; 2880 false; REGION, REGION, G-UID")
	write(leaf, func(doc map[string]any) { // the flag was left alone: the value is the region's
		setAt(doc, 7, "settings", "maxSeats")
		setAt(doc, 50, "settings", "webRestoreUserLimitMb")
		setAt(doc, false, "settings", "isUsingReportingDefaults")
		setAt(doc, json.RawMessage(`{"@locked":"true","#text":"9"}`), "settings", "warnInDays")
	})
	check("said by the leaf",
		"900 -1 900 false; 5 false; 99; 2 false; 1440 true; <nil>, <nil>, <nil>",
		"40 900 40 false; 5 true; 99; 1 false; 2880 true; <nil>, <nil>, <nil>",
		"40 40 40 true; 9 false; 50; 1 true; 2880 false; <nil>, REGION, G-UID")
	write(region, func(doc map[string]any) {
		setAt(doc, true, "settings", "isUsingQuotaDefaults")
		setAt(doc, true, "settings", "isUsingDestinationDefaults")
	})
	check("the region follows again",
		"900 -1 900 false; 5 false; 99; 2 false; 1440 true; <nil>, <nil>, <nil>",
		"900 900 900 true; 5 true; 99; 2 true; 2880 true; ROOT, ROOT, <nil>",
		"900 900 900 true; 9 false; 50; 2 true; 2880 false; <nil>, ROOT, G-UID")
	for value, path := range map[string][]string{`"many"`: {"settings", "maxSeats"}, `-2`: {"settings", "maxBytes"}, `"x"`: {"settings", "recipients"}, `""`: {"orgName"}, `1`: {"settings", "sendReports"}} {
		doc := c.orgDoc(leaf)
		setAt(doc, false, "settings", "isUsingQuotaDefaults")
		setAt(doc, json.RawMessage(value), path...)
		c.putOrg(leaf, doc).want(http.StatusBadRequest)
	}
	c.do(http.MethodPut, fmt.Sprintf("/api/v1/Org/%d", leaf.ID), `[]`).want(http.StatusBadRequest)
	c.do(http.MethodPut, "/api/v1/Org/1", `{}`).want(http.StatusNotFound)
}

// TestOrgDocumentTexts changes what an organization is called and what is noted about it; null clears, absent leaves alone.
func TestOrgDocumentTexts(t *testing.T) {
	t.Parallel()
	c := start(t, Options{Calm: true})
	o := c.server.Snapshot().Orgs[7]
	c.putOrg(o, map[string]any{"orgName": "Naval Design", "notes": "n", "orgExtRef": "x"}).want(http.StatusOK)
	got := c.putOrg(o, map[string]any{"notes": nil}).want(http.StatusOK).object()
	if got["orgName"] != "Naval Design" || got["notes"] != nil || got["orgExtRef"] != "x" {
		t.Errorf("%v, %v, %v", got["orgName"], got["notes"], got["orgExtRef"])
	}
}
