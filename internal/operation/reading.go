package operation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"backup-portal/internal/action"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
)

// Reading is a target with all that was read of it.
type Reading struct {
	action.Order

	Status  string        // in the vendor's words
	Facts   []action.Fact // what a person knows it by
	Failure error         // nil, or a fault.Upstream: what is told is only what the mirror knew
}

// reader reads the targets of one kind: the one place where the road knows the kinds apart.
type reader interface {
	live(ctx context.Context, scope inventory.Scope, id string) (Reading, error)
	// alone is live without what a change of the target means beyond it.
	alone(ctx context.Context, scope inventory.Scope, id string) (Reading, error)
	remembered(ctx context.Context, scope inventory.Scope, id string, why error) (Reading, error)
	// documents reads the settings of the target.
	documents(ctx context.Context, scope inventory.Scope, id string) (documents, error)
	// reached renews in the mirror what else a change of the target may have reached, and reset what a change of its settings has.
	reached(ctx context.Context, id string) error
	reset(ctx context.Context, id string) error
}

func readersOf(f Fleet) map[string]reader {
	return map[string]reader{action.Device.ID: devices{f}, action.Organization.ID: orgs{f}}
}

// Read reads a target live in a scope; outside it or missing is a fault.NotFound, the same words.
func (s *Service) Read(ctx context.Context, scope inventory.Scope, k action.Kind, id string) (Reading, error) {
	of, ok := s.readers[k.ID]
	if !ok {
		return Reading{}, noTarget()
	}
	return of.live(ctx, scope, id)
}

func noTarget() error {
	return fault.New(fault.NotFound, inventory.NotFoundMessage, inventory.NotFoundNext)
}

// Remembered answers what the mirror knows of a target that cannot be read live, with the reason why as its Failure.
func (s *Service) Remembered(ctx context.Context, scope inventory.Scope, k action.Kind, id string, why error) (Reading, error) {
	of, ok := s.readers[k.ID]
	if !ok {
		return Reading{}, noTarget()
	}
	return of.remembered(ctx, scope, id, why)
}

type devices struct{ fleet Fleet }

// live reads the device and, side by side with it, what a change of it means to its owner and to its archives. Whose it is
// and where is taken from the mirror to begin with; should the vendor say otherwise, that is read once more.
func (d devices) live(ctx context.Context, scope inventory.Scope, guid string) (Reading, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // whatever still reads when the device itself is not to be had
	expected, err := d.fleet.Device(ctx, scope, guid)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Reading{}, err
	}
	early := make(chan inventory.Consequences, 1)
	if met := err == nil; met {
		go func() { early <- d.fleet.Consequences(ctx, expected) }()
	}
	live, err := d.fleet.Live(ctx, scope, guid)
	reading := DeviceReading(live)
	if err != nil || live.Failure != nil {
		return reading, err
	}
	if expected.GUID == guid && live.Row.UserUID == expected.UserUID && live.Row.OrgUID == expected.OrgUID {
		reading.Mean(<-early)
	} else {
		reading.Mean(d.fleet.Consequences(ctx, live.Row))
	}
	return reading, nil
}

func (d devices) alone(ctx context.Context, scope inventory.Scope, guid string) (Reading, error) {
	live, err := d.fleet.Live(ctx, scope, guid)
	return DeviceReading(live), err
}

// Mean adds what a change means beyond the device.
func (r *Reading) Mean(c inventory.Consequences) {
	r.State.Owner = action.Owner{Known: c.OthersKnown, OtherCount: c.OtherDevices}
	r.State.Holds, r.State.HoldDays = action.Holds(c.Holds), c.HoldDays
}

func (d devices) remembered(ctx context.Context, scope inventory.Scope, guid string, why error) (Reading, error) {
	live, err := d.fleet.Remembered(ctx, scope, guid, why)
	return DeviceReading(live), err
}

// reached has nothing to do: a change of a device reaches that device.
func (devices) reached(context.Context, string) error { return nil }

func (d devices) reset(ctx context.Context, guid string) error {
	return d.fleet.DeviceSettingsChanged(ctx, guid)
}

