package inventory

import "context"

// UserQuery asks for one page of users, ordered by folded username and then uid. Zero values do not filter.
type UserQuery struct {
	Scope         Scope
	Text          string // substring of username, e-mail, name, or the exact uid (folded)
	Active        *bool
	Blocked       *bool
	OnHold        *bool  // nobody is, when nobody knows
	OrgUID        string // with its children; an organization outside the scope matches nothing
	After, Before string // keyset cursors, as in DeviceQuery
	Limit         int    // 0 = 50
}

// UserRow is a user in a list.
type UserRow struct {
	User

	OrgName, OrgPath string
	OnHold           bool
	Devices          int // of theirs in the scope that was asked for, as the mirror has them, whatever their state
}

// UserPage is one page of users with the exact total up to CountLimit.
type UserPage struct {
	Users        []UserRow
	Total        int
	TotalCapped  bool
	Next, Before string
	HasPrevious  bool
}

// UserStore reads users. Each method is one transaction.
type UserStore interface {
	Users(ctx context.Context, q UserQuery) (UserPage, error)
	// UserRow answers one user in scope; outside or missing is a fault.NotFound.
	UserRow(ctx context.Context, scope Scope, uid string) (UserRow, error)
}
