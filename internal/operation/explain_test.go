package operation

import (
	"errors"
	"strings"
	"testing"

	"backup-portal/internal/action"
	"backup-portal/internal/backup"
)

// TestRefusalsAreToldInWords: what the vendor names as its reason is said to people, and never in the vendor's own words.
func TestRefusalsAreToldInWords(t *testing.T) {
	t.Parallel()
	for meaning, want := range map[backup.Meaning]string{
		backup.OrgExists:          "another organization has this name already",
		backup.OrgNameTooShort:    "the name is too short",
		backup.OrgNameMissing:     "needs a name",
		backup.ParentOrgBlocked:   "the organization above it is blocked",
		backup.ParentOrgNotActive: "the organization above it is deactivated",
		backup.ActiveLegalHold:    "on legal hold",
		backup.Conflict:           "(409)",
		backup.BadRequest:         "400 (Bad Request)",
	} {
		err := &backup.Error{Status: 400, Sent: true, Meaning: meaning, Body: "<b>theirs</b>", Cause: errors.New("ours")}
		if got := explain(err, action.Organization); !strings.Contains(got, want) || strings.Contains(got, "theirs") || strings.Contains(got, "ours") {
			t.Errorf("%v is told as %q, want %q", meaning, got, want)
		}
	}
}
