package templates

// AuditView is the audit log.
type AuditView struct {
	URL      string // of the page, for the search form (GET)
	Scope    string // "10 of 182,441 lines match"
	Announce string
	Who      string // fields who, action, target, outcome, after, before
	Action   string
	Target   string
	After    string // 2026-11-22, as typed
	Before   string
	Under    string // id of a request; kept when another field is changed
	Errors   []FieldError
	Actions  []string // known actions, offered while typing
	Outcomes []Option
	Chips    []Chip
	ClearURL string
	Note     Note // state of the last checkpoint
	Rows     []AuditRow
	Pager    Pager // Newest, Older
	Empty    Empty

	Export    Button // of what the filters find
	ExportWhy string // why the reader may not; "" when they may
}

// FieldError is what is wrong with one field, named like the field.
type FieldError struct{ Field, Text string }

// AuditRow is one line of the log; an open one shows its detail below.
type AuditRow struct {
	Seq       string // "182,441"
	URL       string // opens or closes the detail
	Open      bool
	At        Time // UTC
	Who       string
	Action    string
	Target    string
	TargetURL string
	Org       string
	Outcome   State
	Changes   []Change
	Facts     []Fact
}

// Change is one field before and after.
type Change struct{ Field, Before, After string }
