package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"slices"
	"testing"
	"time"

	"backup-portal/internal/backup"
)

const (
	asked    = 300 // requests behind a percentile
	letters  = "aeiou"
	readyIn  = 30 * time.Second
	benchOrg = 60
)

// BenchmarkReady measures from the start of the program to the first “ready” of the demo.
func BenchmarkReady(b *testing.B) {
	var took []time.Duration
	for b.Loop() {
		took = append(took, readyAfter(b))
	}
	b.ReportMetric(milliseconds(percentile(took, 50)), "ready-ms")
}

func readyAfter(b *testing.B) time.Duration {
	b.Helper()
	address := freeAddress(b)
	ctx, cancel := context.WithTimeout(b.Context(), readyIn)
	defer cancel()
	demo := exec.CommandContext(ctx, program, "demo", "--addr", address, "--data", b.TempDir())
	began := time.Now()
	must(b, demo.Start())
	defer func() { cancel(); _ = demo.Wait() }()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", http.NoBody)
		must(b, err)
		if answer, err := http.DefaultClient.Do(request); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return time.Since(began)
			}
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			b.Fatalf("the demo is not ready after %s", readyIn)
		}
	}
}

// BenchmarkPages measures the search and a device's page as a browser asks for them, over 10,000 devices.
func BenchmarkPages(b *testing.B) {
	w := newWorld(b, fleetSize{orgs: benchOrg, users: 3000, devices: 10_000})
	client := w.client(b, "mara")
	devices := w.emulator.Snapshot().Devices
	vendor := w.vendorClient(b)
	for b.Loop() {
		var searches, pages, calls []time.Duration
		for i := range asked {
			d := devices[i*len(devices)/asked]
			text := d.Name[:min(len(d.Name), 2+i%6)]
			if i%10 == 0 {
				text = letters[i/10%len(letters):][:1] // what matches nearly everything
			}
			searches = append(searches, w.get(b, client, "/devices?q="+url.QueryEscape(text)))
			pages = append(pages, w.get(b, client, "/devices/"+d.GUID))
			began := time.Now()
			_, err := vendor.DeviceByGUID(b.Context(), d.GUID, true)
			must(b, err)
			calls = append(calls, time.Since(began))
		}
		b.ReportMetric(milliseconds(percentile(searches, 99)), "search-page-p99-ms-small")
		b.ReportMetric(milliseconds(percentile(pages, 99)-percentile(calls, 50)), "device-page-p99-ms")
	}
}

// BenchmarkFirstLoad measures what a browser fetches for the overview with an empty cache.
func BenchmarkFirstLoad(b *testing.B) {
	w := newWorld(b, small)
	for b.Loop() {
		load := w.firstLoad(b)
		b.ReportMetric(load.all, "first-load-kb")
	}
}

func (w *world) vendorClient(t testing.TB) *backup.Reader { return w.vendor(t).Reader() }

// vendor is a client of the vendor's beside the portal's.
func (w *world) vendor(t testing.TB) *backup.Client {
	t.Helper()
	client, err := backup.New(backup.Options{
		BaseURL: w.settings["PORTAL_BACKUP_URL"], Dialect: backup.CrashPlan,
		SignIn: backup.LocalAccount{Username: w.settings["PORTAL_BACKUP_USERNAME"], Password: w.settings["PORTAL_BACKUP_PASSWORD"]},
	})
	must(t, err)
	return client
}

// client is signed in without a browser.
func (w *world) client(t testing.TB, who string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Get(w.url + "/auth/sign-in")
	must(t, err)
	_ = answer.Body.Close()
	provider := answer.Header.Get("Location")
	client.CheckRedirect = nil
	answer, err = client.Get(provider + "&login_hint=" + who)
	must(t, err)
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("sign-in of %s ends with %s", who, answer.Status)
	}
	return client
}

// get fetches a page to its last byte and tells how long that took.
func (w *world) get(t testing.TB, client *http.Client, path string) time.Duration {
	t.Helper()
	began := time.Now()
	answer, err := client.Get(w.url + path)
	must(t, err)
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	must(t, err)
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s", path, answer.Status)
	}
	return time.Since(began)
}

// percentile is the smallest of the values that p percent of them do not exceed.
func percentile(values []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max(0, (len(sorted)*p+99)/100-1)]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// firstLoad is what a first visit fetches, in kB as it travels.
type firstLoad struct {
	all, scripts float64
	requests     int
}

// firstLoad signs in with a browser whose cache is empty and reads what it fetched for the overview.
func (w *world) firstLoad(t testing.TB) firstLoad {
	t.Helper()
	tab := w.as(t, "mara", look{})
	value, err := tab.Evaluate(`() => {
		const fetched = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
		const size = (list) => list.reduce((sum, e) => sum + Math.max(e.transferSize, e.encodedBodySize), 0) / 1000;
		return size(fetched) + " " + size(fetched.filter((e) => e.name.endsWith(".js"))) + " " + fetched.length;
	}`)
	must(t, err)
	var load firstLoad
	_, err = fmt.Sscan(fmt.Sprint(value), &load.all, &load.scripts, &load.requests)
	must(t, err)
	return load
}
