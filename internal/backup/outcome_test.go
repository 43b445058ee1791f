package backup

import (
	"errors"
	"fmt"
	"testing"
)

func TestOutcomeOf(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err      error
		want     Outcome
		answered bool
	}{
		"done":                        {nil, Succeeded, true},
		"breaker open":                {&Error{Meaning: Open}, FailedNotSent, true},
		"too many at once":            {&Error{Meaning: Full}, FailedNotSent, true},
		"no connection":               {&Error{Meaning: NotSent}, FailedNotSent, true},
		"no token":                    {&Error{Meaning: TokenRefused}, FailedNotSent, true},
		"vendor silent at sign-in":    {&Error{Meaning: TokenUnavailable}, FailedNotSent, true},
		"400":                         {&Error{Status: 400, Sent: true, Meaning: BadRequest}, Failed, true},
		"401 after renewal":           {&Error{Status: 401, Sent: true, Attempts: 2, Meaning: Unauthorized}, Failed, true},
		"403":                         {&Error{Status: 403, Sent: true, Meaning: Forbidden}, Failed, true},
		"404":                         {&Error{Status: 404, Sent: true, Meaning: NotFound}, Failed, true},
		"429":                         {&Error{Status: 429, Sent: true, Meaning: TooManyRequests}, Failed, true},
		"500 with a marker":           {&Error{Status: 500, Sent: true, Meaning: InternalServer, Marker: "USER_DUPLICATE"}, Failed, true},
		"500":                         {&Error{Status: 500, Sent: true, Meaning: InternalServer}, Unknown, true},
		"502 of a gateway":            {&Error{Status: 502, Sent: true, Meaning: InternalServer}, Unknown, false},
		"503 of a gateway":            {&Error{Status: 503, Sent: true, Meaning: InternalServer}, Unknown, false},
		"504 of a gateway":            {&Error{Status: 504, Sent: true, Meaning: InternalServer}, Unknown, false},
		"silence":                     {&Error{Sent: true, Meaning: Silent}, Unknown, false},
		"reset":                       {&Error{Sent: true, Meaning: Reset}, Unknown, false},
		"redirect":                    {&Error{Status: 302, Sent: true, Meaning: Redirected}, Unknown, true},
		"2xx that cannot be read":     {&Error{Status: 200, Sent: true, Meaning: Unparseable}, Unknown, true},
		"an error of somebody else's": {errors.New("boom"), Unknown, false},
		"wrapped":                     {fmt.Errorf("device.block: %w", &Error{Status: 404, Sent: true, Meaning: NotFound}), Failed, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := OutcomeOf(tt.err); got != tt.want {
				t.Errorf("OutcomeOf = %v, want %v", got, tt.want)
			}
			if got := Answered(tt.err); got != tt.answered {
				t.Errorf("Answered = %v, want %v", got, tt.answered)
			}
		})
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		op, body string
		status   int
		want     Meaning
		marker   string
	}{
		{"GET /api/v1/Computer", `[{"name":"SYSTEM","description":"Unable to find org"}]`, 400, OrgNotFound, "Unable to find org"},
		{"GET /api/v1/User", `[{"name":"SYSTEM","description":"Organization was not found"}]`, 400, OrgNotFound, "Organization was not found"},
		{"POST /api/v3/orgs", `{"error":[{"primaryErrorKey":"ORG_DUPLICATE"}]}`, 400, OrgExists, "ORG_DUPLICATE"},
		{"PUT /api/v1/Org/{id}", `[{"name":"ORG_DUPLICATE"}]`, 500, OrgExists, "ORG_DUPLICATE"},
		{"PUT /api/v3/orgs/{guid}", `{"problem":"ORG_NAME_TOO_SHORT"}`, 409, OrgNameTooShort, "ORG_NAME_TOO_SHORT"},
		{"PUT /api/v3/orgs/{guid}", `{"problem":"ORG_NAME_MISSING"}`, 400, OrgNameMissing, "ORG_NAME_MISSING"},
		{"POST /api/v3/orgs", `{"problem":"PARENT_ORG_BLOCKED"}`, 400, ParentOrgBlocked, "PARENT_ORG_BLOCKED"},
		{"POST /api/v3/orgs", `{"problem":"PARENT_ORG_NOT_ACTIVE"}`, 400, ParentOrgNotActive, "PARENT_ORG_NOT_ACTIVE"},
		{"POST /api/v3/orgs/{guid}/block", `{"problem":"ORG_DUPLICATE"}`, 400, BadRequest, "ORG_DUPLICATE"},
		{"GET /api/v1/User", `[{"name":"SYSTEM","description":"Unable to find org"}]`, 400, BadRequest, "Unable to find org"}, // the other list's text
		{"GET /api/v1/Computer/{guid}", ``, 404, NotFound, ""},
		{"PUT /api/v1/ComputerBlock/{id}", ``, 403, Forbidden, ""},
		{"PUT /api/v1/ComputerBlock/{id}", ``, 409, Conflict, ""},
		{"PUT /api/v1/ComputerBlock/{id}", ``, 418, OtherStatus, ""},
		{"PUT /api/v1/ComputerBlock/{id}", ``, 429, TooManyRequests, ""},
		{"GET /api/v38/legal-hold-matter/view", ``, 403, LegalHoldNotFoundOrDenied, ""},
		{"POST /api/v27/legal-hold-matter/deactivate", `{"problem":"ALREADY_DEACTIVATED"}`, 400, LegalHoldAlreadyDeactivated, "ALREADY_DEACTIVATED"},
		{"POST /api/v38/legal-hold-membership/create", `{"problem":"USER_ALREADY_IN_HOLD"}`, 400, UserAlreadyInHold, "USER_ALREADY_IN_HOLD"},
		{"POST /api/v9/restore/push", `CREATE_FAILED`, 400, BadRestoreRequest, "CREATE_FAILED"},
		{"PUT /api/v1/ComputerBlock/{id}", `oops`, 599, InternalServer, ""},
		{"PUT /api/v1/ComputerBlock/{id}", `{"body":"USER_DUPLICATE"}`, 500, InternalServer, "USER_DUPLICATE"},
		{"POST /api/v1/User", `{"body":"USER_DUPLICATE"}`, 500, UserExists, "USER_DUPLICATE"},
		{"POST /api/v38/computer-deactivation/update", `{"problem":"ACTIVE_LEGAL_HOLD"}`, 400, ActiveLegalHold, "ACTIVE_LEGAL_HOLD"},
		{"POST /api/v4/computer-deactivation/update", `{"problem":"ACTIVE_LEGAL_HOLD"}`, 400, ActiveLegalHold, "ACTIVE_LEGAL_HOLD"},
		{"PUT /api/v1/User/{uid}", `[{"name":"USERNAME_NOT_AN_EMAIL"},{"name":"EMAIL_INVALID"}]`, 500, UsernameMustBeEmail, "USERNAME_NOT_AN_EMAIL"},
		{"PUT /api/v1/User/{uid}", `[{"name":"EMAIL_INVALID"}]`, 503, InvalidEmail, "EMAIL_INVALID"},
		{"PUT /api/v1/User/{uid}", `[{"name":"NEW_PASSWORD_INVALID"}]`, 500, InvalidPassword, "NEW_PASSWORD_INVALID"},
		{"PUT /api/v1/User/{uid}", `[{"name":"INVALID_USERNAME"}]`, 500, InvalidUsername, "INVALID_USERNAME"},
	} {
		meaning, marker := classify(tt.op, tt.status, []byte(tt.body))
		if meaning != tt.want || marker != tt.marker {
			t.Errorf("classify(%s, %d, %s) = %v, %q, want %v, %q", tt.op, tt.status, tt.body, meaning, marker, tt.want, tt.marker)
		}
	}
}

func TestEveryMeaningHasAName(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for m := Unclassified; m <= Incomplete; m++ {
		if name := m.String(); name == "" || seen[name] {
			t.Errorf("meaning %d is called %q", int(m), name)
		}
		seen[m.String()] = true
	}
}
