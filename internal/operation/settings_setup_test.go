package operation_test

import (
	"errors"
	"strings"
	"testing"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/internal/settings"
)

// Values that the tests change: one of the document, one of the packets, one that the seed has locked.
const (
	seats    settings.Key = "quota.maxSeats"
	limit    settings.Key = "restore.webRestoreUserLimitMb"
	notes    settings.Key = "general.notes"
	scanning settings.Key = "endpoint.device_fileForensics_scan_enabled"
	mailed   settings.Key = "defaults.backupStatusEmailEnabled"
	warned   settings.Key = "defaults.minutesUntilWarning"
)

// wanting is what somebody wants settings to be, by key.
type wanting map[settings.Key]string

// sheet reads the settings of an organization, or of a device.
func (r *road) sheet(id string) settings.Sheet {
	r.t.Helper()
	if len(id) > 0 && id == r.device.GUID {
		read, err := r.fleet.DeviceSettings(r.t.Context(), inventory.Everything(), id)
		if err != nil || read.Failure != nil {
			r.t.Fatal(err, read.Failure)
		}
		return read.Sheet
	}
	read, err := r.fleet.Settings(r.t.Context(), inventory.Everything(), id)
	if err != nil || read.Failure != nil {
		r.t.Fatal(err, read.Failure)
	}
	return read.Sheet
}

// value is what a document holds.
func (r *road) value(id string, key settings.Key) string {
	r.t.Helper()
	v, ok := r.sheet(id).Value(key)
	if !ok {
		r.t.Fatalf("%s has no %s", id, key)
	}
	return v.Own
}

// wants makes the parameters of a change from what is there now.
func (r *road) wants(id string, to wanting) map[string]string {
	r.t.Helper()
	sheet := r.sheet(id)
	var changes settings.Changes
	for key, value := range to {
		v, _ := sheet.Value(key)
		changes = append(changes, settings.Change{Key: key, From: v.Own, To: value})
	}
	return changes.Completed(sheet).Params()
}

// change is a form about settings.
func change(actionID, id string, params map[string]string) operation.Submission {
	return operation.Submission{ID: operation.NewID(), Action: actionID, TargetID: id, Params: params, Reason: "case 4471", Request: "req-1"}
}

// set changes an organization's settings by the road, as a manager there.
func (r *road) set(id string, to wanting) operation.Operation {
	r.t.Helper()
	op, err := r.service.Submit(r.t.Context(), r.person("mara", policy.OrgManager, r.root.UID), change("org.settings", id, r.wants(id, to)))
	if err != nil {
		r.t.Fatal(err)
	}
	return op
}

// behind changes a value behind everybody's back.
func (r *road) behind(id, name string, value any) {
	r.t.Helper()
	if err := r.emulator.SetOrgSettings(id, func(doc map[string]any) {
		settings, _ := doc["settings"].(map[string]any)
		if _, there := settings[name]; there {
			doc = settings
		}
		doc[name] = value
	}); err != nil {
		r.t.Fatal(err)
	}
}

// conflict is the cause of a refusal.
func conflict(t *testing.T, err error) *operation.SettingsConflict {
	t.Helper()
	found, ok := errors.AsType[*operation.SettingsConflict](err)
	if !ok || !fault.Is(err, fault.Conflict) {
		t.Fatalf("%v is no conflict of settings", err)
	}
	return found
}

// writes counts the changing requests that have reached the settings at the vendor.
func (r *road) writes() int {
	n := 0
	for _, q := range r.emulator.Requests() {
		if q.Method == "PUT" && (strings.Contains(q.Path, "/Org") || strings.Contains(q.Path, "/Computer/")) {
			n++
		}
	}
	return n
}

func documents() backupemu.Match { return backupemu.Match{Method: "PUT", PathPrefix: "/api/v1/Org/"} }

func packets() backupemu.Match {
	return backupemu.Match{Method: "PUT", PathPrefix: "/api/v1/OrgSetting/"}
}
