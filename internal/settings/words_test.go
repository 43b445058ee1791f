package settings_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/settings"
)

var update = flag.Bool("update", false, "write the golden files anew")

const packets = `{
	"device_webRestore_enabled": {"scope": "ORG", "value": "true", "locked": false, "id": 42},
	"org-securityTools-enable": {"scope": "ORG", "value": "false", "locked": false, "id": 4200},
	"org_securityTools_printer_detection_enable": {"scope": "ORG", "value": "false", "locked": true, "id": 1},
	"device_org_winAppActivity_binaryWhitelist": {"scope": "ORG", "value": "a.exe,b.exe", "locked": false, "id": 4200},
	"device_upgrade_delay": {"scope": "ORG", "value": "60", "locked": false, "id": 42},
	"c42.msa.acceptance": {"scope": "ORG", "value": "{\"accepted\":\"true\"}", "locked": true, "id": 42}
}`

func exampleOrganization(t testing.TB) settings.Sheet {
	s, err := settings.OfOrganization(example(t, "example-org-settings.json"), []byte(packets))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func exampleDevice(t testing.TB) settings.Sheet {
	s, err := settings.OfDevice(example(t, "example-device-settings.json"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestExampleWords is the golden table of all that is said of the vendor's two example documents.
func TestExampleWords(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]settings.Sheet{"organization": exampleOrganization(t), "device": exampleDevice(t)} {
		var b strings.Builder
		for _, section := range s.Sections() {
			fmt.Fprintf(&b, "\n%s: %s (read only: %t)\n", section.Group, section.Label, section.ReadOnly)
			for _, v := range s.In(section.Group) {
				state := ""
				if v.Inherited {
					state += " inherited from " + v.Provider
				}
				if v.Locked {
					state += " locked"
				}
				if v.ReadOnly {
					state += " read-only"
				}
				if v.Absent {
					state += " absent"
				}
				if v.Why != "" {
					state += " (" + v.Why + ")"
				}
				fmt.Fprintf(&b, "  %s = %s | %s: %s | typed %q%s\n", v.Key, v.Own, v.Label, s.Words(v.Property, v.Effective), s.Typed(v.Property, v.Own), state)
			}
		}
		path := "testdata/" + name + ".golden"
		if *update {
			if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("%s (-want +got; -update writes it anew):\n%s", path, diff)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	s := exampleOrganization(t)
	tests := []struct {
		key             settings.Key
		canonical, want string
	}{
		{"quota.maxSeats", "-1", "unlimited"},
		{"quota.maxSeats", "1", "1"},
		{"quota.archiveHoldDays", "1", "1 day"},
		{"quota.archiveHoldDays", "-1", "-1 days"},
		{"quota.archiveHoldDays", "", "not set"},
		{"quota.maxBytes", "1500000000", "1.5 GB"},
		{"quota.maxBytes", "1", "0.000000001 GB"},
		{"quota.maxBytes", "much", "much"},
		{"restore.webRestoreUserLimitMb", "250", "250 MB"},
		{"defaults.minutesUntilWarning", "5040", "3.5 days"},
		{"defaults.minutesUntilWarning", "1440", "1 day"},
		{"defaults.minutesUntilWarning", "soon", "soon"},
		{"defaults.warningEmailEnabled", "true", "yes"},
		{"defaults.warningEmailEnabled", "maybe", "maybe"},
		{"reporting.reportSchedule", "_______", "never"},
		{"reporting.reportSchedule", "SMTWHFS", "every day"},
		{"reporting.reportSchedule", "MH", "Monday, Thursday"},
		{"reporting.recipients", "[]", "none"},
		{"set.1.backupFrequency", "900000", "15 minutes"},
		{"set.1.backupFrequency", "5400000", "90 minutes"},
		{"set.1.backupFrequency", "1500", "1500 milliseconds"},
		{"set.1.backupFrequency", "-1", "-1"},
		{"set.1.keepDeletedMinutes", "0", "0 minutes"},
		{"set.1.keepDeletedMinutes", "43200", "30 days"},
		{"set.1.compression", "ON", "on"},
		{"set.1.compression", "SOME", "SOME"},
		{"set.1.includes", `["C:/Users/","/Users/"]`, "C:/Users/, /Users/"},
		{"set.1.destinations", `["43!","7"]`, "Cloud US (locked), 7"},
		{"set.1.destinations", `[]`, "none"},
		{"general.notes", "", "not set"},
		{"general.notes", "<b>\u202e", "<b>\u202e"},
		{"general.registrationKey", "ABCD", "hidden"},
	}
	for _, tt := range tests {
		p, known := settings.PropertyOf(tt.key)
		if got := s.Words(p, tt.canonical); !known || got != tt.want {
			t.Errorf("%s %q: %q, want %q", tt.key, tt.canonical, got, tt.want)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	s := exampleOrganization(t)
	long := strings.Repeat("x", 4097)
	tests := []struct {
		key           settings.Key
		typed         []string
		want, problem string
	}{
		{"quota.maxSeats", []string{" 99 "}, "99", ""},
		{"quota.maxSeats", []string{"Unlimited"}, "-1", ""},
		{"quota.maxSeats", []string{"9.5"}, "", "Type a whole number from 0 to 2,147,483,647, or “unlimited”."},
		{"quota.maxSeats", nil, "", "Type a whole number from 0 to 2,147,483,647, or “unlimited”."},
		{"quota.archiveHoldDays", []string{"14 days"}, "14", ""},
		{"quota.archiveHoldDays", []string{"-1"}, "", "Type a whole number from 0 to 36,500."},
		{"quota.maxBytes", []string{"1.5"}, "1500000000", ""},
		{"quota.maxBytes", []string{"50 GB"}, "50000000000", ""},
		{"quota.maxBytes", []string{"50 MB"}, "", "Type a number such as 3.5 from 0 to 1,152,921,504 GB, or “unlimited”."},
		{"defaults.minutesUntilWarning", []string{"3.5"}, "5040", ""},
		{"defaults.minutesUntilWarning", []string{"3,5"}, "", "Type a number such as 3.5 from more than 0 to 36,500 days."},
		{"defaults.minutesUntilWarning", []string{"0"}, "", "Type a number such as 3.5 from more than 0 to 36,500 days."},
		{"set.1.backupFrequency", []string{"15"}, "900000", ""},
		{"set.1.backupFrequency", []string{"1.5 h"}, "5400000", ""},
		{"set.1.backupFrequency", []string{"a while"}, "", "Type a time such as “15 minutes”, “12 hours” or “1 day”, from 1 minute to 36,500 days."},
		{"set.1.keepDeletedMinutes", []string{"30 days"}, "43200", ""},
		{"set.1.keepDeletedMinutes", []string{"1 week"}, "", "Type a time such as “15 minutes”, “12 hours” or “1 day”, from 0 minutes to 36,500 days."},
		{"set.1.scanTime", []string{"3:00"}, "03:00", ""},
		{"set.1.scanTime", []string{"24:00"}, "", "Type a time from 00:00 to 23:59."},
		{"set.1.runDays", []string{"Monday", "Saturday"}, "_M____S", ""},
		{"set.1.runDays", []string{"Caturday"}, "", "Choose days of the week."},
		{"set.1.compression", []string{"OFF"}, "OFF", ""},
		{"set.1.compression", []string{"GZIP"}, "", "Choose one of: on, off."},
		{"set.1.watchFiles", nil, "false", ""},
		{"set.1.watchFiles", []string{"perhaps"}, "", "Choose yes or no."},
		{"set.1.watchFiles", []string{"true", "false"}, "", "Give one value only."},
		{"set.1.destinations", []string{"632540230984925185", "", "43!"}, `["43!","632540230984925185"]`, ""},
		{"set.1.destinations", []string{"44"}, "", "Choose destinations that are offered."},
		{"set.1.includes", []string{"/a", "", "C:/<b>\u202e"}, "[\"/a\",\"C:/<b>\u202e\"]", ""},
		{"set.1.includes", []string{"/a\tb"}, "", "Leave out control characters such as tabs."},
		{"set.1.includes", []string{long}, "", "“" + long[:60] + "…” is too long: type 4,096 characters at most."},
		{"set.1.includes", strings.Split(strings.Repeat("/a\n", 1001), "\n"), "", "Give 1,000 entries at most."},
		{"reporting.recipients", []string{" ops@example.com "}, `["ops@example.com"]`, ""},
		{"reporting.recipients", []string{"Ops <ops@example.com>"}, "", "“Ops <ops@example.com>” is not an e-mail address: type one such as name@example.com."},
		{"endpoint.device_org_winAppActivity_binaryWhitelist", []string{"a,b"}, "", "“a,b” has a comma in it: type one entry a line."},
		{"general.name", []string{"  "}, "", "Type a name."},
		{"general.name", []string{"a\x00b"}, "", "Leave out control characters such as tabs."},
		{"general.name", []string{"a\xffb"}, "", "Leave out what is not text."},
		{"general.name", []string{strings.Repeat("ü", 1001)}, "", "Type 1,000 characters at most."},
		{"general.notes", []string{"a\r\nb\t"}, "a\nb\t", ""},
	}
	for _, tt := range tests {
		p, known := settings.PropertyOf(tt.key)
		got, problem := s.Parse(p, tt.typed)
		if !known || got != tt.want || problem != tt.problem {
			t.Errorf("%s %.60q: %q %q, want %q %q", tt.key, tt.typed, got, problem, tt.want, tt.problem)
		}
	}
}
