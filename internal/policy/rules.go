package policy

import (
	"time"

	"backup-portal/internal/approval"
)

// Terms are what a rule demands beside approvers.
type Terms struct {
	ReasonPattern string        // regular expression that the reason has to hold, "" when any will do
	ReasonExample string        // shown when it does not
	Lifetime      time.Duration // of a request, from asking to its last vote
	UndoWindow    time.Duration // between the last vote and the first call
}

// Budget bounds how much one person, and everybody in one subtree, may destroy in a time. Zero fields are unlimited.
type Budget struct {
	PersonPerHour int // destructive targets of one person within an hour; above it one approver more
	SubtreePerDay int // destructive targets in the subtree of the role that asks, within a day; above it one approver more
	Ceiling       int // of one person or one subtree within a day; above it nothing goes
}

// Spent is what was asked for already and neither ended without being run nor failed.
type Spent struct {
	PersonHour, PersonDay, SubtreeDay int
}

// Rules are the role table and what the configuration changes of it. The zero value is the table of docs/security.md.
type Rules struct {
	Budget  Budget
	changed map[ruleKey]rule
}

type ruleKey struct {
	action string
	role   Role
}

// rule is one line of the table: what a role has to bring for an action.
type rule struct {
	may   bool
	below bool // only strictly below the organization of the grant
	need  approval.Need
	terms Terms
}
