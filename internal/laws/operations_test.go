package laws_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/backup"
	"backup-portal/internal/config"
	"backup-portal/internal/telemetry"
)

// forOperators tells whether a file is what an operator copies from.
func (s source) forOperators() bool {
	return s.path == "docs/operations.md" || strings.HasPrefix(s.path, "deploy/")
}

// settings are the names that a portal can be configured with.
func settings() []string {
	var names []string
	for _, v := range config.Variables() {
		names = append(names, v.Name)
		if v.Secret {
			names = append(names, v.Name+"_FILE")
		}
	}
	return names
}

// settingLaw holds what operators copy from against what the program reads: a name that nothing reads would be refused
// at the start. PORTAL_IMAGE is a variable of the compose file itself.
func settingLaw(sources []source) []string {
	names := append(settings(), "PORTAL_IMAGE")
	word := regexp.MustCompile(`\bPORTAL_[A-Z_]+\b`)
	var violations []string
	for _, s := range sources {
		if !s.forOperators() {
			continue
		}
		for number, line := range strings.Split(s.text, "\n") {
			for _, name := range word.FindAllString(line, -1) {
				if !slices.Contains(names, name) {
					violations = append(violations, fmt.Sprintf("%s:%d: %s is no setting", s.path, number+1, name))
				}
			}
		}
	}
	return violations
}

// metricLaw holds the manual and the alerts against the metrics that there are: a rule about another never fires.
func metricLaw(sources []source) []string {
	word := regexp.MustCompile(`\bportal_[a-z_]+`)
	// Roles of the database, secrets and folders of the examples that begin like a metric.
	known := append(metrics(), "portal_owner", "portal_password")
	var violations []string
	for _, s := range sources {
		if !s.forOperators() {
			continue
		}
		for number, line := range strings.Split(s.text, "\n") {
			for _, name := range word.FindAllString(line, -1) {
				of := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_count"), "_sum")
				if !slices.Contains(known, name) && !slices.Contains(known, of) {
					violations = append(violations, fmt.Sprintf("%s:%d: %s is no metric", s.path, number+1, name))
				}
			}
		}
	}
	return violations
}

// metrics are the names of our own metrics, read where Prometheus reads them.
func metrics() []string {
	t := telemetry.New(telemetry.Options{State: func(context.Context) (telemetry.State, error) {
		return telemetry.State{Operations: map[string]int{"unknown": 0}, Requests: map[string]int{"stopped": 0}}, nil
	}})
	_, ended := t.VendorCall(context.Background(), "GET /")
	ended(telemetry.OutcomeOK)
	e := echo.New()
	e.Use(t.Middleware())
	e.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", nil))
	answer := httptest.NewRecorder()
	t.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/metrics", nil))
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (portal_\S+) `).FindAllStringSubmatch(answer.Body.String(), -1) {
		names = append(names, m[1])
	}
	return names
}

func TestSettingsOfOperatorsExist(t *testing.T) {
	t.Parallel()
	holds(t, settingLaw)
}

func TestMetricsOfOperatorsExist(t *testing.T) {
	t.Parallel()
	holds(t, metricLaw)
}

// outcomeLaw holds the outcomes that alerts ask for against those that a call of the vendor can have.
func outcomeLaw(sources []source) []string {
	known := []string{telemetry.OutcomeOK, telemetry.MailSent, telemetry.MailPutOff, telemetry.MailGivenUp}
	for m := backup.Unclassified; m <= backup.Incomplete; m++ {
		known = append(known, m.String())
	}
	asked := regexp.MustCompile(`outcome[!=]?[=~]~?"([^"]*)"`)
	var violations []string
	for _, s := range sources {
		if !s.forOperators() {
			continue
		}
		for _, m := range asked.FindAllStringSubmatch(s.text, -1) {
			for outcome := range strings.SplitSeq(m[1], "|") {
				if !slices.Contains(known, outcome) {
					violations = append(violations, fmt.Sprintf("%s: %q is no outcome", s.path, outcome))
				}
			}
		}
	}
	return violations
}

func TestOutcomesOfOperatorsExist(t *testing.T) {
	t.Parallel()
	holds(t, outcomeLaw)
}

// TestEveryMetricIsInTheManual asks for a row of the table for each metric, as the settings have theirs.
func TestEveryMetricIsInTheManual(t *testing.T) {
	t.Parallel()
	sources, names := tree(t), metrics()
	i := slices.IndexFunc(sources, func(s source) bool { return s.path == "docs/operations.md" })
	if len(names) < 10 {
		t.Fatalf("only %d metrics: %v", len(names), names)
	}
	for _, name := range names {
		if !regexp.MustCompile("(?m)^\\|.*`" + name + "`.*\\|").MatchString(sources[i].text) {
			t.Errorf("docs/operations.md has no row for %s", name)
		}
	}
}

