package inventory

import (
	"context"
	"time"
)

// DeviceQuery asks for one page of devices. Zero values do not filter; all filters hold together.
type DeviceQuery struct {
	Scope         Scope
	Text          string // substring of GUID, name, host name, user name, external reference (folded)
	Active        *bool
	Blocked       *bool
	Alert         *bool
	Deauthorized  *bool  // signed out by an admin, whether or not it signed in since
	OnHold        *bool  // whether its owner is on legal hold; no device's is, when nobody knows
	OrgUID        string // with its children; an organization outside the scope matches nothing
	Directly      bool   // with OrgUID: without its children
	UserUID       string
	Destination   string // GUID of a destination that it backs up to
	OS            string // exactly the vendor's osName: "win", "mac", "linux"
	ClientVersion string // exactly the vendor's productVersion
	Connected     TimeRange
	Completed     TimeRange // the newest completed backup over all destinations
	Created       TimeRange
	// KeepNewest leaves out each user's N most recently connected devices: of all the user's devices in the scope whose
	// active state is the one asked for, whatever the other filters say, so that a date filter never turns a person's
	// current device into a leftover. A device without a user is never left out.
	KeepNewest int

	Sort       DeviceSort
	Descending bool
	After      string // keyset cursor from the page before ("" = first page); belongs to one order
	Before     string // keyset cursor from the page after
	Limit      int    // rows; 0 = 50
}

// TimeRange bounds a time. Both ends are met only by a known time; Never asks for devices without one.
type TimeRange struct {
	After  time.Time // at or after; zero = open
	Before time.Time // before; zero = open
	Never  bool
}

// DeviceSort is the order of a list of devices; ties are in order of GUID, and Descending turns both around. Never sorts
// before every time.
type DeviceSort string

// The orders.
const (
	ByName      DeviceSort = "" // folded
	ByConnected DeviceSort = "connected"
	ByCompleted DeviceSort = "completed"
	ByStored    DeviceSort = "stored"
)

// DevicePage is one page of devices with the exact total of the query up to CountLimit.
type DevicePage struct {
	Devices      []Device
	Total        int  // exact to CountLimit
	TotalCapped  bool // more than CountLimit match
	Next, Before string
	HasPrevious  bool
}

// CountLimit is where exact totals end.
const CountLimit = 10_000

// Facets are the counts beside a list: for each value of a dimension, how many devices the list would hold with that
// value chosen instead of the dimension's present filter and all other filters as they are. Known is false when more than
// CountLimit devices match without the filters of these dimensions, or when counting took too long: then values are
// listed without counts.
type Facets struct {
	Known        bool
	States       []Tally // Value: a DeviceState
	OS           []Tally // most frequent first, at most FacetValues
	Clients      []Tally
	Destinations []Tally // Value: GUID, Label: name
	Backups      []Tally // Value: a BackupAge
}

// FacetValues is how many values a facet lists.
const FacetValues = 12

// Tally is how many devices have one value.
type Tally struct {
	Value, Label string
	Count        int
}

// DeviceState is the one state of a device that facets and pictures count it under.
type DeviceState string

// The states: every device is in exactly one of the first four; alert is counted beside them.
const (
	StateActive       DeviceState = "active" // and nothing else
	StateBlocked      DeviceState = "blocked"
	StateDeauthorized DeviceState = "deauthorized" // and not blocked
	StateDeactivated  DeviceState = "deactivated"
	StateAlert        DeviceState = "alert"
)

// BackupAge is how long ago an active device completed a backup.
type BackupAge string

// The ages; the ends are Now minus 1, 7 and 30 times 24 hours.
const (
	AgeDay   BackupAge = "under-1-day"
	AgeWeek  BackupAge = "under-7-days"
	AgeMonth BackupAge = "under-30-days"
	AgeOlder BackupAge = "older"
	AgeNever BackupAge = "never"
)

// DeviceSummary sums up all devices of a scope, for the overview and for facets of lists that nothing else filters.
type DeviceSummary struct {
	Total, Alert int
	// Every device is in exactly one of these.
	Active, ActiveBlocked, Deauthorized, Deactivated int
	// Active devices: those that connected, but not in the last 30 days; those that never did.
	Stale30Days, NeverConnected int
	// Active devices by age of the newest completed backup.
	Under1Day, Under7Days, Under30Days, Over30Days, Never int
	OS, Clients, Destinations                             []Tally // active devices, most frequent first
	StoredBytes                                           int64
	Orgs                                                  []OrgUse // by stored bytes, most first: see Store.DeviceSummary
	CountedAt                                             time.Time
	Cells                                                 []DeviceCell // what it was summed up from
}

// OrgUse is what an organization and all below it hold.
type OrgUse struct {
	UID, Name   string
	Devices     int
	StoredBytes int64
}

// DeviceStats counts devices. Each method is one transaction.
type DeviceStats interface {
	// Facets counts the values beside the list that a query answers; its cursors, order and limit do not matter.
	Facets(ctx context.Context, q DeviceQuery, now time.Time) (Facets, error)
	// DeviceSummary sums up the devices of a scope. Its Orgs are the organizations directly below the scope's root, each
	// with all below it, or the roots themselves when there are several.
	DeviceSummary(ctx context.Context, scope Scope, now time.Time) (DeviceSummary, error)
}
