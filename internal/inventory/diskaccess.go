package inventory

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"backup-portal/internal/backup"
)

// DiskAccess says whether the backup client on a Mac may read the whole disk. Without it macOS keeps some folders from it,
// and they are not backed up.
type DiskAccess string

// What the vendor tells.
const (
	DiskAccessGranted    DiskAccess = "granted"
	DiskAccessNotGranted DiskAccess = "not-granted"
	DiskAccessNotTold    DiskAccess = "not-told" // its client has not reported it, or the vendor did not answer
)

// macOS is the vendor's osName of a Mac.
const macOS = "mac"

// IsMac tells whether a device has such a state at all.
func (d Device) IsMac() bool { return d.OSName == macOS }

// Macs selects the active Macs of an organization, with below those of all below it too, by name.
func (s *Service) Macs(ctx context.Context, scope Scope, orgUID string, below bool) (*DeviceSelection, error) {
	return s.Select(ctx, DeviceQuery{Scope: scope, OrgUID: orgUID, Directly: !below, OS: macOS, Active: new(true)})
}

// DeviceDiskAccess reads the state of one Mac, within the time of the context.
func (s *Service) DeviceDiskAccess(ctx context.Context, guid string) (DiskAccess, error) {
	ctx, cancel := backup.Interactive(ctx)
	defer cancel()
	state, err := s.Reader.DeviceAgentState(ctx, guid, backup.FullDiskAccess)
	if err != nil {
		return DiskAccessNotTold, upstream(err)
	}
	return diskAccessOf(state.Value), nil
}

func diskAccessOf(value string) DiskAccess {
	switch value {
	case "true":
		return DiskAccessGranted
	case "false":
		return DiskAccessNotGranted
	}
	return DiskAccessNotTold
}

// askedAtOnce is how many organizations are asked side by side.
const askedAtOnce = 4

// DiskAccessReading is what the vendor tells of the Macs of some organizations; each organization is asked once.
type DiskAccessReading struct {
	reader *backup.Reader
	most   int

	mu      sync.Mutex
	states  map[string]DiskAccess // by GUID
	asked   map[string]error      // by the uid of the organization
	unasked map[string]bool       // beyond the limit
}

// ReadDiskAccess begins a reading that asks at most so many organizations; 0 is all.
func (s *Service) ReadDiskAccess(most int) *DiskAccessReading {
	return &DiskAccessReading{
		reader: s.Reader, most: most, states: map[string]DiskAccess{}, asked: map[string]error{}, unasked: map[string]bool{},
	}
}

// Ask asks for these Macs, as far as their organizations were not asked before. Who does not answer is told by Silent; an
// error is the context's own.
func (r *DiskAccessReading) Ask(ctx context.Context, macs []Device) error {
	var group errgroup.Group
	group.SetLimit(askedAtOnce)
	for _, uid := range r.fresh(macs) {
		group.Go(func() error {
			r.ask(ctx, uid)
			return nil
		})
	}
	_ = group.Wait() // what went wrong is kept for each organization
	return context.Cause(ctx)
}

// AskInTime is Ask for as long as a page waits: who has not answered by then is told by Silent too.
func (r *DiskAccessReading) AskInTime(ctx context.Context, macs []Device) error {
	within, cancel := backup.Interactive(ctx)
	defer cancel()
	_ = r.Ask(within, macs) // its end is no error of the caller's
	return context.Cause(ctx)
}

// fresh lists the organizations that are to be asked now.
func (r *DiskAccessReading) fresh(macs []Device) []string {
	var uids []string
	for _, d := range macs {
		_, asked := r.asked[d.OrgUID]
		switch {
		case asked || slices.Contains(uids, d.OrgUID):
		case r.most > 0 && len(r.asked)+len(uids) >= r.most:
			r.unasked[d.OrgUID] = true
		default:
			uids = append(uids, d.OrgUID)
		}
	}
	return uids
}

func (r *DiskAccessReading) ask(ctx context.Context, uid string) {
	states, err := r.statesOf(ctx, uid)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked[uid] = err
	for _, s := range states {
		r.states[s.DeviceGUID] = diskAccessOf(s.Value)
	}
}

func (r *DiskAccessReading) statesOf(ctx context.Context, uid string) ([]backup.AgentState, error) {
	org, err := r.reader.OrgByUID(ctx, uid)
	if err != nil {
		return nil, err
	}
	return r.reader.OrgAgentStates(ctx, org.ID, backup.FullDiskAccess)
}

// Of tells the state of a Mac that was asked for.
func (r *DiskAccessReading) Of(d Device) DiskAccess {
	if state, ok := r.states[d.GUID]; ok {
		return state
	}
	return DiskAccessNotTold
}

// Answered tells whether the vendor answered for an organization.
func (r *DiskAccessReading) Answered(orgUID string) bool {
	err, asked := r.asked[orgUID]
	return asked && err == nil
}

// Silent counts the organizations that the vendor did not answer for, with one of the reasons; and those that were not asked
// because the limit was reached.
func (r *DiskAccessReading) Silent() (silent, unasked int, why error) {
	for _, err := range r.asked {
		if err != nil {
			silent++
			why = upstream(err)
		}
	}
	return silent, len(r.unasked), why
}
