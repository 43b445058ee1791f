package backup

import (
	"strings"
	"time"
)

// DeviceID is the vendor's row number of a device (computerId). It stays inside the calls of this package:
// everything that leaves the portal uses the GUID.
type DeviceID int64

// Device is one computer under backup (wire: section 2.2). Zero times mean "never" or "not told".
type Device struct {
	ID                DeviceID
	GUID              string
	Name              string
	HostName          string
	Status            string // the vendor's own words: "Active, Blocked"
	Active            bool
	Blocked           bool
	Alerts            []string // alertStates without "OK"
	UserUID           string
	OrgUID            string
	ExternalReference string
	Notes             string
	OSName            string // "win", "mac", "linux"
	OSVersion         string
	OSArch            string
	ClientVersion     string // productVersion
	ClientBuild       string
	Address           string
	RemoteAddress     string
	TimeZone          string
	Service           string
	LastConnected     time.Time
	Created           time.Time
	Modified          time.Time
	LoggedIn          time.Time
	Backups           []Backup // only when asked for
}

// Deauthorized tells whether the device was signed out by an admin and has not signed in since.
func (d Device) Deauthorized() bool { return strings.Contains(d.Status, "Deauthorized") }

// Backup is the backup of one device to one destination (wire: section 2.3); sizes are bytes, rates bytes per second.
type Backup struct {
	DestinationGUID string
	DestinationName string
	ArchiveGUID     string
	ArchiveFormat   string
	SelectedFiles   int64
	SelectedBytes   int64
	TodoFiles       int64
	TodoBytes       int64
	ArchiveBytes    int64
	SendRate        int64
	PercentComplete float64
	LastBackup      time.Time
	LastCompleted   time.Time
	LastConnected   time.Time
	Alerts          []string
	Connected       bool
	BackingUp       bool
	Restoring       bool
	Remaining       time.Duration
}
