package operation

import (
	"errors"
	"fmt"
	"net/http"

	"backup-portal/internal/action"
	"backup-portal/internal/backup"
)

// explain says in one safe sentence how a vendor call came out; the vendor's own words are attacker-controlled and stay in the log.
func explain(err error, k action.Kind) string {
	e, ok := errors.AsType[*backup.Error](err)
	if !ok {
		return "The call ended in a way that the portal does not know."
	}
	switch e.Meaning {
	case backup.NotSent:
		return "The backup service could not be reached."
	case backup.Open:
		return "The backup service failed several times in a row, so the portal pauses."
	case backup.Full:
		return "Too many calls to the backup service were under way."
	case backup.TokenRefused:
		return "The backup service refused the portal's own sign-in."
	case backup.Silent:
		return "The backup service did not answer in time."
	case backup.Reset:
		return "The connection broke before the answer arrived."
	case backup.Redirected:
		return fmt.Sprintf("The backup service answered with a redirect (%d), which a change never follows.", e.Status)
	case backup.Unparseable:
		return "The backup service answered with something that is not an answer to this call."
	case backup.Unauthorized:
		return "The backup service refused the portal's sign-in (401), also after renewing it."
	case backup.Forbidden:
		return "The backup service does not allow this to the portal's account (403)."
	case backup.NotFound:
		return "The backup service does not know this " + k.Noun + " any more (404)."
	case backup.Conflict:
		return "The backup service reports a conflict (409): somebody else may have changed it."
	case backup.TooManyRequests:
		return "The backup service is busy and refused the call (429)."
	case backup.ActiveLegalHold:
		if k.ID == action.Organization.ID {
			return "Somebody below the organization is on legal hold: the backup service refuses while they are."
		}
		return "Its owner is on legal hold: the backup service refuses while they are."
	case backup.OrgExists:
		return "The backup service refused: another organization has this name already."
	case backup.OrgNameTooShort:
		return "The backup service refused: the name is too short."
	case backup.OrgNameMissing:
		return "The backup service refused: an organization needs a name."
	case backup.ParentOrgBlocked:
		return "The backup service refused: the organization above it is blocked."
	case backup.ParentOrgNotActive:
		return "The backup service refused: the organization above it is deactivated."
	}
	if e.Marker != "" {
		return fmt.Sprintf("The backup service refused: %s (%d).", e.Marker, e.Status)
	}
	return fmt.Sprintf("The backup service answered %d (%s).", e.Status, http.StatusText(e.Status))
}
