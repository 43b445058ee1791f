package backup

import "time"

// UserID is the vendor's row number of a user (userId); it stays inside the calls of this package.
type UserID int64

// User is one person known to the vendor (wire: section 4.2). Quota is bytes, -1 is unlimited.
type User struct {
	ID                UserID
	UID               string
	Username          string
	Email             string
	FirstName         string
	LastName          string
	Status            string
	Active            bool
	Blocked           bool
	OrgUID            string
	OrgName           string
	ExternalReference string
	Notes             string
	Quota             int64
	Roles             []string // only when asked for
	Created           time.Time
	Modified          time.Time
}
