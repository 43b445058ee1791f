// Package preference owns what people keep for themselves in the portal: small choices of how pages look to them, and
// saved views of lists, which they may share with an organization. It must not know what a list holds, nor decide who
// may read it: a view is a name and an address, and whoever opens it reads with their own rights.
package preference

import (
	"context"
	"time"
)

// View is a list kept under a name.
type View struct {
	ID               string
	Owner, OwnerName string // the person's key, and what they were called then
	Name             string
	Query            string // the list's address without its path: filters, order and columns
	ShareOrgUID      string // the organization that it is shared with; "" = only its owner sees it
	ShareOrgPath     string // where that organization stands now; "" = nowhere
	Created          time.Time
}

// Reader is who asks: the person's key, and the subtrees of organizations that they may read
// ("/rootUid/childUid/", none inside another). Others' views reach them when such a subtree holds the organization that
// the view is shared with, or lies below it.
type Reader struct {
	Key, Name string
	Roots     []string
}

// Store keeps choices and views. Each method is one transaction.
type Store interface {
	// Choice answers what a person chose under a name, "" when nothing.
	Choice(ctx context.Context, person, name string) (string, error)
	// Choose keeps a person's choice; "" forgets it.
	Choose(ctx context.Context, person, name, value string) error
	// Views lists the reader's own views, then those shared with them; each by name.
	Views(ctx context.Context, r Reader) ([]View, error)
	// View answers one of those; any other is a fault.NotFound.
	View(ctx context.Context, r Reader, id string) (View, error)
	// AddView keeps a new view. A name that the owner has used is a fault.Conflict, as is one view more than most.
	AddView(ctx context.Context, v View, most int) error
	// ChangeView gives a view another name and another organization to be shared with; one that is gone is a fault.NotFound.
	ChangeView(ctx context.Context, v View) error
	// RemoveView forgets a view; one that is already gone is a fault.NotFound, so that of two callers one has done it.
	RemoveView(ctx context.Context, id string) error
}

// DeviceColumns is the choice of columns of the list of devices.
const DeviceColumns = "devices.columns"
