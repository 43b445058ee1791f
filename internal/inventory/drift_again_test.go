package inventory_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	emulator "backup-portal/internal/emulator/backup"
	"backup-portal/internal/inventory"
	"backup-portal/internal/job"
	"backup-portal/internal/settings"
)

// counting counts the documents of devices that the vendor gives out.
type counting struct {
	vendor *emulator.Server

	mu    sync.Mutex
	reads map[string]int
	total int
	then  func(total int)
	fail  string // the GUID of a device whose document is garbage
}

func (c *counting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if guid, found := strings.CutPrefix(r.URL.Path, "/api/v1/Computer/"); found && r.URL.Query().Has("incSettings") {
		c.mu.Lock()
		c.reads[guid]++
		c.total++
		total, then, fail := c.total, c.then, c.fail == guid
		c.mu.Unlock()
		if then != nil {
			then(total)
		}
		if fail {
			_, _ = w.Write([]byte(garbage.Body))
			return
		}
	}
	c.vendor.ServeHTTP(w, r)
}

func (c *counting) of(guid string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reads[guid]
}

func newCounted(t *testing.T) (*drifting, *counting) {
	t.Helper()
	c := &counting{reads: map[string]int{}}
	d := newDriftingBehind(t, calm(), func(vendor *emulator.Server) http.Handler {
		c.vendor = vendor
		return c
	})
	return d, c
}

// active are the devices that the crawl has to read.
func (d *drifting) active() []emulator.Device {
	var list []emulator.Device
	for _, device := range d.vendor.Snapshot().Devices {
		if device.Active {
			list = append(list, device)
		}
	}
	return list
}

