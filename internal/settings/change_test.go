package settings_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/settings"
)

// following is an organization that follows the one above in quota; its own numbers are what they were before it did.
const following = `{"orgId":4200,"orgUid":"944755074379520001","parentOrgId":42,"parentOrgUid":"917669379999160001",
	"settings":{"isUsingQuotaDefaults":true,"isUsingReportingDefaults":false,"maxSeats":99,"maxBytes":-1,"archiveHoldDays":365,"warnInDays":3},
	"settingsInherited":{"maxSeats":-1,"maxBytes":5000000000,"archiveHoldDays":14,"warnInDays":7},
	"orgInheritDto":{"orgUidProvidingOrg":"917669379999160001"}}`

func organization(t testing.TB, document, packets string) settings.Sheet {
	s, err := settings.OfOrganization([]byte(document), []byte(packets))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestInheritedValues(t *testing.T) {
	t.Parallel()
	s := organization(t, following, "{}")
	v, _ := s.Value("quota.archiveHoldDays")
	if v.Own != "365" || v.Effective != "14" || !v.Inherited || v.Provider != "917669379999160001" {
		t.Errorf("%+v", v)
	}
	if v, _ = s.Value("reporting.warnInDays"); v.Effective != "3" || v.Inherited || v.Provider != "" {
		t.Errorf("%+v", v)
	}
	if follows, provider, known := s.Inherits(settings.ByQuota); !follows || provider != "917669379999160001" || !known {
		t.Errorf("%t %s %t", follows, provider, known)
	}
	if follows, provider, known := s.Inherits(settings.ByReporting); follows || provider != "" || !known {
		t.Errorf("%t %s %t", follows, provider, known)
	}
	if _, _, known := s.Inherits(settings.ByDestinations); known {
		t.Error("the document does not tell of destinations")
	}
}

// TestBreakingInheritance edits one of three inherited values: the flag goes with it, and what that does to the other two
// can be said beforehand and taken back.
func TestBreakingInheritance(t *testing.T) {
	t.Parallel()
	s := organization(t, following, "{}")
	one := settings.Changes{{Key: "quota.archiveHoldDays", From: "14", To: "30"}}
	whole := one.Completed(s)
	want := settings.Changes{{Key: "quota.archiveHoldDays", From: "14", To: "30"}, {Key: settings.QuotaInherited, From: "true", To: "false"}}
	if diff := cmp.Diff(want, whole); diff != "" {
		t.Fatal(diff)
	}
	document, _, err := s.Apply(one)
	wanted := strings.NewReplacer(`"isUsingQuotaDefaults":true`, `"isUsingQuotaDefaults":false`, `"archiveHoldDays":365`, `"archiveHoldDays":30`).Replace(following)
	if err != nil || string(document) != wanted {
		t.Fatalf("%s %v", document, err)
	}
	beside, err := s.Beside(one)
	var said []string
	for _, d := range beside {
		said = append(said, string(d.Property.Key)+": "+d.One+" to "+d.Two)
	}
	if diff := cmp.Diff([]string{"quota.inherited: true to false", "quota.maxSeats: -1 to 99", "quota.maxBytes: 5000000000 to -1"}, said); diff != "" || err != nil {
		t.Error(diff, err)
	}
	after := organization(t, string(document), "{}")
	left, conflicts, refused := whole.Back().Against(after)
	if len(left) != 2 || len(conflicts)+len(refused) > 0 {
		t.Fatalf("%v %v %v", left, conflicts, refused)
	}
	back, err := after.After(left)
	if v, _ := back.Value("quota.archiveHoldDays"); err != nil || v.Effective != "14" {
		t.Errorf("%+v %v", v, err)
	}
	// A value that is the organization's own already is still to be set while it follows.
	if left, _, _ := (settings.Changes{{Key: "quota.maxSeats", From: "-1", To: "99"}}).Against(s); len(left) != 1 {
		t.Error("99 seats are in force only above")
	}
	// Following once more gives the own values up, as the vendor does, and says which: they can be put back.
	follow := settings.Changes{{Key: settings.QuotaInherited, From: "false", To: "true"}}.Completed(after)
	want = settings.Changes{
		{Key: "quota.archiveHoldDays", From: "30", To: "14"},
		{Key: settings.QuotaInherited, From: "false", To: "true"},
		{Key: "quota.maxBytes", From: "-1", To: "5000000000"},
		{Key: "quota.maxSeats", From: "99", To: "-1"},
	}
	if diff := cmp.Diff(want, follow); diff != "" {
		t.Error(diff)
	}
	if left, conflicts, refused := follow.Against(s); len(left)+len(conflicts)+len(refused) > 0 {
		t.Errorf("it follows already: %v %v %v", left, conflicts, refused)
	}
}

func TestRootFollowsNobody(t *testing.T) {
	t.Parallel()
	s := organization(t, `{"orgId":1,"orgUid":"1","parentOrgId":null,"parentOrgUid":null,"settings":{"isUsingQuotaDefaults":false}}`, "{}")
	if v, _ := s.Value(settings.QuotaInherited); v.Why != "There is no organization above." {
		t.Errorf("%+v", v)
	}
}

func TestAgainst(t *testing.T) {
	t.Parallel()
	s := exampleOrganization(t)
	tests := []struct {
		name                  string
		change                settings.Change
		left, conflict, refus string
	}{
		{"to do", settings.Change{Key: "quota.maxSeats", From: "99", To: "100"}, "100", "", ""},
		{"done already", settings.Change{Key: "quota.maxSeats", From: "50", To: "99"}, "", "", ""},
		{"somebody else", settings.Change{Key: "quota.maxSeats", From: "50", To: "100"}, "", "99", ""},
		{"invalid", settings.Change{Key: "quota.maxSeats", From: "99", To: "-2"}, "", "", "Type a whole number from 0 to 2,147,483,647, or “unlimited”."},
		{"not canonical", settings.Change{Key: "quota.maxSeats", From: "99", To: "0100"}, "", "", "This is not a value that can be set."},
		{"no such key", settings.Change{Key: "quota.seats", To: "1"}, "", "", "This is not a setting of it."},
		{"no such set", settings.Change{Key: "set.7.name", To: "1"}, "", "", "This backup set is not there any more."},
		{"locked", settings.Change{Key: "set.510001.name", From: "Mandatory set", To: "Mine"}, "", "", "This backup set is locked: only its destinations can be changed."},
		{"locked, but done", settings.Change{Key: "set.510001.name", From: "Mine", To: "Mandatory set"}, "", "", ""},
		{"secret", settings.Change{Key: "general.registrationKey", To: "x"}, "", "", "Shown on demand only, and the audit log keeps who read it."},
		{"not offered", settings.Change{Key: "set.1.destinations", From: `["43!","632540230984925185"]`, To: `["7"]`}, "", "", "Choose destinations that are offered."},
		{"nothing in", settings.Change{Key: "set.1.includes", From: `["C:/Users/","/Users/"]`, To: `[]`}, "[]", "", ""},
		{"inherited packet", settings.Change{Key: settings.WebRestore, From: "true", To: "true"}, "true", "", ""},
		{"locked packet", settings.Change{Key: "endpoint.org_securityTools_printer_detection_enable", From: "false", To: "true"}, "", "", "Locked by the vendor or by an organization above."},
		{"unknown packet", settings.Change{Key: "other.device_upgrade_delay", From: "60", To: "30"}, "", "", "Shown only: it is not set through the interface that the portal uses."},
	}
	for _, tt := range tests {
		left, conflicts, refused := settings.Changes{tt.change}.Against(s)
		var gotLeft, gotConflict string
		if len(left) > 0 {
			gotLeft = left[0].To
		}
		if len(conflicts) > 0 {
			gotConflict = conflicts[0].Now
		}
		if gotLeft != tt.left || gotConflict != tt.conflict || refused[tt.change.Key] != tt.refus {
			t.Errorf("%s: left %q, conflict %q, refused %q", tt.name, gotLeft, gotConflict, refused[tt.change.Key])
		}
	}
	unread, err := settings.OfOrganization(example(t, "example-org-settings.json"), nil)
	if v, _ := unread.Value(settings.WebRestore); err != nil || v.Why != "This value could not be read just now." || !v.Absent || !v.Unread {
		t.Errorf("packets that were not read: %+v %v", v, err)
	}
	nothing := settings.Changes{{Key: "set.1.excludes", From: "[]", To: `["x"]`}, {Key: "set.1.includes", From: `["C:/Users/","/Users/"]`, To: `[]`}}
	if _, _, refused := nothing.Against(s); refused["set.1.excludes"] != "Nothing can be left out of a set that has no files in." {
		t.Errorf("%v", refused)
	}
}

// TestLegalHoldIsHidden: neither a name nor a key of a legal hold's set is anywhere.
func TestLegalHoldIsHidden(t *testing.T) {
	t.Parallel()
	s := exampleDevice(t)
	sets, locked := s.Sets()
	if diff := cmp.Diff([]settings.Set{{ID: "1", Name: "Default set"}, {ID: "2", Name: "Empty set"}}, sets); diff != "" || locked {
		t.Error(diff, locked)
	}
	for _, v := range s.Values() {
		if strings.Contains(string(v.Key)+v.Own, "9999") || strings.Contains(v.Own, "Legal hold") {
			t.Errorf("%s = %s", v.Key, v.Own)
		}
	}
	if _, locked := exampleOrganization(t).Sets(); !locked {
		t.Error("the organization's number of sets is locked")
	}
}

// TestSecretStaysSecret: the key is read by name only.
func TestSecretStaysSecret(t *testing.T) {
	t.Parallel()
	s := exampleOrganization(t)
	if s.RegistrationKey() != "ABCD-EFGH-JKLM-NPQR" {
		t.Error(s.RegistrationKey())
	}
	for _, v := range s.Values() {
		if strings.Contains(v.Own+v.Effective+s.Words(v.Property, v.Own)+strings.Join(s.Typed(v.Property, v.Own), ""), "ABCD") {
			t.Errorf("%s tells the key", v.Key)
		}
	}
}

func TestDriftOfExamples(t *testing.T) {
	t.Parallel()
	drift := settings.Drift(exampleOrganization(t), exampleDevice(t))
	if diff := cmp.Diff([]settings.Key{"defaults.warningEmailEnabled", "set.2.name", "set.510001.name"}, keysOf(drift)); diff != "" {
		t.Error(diff)
	}
	changes, locked := settings.Following(exampleOrganization(t), exampleDevice(t))
	if diff := cmp.Diff(settings.Changes{{Key: "defaults.warningEmailEnabled", From: "true", To: "false"}}, changes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]settings.Key{"set.2.name", "set.510001.name"}, locked); diff != "" {
		t.Error(diff)
	}
	bare, err := settings.OfDevice([]byte(`{"guid":"1","name":"A"}`))
	if err != nil || len(settings.Drift(exampleOrganization(t), bare)) > 0 {
		t.Errorf("a device without settings drifts: %v", err)
	}
}

