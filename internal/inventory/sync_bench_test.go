package inventory_test

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"backup-portal/internal/audit"
	"backup-portal/internal/backup"
	emulator "backup-portal/internal/emulator/backup"
	"backup-portal/internal/inventory"
	"backup-portal/internal/store"
	"backup-portal/internal/store/pgtest"
)

// benchVendor is a vendor of the size that PORTAL_BENCH_DEVICES asks for, whose answers are taken as fast as they come.
func benchVendor(b *testing.B) (vendor *emulator.Server, reader *backup.Reader, end string) {
	b.Helper()
	devices := 10_000
	if text := os.Getenv("PORTAL_BENCH_DEVICES"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatalf("PORTAL_BENCH_DEVICES: %v", err)
		}
		devices = n
	}
	fanOut := []int{10, 10, 10}
	if devices >= 1_000_000 {
		fanOut, end = []int{10, 10, 10, 10}, "-1m"
	}
	vendor = emulator.New(emulator.Options{Calm: true, FanOut: fanOut, Users: devices / 3, Devices: devices, MaxPageSize: 500})
	server := httptest.NewServer(vendor)
	b.Cleanup(server.Close)
	client, err := backup.New(backup.Options{
		BaseURL: server.URL, Dialect: backup.CrashPlan, SignIn: backup.LocalAccount{Username: "test.user@example.com", Password: "password"},
	})
	if err != nil {
		b.Fatal(err)
	}
	return vendor, client.Reader(), end
}

// BenchmarkSync measures a sync into an empty mirror while somebody clicks, one that meets everything unchanged, and what
// the clicks waited: each refreshes a device and writes a line of the audit log. Vendor and portal share the processors,
// and both databases keep what they say they keep through a power cut.
func BenchmarkSync(b *testing.B) {
	vendor, reader, end := benchVendor(b)
	guid := vendor.Snapshot().Devices[7].GUID
	for name, open := range map[string]func(b *testing.B) string{
		"sqlite": func(b *testing.B) string { return "sqlite:" + filepath.Join(b.TempDir(), "portal.db") },
		"pg": func(b *testing.B) string {
			url := pgtest.Empty(b)
			for _, setting := range []string{"fsync = on", "synchronous_commit = on"} {
				pgtest.Execute(b, url, "ALTER SYSTEM SET "+setting)
			}
			pgtest.Execute(b, url, "SELECT pg_reload_conf()")
			return url
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				db, err := store.Open(b.Context(), store.Options{URL: open(b)})
				if err != nil {
					b.Fatal(err)
				}
				service := inventory.New(inventory.Options{Store: db, Reader: reader})
				clicking, stop := context.WithCancel(b.Context())
				clicks := make(chan []time.Duration)
				go func() { clicks <- click(clicking, b, db, guid) }()
				b.ReportMetric(syncTime(b, service).Seconds(), "sync-s"+end+"-"+name)
				stop()
				waited := <-clicks
				slices.Sort(waited)
				b.ReportMetric(float64(waited[len(waited)*99/100].Microseconds())/1000, "click-during-sync-p99-ms"+end+"-"+name)
				b.ReportMetric(syncTime(b, service).Seconds(), "sync-unchanged-s"+end+"-"+name)
				if err := db.Close(); err != nil {
					b.Error(err)
				}
			}
		})
	}
}

func syncTime(b *testing.B, service *inventory.Service) time.Duration {
	b.Helper()
	start := time.Now()
	if err := service.Sync(b.Context()); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// click does what a click writes, twenty times a second.
func click(ctx context.Context, b *testing.B, db *store.Store, guid string) (waited []time.Duration) {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for i := 0; ; i++ {
		start := time.Now()
		err := db.DeviceSeen(context.WithoutCancel(ctx), inventory.Device{GUID: guid, Name: "click " + strconv.Itoa(i), SeenAt: start})
		if err != nil {
			b.Error(err)
		}
		line := audit.Line{Actor: audit.Actor{Key: "k", Name: "Ann"}, Action: "device.block", Target: audit.Target{Kind: "device", ID: guid}, Outcome: audit.Done}
		if _, err := db.Record(context.WithoutCancel(ctx), line); err != nil {
			b.Error(err)
		}
		waited = append(waited, time.Since(start))
		select {
		case <-ctx.Done():
			return waited
		case <-ticker.C:
		}
	}
}

// BenchmarkSearchLive measures the vendor's own search, for comparison with the mirror's: it sorts nothing, so a page in
// order of names takes all pages of the answer.
func BenchmarkSearchLive(b *testing.B) {
	vendor, reader, end := benchVendor(b)
	snapshot := vendor.Snapshot()
	for b.Loop() {
		for _, c := range []struct{ name, text string }{
			{"rare", snapshot.Devices[len(snapshot.Devices)/2].GUID},
			{"mid", snapshot.Devices[len(snapshot.Devices)/2].Name},
			{"common", "laptop"},
		} {
			start := time.Now()
			rows := 0
			for _, err := range reader.Devices(b.Context(), backup.DeviceQuery{Text: c.text}) {
				if err != nil {
					b.Fatal(err)
				}
				rows++
			}
			b.ReportMetric(float64(time.Since(start).Microseconds())/1000, "search-live-ms-"+c.name+end)
			b.Logf("%s: %d rows", c.name, rows)
		}
	}
}
