package backup

import "strconv"

// clientVersion is one release of the backup agent.
type clientVersion struct {
	product string
	build   int64
	number  int64 // the release as milliseconds since 1970
}

func clientVersions() [5]clientVersion {
	return [...]clientVersion{
		{"11.4.0", 503, 1525200006840},
		{"11.5.1", 93, 1525200006851},
		{"11.6.0", 641, 1525200006860},
		{"11.7.0", 787, 1525200006870},
		{"11.8.0", 241, 1525200006880},
	}
}

// destination is a storage cluster that devices back up to.
type destination struct {
	id   int64
	guid string
	name string
}

func destinations() [2]destination {
	return [...]destination{
		{14, "43", "Halden Cloud EU North"},
		{15, "632540230984925185", "Halden Cloud EU West"},
	}
}

// deviceParts are the parts of a device object that come only when asked for.
type deviceParts struct{ usage, settings bool }

// appendDevice writes a device object (wire: section 2.2).
func (t *tenant) appendDevice(w *document, i int32, with deviceParts) {
	d := &t.devices[i]
	u, o := &t.users[d.user], &t.orgs[d.org]
	r := random(t.seed, streamDeviceText, int(i))
	release := clientVersions()[d.version]

	w.open('{')
	w.number("computerId", firstDeviceID+int64(i))
	var scratch [320]byte
	w.key("name")
	w.b = appendQuoted(w.b, string(t.appendDeviceName(scratch[:0], i)))
	w.key("osHostname")
	w.b = appendQuoted(w.b, string(t.appendHostName(scratch[:0], i)))
	w.digits("guid", d.guid)
	w.text("type", "COMPUTER")
	w.text("status", deviceStatus(d.flags))
	w.boolean("active", d.is(flagActive))
	w.boolean("blocked", d.is(flagBlocked))
	w.appendAlerts(d.alerts)
	w.number("userId", firstUserID+int64(d.user))
	w.digits("userUid", u.uid)
	w.number("orgId", firstOrgID+int64(d.org))
	w.digits("orgUid", o.uid)
	var edit deviceEdit
	if d.edit != nil {
		edit = *d.edit
	}
	w.textOrNull("computerExtRef", edit.extRef)
	w.textOrNull("notes", edit.notes)
	w.null("parentComputerId")
	w.null("parentComputerGuid")
	w.date("lastConnected", d.lastConnected)
	w.appendSystem(d, r)
	w.number("version", release.number)
	w.text("productVersion", release.product)
	w.number("buildVersion", release.build)
	w.date("creationDate", d.created)
	w.date("modificationDate", d.modified)
	w.date("loginDate", d.created+hourMillis)
	w.text("service", [...]string{"CrashPlan", "Artemis"}[boolIndex(d.is(flagIncydr))])
	if with.settings {
		t.appendDeviceSettings(w, i)
	}
	if with.usage {
		t.appendUsages(w, i)
	}
	w.close('}')
}

func deviceStatus(f deviceFlags) string {
	status := "Deactivated"
	if f&flagActive != 0 {
		status = "Active"
	}
	if f&flagBlocked != 0 {
		status += ", Blocked"
	}
	if f&flagDeauthorized != 0 {
		status += ", Deauthorized"
	}
	return status
}

func (w *document) appendAlerts(alerts uint8) {
	w.number("alertState", int64(alerts))
	w.key("alertStates")
	w.open('[')
	if alerts == 0 {
		w.element("OK")
	}
	if alerts&alertConnection != 0 {
		w.element("CriticalConnectionAlert")
	}
	if alerts&alertBackup != 0 {
		w.element("CriticalBackupAlert")
	}
	w.close(']')
}

// appendSystem writes what the agent reports about its computer; r varies it.
func (w *document) appendSystem(d *device, r uint64) {
	name, version, arch := "win", [...]string{"10.0.19045", "10.0.22631", "10.0.26100"}[r>>8%3], "amd64"
	switch {
	case d.is(flagMac):
		name, version, arch = "mac", [...]string{"14.7.1", "15.1", "15.3.2"}[r>>8%3], [...]string{"arm64", "x86-64"}[r>>10&1]
	case d.is(flagLinux):
		name, version = "linux", [...]string{"5.15.0-124-generic", "6.1.0-28-amd64", "6.8.0-49-generic"}[r>>8%3]
	case d.is(flagServer):
		version = [...]string{"10.0.17763", "10.0.20348", "10.0.20348"}[r>>8%3]
	}
	w.text("osName", name)
	w.text("osVersion", version)
	w.text("osArch", arch)
	w.key("address")
	w.b = append(appendAddress(append(w.b, '"'), 10, r>>16), `:4242"`...)
	w.key("remoteAddress")
	w.b = append(appendAddress(append(w.b, '"'), 203, r>>32&0xff|0x7100), '"')
	w.text("javaVersion", "17.0.12")
	w.null("modelInfo")
	w.text("timeZone", [...]string{"Europe/Oslo", "Europe/Copenhagen", "Europe/London", "Asia/Singapore"}[r>>4&3])
}