// TestCompareIgnoresWhatMoves: versions and dates are nobody's change.
func TestCompareIgnoresWhatMoves(t *testing.T) {
	t.Parallel()
	document := string(example(t, "example-device-settings.json"))
	other, err := settings.OfDevice([]byte(strings.NewReplacer("1525200006822", "1525200009999", "2024-10-1", "2025-10-1", "1727000000000", "1").Replace(document)))
	if err != nil || len(settings.Compare(exampleDevice(t), other)) > 0 {
		t.Errorf("%v %v", settings.Compare(exampleDevice(t), other), err)
	}
	other, err = settings.OfDevice([]byte(strings.Replace(document, `"scanTime": "03:00"`, `"scanTime": "04:00"`, 3)))
	if differences := keysOf(settings.Compare(exampleDevice(t), other)); err != nil || !slices.Equal(differences, []settings.Key{"set.1.scanTime", "set.2.scanTime"}) {
		t.Errorf("%v %v", differences, err)
	}
}

func TestLosing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		key      settings.Key
		from, to string
		loses    bool
	}{
		{"quota.archiveHoldDays", "365", "14", true},
		{"quota.archiveHoldDays", "14", "365", false},
		{"quota.inherited", "false", "true", true},
		{"quota.inherited", "true", "false", false},
		{"quota.maxSeats", "99", "1", false},
		{"set.1.includes", `["/a","/b"]`, `["/a"]`, true},
		{"set.1.includes", `["/a"]`, `["/b","/a"]`, false},
		{"set.1.excludes", `[]`, `["/a"]`, true},
		{"set.1.excludes", `["/a"]`, `[]`, false},
		{"set.1.patternsWindows", `[]`, `["x"]`, true},
		{"set.1.destinations", `["43!","44"]`, `["43"]`, true},
		{"set.1.destinations", `["43!"]`, `["43","44!"]`, false},
		{"set.1.keepDeleted", "true", "false", true},
		{"set.1.keepDeleted", "false", "true", false},
		{"set.1.keepDeletedMinutes", "1440", "60", true},
		{"set.1.versionLastWeekInterval", "15", "60", true},
		{"set.1.versionLastWeekInterval", "60", "15", false},
		{"set.1.scanTime", "03:00", "04:00", false},
		{"defaults.minutesUntilWarning", "4320", "1", false},
	}
	for _, tt := range tests {
		if got := settings.Losing(settings.Change{Key: tt.key, From: tt.from, To: tt.to}); (got != "") != tt.loses {
			t.Errorf("%s from %s to %s: %q", tt.key, tt.from, tt.to, got)
		}
	}
}

