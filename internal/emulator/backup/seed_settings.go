package backup

import (
	"fmt"
	"maps"
	"strconv"
)

// settleRoot lets the root say everything itself.
func (t *tenant) settleRoot() {
	root := t.own(0)
	root.groups[quotaGroup], root.groups[reportingGroup] = t.group(0, quotaGroup, nil), t.group(0, reportingGroup, map[string]string{
		"warnInDays": "5", "recipients": `["backup@` + mailDomain + `"]`,
	})
	root.offered, root.defaults, root.configured = []string{}, t.templates.defaults, t.orgs[0].created
	for _, d := range destinations() {
		root.offered = append(root.offered, d.guid)
	}
	root.packets = map[string]packet{"device_upgrade_delay": {value: "30"}}
}

// generateSettings lets some organizations below the root say things themselves: a group of settings or the defaults of their
// devices, with values that are locked and one with more backup sets than fit on a screen.
func (t *tenant) generateSettings() {
	t.own(2).groups[quotaGroup] = t.group(2, quotaGroup, map[string]string{ // and with it everything below
		"archiveHoldDays": "90", "maxSeats": "250", "maxBytes": "5000000000000", "defaultUserMaxBytes": "100000000000",
	})
	fleet, shore := t.own(1), t.own(3)
	fleet.defaults = mandatory(t.templates.defaults, t.templates.set)
	fleet.groups[reportingGroup] = t.group(1, reportingGroup, map[string]string{
		"warnInDays": "7", "alertInDays": "21", "recipients": `["fleet@` + mailDomain + `","master@` + mailDomain + `"]`, "reportSchedule": `"_M_W_F_"`, "sendReports": "true",
	})
	fleet.packets = map[string]packet{"device_webRestore_enabled": {value: "false", locked: true}}
	shore.packets = map[string]packet{"org-securityTools-enable": {value: "true"}}
	shore.groups[ungrouped] = map[string]*node{"webRestoreUserLimitMb": rawNode("1000")}
	if len(t.orgs) > 4 {
		t.own(4).defaults = withSets(t.templates.defaults, t.templates.set, 12)
	}
	vessels := t.orgs[1].children
	vessel := t.own(vessels[len(vessels)-1])
	vessel.groups[quotaGroup] = t.group(1, quotaGroup, map[string]string{"maxSeats": "40"})
	vessel.locked = map[string]bool{"maxSeats": true}
	vessel.defaults = fleet.defaults.with(lockedText("7200"), "serviceBackupConfig", "minutesUntilSevere")
}

// group is a group of settings as it holds for an organization, but for some values.
func (t *tenant) group(i int32, group settingGroup, values map[string]string) map[string]*node {
	own := map[string]*node{}
	for _, s := range orgSettingKeys() {
		if s.group == group {
			own[s.key] = t.effective(i, s)
		}
	}
	for key, raw := range values {
		own[key] = mustParse(raw)
	}
	return maps.Clone(own)
}

// mandatory puts a set that nobody changes in front of the others, and keeps their number.
func mandatory(defaults, set *node) *node {
	set = set.with(textNode("510001"), "@id").with(textNode("Ship's papers"), "name").
		with(list(object("@os", "Linux", "path", object("@include", ":user/"))), "backupPaths", "pathset").
		with(list(object("windows", list(), "macintosh", list(), "linux", list(), "pattern", object("@regex", `.*\.iso`))), "backupPaths", "excludeUser").
		with(list(), "destinations")
	sets := append([]*node{lockSet(set)}, setsOf(defaults.get(backupSetsPath()...))...)
	return defaults.with(container(true, sets), backupSetsPath()...).
		with(lockedText("true"), "serviceBackupConfig", "warningEmailEnabled")
}

// withSets adds sets until there are n, no two the same.
func withSets(defaults, set *node, n int) *node {
	sets := setsOf(defaults.get(backupSetsPath()...))
	names := [...]string{"Drawings", "Charts", "Mail", "Accounts", "Crew lists", "Engine logs", "Video", "Scans", "Projects", "Tools", "Archive"}
	for i := len(sets); i < n; i++ {
		next := set.with(textNode(strconv.Itoa(520000+i)), "@id").with(textNode(names[(i-1+len(names))%len(names)]), "name").
			with(textNode(strconv.Itoa(i+1)), "priority").
			with(pathset(object("paths", object("path", list(object("@include", fmt.Sprintf("D:/Data/%02d/", i)), object("@exclude", fmt.Sprintf("D:/Data/%02d/old/", i)))))), "backupPaths", "pathset")
		switch i % 4 {
		case 0:
			next = next.with(list(object("windows", object("pattern", object("@regex", `.*\.lnk`)), "macintosh", object("pattern", object("@regex", `.*/\.DS_Store`)), "linux", list(),
				"pattern", list(object("@regex", `.*\.tmp`), object("@regex", `.*\.bak`)))), "backupPaths", "excludeUser")
		case 1:
			next = next.with(list(object("@always", "false", "@days", "_MTWHF_", "@endTimeOfDay", "23:00", "@startTimeOfDay", "19:00")), "backupRunWindow")
		case 2:
			next = next.with(object("@cleared", "true"), "destinations").with(pathset(nil), "backupPaths", "pathset")
		case 3:
			next = next.with(list(object("@id", destinations()[0].guid)), "destinations").with(textNode("FULL"), "dataDeDuplication")
		}
		sets = append(sets[:len(sets):len(sets)], next)
	}
	at := defaults.get(backupSetsPath()...)
	return defaults.with(container(at.locked(), sets), backupSetsPath()...)
}

// drifted is what a device made of its organization's defaults before anybody looked: one in twenty differs in a value or some.
func (t *tenant) drifted(i int32, above *node) *node {
	r := random(t.seed, streamDrift, int(i))
	if r%20 != 0 {
		return above
	}
	change := func(value *node, path ...string) {
		if !above.get(path...).locked() {
			above = above.with(value, path...)
		}
	}
	kinds := r >> 8 % 63
	if kinds&1 != 0 || kinds == 0 {
		change(textNode("10080"), "minutesUntilWarning")
	}
	if kinds&2 != 0 {
		change(textNode("false"), "warningEmailEnabled")
	}
	if kinds&4 != 0 {
		change(textNode("true"), "severeEmailEnabled")
	}
	if kinds&56 == 0 {
		return above
	}
	done := false // one set only
	return above.with(changeSets(above.get("backupConfig", "backupSets"), func(set *node) *node {
		if set.locked() || done {
			return set
		}
		done = true
		if kinds&8 != 0 {
			set = set.with(pathset(object("path", list(object("@include", "C:/Users/"), object("@include", "D:/Private/")))), "backupPaths", "pathset")
		}
		if kinds&16 != 0 {
			set = set.with(textNode("22:30"), "scanTime").with(textNode("3600000"), "retentionPolicy", "backupFrequency")
		}
		if kinds&32 != 0 {
			set = set.with(patterns(object("pattern", list(object("@regex", `.*\.mp4`), object("@regex", `(a+)+$`)))), "backupPaths", "excludeUser")
		}
		return set
	}), "backupConfig", "backupSets")
}
