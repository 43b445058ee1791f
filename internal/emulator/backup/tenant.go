package backup

import (
	"slices"
	"time"
)

// The vendor's row numbers of the three kinds never overlap here, so that a client that mixes them up gets a 404.
const (
	firstOrgID    = 1_000
	firstUserID   = 2_000_000
	firstDeviceID = 5_000_000
)

// tenant is the whole state behind the API. It has no lock of its own: Server guards it.
// Orgs, users and devices are referred to by their index; the index never changes and is never reused.
type tenant struct {
	seed uint64
	base time.Time
	uid  string

	orgs      []org
	users     []user
	devices   []device
	templates templates
	packets   map[string]packet // those of the vendor

	codes   []string // site codes that device names begin with
	hostile []string // what a few devices and people are called

	preorder []int32 // orgs, each followed by its descendants

	deactivated map[int32]int64  // when devices were deactivated, but for those that were so from the beginning
	purge       map[uint64]int64 // days chosen for the deletion of single archives

	holds holds

	orgByUID     map[uint64]int32
	orgByGUID    map[string]int32
	userByUID    map[uint64]int32
	userByName   map[string]int32 // lower case
	deviceByGUID map[uint64]int32
}

type org struct {
	uid         uint64
	guid        string
	name        string
	extRef      *string
	notes       *string
	key         string // registration key
	parent      int32  // -1 for the root
	children    []int32
	code        int32 // into tenant.codes
	active      bool
	blocked     bool
	created     int64 // milliseconds since 1970, as are all times of the tenant
	modified    int64
	deactivated int64
	settings    *orgSettings // nil while everything comes from above
	first, last int32        // its subtree is preorder[first:last]
	devices     []int32      // ascending
	tally       [deviceStates]int32
	users       int32
}

type user struct {
	uid       uint64
	org       int32
	username  string
	email     string
	firstName *string
	lastName  *string
	notes     *string
	quota     int64
	roles     roleSet
	active    bool
	blocked   bool
	holds     int32 // active memberships of matters
	created   int64
	modified  int64
	devices   []int32
}

// device is kept small: a million of them must fit in memory, so that names and figures are computed from number and seed.
type device struct {
	guid          uint64
	lastConnected int64
	created       int64
	modified      int64
	edit          *deviceEdit // nil until somebody changes a text or a setting
	org           int32
	user          int32
	code          int32 // site code of the org it was set up in: a moved device keeps its name
	number        int32
	flags         deviceFlags
	alerts        uint8
	version       uint8
}

// deviceEdit holds what no longer follows from the seed.
type deviceEdit struct {
	name   *string
	notes  *string
	extRef *string

	settings *deviceSettings // nil until somebody changes one
}

type deviceFlags uint16

const (
	flagActive deviceFlags = 1 << iota
	flagBlocked
	flagDeauthorized
	flagRemoved
	flagNever // never completed a backup
	flagLate  // last completed backup is long ago
	flagMac
	flagLinux
	flagServer
	flagSecond       // also backs up to the second destination
	flagNoDiskAccess // a Mac whose agent may not read the whole disk
	flagIncydr       // has no settings: another product's agent
)

// deviceStates is how many combinations of active and blocked there are: the two low bits of deviceFlags.
const deviceStates = 4

const (
	alertConnection = 2
	alertBackup     = 16
)

func (d *device) is(f deviceFlags) bool { return d.flags&f != 0 }
func (d *device) state() int            { return int(d.flags & (flagActive | flagBlocked)) }

func (d *device) set(f deviceFlags, on bool) {
	if on {
		d.flags |= f
	} else {
		d.flags &^= f
	}
}

// indexTree renews the pre-order after the tree has changed.
func (t *tenant) indexTree() {
	t.preorder = t.preorder[:0]
	var visit func(int32)
	visit = func(i int32) {
		t.orgs[i].first = int32(len(t.preorder))
		t.preorder = append(t.preorder, i)
		for _, child := range t.orgs[i].children {
			visit(child)
		}
		t.orgs[i].last = int32(len(t.preorder))
	}
	visit(0)
}

// subtree returns the org and everything below it.
func (t *tenant) subtree(i int32) []int32 {
	o := &t.orgs[i]
	return t.preorder[o.first:o.last]
}

func (t *tenant) within(i, ancestor int32) bool {
	at, a := t.orgs[i].first, &t.orgs[ancestor]
	return at >= a.first && at < a.last
}

// changeDevice applies change to a device and keeps the org's tally and the modification date in step.
// A change that alters nothing leaves the date alone, so that a call sent twice shows as one.
func (t *tenant) changeDevice(i int32, now int64, change func(*device)) {
	d := &t.devices[i]
	before := *d
	change(d)
	if *d == before {
		return
	}
	d.modified = now
	switch {
	case before.is(flagActive) && !d.is(flagActive):
		t.deactivated[i] = now
	case d.is(flagActive):
		for n := range destinations() {
			delete(t.purge, t.archiveUID(i, n))
		}
	}
	t.orgs[before.org].tally[before.state()]--
	t.orgs[d.org].tally[d.state()]++
	if d.org != before.org {
		t.orgs[before.org].devices = withoutIndex(t.orgs[before.org].devices, i)
		t.orgs[d.org].devices = withIndex(t.orgs[d.org].devices, i)
	}
}

// removeDevice makes a device disappear as if it had never been; its row number is not used again.
func (t *tenant) removeDevice(i int32) {
	d := &t.devices[i]
	if d.is(flagRemoved) {
		return
	}
	t.orgs[d.org].tally[d.state()]--
	t.orgs[d.org].devices = withoutIndex(t.orgs[d.org].devices, i)
	t.users[d.user].devices = withoutIndex(t.users[d.user].devices, i)
	delete(t.deviceByGUID, d.guid)
	d.flags |= flagRemoved
}

func (t *tenant) moveUser(i, to int32, now int64) {
	u := &t.users[i]
	if u.org == to {
		return
	}
	t.orgs[u.org].users--
	t.orgs[to].users++
	u.org, u.modified = to, now
	for _, d := range u.devices {
		t.changeDevice(d, now, func(d *device) { d.org = to })
	}
}

func withIndex(list []int32, i int32) []int32 {
	at, found := slices.BinarySearch(list, i)
	if found {
		return list
	}
	return slices.Insert(list, at, i)
}

func withoutIndex(list []int32, i int32) []int32 {
	at, found := slices.BinarySearch(list, i)
	if !found {
		return list
	}
	return slices.Delete(list, at, at+1)
}
