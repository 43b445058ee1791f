package operation_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"backup-portal/internal/backup"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/store"
)

// thing is a device or an organization at the vendor.
type thing struct {
	org             string // where it lies; of an organization itself
	user            string
	active, blocked bool
	values          [2]string // of an organization: what modelKeys are
}

// stock is everything at the vendor at one moment. It is never changed, only replaced.
type stock struct {
	tree    forest
	devices map[string]thing
	orgs    map[string]thing
	held    map[string]bool // users on legal hold
}

func (s stock) copied() stock {
	return stock{maps.Clone(s.tree), maps.Clone(s.devices), maps.Clone(s.orgs), maps.Clone(s.held)}
}

// below lists an organization and everything under it.
func (s stock) below(org string) []string {
	var all []string
	for uid := range s.tree {
		if slices.Contains(s.tree.chain(uid), org) {
			all = append(all, uid)
		}
	}
	return slices.Sorted(slices.Values(all))
}

// reach is what an action on a target touches, as the oracle tells it: what must be as it was, and how much it may be at most.
type reach struct {
	same string
	most int
}

func (s stock) reach(action, target string) reach {
	if d, ok := s.devices[target]; ok {
		held := strings.HasSuffix(action, "deactivate") && s.held[d.user]
		return reach{same: strings.Join([]string{d.org, d.user, word(d.active), word(d.blocked), word(held)}, " ")}
	}
	o, below := s.orgs[target], s.below(target)
	r := reach{same: strings.Join(append([]string{s.tree[target], word(o.active), word(o.blocked)}, below...), " ")}
	if action == "org.reactivate" {
		return r
	}
	for _, d := range s.devices {
		if slices.Contains(below, d.org) {
			r.most++
		}
	}
	return r
}

// within tells whether what is reached now is no more than what was agreed to.
func (r reach) within(agreed reach) bool { return r.same == agreed.same && r.most <= agreed.most }

func word(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// lies is the organization that a target belongs to.
func (s stock) lies(target string) string {
	if d, ok := s.devices[target]; ok {
		return d.org
	}
	return target
}

// plant is the vendor in memory: what it has, what was of it since everything was quiet, and how it misbehaves. It is the
// fleet of the road as well, and brings the mirror along as the real one does.
type plant struct {
	db *store.Store

	mu     sync.Mutex
	stocks []stock // the last one is now
	faults []string
	mute   int // so many reads are not answered
}

func newPlant() stock {
	s := stock{tree: plainTree(), devices: map[string]thing{}, orgs: map[string]thing{}, held: map[string]bool{}}
	for uid := range s.tree {
		s.orgs[uid] = thing{org: uid, active: true, values: [2]string{"250", "true"}}
	}
	for i, org := range []string{"4", "4", "5", "6", "2", "3", "5"} {
		user := "u" + string(rune('a'+i))
		if i == 1 {
			user = "ua"
		}
		s.devices["d"+string(rune('0'+i))] = thing{org: org, user: user, active: i != 6}
	}
	return s
}

func (p *plant) now() stock {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stocks[len(p.stocks)-1]
}

// since are all states since everything was quiet.
func (p *plant) since() []stock {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.stocks)
}

// forget keeps the state of now alone.
func (p *plant) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stocks = p.stocks[len(p.stocks)-1:]
}

func (p *plant) change(do func(*stock)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := p.stocks[len(p.stocks)-1].copied()
	do(&next)
	p.stocks = append(slices.Clone(p.stocks), next)
}

// misbehave takes the next misbehaviour of a change; "" is none.
func (p *plant) misbehave() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.faults) == 0 {
		return ""
	}
	next := p.faults[0]
	p.faults = p.faults[1:]
	return next
}

var errMute = fault.New(fault.Upstream, "The backup service did not answer.", "Try again.")

// silent tells whether a read is not answered.
func (p *plant) silent() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mute == 0 {
		return false
	}
	p.mute--
	return true
}

func (p *plant) row(s stock, guid string) inventory.Device {
	d := s.devices[guid]
	return inventory.Device{
		GUID: guid, Name: "Device " + guid, OrgUID: d.org, OrgName: "Org " + d.org, OrgPath: s.tree.path(d.org), UserUID: d.user,
		Active: d.active, Blocked: d.blocked, Status: status(d),
	}
}

func status(t thing) string {
	text := "Deactivated"
	if t.active {
		text = "Active"
	}
	if t.blocked {
		text += ", Blocked"
	}
	return text
}

