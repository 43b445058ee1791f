package backup

import (
	"bytes"
	"slices"
	"strings"
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
		"invalid user name", "invalid archive password", "invalid archive key", "other status",
		"not sent", "silent", "connection reset", "redirected", "unparseable", "breaker open", "too many calls at once",
		"token refused", "token unavailable", "incomplete listing",
	}[m]
}

// marker is a text which, anywhere in the body of certain answers, narrows the meaning.
type marker struct {
	text    string
	class   int // 4: status 400, 5: any 5xx
	ops     []string
	meaning Meaning
}

// markers are in the order in which the SDKs test them. An op ending in "*" is a prefix.
func markers() []marker {
	createUser, updateUser := []string{"POST /api/v1/User"}, []string{"PUT /api/v1/User/{uid}"}
	restore := []string{"POST /api/v1/WebRestoreSession"}
	return []marker{
		{"Unable to find org", 4, []string{"GET /api/v1/Computer"}, OrgNotFound},
		{"Organization was not found", 4, []string{"GET /api/v1/User"}, OrgNotFound},
		{"ACTIVE_LEGAL_HOLD", 4, []string{"POST /api/v38/computer-deactivation/update", "POST /api/v4/computer-deactivation/update", "POST /api/v3/users/{uid}/deactivate"}, ActiveLegalHold},
		{"USER_ALREADY_IN_HOLD", 4, []string{"POST /api/v*"}, UserAlreadyInHold},
		{"At least one criteria must be specified", 4, []string{"GET /api/v*"}, LegalHoldCriteriaMissing},
		{"ALREADY_DEACTIVATED", 4, []string{"POST /api/v38/legal-hold*", "POST /api/v27/legal-hold*"}, LegalHoldAlreadyDeactivated},
		{"ALREADY_ACTIVE", 4, []string{"POST /api/v38/legal-hold*", "POST /api/v27/legal-hold*"}, LegalHoldAlreadyActive},
		{"CREATE_FAILED", 4, []string{"POST /api/v38/restore/push", "POST /api/v9/restore/push"}, BadRestoreRequest},
		{"USER_DUPLICATE", 5, createUser, UserExists},
		{"USERNAME_NOT_AN_EMAIL", 5, updateUser, UsernameMustBeEmail},
		{"EMAIL_INVALID", 5, updateUser, InvalidEmail},
		{"NEW_PASSWORD_INVALID", 5, updateUser, InvalidPassword},
		{"INVALID_USERNAME", 5, updateUser, InvalidUsername},
		{"PRIVATE_PASSWORD_INVALID", 5, restore, InvalidArchivePassword},
		{"CUSTOM_KEY_INVALID", 5, restore, InvalidArchiveKey},
	}
}

// classify tells the meaning of an answer from 400 on, and the marker its body holds. The marker is reported for any
// operation, because a named refusal says that nothing was done; the narrower meaning only where the SDKs give it.
func classify(op string, status int, body []byte) (Meaning, string) {
	meaning := meaningOfStatus(status)
	var found string
	for _, m := range markers() {
		if !bytes.Contains(body, []byte(m.text)) {
			continue
		}
		if found == "" {
			found = m.text
		}
		if (status == 400 && m.class == 4 || status >= 500 && m.class == 5) && slices.ContainsFunc(m.ops, func(p string) bool { return opMatches(p, op) }) {
			return m.meaning, m.text
		}
	}
	if status == 403 && strings.Contains(op, "/legal-hold") {
		meaning = LegalHoldNotFoundOrDenied
	}
	return meaning, found
}

func opMatches(pattern, op string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(op, prefix)
	}
	return pattern == op
}

func meaningOfStatus(status int) Meaning {
	switch {
	case status == 400:
		return BadRequest
	case status == 401:
		return Unauthorized
	case status == 403:
		return Forbidden
	case status == 404:
		return NotFound
	case status == 409:
		return Conflict
	case status == 429:
		return TooManyRequests
	case status >= 500 && status < 600:
		return InternalServer
	default:
		return OtherStatus
	}
}
