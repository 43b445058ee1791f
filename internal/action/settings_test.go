package action_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/action"
	"backup-portal/internal/backup"
	"backup-portal/internal/settings"
)

// example is the data of one of the vendor's documents.
func example(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile("../settings/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var envelope struct{ Data json.RawMessage }
	if err := json.Unmarshal(raw, &envelope); err != nil {
		t.Fatal(err)
	}
	return envelope.Data
}

// packets of the example organization: one of its own, one from above.
const packets = `{"device_webRestore_enabled":{"scope":"ORG","value":"true","locked":false,"id":4200},` +
	`"org-securityTools-enable":{"scope":"ORG","value":"false","locked":false,"id":42}}`

// engineering is the example organization as it is read for a change of its settings.
func engineering(t *testing.T) action.State {
	t.Helper()
	sheet, err := settings.OfOrganization(example(t, "example-org-settings.json"), []byte(packets))
	if err != nil {
		t.Fatal(err)
	}
	return action.State{
		Org:      backup.Org{ID: 4200, UID: "944755074379520001", Active: true, Status: "Active", ParentUID: "917669379999160001"},
		Below:    action.Below{Orgs: 5, Devices: 70},
		Settings: &sheet,
		Reach: map[settings.Inheritance]action.Reach{
			settings.Own: {Orgs: 1, Devices: 7}, settings.ByQuota: {Orgs: 4, Devices: 60, Overriding: 2, Unknown: 1},
			settings.ByReporting: {Orgs: 3, Devices: 30, Overriding: 3}, settings.ByDeviceDefaults: {Orgs: 2, Devices: 20, Overriding: 4},
		},
	}
}

func laptop(t *testing.T) action.State {
	t.Helper()
	sheet, err := settings.OfDevice(example(t, "example-device-settings.json"))
	if err != nil {
		t.Fatal(err)
	}
	defaults := engineering(t).Settings
	return action.State{
		Device:   backup.Device{GUID: "1222906893738553990", ID: 2682772, Name: "ANN-LT", Active: true, Status: "Active", OrgUID: "944755074379520001", ClientVersion: "11.4.0"},
		Settings: &sheet, Defaults: defaults,
	}
}

func change(key settings.Key, from, to string) settings.Changes {
	return settings.Changes{{Key: key, From: from, To: to}}
}

func order(s action.State, changes settings.Changes) action.Order {
	return action.Order{State: s, Params: changes.Params()}
}

// TestReadyToChangeSettings says why not, before anything is sent.
func TestReadyToChangeSettings(t *testing.T) {
	t.Parallel()
	org, device := engineering(t), laptop(t)
	for name, tt := range map[string]struct {
		id   string
		o    action.Order
		want string // how the refusal begins
	}{
		"nobody has chosen yet": {"org.settings", action.Order{State: org}, ""},
		"a value":               {"org.settings", order(org, change("quota.maxSeats", "99", "120")), ""},
		"no value":              {"org.settings", order(org, nil), "Nothing is to be changed."},
		"no changes at all":     {"org.settings", action.Order{State: org, Params: map[string]string{"quota.maxSeats": "1"}}, "The changes cannot be read."},
		"not read":              {"org.settings", order(action.State{}, change("quota.maxSeats", "99", "120")), "Its settings were not read."},
		"so already":            {"org.settings", order(org, change("quota.maxSeats", "98", "99")), "All of it is as asked for already."},
		"in conflict":           {"org.settings", order(org, change("quota.maxSeats", "98", "120")), "User subscriptions is not what it was"},
		"locked":                {"org.settings", order(org, change("defaults.warningEmailEnabled", "false", "true")), "Warn by e-mail: "},
		"shown only":            {"org.settings", order(org, change("general.type", "ENTERPRISE", "x")), "Type: "},
		"no number":             {"org.settings", order(org, change("quota.maxSeats", "99", "many")), "User subscriptions: "},
		"a device's value":      {"device.settings", order(device, change("defaults.minutesUntilWarning", "4320", "1440")), ""},
		"a device's locked one": {"device.settings", order(device, change("defaults.backupStatusEmailEnabled", "false", "true")), "Backup status by e-mail: "},
		"a set of nobody":       {"device.settings", order(device, change("set.77.name", "a", "b")), "Name: "},
		"an edit":               {"device.edit", action.Order{State: device, Params: map[string]string{"name": "BOB-LT"}}, ""},
		"an edit of nothing":    {"device.edit", action.Order{State: device, Params: map[string]string{"name": "ANN-LT"}}, "Nothing is to be changed."},
		"an edit not typed yet": {"device.edit", action.Order{State: device}, ""},
		"an edit in conflict": {"device.edit", func() action.Order {
			s := device
			s.Device.Name = "ANN"
			return action.Order{State: s, Params: map[string]string{"name": "BOB-LT"}}
		}(), "Name is not what it was"},
		"follow":             {"device.follow", action.Order{State: device}, ""},
		"follow, not read":   {"device.follow", action.Order{}, ""},
		"follow the same":    {"device.follow", action.Order{State: action.State{Settings: device.Settings, Defaults: device.Settings}}, "The device follows its organization already."},
		"follow nobody":      {"device.follow", action.Order{State: action.State{Settings: device.Settings}}, "The settings of its organization could not be read."},
		"follow already":     {"device.follow", action.Order{State: followed(t)}, "What differs on it is locked: Name of “"},
		"upgrade":            {"device.upgrade", action.Order{State: device}, ""},
		"upgrade of nothing": {"device.upgrade", action.Order{}, "The device is deactivated"},
		"upgrade without a user": {"device.upgrade", action.Order{State: action.State{
			Device: backup.Device{Active: true, Status: "Active, Deauthorized"},
		}}, "The device is signed out"},
	} {
		got := byID(t, tt.id).Ready(tt.o)
		if (got == "") != (tt.want == "") || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// followed is the laptop once it follows its organization.
func followed(t *testing.T) action.State {
	t.Helper()
	s := laptop(t)
	changes, _ := settings.Following(*s.Defaults, *s.Settings)
	document, _, err := s.Settings.Apply(changes)
	if err != nil || document == nil {
		t.Fatalf("the example does not differ from its organization: %v", err)
	}
	sheet, err := settings.OfDevice(document)
	if err != nil {
		t.Fatal(err)
	}
	s.Settings = &sheet
	return s
}

// TestReachOfSettings: it counts who follows in what is changed, and what several reach at least as one.
func TestReachOfSettings(t *testing.T) {
	t.Parallel()
	a, s := byID(t, "org.settings"), engineering(t)
	quota, reporting := change("quota.maxSeats", "99", "1"), change("reporting.warnInDays", "3", "4")
	restore := change("restore.webRestoreUserLimitMb", "250", "1")
	renamed := change("general.name", "Engineering", "Works")
	both := append(append(settings.Changes{}, quota...), reporting...)
	for name, tt := range map[string]struct {
		changes       settings.Changes
		orgs, devices int
		facts         map[string]string
	}{
		"quota": {quota, 4, 60, map[string]string{
			"Values that change": "1", "Organizations that follow": "3, 1 of them not read yet", "Devices reached": "60", "Have values of their own": "2",
		}},
		"two": {both, 6, 70, map[string]string{
			"Values that change": "2", "Quota: Organizations that follow": "3, 1 of them not read yet", "Quota: Devices reached": "60", "Quota: Have values of their own": "2",
			"Reporting: Organizations that follow": "2", "Reporting: Devices reached": "30", "Reporting: Have values of their own": "3",
		}},
		"its own":          {restore, 1, 7, map[string]string{"Values that change": "1", "Devices reached": "7"}},
		"its name":         {renamed, 1, 0, map[string]string{"Values that change": "1"}},
		"what loses data":  {change("quota.archiveHoldDays", "365", "3"), 4, 60, map[string]string{"Days in cold storage": settings.Losing(change("quota.archiveHoldDays", "365", "3")[0])}},
		"nobody's counted": {change("endpoint.org-securityTools-enable", "false", "true"), 6, 70, nil},
	} {
		o := order(s, tt.changes)
		if got := a.Extent(o); got.Orgs != tt.orgs || got.Devices != tt.devices || a.Weigh(o) != tt.devices {
			t.Errorf("%s reaches %d organizations and %d devices, weighs %d; want %d, %d", name, got.Orgs, got.Devices, a.Weigh(o), tt.orgs, tt.devices)
		}
		got := values(a.Impact(o))
		for fact := range got {
			if _, asked := tt.facts[fact]; !asked && (name == "what loses data" || tt.facts == nil) {
				delete(got, fact)
			}
		}
		if tt.facts == nil {
			tt.facts = map[string]string{}
		}
		if diff := cmp.Diff(tt.facts, got); diff != "" {
			t.Errorf("%s: impact (-want +got):\n%s", name, diff)
		}
	}
	if n := byID(t, "device.settings").Weigh(action.Order{}) + byID(t, "device.follow").Weigh(action.Order{}); n != 2 {
		t.Errorf("a device's settings weigh %d together", n)
	}
}

// TestFingerprintOfSettings changes with the values that are to be changed, and with nothing else that anybody edits.
func TestFingerprintOfSettings(t *testing.T) {
	t.Parallel()
	a := byID(t, "org.settings")
	// Where the organization above has the same quota, following it makes a difference to nothing but that.
	document := strings.Replace(string(example(t, "example-org-settings.json")), `"maxSeats": -1`, `"maxSeats": 99`, 1)
	mark := func(edit string, to string, more func(*action.State)) string {
		s := engineering(t)
		if edit != "" && !strings.Contains(document, edit) {
			t.Fatalf("the example has no %s", edit)
		}
		sheet, err := settings.OfOrganization([]byte(strings.Replace(document, edit, to, 1)), []byte(packets))
		if err != nil {
			t.Fatal(err)
		}
		s.Settings = &sheet
		more(&s)
		return a.Fingerprint(order(s, change("quota.maxSeats", "99", "120")))
	}
	none := func(*action.State) {}
	same := mark("", "", none)
	for what, got := range map[string]string{
		"the value":       mark(`"maxSeats": 99`, `"maxSeats": 98`, none),
		"its inheritance": mark(`"isUsingQuotaDefaults": false`, `"isUsingQuotaDefaults": true`, none),
		"deactivation":    mark("", "", func(s *action.State) { s.Org.Active = false }),
		"the place":       mark("", "", func(s *action.State) { s.Org.ParentUID = "1" }),
	} {
		if got == same {
			t.Errorf("a change of %s does not change the fingerprint", what)
		}
	}
	for what, got := range map[string]string{
		"another value":     mark(`"warnInDays": 3`, `"warnInDays": 4`, none),
		"a date":            mark(`"configDateMs": "1727000000000"`, `"configDateMs": "1727000000001"`, none),
		"the name":          mark(`"orgName": "Engineering"`, `"orgName": "Works"`, none),
		"how many it reach": mark("", "", func(s *action.State) { s.Reach = nil }),
	} {
		if got != same {
			t.Errorf("%s changes the fingerprint", what)
		}
	}
}

// TestWhatTheLogHoldsOfSettings is the changed values in words, short, and never a secret.
func TestWhatTheLogHoldsOfSettings(t *testing.T) {
	t.Parallel()
	org, device := engineering(t), laptop(t)
	long := strings.Repeat("x", 2000)
	for name, tt := range map[string]struct {
		id            string
		o             action.Order
		before, after map[string]string
	}{
		"a quota": {"org.settings", order(org, change("quota.maxSeats", "99", "-1")), map[string]string{"quota.maxSeats": "99"}, map[string]string{"quota.maxSeats": "unlimited"}},
		"a long text": {
			"org.settings", order(org, change("general.notes", "note", long)),
			map[string]string{"general.notes": "note"},
			map[string]string{"general.notes": long[:999] + "…"},
		},
		"the registration key": {"org.settings", order(org, change("general.registrationKey", "ABCD-EFGH-JKLM-NPQR", "x")), map[string]string{}, map[string]string{}},
		"a device's alert":     {"device.settings", order(device, change("defaults.minutesUntilWarning", "4320", "5040")), map[string]string{"defaults.minutesUntilWarning": "3 days"}, map[string]string{"defaults.minutesUntilWarning": "3.5 days"}},
		"an edit":              {"device.edit", action.Order{State: device, Params: map[string]string{"name": "B", "notes": ""}}, map[string]string{"name": "ANN-LT"}, map[string]string{"name": "B"}},
		"a new organization":   {"org.create", action.Order{State: org, Params: map[string]string{"name": "Yard"}}, map[string]string{}, map[string]string{"name": "Yard"}},
		"an upgrade":           {"device.upgrade", action.Order{State: device}, map[string]string{"version": "11.4.0"}, nil},
	} {
		before, after := byID(t, tt.id).Changed(tt.o)
		if diff := cmp.Diff(tt.before, before) + cmp.Diff(tt.after, after); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
