package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"backup-portal/internal/telemetry"
)

// scrape answers the lines of /metrics that are ours, values included.
func scrape(t *testing.T, tel *telemetry.Telemetry) []string {
	t.Helper()
	answer := httptest.NewRecorder()
	tel.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if answer.Code != http.StatusOK {
		t.Fatalf("a scrape answers %d: %s", answer.Code, answer.Body)
	}
	var ours []string
	for line := range strings.Lines(answer.Body.String()) {
		if strings.HasPrefix(line, "portal_") {
			ours = append(ours, strings.TrimSpace(line))
		}
	}
	return ours
}

// having keeps the lines that hold every one of the texts.
func having(lines []string, texts ...string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(line, text) })
	})
}

// site is a server with three routes, watched.
func site(tel *telemetry.Telemetry) *echo.Echo {
	e := echo.New()
	e.Use(tel.Middleware(), func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := next(c); err != nil {
				c.Error(err)
			}
			return nil
		}
	})
	e.GET("/devices/:guid", func(c echo.Context) error { return c.NoContent(http.StatusNoContent) })
	e.POST("/devices/:guid/block", func(echo.Context) error { return echo.ErrInternalServerError })
	e.RouteNotFound("/*", func(echo.Context) error { return echo.ErrNotFound })
	return e
}

func ask(t *testing.T, h http.Handler, method, target string, header ...string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	h.ServeHTTP(httptest.NewRecorder(), r)
}

