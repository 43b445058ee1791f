package e2e

import (
	"context"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// BenchmarkReady starts the demo with a new folder, until it says that it is ready.
func BenchmarkReady(b *testing.B) {
	var took []time.Duration
	for b.Loop() {
		address, folder := freeAddress(b), b.TempDir()
		start := time.Now()
		ctx, stop := context.WithCancel(b.Context())
		demo := exec.CommandContext(ctx, program, "demo", "--addr", address, "--data", folder)
		must(b, demo.Start())
		for !answers(ctx, "http://"+address+"/readyz") {
			if time.Since(start) > time.Minute {
				stop()
				b.Fatal("the demo is not ready after a minute")
			}
		}
		took = append(took, time.Since(start))
		stop()
		_ = demo.Wait() // it was killed
	}
	b.ReportMetric(milliseconds(percentile(took, 50)), "ready-ms")
}

func answers(ctx context.Context, address string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	return answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
}

// BenchmarkSearchPage draws the list of 10,000 devices for a signed-in admin: rare, common and no words, filters, later
// pages.
func BenchmarkSearchPage(b *testing.B) {
	w := newWorld(b, fleetSize{orgs: 60, users: 400, devices: 10_000})
	v := w.visitor(b, "mara")
	var mix []string
	for _, text := range []string{"", "e", "lt", "haldenmaritime", "jensen", w.device.Name, w.device.GUID, "no such device"} {
		for _, filter := range []string{"", "&active=true", "&active=true&blocked=true", "&alert=true&org=" + w.device.OrgUID} {
			mix = append(mix, w.url+"/devices?q="+url.QueryEscape(text)+filter)
		}
	}
	for _, first := range mix[:8] {
		if _, next, found := strings.Cut(v.get(first), `href="/devices?after=`); found {
			next, _, _ = strings.Cut(next, `"`)
			mix = append(mix, w.url+"/devices?after="+strings.ReplaceAll(next, "&amp;", "&"))
		}
	}
	var took []time.Duration
	for b.Loop() {
		for i := range 300 {
			start := time.Now()
			v.get(mix[i%len(mix)])
			took = append(took, time.Since(start))
		}
	}
	b.ReportMetric(milliseconds(percentile(took, 99)), "search-page-p99-ms-small")
}

// BenchmarkDevicePage draws pages of devices, each read live; what the emulator needs for that is not counted.
func BenchmarkDevicePage(b *testing.B) {
	w := newWorld(b, fleetSize{orgs: 60, users: 400, devices: 1200})
	v := w.visitor(b, "mara")
	devices := w.emulator.Snapshot().Devices[:100]
	v.get(w.url + "/devices/" + devices[0].GUID)
	var live string
	for _, r := range w.emulator.Requests() {
		if r.Method == http.MethodGet && strings.HasSuffix(r.Path, devices[0].GUID) {
			live = w.settings["PORTAL_BACKUP_URL"] + r.Path + "?" + r.Query
		}
	}
	if live == "" {
		b.Fatal("the page did not read its device")
	}
	var took, emulator []time.Duration
	token := "Bearer " + w.emulator.IssueToken()
	for b.Loop() {
		for _, d := range devices {
			start := time.Now()
			v.get(w.url + "/devices/" + d.GUID)
			took = append(took, time.Since(start))
			start = time.Now()
			v.get(strings.ReplaceAll(live, devices[0].GUID, d.GUID), "Authorization", token)
			emulator = append(emulator, time.Since(start))
		}
	}
	b.ReportMetric(milliseconds(percentile(took, 99)-percentile(emulator, 50)), "device-page-p99-ms")
}

// BenchmarkFirstLoad weighs the first page with everything that it needs, as it is sent.
func BenchmarkFirstLoad(b *testing.B) {
	v := newWorld(b, small).visitor(b, "mara")
	var heaviest load
	for b.Loop() {
		for _, path := range []string{"/", "/devices", "/devices/" + v.world.device.GUID, "/audit"} {
			if l := v.firstLoad(path); l.all > heaviest.all {
				heaviest = l
			}
		}
	}
	b.ReportMetric(float64(heaviest.all)/1000, "first-load-kb")
	b.ReportMetric(float64(heaviest.script)/1000, "first-load-script-kb")
}

func percentile(took []time.Duration, p int) time.Duration {
	slices.Sort(took)
	return took[min(len(took)-1, len(took)*p/100)]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
