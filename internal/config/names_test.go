package config_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/config"
)

func TestCheckNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		environ []string
		want    string // the error's text; "" when it is accepted
	}{
		{"nothing", nil, ""},
		{"other programs' variables", []string{"PATH=/bin", "PORT=1", "PORTALS=2"}, ""},
		{"ours", []string{"PORTAL_ADDR=:8080", "PORTAL_AUDIT_KEY_FILE=/run/key", "PORTAL_READ_ONLY=1"}, ""},
		{"the tests' own", []string{"PORTAL_CHROMIUM=/usr/bin/chromium"}, ""},
		{"a typo", []string{"PORTAL_READONLY=hunter2"}, "PORTAL_READONLY: no such setting; did you mean PORTAL_READ_ONLY?"},
		{"a file for what is no secret", []string{"PORTAL_ADDR_FILE=/x"}, "PORTAL_ADDR_FILE: no such setting"},
		{
			"two",
			[]string{"PORTAL_TIME_ZONE=UTC", "PORTAL_SOMETHING_ELSE_ALTOGETHER=1"},
			"PORTAL_TIME_ZONE: no such setting; did you mean PORTAL_TIMEZONE?\nPORTAL_SOMETHING_ELSE_ALTOGETHER: no such setting",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if err := config.CheckNames(test.environ); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A variable that Load asks for and Variables does not list would be refused by CheckNames.
func TestVariablesAreWhatLoadAsksFor(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, variable := range config.Variables() {
		listed[variable.Name] = true
		if variable.Secret {
			listed[variable.Name+"_FILE"] = true
		}
	}
	asked := map[string]bool{}
	lookup := func(name string) (string, bool) { asked[name] = true; return "", false }
	if _, err := config.Load(lookup, os.ReadFile); err == nil {
		t.Fatal("an empty environment was accepted")
	}
	if diff := cmp.Diff(listed, asked); diff != "" {
		t.Errorf("(-listed +asked)\n%s", diff)
	}
}

func TestEveryVariableIsInTheOperationsManual(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, variable := range config.Variables() {
		if !strings.Contains(string(manual), "| `"+variable.Name+"` |") {
			t.Errorf("docs/operations.md has no row for %s", variable.Name)
		}
	}
}
