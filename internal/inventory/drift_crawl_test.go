package inventory_test

import (
	"cmp"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	emulator "backup-portal/internal/emulator/backup"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/settings"
)

// watch is a clock that a test moves.
type watch struct {
	mu  sync.Mutex
	now time.Time
}

func (w *watch) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *watch) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// drifting is a fixture whose mirror is synced, with a clock of its own and a crawl that is not held back.
type drifting struct {
	*fixture
	*watch
	crawl *inventory.SettingsCrawl
}

func newDrifting(t *testing.T, o emulator.Options) *drifting {
	t.Helper()
	return newDriftingBehind(t, o, func(vendor *emulator.Server) http.Handler { return vendor })
}

// newDriftingBehind puts a handler before the emulator.
func newDriftingBehind(t *testing.T, o emulator.Options, before func(*emulator.Server) http.Handler) *drifting {
	t.Helper()
	d := &drifting{fixture: newFixtureBehind(t, o, before), watch: &watch{now: time.Now()}}
	d.Service = inventory.New(inventory.Options{Store: d.store, Reader: d.client.Reader(), Period: time.Hour, Now: d.watch.Now})
	d.sync()
	d.crawl = d.newCrawl()
	return d
}

func (d *drifting) Now() time.Time { return d.watch.Now() }

// newCrawl is a crawl as another process, or the next start, has it.
func (d *drifting) newCrawl() *inventory.SettingsCrawl {
	return inventory.NewSettingsCrawl(inventory.CrawlOptions{Inventory: d.Service, Rate: 1e6, Step: time.Hour})
}

