package e2e

import (
	"bufio"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	driftAsked = 30 // reports behind a percentile
	// crawledIn is how long the settings of the measured fleet may take to be read.
	crawledIn = 10 * time.Minute
)

// BenchmarkDrift measures the report of what differs over 10,000 devices, of which a quarter do: how long after the request
// its first row is there, as a page and as a file, and by how much the portal's memory grows above what it holds after its
// first sync while all settings are read for the first time and the file is written.
func BenchmarkDrift(b *testing.B) {
	for b.Loop() {
		w := newWorld(b, fleetSize{orgs: benchOrg, users: 3000, devices: 10_000}, "PORTAL_SETTINGS_RATE", "1000")
		idle := w.resident(b)
		for i, d := range w.emulator.Snapshot().Devices {
			if d.Active && i%4 == 0 {
				must(b, w.emulator.DriftDevice(d.GUID, "8640", "minutesUntilSevere"))
			}
		}
		client := w.client(b, "mara")
		report := "/organizations/" + w.emulator.RootOrgUID() + "/drift"
		began := time.Now()
		highest := w.crawled(b, client, report)
		b.ReportMetric(time.Since(began).Seconds(), "drift-first-crawl-s")
		var first []time.Duration
		for range driftAsked {
			page, _ := w.firstRow(b, client, report+"?below=true", "<tbody")
			file, rows := w.firstRow(b, client, report+"/export.csv?below=true", "\n")
			if rows < 2000 {
				b.Fatalf("only %d values differ", rows)
			}
			first = append(first, max(page, file))
			highest = max(highest, w.resident(b))
		}
		b.ReportMetric(milliseconds(percentile(first, 99)), "drift-first-row-ms")
		b.ReportMetric(float64(highest-idle)/1024, "drift-rss-mib")
	}
}

// crawled waits until the settings of all devices were compared, and answers the most memory that the portal held, in KiB.
func (w *world) crawled(b *testing.B, client *http.Client, report string) (highest int64) {
	b.Helper()
	tick, limit := time.NewTicker(100*time.Millisecond), time.NewTimer(crawledIn)
	defer tick.Stop()
	defer limit.Stop()
	for n := 0; ; n++ {
		highest = max(highest, w.resident(b))
		if n%20 == 0 && w.allCompared(b, client, report) {
			return highest
		}
		select {
		case <-tick.C:
		case <-limit.C:
			b.Fatalf("settings are still being read after %s", crawledIn)
		}
	}
}

// allCompared asks the report whether it lacks a device.
func (w *world) allCompared(b *testing.B, client *http.Client, report string) bool {
	b.Helper()
	answer, err := client.Get(w.url + report + "?below=true")
	must(b, err)
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	var text []string
	for lines.Scan() {
		text = append(text, lines.Text())
	}
	must(b, lines.Err())
	return !slices.ContainsFunc(text, func(line string) bool { return strings.Contains(line, "not compared yet") })
}

// firstRow reads a report to its end, and tells how long after the request what begins its rows had come, and how many lines there were.
func (w *world) firstRow(b *testing.B, client *http.Client, path, begins string) (took time.Duration, lines int) {
	b.Helper()
	began := time.Now()
	answer, err := client.Get(w.url + path)
	must(b, err)
	defer answer.Body.Close()
	text := bufio.NewReader(answer.Body)
	for {
		line, err := text.ReadString('\n')
		if lines++; took == 0 && (begins != "\n" || lines == 2) && strings.Contains(line, begins) {
			took = time.Since(began)
		}
		if err != nil {
			break
		}
	}
	if answer.StatusCode != http.StatusOK || took == 0 {
		b.Fatalf("GET %s: %s", path, answer.Status)
	}
	return took, lines
}
