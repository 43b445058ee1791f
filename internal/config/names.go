package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

const (
	namePrefix = "PORTAL_"
	fileSuffix = "_FILE"
)

// Variable is one environment variable that the portal reads.
type Variable struct {
	Name   string
	Secret bool // also readable from the file that Name + "_FILE" names
}

// Variables lists every variable that Load reads, in the order of the reference in docs/operations.md.
func Variables() []Variable {
	return []Variable{
		{Name: "PORTAL_ADDR"},
		{Name: "PORTAL_METRICS_ADDR"},
		{Name: "PORTAL_PUBLIC_URL"},
		{Name: "PORTAL_DATABASE_URL", Secret: true},
		{Name: "PORTAL_BACKUP_URL"},
		{Name: "PORTAL_BACKUP_DIALECT"},
		{Name: "PORTAL_BACKUP_USERNAME"},
		{Name: "PORTAL_BACKUP_PASSWORD", Secret: true},
		{Name: "PORTAL_BACKUP_TOTP_SECRET", Secret: true},
		{Name: "PORTAL_BACKUP_CLIENT_ID"},
		{Name: "PORTAL_BACKUP_CLIENT_SECRET", Secret: true},
		{Name: "PORTAL_OIDC_ISSUER"},
		{Name: "PORTAL_OIDC_CLIENT_ID"},
		{Name: "PORTAL_OIDC_CLIENT_SECRET", Secret: true},
		{Name: "PORTAL_OIDC_GROUPS_CLAIM"},
		{Name: "PORTAL_OIDC_ACR_VALUES"},
		{Name: "PORTAL_ROLES"},
		{Name: "PORTAL_RULES"},
		{Name: "PORTAL_AUDIT_KEY", Secret: true},
		{Name: "PORTAL_SMTP_URL", Secret: true},
		{Name: "PORTAL_MAIL_FROM"},
		{Name: "PORTAL_TRUSTED_PROXIES"},
		{Name: "PORTAL_TIMEZONE"},
		{Name: "PORTAL_READ_ONLY"},
		{Name: "PORTAL_SETTINGS_RATE"},
		{Name: "OTEL_EXPORTER_OTLP_ENDPOINT"},
	}
}

// CheckNames refuses every PORTAL_ variable of an environment ("NAME=value" each, as from os.Environ) that nothing
// reads: a brake with a typo in its name would not brake. Its error holds one line for each such name and no value.
func CheckNames(environ []string) error {
	// The tests' own variables are inherited by the portals that the tests start.
	known := []string{"PORTAL_CHROMIUM", "PORTAL_SCREENSHOTS", "PORTAL_POSTGRES_BIN"}
	for _, variable := range Variables() {
		known = append(known, variable.Name)
		if variable.Secret {
			known = append(known, variable.Name+fileSuffix)
		}
	}
	var problems []error
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, namePrefix) && !slices.Contains(known, name) {
			problems = append(problems, fmt.Errorf("%s: no such setting%s", name, suggestion(name, known)))
		}
	}
	return errors.Join(problems...)
}

// suggestion names the known variable that is nearest to a mistyped one, when it is near at all.
func suggestion(name string, known []string) string {
	nearest := slices.MinFunc(known, func(a, b string) int { return distance(name, a) - distance(name, b) })
	if distance(name, nearest) > 4 {
		return ""
	}
	return "; did you mean " + nearest + "?"
}

// distance counts the letters to insert, remove or replace to get from a to b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