// TestHostileRequestsMakeNoSeries sends what a stranger can vary: the series stay those of the route table.
func TestHostileRequestsMakeNoSeries(t *testing.T) {
	t.Parallel()
	tel := telemetry.New(telemetry.Options{Version: "1.2.3"})
	e := site(tel)
	for i := range 50 {
		ask(t, e, http.MethodGet, fmt.Sprintf("/devices/%d?q=secret-%d", 954143368874689941+i, i), "Host", fmt.Sprintf("host-%d.example", i))
		ask(t, e, http.MethodGet, fmt.Sprintf("/nowhere-%d/%d", i, i))
		ask(t, e, fmt.Sprintf("INVENTED%d", i), "/devices/1")
	}
	var counts []string
	for _, line := range having(scrape(t, tel), "portal_http_request_duration_seconds_count") {
		counts = append(counts, strings.TrimPrefix(line, "portal_http_request_duration_seconds_count"))
	}
	want := []string{
		`{method="GET",route="/*",status="4xx"} 50`,
		`{method="GET",route="/devices/:guid",status="2xx"} 50`,
		`{method="other",route="/*",status="4xx"} 50`,
	}
	slices.Sort(counts)
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestVendorCallsAreCountedByOutcome(t *testing.T) {
	t.Parallel()
	tel := telemetry.New(telemetry.Options{})
	for _, outcome := range []string{telemetry.OutcomeOK, telemetry.OutcomeOK, "not found"} {
		_, ended := tel.VendorCall(t.Context(), "GET /api/v1/Computer/{id}")
		ended(outcome)
	}
	want := []string{
		`portal_vendor_call_duration_seconds_count{operation="GET /api/v1/Computer/{id}",outcome="not found"} 1`,
		`portal_vendor_call_duration_seconds_count{operation="GET /api/v1/Computer/{id}",outcome="ok"} 2`,
	}
	if diff := cmp.Diff(want, having(scrape(t, tel), "_count")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestMailsAreCountedFromZero(t *testing.T) {
	t.Parallel()
	tel := telemetry.New(telemetry.Options{})
	tel.Mails(telemetry.MailGivenUp, 3)
	want := []string{
		`portal_mails_total{outcome="given up"} 3`, `portal_mails_total{outcome="put off"} 0`, `portal_mails_total{outcome="sent"} 0`,
	}
	if diff := cmp.Diff(want, having(scrape(t, tel), "portal_mails_total{")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestStateIsTold(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 500_000_000, time.UTC)
	tel := telemetry.New(telemetry.Options{State: func(context.Context) (telemetry.State, error) {
		return telemetry.State{
			SyncedAt: at, SyncTook: 90 * time.Second, SyncFailing: true, Operations: map[string]int{"running": 0, "unknown": 2},
			Requests: map[string]int{"stopped": 3}, AuditLines: 1200, SignedLines: 1199, SignedAt: at, Sessions: 7, Writable: true,
			Compared: 41, ComparedAt: at,
		}, nil
	}})
	got := having(scrape(t, tel))
	for _, want := range []string{
		"portal_database_readable 1", "portal_database_writable 1",
		"portal_sync_last_success_timestamp_seconds 1.7723664005e+09", "portal_sync_last_duration_seconds 90",
		"portal_sync_running 0", "portal_sync_failing 1",
		`portal_operations_open{state="running"} 0`, `portal_operations_open{state="unknown"} 2`, `portal_requests_open{state="stopped"} 3`,
		"portal_audit_lines 1200", "portal_audit_signed_lines 1199", "portal_audit_checkpoint_timestamp_seconds 1.7723664005e+09",
		"portal_sessions 7", "portal_settings_compared_devices 41", "portal_settings_oldest_reading_timestamp_seconds 1.7723664005e+09",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no line %q in\n%s", want, strings.Join(got, "\n"))
		}
	}
}

// TestDatabaseThatFailsOrHangs costs a scrape the figures of the database, and no more than a moment.
func TestDatabaseThatFailsOrHangs(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]func(release chan struct{}) (telemetry.State, error){
		"fails": func(chan struct{}) (telemetry.State, error) { return telemetry.State{}, errors.New("disk on fire") },
		"hangs": func(release chan struct{}) (telemetry.State, error) { <-release; return telemetry.State{}, nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				var reads atomic.Int32
				tel := telemetry.New(telemetry.Options{State: func(context.Context) (telemetry.State, error) {
					reads.Add(1)
					return read(release)
				}})
				ask(t, site(tel), http.MethodGet, "/devices/1")
				began := time.Now()
				lines := scrape(t, tel)
				if took := time.Since(began); took > 3*time.Second {
					t.Errorf("the scrape took %s", took)
				}
				if !slices.Contains(lines, "portal_database_readable 0") || len(having(lines, "portal_sync")) > 0 {
					t.Errorf("told of the database:\n%s", strings.Join(having(lines, "portal_"), "\n"))
				}
				if len(having(lines, "_count", "/devices/:guid")) != 1 {
					t.Error("the figures of requests went with those of the database")
				}
				scrape(t, tel)
				if name == "hangs" && reads.Load() != 1 {
					t.Errorf("%d readings hang at once", reads.Load())
				}
				close(release)
			})
		})
	}
}

func TestStateIsKeptForAMoment(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	reads, took := 0, 90*time.Second
	tel := telemetry.New(telemetry.Options{
		Now:   func() time.Time { return now },
		State: func(context.Context) (telemetry.State, error) { reads++; return telemetry.State{SyncTook: took}, nil },
	})
	for range 5 {
		scrape(t, tel)
	}
	if reads != 1 {
		t.Errorf("5 scrapes at once read %d times", reads)
	}
	now, took = now.Add(6*time.Second), 0
	if lines := scrape(t, tel); reads != 2 || !slices.Contains(lines, "portal_sync_last_duration_seconds 90") {
		t.Errorf("read %d times; while a sync runs the last one took\n%s", reads, having(lines, "duration_seconds "))
	}
}

func TestOnlyMetricsAreAnswered(t *testing.T) {
	t.Parallel()
	tel := telemetry.New(telemetry.Options{})
	for target, want := range map[string]int{"GET /metrics": 200, "GET /": 404, "GET /debug/pprof/": 404, "POST /metrics": 405} {
		method, path, _ := strings.Cut(target, " ")
		answer := httptest.NewRecorder()
		tel.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), method, path, nil))
		if answer.Code != want {
			t.Errorf("%s answers %d, want %d", target, answer.Code, want)
		}
	}
}
