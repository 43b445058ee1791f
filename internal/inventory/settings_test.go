package inventory_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	emulator "backup-portal/internal/emulator/backup"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/settings"
)

// words is the text of what a person is told of a fault.
func words(err error) fault.Fault {
	got := fault.Of(err)
	return fault.Fault{Kind: got.Kind, Message: got.Message, Next: got.Next}
}

var notFound = fault.Fault{Kind: fault.NotFound, Message: inventory.NotFoundMessage, Next: inventory.NotFoundNext}

// TestSettingsAreReadLive reads an organization and a device with their sheets; what the vendor changed a moment ago is in
// them.
func TestSettingsAreReadLive(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	f.sync()
	own, _, device, _ := f.twoSubtrees()
	if err := f.vendor.SetArchiveHoldDays(device.OrgUID, 77); err != nil {
		t.Fatal(err)
	}
	if err := f.vendor.DriftDevice(device.GUID, "8640", "minutesUntilSevere"); err != nil {
		t.Fatal(err)
	}
	org, err := f.Settings(t.Context(), own, device.OrgUID)
	if err != nil || org.Failure != nil {
		t.Fatalf("%v, %v", err, org.Failure)
	}
	if v, known := org.Sheet.Value("quota.archiveHoldDays"); !known || v.Own != "77" || v.Inherited || org.Row.UID != device.OrgUID || org.ReadAt.IsZero() {
		t.Errorf("the organization: %+v, %t", v, known)
	}
	if v, known := org.Sheet.Value("endpoint.device_webRestore_enabled"); !known && !hasPackets(org.Sheet) {
		t.Errorf("no packets: %+v", v)
	}
	found, err := f.DeviceSettings(t.Context(), own, device.GUID)
	if err != nil || found.Failure != nil || !found.DefaultsKnown || found.OrgName != org.Row.Name {
		t.Fatalf("%v, %v, defaults %t, %q", err, found.Failure, found.DefaultsKnown, found.OrgName)
	}
	if v, known := found.Sheet.Value("defaults.minutesUntilSevere"); !known || v.Own != "8640" {
		t.Errorf("the device: %+v, %t", v, known)
	}
	if v, known := found.Defaults.Value("defaults.minutesUntilSevere"); !known || v.Effective == "8640" {
		t.Errorf("its organization: %+v, %t", v, known)
	}
}

func hasPackets(sheet settings.Sheet) bool {
	for _, v := range sheet.Values() {
		if v.Part == settings.Packets && !v.Absent {
			return true
		}
	}
	return false
}

// TestSettingsOutsideTheScopeDoNotExist: whatever the vendor does, another's organization or device is answered as none.
func TestSettingsOutsideTheScopeDoNotExist(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	f.sync()
	_, other, device, _ := f.twoSubtrees()
	ask := func(what string) {
		t.Helper()
		for name, of := range map[string]struct {
			scope inventory.Scope
			uid   string
			guid  string
		}{
			"another's": {other, device.OrgUID, device.GUID}, "none": {other, "404", "404"}, "an empty scope": {inventory.Scope{}, device.OrgUID, device.GUID},
			"no id": {inventory.Everything(), "", ""},
		} {
			_, err := f.Settings(t.Context(), of.scope, of.uid)
			if diff := cmp.Diff(notFound, words(err)); diff != "" {
				t.Errorf("%s, organization, %s:\n%s", what, name, diff)
			}
			_, err = f.DeviceSettings(t.Context(), of.scope, of.guid)
			if diff := cmp.Diff(notFound, words(err)); diff != "" {
				t.Errorf("%s, device, %s:\n%s", what, name, diff)
			}
			if _, err = f.Reach(t.Context(), of.scope, of.uid); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s, reach, %s: %v", what, name, err)
			}
		}
	}
	ask("a calm vendor")
	f.vendor.FailNext(emulator.Match{Method: http.MethodGet}, broken, 1000)
	ask("a vendor that fails")
}

// TestSettingsWithoutAnAnswer: without documents nothing is told from memory but the row, and the failure says why; packets
// alone are missed in the sheet only.
func TestSettingsWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	// Behind a vendor whose answers to one kind of reading are replaced: the organization itself is read all the same.
	for name, c := range map[string]struct {
		part    string
		body    string
		status  int
		failure bool
	}{
		"an error":         {"incSettings", `[{"name":"SYSTEM"}]`, http.StatusInternalServerError, true},
		"garbage":          {"incSettings", `{"data":{"settings":[[`, http.StatusOK, true},
		"a list":           {"incSettings", `{"data":[]}`, http.StatusOK, true},
		"about another":    {"incSettings", `{"data":{"orgUid":"1","guid":"1","orgName":"x","settings":{}}}`, http.StatusOK, true},
		"only the packets": {"/OrgSetting/", `[{"name":"SYSTEM"}]`, http.StatusInternalServerError, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixtureBehind(t, calm(), func(vendor *emulator.Server) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if strings.Contains(r.URL.String(), c.part) {
						w.WriteHeader(c.status)
						_, _ = w.Write([]byte(c.body))
						return
					}
					vendor.ServeHTTP(w, r)
				})
			})
			f.sync()
			own, _, device, _ := f.twoSubtrees()
			org, err := f.Settings(t.Context(), own, device.OrgUID)
			if err != nil || fault.Is(org.Failure, fault.Upstream) != c.failure || org.Row.UID != device.OrgUID || c.failure != (len(org.Sheet.Values()) == 0) {
				t.Errorf("organization: %v, failure %v, %d values", err, org.Failure, len(org.Sheet.Values()))
			}
			if !c.failure && hasPackets(org.Sheet) {
				t.Error("packets were read")
			}
			found, err := f.DeviceSettings(t.Context(), own, device.GUID)
			if err != nil || fault.Is(found.Failure, fault.Upstream) != c.failure || found.Row.GUID != device.GUID || c.failure != (len(found.Sheet.Values()) == 0) {
				t.Errorf("device: %v, failure %v, %d values", err, found.Failure, len(found.Sheet.Values()))
			}
		})
	}
}

