package backup

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// replaceOrg answers PUT Org/{id}: a whole document that the client read and edited (wire: section 3.3). What the document does
// not have stays, what is locked stays silently: the SDKs send everything back as they found it.
func (s *Server) replaceOrg(c *call) answer {
	i, ok := s.findOrg(c)
	if !ok {
		return problem(http.StatusNotFound, "SYSTEM", "Unable to find org")
	}
	posted, err := parseTree(c.body)
	if err != nil || !posted.isObject() {
		return badBody()
	}
	if failed := s.tenant.writeOrg(i, posted, s.now()); failed != nil {
		return *failed
	}
	return s.v1(c, orgBytes, func(w *document) { s.tenant.appendOrg(w, i, everyOrgPart()) })
}

// writeOrg takes a document over into an org, all of it or nothing.
func (t *tenant) writeOrg(i int32, posted *node, now int64) *answer {
	o := &t.orgs[i]
	var name *string
	if given := posted.get("orgName"); given != nil && !given.isNull() {
		name = new(given.text())
	}
	if failed := checkOrgName(name, false); failed != nil {
		return failed
	}
	settings, failed := t.mergedSettings(i, posted.get("settings"))
	if failed != nil {
		return failed
	}
	o.settings = settings
	before, _ := t.deviceDefaults(i)
	merged := (&merger{offered: t.offered(i), set: t.templates.set}).merge("", before, posted.get("deviceDefaults").without(serverKeys()...))
	if merged != before {
		o.settings.defaults = merged
	}
	if o.settings.defaults != nil {
		o.settings.configured = now
	}
	if name != nil {
		o.name = *name
	}
	takeText(posted, "orgExtRef", &o.extRef)
	takeText(posted, "notes", &o.notes)
	o.modified = now
	return nil
}

// serverKeys are what a client sends back but never changes. The SDKs also add a second copy of serviceBackupConfig below
// "settings", which no document has and which is therefore passed over.
func serverKeys() []string {
	return []string{"@id", "@modified", "@version", "configDateMs", "installVersion"}
}

// takeText takes a text or an explicit null over from a document.
func takeText(posted *node, key string, to **string) {
	switch given := posted.get(key); {
	case given == nil:
	case given.isNull():
		*to = nil
	default:
		*to = new(given.text())
	}
}

// mergedSettings is what an org says itself after a document was written to it.
func (t *tenant) mergedSettings(i int32, posted *node) (*orgSettings, *answer) {
	merged := orgSettings{}
	if s := t.orgs[i].settings; s != nil {
		merged = *s
	}
	if !posted.isObject() {
		return &merged, nil
	}
	for group, flag := range map[settingGroup]string{quotaGroup: "isUsingQuotaDefaults", reportingGroup: "isUsingReportingDefaults"} {
		follow := followed(posted, flag, merged.groups[group] == nil)
		if follow && !merged.locks(group) {
			merged.groups[group] = nil
		} else if merged.groups[group] == nil || !follow {
			values, failed := t.postedGroup(i, group, merged.locked, posted)
			if failed != nil {
				return nil, failed
			}
			merged.groups[group] = values
		}
	}
	others, failed := t.postedOthers(i, merged.locked, posted)
	if failed != nil {
		return nil, failed
	}
	merged.groups[ungrouped] = others
	if offered := posted.get("destinations"); followed(posted, "isUsingDestinationDefaults", merged.offered == nil) {
		merged.offered = nil
	} else if offered.isArray() {
		merged.offered = knownDestinations(offered)
	}
	return &merged, nil
}

// followed reads a flag of inheritance, a JSON boolean.
func followed(posted *node, flag string, before bool) bool {
	switch posted.get(flag).text() {
	case "true":
		return true
	case "false":
		return false
	default:
		return before
	}
}

// locks tells whether a setting of the group is locked, which keeps the whole group where it is.
func (s *orgSettings) locks(group settingGroup) bool {
	return s.groups[group] != nil && slices.ContainsFunc(orgSettings23(), func(k setting) bool { return k.group == group && s.locked[k.key] })
}

func orgSettings23() []setting { all := orgSettingKeys(); return all[:] }

// postedGroup is a group that the org says itself: the values sent, and for the others what held so far.
func (t *tenant) postedGroup(i int32, group settingGroup, locked map[string]bool, posted *node) (map[string]*node, *answer) {
	values := map[string]*node{}
	for _, s := range orgSettingKeys() {
		if s.group != group {
			continue
		}
		value, failed := postedSetting(s, t.effective(i, s), locked[s.key], posted.get(s.key))
		if failed != nil {
			return nil, failed
		}
		values[s.key] = value
	}
	return values, nil
}

// postedOthers are the settings that no flag governs: what is sent back as it came from above goes on coming from there.
func (t *tenant) postedOthers(i int32, locked map[string]bool, posted *node) (map[string]*node, *answer) {
	values := map[string]*node{}
	var before map[string]*node
	if s := t.orgs[i].settings; s != nil {
		before = s.groups[ungrouped]
	}
	for _, s := range orgSettingKeys() {
		if s.group != ungrouped {
			continue
		}
		given, holds := posted.get(s.key), t.effective(i, s)
		value, failed := postedSetting(s, holds, locked[s.key], given)
		switch {
		case failed != nil:
			return nil, failed
		case before[s.key] != nil && s.absent && given.isNull() && !locked[s.key]: // follows again
		case before[s.key] != nil || !same(value, holds):
			values[s.key] = value
		}
	}
	return values, nil
}

// postedSetting checks one value against what is usual for its key.
func postedSetting(s setting, holds *node, locked bool, posted *node) (*node, *answer) {
	if text := posted.get("#text"); text != nil {
		posted = text
	}
	if locked || posted == nil || posted.isNull() {
		return holds, nil
	}
	usual := rawNode(s.usual)
	switch {
	case s.usual == "null":
		return posted, nil
	case strings.HasPrefix(s.usual, "["):
		if posted.isArray() {
			return posted, nil
		}
	case posted.kind != scalarNode:
	case usual.isTrue() || usual.text() == "false":
		if v := posted.text(); v == "true" || v == "false" {
			return rawNode(v), nil
		}
	case strings.HasPrefix(s.usual, `"`):
		return textNode(posted.text()), nil
	default:
		if v, err := strconv.ParseInt(posted.text(), 10, 64); err == nil && v >= quotaNone {
			return rawNode(strconv.FormatInt(v, 10)), nil
		}
	}
	return nil, new(problem(http.StatusBadRequest, "SYSTEM", "Invalid value: "+s.key))
}

// knownDestinations lists those of a posted list that exist, never none.
func knownDestinations(posted *node) (guids []string) {
	all := destinations()
	for _, d := range posted.items {
		if guid := d.get("guid").text(); offers(all[:], guid) && !slices.Contains(guids, guid) {
			guids = append(guids, guid)
		}
	}
	return guids
}

// without returns the object without some keys.
func (n *node) without(keys ...string) *node {
	if !n.isObject() {
		return n
	}
	for _, key := range keys {
		n = n.with(nil, key)
	}
	return n
}