func TestCopyingSkipsWithReasons(t *testing.T) {
	t.Parallel()
	from := exampleOrganization(t)
	to := organization(t, following, packets)
	groups := []settings.Group{settings.General, settings.Quota, settings.Reporting, settings.SetGroup("1")}
	changes, skipped := settings.Copying(from, to, groups)
	want := settings.Changes{
		{Key: "quota.archiveHoldDays", From: "365", To: "365"},
		{Key: "quota.maxBytes", From: "-1", To: "-1"},
		{Key: "quota.maxSeats", From: "99", To: "99"},
	}
	if diff := cmp.Diff(want, changes); diff != "" {
		t.Error(diff)
	}
	if skipped["set.1.name"] != "There is no such backup set." || skipped["general.name"] != "It is the organization’s own." {
		t.Errorf("%v", skipped)
	}
}

// TestPropertyOfEveryValue: a key that stands on a page can be said in words anywhere.
func TestPropertyOfEveryValue(t *testing.T) {
	t.Parallel()
	for _, s := range []settings.Sheet{exampleOrganization(t), exampleDevice(t)} {
		for _, v := range s.Values() {
			p, known := settings.PropertyOf(v.Key)
			if !known || p.Kind != v.Kind || p.Group != v.Group || p.Label != v.Label || p.Help == "" || p.Part != v.Part {
				t.Errorf("%s: %+v", v.Key, p)
			}
		}
	}
}
