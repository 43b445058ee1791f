package backup

import "time"

// HoldMatter is one legal case whose custodians' data has to be kept (wire: section 5.2).
type HoldMatter struct {
	UID               string
	Name              string
	Description       string
	ExternalReference string
	Active            bool
	Created           time.Time
}

// HoldMembership is one person in a matter: a custodian while it is active and the matter is.
type HoldMembership struct {
	UID        string
	MatterUID  string
	MatterName string
	UserUID    string
	Username   string
	Active     bool
	Created    time.Time
}
