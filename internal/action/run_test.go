package action_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/action"
	"backup-portal/internal/backup"
	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/settings"
)

// world is an emulated vendor with a client of one dialect.
type world struct {
	t        *testing.T
	emulator *backupemu.Server
	*backup.Client
}

func newWorld(t *testing.T, d backup.Dialect) world {
	t.Helper()
	emulator := backupemu.New(backupemu.Options{Orgs: 12, Users: 20, Devices: 40, Calm: true})
	server := httptest.NewServer(emulator)
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c, err := backup.New(backup.Options{
		BaseURL: server.URL, Dialect: d, Transport: transport, SignIn: backup.LocalAccount{Username: "test.user@example.com", Password: "password"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return world{t, emulator, c}
}

func eachDialect(t *testing.T, test func(t *testing.T, w world)) {
	t.Helper()
	for _, d := range []backup.Dialect{backup.CrashPlan, backup.Code42} {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel()
			test(t, newWorld(t, d))
		})
	}
}

// org is an active organization below the root.
func (w world) org() backup.Org {
	w.t.Helper()
	for org, err := range w.Reader().Orgs(w.t.Context(), backup.OrgQuery{}) {
		if err != nil {
			w.t.Fatal(err)
		}
		if org.ParentUID != "" && org.Active && !org.Blocked {
			return org
		}
	}
	w.t.Fatal("no organization is active")
	return backup.Org{}
}

// ofOrg reads an organization as the road does for a change of its settings.
func (w world) ofOrg(uid string, params map[string]string) action.Order {
	w.t.Helper()
	ctx := w.t.Context()
	org, err := w.Reader().OrgByUID(ctx, uid)
	if err != nil {
		w.t.Fatal(err)
	}
	document, err := w.Reader().OrgDocument(ctx, uid)
	if err != nil {
		w.t.Fatal(err)
	}
	packets, err := w.Reader().OrgPackets(ctx, org.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	sheet, err := settings.OfOrganization(document, packets)
	if err != nil {
		w.t.Fatal(err)
	}
	return action.Order{Target: action.Target{ID: uid}, Params: params, State: action.State{Org: org, Settings: &sheet}}
}

// device is an active one.
func (w world) device() backup.Device {
	w.t.Helper()
	for d, err := range w.Reader().Devices(w.t.Context(), backup.DeviceQuery{}) {
		if err != nil {
			w.t.Fatal(err)
		}
		if d.Active && !d.Blocked && d.UserUID != "" && !d.Deauthorized() {
			return d
		}
	}
	w.t.Fatal("no device is active")
	return backup.Device{}
}

func (w world) ofDevice(guid string, params map[string]string) action.Order {
	w.t.Helper()
	ctx := w.t.Context()
	d, err := w.Reader().DeviceByGUID(ctx, guid, false)
	if err != nil {
		w.t.Fatal(err)
	}
	document, err := w.Reader().DeviceDocument(ctx, guid)
	if err != nil {
		w.t.Fatal(err)
	}
	sheet, err := settings.OfDevice(document)
	if err != nil {
		w.t.Fatal(err)
	}
	return action.Order{
		Target: action.Target{ID: guid}, Params: params,
		State: action.State{Device: d, Settings: &sheet, Defaults: w.ofOrg(d.OrgUID, nil).State.Settings},
	}
}

// check reads back as it is done later, when all that is known is the target and the parameters.
func (w world) check(a action.Action, o action.Order) action.Finding {
	w.t.Helper()
	found, err := a.Check(w.t.Context(), w.Reader(), action.Order{Target: o.Target, Params: o.Params})
	if err != nil {
		w.t.Fatalf("%s: check: %v", a.ID, err)
	}
	return found
}

// run takes an order through Ready, Run and Check.
func (w world) run(id string, o action.Order) {
	w.t.Helper()
	a := byID(w.t, id)
	if why := a.Ready(o); why != "" {
		w.t.Fatalf("%s is not ready: %s", id, why)
	}
	if found := w.check(a, o); found != action.NotHappened {
		w.t.Errorf("%s: before it ran the check finds %d", id, found)
	}
	if err := a.Run(w.t.Context(), w.Writer(), o); err != nil {
		w.t.Fatalf("%s: %v", id, err)
	}
	if found := w.check(a, o); found != action.Happened {
		w.t.Errorf("%s: after it ran the check finds %d", id, found)
	}
}

// from makes a change of what a sheet says now.
func from(t *testing.T, s *settings.Sheet, key settings.Key, to string) settings.Change {
	t.Helper()
	v, there := s.Value(key)
	if !there || v.Own == to {
		t.Fatalf("%s is there %v and %q", key, there, v.Own)
	}
	return settings.Change{Key: key, From: v.Own, To: to}
}

// twoParts are changes of an organization that go in both calls.
func (w world) twoParts(uid string) settings.Changes {
	w.t.Helper()
	if err := w.emulator.SetOrgPacket(uid, "device_webRestore_enabled", "false", false); err != nil {
		w.t.Fatal(err)
	}
	s := w.ofOrg(uid, nil).State.Settings
	return settings.Changes{
		from(w.t, s, "restore.webRestoreEnabled", "true"), from(w.t, s, "restore.webRestoreUserLimitMb", "1234"),
	}
}

// sent are the changes that arrived since the world began, with the last part of the path left out.
func (w world) sent() []string {
	var all []string
	for _, r := range w.emulator.Requests() {
		if r.Method != http.MethodGet {
			all = append(all, r.Method+" "+r.Path[:strings.LastIndexByte(r.Path, '/')])
		}
	}
	return all
}

func TestSettingsAreChanged(t *testing.T) {
	t.Parallel()
	eachDialect(t, func(t *testing.T, w world) {
		org := w.org()
		changes := w.twoParts(org.UID)
		w.run("org.settings", w.ofOrg(org.UID, changes.Params()))
		if diff := cmp.Diff([]string{"PUT /api/v1/OrgSetting", "PUT /api/v1/Org"}, w.sent()); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		w.run("org.settings", w.ofOrg(org.UID, changes.Back().Params())) // and back
		// Of what somebody else has done meanwhile nothing is sent again.
		again := w.ofOrg(org.UID, changes.Only([]string{"restore.webRestoreUserLimitMb"}).Params())
		w.run("org.settings", again)
		if got := w.sent(); len(got) != 5 || got[4] != "PUT /api/v1/Org" {
			t.Errorf("sent %v", got)
		}

		device := w.device()
		if err := w.emulator.FollowOrg(device.GUID); err != nil {
			t.Fatal(err)
		}
		o := w.ofDevice(device.GUID, nil)
		o.Params = settings.Changes{from(t, o.State.Settings, "defaults.minutesUntilWarning", "7777")}.Params()
		w.run("device.settings", o)
		w.run("device.follow", w.ofDevice(device.GUID, nil))
		now, _ := w.ofDevice(device.GUID, nil).State.Settings.Value("defaults.minutesUntilWarning")
		if was := changesIn(t, o)[0].From; now.Own != was {
			t.Errorf("the device follows with %s, its organization says %s", now.Own, was)
		}
	})
}

func changesIn(t *testing.T, o action.Order) settings.Changes {
	t.Helper()
	changes, err := settings.ParseParams(o.Params)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

func TestTextsAreEdited(t *testing.T) {
	t.Parallel()
	eachDialect(t, func(t *testing.T, w world) {
		org, device := w.org(), w.device()
		before := w.ofDevice(device.GUID, nil).State.Settings
		params := map[string]string{"name": "R&D <b>\"x\"</b> \u202e", "reference": "CC-9", "notes": "two\nlines"}
		w.run("org.edit", w.ofOrg(org.UID, params))
		w.run("device.edit", w.ofDevice(device.GUID, params))
		w.run("org.edit", w.ofOrg(org.UID, map[string]string{"notes": ""}))
		w.run("device.edit", w.ofDevice(device.GUID, map[string]string{"reference": "", "notes": ""}))
		after := w.ofDevice(device.GUID, nil)
		if after.State.Device.Name != params["name"] || after.State.Device.Notes != "" {
			t.Errorf("the device is %+v", after.State.Device)
		}
		for _, d := range settings.Compare(*before, *after.State.Settings) {
			if d.Property.Group != settings.General {
				t.Errorf("an edit changed %s from %q to %q", d.Property.Key, d.One, d.Two)
			}
		}

		parent := w.ofOrg(org.UID, map[string]string{"name": "Yard", "notes": "new"})
		w.run("org.create", parent)
		parent.State.Below.Children = []string{" yard"}
		create := byID(t, "org.create")
		if why := create.Ready(parent); !strings.HasPrefix(why, "There is an organization of this name") {
			t.Errorf("a second one of the same name: %q", why)
		}
		for want, change := range map[string]func(*backup.Org){
			"The organization is blocked":     func(o *backup.Org) { o.Blocked = true },
			"The organization is deactivated": func(o *backup.Org) { o.Active = false },
		} {
			o := w.ofOrg(org.UID, nil)
			change(&o.State.Org)
			if why := create.Ready(o); !strings.HasPrefix(why, want) {
				t.Errorf("%q, want %q", why, want)
			}
		}
	})
}

// TestSettingsInPart: when the second call fails it is said what the first has written; when the first fails there is no second.
func TestSettingsInPart(t *testing.T) {
	t.Parallel()
	eachDialect(t, func(t *testing.T, w world) {
		a, org := byID(t, "org.settings"), w.org()
		changes := w.twoParts(org.UID)
		o := w.ofOrg(org.UID, changes.Params())
		first, second := backupemu.Match{Method: http.MethodPut, PathPrefix: "/api/v1/OrgSetting/"}, backupemu.Match{Method: http.MethodPut, PathPrefix: "/api/v1/Org/"}

		w.emulator.FailNext(first, backupemu.Failure{Status: http.StatusForbidden}, 1)
		err := a.Run(t.Context(), w.Writer(), o)
		if _, partly := errors.AsType[*action.Partly](err); partly || backup.OutcomeOf(err) != backup.Failed || len(w.sent()) != 1 {
			t.Fatalf("the first call failed: %v, sent %v", err, w.sent())
		}
		for name, tt := range map[string]struct {
			fail func()
			want backup.Outcome
			then action.Finding
		}{
			"refused":         {func() { w.emulator.FailNext(second, backupemu.Failure{Status: http.StatusBadRequest}, 1) }, backup.Failed, action.InPart},
			"lost":            {func() { w.emulator.Drop(second, 1) }, backup.Unknown, action.InPart},
			"lost afterwards": {func() { w.emulator.DropAfter(second, 1) }, backup.Unknown, action.Happened},
		} {
			changes := w.afresh(org.UID)
			o := w.ofOrg(org.UID, changes.Params())
			tt.fail()
			err := a.Run(t.Context(), w.Writer(), o)
			partly, ok := errors.AsType[*action.Partly](err)
			if !ok || backup.OutcomeOf(err) != tt.want {
				t.Fatalf("%s: %v (%v)", name, err, backup.OutcomeOf(err))
			}
			if diff := cmp.Diff([]string{"restore.webRestoreEnabled"}, partly.Written); diff != "" {
				t.Errorf("%s: written (-want +got):\n%s", name, diff)
			}
			if found := w.check(a, o); found != tt.then {
				t.Errorf("%s: the check finds %d, want %d", name, found, tt.then)
			}
			if tt.then == action.InPart {
				w.run("org.settings", w.ofOrg(org.UID, changes.Without(partly.Written).Params()))
			}
		}
	})
}

// afresh puts the values of twoParts back to where they were, and makes the changes anew.
func (w world) afresh(uid string) settings.Changes {
	w.t.Helper()
	if err := w.emulator.SetOrgSettings(uid, func(doc map[string]any) { doc["settings"].(map[string]any)["webRestoreUserLimitMb"] = 250 }); err != nil {
		w.t.Fatal(err)
	}
	return w.twoParts(uid)
}

// TestNothingIsSentThatIsNotReady: whoever calls Run without asking first sends nothing either.
func TestNothingIsSentThatIsNotReady(t *testing.T) {
	t.Parallel()
	w := newWorld(t, backup.CrashPlan)
	org, device := w.org(), w.device()
	conflict := settings.Changes{{Key: "restore.webRestoreUserLimitMb", From: "-77", To: "1"}}.Params()
	alert := settings.Changes{{Key: "defaults.minutesUntilWarning", From: "-77", To: "1"}}.Params()
	unread := func(o action.Order) action.Order { o.State.Settings = nil; return o }
	for name, tt := range map[string]struct {
		id string
		o  action.Order
	}{
		"no changes of an organization": {"org.settings", w.ofOrg(org.UID, nil)},
		"a conflict":                    {"org.settings", w.ofOrg(org.UID, conflict)},
		"not read":                      {"org.settings", unread(w.ofOrg(org.UID, conflict))},
		"no changes of a device":        {"device.settings", w.ofDevice(device.GUID, nil)},
		"a conflict on a device":        {"device.settings", w.ofDevice(device.GUID, alert)},
		"a device that was not read":    {"device.settings", unread(w.ofDevice(device.GUID, alert))},
		"an edit of which half is in conflict": {"device.edit", func() action.Order {
			o := w.ofDevice(device.GUID, map[string]string{"name": "B", "notes": "seen"})
			o.State.Device.Name = "before somebody renamed it"
			return o
		}()},
		"follow what was not read":      {"device.follow", unread(w.ofDevice(device.GUID, nil))},
		"an edit of nothing":            {"device.edit", w.ofDevice(device.GUID, nil)},
		"an edit of an org to the same": {"org.edit", w.ofOrg(org.UID, map[string]string{"name": org.Name})},
		"a nameless organization":       {"org.create", w.ofOrg(org.UID, nil)},
		"an upgrade of nothing":         {"device.upgrade", action.Order{}},
	} {
		if err := byID(t, tt.id).Run(t.Context(), w.Writer(), tt.o); backup.OutcomeOf(err) != backup.FailedNotSent {
			t.Errorf("%s: %v (%v)", name, err, backup.OutcomeOf(err))
		}
	}
	if got := w.sent(); len(got) != 0 {
		t.Errorf("sent %v", got)
	}
}

// TestUpgradesAreOrdered: what the vendor does not tell is not claimed, neither way.
func TestUpgradesAreOrdered(t *testing.T) {
	t.Parallel()
	eachDialect(t, func(t *testing.T, w world) {
		a, o := byID(t, "device.upgrade"), w.ofDevice(w.device().GUID, nil)
		if err := a.Run(t.Context(), w.Writer(), o); err != nil {
			t.Fatal(err)
		}
		if got := w.sent(); len(got) != 1 || !slices.Contains([]string{"POST /api/v38/device-upgrade", "POST /api/v4/device-upgrade"}, got[0]) {
			t.Errorf("sent %v", got)
		}
		if _, err := a.Check(t.Context(), w.Reader(), action.Order{Target: o.Target}); err == nil {
			t.Error("a check without the version before finds something")
		}
		o.State.Device.ClientVersion = "0.0.1"
		if found, err := a.Check(t.Context(), w.Reader(), o); err != nil || found != action.Happened {
			t.Errorf("another version: %d, %v", found, err)
		}
	})
}
