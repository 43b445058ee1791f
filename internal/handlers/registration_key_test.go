package handlers_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"backup-portal/internal/audit"
	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/handlers"
)

// keyPattern is a registration key; what lies inside of a request's id, which can be all digits, is none.
var keyPattern = regexp.MustCompile(`\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b`)

// The key is shown once, to whoever may read it, and never without a line of the log that says who did; the line does not
// hold it.
func TestRegistrationKey(t *testing.T) {
	t.Parallel()
	broken := false
	p := setup(t, func(c *config) {
		c.pages = func(p *portal, o *handlers.Options) {
			o.Record = func(ctx context.Context, line audit.Line) error {
				if broken {
					return errors.New("no space left")
				}
				return p.record(ctx, line)
			}
		}
	})
	uid := p.fleet.Child.UID
	page := "/organizations/" + uid + "/registration-key"
	for _, who := range []string{"org-manager", "admin"} {
		a := p.as(who).post(page, url.Values{})
		key := keyPattern.FindString(a.page(t).Find("#registration-key").Text())
		if a.status != http.StatusOK || key == "" || a.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%s: %d %q %s", who, a.status, a.header.Get("Cache-Control"), a.body)
		}
		line := p.newest("org.registration-key")
		if line.Outcome != audit.Done || line.Target.ID != uid || line.Actor.Name != "Person "+who || len(line.OrgUIDs) != 1 || line.OrgUIDs[0] != uid {
			t.Errorf("%s: written down as %+v", who, line)
		}
		for _, path := range []string{"/audit", "/audit/export.csv", "/organizations/" + uid, "/organizations/" + uid + "/settings", "/organizations/" + uid + "/activity"} {
			if got := p.as(who).get(path); got.status != http.StatusOK || strings.Contains(got.body, key) {
				t.Errorf("%s holds the key (%d)", path, got.status)
			}
		}
	}
	b := p.as("org-manager")
	part := b.fetch(http.MethodPost, page, url.Values{}, map[string]string{"HX-Request": "true", "HX-Target": "registration-key"})
	if !strings.HasPrefix(part.body, "<div") || !keyPattern.MatchString(part.body) {
		t.Errorf("as a part of the page: %s", part.body)
	}
	for _, who := range []string{"viewer", "help-desk", "auditor"} {
		a := p.as(who).post(page, url.Values{})
		if a.status != http.StatusForbidden || keyPattern.MatchString(a.body) {
			t.Errorf("%s: %d %s", who, a.status, a.body)
		}
		if line := p.newest("org.registration-key"); line.Outcome != audit.Refused || line.Actor.Name != "Person "+who {
			t.Errorf("%s: the refusal is written down as %+v", who, line)
		}
	}
	if a := b.fetch(http.MethodPost, page, url.Values{}, map[string]string{"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}); a.status != http.StatusForbidden || keyPattern.MatchString(a.body) {
		t.Errorf("another site's form: %d", a.status)
	}
	broken = true
	if a := b.post(page, url.Values{}); a.status != http.StatusInternalServerError || keyPattern.MatchString(a.body) {
		t.Errorf("without a log: %d %s", a.status, a.body)
	}
	broken = false
	before := p.newest("org.registration-key")
	p.emulator.FailNext(backupemu.Match{PathPrefix: "/api/v3/orgs/"}, backupemu.Failure{Status: http.StatusServiceUnavailable}, 99)
	if a := b.post(page, url.Values{}); a.status != http.StatusBadGateway || keyPattern.MatchString(a.body) {
		t.Errorf("a silent vendor: %d %s", a.status, a.body)
	}
	if after := p.newest("org.registration-key"); after.Request != before.Request {
		t.Errorf("a key that nobody read is written down as %+v", after)
	}
}
