package backup

import (
	"errors"
	"strconv"
	"time"
)

// ErrUnknown is what the state changes below answer to an id that names nothing.
var ErrUnknown = errors.New("emulator: no such device, org or user")

// Snapshot is the whole state at one moment in plain values, for tests that count by brute force.
type Snapshot struct {
	Orgs    []Org
	Users   []User
	Devices []Device
	Matters []Matter
}

// Matter is one legal hold.
type Matter struct {
	UID        string
	Name       string
	Active     bool
	Custodians []string // uids of the users in it now
}

// Org is one organization; Level is 1 for the root.
type Org struct {
	ID        int64
	UID       string
	GUID      string
	Name      string
	ParentUID string // "" for the root
	Level     int
	Active    bool
	Blocked   bool
}

// User is one person.
type User struct {
	ID        int64
	UID       string
	Username  string
	Email     string
	FirstName string
	LastName  string
	OrgUID    string
	Active    bool
	Blocked   bool
	OnHold    bool     // neither they nor their devices can be deactivated
	Roles     []string // role ids
}

// Device is one computer; a zero LastCompleted means that it never finished a backup.
type Device struct {
	ID                int64
	GUID              string
	Name              string
	HostName          string
	OSName            string
	Status            string
	OrgUID            string
	UserUID           string
	Username          string
	ExternalReference string
	Notes             string
	Active            bool
	Blocked           bool
	Deauthorized      bool
	Alert             bool
	OnHold            bool // its owner is on an active legal hold
	LastConnected     time.Time
	LastCompleted     time.Time
}

// Snapshot copies the state; devices come in the order of their row numbers.
func (s *Server) Snapshot() Snapshot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.tenant
	snapshot := Snapshot{
		Orgs: make([]Org, len(t.orgs)), Users: make([]User, len(t.users)), Devices: make([]Device, 0, len(t.devices)),
	}
	for i := range t.orgs {
		o := &t.orgs[i]
		out := Org{
			ID: firstOrgID + int64(i), UID: formatDigits(o.uid), GUID: o.guid, Name: o.name, Level: 1,
			Active: o.active, Blocked: o.blocked,
		}
		if o.parent >= 0 { // a parent always has the smaller index
			out.ParentUID, out.Level = snapshot.Orgs[o.parent].UID, snapshot.Orgs[o.parent].Level+1
		}
		snapshot.Orgs[i] = out
	}
	for i := range t.users {
		snapshot.Users[i] = t.plainUser(int32(i))
	}
	for i := range t.devices {
		if !t.devices[i].is(flagRemoved) {
			snapshot.Devices = append(snapshot.Devices, t.plainDevice(int32(i)))
		}
	}
	for i := range t.holds.matters {
		m := &t.holds.matters[i]
		out := Matter{UID: formatDigits(m.uid), Name: m.name, Active: m.active}
		for _, member := range t.holds.memberships {
			if member.matter == int32(i) && member.active {
				out.Custodians = append(out.Custodians, formatDigits(t.users[member.user].uid))
			}
		}
		snapshot.Matters = append(snapshot.Matters, out)
	}
	return snapshot
}

func (t *tenant) plainUser(i int32) User {
	u := &t.users[i]
	out := User{
		ID: firstUserID + int64(i), UID: formatDigits(u.uid), Username: u.username, Email: u.email,
		FirstName: orEmpty(u.firstName), LastName: orEmpty(u.lastName), OrgUID: formatDigits(t.orgs[u.org].uid),
		Active: u.active, Blocked: u.blocked, OnHold: u.onHold(),
	}
	for n, r := range roleList() {
		if u.roles.has(n) {
			out.Roles = append(out.Roles, r.id)
		}
	}
	return out
}

func (t *tenant) plainDevice(i int32) Device {
	d := &t.devices[i]
	u := &t.users[d.user]
	out := Device{
		ID: firstDeviceID + int64(i), GUID: formatDigits(d.guid),
		Name: string(t.appendDeviceName(nil, i)), HostName: string(t.appendHostName(nil, i)),
		OSName: "win", Status: deviceStatus(d.flags),
		OrgUID: formatDigits(t.orgs[d.org].uid), UserUID: formatDigits(u.uid), Username: u.username,
		Active: d.is(flagActive), Blocked: d.is(flagBlocked), Deauthorized: d.is(flagDeauthorized),
		Alert: d.alerts != 0, OnHold: u.onHold(),
		LastConnected: time.UnixMilli(d.lastConnected).UTC(),
	}
	if d.is(flagMac) {
		out.OSName = "mac"
	} else if d.is(flagLinux) {
		out.OSName = "linux"
	}
	if d.edit != nil {
		out.ExternalReference, out.Notes = orEmpty(d.edit.extRef), orEmpty(d.edit.notes)
	}
	if completed := t.lastCompleted(i); completed != 0 {
		out.LastCompleted = time.UnixMilli(completed).UTC()
	}
	return out
}