// TestADeviceThatMovedHasItsNewDefaults: the mirror still has it where it was.
func TestADeviceThatMovedHasItsNewDefaults(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	f.sync()
	own, other, device, to := f.twoSubtrees()
	if err := f.vendor.MoveDevice(device.GUID, to); err != nil {
		t.Fatal(err)
	}
	if _, err := f.DeviceSettings(t.Context(), own, device.GUID); words(err) != notFound {
		t.Errorf("where it was: %v", err)
	}
	found, err := f.DeviceSettings(t.Context(), other, device.GUID)
	if err != nil || found.Failure != nil || found.Row.OrgUID != to || !found.DefaultsKnown {
		t.Fatalf("where it is: %+v, %v", found.Row, err)
	}
	document, err := f.Reader.OrgDocument(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	want, err := settings.OfOrganization(document, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := settings.Compare(want, found.Defaults); len(d) > 0 {
		t.Errorf("its defaults are not those of its organization: %v", d)
	}
}

// TestNobodyAboveTheScopeIsNamed: of who provides inherited values those inside the scope have names, and others none.
func TestNobodyAboveTheScopeIsNamed(t *testing.T) {
	t.Parallel()
	f := newFixture(t, calm())
	f.sync()
	byUID := map[string]emulator.Org{}
	for _, o := range f.vendor.Snapshot().Orgs {
		byUID[o.UID] = o
	}
	path := paths(f.vendor.Snapshot())
	named, unnamed := 0, 0
	for uid, at := range path {
		for _, scope := range []inventory.Scope{inventory.Everything(), {Paths: []string{at}}} {
			org, err := f.Settings(t.Context(), scope, uid)
			if err != nil || org.Failure != nil {
				t.Fatalf("%v, %v", err, org.Failure)
			}
			for provider, name := range org.Providers {
				if !scope.Contains(path[provider]) || name != byUID[provider].Name {
					t.Errorf("%s is named %q in %v", provider, name, scope.Paths)
				}
				named++
			}
			if _, provider, _ := org.Sheet.Inherits(settings.ByDeviceDefaults); provider != "" && !scope.Contains(path[provider]) {
				unnamed++
			}
		}
	}
	if named == 0 || unnamed == 0 {
		t.Errorf("%d named, %d unnamed: nothing is proved", named, unnamed)
	}
}

// TestReachFollowsTheCrawl: before it everything below counts as following; after it and after a change of one organization's
// settings the counts are those of the documents.
func TestReachFollowsTheCrawl(t *testing.T) {
	t.Parallel()
	d := newDrifting(t, calm())
	root := d.vendor.RootOrgUID()
	reach := func() inventory.Reach {
		t.Helper()
		org, err := d.Settings(t.Context(), inventory.Everything(), root)
		if err != nil || org.Failure != nil {
			t.Fatalf("%v, %v", err, org.Failure)
		}
		return org.Reach[settings.ByQuota]
	}
	want := func() (r inventory.Reach) {
		t.Helper()
		snapshot := d.vendor.Snapshot()
		path := paths(snapshot)
		own := map[string]bool{}
		active := map[string]bool{}
		for _, o := range snapshot.Orgs {
			document, err := d.Reader.OrgDocument(t.Context(), o.UID)
			if err != nil {
				t.Fatal(err)
			}
			sheet, err := settings.OfOrganization(document, nil)
			if err != nil {
				t.Fatal(err)
			}
			follows, _, known := sheet.Inherits(settings.ByQuota)
			own[o.UID] = known && !follows && o.UID != root
			active[o.UID] = o.Active
		}
		reached := func(uid string) bool {
			for _, above := range inventory.AncestorUIDs(path[uid]) {
				if own[above] {
					return false
				}
			}
			return true
		}
		for uid := range path {
			switch {
			case !active[uid]:
			case reached(uid):
				r.Orgs++
			default:
				r.Overriding++
			}
		}
		for _, device := range snapshot.Devices {
			if reached(device.OrgUID) { // deactivated ones too: the days in cold storage are theirs
				r.Devices++
			}
		}
		return r
	}
	if before := reach(); before.Overriding > 0 || before.Unknown != before.Orgs-1 {
		t.Errorf("before the crawl: %+v", before)
	}
	d.read()
	if got := reach(); got != want() {
		t.Errorf("after the crawl: %+v, want %+v", got, want())
	}
	_, _, device, _ := d.twoSubtrees()
	if err := d.vendor.SetArchiveHoldDays(device.OrgUID, 12); err != nil {
		t.Fatal(err)
	}
	if err := d.OrgSettingsChanged(t.Context(), device.OrgUID); err != nil {
		t.Fatal(err)
	}
	if got := reach(); got != want() || got.Overriding == 0 {
		t.Errorf("after a change: %+v, want %+v", got, want())
	}
}
