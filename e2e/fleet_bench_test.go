package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// benchDevices is the size of the fleet that is measured; the full figure is 1,000,000 (make bench-1m).
func benchDevices(b *testing.B) int {
	b.Helper()
	text := os.Getenv("PORTAL_BENCH_DEVICES")
	if text == "" {
		return 20_000
	}
	n, err := strconv.Atoi(text)
	must(b, err)
	return n
}

// scale is the end of a figure's name: figures of different sizes are different figures.
func scale(devices int) string {
	if devices >= 1_000_000 {
		return "-1m"
	}
	return ""
}

// BenchmarkFleet measures the pages that grow with the fleet as a browser asks for them, over 11,111 organizations: as
// the admin at the root and as the manager of a tenth of it.
func BenchmarkFleet(b *testing.B) {
	devices := benchDevices(b)
	end := scale(devices)
	began := time.Now()
	w := newWorld(b, fleetSize{fanOut: []int{10, 10, 10, 10}, users: devices / 3, devices: devices})
	ready := time.Since(began) // the vendor's start included
	fleet := w.emulator.Snapshot().Devices
	mara, ola := w.client(b, "mara"), w.client(b, "ola")
	searches := map[string]func(i int) string{
		"rare": func(i int) string { return fleet[i*len(fleet)/asked].GUID },
		"mid": func(i int) string {
			return fleet[i*len(fleet)/asked].Name[:min(5, len(fleet[i*len(fleet)/asked].Name))]
		},
		"common": func(i int) string { return letters[i%len(letters):][:1] },
	}
	for b.Loop() {
		for name, text := range searches {
			var root, manager []time.Duration
			for i := range asked {
				path := "/devices?q=" + url.QueryEscape(text(i))
				root = append(root, w.get(b, mara, path))
				manager = append(manager, w.get(b, ola, path))
			}
			b.ReportMetric(milliseconds(percentile(root, 99)), "search-page-p99-ms-"+name+end)
			b.ReportMetric(milliseconds(percentile(root, 50)), "search-page-p50-ms-"+name+end)
			for _, p := range []int{50, 99} {
				b.ReportMetric(float64(percentile(manager, p))/float64(percentile(root, p)), fmt.Sprintf("manager-to-root-p%d-ratio-%s%s", p, name, end))
			}
		}
		b.ReportMetric(ready.Seconds(), "fleet-first-sync-s"+end)
		rows, took, rss := w.export(b, mara)
		b.ReportMetric(float64(rows)/took.Seconds(), "export-rows-per-s"+end)
		b.ReportMetric(rss, "export-rss-mib"+end)
	}
}

// BenchmarkTree measures the page of organizations and one level of it for three shapes of 10,000 organizations.
func BenchmarkTree(b *testing.B) {
	for name, shape := range map[string][]int{"flat": {10_000}, "100x100": {100, 100}, "10x10x10x10": {10, 10, 10, 10}} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, fleetSize{fanOut: shape, users: 2000, devices: 10_000})
			mara := w.client(b, "mara")
			orgs := w.emulator.Snapshot().Orgs
			for b.Loop() {
				var pages, levels []time.Duration
				for i := range asked {
					pages = append(pages, w.get(b, mara, "/organizations"))
					levels = append(levels, w.get(b, mara, "/organizations/"+orgs[i%min(len(orgs), 100)].UID+"/children"))
				}
				b.ReportMetric(milliseconds(percentile(pages, 99)), "tree-page-p99-ms-"+name)
				b.ReportMetric(milliseconds(percentile(levels, 99)), "tree-level-p99-ms-"+name)
				b.ReportMetric(w.compressed(b, mara, "/organizations"), "tree-page-kb-"+name)
				b.ReportMetric(w.compressed(b, mara, "/organizations/"+w.emulator.RootOrgUID()+"/children"), "tree-level-kb-"+name)
			}
		})
	}
}

// compressed is what a page weighs on its way, in kB.
func (w *world) compressed(b *testing.B, client *http.Client, path string) float64 {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, w.url+path, http.NoBody)
	must(b, err)
	request.Header.Set("Accept-Encoding", "gzip")
	answer, err := client.Do(request)
	must(b, err)
	defer answer.Body.Close()
	n, err := io.Copy(io.Discard, answer.Body)
	must(b, err)
	return float64(n) / 1000
}

// export reads the whole fleet as CSV and answers its rows, how long that took, and by how many MiB the portal's memory
// grew above what it held before.
func (w *world) export(b *testing.B, client *http.Client) (rows int, took time.Duration, mib float64) {
	b.Helper()
	before := w.resident(b)
	began := time.Now()
	answer, err := client.Get(w.url + "/devices/export.csv")
	must(b, err)
	defer answer.Body.Close()
	highest := before
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		if rows++; rows%50_000 == 0 {
			highest = max(highest, w.resident(b))
		}
	}
	must(b, lines.Err())
	took = time.Since(began)
	highest = max(highest, w.resident(b))
	return rows - 1, took, float64(highest-before) / 1024
}

// resident is the memory that the portal's process holds now, in KiB.
func (w *world) resident(b *testing.B) int64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.process.Pid))
	must(b, err)
	for line := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(line, "VmRSS:"); found {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			must(b, err)
			return kib
		}
	}
	b.Fatal("the system does not tell how much memory the portal holds")
	return 0
}
