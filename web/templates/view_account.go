package templates

// SessionsView lists the sessions of who is asking.
type SessionsView struct {
	Rows      []SessionRow
	OthersURL string // ends all but this one (POST); "" when there is no other
}

// SessionRow is one signed-in browser.
type SessionRow struct {
	Browser string // "Firefox on Linux"
	Agent   string // what it calls itself
	Address string
	Since   Time
	Seen    Time
	Current bool   // the one that asks
	EndURL  string // answers a POST
}

// PeopleView lists who is signed in.
type PeopleView struct {
	Scope string // "3 people"
	Rows  []PersonRow
	Empty Empty
}

// PersonRow is one person with a session.
type PersonRow struct {
	Key      string // unique on the page
	Name     string
	Email    string
	Roles    string // "viewer in Shipping, help-desk in Halden"
	Sessions string
	Seen     Time
	EndURL   string // of the question; "" for the reader themself
	OwnURL   string // the reader's own sessions
}
