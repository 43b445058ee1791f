// Package inventory owns what the portal knows of the fleet: the local mirror of organizations, users and devices,
// its sync, search in it, and live reads of details. It holds Readers only and knows no HTML.
package inventory

import (
	"context"
	"time"

	"backup-portal/internal/backup"
)

// Scope is what a reader may see: a union of organization subtrees, as materialised paths ("/rootUid/childUid/").
// It is part of every query, never a filter afterwards; an empty scope sees nothing.
type Scope struct{ Paths []string }

// Org is an organization in the mirror.
type Org struct {
	UID, ParentUID, Name, ExternalReference string
	Path                                    string // "/rootUid/…/uid/": uids from the root down, slash at both ends
	Depth                                   int
	Active, Blocked                         bool
}

// User is a person in the mirror.
type User struct {
	UID, Username, Email, Name string
	OrgUID                     string
	Active, Blocked            bool
}

// Device is a row of the mirror with its backup summary. Zero times mean never.
type Device struct {
	GUID, Name, HostName, ExternalReference       string
	VendorID                                      string // the vendor's row number (computerId): told in exports, never taken as input
	OrgUID, OrgName, OrgPath                      string
	UserUID, Username                             string
	Status                                        string
	Active, Blocked, Deauthorized, Alert          bool
	OnHold                                        bool   // its owner is, as far as the mirror knows; read, never written with the row
	Alerts                                        string // comma-separated
	OSName, OSVersion, ClientVersion              string
	LastConnected, LastCompleted, Created, SeenAt time.Time
	StoredBytes                                   int64 // of all archives
	Archives                                      int
	Destinations                                  []Destination // sorted by GUID
}

// Destination is where a device backs up to.
type Destination struct{ GUID, Name string }

// Freshness says how old the mirror is and what the last sync met. Its counts are of the whole fleet: not for the eyes of
// somebody whose scope is smaller.
type Freshness struct {
	CompletedAt time.Time // zero: never completed
	StartedAt   time.Time
	Running     bool
	FailedAt    time.Time // zero unless the newest attempt failed
	Failure     string    // safe to show
	HoldsAt     time.Time // since when it is known who is on legal hold; zero: it is not
	Devices     int
	Orgs        int
	Users       int
	NextAt      time.Time
}

// SyncBatch is one page of a crawl's rows. Only rows whose content changed are touched; SeenAt of a device is when its
// page was asked for, so that an older page never overwrites what was read live since.
type SyncBatch struct {
	Orgs    []Org
	Users   []User
	Devices []Device
}

// Kind names one of the three tables of the mirror.
type Kind string

// The three kinds; their ids are orgUid, userUid and GUID.
const (
	KindOrg    Kind = "organization"
	KindUser   Kind = "user"
	KindDevice Kind = "device"
)

// Store keeps the mirror. Each method is one transaction, but for SyncWrote and SyncMissing, which take several short ones.
type Store interface {
	TreeStore
	UserStore
	HoldStore
	SettingsStore

	Devices(ctx context.Context, q DeviceQuery) (DevicePage, error)
	SelectionStore
	DeviceStats
	// Device reads one row in scope; outside or missing is a fault.NotFound, the same words.
	Device(ctx context.Context, scope Scope, guid string) (Device, error)
	// Org reads one organization in scope; outside or missing is a fault.NotFound, the same words.
	Org(ctx context.Context, scope Scope, uid string) (Org, error)
	// Orgs lists the organizations in scope, by path; at most limit.
	Orgs(ctx context.Context, scope Scope, limit int) ([]Org, error)
	// OrgPaths answers the paths of these organizations, unscoped: for roles only.
	OrgPaths(ctx context.Context, uids []string) (map[string]Org, error)
	User(ctx context.Context, uid string) (User, error)

	// SyncStarted takes the sync lease (one sync at a time) and answers the new generation, or a fault.Conflict.
	SyncStarted(ctx context.Context, lease time.Duration) (generation int64, err error)
	// SyncWrote writes one batch under a generation and answers how many rows changed. It renews the lease (a lost one is
	// a fault.Conflict) and takes as many transactions as it needs to end each after 100 rows or 25 ms, whichever is
	// first; between them waiting writers have their turn. A batch without changes writes nothing.
	SyncWrote(ctx context.Context, generation int64, b SyncBatch) (changed int, err error)
	// SyncKnown lists the ids of a kind in the mirror, in order, after one ("" = from the first); at most limit.
	SyncKnown(ctx context.Context, kind Kind, after string, limit int) ([]string, error)
	// SyncMissing marks rows that a complete crawl did not meet; each waits for a live read to say 404.
	SyncMissing(ctx context.Context, generation int64, kind Kind, ids []string) error
	// DeviceGone removes one device that a live read said is 404.
	DeviceGone(ctx context.Context, guid string) error
	// OrgGone removes one organization that a live read said is 404.
	OrgGone(ctx context.Context, uid string) error
	// UserGone removes one user who a live read said is 404.
	UserGone(ctx context.Context, uid string) error
	// DeviceSeen writes one device re-read live (after an operation, or by a detail page).
	DeviceSeen(ctx context.Context, d Device) error
	// OrgSeen writes one organization read live; a known one only when it still stands in that place.
	OrgSeen(ctx context.Context, o Org) error
	// OrgMoved writes one organization read live below another parent, and takes everything below it along.
	OrgMoved(ctx context.Context, o Org) error
	// UserSeen writes one user read live.
	UserSeen(ctx context.Context, u User) error
	SyncCompleted(ctx context.Context, generation int64, next time.Time) error
	SyncFailed(ctx context.Context, generation int64, failure string, next time.Time) error
	Freshness(ctx context.Context) (Freshness, error)
}

// What a person reads who asks for something that does not exist or that they may not see: the same words, byte for byte.
const (
	NotFoundMessage = "It does not exist, or it lies outside the organizations you may see."
	NotFoundNext    = "Check the address, or search for what you need."
)

// Everything is the scope of the portal itself (refreshing the mirror after a change); never of a person.
func Everything() Scope { return Scope{Paths: []string{"/"}} }

// LiveDevice is a device read from the vendor just now, or the mirror's row when the vendor did not answer.
type LiveDevice struct {
	Device  backup.Device // as read live; built from Row when Failure is set
	Row     Device        // the mirror's row, already refreshed from the live read (OrgPath, OrgName, Username)
	Chain   []Org         // the device's organization and its ancestors inside the scope, from the top down
	User    User          // the owner; zero when not known
	ReadAt  time.Time     // when Device was true
	Failure error         // nil, or a fault.Upstream: why Device is only what the mirror knew
}
