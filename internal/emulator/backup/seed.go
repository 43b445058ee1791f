package backup

import (
	"strconv"
	"time"
)

const (
	manyOrgs      = 700 // from here on the fleet is one org with fleetSize children
	fleetSize     = 600
	maxSites      = 280
	dayMillis     = int64(24 * time.Hour / time.Millisecond)
	hourMillis    = int64(time.Hour / time.Millisecond)
	minuteMillis  = int64(time.Minute / time.Millisecond)
	quotaNone     = -1
	headquarters  = "HQ"
	mailDomain    = "haldenmaritime.example"
	ssoMailDomain = "sso.example" // LoginConfiguration calls these people CLOUD_SSO
)

// generate invents a tenant; the same options give the same tenant, byte for byte.
func generate(o Options) *tenant {
	seed := uint64(o.Seed)
	t := &tenant{
		seed:         seed,
		base:         o.BaseTime.UTC(),
		hostile:      hostileNames(),
		uid:          uuid(seed, streamTenant, 0),
		orgs:         make([]org, 0, o.Orgs),
		users:        make([]user, 0, o.Users),
		devices:      make([]device, 0, o.Devices),
		orgByUID:     make(map[uint64]int32, o.Orgs),
		orgByGUID:    make(map[string]int32, o.Orgs),
		userByUID:    make(map[uint64]int32, o.Users),
		userByName:   make(map[string]int32, o.Users),
		deviceByGUID: make(map[uint64]int32, o.Devices),
		deactivated:  make(map[int32]int64),
		purge:        make(map[uint64]int64),
		templates:    newTemplates(),
		packets:      usualPackets(),
	}
	names := newCatalogue()
	if len(o.FanOut) > 0 {
		t.generateTree(names, o.FanOut)
	} else {
		t.generateOrgs(names, o.Orgs)
	}
	t.settleRoot()
	if o.Orgs >= 20 && len(o.FanOut) == 0 {
		t.generateSettings()
	}
	t.generateUsers(names, o.Users, o.Username)
	t.generateDevices(o.Devices)
	return t
}

// generateOrgs builds four levels: company, regions, sites and vessels, departments.
func (t *tenant) generateOrgs(names *catalogue, n int) {
	t.codes = append(t.codes, headquarters)
	t.addOrg(companyName, -1, 0)

	regions := names.regions[:min(n-1, max(1, min(n/10, len(names.regions))))]
	for i := range regions {
		t.addOrg(regions[i].name, 0, 0)
	}
	const fleet = int32(1)
	firstSite := len(t.orgs)
	addSite := func(p place, parent int32) {
		t.codes = append(t.codes, p.code)
		t.addOrg(p.name, parent, int32(len(t.codes)-1))
	}
	vessels, offices := min(n*3/10, maxSites)/3, min(n*3/10, maxSites)*2/3
	if n >= manyOrgs {
		vessels = fleetSize
		offices = min(offices, (n-firstSite-vessels)/2) // the rest are departments
	}
	if len(regions) < 2 {
		offices = 0 // all are at sea
	}
	for i := range vessels {
		addSite(names.vessel(i), fleet)
	}
	for i := range offices {
		at := 1 + i%(len(regions)-1)
		addSite(regions[at].site(i/(len(regions)-1)), fleet+int32(at))
	}
	sites := len(t.orgs) - firstSite
	for i := 0; len(t.orgs) < n && sites > 0; i++ {
		known, site := names.departments, i%sites
		if site < vessels {
			known = names.shipDepartments
		}
		parent := int32(firstSite + site)
		t.addOrg(department(known, site, i/sites), parent, t.orgs[parent].code)
	}
	for len(t.orgs) < n { // a company too small to have sites
		t.addOrg(department(names.departments, 0, len(t.orgs)), 0, 0)
	}
	t.indexTree()

	if last := len(t.orgs) - 1; n >= 20 {
		t.orgs[last].name += " (closed)"
		t.orgs[last].active = false
		t.orgs[last].deactivated = t.base.UnixMilli() - 90*dayMillis
		t.orgs[last-1].blocked = true
		t.orgs[last-2].name = `Drawing Office <b>"North"</b> & Sons`
		t.orgs[last-3].name = "=HYPERLINK(\"http://evil.example\";\"Crew\")"
	}
}

