package backup

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDevicesAreReadWhateverTheirAge(t *testing.T) {
	t.Parallel()
	seen := time.Date(2020, 9, 29, 16, 26, 32, 740e6, time.UTC)
	for name, tt := range map[string]struct {
		body string
		want Device
	}{
		"the usual": {
			`{"metadata":{"timestamp":"x"},"data":{"computerId":2682772,"name":"ANN-LT","osHostname":"ANN","guid":"1222906893738553990","status":"Active, Blocked",
			"active":true,"blocked":true,"alertStates":["OK","CriticalBackupAlert"],"userUid":"938960273869958201","orgUid":"915323705751579872","computerExtRef":null,
			"notes":"n","lastConnected":"2020-09-29T16:26:32.740Z","buildVersion":26,"productVersion":"8.2.2","backupUsage":[]}}`,
			Device{ID: 2682772, Name: "ANN-LT", HostName: "ANN", GUID: "1222906893738553990", Status: "Active, Blocked", Active: true, Blocked: true, Alerts: []string{"CriticalBackupAlert"}, UserUID: "938960273869958201", OrgUID: "915323705751579872", Notes: "n", LastConnected: seen, ClientBuild: "26", ClientVersion: "8.2.2"},
		},
		"bare, numbers for strings and strings for numbers": {
			`{"computerId":"2682772","guid":1222906893738553990,"userUid":9007199254740993,"name":42,"active":"true","blocked":0,"alertStates":"OK","lastConnected":"2020-09-29T11:26:32.740-05:00","notes":{"@locked":"true","#text":"kept"}}`,
			Device{ID: 2682772, GUID: "1222906893738553990", UserUID: "9007199254740993", Name: "42", Active: true, Alerts: []string{}, LastConnected: seen, Notes: "kept"},
		},
		"nothing but a GUID, and nonsense": {
			`{"guid":"1","computerId":1e300,"active":null,"lastConnected":"yesterday","name":["x"],"alertStates":{"x":1},"backupUsage":null}`,
			Device{GUID: "1"},
		},
		"a backup": {
			`{"guid":"1","backupUsage":[{"targetComputerGuid":"43","targetComputerName":"Cloud","archiveGuid":"9","archiveFormat":"ARCHIVE_V1","selectedFiles":"10","selectedBytes":9007199254740993,
			"percentComplete":"99.5","lastBackup":"2020-09-29T11:26:32.740-0500","lastCompletedBackup":1601396792740,"alertStates":["OK"],"activity":{"connected":true,"timeRemainingInMs":1500}}]}`,
			Device{GUID: "1", Backups: []Backup{{DestinationGUID: "43", DestinationName: "Cloud", ArchiveGUID: "9", ArchiveFormat: "ARCHIVE_V1", SelectedFiles: 10, SelectedBytes: 9007199254740993, PercentComplete: 99.5, LastBackup: seen, LastCompleted: seen, Alerts: []string{}, Connected: true, Remaining: 1500 * time.Millisecond}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, err := decodeDocument[deviceWire]([]byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, w.device()); diff != "" {
				t.Errorf("device (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOrgsAndUsersAreRead(t *testing.T) {
	t.Parallel()
	org, err := decodeDocument[orgWire]([]byte(`{"data":{"orgId":4200,"orgUid":"944755074379520001","orgGuid":"8c97h74umc2s8mmm","orgName":"Engineering","orgExtRef":"CC-17","active":true,"parentOrgUid":null,"type":"ENTERPRISE","creationDate":"2024-03-10T13:38:26.222Z"}}`))
	if err != nil {
		t.Fatal(err)
	}
	wantOrg := Org{ID: 4200, UID: "944755074379520001", GUID: "8c97h74umc2s8mmm", Name: "Engineering", ExternalReference: "CC-17", Active: true, Type: "ENTERPRISE", Created: time.Date(2024, 3, 10, 13, 38, 26, 222e6, time.UTC)}
	if diff := cmp.Diff(wantOrg, org.org()); diff != "" {
		t.Errorf("organization (-want +got):\n%s", diff)
	}
	for roles, want := range map[string][]string{
		`["Desktop User"]`: {"Desktop User"},
		`[{"roleId":"desktop-user","roleName":"Desktop User"},{"roleId":7}]`: {"Desktop User", "7"},
		`null`: nil, `"x"`: nil,
	} {
		user, err := decodeDocument[userWire]([]byte(`{"userUid":"1","username":"a@b.c","quotaInBytes":5,"roles":` + roles + `}`))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(User{UID: "1", Username: "a@b.c", Quota: 5, Roles: want}, user.user()); diff != "" {
			t.Errorf("user with roles %s (-want +got):\n%s", roles, diff)
		}
	}
	if user, err := decodeDocument[userWire]([]byte(`{"userUid":"1"}`)); err != nil || user.user().Quota != -1 {
		t.Errorf("a user without quota: %v, %v, want unlimited", user, err)
	}
}

func TestPagesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		``, `null`, `[]`, `"text"`, `<html>`, `{"data":null}`, `{"data":[]}`, `{"data":"x"}`, `{}`, `{"users":[]}`,
		`{"computers":{}}`, `{"computers":[1]}`, `{"computers":[{"name":"no guid"}]}`, `{"computers":[]`, `{"computers":[]} x`,
	} {
		if rows, _, err := decodePage[deviceWire]([]byte(body), "computers"); err == nil {
			t.Errorf("%s was read as %v", body, rows)
		}
	}
	for total, want := range map[string]int{`7`: 7, `"7"`: 7, `null`: -1, `"many"`: -1, `-3`: -1} {
		if _, got, err := decodePage[deviceWire]([]byte(`{"computers":[],"totalCount":`+total+`}`), "computers"); got != want || err != nil {
			t.Errorf("totalCount %s is %d, %v, want %d", total, got, err, want)
		}
	}
}

// Ids are digits of any length: as a string or as a number, they arrive as they were sent.
func TestIDsKeepEveryDigit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[1-9][0-9]{0,24}`).Draw(t, "id")
		for _, raw := range []string{id, strconv.Quote(id)} {
			w, err := decodeDocument[deviceWire](fmt.Appendf(nil, `{"guid":%s}`, raw))
			if err != nil || string(w.GUID) != id {
				t.Fatalf("%s became %q, %v", raw, w.GUID, err)
			}
		}
	})
}

// A moment survives in every form that was seen.
func TestTimesInEveryForm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, "ms")).UTC()
		zone := time.FixedZone("", rapid.IntRange(-14*60, 14*60).Draw(t, "offset")*60)
		for _, layout := range []string{"2006-01-02T15:04:05.000Z07:00", "2006-01-02T15:04:05.000Z0700", time.RFC3339Nano} {
			if s := want.In(zone).Format(layout); !parseTime(s).Equal(want) {
				t.Fatalf("%s became %v, want %v", s, parseTime(s), want)
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"data":{"computers":[{"guid":"1","alertStates":["OK"],"backupUsage":[{"activity":{"timeRemainingInMs":-1}}]}],"totalCount":"1"}}`,
		`{"guid":{"#text":{"#text":"x"}}}`, `{"data":{"orgUid":1e999}}`, `{"userUid":"1","roles":[{"roleName":{}}]}`, `[]`, "\xff", `{"data":`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if w, err := decodeDocument[deviceWire](body); err == nil {
			if !json.Valid(body) || w.device().GUID == "" {
				t.Errorf("read a device out of %q", body)
			}
		}
		if w, err := decodeDocument[userWire](body); err == nil {
			w.user()
		}
		if w, err := decodeDocument[orgWire](body); err == nil {
			w.org()
		}
		if rows, total, err := decodePage[deviceWire](body, "computers"); err == nil && total < -1 {
			t.Errorf("%d rows, total %d", len(rows), total)
		}
	})
}
