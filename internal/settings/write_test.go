package settings_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/settings"
)

// withSet is a device's document with one backup set.
func withSet(members string) string {
	return `{"guid":"12","name":"D","availableDestinations":[{"guid":"43","destinationName":"Cloud"},{"guid":"44","destinationName":"West"}],` +
		`"settings":{"serviceBackupConfig":{"warningEmailEnabled":"true","backupConfig":{"backupSets":[{"@id":"1","name":"S",` + members + `}]}}}}`
}

// TestWriteShapes edits each form in which the vendor writes lists, and holds what is sent against the form that it takes.
func TestWriteShapes(t *testing.T) {
	t.Parallel()
	paths := func(pathset string) string { return `"backupPaths":{"pathset":` + pathset + `}` }
	patterns := func(excludeUser string) string { return `"backupPaths":{"excludeUser":` + excludeUser + `}` }
	written := func(entries, cleared string) string {
		return paths(`{"paths":{"@os":"Linux","path":[` + entries + `],"@cleared":"` + cleared + `"}}`)
	}
	const one = `{"@include":"C:/","@und":"false"}`
	tests := []struct {
		name, from, list, to, want string
	}{
		{"none", paths(`[{"@cleared":"true","@os":"Linux"}]`), "includes", `["C:/"]`, written(one, "false")},
		{"none in paths", paths(`[{"paths":{"@os":"Linux","path":[],"@cleared":"true"}}]`), "includes", `["C:/"]`, written(one, "false")},
		{"one", paths(`[{"path":{"@include":"C:/"},"@os":"Linux"}]`), "excludes", `["C:/x<y"]`, written(one+`,{"@exclude":"C:/x<y","@und":"false"}`, "false")},
		{"many", paths(`[{"path":[{"@include":"C:/"},{"@exclude":"C:/a"}],"@os":"Linux"}]`), "excludes", `[]`, written(one, "false")},
		{"includes first", paths(`[{"path":[{"@exclude":"C:/a"},{"@include":"D:/"}]}]`), "includes", `["C:/"]`, written(one+`,{"@exclude":"C:/a","@und":"false"}`, "false")},
		{"written form", written(one, "false"), "includes", `["C:/","D:/"]`, written(one+`,{"@include":"D:/","@und":"false"}`, "false")},
		{"the last one goes", paths(`[{"path":[{"@include":"C:/"},{"@exclude":"C:/a"}]}]`), "includes", `[]`, written("", "true")},
		{"an entry keeps what it says", paths(`[{"path":{"@include":"C:/","@und":"true"}}]`), "includes", `["D:/","C:/"]`, written(`{"@include":"D:/","@und":"false"},{"@include":"C:/","@und":"true"}`, "false")},
		{
			"what the portal has no name for", paths(`[{"@os":"Linux","@x":[1],"path":{"@include":"C:/"}}]`), "includes", `[]`,
			paths(`{"paths":{"@os":"Linux","path":[],"@cleared":"true","@x":[1]}}`),
		},
		{
			"the same of patterns", patterns(`[{"@x":{"y":1.0},"windows":[]}]`), "patterns", `["a"]`,
			patterns(`{"patternList":{"pattern":[{"@regex":"a"}],"windows":{"pattern":[]},"macintosh":{"pattern":[]},"linux":{"pattern":[]},"@x":{"y":1.0}}}`),
		},
		{
			"patterns", patterns(`[{"windows":[],"linux":[],"macintosh":[]}]`), "patterns", `[".*\\.iso"]`,
			patterns(`{"patternList":{"pattern":[{"@regex":".*\\.iso"}],"windows":{"pattern":[]},"macintosh":{"pattern":[]},"linux":{"pattern":[]}}}`),
		},
		{
			"those of systems stay", patterns(`[{"windows":{"pattern":{"@regex":"w","@x":"1"}},"linux":[],"macintosh":[{"unheard":"of"}],"pattern":{"@regex":".*"}}]`), "patterns", `[]`,
			patterns(`{"patternList":{"pattern":[],"windows":{"pattern":[{"@regex":"w","@x":"1"}]},"macintosh":[{"unheard":"of"}],"linux":{"pattern":[]}}}`),
		},
		{
			"of one system", patterns(`[{"windows":[],"linux":[],"macintosh":[],"pattern":[{"@regex":"a"},{"@regex":"b"}]}]`), "patternsLinux", `["l"]`,
			patterns(`{"patternList":{"pattern":[{"@regex":"a"},{"@regex":"b"}],"windows":{"pattern":[]},"macintosh":{"pattern":[]},"linux":{"pattern":[{"@regex":"l"}]}}}`),
		},

		{"destination added", `"destinations":[{"@id":"43","@locked":"true","@x":"1"}]`, "destinations", `["43!","44"]`, `"destinations":[{"@id":"43","@locked":"true","@x":"1"},{"@id":"44"}]`},
		{"destination locked", `"destinations":[{"@id":"43"}]`, "destinations", `["43!"]`, `"destinations":[{"@id":"43","@locked":"true"}]`},
		{"last destination", `"destinations":[{"@id":"43"}]`, "destinations", `[]`, `"destinations":{"@cleared":"true"}`},
		{"first destination", `"destinations":{"@cleared":"true"}`, "destinations", `["44"]`, `"destinations":[{"@id":"44"}]`},
		{"scalar", `"scanTime":"03:00"`, "scanTime", `04:00`, `"scanTime":"04:00"`},
		{"nil", `"scanTime":{ "@nil" : "true" }`, "scanTime", `04:00`, `"scanTime":"04:00"`},
		{"text beside others", `"scanTime":{"#text":"03:00","@x":1}`, "scanTime", `04:00`, `"scanTime":{"#text":"04:00","@x":1}`},
		{"window", `"backupRunWindow":[{"@always":"true","@days":"SMTWHFS"}]`, "runDays", `_MTWHF_`, `"backupRunWindow":[{"@always":"true","@days":"_MTWHF_"}]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := settings.OfDevice([]byte(withSet(tt.from)))
			if err != nil {
				t.Fatal(err)
			}
			document, packets, err := s.Apply(settings.Changes{{Key: settings.Key("set.1." + tt.list), To: tt.to}})
			if err != nil || packets != nil {
				t.Fatalf("%s %v", packets, err)
			}
			if diff := cmp.Diff(withSet(tt.want), string(document)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestWhatCannotBeEdited lists the locks and forms that are shown with a reason and never written.
func TestWhatCannotBeEdited(t *testing.T) {
	t.Parallel()
	const locked = "Locked by the device’s organization."
	const lockedSet = "This backup set is locked: only its destinations can be changed."
	const unknown = "The vendor writes it in a form that the portal does not know."
	tests := []struct {
		name, set, value string
		own, why         string
		lock             bool
	}{
		{"scalar", `"scanTime":{"@locked":"true","#text":"03:00"}`, "scanTime", "03:00", locked, true},
		{"not locked after all", `"scanTime":{"@locked":"false","#text":"03:00"}`, "scanTime", "03:00", "", false},
		{"set", `"@locked":"true","scanTime":"03:00"`, "scanTime", "03:00", lockedSet, true},
		{"destinations of a locked set", `"@locked":"true","destinations":[{"@id":"43"}]`, "destinations", `["43"]`, "", false},
		{"pathset", `"backupPaths":{"pathset":{"@locked":"true","paths":{"@os":"Linux","path":{"@include":":user/"}}}}`, "includes", `[":user/"]`, locked, true},
		{"its other list", `"backupPaths":{"pathset":{"@locked":"true","paths":{"@cleared":"true","@os":"Linux"}}}`, "excludes", `[]`, locked, true},
		{"excludeUser", `"backupPaths":{"excludeUser":{"@locked":"true","patternList":{"pattern":{"@regex":"a"},"windows":[]}}}`, "patternsWindows", `[]`, locked, true},
		{"window", `"backupRunWindow":{"@locked":"true","runWindow":{"@days":"SMTWHFS"}}`, "runDays", "SMTWHFS", locked, true},
		{"no such value", `"x":1`, "scanTime", "", "The vendor’s document has no such value.", false},
		{"no such list", `"x":1`, "includes", "[]", "The vendor’s document has no such value.", false},
		{"several lists of files", `"backupPaths":{"pathset":[{"path":[]},{"path":[]}]}`, "includes", "[]", unknown, false},
		{"a path that is none", `"backupPaths":{"pathset":[{"path":[7]}]}`, "includes", "[]", unknown, false},
		{"several lists of patterns", `"backupPaths":{"excludeUser":[{},{}]}`, "patterns", "[]", unknown, false},
		{"destinations of no form", `"destinations":7`, "destinations", "[]", unknown, false},
		{"encryption", `"encryptionEnabled":"true"`, "encryptionEnabled", "true", "Shown only: it is not set through the interface that the portal uses.", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := settings.OfDevice([]byte(withSet(tt.set)))
			if err != nil {
				t.Fatal(err)
			}
			k := settings.Key("set.1." + tt.value)
			v, ok := s.Value(k)
			if !ok || v.Own != tt.own || v.Why != tt.why || v.Locked != tt.lock {
				t.Fatalf("%q, locked %t, why %q", v.Own, v.Locked, v.Why)
			}
			to := map[settings.Kind]string{settings.List: `["x"]`, settings.Used: `["44"]`, settings.Weekdays: "_M_____", settings.TimeOfDay: "05:00", settings.Bool: "false"}[v.Kind]
			change := settings.Changes{{Key: k, From: v.Own, To: to}}
			left, _, refused := change.Against(s)
			document, _, err := s.Apply(change)
			if refused[k] != tt.why || (tt.why == "") != (err == nil && document != nil && len(left) == 1) {
				t.Errorf("left %v, refused %q, applied %v", left, refused, err)
			}
		})
	}
}

func TestGarbageIsAnError(t *testing.T) {
	t.Parallel()
	documents := []string{
		"", " ", "null", "7", `"x"`, "[]", "{}", "<html>", `{"orgUid":"1"`, `{"orgUid":"1"} x`, "\x00", `{"data":[]}`, strings.Repeat("[", 100_000),
		`{"orgUid":"1","guid":"1","x":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`,
	}
	for _, document := range documents {
		if s, err := settings.OfOrganization([]byte(document), nil); err == nil || len(s.Values()) > 0 {
			t.Errorf("organization: %.60q is taken", document)
		}
		if s, err := settings.OfDevice([]byte(document)); err == nil || len(s.Values()) > 0 {
			t.Errorf("device: %.60q is taken", document)
		}
		if s, err := settings.OfOrganization([]byte(`{"orgUid":"1"}`), []byte(document)); err == nil && document != "{}" && document != `{"data":[]}` {
			t.Errorf("packets: %.60q are taken: %v", document, s.Values())
		}
	}
	for _, params := range []map[string]string{
		{"": `["",""]`},
		{"nonsense": `["",""]`},
		{"set.1.nonsense": `["",""]`},
		{"set..name": `["",""]`},
		{"quota.maxSeats": ""},
		{"quota.maxSeats": `["1"]`},
		{"quota.maxSeats": `["1","2","3"]`},
		{"quota.maxSeats": `["1",null]`},
		{"quota.maxSeats": `["1",2]`},
		{"quota.maxSeats": `["1","2"] `},
		{"quota.maxSeats": `{"from":"1"}`},
		{"other." + strings.Repeat("x", 600): `["",""]`},
	} {
		if c, err := settings.ParseParams(params); err == nil {
			t.Errorf("%v is taken as %v", params, c)
		}
	}
}

// TestZeroSheet: a sheet that was never read has nothing, and does not fall over.
func TestZeroSheet(t *testing.T) {
	t.Parallel()
	var s settings.Sheet
	sets, locked := s.Sets()
	_, _, known := s.Inherits(settings.ByQuota)
	_, there := s.Value("general.name")
	if len(s.Values())+len(s.Sections())+len(s.In(settings.Quota))+len(sets)+len(s.Destinations()) > 0 || locked || known || there || s.RegistrationKey() != "" {
		t.Error("a sheet of nothing has something")
	}
	if _, _, refused := (settings.Changes{{Key: "general.name", To: "x"}}).Against(s); len(refused) != 1 {
		t.Error("a sheet of nothing takes a change")
	}
	if document, packets, err := s.Apply(nil); document != nil || packets != nil || err != nil {
		t.Errorf("%s %s %v", document, packets, err)
	}
	if d := settings.Compare(s, s); len(d)+len(settings.Drift(s, s)) > 0 {
		t.Error("nothing differs from nothing")
	}
}

// TestBigNumbersStay keeps what a float would round, and escapes that nobody needs.
func TestBigNumbersStay(t *testing.T) {
	t.Parallel()
	const document = " {\"orgId\":4200,\"orgUid\":\"1\",\"big\":9007199254740993, \"x\":1.10E+2,\"settings\":{\"maxSeats\" : 9007199254740993,\"archiveHoldDays\":1.40E+1,\"t\":\"\\u0041\\/\"}}\r\n"
	s, err := settings.OfOrganization([]byte(document), nil)
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := s.Value("quota.maxSeats"); v.Own != "9007199254740993" {
		t.Errorf("read %s", v.Own)
	}
	if v, _ := s.Value("quota.archiveHoldDays"); v.Own != "1.40E+1" {
		t.Errorf("read %s", v.Own)
	}
	got, _, err := s.Apply(settings.Changes{{Key: "quota.maxSeats", To: "5"}})
	if err != nil || string(got) != strings.Replace(document, ": 9007199254740993", ": 5", 1) {
		t.Errorf("%s %v", got, err)
	}
}

// TestPacketsBody is what the vendor's SDKs send when endpoint monitoring goes off, and on for one of its features.
func TestPacketsBody(t *testing.T) {
	t.Parallel()
	organization := func(monitoring string) settings.Sheet {
		members := make([]string, 0, 7)
		for _, key := range strings.Fields(`org-securityTools-enable device_advancedExfiltrationDetection_enabled org-securityTools-cloud-detection-enable
			org-securityTools-open-file-detection-enable org-securityTools-device-detection-enable org_securityTools_printer_detection_enable device_fileForensics_enabled`) {
			members = append(members, fmt.Sprintf(`%q:{"value":%q,"locked":false,"id":4200}`, key, monitoring))
		}
		s, err := settings.OfOrganization([]byte(`{"orgId":4200,"orgUid":"1"}`), []byte("{"+strings.Join(members, ",")+"}"))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	type packet struct {
		Key, Value string
		Locked     *bool
	}
	tests := []struct {
		name, before string
		change       settings.Change
		want         map[string]string
	}{
		{"off", "true", settings.Change{Key: settings.Monitoring, To: "false"}, map[string]string{
			"org-securityTools-enable": "false", "device_advancedExfiltrationDetection_enabled": "false", "org-securityTools-cloud-detection-enable": "false",
			"org-securityTools-open-file-detection-enable": "false", "org-securityTools-device-detection-enable": "false", "org_securityTools_printer_detection_enable": "false",
		}},
		{"a feature on", "false", settings.Change{Key: "endpoint.device_fileForensics_enabled", To: "true"}, map[string]string{
			"org-securityTools-enable": "true", "device_advancedExfiltrationDetection_enabled": "true", "device_fileForensics_enabled": "true",
		}},
		{"a feature off", "true", settings.Change{Key: "endpoint.device_fileForensics_enabled", To: "false"}, map[string]string{"device_fileForensics_enabled": "false"}},
		{"a list", "true", settings.Change{Key: "endpoint.device_org_macAppActivity_binaryWhitelist", To: `["a","b"]`}, map[string]string{"device_org_macAppActivity_binaryWhitelist": "a,b"}},
	}
	for _, tt := range tests {
		document, body, err := organization(tt.before).Apply(settings.Changes{tt.change})
		var sent struct{ Packets []packet }
		if err != nil || document != nil || json.Unmarshal(body, &sent) != nil {
			t.Fatalf("%s: %s %s %v", tt.name, document, body, err)
		}
		got := map[string]string{}
		for _, p := range sent.Packets {
			got[p.Key] = p.Value
			if p.Locked == nil || *p.Locked {
				t.Errorf("%s: %s is sent as locked", tt.name, p.Key)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || len(got) != len(sent.Packets) {
			t.Errorf("%s: %s", tt.name, diff)
		}
		if first := sent.Packets[0].Key; len(got) > 1 && first != "org-securityTools-enable" {
			t.Errorf("%s: %s is sent before monitoring", tt.name, first)
		}
	}
	both := settings.Changes{{Key: settings.Monitoring, From: "true", To: "false"}, {Key: "endpoint.device_fileForensics_enabled", From: "false", To: "true"}}
	if _, _, err := organization("false").Apply(both); err == nil {
		t.Error("monitoring goes off and a feature of it on")
	}
}