func formatDigits(v uint64) string { return strconv.FormatUint(v, 10) }

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// RootOrgUID returns the UID of the org that all others are below.
func (s *Server) RootOrgUID() string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return formatDigits(s.tenant.orgs[0].uid)
}

// IssueToken returns a bearer token of the administrator, for clients that are given theirs by a token provider.
func (s *Server) IssueToken() string { return s.tokens.issue(tokenUser).value }

// MoveDevice puts a device into another org, as if done behind the portal's back; its owner stays where they are.
func (s *Server) MoveDevice(guid, orgUID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	to, ok := s.tenant.findOrgUID(orgUID)
	if !ok {
		return ErrUnknown
	}
	return s.changeByGUID(guid, func(d *device) { d.org = to })
}

// SetBlocked blocks or unblocks a device.
func (s *Server) SetBlocked(guid string, blocked bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changeByGUID(guid, func(d *device) { d.set(flagBlocked, blocked) })
}

// MoveOrg puts an organization with everything below it under another one, which must not be one of those.
func (s *Server) MoveOrg(uid, parentUID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tenant
	i, ok := t.findOrgUID(uid)
	to, found := t.findOrgUID(parentUID)
	if !ok || !found || t.orgs[i].parent < 0 || t.within(to, i) {
		return ErrUnknown
	}
	t.orgs[t.orgs[i].parent].children = withoutIndex(t.orgs[t.orgs[i].parent].children, i)
	t.orgs[to].children = withIndex(t.orgs[to].children, i)
	t.orgs[i].parent, t.orgs[i].modified = to, s.now()
	t.indexTree()
	return nil
}

// SetDeauthorized signs a device out, or in again as its user would.
func (s *Server) SetDeauthorized(guid string, out bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changeByGUID(guid, func(d *device) { d.set(flagDeauthorized, out) })
}

// SetOrgBlocked blocks or unblocks one organization by itself: nothing below it follows.
func (s *Server) SetOrgBlocked(uid string, blocked bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.tenant.findOrgUID(uid)
	if !ok {
		return ErrUnknown
	}
	s.tenant.changeOrg(i, s.now(), func(o *org) { o.blocked = blocked })
	return nil
}

// SetOrgActive deactivates or reactivates one organization by itself: nothing below it follows.
func (s *Server) SetOrgActive(uid string, active bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.tenant.findOrgUID(uid)
	if !ok {
		return ErrUnknown
	}
	s.tenant.changeOrg(i, s.now(), func(o *org) { o.active = active })
	return nil
}

// SetActive deactivates or reactivates a device, whatever holds there are.
func (s *Server) SetActive(guid string, active bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changeByGUID(guid, func(d *device) { d.set(flagActive, active) })
}

// RenameDevice changes what a device is called.
func (s *Server) RenameDevice(guid, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changeByGUID(guid, func(d *device) {
		edit := deviceEdit{}
		if d.edit != nil {
			edit = *d.edit
		}
		edit.name = &name
		d.edit = &edit
	})
}

// RemoveDevice makes a device disappear; its id answers 404 from now on.
func (s *Server) RemoveDevice(guid string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.tenant.findDevice(guid, "guid")
	if !ok {
		return ErrUnknown
	}
	s.tenant.removeDevice(i)
	return nil
}

// SetHold makes a user the custodian of an active matter, whatever their state, or releases them from all.
func (s *Server) SetHold(userUID string, held bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.tenant.findUserUID(userUID)
	if !ok {
		return ErrUnknown
	}
	t := s.tenant
	if held {
		t.custodian(t.openMatter(s.now()), i, principal{}, s.now())
		return nil
	}
	for m := range t.holds.memberships {
		if t.holds.memberships[m].user == i {
			t.release(int32(m), principal{}, s.now())
		}
	}
	return nil
}

// CloseMatter closes a legal hold, which releases everybody in it, or opens it again, empty.
func (s *Server) CloseMatter(uid string, closed bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.tenant.findMatter(uid)
	if !ok {
		return ErrUnknown
	}
	switch active := s.tenant.holds.matters[i].active; {
	case active && closed:
		s.tenant.closeMatter(i, principal{}, s.now())
	case !active && !closed:
		s.tenant.reopenMatter(i, principal{}, s.now())
	}
	return nil
}

func (s *Server) changeByGUID(guid string, change func(*device)) error {
	i, ok := s.tenant.findDevice(guid, "guid")
	if !ok {
		return ErrUnknown
	}
	s.tenant.changeDevice(i, s.now(), change)
	return nil
}
