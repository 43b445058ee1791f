package backup

import (
	"net/http"
	"slices"
	"strconv"
)

// deviceSettings is what a device says that its organization does not: base is what came from the organization when it was
// written, own is what the device made of it. Where the two agree the device goes on following.
type deviceSettings struct {
	base, own  *node // serviceBackupConfig
	configured int64
}

// appendDeviceSettings writes what comes with incSettings (wire: section 3.7).
func (t *tenant) appendDeviceSettings(w *document, i int32) {
	d := &t.devices[i]
	if d.is(flagIncydr) {
		return
	}
	w.raw("orgSettings", `{"securityKeyLocked":true}`)
	w.destinations("availableDestinations", t.offered(d.org))
	w.node("settings", t.deviceSettings(i))
}

// deviceSettings is the settings document of a device.
func (t *tenant) deviceSettings(i int32) *node {
	d := &t.devices[i]
	const root = "/"
	configured, home := d.created, `C:\Users\owner`
	if d.edit != nil && d.edit.settings != nil {
		configured = d.edit.settings.configured
	}
	switch {
	case d.is(flagMac):
		home = root + "Users/owner"
	case d.is(flagLinux):
		home = root + "home/owner"
	}
	document := dated(t.templates.device, configured).with(textNode(home), "userHome")
	return document.with(t.withLegalHold(i, t.deviceBackup(i)), "serviceBackupConfig")
}

// deviceBackup is serviceBackupConfig of a device, without the sets of legal holds.
func (t *tenant) deviceBackup(i int32) *node {
	d := &t.devices[i]
	above := t.orgBackup(d.org)
	if d.edit != nil && d.edit.settings != nil {
		return overlay("", d.edit.settings.base, d.edit.settings.own, above)
	}
	return t.drifted(i, above)
}

// orgBackup is serviceBackupConfig as devices of an organization get it.
func (t *tenant) orgBackup(i int32) *node {
	document, _ := t.deviceDefaults(i)
	return document.get("serviceBackupConfig")
}

// overlay puts what a device made of its organization's defaults on top of what those have become. What the organization has
// locked by now is the organization's.
func overlay(key string, base, own, above *node) *node {
	switch {
	case same(base, own), own == nil:
		return above
	case above == nil:
		return own
	case key == "backupSets":
		return overlaySets(base, own, above)
	case above.locked(), own.locked():
		return above
	case !above.isObject() || !own.isObject() || !base.isObject() || above.isNil() || own.isNil():
		return own
	}
	for i, k := range above.keys {
		above = above.with(overlay(k, base.get(k), own.get(k), above.items[i]), k)
	}
	return above
}

// overlaySets does it set by set: the organization adds and takes away sets, a device may have some of its own.
func overlaySets(base, own, above *node) *node {
	had, have, now := setsOf(base), setsOf(own), setsOf(above)
	var sets []*node
	for _, set := range now {
		id := setID(set)
		before, mine := findSet(had, id), findSet(have, id)
		switch {
		case mine != nil:
			sets = append(sets, overlaySet(before, mine, set))
		case before == nil || set.locked() || above.locked():
			sets = append(sets, set)
		}
	}
	for _, set := range have {
		if id := setID(set); findSet(had, id) == nil && findSet(now, id) == nil && !above.locked() {
			sets = append(sets, set)
		}
	}
	return container(above.locked(), sets)
}

func overlaySet(base, own, above *node) *node {
	used := overlay("destinations", base.get("destinations"), own.get("destinations"), above.get("destinations"))
	if above.locked() {
		return above.with(used, "destinations")
	}
	for i, k := range above.keys {
		if k != "destinations" {
			above = above.with(overlay(k, base.get(k), own.get(k), above.items[i]), k)
		}
	}
	return above.with(used, "destinations")
}

// writeDevice takes a settings document over into a device.
func (t *tenant) writeDevice(i int32, posted *node, now int64) {
	above, before := t.orgBackup(t.devices[i].org), t.deviceBackup(i)
	m := &merger{offered: t.offered(t.devices[i].org), set: t.templates.set}
	merged := m.merge("", before, posted.get("serviceBackupConfig"))
	t.editDevice(i, now, func(edit *deviceEdit) {
		edit.settings = &deviceSettings{base: above, own: merged, configured: now}
	})
}