// Live reads a device and brings its row in the mirror up to date.
func (p *plant) Live(ctx context.Context, scope inventory.Scope, guid string) (inventory.LiveDevice, error) {
	s := p.now()
	d, ok := s.devices[guid]
	row := p.row(s, guid)
	if !ok {
		return inventory.LiveDevice{}, inventory.NoSuchPage(errors.New("no such device"))
	}
	if p.silent() {
		return p.Remembered(ctx, scope, guid, errMute)
	}
	if err := p.db.DeviceSeen(ctx, row); err != nil {
		return inventory.LiveDevice{}, err
	}
	if !scope.Contains(row.OrgPath) {
		return inventory.LiveDevice{}, inventory.NoSuchPage(errors.New("outside the scope"))
	}
	return inventory.LiveDevice{Row: row, Device: backup.Device{
		ID: 1, GUID: guid, Name: row.Name, Status: row.Status, Active: d.active, Blocked: d.blocked, UserUID: d.user, OrgUID: d.org,
	}}, nil
}

// Remembered is what the mirror has.
func (p *plant) Remembered(ctx context.Context, scope inventory.Scope, guid string, why error) (inventory.LiveDevice, error) {
	row, err := p.Device(ctx, scope, guid)
	return inventory.LiveDevice{Row: row, Failure: why}, err
}

// Device is the mirror's row.
func (p *plant) Device(ctx context.Context, scope inventory.Scope, guid string) (inventory.Device, error) {
	return p.db.Device(ctx, scope, guid)
}

// Consequences knows who is on hold.
func (p *plant) Consequences(_ context.Context, d inventory.Device) inventory.Consequences {
	c := inventory.Consequences{OthersKnown: true, OtherDevices: 1, HoldDays: inventory.NotKnown}
	c.Holds.Known = true
	if p.now().held[d.UserUID] {
		c.Holds.Count, c.Holds.Users = 1, []string{d.UserUID}
	}
	return c
}

// OrgConsequences knows of nobody on hold.
func (p *plant) OrgConsequences(context.Context, inventory.Org) inventory.OrgConsequences {
	return inventory.OrgConsequences{Holds: inventory.Holds{Known: true}, HoldDays: inventory.NotKnown}
}

func (p *plant) org(s stock, uid string) inventory.Org {
	o := s.orgs[uid]
	return inventory.Org{
		UID: uid, ParentUID: s.tree[uid], Name: "Org " + uid, Path: s.tree.path(uid), Depth: len(s.tree.chain(uid)) - 1,
		Active: o.active, Blocked: o.blocked,
	}
}

// LiveOrg reads an organization.
func (p *plant) LiveOrg(ctx context.Context, scope inventory.Scope, uid string) (inventory.LiveOrg, error) {
	s := p.now()
	if _, ok := s.orgs[uid]; !ok || !scope.Contains(s.tree.path(uid)) {
		return inventory.LiveOrg{}, inventory.NoSuchPage(errors.New("no such organization"))
	}
	if p.silent() {
		return p.RememberedOrg(ctx, scope, uid, errMute)
	}
	row := inventory.OrgNode{Org: p.org(s, uid)}
	row.Orgs, row.Devices = len(s.below(uid))-1, s.reach("", uid).most
	return inventory.LiveOrg{Row: row, Org: backup.Org{
		ID: 1, UID: uid, GUID: "g" + uid, Name: row.Name, Status: status(s.orgs[uid]), Active: row.Active, Blocked: row.Blocked, ParentUID: row.ParentUID,
	}}, nil
}

// RememberedOrg is what was before.
func (p *plant) RememberedOrg(_ context.Context, _ inventory.Scope, uid string, why error) (inventory.LiveOrg, error) {
	return inventory.LiveOrg{Row: inventory.OrgNode{Org: p.org(p.now(), uid)}, Failure: why}, nil
}

// OrgsBelow lists what lies under an organization.
func (p *plant) OrgsBelow(_ context.Context, uid string) ([]inventory.Org, error) {
	s := p.now()
	var below []inventory.Org
	for _, other := range s.below(uid) {
		if other != uid {
			below = append(below, p.org(s, other))
		}
	}
	return below, nil
}

// OrgChanged has nothing to renew: a change here changes its target alone.
func (p *plant) OrgChanged(context.Context, string) error { return nil }
