package backup

import (
	"strconv"
	"time"
)

// OrgID is the vendor's row number of an organization (orgId); it stays inside the calls of this package.
type OrgID int64

// segment is the row number as a path segment; "", which no request is made with, for a number that names no organization.
func (id OrgID) segment() string {
	if id <= 0 {
		return ""
	}
	return strconv.FormatInt(int64(id), 10)
}

// Org is one organization (wire: section 3.2).
type Org struct {
	ID                OrgID
	UID               string
	GUID              string
	Name              string
	ExternalReference string
	Notes             string
	Status            string
	Active            bool
	Blocked           bool
	ParentUID         string // "" at the root
	Type              string
	Classification    string
	Created           time.Time
	Modified          time.Time
}
