package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"backup-portal/internal/inventory"
)

// fleet is a made-up fleet, the truth that the mirror's answers are held against.
type fleet struct {
	orgs    []inventory.Org
	paths   map[string]string
	devices []inventory.Device
}

// fleetTime is the "now" of a fleet's ages.
var fleetTime = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// newFleet makes organizations whose uids are prefixes of each other, and devices with names of every kind.
func newFleet(seed uint64, orgs, devices int) *fleet {
	r := rand.New(rand.NewPCG(seed, 7))
	f := &fleet{paths: map[string]string{}}
	for i := range orgs {
		uid, parent := fmt.Sprint(i+1), inventory.Org{}
		if i > 0 {
			parent = f.orgs[r.IntN(i)]
		}
		o := inventory.Org{
			UID: uid, ParentUID: parent.UID, Name: "Org " + uid, Path: inventory.ChildPath(parent.Path, uid),
			Depth: len(inventory.AncestorUIDs(parent.Path)), Active: true,
		}
		f.orgs = append(f.orgs, o)
		f.paths[uid] = o.Path
	}
	names := []string{
		"<script>alert(1)</script>", "=cmd()", "שלום-לפטופ", "💾💾 box", strings.Repeat("長い", 150), "Straße", "STRASSE", "E\u0301cole", "école",
		"İstanbul", "o'brien", "100%_done", "tab\there", "", "  spaces  ", "null\x00free",
	}
	ago := func() time.Time {
		days := []int{0, 0, 1, 5, 8, 29, 31, 400}[r.IntN(8)]
		if days == 400 {
			return time.Time{}
		}
		return fleetTime.Add(-time.Duration(days)*24*time.Hour - time.Duration(r.IntN(3600))*time.Second)
	}
	for i := range devices {
		org := f.orgs[r.IntN(len(f.orgs))]
		d := inventory.Device{
			GUID: fmt.Sprint(900_000_000_000_000_000 + int64(i)*7919), Name: fmt.Sprintf("LAPTOP-%04d", r.IntN(devices)),
			HostName: fmt.Sprintf("host%d.example.com", r.IntN(devices)), OrgUID: org.UID, OrgName: org.Name, OrgPath: org.Path,
			UserUID: fmt.Sprint(r.IntN(40)), Active: r.IntN(10) > 0, Blocked: r.IntN(10) == 0, Alert: r.IntN(7) == 0,
			Deauthorized: r.IntN(20) == 0, LastConnected: ago(), LastCompleted: ago(), StoredBytes: r.Int64N(1 << 40), SeenAt: fleetTime,
		}
		d.Username = fmt.Sprintf("user%s@example.com", d.UserUID)
		if i%13 == 0 {
			d.UserUID, d.Username = "", ""
		}
		d.OnHold = heldUsers()[d.UserUID] > 0
		d.VendorID, d.Created, d.Archives = fmt.Sprint(i), ago(), r.IntN(3)
		d.OSName = []string{"win", "mac", "linux", ""}[r.IntN(4)]
		d.ClientVersion = fmt.Sprintf("11.%d.0", r.IntN(20))
		for _, guid := range []string{"42", "43", "430"} {
			if r.IntN(3) == 0 {
				d.Destinations = append(d.Destinations, inventory.Destination{GUID: guid, Name: "Cloud <" + guid + ">"})
			}
		}
		if i%3 == 0 {
			d.StoredBytes = int64(i % 7) // many alike
		}
		if i%5 == 0 {
			d.Name = names[r.IntN(len(names))]
		}
		if i%9 == 0 {
			d.ExternalReference = fmt.Sprintf("Ref-%d", i)
		}
		d.Name = strings.ReplaceAll(d.Name, "\x00", "\uFFFD")
		f.devices = append(f.devices, d)
	}
	return f
}

// sync writes the fleet as one complete sync and answers how many rows changed.
func (f *fleet) sync(ctx context.Context, tb testing.TB, s *Store) int {
	tb.Helper()
	generation, err := s.SyncStarted(ctx, time.Minute)
	if err != nil {
		tb.Fatal(err)
	}
	changed, err := s.SyncWrote(ctx, generation, inventory.SyncBatch{Orgs: f.orgs, Devices: f.devices})
	if err != nil {
		tb.Fatal(err)
	}
	if err := s.SyncHolds(ctx, generation, heldUsers()); err != nil {
		tb.Fatal(err)
	}
	if err := s.SyncCompleted(ctx, generation, fleetTime); err != nil {
		tb.Fatal(err)
	}
	return changed
}