// addOrg appends an org; the caller renews the tree index when it is done.
func (t *tenant) addOrg(name string, parent, code int32) int32 {
	i := len(t.orgs)
	created := t.base.UnixMilli() - 2500*dayMillis + int64(below(t.seed, streamOrgText, i, 1500))*dayMillis
	o := org{
		uid: identifier(t.seed, streamOrgUID, i), guid: uuid(t.seed, streamOrgGUID, i),
		name: name, key: registrationKey(random(t.seed, streamOrgText, i)),
		parent: parent, code: code, active: true,
		created: created, modified: created + 30*dayMillis,
	}
	t.orgs = append(t.orgs, o)
	t.orgByUID[o.uid], t.orgByGUID[o.guid] = int32(i), int32(i)
	if parent >= 0 {
		t.orgs[parent].children = append(t.orgs[parent].children, int32(i))
	}
	return int32(i)
}

func registrationKey(r uint64) string {
	const letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	key := make([]byte, 0, 19)
	for i := range 16 {
		if i > 0 && i%4 == 0 {
			key = append(key, '-')
		}
		key = append(key, letters[r>>(4*i)%uint64(len(letters))])
	}
	return string(key)
}

// generateUsers puts the administrator into the root and spreads everybody else over the orgs below.
func (t *tenant) generateUsers(names *catalogue, n int, admin string) {
	state, hold := newQuota(t.seed, streamUserState), newQuota(t.seed, streamUser)
	var held []int32
	for i := range n {
		first, last, mailbox := names.person(i)
		u := user{
			org: int32(below(t.seed, streamUser, i, len(t.orgs))), username: mailbox + "@" + mailDomain,
			firstName: first, lastName: last, quota: quotaNone, roles: roleDesktopUser | roleProEUser, active: true,
		}
		switch rank := state.rank(i); {
		case i == 0:
			u.org, u.username, u.roles = 0, admin, u.roles|roleCloudAdmin|roleAlertEmails
		case rank < 6:
			u.active = false
		case rank < 8:
			u.blocked = true
		case rank < 10:
			u.username = mailbox + "@" + ssoMailDomain
		}
		if i%67 == 31 {
			u.firstName = &t.hostile[i/67%len(t.hostile)]
		}
		home := &t.orgs[u.org]
		if !home.active {
			u.org = home.parent
		}
		u.blocked = u.blocked || t.orgs[u.org].blocked
		if i > 0 && u.active && hold.rank(i) < 2 {
			held, u.notes = append(held, int32(i)), textOf("Custodian: on legal hold")
		}
		u.created = t.base.UnixMilli() - int64(40+below(t.seed, streamUserUID, i, 1200))*dayMillis
		u.modified = u.created + 5*dayMillis
		t.addUser(u)
	}
	t.generateHolds(held)
}

func textOf(s string) *string { return &s }

// addUser appends a user, whose e-mail address defaults to the user name.
func (t *tenant) addUser(u user) int32 {
	i := len(t.users)
	u.uid = identifier(t.seed, streamUserUID, i)
	if u.email == "" {
		u.email = u.username
	}
	t.users = append(t.users, u)
	t.userByUID[u.uid] = int32(i)
	t.userByName[foldName(u.username)] = int32(i)
	t.orgs[u.org].users++
	return int32(i)
}

