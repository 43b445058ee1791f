package backup

import (
	"bytes"
	"net/http"
	"path"
	"slices"
)

// Meaning is what an answer, or its absence, means. The first group follows the SDKs' error classes (wire: section 7).
type Meaning int

// The meanings.
const (
	Unclassified Meaning = iota
	BadRequest
	OrgNotFound
	ActiveLegalHold
	UserAlreadyInHold
	LegalHoldCriteriaMissing
	LegalHoldAlreadyDeactivated
	LegalHoldAlreadyActive
	BadRestoreRequest
	Unauthorized
	Forbidden
	LegalHoldNotFoundOrDenied
	NotFound
	Conflict
	TooManyRequests
	InternalServer
	UserExists
	UsernameMustBeEmail
	InvalidEmail
	InvalidPassword
	InvalidUsername
	InvalidArchivePassword
	InvalidArchiveKey
	OrgExists
	OrgNameTooShort
	OrgNameMissing
	ParentOrgBlocked
	ParentOrgNotActive
	OtherStatus // any other status from 400

	NotSent          // no connection, or given up before one
	Silent           // no answer within the time
	Reset            // the connection broke before the answer was complete
	Redirected       // 3xx, never followed
	Unparseable      // 2xx that is too long or not what the operation answers
	Open             // the breaker is open: the vendor failed too often in a row
	Full             // too many calls at once
	TokenRefused     // the vendor would not give a token: wrong credentials
	TokenUnavailable // the vendor could not be asked for a token
	Incomplete       // a listing ended before the vendor's own count
)

// String names the meaning for logs.
func (m Meaning) String() string {
	return [...]string{
		"unclassified", "bad request", "organization not found", "active legal hold", "user already in hold",
		"legal hold criteria missing", "legal hold already deactivated", "legal hold already active", "bad restore request",
		"unauthorized", "forbidden", "legal hold not found or denied", "not found", "conflict", "too many requests",
		"internal server error", "user exists", "user name must be an e-mail address", "invalid e-mail address", "invalid password",
		"invalid user name", "invalid archive password", "invalid archive key",
		"organization exists", "organization name too short", "organization name missing", "parent organization blocked",
		"parent organization not active", "other status",
		"not sent", "silent", "connection reset", "redirected", "unparseable", "breaker open", "too many calls at once",
		"token refused", "token unavailable", "incomplete listing",
	}[m]
}

// marker narrows the meaning of certain operations' answers: by a text anywhere in the body, "" for any body.
type marker struct {
	text    string
	status  int      // 500 stands for every 5xx, 0 for whatever refuses
	ops     []string // patterns of path.Match
	meaning Meaning
}

// markers are in the order in which the SDKs test them (wire: section 7).
func markers() []marker {
	createUser, updateUser := []string{"POST /api/v1/User"}, []string{"PUT /api/v1/User/{uid}"}
	restore := []string{"POST /api/v*/WebRestoreSession"}
	orgs := []string{"POST /api/v3/orgs", "PUT /api/v3/orgs/{guid}", "PUT /api/v1/Org/{id}"}
	below := []string{"POST /api/v3/orgs", "POST /api/v3/orgs/{guid}/activate"}
	return []marker{
		{"Unable to find org", 400, []string{"GET /api/v1/Computer"}, OrgNotFound},
		{"Organization was not found", 400, []string{"GET /api/v1/User"}, OrgNotFound},
		{"ACTIVE_LEGAL_HOLD", 400, []string{"POST /api/v*/computer-deactivation/update", "POST /api/v3/users/{uid}/deactivate", "POST /api/v3/orgs/{guid}/deactivate"}, ActiveLegalHold},
		{"USER_ALREADY_IN_HOLD", 400, []string{"POST /api/v*/legal-hold-membership/create", "POST /api/v1/LegalHoldMembership"}, UserAlreadyInHold},
		{"At least one criteria must be specified", 400, []string{"GET /api/v*/legal-hold-membership/list", "GET /api/v1/LegalHoldMembership"}, LegalHoldCriteriaMissing},
		{"ALREADY_DEACTIVATED", 400, []string{"POST /api/v*/legal-hold-matter/deactivate"}, LegalHoldAlreadyDeactivated},
		{"ALREADY_ACTIVE", 400, []string{"POST /api/v*/legal-hold-matter/activate"}, LegalHoldAlreadyActive},
		{"CREATE_FAILED", 400, []string{"POST /api/v*/restore/push"}, BadRestoreRequest},
		{"", 403, []string{"GET /api/v*/legal-hold-matter/view", "POST /api/v*/legal-hold-matter/*activate", "POST /api/v*/legal-hold-membership/*"}, LegalHoldNotFoundOrDenied},
		{"USER_DUPLICATE", 500, createUser, UserExists},
		{"USERNAME_NOT_AN_EMAIL", 500, updateUser, UsernameMustBeEmail},
		{"EMAIL_INVALID", 500, updateUser, InvalidEmail},
		{"NEW_PASSWORD_INVALID", 500, updateUser, InvalidPassword},
		{"INVALID_USERNAME", 500, updateUser, InvalidUsername},
		{"PRIVATE_PASSWORD_INVALID", 500, restore, InvalidArchivePassword},
		{"CUSTOM_KEY_INVALID", 500, restore, InvalidArchiveKey},
		{"ORG_DUPLICATE", 0, orgs, OrgExists}, // the vendor's names; with which status they come nobody has seen (wire: section 3.2)
		{"ORG_NAME_TOO_SHORT", 0, orgs, OrgNameTooShort},
		{"ORG_NAME_MISSING", 0, orgs, OrgNameMissing},
		{"PARENT_ORG_BLOCKED", 0, below, ParentOrgBlocked},
		{"PARENT_ORG_NOT_ACTIVE", 0, below, ParentOrgNotActive},
	}
}

// applies tells whether the SDKs give an answer of this status to this operation the narrower meaning.
func (m marker) applies(op string, status int) bool {
	switch m.status {
	case 0, status:
	case http.StatusInternalServerError:
		if status < m.status {
			return false
		}
	default:
		return false
	}
	return slices.ContainsFunc(m.ops, func(pattern string) bool {
		ok, err := path.Match(pattern, op)
		return ok && err == nil
	})
}

// classify tells the meaning of an answer from 400 on, and the marker its body holds. The marker is reported for any
// operation, because a named refusal says that nothing was done; the narrower meaning only where the SDKs give it.
func classify(op string, status int, body []byte) (Meaning, string) {
	var found string
	for _, m := range markers() {
		if !bytes.Contains(body, []byte(m.text)) {
			continue
		}
		if m.applies(op, status) {
			return m.meaning, m.text
		}
		if found == "" {
			found = m.text
		}
	}
	return meaningOfStatus(status), found
}

func meaningOfStatus(status int) Meaning {
	switch status {
	case http.StatusBadRequest:
		return BadRequest
	case http.StatusUnauthorized:
		return Unauthorized
	case http.StatusForbidden:
		return Forbidden
	case http.StatusNotFound:
		return NotFound
	case http.StatusConflict:
		return Conflict
	case http.StatusTooManyRequests:
		return TooManyRequests
	}
	if status >= 500 && status < 600 {
		return InternalServer
	}
	return OtherStatus
}
