package inventory

import (
	"context"
	"time"

	"backup-portal/internal/backup"
	"backup-portal/internal/settings"
)

// orgDefaults is what devices of an organization are compared with.
type orgDefaults struct {
	uid, hash string
	sheet     settings.Sheet
	readAt    time.Time
}

// readOrg reads an organization's settings with its packets.
func (s *Service) readOrg(ctx context.Context, uid string, readAt time.Time) (OrgReading, error) {
	org, err := s.Reader.OrgByUID(ctx, uid)
	if err != nil {
		return OrgReading{}, err
	}
	document, err := s.Reader.OrgDocument(ctx, uid)
	if err != nil {
		return OrgReading{}, err
	}
	packets, err := s.Reader.OrgPackets(ctx, org.ID)
	if err != nil {
		return OrgReading{}, err
	}
	sheet, err := readable(settings.OfOrganization(document, packets))
	return orgReading(uid, sheet, true, readAt), err
}

// readDevice compares one device; what could not be read is marked as failed.
func (s *Service) readDevice(ctx context.Context, d DueDevice, defaults orgDefaults) (Comparison, error) {
	ctx, cancel := context.WithTimeout(ctx, crawlTime)
	defer cancel()
	c := Comparison{DueDevice: d, Defaults: defaults.hash, ReadAt: s.Now(), Failed: true}
	document, err := s.Reader.DeviceDocument(ctx, d.GUID)
	if err != nil {
		return c, err
	}
	sheet, err := readable(settings.OfDevice(document))
	if err != nil {
		return c, err
	}
	c.Failed, c.Drifts = false, drifted(defaults.sheet, sheet)
	return c, nil
}

// readDefaults reads an organization's defaults and keeps what else its document says.
func (s *Service) readDefaults(ctx context.Context, uid string) (orgDefaults, error) {
	readAt := s.Now()
	document, err := s.Reader.OrgDocument(ctx, uid)
	if err != nil {
		return orgDefaults{}, err
	}
	sheet, err := readable(settings.OfOrganization(document, nil))
	if err != nil {
		return orgDefaults{}, err
	}
	found := orgReading(uid, sheet, false, readAt)
	return orgDefaults{uid: uid, hash: found.Defaults, sheet: sheet, readAt: readAt}, s.Store.OrgRead(ctx, found)
}

// OrgSettingsChanged reads the settings of an organization again after a change of them; those of the organizations below,
// and their devices, are the next to be read by the crawl.
func (s *Service) OrgSettingsChanged(ctx context.Context, uid string) error {
	if err := s.Store.OrgsStale(ctx, uid); err != nil {
		return err
	}
	reading, cancel := backup.Interactive(ctx)
	defer cancel()
	found, err := s.readOrg(reading, uid, s.Now())
	if err != nil {
		return upstream(err)
	}
	return s.Store.OrgRead(ctx, found)
}

// DeviceSettingsChanged compares a device again after a change of its settings.
func (s *Service) DeviceSettingsChanged(ctx context.Context, guid string) error {
	row, err := s.Store.Device(ctx, Everything(), guid)
	if err != nil {
		return err
	}
	reading, cancel := backup.Interactive(ctx)
	defer cancel()
	defaults, err := s.readDefaults(reading, row.OrgUID)
	if err != nil {
		return upstream(err)
	}
	found, err := s.readDevice(reading, DueDevice{GUID: guid, OrgUID: row.OrgUID}, defaults)
	if err != nil {
		return upstream(err)
	}
	return s.Store.Compared(ctx, []Comparison{found})
}
