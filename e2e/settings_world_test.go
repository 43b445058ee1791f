package e2e

import (
	"testing"

	"backup-portal/internal/backup"
	"backup-portal/internal/settings"
)

// sheet reads the settings of an organization from the vendor, around the portal.
func (w *world) sheet(t testing.TB, uid string) (settings.Sheet, backup.OrgID) {
	t.Helper()
	reader := w.vendorClient(t)
	org, err := reader.OrgByUID(t.Context(), uid)
	must(t, err)
	document, err := reader.OrgDocument(t.Context(), uid)
	must(t, err)
	packets, err := reader.OrgPackets(t.Context(), org.ID)
	must(t, err)
	sheet, err := settings.OfOrganization(document, packets)
	must(t, err)
	return sheet, org.ID
}

// deviceSheet reads the settings of a device from the vendor, around the portal.
func (w *world) deviceSheet(t testing.TB, guid string) (settings.Sheet, backup.DeviceID) {
	t.Helper()
	reader := w.vendorClient(t)
	device, err := reader.DeviceByGUID(t.Context(), guid, false)
	must(t, err)
	document, err := reader.DeviceDocument(t.Context(), guid)
	must(t, err)
	sheet, err := settings.OfDevice(document)
	must(t, err)
	return sheet, device.ID
}

// orgWhere finds an active organization whose settings are so.
func (w *world) orgWhere(t testing.TB, what string, so func(settings.Sheet) bool) (uid string, sheet settings.Sheet) {
	t.Helper()
	for _, o := range w.emulator.Snapshot().Orgs {
		if sheet, _ := w.sheet(t, o.UID); o.Active && !o.Blocked && so(sheet) {
			return o.UID, sheet
		}
	}
	t.Fatalf("no organization has %s", what)
	return "", settings.Sheet{}
}

// own is what an organization's document itself holds.
func (w *world) own(t testing.TB, uid string, key settings.Key) string {
	t.Helper()
	sheet, _ := w.sheet(t, uid)
	value, ok := sheet.Value(key)
	if !ok {
		t.Fatalf("%s has no %s", uid, key)
	}
	return value.Own
}

// inForce is what counts at an organization, whoever sets it.
func (w *world) inForce(t testing.TB, uid string, key settings.Key) string {
	t.Helper()
	sheet, _ := w.sheet(t, uid)
	value, ok := sheet.Value(key)
	if !ok {
		t.Fatalf("%s has no %s", uid, key)
	}
	return value.Effective
}

// behind sets values of an organization around the portal, as somebody at the vendor's own console does.
func (w *world) behind(t testing.TB, uid string, values map[settings.Key]string) {
	t.Helper()
	sheet, id := w.sheet(t, uid)
	document, packets, err := sheet.Apply(changesOf(t, sheet, values))
	must(t, err)
	writer := w.vendor(t).Writer()
	if packets != nil {
		must(t, writer.PutOrgPackets(t.Context(), id, packets))
	}
	if document != nil {
		must(t, writer.PutOrgDocument(t.Context(), id, document))
	}
}

// behindDevice is behind for a device.
func (w *world) behindDevice(t testing.TB, guid string, values map[settings.Key]string) {
	t.Helper()
	sheet, id := w.deviceSheet(t, guid)
	document, _, err := sheet.Apply(changesOf(t, sheet, values))
	must(t, err)
	if document != nil {
		must(t, w.vendor(t).Writer().PutDevice(t.Context(), id, document))
	}
}

func changesOf(t testing.TB, sheet settings.Sheet, values map[settings.Key]string) settings.Changes {
	t.Helper()
	var changes settings.Changes
	for key, to := range values {
		value, ok := sheet.Value(key)
		if !ok {
			t.Fatalf("there is no %s", key)
		}
		changes = append(changes, settings.Change{Key: key, From: value.Own, To: to})
	}
	return changes
}
