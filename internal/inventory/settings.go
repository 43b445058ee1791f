package inventory

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"backup-portal/internal/backup"
	"backup-portal/internal/fault"
	"backup-portal/internal/settings"
)

// OrgSettings is an organization with its settings, read from the vendor just now. Without an answer Failure is set and the
// sheet is empty: what somebody is going to change is never told from memory.
type OrgSettings struct {
	LiveOrg

	Sheet     settings.Sheet
	Providers map[string]string // names of those inside the scope that set inherited values, by orgUid
	Reach     map[settings.Inheritance]Reach
}

// DeviceSettings is a device with its settings and its organization's, read from the vendor just now. Without an answer
// Failure is set and the sheets are empty.
type DeviceSettings struct {
	LiveDevice

	Sheet         settings.Sheet
	Defaults      settings.Sheet // of the device's organization
	DefaultsKnown bool
	OrgName       string
}

// Settings reads an organization and its settings from the vendor, within 3 s in all; see LiveOrg for whom it answers, and
// with what. Packets that cannot be read are left out of the sheet, which says so.
func (s *Service) Settings(ctx context.Context, scope Scope, uid string) (OrgSettings, error) {
	known, err := s.Store.OrgPaths(ctx, []string{uid})
	if err != nil {
		return OrgSettings{}, err
	}
	if _, met := known[uid]; !met || scope.Empty() {
		return OrgSettings{}, NoSuchPage(errors.New("not in the mirror"))
	}
	reading, cancel := backup.Interactive(ctx)
	defer cancel()
	document := begin(func() ([]byte, error) { return s.Reader.OrgDocument(reading, uid) })

	live, err := s.LiveOrg(ctx, scope, uid)
	if err != nil || live.Failure != nil {
		return OrgSettings{LiveOrg: live}, err
	}
	packets, err := s.Reader.OrgPackets(reading, live.Org.ID)
	if err != nil {
		packets = nil
		s.Logger.WarnContext(ctx, "packets of an organization not read", slog.String("organization", uid), slog.Any("error", err))
	}
	found := OrgSettings{LiveOrg: live}
	bytes, err := document()
	if err == nil {
		found.Sheet, err = readable(settings.OfOrganization(bytes, packets))
	}
	if err != nil {
		if ctx.Err() != nil {
			return OrgSettings{}, err
		}
		found.LiveOrg, err = s.RememberedOrg(ctx, scope, uid, err)
		found.Sheet = settings.Sheet{}
		return found, err
	}
	if found.Reach, err = s.Reach(ctx, scope, uid); err != nil {
		return OrgSettings{}, err
	}
	found.Providers, err = s.providers(ctx, scope, found.Sheet)
	return found, err
}

// DeviceSettings reads a device, its settings and those of its organization from the vendor, within 3 s in all; see Live for
// whom it answers, and with what.
func (s *Service) DeviceSettings(ctx context.Context, scope Scope, guid string) (DeviceSettings, error) {
	if guid == "" || scope.Empty() {
		return DeviceSettings{}, NoSuchPage(errors.New("no guid or an empty scope"))
	}
	// Where the mirror has it is most likely where it is, so its organization need not wait for it.
	row, err := s.Store.Device(ctx, Everything(), guid)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return DeviceSettings{}, err
	}
	reading, cancel := backup.Interactive(ctx)
	defer cancel()
	document := begin(func() ([]byte, error) { return s.Reader.DeviceDocument(reading, guid) })
	defaults := begin(func() ([]byte, error) { return s.orgDocument(reading, row.OrgUID) })

	live, err := s.Live(ctx, scope, guid)
	if err != nil || live.Failure != nil {
		return DeviceSettings{LiveDevice: live}, err
	}
	found := DeviceSettings{LiveDevice: live, OrgName: live.Row.OrgName}
	bytes, err := document()
	if err == nil {
		found.Sheet, err = readable(settings.OfDevice(bytes))
	}
	if err != nil {
		if ctx.Err() != nil {
			return DeviceSettings{}, err
		}
		remembered, err := s.Remembered(ctx, scope, guid, err)
		return DeviceSettings{LiveDevice: remembered}, err
	}
	bytes, err = defaults()
	if live.Row.OrgUID != row.OrgUID {
		bytes, err = s.orgDocument(reading, live.Row.OrgUID)
	}
	if err == nil {
		found.Defaults, err = readable(settings.OfOrganization(bytes, nil))
	}
	if err != nil {
		s.Logger.WarnContext(ctx, "defaults of a device not read", slog.String("device", guid), slog.Any("error", err))
		found.Defaults = settings.Sheet{}
	}
	found.DefaultsKnown = err == nil
	return found, nil
}

func (s *Service) orgDocument(ctx context.Context, uid string) ([]byte, error) {
	if uid == "" {
		return nil, errors.New("no organization")
	}
	return s.Reader.OrgDocument(ctx, uid)
}

// providers names the organizations that set inherited values, those inside the scope only: above it nothing is named.
func (s *Service) providers(ctx context.Context, scope Scope, sheet settings.Sheet) (map[string]string, error) {
	var uids []string
	for _, v := range sheet.Values() {
		if v.Provider != "" {
			uids = append(uids, v.Provider)
		}
	}
	for _, by := range []settings.Inheritance{settings.ByQuota, settings.ByReporting, settings.ByDestinations, settings.ByDeviceDefaults} {
		if _, provider, _ := sheet.Inherits(by); provider != "" {
			uids = append(uids, provider)
		}
	}
	known, err := s.Store.OrgPaths(ctx, uids)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(known))
	for uid, org := range known {
		if scope.Contains(org.Path) {
			names[uid] = org.Name
		}
	}
	return names, nil
}

// readable says what an answer means whose document cannot be read.
func readable(sheet settings.Sheet, err error) (settings.Sheet, error) {
	if err != nil {
		return settings.Sheet{}, fault.Wrap(fault.Upstream, err,
			"The backup service gave an answer that the portal does not understand.", "Ask your operator to check the address of the backup service.")
	}
	return sheet, nil
}

// begin starts a reading beside others and answers how to wait for it; nobody has to.
func begin[T any](read func() (T, error)) (wait func() (T, error)) {
	var value T
	var err error
	var done sync.WaitGroup
	done.Go(func() { value, err = read() })
	return func() (T, error) { done.Wait(); return value, err }
}