// replaceDevice answers PUT Computer/{id}: a whole document that the client read and edited (wire: section 2.5). Of a device
// without a settings tree only the texts change.
func (s *Server) replaceDevice(c *call) answer {
	i, ok := s.tenant.findDevice(c.ids[0], c.query.Get("idType"))
	if !ok {
		return deviceNotFound()
	}
	posted, err := parseTree(c.body)
	if err != nil || !posted.isObject() {
		return badBody()
	}
	incydr := s.tenant.devices[i].is(flagIncydr)
	s.tenant.editDevice(i, s.now(), func(edit *deviceEdit) {
		if name := posted.get("name").text(); name != "" && !incydr {
			edit.name = &name
		}
		takeText(posted, "notes", &edit.notes)
		takeText(posted, "computerExtRef", &edit.extRef)
	})
	if tree := posted.get("settings"); tree.isObject() && !incydr {
		s.tenant.writeDevice(i, tree, s.now())
	}
	return s.v1(c, deviceUsageBytes, func(w *document) { s.tenant.appendDevice(w, i, deviceParts{settings: true}) })
}

// withLegalHold puts a set in front for a device whose owner is on hold: it backs up everything to every destination, and
// nobody edits it (wire: section 3.5).
func (t *tenant) withLegalHold(i int32, backup *node) *node {
	d := &t.devices[i]
	if !t.users[d.user].onHold() {
		return backup
	}
	set := t.templates.set.with(textNode(legalHoldSet), "@id").with(textNode("Legal hold"), "name").
		with(list(object("@os", "Linux", "path", object("@include", ":user/"))), "backupPaths", "pathset").
		with(patterns(nil), "backupPaths", "excludeUser")
	var all []*node
	for _, target := range t.offered(d.org) {
		all = append(all, object("@id", target.guid, "@locked", "true"))
	}
	set = set.with(object("@locked", "true", "destination", list(all...)), "destinations")
	at := backup.get("backupConfig", "backupSets")
	return backup.with(container(at.locked(), slices.Concat([]*node{set}, setsOf(at))), "backupConfig", "backupSets")
}

// legalHoldSet is the id of the set that a legal hold brings.
const legalHoldSet = "9999"

// agentState answers agent-state/view-by-device-guid: only Macs tell whether the agent may read the whole disk.
func (s *Server) agentState(c *call) answer {
	i, ok := s.tenant.findDevice(c.query.Get("deviceGuid"), "guid")
	if !ok || !s.tenant.tellsState(i, c.query.Get("propertyName")) {
		return marker(http.StatusNotFound, "NOT_FOUND", "Unable to find agent state")
	}
	return data(func(w *document) { s.tenant.appendAgentState(w, i) })
}

// agentStates answers agent-state/view-by-organization-id: of the devices of that organization, not of those below it.
func (s *Server) agentStates(c *call) answer {
	at, ok := rowIndex(c.query.Get("orgId"), firstOrgID, len(s.tenant.orgs))
	if !ok {
		return orgNotFound()
	}
	return data(func(w *document) {
		w.open('[')
		for _, i := range s.tenant.orgs[at].devices {
			if s.tenant.tellsState(i, c.query.Get("propertyName")) {
				s.tenant.appendAgentState(w, i)
			}
		}
		w.close(']')
	})
}

const fullDiskAccess = "fullDiskAccess"

func (t *tenant) tellsState(i int32, property string) bool {
	return property == fullDiskAccess && t.devices[i].is(flagMac)
}

func (t *tenant) appendAgentState(w *document, i int32) {
	w.open('{')
	w.digits("deviceGuid", t.devices[i].guid)
	w.text("propertyName", fullDiskAccess)
	w.text("value", strconv.FormatBool(!t.devices[i].is(flagNoDiskAccess)))
	w.close('}')
}