// TestACrawlThatWasKilledGoesOn: what it had written is not read again by the next one, and nothing is left out; deactivated
// devices are never read.
func TestACrawlThatWasKilledGoesOn(t *testing.T) {
	t.Parallel()
	d, c := newCounted(t)
	running, kill := context.WithCancel(t.Context())
	defer kill()
	c.then = func(total int) {
		if total == 60 {
			kill()
		}
	}
	if err := d.crawl.Run(running); err == nil {
		t.Fatal("the crawl was not killed")
	}
	known := d.compared().Compared
	if known == 0 || known >= len(d.active()) {
		t.Fatalf("%d devices were compared before it was killed", known)
	}
	if err := d.newCrawl().Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(d.truth(""), rowsOf(d.report(everything))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	once := 0
	for _, device := range d.vendor.Snapshot().Devices {
		n := c.of(device.GUID)
		if !device.Active {
			if n > 0 {
				t.Errorf("the deactivated %s was read", device.GUID)
			}
			continue
		}
		if n -= 1; n == 1 { // one of them is the comparison's own
			once++
		}
		if n < 1 || n > 2 {
			t.Errorf("%s was read %d times", device.GUID, n)
		}
	}
	if once < known {
		t.Errorf("%d devices were compared before, and only %d were read once", known, once)
	}
}

// TestOneOfTwoPortalsCrawls: both are told to, at the same database.
func TestOneOfTwoPortalsCrawls(t *testing.T) {
	t.Parallel()
	d, c := newCounted(t)
	crawling, stop := context.WithCancel(t.Context())
	defer stop()
	var portals sync.WaitGroup
	for _, holder := range []string{"one", "two"} {
		runner := job.Runner{Leases: d.store, Holder: holder, Logger: slog.New(slog.DiscardHandler)}
		portals.Go(func() {
			runner.Run(crawling, job.Loop{Name: "settings", Every: time.Minute, Run: d.newCrawl().Run})
		})
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for d.compared().Compared < len(d.active()) {
		<-tick.C
	}
	stop()
	portals.Wait()
	for _, device := range d.active() {
		if n := c.of(device.GUID); n != 1 {
			t.Errorf("%s was read %d times", device.GUID, n)
		}
	}
}

// TestOneBadDocumentHoldsUpNothing: the device is not compared, and all others are.
func TestOneBadDocumentHoldsUpNothing(t *testing.T) {
	t.Parallel()
	d, c := newCounted(t)
	bad := d.active()[3].GUID
	c.fail = bad
	for range 3 {
		d.again()
	}
	if fresh := d.compared(); fresh.Compared != fresh.Devices-1 {
		t.Errorf("%+v", fresh)
	}
	if n := c.of(bad); n != 3 {
		t.Errorf("the bad document was asked for %d times in three rounds", n)
	}
	c.fail = ""
	d.again()
	if diff := gocmp.Diff(d.truth(""), rowsOf(d.report(everything))); diff != "" {
		t.Errorf("mended (-want +got)\n%s", diff)
	}
}

// TestADeviceThatIsGoneLeavesTheReport: also before the next sync; and one that was moved is compared where it is now.
func TestADeviceThatIsGoneLeavesTheReport(t *testing.T) {
	t.Parallel()
	d := newDrifting(t, calm())
	d.read()
	rows := d.truth("")
	gone, moved := rows[0].GUID, rows[len(rows)-1].GUID
	if err := d.vendor.RemoveDevice(gone); err != nil {
		t.Fatal(err)
	}
	if err := d.vendor.MoveDevice(moved, d.vendor.RootOrgUID()); err != nil {
		t.Fatal(err)
	}
	d.again()
	for _, row := range d.report(everything) {
		if row.GUID == gone {
			t.Errorf("the device that is gone is listed for %s", row.Key)
		}
	}
	d.sync()
	d.again()
	if diff := gocmp.Diff(d.truth(""), rowsOf(d.report(everything))); diff != "" {
		t.Errorf("after the sync (-want +got)\n%s", diff)
	}
}

// TestAChangeIsReadAtOnce: of a device, and of an organization with the devices below it, long before their turn comes.
func TestAChangeIsReadAtOnce(t *testing.T) {
	t.Parallel()
	d := newDrifting(t, calm())
	d.read()
	device := d.active()[5]
	if err := d.vendor.DriftDevice(device.GUID, "8640", "minutesUntilSevere"); err != nil {
		t.Fatal(err)
	}
	d.advance(time.Second)
	if err := d.DeviceSettingsChanged(t.Context(), device.GUID); err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(d.truth(""), rowsOf(d.report(everything))); diff != "" {
		t.Errorf("after a change of a device (-want +got)\n%s", diff)
	}

	root := d.vendor.RootOrgUID()
	before := rowsOf(d.report(everything))
	err := d.vendor.SetOrgSettings(root, func(doc map[string]any) {
		defaults, _ := doc["deviceDefaults"].(map[string]any)
		config, _ := defaults["serviceBackupConfig"].(map[string]any)
		config["minutesUntilWarning"] = "1440"
	})
	if err != nil {
		t.Fatal(err)
	}
	d.advance(time.Second)
	d.read() // it is nobody's turn
	if gocmp.Diff(before, rowsOf(d.report(everything))) != "" {
		t.Error("read without being told")
	}
	d.advance(time.Second)
	if err := d.OrgSettingsChanged(t.Context(), root); err != nil {
		t.Fatal(err)
	}
	d.read()
	if diff := gocmp.Diff(d.truth(""), rowsOf(d.report(everything))); diff != "" {
		t.Errorf("after a change of the root (-want +got)\n%s", diff)
	}
	if gocmp.Diff(before, rowsOf(d.report(everything))) == "" {
		t.Error("the change changed nothing")
	}
}

func TestPropertyKey(t *testing.T) {
	t.Parallel()
	for key, want := range map[settings.Key]string{
		"set.1.includes": "set.includes", "set.51.0001.scanTime": "set.scanTime", "defaults.minutesUntilSevere": "defaults.minutesUntilSevere", "set": "set", "": "",
	} {
		if got := inventory.PropertyKey(key); got != want {
			t.Errorf("%q: %q, want %q", key, got, want)
		}
	}
}
