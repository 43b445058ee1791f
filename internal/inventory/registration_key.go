package inventory

import (
	"context"
	"errors"

	"backup-portal/internal/backup"
	"backup-portal/internal/settings"
)

// RegistrationKey reads the secret with which devices register at an organization; "" when it has none. It is asked for
// each time and never kept. The scope is held against where the vendor says that the organization is now.
func (s *Service) RegistrationKey(ctx context.Context, scope Scope, uid string) (string, error) {
	live, err := s.LiveOrg(ctx, scope, uid)
	if err != nil {
		return "", err
	}
	if live.Failure != nil {
		return "", live.Failure
	}
	reading, cancel := backup.Interactive(ctx)
	defer cancel()
	document, err := s.Reader.OrgDocument(reading, uid)
	if backup.IsNotFound(err) {
		return "", NoSuchPage(err)
	}
	if err != nil {
		return "", upstream(err)
	}
	sheet, err := settings.OfOrganization(document, nil)
	if err != nil {
		// Not with the cause: it may quote the document.
		return "", upstream(&backup.Error{Op: "GET /api/v3/orgs/{guid}", Meaning: backup.Unparseable, Sent: true, Attempts: 1, Cause: errors.New("no organization's document")})
	}
	return sheet.RegistrationKey(), nil
}
