package inventory

import (
	"context"
	"time"

	"backup-portal/internal/settings"
)

// OrgReading is what the mirror keeps of an organization's settings.
type OrgReading struct {
	UID      string
	Follows  map[settings.Inheritance]Following
	Defaults string // changes with the values that its devices are compared with
	ReadAt   time.Time
}

// DueDevice is an active device that waits to be compared with the defaults of its organization.
type DueDevice struct{ GUID, OrgUID string }

// Comparison is how a device compares with the defaults of its organization.
type Comparison struct {
	DueDevice

	Defaults string    // as in OrgReading: what it was compared with
	ReadAt   time.Time // when its document was asked for
	Failed   bool      // it could not be read: what is known stays
	Drifts   []DriftedValue
}

// DriftedValue is one value of a device that is not its organization's, both in words.
type DriftedValue struct {
	Key              settings.Key
	Property         string // the key without the number of a backup set
	Label            string
	OrgValue, Device string
	Locked           bool // on the device: it cannot follow
}

// Drift is a row of the report: one value of one device.
type Drift struct {
	DriftedValue

	GUID, Name, Username string
	OrgUID, OrgName      string
	Since                time.Time // when it was seen first
	ComparedAt           time.Time
}

// DriftQuery asks for one page of the values in which active devices differ from the defaults of their organization. Zero
// values do not filter.
type DriftQuery struct {
	Scope    Scope
	OrgUID   string
	Below    bool   // with the organizations below it
	Property string // exactly
	Text     string // what a search of devices looks for, or a part of a value

	After, Before string // keyset cursors, as of a DeviceQuery
	Limit         int    // rows; 0 = 50
	Batch         bool   // rows and Next only
}

// DriftPage is one page of the report, by folded device name, GUID and key.
type DriftPage struct {
	Drifts       []Drift
	Total        int // values, exact to CountLimit
	TotalCapped  bool
	Next, Before string
	HasPrevious  bool
}

// DriftFreshness says how much of a report is known, and how old it is.
type DriftFreshness struct {
	Devices  int       // active ones
	Compared int       // of them
	Drifting int       // of those
	Oldest   time.Time // comparison; zero: there is none
}

// SettingsStore keeps what the crawl of settings found. Each method is one transaction.
type SettingsStore interface {
	// Following answers an active or inactive organization and everything below it, by path; an organization outside the scope or
	// missing is a fault.NotFound.
	Following(ctx context.Context, scope Scope, uid string) ([]OrgFollowing, error)
	// OrgsDue lists active organizations whose settings nobody tried to read since a time, those first that waited longest; at most limit.
	OrgsDue(ctx context.Context, since time.Time, limit int) ([]string, error)
	// OrgRead keeps a reading, unless a newer one is there. When the defaults are not what they were, all devices of the organization
	// are due.
	OrgRead(ctx context.Context, r OrgReading) error
	// OrgsStale makes an organization and everything below it due.
	OrgsStale(ctx context.Context, uid string) error
	// OrgTried notes that an organization's settings could not be read: it is due again when all others were.
	OrgTried(ctx context.Context, uid string, at time.Time) error
	// DevicesNew lists active devices that were never compared with the organization in which they are now, by organization and GUID,
	// after one; at most limit.
	DevicesNew(ctx context.Context, after DueDevice, limit int) ([]DueDevice, error)
	// DevicesDue lists active devices that nobody tried to compare since a time, those first that waited longest; at most limit.
	DevicesDue(ctx context.Context, since time.Time, limit int) ([]DueDevice, error)
	// Compared keeps comparisons, each unless a newer one of its device is there. A value that differed before keeps its since.
	Compared(ctx context.Context, list []Comparison) error
	// DriftForgotten removes what is kept of devices that are active no more, or gone, or in another organization; at most limit devices,
	// and answers how many it were.
	DriftForgotten(ctx context.Context, limit int) (int, error)

	// Drifts answers one page of the report; a cursor that no page gave out is a fault.Invalid.
	Drifts(ctx context.Context, q DriftQuery) (DriftPage, error)
	// DriftTallies counts for each property how many values the report would hold with it chosen, most first.
	DriftTallies(ctx context.Context, q DriftQuery) ([]Tally, error)
	// DriftFreshness counts the devices that a query's organizations hold, whatever its other filters.
	DriftFreshness(ctx context.Context, q DriftQuery) (DriftFreshness, error)
}

// Drifts answers one page of the values in which devices differ from the defaults of their organization.
func (s *Service) Drifts(ctx context.Context, q DriftQuery) (DriftPage, error) {
	return s.Store.Drifts(ctx, q)
}

// DriftTallies counts for each property how many values the report would hold with it chosen.
func (s *Service) DriftTallies(ctx context.Context, q DriftQuery) ([]Tally, error) {
	return s.Store.DriftTallies(ctx, q)
}

// DriftFreshness says how much of a report is known, and how old it is.
func (s *Service) DriftFreshness(ctx context.Context, q DriftQuery) (DriftFreshness, error) {
	return s.Store.DriftFreshness(ctx, q)
}