// generateDevices gives every device an owner and the troubles that the quotas ask for.
func (t *tenant) generateDevices(n int) {
	var present, gone []int32
	for i := range t.users {
		if t.users[i].active {
			present = append(present, int32(i))
		} else {
			gone = append(gone, int32(i))
		}
	}
	active, blocked := newQuota(t.seed, streamDeviceActive), newQuota(t.seed, streamDeviceBlocked)
	trouble, system := newQuota(t.seed, streamDeviceTrouble), newQuota(t.seed, streamDeviceSystem)
	numbers := make([]int32, len(t.codes))
	now := t.base.UnixMilli()
	for i := range n {
		d := device{guid: identifier(t.seed, streamDeviceGUID, i), flags: flagActive}
		owners := present
		if active.rank(i) < 10 {
			d.flags = 0
			if len(gone) > 0 && i%3 == 0 {
				owners = gone
			}
		}
		d.user = owners[below(t.seed, streamDeviceOwner, i, len(owners))]
		d.org = t.users[d.user].org
		d.code = t.orgs[d.org].code
		numbers[d.code]++
		d.number = numbers[d.code]
		d.set(flagBlocked, blocked.rank(i) < 2)
		d.set(flagDeauthorized, blocked.rank(i) == 50)
		switch rank := system.rank(i); {
		case rank < 30:
			d.flags |= flagMac
			d.set(flagNoDiskAccess, below(t.seed, streamDiskAccess, i, 5) == 0)
		case rank < 36:
			d.flags |= flagLinux
		case rank < 40:
			d.flags |= flagServer
		}
		d.set(flagIncydr, i%400 == 399)
		d.set(flagSecond, system.rank(i)%3 == 0)
		d.version = uint8(below(t.seed, streamDeviceSystem, i, len(clientVersions())))
		t.ageDevice(&d, i, trouble.rank(i), now)
		t.addDevice(d)
	}
}

// ageDevice sets dates and alerts: of a hundred devices 8 have not connected for more than 30 days, 3 never backed up,
// 4 back up too slowly, which together are the 15 that raise an alert.
func (t *tenant) ageDevice(d *device, i, rank int, now int64) {
	r := random(t.seed, streamDeviceTime, i)
	recent := int64(r % uint64(9*hourMillis))
	switch r >> 32 % 8 {
	case 0:
		recent = int64(r % uint64(20*dayMillis))
	case 1, 2, 3, 4: // switched on right now
		recent = int64(r % uint64(15*minuteMillis))
	}
	silent := recent
	switch {
	case rank < 8:
		d.alerts = alertConnection
		silent = 32*dayMillis + int64(r%uint64(300*dayMillis))
		if silent > 60*dayMillis {
			d.alerts |= alertBackup
		}
	case rank < 11:
		d.flags |= flagNever
		d.alerts = alertBackup
	case rank < 15:
		d.flags |= flagLate
		d.alerts = alertBackup
	}
	d.lastConnected = now - silent
	d.created = d.lastConnected - 30*dayMillis - int64(r>>20%uint64(900*dayMillis))
	d.modified = d.lastConnected
}

func (t *tenant) addDevice(d device) {
	i := int32(len(t.devices))
	t.devices = append(t.devices, d)
	t.deviceByGUID[d.guid] = i
	t.orgs[d.org].devices = append(t.orgs[d.org].devices, i)
	t.orgs[d.org].tally[d.state()]++
	t.users[d.user].devices = append(t.users[d.user].devices, i)
}

// appendDeviceName computes what a device is called when nobody has renamed it, for example OSL-LT-0412.
func (t *tenant) appendDeviceName(b []byte, i int32) []byte {
	d := &t.devices[i]
	if d.edit != nil && d.edit.name != nil {
		return append(b, *d.edit.name...)
	}
	if i%89 == 7 {
		return append(b, t.hostile[int(i)/89%len(t.hostile)]...)
	}
	return t.appendHostName(b, i)
}

// appendHostName computes the operating system's name of a device, which no portal can change.
func (t *tenant) appendHostName(b []byte, i int32) []byte {
	d := &t.devices[i]
	b = append(b, t.codes[d.code]...)
	switch {
	case d.is(flagServer | flagLinux):
		b = append(b, "-SV-"...)
	case d.is(flagMac):
		b = append(b, "-MB-"...)
	case random(t.seed, streamDeviceText, int(i))%4 == 0:
		b = append(b, "-WS-"...)
	default:
		b = append(b, "-LT-"...)
	}
	for limit := int32(1000); limit > d.number && limit > 1; limit /= 10 {
		b = append(b, '0')
	}
	return strconv.AppendInt(b, int64(d.number), 10)
}
