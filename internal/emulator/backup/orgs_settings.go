package backup

import (
	"strconv"
	"time"
)

// appendOrgSettings writes what an org says itself, what it would have from above, and what holds (wire: section 3.6). Where it
// follows the org above, its own values repeat those.
func (t *tenant) appendOrgSettings(w *document, i int32) {
	own := t.orgs[i].settings
	if own == nil {
		own = &orgSettings{}
	}
	offered := t.offered(i)
	w.key("settings")
	w.open('{')
	for _, s := range orgSettingKeys() {
		value := t.effective(i, s)
		switch {
		case s.absent && own.groups[s.group][s.key] == nil:
			value = rawNode("null")
		case own.locked[s.key]:
			value = object("@locked", "true", "#text", value.text())
		}
		w.node(s.key, value)
	}
	w.destinations("destinations", offered)
	w.boolean("isDefaultRolesInherited", true)
	all := destinations()
	w.destinations("allDestinations", all[:])
	w.boolean("isUsingDestinationDefaults", own.offered == nil)
	w.boolean("isUsingQuotaDefaults", own.groups[quotaGroup] == nil)
	w.boolean("isUsingReportingDefaults", own.groups[reportingGroup] == nil)
	w.boolean("isNativeClientsEnabled", true)
	w.boolean("securityKeyInherit", true)
	w.close('}')

	above := t.orgs[i].parent
	t.appendEffective(w, "settingsInherited", above)
	t.appendEffective(w, "settingsSummary", i)
}

// appendEffective writes what holds for an org; -1 is what holds above the root.
func (t *tenant) appendEffective(w *document, key string, i int32) {
	w.key(key)
	w.open('{')
	for _, s := range orgSettingKeys() {
		w.node(s.key, t.effective(i, s))
	}
	all := destinations()
	offered := all[:]
	if i >= 0 {
		offered = t.offered(i)
	}
	w.destinations("destinations", offered)
	w.close('}')
}

func (w *document) destinations(key string, list []destination) {
	w.key(key)
	w.open('[')
	for _, d := range list {
		w.open('{')
		w.number("destinationId", d.id)
		w.text("guid", d.guid)
		w.text("destinationName", d.name)
		w.text("type", "CLUSTER")
		w.close('}')
	}
	w.close(']')
}

// appendProviders names the orgs that what holds for an org comes from; null is the org itself (wire: section 3.3).
func (t *tenant) appendProviders(w *document, i int32) {
	w.key("orgInheritDto")
	w.open('{')
	w.number("orgId", firstOrgID+int64(i))
	w.digits("orgUid", t.orgs[i].uid)
	for _, part := range []struct {
		name string
		says func(*orgSettings) bool
	}{
		{"Org", func(s *orgSettings) bool { return s.groups[quotaGroup] != nil || s.groups[reportingGroup] != nil }},
		{"Destinations", func(s *orgSettings) bool { return s.offered != nil }},
		{"DeviceDefaults", func(s *orgSettings) bool { return s.defaults != nil }},
	} {
		id, uid, name := "orgIdProviding"+part.name, "orgUidProviding"+part.name, "orgNameProviding"+part.name
		from := t.provider(i, part.says)
		if from == i {
			w.null(id)
			w.null(uid)
			w.null(name)
			continue
		}
		w.number(id, firstOrgID+int64(from))
		w.digits(uid, t.orgs[from].uid)
		w.text(name, t.orgs[from].name)
	}
	w.close('}')
}

// dated is a settings document as of the moment that it was written, which clients cannot choose.
func dated(document *node, configured int64) *node {
	const usual = "2006-01-02T15:04:05:000-0700"
	return document.with(textNode(time.UnixMilli(configured).UTC().Format(usual)), "@modified").
		with(textNode(strconv.FormatInt(configured, 10)), "configDateMs")
}
