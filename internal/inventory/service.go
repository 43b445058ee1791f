package inventory

import (
	"context"
	"log/slog"
	"time"

	"backup-portal/internal/backup"
	"backup-portal/internal/fault"
)

// Options are the parts that the inventory is made of; Store and Reader are needed.
type Options struct {
	Store  Store
	Reader *backup.Reader
	Now    func() time.Time // nil is time.Now
	Period time.Duration    // between two syncs; 0 is 15 minutes
	AtOnce int              // how many devices of a selection are read and held at a time; 0 is 1,000
	Logger *slog.Logger     // nil is silent
}

// Service answers what the portal knows of the fleet, and keeps it current.
type Service struct {
	Options
	wanted    chan struct{} // holds one request for a sync now
	summaries summaries
	coldDays  coldDays
	places    places
}

// New builds the inventory; Run keeps it current.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Period <= 0 {
		o.Period = 15 * time.Minute
	}
	if o.AtOnce <= 0 {
		o.AtOnce = 1000
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{
		Options: o, wanted: make(chan struct{}, 1),
		summaries: summaries{kept: map[string]DeviceSummary{}, counting: map[string]*summing{}},
		coldDays:  coldDays{days: map[string]coldDay{}},
	}
}

// Search answers one page of the devices that a query selects in its scope; a cursor that no page gave out is a fault.Invalid.
func (s *Service) Search(ctx context.Context, q DeviceQuery) (DevicePage, error) {
	return s.Store.Devices(ctx, q)
}

// Device answers the mirror's row of a device; outside the scope or missing is a fault.NotFound, the same words.
func (s *Service) Device(ctx context.Context, scope Scope, guid string) (Device, error) {
	return s.Store.Device(ctx, scope, guid)
}

// Org answers the mirror's row of an organization; outside the scope or missing is a fault.NotFound, the same words.
func (s *Service) Org(ctx context.Context, scope Scope, uid string) (Org, error) {
	return s.Store.Org(ctx, scope, uid)
}

// Orgs lists the organizations in scope, parents before children; at most limit.
func (s *Service) Orgs(ctx context.Context, scope Scope, limit int) ([]Org, error) {
	return s.Store.Orgs(ctx, scope, limit)
}

// OrgLevel answers one page of a level of the tree, or of the organizations in scope that hold a text, with the counts of
// their subtrees; a parent outside the scope or missing is a fault.NotFound.
func (s *Service) OrgLevel(ctx context.Context, q OrgQuery) (OrgPage, error) {
	return s.Store.OrgLevel(ctx, q)
}

// OrgLevels answers the levels below several organizations, whole, by the paths of these, as many as so many rows hold.
// What it leaves out may still be there: OrgLevel tells.
func (s *Service) OrgLevels(ctx context.Context, scope Scope, paths []string, limit int) (map[string]OrgPage, error) {
	return s.Store.OrgLevels(ctx, scope, paths, limit)
}

// OrgNode answers the mirror's row of an organization with the counts of its subtree; outside the scope or missing is a
// fault.NotFound, the same words.
func (s *Service) OrgNode(ctx context.Context, scope Scope, uid string) (OrgNode, error) {
	return s.Store.OrgNode(ctx, scope, uid)
}

// Chain answers an organization and its ancestors inside the scope, from the top down: above the highest that a person
// may see, nothing is named. Of an organization outside the scope it is empty.
func (s *Service) Chain(ctx context.Context, scope Scope, org Org) ([]Org, error) {
	return s.chain(ctx, scope, org)
}

// Users answers one page of the users in scope.
func (s *Service) Users(ctx context.Context, q UserQuery) (UserPage, error) {
	return s.Store.Users(ctx, q)
}

// UserRow answers the mirror's row of a user; outside the scope or missing is a fault.NotFound, the same words.
func (s *Service) UserRow(ctx context.Context, scope Scope, uid string) (UserRow, error) {
	return s.Store.UserRow(ctx, scope, uid)
}

// Freshness says how old the mirror is and what the last sync met.
func (s *Service) Freshness(ctx context.Context) (Freshness, error) {
	return s.Store.Freshness(ctx)
}

// NoSuchPage is the fault for what does not exist and for what lies outside the scope: nothing that is shown tells which.
func NoSuchPage(cause error) *fault.Fault {
	return fault.Wrap(fault.NotFound, cause, NotFoundMessage, NotFoundNext)
}
