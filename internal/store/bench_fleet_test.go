package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/inventory"
	"backup-portal/internal/store/pgtest"
)

// benchFleet is a fleet drawn for measuring: a regular tree of organizations, ten below each, and devices spread evenly
// over its leaves. What it is asked for is known: how many devices hold a text follows from how their names are drawn.
type benchFleet struct {
	devices int
	levels  int // of organizations below the root
	orgs    []inventory.Org
	leaves  []inventory.Org
}

// benchDevices is the size that PORTAL_BENCH_DEVICES asks for.
func benchDevices(b *testing.B) int {
	b.Helper()
	text := os.Getenv("PORTAL_BENCH_DEVICES")
	if text == "" {
		return 50_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatalf("PORTAL_BENCH_DEVICES: %v", err)
	}
	return n
}

func newBenchFleet(devices int) *benchFleet {
	f := &benchFleet{devices: devices, levels: 4}
	if devices < 500_000 {
		f.levels = 3
	}
	f.grow(inventory.Org{}, 0)
	return f
}

// grow adds an organization and all below it, in order of path.
func (f *benchFleet) grow(parent inventory.Org, level int) {
	uid := strconv.Itoa(100_000 + len(f.orgs))
	o := inventory.Org{
		UID: uid, ParentUID: parent.UID, Name: "Site " + uid, Path: inventory.ChildPath(parent.Path, uid), Depth: level, Active: true,
	}
	f.orgs = append(f.orgs, o)
	if level == f.levels {
		f.leaves = append(f.leaves, o)
		return
	}
	for range 10 {
		f.grow(o, level+1)
	}
}

// subtree is the path of an organization this deep: it holds one device in ten to the power of its depth.
func (f *benchFleet) subtree(depth int) string {
	found := 0
	for _, o := range f.orgs {
		// Not the first: its devices would be the first of every index.
		if o.Depth == depth {
			if found++; found == 4 || depth == 0 {
				return o.Path
			}
		}
	}
	return ""
}

// Of a person's name each first name is one of 200 and each last name one of 900.
const (
	firstNames = 200
	lastNames  = 900
)

func benchName(r *rand.Rand, syllables int) string {
	const consonants, vowels = "bdfghjklmnprstvwz", "aeiou"
	var name []byte
	for range syllables {
		name = append(name, consonants[r.IntN(len(consonants))], vowels[r.IntN(len(vowels))])
	}
	return string(name)
}

// each draws the devices one after the other; the same size draws the same fleet.
func (f *benchFleet) each(yield func(inventory.Device) bool) {
	r := rand.New(rand.NewPCG(11, 4))
	var first, last []string
	for range firstNames {
		first = append(first, benchName(r, 3))
	}
	for range lastNames {
		last = append(last, benchName(r, 4))
	}
	now := time.Now()
	kinds := []string{"LAPTOP", "LAPTOP", "DESKTOP", "WS", "MacBook-Pro"}
	systems := []string{"win", "win", "win", "mac", "linux"}
	for i := range f.devices {
		who := r.IntN(f.devices * 2 / 3)
		name := first[who%firstNames] + "." + last[who/firstNames%lastNames]
		kind := r.IntN(len(kinds))
		d := inventory.Device{
			GUID: strconv.Itoa(900_000_000_000_000_000 + r.IntN(90_000_000_000_000_000)/f.devices*f.devices + i), VendorID: strconv.Itoa(i),
			Name: fmt.Sprintf("%s-%06X", kinds[kind], r.IntN(1<<24)), OrgUID: f.leaves[r.IntN(len(f.leaves))].UID,
			UserUID: strconv.Itoa(500_000_000 + who), Username: fmt.Sprintf("%s%d@example.com", name, who),
			Status: "Active", Active: r.IntN(10) > 0, Blocked: r.IntN(50) == 0, Deauthorized: r.IntN(40) == 0,
			OSName: systems[kind], OSVersion: "10." + strconv.Itoa(r.IntN(9)),
			ClientVersion: "11." + strconv.Itoa(min(r.IntN(9), r.IntN(9))) + ".0",
			LastConnected: now.Add(-time.Duration(r.ExpFloat64() * float64(9*24*time.Hour))),
			LastCompleted: now.Add(-time.Duration(r.ExpFloat64() * float64(12*24*time.Hour))),
			Created:       now.Add(-time.Duration(r.IntN(2000*24)) * time.Hour),
			StoredBytes:   r.Int64N(1 << 40), Archives: 1, SeenAt: now,
			Destinations: []inventory.Destination{{GUID: strconv.Itoa(4200 + r.IntN(6)), Name: "Cloud"}},
		}
		d.HostName = d.Name + ".corp.example.com"
		if r.IntN(12) == 0 {
			d.Alert, d.Alerts = true, "CriticalBackupAlert"
		}
		if r.IntN(30) == 0 {
			d.LastCompleted = time.Time{}
		}
		if !yield(d) {
			return
		}
	}
}

// load writes the fleet in large transactions; what a sync costs is measured elsewhere.
func (f *benchFleet) load(tb testing.TB, s *Store, url string) {
	tb.Helper()
	ctx := context.Background()
	const rows, inserts = 250, 80
	var orgs []*orgRecord
	for _, o := range f.orgs {
		orgs = append(orgs, newOrgRecord(o))
	}
	batches := make(chan []*deviceRecord, 4)
	go func() {
		defer close(batches)
		var batch []*deviceRecord
		for d := range f.each {
			if batch = append(batch, newDeviceRecord(d)); len(batch) == rows {
				batches <- batch
				batch = nil
			}
		}
		if len(batch) > 0 {
			batches <- batch
		}
	}()
	err := s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		for len(orgs) > 0 {
			n := min(rows, len(orgs))
			part := orgs[:n]
			if _, err := tx.NewInsert().Model(&part).Exec(ctx); err != nil {
				return err
			}
			orgs = orgs[n:]
		}
		return nil
	})
	for open := true; open && err == nil; {
		err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
			for range inserts {
				var batch []*deviceRecord
				if batch, open = <-batches; !open {
					return nil
				}
				if _, err := tx.NewInsert().Model(&batch).Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err != nil {
		tb.Fatal(err)
	}
	if isPostgres(url) {
		// What the server does by itself within minutes of a first sync.
		pgtest.Execute(tb, url, "VACUUM ANALYZE device", "ANALYZE org", "ANALYZE org_count")
	}
}
