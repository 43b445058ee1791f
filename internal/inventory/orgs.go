package inventory

import "context"

// OrgQuery asks for one part of the tree of organizations, or with Text for a flat list of those whose name holds it.
type OrgQuery struct {
	Scope     Scope
	ParentUID string // "" = the scope's own roots (with Text: the whole scope)
	Text      string // substring of the folded name or external reference, or the exact uid
	After     string // cursor from the page before
	Limit     int    // 0 = OrgLevelSize
	Uncounted bool   // without what stands in their subtrees, which costs most of the query
}

// OrgLevelSize is how many children of an organization are shown at once.
const OrgLevelSize = 200

// OrgNode is an organization with the counts of its whole subtree, itself included.
type OrgNode struct {
	Org

	Children               int // direct
	Orgs                   int // all below it
	Devices, Users, Alerts int // Alerts: devices with an alert
	StoredBytes            int64
}

// OrgPage is a part of a level, or of the found organizations, ordered by folded name and then uid.
type OrgPage struct {
	Orgs  []OrgNode
	Total int    // of the level, or of what was found
	Next  string // cursor of the next part; "" at the end
}

// TreeStore reads the tree of organizations with counts. Each method is one transaction.
type TreeStore interface {
	// OrgLevel answers one page of a level; a parent outside the scope or missing is a fault.NotFound.
	OrgLevel(ctx context.Context, q OrgQuery) (OrgPage, error)
	// OrgLevels answers the levels below several organizations, whole, by the paths of these. They come out of the first so
	// many rows of all: a level that this cuts, one outside the scope and an empty one are not in the answer.
	OrgLevels(ctx context.Context, scope Scope, paths []string, limit int) (map[string]OrgPage, error)
	// OrgNode answers one organization in scope with its counts; outside or missing is a fault.NotFound.
	OrgNode(ctx context.Context, scope Scope, uid string) (OrgNode, error)
}