// read lets the crawl read all that is due.
func (d *drifting) read() {
	d.t.Helper()
	if err := d.crawl.Run(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

// again lets it read everything once more, later.
func (d *drifting) again() {
	d.t.Helper()
	d.advance(2 * time.Hour)
	d.read()
}

// report is all rows of a query, page by page.
func (d *drifting) report(q inventory.DriftQuery) []inventory.Drift {
	d.t.Helper()
	var all []inventory.Drift
	q.Limit = 7
	for {
		page, err := d.Drifts(d.t.Context(), q)
		if err != nil {
			d.t.Fatal(err)
		}
		all = append(all, page.Drifts...)
		if q.After = page.Next; q.After == "" {
			return all
		}
	}
}

// row is what a test looks at.
type row struct{ GUID, Key, Org, Own string }

func rowsOf(drifts []inventory.Drift) []row {
	rows := []row{}
	for _, d := range drifts {
		rows = append(rows, row{d.GUID, string(d.Key), d.OrgValue, d.Device})
	}
	return sorted(rows)
}

func sorted(rows []row) []row {
	slices.SortFunc(rows, func(a, b row) int { return cmp.Or(cmp.Compare(a.GUID, b.GUID), cmp.Compare(a.Key, b.Key)) })
	return rows
}

// truth compares every active device with its organization, document by document.
func (d *drifting) truth(orgUID string) []row {
	d.t.Helper()
	rows := []row{}
	for _, device := range d.vendor.Snapshot().Devices {
		if !device.Active || orgUID != "" && device.OrgUID != orgUID {
			continue
		}
		document, err := d.Reader.OrgDocument(d.t.Context(), device.OrgUID)
		if err != nil {
			d.t.Fatal(err)
		}
		org, err := settings.OfOrganization(document, nil)
		if err != nil {
			d.t.Fatal(err)
		}
		if document, err = d.Reader.DeviceDocument(d.t.Context(), device.GUID); err != nil {
			d.t.Fatal(err)
		}
		own, err := settings.OfDevice(document)
		if err != nil {
			d.t.Fatal(err)
		}
		for _, x := range settings.Drift(org, own) {
			rows = append(rows, row{device.GUID, string(x.Property.Key), org.Words(x.Property, x.One), own.Words(x.Property, x.Two)})
		}
	}
	return sorted(rows)
}

func (d *drifting) compared() inventory.DriftFreshness {
	d.t.Helper()
	fresh, err := d.DriftFreshness(d.t.Context(), inventory.DriftQuery{Scope: inventory.Everything()})
	if err != nil {
		d.t.Fatal(err)
	}
	return fresh
}

var (
	everything    = inventory.DriftQuery{Scope: inventory.Everything()}
	deviceReads   = emulator.Match{Method: http.MethodGet, PathPrefix: "/api/v1/Computer/"}
	garbage       = emulator.Failure{Status: http.StatusOK, Body: `{"data":{"guid":"1","settings":[[[`}
	documentsRead = emulator.Match{Method: http.MethodGet, PathPrefix: "/api/v3/orgs/"}
)

// TestTheReportIsWhatTheDocumentsSay crawls a whole fleet and compares with a loop over all documents; again after devices
// have drifted, and have followed.
func TestTheReportIsWhatTheDocumentsSay(t *testing.T) {
	t.Parallel()
	d := newDrifting(t, calm())
	d.read()
	want := d.truth("")
	if diff := gocmp.Diff(want, rowsOf(d.report(everything))); diff != "" || len(want) == 0 {
		t.Fatalf("%d rows expected (-want +got)\n%s", len(want), diff)
	}
	first := map[row]time.Time{}
	for _, x := range d.report(everything) {
		first[row{GUID: x.GUID, Key: string(x.Key)}] = x.Since
	}
	active, drifted := 0, ""
	for _, device := range d.vendor.Snapshot().Devices {
		if device.Active {
			active++
			drifted = device.GUID
		}
	}
	if fresh := d.compared(); fresh.Devices != active || fresh.Compared != active || fresh.Oldest.IsZero() {
		t.Errorf("compared: %+v of %d", fresh, active)
	}

	follows := want[0].GUID
	if err := d.vendor.FollowOrg(follows); err != nil {
		t.Fatal(err)
	}
	if err := d.vendor.DriftDevice(drifted, "99", "minutesUntilSevere"); err != nil {
		t.Fatal(err)
	}
	d.read() // nothing is due yet
	if diff := gocmp.Diff(want, rowsOf(d.report(everything))); diff != "" {
		t.Errorf("read again though nothing was due:\n%s", diff)
	}
	d.again()
	report := d.report(everything)
	if diff := gocmp.Diff(d.truth(""), rowsOf(report)); diff != "" {
		t.Fatalf("the second time (-want +got)\n%s", diff)
	}
	fresh := 0
	for _, x := range report {
		since, known := first[row{GUID: x.GUID, Key: string(x.Key)}]
		if !known {
			fresh++
			since = x.ComparedAt
		}
		if !x.Since.Equal(since) || known && x.ComparedAt.Sub(x.Since) < time.Hour {
			t.Errorf("%s %s differs since %v, compared %v; want since %v", x.GUID, x.Key, x.Since, x.ComparedAt, since)
		}
		if x.GUID == follows {
			t.Errorf("%s follows, and is listed for %s", follows, x.Key)
		}
	}
	if fresh == 0 {
		t.Error("nothing new was found")
	}
}

// TestAFailedReadingKeepsWhatIsKnown: a vendor that answers with errors or garbage in the middle takes nothing away, and the
// rest is read.
func TestAFailedReadingKeepsWhatIsKnown(t *testing.T) {
	t.Parallel()
	d := newDrifting(t, calm())
	d.read()
	before, was := d.report(everything), d.compared()
	for name, failure := range map[string]emulator.Failure{"garbage": garbage, "an error": broken, "another device": {Status: http.StatusOK, Body: `{"data":{"guid":"1"}}`}} {
		d.vendor.FailNext(deviceReads, failure, 3)
		d.vendor.FailNext(documentsRead, failure, 2)
		d.advance(2 * time.Hour)
		if err := d.crawl.Run(t.Context()); err != nil && !fault.Is(err, fault.Upstream) {
			t.Errorf("%s: %v", name, err)
		}
		if diff := gocmp.Diff(rowsOf(before), rowsOf(d.report(everything))); diff != "" {
			t.Errorf("%s changed the report (-want +got)\n%s", name, diff)
		}
		if now := d.compared(); now.Compared != was.Compared || now.Oldest.Before(was.Oldest) {
			t.Errorf("%s: %+v, before %+v", name, now, was)
		}
	}
}

// TestAVendorThatIsAwayIsLeftAlone: the crawl ends its step, and goes on when the vendor is back.
func TestAVendorThatIsAwayIsLeftAlone(t *testing.T) {
	t.Parallel()
	d := newDrifting(t, calm())
	d.vendor.FailNext(emulator.Match{Method: http.MethodGet}, broken, 1000)
	before := len(d.vendor.Requests())
	if err := d.crawl.Run(t.Context()); !fault.Is(err, fault.Upstream) {
		t.Errorf("a vendor that is away: %v", err)
	}
	if n := len(d.vendor.Requests()) - before; n > 40 {
		t.Errorf("a vendor that is away was asked %d times", n)
	}
	if fresh := d.compared(); fresh.Compared != 0 {
		t.Errorf("%+v", fresh)
	}
}
