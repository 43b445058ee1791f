package main_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"backup-portal/internal/config"
)

// scraped is a portal after a little work, and what it says at /metrics.
func scraped(t *testing.T, w *world) string {
	t.Helper()
	metrics := freeAddress(t)
	w.with("PORTAL_METRICS_ADDR", metrics)
	portal := w.synced()
	ada := w.ada()
	ada.get(w.deviceURL() + "?tell-tale=1")
	ada.get("/devices?q=tell-tale")
	ada.get("/tell-tale/tell-tale")
	if a := ada.post(w.deviceURL()+"/block", blockForm(newID())); a.status != http.StatusSeeOther {
		t.Fatalf("block answers %d", a.status)
	}
	// The portal itself says nothing of metrics to whoever reaches it.
	if a := ada.get("/metrics"); a.status != http.StatusNotFound {
		t.Errorf("the public port answers /metrics with %d", a.status)
	}
	portal.says(`"route":"/devices/:guid/block"`)
	b := newBrowser(t, "http://"+metrics)
	return b.get("/metrics").body
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text := scraped(t, w)
	for _, series := range []string{
		`portal_build_info{version="1.2.3-test"} 1`,
		`portal_http_request_duration_seconds_count{method="GET",route="/devices/:guid",status="2xx"} 1`,
		`portal_http_request_duration_seconds_count{method="GET",route="/*",status="4xx"} 2`,
		`portal_http_request_duration_seconds_count{method="POST",route="/devices/:guid/block",status="3xx"} 1`,
		`portal_vendor_call_duration_seconds_count{operation="GET /api/v3/auth/jwt",outcome="ok"} 1`,
		`portal_vendor_call_duration_seconds_count{operation="PUT /api/v1/ComputerBlock/{id}",outcome="ok"} 1`,
		"portal_database_readable 1", "portal_database_writable 1", "portal_sync_failing 0", "portal_sync_running 0",
		`portal_operations_open{state="running"} 0`, `portal_operations_open{state="unknown"} 0`, `portal_requests_open{state="awaiting"} 0`,
		"portal_audit_lines 3", "portal_sessions 1", "go_goroutines ", "process_resident_memory_bytes ",
	} {
		if !strings.Contains(text, "\n"+series) {
			t.Errorf("no series %s", series)
		}
	}
	if !regexp.MustCompile(`(?m)^portal_sync_last_success_timestamp_seconds 1\.\d+e\+09$`).MatchString(text) {
		t.Error("the last sync has no time")
	}
	tellsNothing(t, w, []byte(text))
}

// tellsNothing looks for what must not leave the portal by this way: secrets, names, ids, what somebody typed.
func tellsNothing(t *testing.T, w *world, told []byte) {
	t.Helper()
	for _, secret := range []string{
		vendorPassword, clientSecret, w.auditKey, "tell-tale", w.device.GUID, w.device.Name, w.device.OrgUID, "Ada", "ada.holm", "sub-ada", "case 4471", "Bearer", "127.0.0.1",
	} {
		if bytes.Contains(told, []byte(secret)) {
			t.Errorf("%q is told", secret)
		}
	}
}

func TestMetricsAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.with("PORTAL_METRICS_ADDR", strings.TrimPrefix(w.settings["PORTAL_BACKUP_URL"], "http://"))
	p := launch(t, w.folder, w.settings, "serve")
	if code := p.ended(); code != 1 || !strings.Contains(p.output(), "portal: PORTAL_METRICS_ADDR: ") {
		t.Errorf("with a taken address the portal ends with %d:\n%s", code, p.output())
	}
}

// TestMetricsOfASecondPortal takes the usual address first: the portal serves, and says that nobody can scrape it.
func TestMetricsOfASecondPortal(t *testing.T) {
	t.Parallel()
	// Whoever has it, it is taken.
	if taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", config.DefaultMetricsAddr); err == nil {
		t.Cleanup(func() { _ = taken.Close() })
	}
	w := newWorld(t)
	delete(w.settings, "PORTAL_METRICS_ADDR")
	p := launch(t, w.folder, w.settings, "serve")
	p.says("portal is ready")
	if !strings.Contains(p.output(), "metrics are not answered") {
		t.Errorf("nothing is said of metrics:\n%s", p.output())
	}
}

// collector keeps what is sent to it as traces.
type collector struct {
	mu   sync.Mutex
	sent bytes.Buffer
}

func (c *collector) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintf(&c.sent, "%s %s\n", r.Method, r.URL.Path)
	c.sent.Write(body)
}

// TestTraces stops a portal right after its work: what was not sent yet is sent then.
func TestTraces(t *testing.T) {
	t.Parallel()
	var c collector
	server := httptest.NewServer(&c)
	t.Cleanup(server.Close)
	w := newWorld(t)
	w.with("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	portal := w.synced()
	ada := w.ada()
	page := ada.get(w.deviceURL() + "?q=tell-tale")
	portal.terminate()
	if code := portal.ended(); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, portal.output())
	}
	for _, span := range []string{
		"POST /v1/traces\n", "backup-portal", "1.2.3-test", "GET /devices/:guid", page.header.Get("X-Request-Id"),
		"GET /api/v1/Computer/{guid}", "GET /api/v3/auth/jwt", "GET /auth/callback",
	} {
		if !bytes.Contains(c.sent.Bytes(), []byte(span)) {
			t.Errorf("nothing was sent with %q", span)
		}
	}
	tellsNothing(t, w, c.sent.Bytes())

	traced := regexp.MustCompile(`"route":"/devices/:guid".*"trace":"([0-9a-f]{32})"`).FindStringSubmatch(portal.output())
	if traced == nil {
		t.Errorf("no line of the log names its trace:\n%s", portal.output())
	}
}

// TestTracesToNobody stops a portal whose collector does not answer.
func TestTracesToNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.with("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+freeAddress(t))
	portal := w.synced()
	if a := w.ada().get("/"); a.status != http.StatusOK {
		t.Errorf("the overview answers %d", a.status)
	}
	portal.terminate()
	if code := portal.ended(); code != 0 || !strings.Contains(portal.output(), "traces") {
		t.Errorf("exit code %d:\n%s", code, portal.output())
	}
}