// TestDeploymentsNameEverySecretAsAFile: a secret in the environment is read by whoever may look at the process.
func TestDeploymentsNameEverySecretAsAFile(t *testing.T) {
	t.Parallel()
	holds(t, secretLaw)
}

func secretLaw(sources []source) []string {
	var violations []string
	for _, s := range sources {
		if !strings.HasPrefix(s.path, "deploy/") {
			continue
		}
		for _, v := range config.Variables() {
			// An empty value takes away the image's own; the address of a SQLite file holds no secret.
			set := regexp.MustCompile(`(?m)\b` + v.Name + `\s*[=:]\s*("")?(\S*)`)
			for _, m := range set.FindAllStringSubmatch(s.text, -1) {
				if v.Secret && m[1] == "" && m[2] != "" && !strings.HasPrefix(m[2], "sqlite:") {
					violations = append(violations, s.path+": "+v.Name+" stands in the clear; name a file by "+v.Name+"_FILE")
				}
			}
		}
	}
	return violations
}

// TestTheComposeFileRestrictsLikeTheManual: what the serving role must not do is said twice, to who types it and to who
// starts the compose file.
func TestTheComposeFileRestrictsLikeTheManual(t *testing.T) {
	t.Parallel()
	holds(t, restrictLaw)
}

func restrictLaw(sources []source) []string {
	const manual, compose = "docs/operations.md", "deploy/compose/restrict.sql"
	said := map[string][]string{}
	for _, s := range sources {
		if s.path == manual || s.path == compose {
			said[s.path] = regexp.MustCompile(`(?m)^REVOKE [^;]+ FROM portal;`).FindAllString(s.text, -1)
		}
	}
	var violations []string
	for _, pair := range [][2]string{{manual, compose}, {compose, manual}} {
		for _, statement := range said[pair[0]] {
			if !slices.Contains(said[pair[1]], statement) {
				violations = append(violations, fmt.Sprintf("%s: does not say %q, as %s does", pair[1], statement, pair[0]))
			}
		}
	}
	return violations
}

func TestOperatorsLawsBreak(t *testing.T) {
	t.Parallel()
	breaks(t, settingLaw, []example{
		{"sound", one("deploy/a.env", "PORTAL_ADDR=:8080\nPORTAL_AUDIT_KEY_FILE=/key\n"), nil},
		{"elsewhere", one("docs/other.md", "PORTAL_NOTHING"), nil},
		{"no setting", one("deploy/a.env", "\nPORTAL_READONLY=true\n"), []string{"deploy/a.env:2: PORTAL_READONLY is no setting"}},
		{"a file for what is no secret", one("docs/operations.md", "`PORTAL_ADDR_FILE`"), []string{"docs/operations.md:1: PORTAL_ADDR_FILE is no setting"}},
	})
	breaks(t, metricLaw, []example{
		{"sound", one("deploy/alerts.yaml", "expr: rate(portal_http_request_duration_seconds_count[5m]) > 0 and portal_sessions > 1"), nil},
		{"no metric", one("deploy/alerts.yaml", "expr: portal_sync_age > 1"), []string{"deploy/alerts.yaml:1: portal_sync_age is no metric"}},
	})
	breaks(t, outcomeLaw, []example{
		{"sound", one("deploy/alerts.yaml", `a{outcome="token refused"} b{outcome!~"ok|not found"} c{outcome=~"silent"} d{outcome="given up"}`), nil},
		{"no outcome", one("deploy/alerts.yaml", `a{outcome=~"ok|timeout"}`), []string{`deploy/alerts.yaml: "timeout" is no outcome`}},
	})
	breaks(t, secretLaw, []example{
		{"a file", one("deploy/a.yaml", "PORTAL_DATABASE_URL: \"\"\nPORTAL_DATABASE_URL_FILE: /run/x\n"), nil},
		{"SQLite", one("deploy/a.service", "Environment=PORTAL_DATABASE_URL=sqlite:/var/lib/x.db\n"), nil},
		{"in the clear", one("deploy/a.env", "PORTAL_AUDIT_KEY=hunter2\n"), []string{"deploy/a.env: PORTAL_AUDIT_KEY stands in the clear; name a file by PORTAL_AUDIT_KEY_FILE"}},
	})
	const revoke = "REVOKE DELETE ON request FROM portal;"
	breaks(t, restrictLaw, []example{
		{"sound", []source{{path: "docs/operations.md", text: "```sql\n" + revoke + "\n```"}, {path: "deploy/compose/restrict.sql", text: revoke}}, nil},
		{
			"less",
			[]source{{path: "docs/operations.md", text: revoke}, {path: "deploy/compose/restrict.sql"}},
			[]string{"deploy/compose/restrict.sql: does not say \"" + revoke + "\", as docs/operations.md does"},
		},
		{
			"more",
			[]source{{path: "docs/operations.md"}, {path: "deploy/compose/restrict.sql", text: revoke}},
			[]string{"docs/operations.md: does not say \"" + revoke + "\", as deploy/compose/restrict.sql does"},
		},
	})
}