// DeviceReading is a device that was read, as the target of a change.
func DeviceReading(live inventory.LiveDevice) Reading {
	row := live.Row
	return Reading{
		Order: action.Order{
			Target: action.Target{
				Kind: action.Device.ID, ID: row.GUID, Name: row.Name,
				OrgUID: row.OrgUID, OrgName: row.OrgName, OrgPath: row.OrgPath,
			},
			State: action.State{ReadAt: live.ReadAt, Device: live.Device, HoldDays: inventory.NotKnown},
		},
		Status: live.Device.Status,
		Facts: []action.Fact{
			{Name: "Device", Value: row.Name},
			{Name: action.Device.IDLabel, Value: row.GUID},
			{Name: "User", Value: row.Username},
			{Name: "Organization", Value: row.OrgName},
		},
		Failure: live.Failure,
	}
}

type orgs struct{ fleet Fleet }

func (o orgs) alone(ctx context.Context, scope inventory.Scope, uid string) (Reading, error) {
	live, err := o.fleet.LiveOrg(ctx, scope, uid)
	return OrgReading(live), err
}

func (o orgs) live(ctx context.Context, scope inventory.Scope, uid string) (Reading, error) {
	live, err := o.fleet.LiveOrg(ctx, scope, uid)
	if err != nil {
		return Reading{}, err
	}
	below, err := o.fleet.OrgsBelow(ctx, uid)
	reading := OrgReading(live)
	reading.State.Below.Orgs, reading.State.Below.Blocked, reading.State.Below.Digest = tally(below)
	for _, child := range below {
		if child.ParentUID == uid {
			reading.State.Below.Children = append(reading.State.Below.Children, child.Name)
		}
	}
	if err != nil || live.Failure != nil {
		return reading, err
	}
	c := o.fleet.OrgConsequences(ctx, live.Row.Org)
	reading.State.Below.Use = action.Use(c.Use)
	reading.State.Below.Devices, reading.State.Below.Uncounted = max(reading.State.Below.Devices, c.Devices.Active), !c.Devices.Known
	reading.State.Holds, reading.State.HoldDays = action.Holds(c.Holds), c.HoldDays
	return reading, nil
}

func (o orgs) remembered(ctx context.Context, scope inventory.Scope, uid string, why error) (Reading, error) {
	live, err := o.fleet.RememberedOrg(ctx, scope, uid, why)
	return OrgReading(live), err
}

// reached renews the organizations below: the vendor blocks and unblocks a whole subtree.
func (o orgs) reached(ctx context.Context, uid string) error { return o.fleet.OrgChanged(ctx, uid) }

func (o orgs) reset(ctx context.Context, uid string) error {
	return o.fleet.OrgSettingsChanged(ctx, uid)
}

// OrgReading is an organization that was read, as the target of a change. It belongs to itself: what is written down
// about it is for those who see it, not for those who see what is above it only. Read adds what lies below it.
func OrgReading(live inventory.LiveOrg) Reading {
	row := live.Row
	reading := Reading{
		Order: action.Order{
			Target: action.Target{
				Kind: action.Organization.ID, ID: row.UID, Name: row.Name,
				OrgUID: row.UID, OrgName: row.Name, OrgPath: row.Path,
			},
			State: action.State{
				ReadAt: live.ReadAt, Org: live.Org, HoldDays: inventory.NotKnown,
				Below: action.Below{Orgs: row.Orgs, Devices: row.Devices, Users: row.Users},
			},
		},
		Status: live.Org.Status,
		Facts: []action.Fact{
			{Name: "Organization", Value: row.Name},
			{Name: action.Organization.IDLabel, Value: row.UID},
		},
		Failure: live.Failure,
	}
	if n := len(live.Chain); n > 1 {
		reading.Facts = append(reading.Facts, action.Fact{Name: "Part of", Value: live.Chain[n-2].Name})
	}
	return reading
}

// tally sums up the organizations below one; the digest stands for which they are.
func tally(below []inventory.Org) (all, blocked int, digest string) {
	uids := make([]string, len(below))
	for i, o := range below {
		uids[i] = o.UID
		if o.Blocked {
			blocked++
		}
	}
	slices.Sort(uids)
	sum := sha256.Sum256([]byte(strings.Join(uids, "\n")))
	return len(below), blocked, hex.EncodeToString(sum[:8])
}
