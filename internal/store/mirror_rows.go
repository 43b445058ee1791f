package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/inventory"
)

// mirrorMark is what the sync keeps beside the content of each row; json leaves it out of the hash.
type mirrorMark struct {
	Hash    string `bun:"hash" json:"-"`
	Missing int64  `bun:"missing" json:"-"`
}

type deviceRecord struct {
	bun.BaseModel `bun:"table:device,alias:d" json:"-"`

	ID                int64  `bun:"id,scanonly" json:"-"`
	GUID              string `bun:"guid,pk"`
	VendorID          string `bun:"vendor_id"`
	Name              string `bun:"name"`
	HostName          string `bun:"host_name"`
	ExternalReference string `bun:"external_reference"`
	OrgUID            string `bun:"org_uid"`
	UserUID           string `bun:"user_uid"`
	Username          string `bun:"username"`
	Status            string `bun:"status"`
	Active            bool   `bun:"active"`
	Blocked           bool   `bun:"blocked"`
	Deauthorized      bool   `bun:"deauthorized"`
	Alert             bool   `bun:"alert"`
	Alerts            string `bun:"alerts"`
	OSName            string `bun:"os_name"`
	OSVersion         string `bun:"os_version"`
	ClientVersion     string `bun:"client_version"`
	LastConnected     string `bun:"last_connected"`
	LastCompleted     string `bun:"last_completed"`
	Created           string `bun:"created"`
	StoredBytes       int64  `bun:"stored_bytes"`
	Archives          int    `bun:"archives"`
	Destinations      string `bun:"destinations"` // see joinDestinations
	// The folded texts are part of the hash: a program that folds differently rewrites every row once.
	SortKey    string `bun:"sort_key"`
	SearchText string `bun:"search_text"`
	SeenAt     string `bun:"seen_at" json:"-"`
	mirrorMark

	OrgName string `bun:"org_name,scanonly" json:"-"`
	OrgPath string `bun:"org_path,scanonly" json:"-"`
	OnHold  bool   `bun:"on_hold,scanonly" json:"-"`
	// Of a sample: how many devices the same user has, and how many of them connected later; neither beyond sampledDevices.
	OfUser int `bun:"of_user,scanonly" json:"-"`
	Newer  int `bun:"newer,scanonly" json:"-"`
}

func newDeviceRecord(d inventory.Device) *deviceRecord {
	r := &deviceRecord{
		GUID: d.GUID, VendorID: d.VendorID, Name: d.Name, HostName: d.HostName, ExternalReference: d.ExternalReference,
		OrgUID: d.OrgUID, UserUID: d.UserUID, Username: d.Username, Status: d.Status,
		Active: d.Active, Blocked: d.Blocked, Deauthorized: d.Deauthorized, Alert: d.Alert, Alerts: d.Alerts,
		OSName: d.OSName, OSVersion: d.OSVersion, ClientVersion: d.ClientVersion,
		LastConnected: stamp(d.LastConnected), LastCompleted: stamp(d.LastCompleted), Created: stamp(d.Created),
		StoredBytes: d.StoredBytes, Archives: d.Archives, Destinations: joinDestinations(d.Destinations),
		SortKey: inventory.SortKey(d.Name), SearchText: inventory.SearchText(d),
		SeenAt: stamp(d.SeenAt),
	}
	r.Hash = contentHash(r)
	return r
}

// device answers the row; a complete sync that began after the row was written has met it again unchanged.
func (r *deviceRecord) device(completedStart time.Time) inventory.Device {
	seen := unstamp(r.SeenAt)
	if r.Missing == 0 && completedStart.After(seen) {
		seen = completedStart
	}
	return inventory.Device{
		GUID: r.GUID, VendorID: r.VendorID, Name: r.Name, HostName: r.HostName, ExternalReference: r.ExternalReference,
		OrgUID: r.OrgUID, OrgName: r.OrgName, OrgPath: r.OrgPath,
		UserUID: r.UserUID, Username: r.Username, Status: r.Status,
		Active: r.Active, Blocked: r.Blocked, Deauthorized: r.Deauthorized, Alert: r.Alert, Alerts: r.Alerts, OnHold: r.OnHold,
		OSName: r.OSName, OSVersion: r.OSVersion, ClientVersion: r.ClientVersion,
		LastConnected: unstamp(r.LastConnected), LastCompleted: unstamp(r.LastCompleted), Created: unstamp(r.Created),
		SeenAt: seen, StoredBytes: r.StoredBytes, Archives: r.Archives, Destinations: splitDestinations(r.Destinations),
	}
}

// contentHash is 128 bits of SHA-256 over a record's exported content.
func contentHash(record any) string {
	content, err := json.Marshal(record)
	if err != nil { // strings, numbers and booleans always marshal
		panic(fmt.Sprintf("store: hash of %T: %v", record, err))
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:16])
}

// mirrorRow is a record of any of the three tables.
type mirrorRow interface {
	key() mirrorKey
	mark() mirrorMark
}

type mirrorKey struct {
	kind inventory.Kind
	id   string
}

func (m mirrorMark) mark() mirrorMark { return m }

func (r *deviceRecord) key() mirrorKey { return mirrorKey{inventory.KindDevice, r.GUID} }

// upsert writes rows of any kind, each kind in one statement, and answers how many changed. Each row stands in it once.
func upsert(ctx context.Context, tx bun.Tx, rows []mirrorRow, now time.Time) (changed int, err error) {
	var orgs []*orgRecord
	var people []*personRecord
	var devices []*deviceRecord
	for _, r := range rows {
		switch r := r.(type) {
		case *orgRecord:
			orgs = append(orgs, r)
		case *personRecord:
			people = append(people, r)
		case *deviceRecord:
			devices = append(devices, r)
		}
	}
	var statements []*bun.InsertQuery
	if len(orgs) > 0 {
		statements = append(statements, tx.NewInsert().Model(&orgs).On("CONFLICT (uid) DO UPDATE"))
	}
	if len(people) > 0 {
		statements = append(statements, tx.NewInsert().Model(&people).On("CONFLICT (uid) DO UPDATE"))
	}
	if len(devices) > 0 {
		// What was told later than the row stays: a sync's page may be older than a live read. A row from a time that has
		// not come yet was written under a clock that was wrong; it would stay as it is, in the organization it was in,
		// until then.
		statements = append(statements, tx.NewInsert().Model(&devices).On("CONFLICT (guid) DO UPDATE").
			Where("d.seen_at <= EXCLUDED.seen_at OR d.seen_at > ?", stamp(now.Add(clocksApart))))
	}
	for _, statement := range statements {
		n, err := affected(statement.Exec(ctx))
		if err != nil {
			return changed, err
		}
		changed += n
	}
	return changed, nil
}

// clocksApart is by how much two right clocks may differ.
const clocksApart = time.Minute

func affected(result sql.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// mirrorTable names the table of a kind and its id column.
func mirrorTable(kind inventory.Kind) (name, id string, err error) {
	switch kind {
	case inventory.KindOrg:
		return "org", "uid", nil
	case inventory.KindUser:
		return "person", "uid", nil
	case inventory.KindDevice:
		return "device", "guid", nil
	}
	return "", "", fmt.Errorf("store: no mirror table for %q", kind)
}