func appendAddress(b []byte, first uint64, rest uint64) []byte {
	b = strconv.AppendUint(b, first, 10)
	for shift := 16; shift >= 0; shift -= 8 {
		b = strconv.AppendUint(append(b, '.'), rest>>shift&0xff, 10)
	}
	return b
}

// lastCompleted is when a device last finished a backup, 0 for never.
func (t *tenant) lastCompleted(i int32) int64 {
	d := &t.devices[i]
	r := random(t.seed, streamDeviceBackup, int(i))
	switch {
	case d.is(flagNever):
		return 0
	case d.is(flagLate):
		return d.lastConnected - 10*dayMillis - int64(r%uint64(15*dayMillis))
	default:
		return d.lastConnected - int64(r%uint64(20*hourMillis))
	}
}

// appendUsages writes backupUsage (wire: section 2.3): one element for each destination.
func (t *tenant) appendUsages(w *document, i int32) {
	w.key("backupUsage")
	w.open('[')
	for n, target := range destinations() {
		if n == 0 || t.devices[i].is(flagSecond) {
			t.appendUsage(w, i, n, target)
		}
	}
	w.close(']')
}

// usage is the backup of one device to one destination in figures.
type usage struct {
	last, completed          int64 // times
	selected, todo, archived int64 // bytes
	done                     float64
	format                   string
	chance                   uint64 // varies what nothing depends on
}

func (t *tenant) usage(i int32, n int) usage {
	d := &t.devices[i]
	r := random(t.seed, streamDeviceBackup, 2*int(i)+n)
	u := usage{completed: t.lastCompleted(i), selected: int64(8e9 + r%180e9), done: 100, chance: r}
	u.archived, u.last = u.selected+u.selected/int64(3+r%5), u.completed
	u.format = [...]string{"ARCHIVE_V1", "ARCHIVE_V2"}[boolIndex(r>>24%4 == 0)]
	switch {
	case d.is(flagNever):
		u.archived, u.done = 0, 0
	case d.is(flagLate):
		u.done, u.last = 62+float64(r%370)/10, d.lastConnected
	default:
		u.completed -= int64(n) * 40 * minuteMillis
		u.last = u.completed
	}
	u.todo = u.selected - int64(float64(u.selected)*u.done/100)
	return u
}

func (t *tenant) appendUsage(w *document, i int32, n int, target destination) {
	d, u := &t.devices[i], t.usage(i, n)
	r, todo, selected := u.chance, u.todo, u.selected

	w.open('{')
	w.null("targetComputerParentId")
	w.null("targetComputerParentGuid")
	w.text("targetComputerGuid", target.guid)
	w.text("targetComputerName", target.name)
	w.null("targetComputerOsName")
	w.text("targetComputerType", "SERVER")
	w.number("selectedFiles", selected/210_000)
	w.number("selectedBytes", selected)
	w.number("todoFiles", todo/210_000)
	w.number("todoBytes", todo)
	w.number("archiveBytes", u.archived)
	w.number("billableBytes", max(u.archived, selected))
	w.number("sendRateAverage", int64(1e6+r>>8%9e6))
	w.number("completionRateAverage", int64(2e6+r>>16%20e6))
	w.date("lastBackup", u.last)
	w.date("lastCompletedBackup", u.completed)
	w.date("lastConnected", d.lastConnected)
	w.date("lastMaintenanceDate", d.lastConnected-6*dayMillis)
	w.date("lastCompactDate", d.lastConnected-20*dayMillis)
	w.date("modificationDate", d.lastConnected)
	w.date("creationDate", d.created)
	w.boolean("using", d.is(flagActive))
	w.appendAlerts(d.alerts)
	w.percent("percentComplete", u.done)
	w.number("storePointId", target.id*10)
	w.text("storePointName", "store-"+target.guid)
	w.number("serverId", target.id)
	w.text("serverGuid", target.guid)
	w.text("serverName", target.name)
	w.text("serverHostName", "https://storage"+strconv.Itoa(n+1)+".haldenmaritime.example:443")
	w.boolean("isProvider", true)
	w.digits("archiveGuid", t.archiveUID(i, n))
	w.text("archiveFormat", u.format)
	w.key("activity")
	connected := d.is(flagActive) && t.base.UnixMilli()-d.lastConnected < hourMillis
	backing := connected && todo > 0
	w.open('{')
	w.boolean("connected", connected)
	w.boolean("backingUp", backing)
	w.boolean("restoring", false)
	w.number("timeRemainingInMs", todo/5_000)
	w.number("remainingFiles", todo/210_000)
	w.number("remainingBytes", todo)
	w.close('}')
	w.close('}')
}

func boolIndex(b bool) int {
	if b {
		return 1
	}
	return 0
}
