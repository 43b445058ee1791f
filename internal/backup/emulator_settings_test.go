package backup_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/backup"
)

// clients are one for each dialect.
func clients(t *testing.T, url string) map[string]*backup.Client {
	t.Helper()
	all := map[string]*backup.Client{}
	for _, d := range []backup.Dialect{backup.CrashPlan, backup.Code42} {
		transport := &http.Transport{}
		t.Cleanup(transport.CloseIdleConnections)
		c, err := backup.New(backup.Options{BaseURL: url, Dialect: d, SignIn: localAccount(), Transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		all[string(d)] = c
	}
	return all
}

// child is an active organization below the root.
func child(t *testing.T, c *backup.Client) backup.Org {
	t.Helper()
	for _, org := range collect(t, c.Reader().Orgs(t.Context(), backup.OrgQuery{})) {
		if org.ParentUID != "" && org.Active && !org.Blocked {
			return org
		}
	}
	t.Fatal("no organization is active")
	return backup.Org{}
}

// field is one member of a JSON object; below names a member that holds it.
func field(t *testing.T, document []byte, names ...string) string {
	t.Helper()
	for _, name := range names {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(document, &members); err != nil {
			t.Fatal(err)
		}
		document = members[name]
	}
	return string(document)
}

// TestSettingsOfAnOrganization are read, sent back edited at one value, and read again, in both calls.
func TestSettingsOfAnOrganization(t *testing.T) {
	t.Parallel()
	emulator, url := newEmulator(t, nil)
	for d, c := range clients(t, url) {
		ctx := t.Context()
		org := child(t, c)
		limit := fmt.Sprint(1000 + len(d)) // another one for each dialect
		document, err := c.Reader().OrgDocument(ctx, org.UID)
		if err != nil {
			t.Fatal(err)
		}
		edited := bytes.Replace(document, []byte(`"webRestoreUserLimitMb":`+field(t, document, "settings", "webRestoreUserLimitMb")), []byte(`"webRestoreUserLimitMb":`+limit), 1)
		if bytes.Equal(edited, document) {
			t.Fatalf("%s: the value is not where it is looked for", d)
		}
		if err := c.Writer().PutOrgDocument(ctx, org.ID, edited); err != nil {
			t.Fatal(err)
		}
		document, err = c.Reader().OrgDocument(ctx, org.UID)
		if got := field(t, document, "settings", "webRestoreUserLimitMb"); err != nil || got != limit {
			t.Errorf("%s: read back %s (%v)", d, got, err)
		}
		if err := emulator.SetOrgPacket(org.UID, "device_webRestore_enabled", "false", false); err != nil {
			t.Fatal(err)
		}
		if err := c.Writer().PutOrgPackets(ctx, org.ID, []byte(`{"packets":[{"key":"device_webRestore_enabled","value":"true","locked":false}]}`)); err != nil {
			t.Fatal(err)
		}
		packets, err := c.Reader().OrgPackets(ctx, org.ID)
		got := []string{field(t, packets, "device_webRestore_enabled", "value"), field(t, packets, "device_webRestore_enabled", "id")}
		if diff := cmp.Diff([]string{`"true"`, fmt.Sprint(int64(org.ID))}, got); diff != "" || err != nil {
			t.Errorf("%s: packets %v (-want +got):\n%s", d, err, diff)
		}
		if err := c.Writer().PutOrgDocument(ctx, 404_404, edited); !backup.IsNotFound(err) {
			t.Errorf("%s: an unknown organization: %v", d, err)
		}
		if _, err := c.Reader().OrgPackets(ctx, 404_404); !backup.IsNotFound(err) {
			t.Errorf("%s: packets of an unknown organization: %v", d, err)
		}
	}
}

// TestSettingsOfADevice are read in both forms that there ever were, and written back.
func TestSettingsOfADevice(t *testing.T) {
	t.Parallel()
	_, url := newEmulator(t, nil)
	yes := true
	for d, c := range clients(t, url) {
		ctx := t.Context()
		page, err := c.Reader().DevicePage(ctx, backup.DeviceQuery{Active: &yes, PageSize: 1})
		if err != nil || len(page.Devices) != 1 {
			t.Fatalf("%v, %v", page, err)
		}
		device := page.Devices[0]
		document, err := c.Reader().DeviceDocument(ctx, device.GUID)
		if err != nil {
			t.Fatal(err)
		}
		edited := bytes.Replace(document, []byte(`"notes":`+field(t, document, "notes")), []byte(`"notes":"seen by `+d+`"`), 1)
		if err := c.Writer().PutDevice(ctx, device.ID, edited); err != nil {
			t.Fatal(err)
		}
		if now, err := c.Reader().DeviceByGUID(ctx, device.GUID, false); err != nil || now.Notes != "seen by "+d {
			t.Errorf("%s: notes are %q (%v)", d, now.Notes, err)
		}
		again, err := c.Reader().DeviceDocument(ctx, device.GUID)
		if err != nil || field(t, again, "settings", "serviceBackupConfig") != field(t, document, "settings", "serviceBackupConfig") {
			t.Errorf("%s: what was not edited has changed (%v)", d, err)
		}
		if view, err := c.Reader().DeviceSettingView(ctx, device.GUID, nil); err != nil || len(view) < 3 {
			t.Errorf("%s: the older view is %s (%v)", d, view, err)
		}
		if _, err := c.Reader().DeviceDocument(ctx, "404"); !backup.IsNotFound(err) {
			t.Errorf("%s: an unknown device: %v", d, err)
		}
		if err := c.Writer().UpgradeDevice(ctx, device.GUID); err != nil {
			t.Errorf("%s: upgrade: %v", d, err)
		}
		if err := c.Writer().UpgradeDevice(ctx, "404"); !backup.IsNotFound(err) {
			t.Errorf("%s: upgrade of an unknown device: %v", d, err)
		}
	}
}

// TestFullDiskAccessOfMacs is reported by Macs only, one by one and for a whole organization.
func TestFullDiskAccessOfMacs(t *testing.T) {
	t.Parallel()
	emulator, url := newEmulator(t, nil)
	for d, c := range clients(t, url) {
		ctx := t.Context()
		yes := true
		page, err := c.Reader().DevicePage(ctx, backup.DeviceQuery{Active: &yes})
		if err != nil {
			t.Fatal(err)
		}
		macs := 0
		for _, device := range page.Devices {
			allowed := macs%2 == 0
			isMac := emulator.SetFullDiskAccess(device.GUID, allowed) == nil
			got, err := c.Reader().DeviceAgentState(ctx, device.GUID, backup.FullDiskAccess)
			want := backup.AgentState{DeviceGUID: device.GUID, Property: backup.FullDiskAccess}
			if isMac {
				macs++
				want.Value, want.Reported = fmt.Sprint(allowed), true
			}
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Fatalf("%s: %s is a Mac: %v, %v (-want +got):\n%s", d, device.GUID, isMac, err, diff)
			}
			if !isMac {
				continue
			}
			org, err := c.Reader().OrgByUID(ctx, device.OrgUID)
			if err != nil {
				t.Fatal(err)
			}
			states, err := c.Reader().OrgAgentStates(ctx, org.ID, backup.FullDiskAccess)
			found := false
			for _, state := range states {
				found = found || state == want
			}
			if err != nil || !found {
				t.Fatalf("%s: %+v is not among those of its organization, %+v (%v)", d, want, states, err)
			}
		}
		if macs == 0 {
			t.Fatalf("%s: no Mac was met", d)
		}
	}
}

// TestOrganizationsAreMadeAndEdited, and what the vendor refuses has a meaning of its own.
func TestOrganizationsAreMadeAndEdited(t *testing.T) {
	t.Parallel()
	emulator, url := newEmulator(t, nil)
	for d, c := range clients(t, url) {
		ctx := t.Context()
		parent := child(t, c)
		name := "Yard of " + d
		if err := c.Writer().CreateOrg(ctx, backup.NewOrg{ParentGUID: parent.GUID, Name: name, Notes: "new"}); err != nil {
			t.Fatal(err)
		}
		var made backup.Org
		for _, org := range collect(t, c.Reader().Orgs(ctx, backup.OrgQuery{})) {
			if org.Name == name {
				made = org
			}
		}
		if made.ParentUID != parent.UID || made.Notes != "new" || made.ExternalReference != "" {
			t.Fatalf("%s: made %+v", d, made)
		}
		renamed, none := name+" 2", ""
		if err := c.Writer().UpdateOrg(ctx, made.GUID, backup.OrgEdit{Name: &renamed, Notes: &none}); err != nil {
			t.Fatal(err)
		}
		if now, err := c.Reader().OrgByUID(ctx, made.UID); err != nil || now.Name != renamed || now.Notes != "" {
			t.Errorf("%s: edited to %+v (%v)", d, now, err)
		}
		short := "x"
		if err := c.Writer().UpdateOrg(ctx, made.GUID, backup.OrgEdit{Name: &short}); backup.MeaningOf(err) != backup.OrgNameTooShort || backup.OutcomeOf(err) != backup.Failed {
			t.Errorf("%s: a short name: %v", d, err)
		}
		if err := emulator.SetOrgBlocked(made.UID, true); err != nil {
			t.Fatal(err)
		}
		if err := c.Writer().CreateOrg(ctx, backup.NewOrg{ParentGUID: made.GUID, Name: name}); backup.MeaningOf(err) != backup.ParentOrgBlocked {
			t.Errorf("%s: below a blocked organization: %v", d, err)
		}
		if err := c.Writer().DeactivateOrg(ctx, made.GUID); err != nil {
			t.Fatal(err)
		}
		if err := c.Writer().CreateOrg(ctx, backup.NewOrg{ParentGUID: made.GUID, Name: name}); backup.MeaningOf(err) != backup.ParentOrgNotActive {
			t.Errorf("%s: below a deactivated organization: %v", d, err)
		}
		if err := c.Writer().UpdateOrg(ctx, "404", backup.OrgEdit{Name: &name}); !backup.IsNotFound(err) {
			t.Errorf("%s: an unknown organization: %v", d, err)
		}
	}
}
